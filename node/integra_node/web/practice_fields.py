"""How is each field of a practice called, and how is its value said in a reader's language?"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from integra_node.rules.messages import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integra_node.web.code_names import CodeNames

_EMMIE: Final = N_("Effect, mechanism, moderators, implementation, economics (EMMIE)")
_QUALITY: Final = N_("Quality of what supports this, 0 to 4")
LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "title": N_("Title"),
        "summary": N_("Summary"),
        "description": N_("Description"),
        "contact_role": N_("Contact"),
        "country": N_("Country"),
        "region": N_("Region"),
        "since": N_("In use since"),
        "until": N_("Until"),
        "running": N_("Still running?"),
        "settings": N_("Setting"),
        "stages": N_("Stage"),
        "level": N_("Level of prevention"),
        "ideology_scope": N_("Ideology"),
        "target_groups": N_("For whom"),
        "professions": N_("Done by"),
        "need_domains": N_("Needs"),
        "methods": N_("Methods"),
        "theory_of_change": N_("Why it should work"),
        "steps": N_("Steps"),
        "duration": N_("Duration"),
        "duration.months": N_("Duration in months"),
        "duration.weeks": N_("Duration in weeks"),
        "duration.sessions": N_("Number of sessions"),
        "intensity": N_("Intensity"),
        "intensity.hours_per_week": N_("Hours a week"),
        "group_size": N_("Group size"),
        "group_size.min": N_("Smallest group"),
        "group_size.max": N_("Largest group"),
        "staffing": N_("Staff"),
        "prerequisites": N_("What must be there before"),
        "legal_prerequisites": N_("What the law must allow"),
        "materials": N_("Materials"),
        "ethics": N_("Ethics"),
        "ethics.risks": N_("Risks"),
        "ethics.safeguards": N_("Safeguards"),
        "ethics.do_no_harm": N_("Do no harm"),
        "ethics.gender": N_("Gender"),
        "ethics.stigma": N_("Stigma"),
        "ethics.data_used": N_("Data used"),
        "evidence": N_("What is known about its effect"),
        "evidence.level": N_("Evidence level"),
        "evidence.design": N_("Design"),
        "evidence.n": N_("Participants"),
        "evidence.outcomes": N_("Outcomes"),
        "evidence.who_evaluated": N_("Who evaluated it"),
        "evidence.report_url": N_("Report"),
        "evidence.limits": N_("What it does not show"),
        "emmie": _EMMIE,
        "emmie.effect": _EMMIE,
        "emmie.effect.quality": _QUALITY,
        "emmie.mechanism": _EMMIE,
        "emmie.mechanism.quality": _QUALITY,
        "emmie.moderators": _EMMIE,
        "emmie.moderators.quality": _QUALITY,
        "emmie.implementation": _EMMIE,
        "emmie.implementation.quality": _QUALITY,
        "emmie.economics": _EMMIE,
        "emmie.economics.quality": _QUALITY,
        "cost": N_("Cost"),
        "cost.band": N_("Cost a year"),
        "cost.per_participant": N_("Cost for one participant"),
        "cost.currency": N_("Currency"),
        "transferability": N_("Taking it over elsewhere"),
        "transferability.core": N_("Must stay"),
        "transferability.adaptable": N_("May change"),
        "transferability.conditions": N_("Conditions"),
        "transferability.tried_in": N_("Tried in"),
        "lineage": N_("Where it comes from"),
        "lineage.adapted_from": N_("Adapted from"),
        "lineage.version": N_("Version of the original"),
        "lineage.changes": N_("What was changed"),
        "lineage.why": N_("Why"),
        "lineage.result": N_("With which result"),
        "failures": N_("What did not work"),
        "translations": N_("Translations"),
        "licence": N_("Licence"),
        "tlp": N_("Marking"),
    }
)
_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "settings": "setting",
        "stages": "stage",
        "level": "prevention_level",
        "ideology_scope": "ideology",
        "target_groups": "target_group",
        "professions": "profession",
        "need_domains": "need_domain",
        "methods": "method",
        "evidence.who_evaluated": "evaluator",
        "cost.band": "cost_band",
        "licence": "licence",
    }
)
_YES_NO: Final[Mapping[str, str]] = MappingProxyType({"1": N_("yes"), "0": N_("no")})


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldWords:
    """Says fields and values to one reader; labels and flags are still to be translated."""

    names: CodeNames

    def label(self, path: str) -> str:
        """Return the label of a field, or of the nearest group that has one."""
        group, _, rest = path.partition(".")
        question, _, part = rest.partition(".")
        if group == "emmie" and part == "text":
            return self.names.code("emmie", question)
        return label_of(path)

    def value(self, path: str, value: str) -> str:
        """Return the name of a code or country, and any other value as it is."""
        if path == "evidence.level":
            return f"{value}: {self.names.code('evidence_level', value)}"
        if path in _CODES:
            return self.names.code(_CODES[path], value)
        return self.names.country(value) if path == "country" else value

    def flag(self, path: str, value: str) -> str:
        """Return the word for a flag, or an empty text for any other field."""
        return _YES_NO.get(value, "") if path == "running" else ""


def place_of(path: str) -> int:
    """Return where a field stands among all, by itself or with the nearest group that does."""
    while path and path not in LABELS:
        path = path.rpartition(".")[0]
    return list(LABELS).index(path) if path else len(LABELS)


def label_of(path: str) -> str:
    """Return the label of a field, or of the nearest group that has one."""
    while path and path not in LABELS:
        path = path.rpartition(".")[0]
    return LABELS.get(path, "")
