"""How does a practice stand in a form, and how does a form become a practice?

The form writes one language, that of the practice; what came with an import in other languages or
in fields that the form does not show is kept as it is.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Final

from integra_node.rules.problems import Problem
from integra_node.web.forms import FormData

# One text, in a map from language to text.
TEXTS: Final = (
    "title", "summary", "description", "theory_of_change", "staffing", "prerequisites",
    "legal_prerequisites", "failures", "ethics.risks", "ethics.safeguards", "ethics.do_no_harm",
    "ethics.gender", "ethics.stigma", "ethics.data_used", "evidence.limits", "emmie.effect.text",
    "emmie.mechanism.text", "emmie.moderators.text", "emmie.implementation.text",
    "emmie.economics.text", "lineage.changes", "lineage.why", "lineage.result",
)  # fmt: skip
# Several texts, one a line of the field.
LINES: Final = (
    "steps", "evidence.outcomes", "transferability.core", "transferability.adaptable",
    "transferability.conditions", "transferability.tried_in",
)  # fmt: skip
# Several codes, one a box.
CODES: Final = {
    "settings": "setting",
    "stages": "stage",
    "ideology_scope": "ideology",
    "target_groups": "target_group",
    "professions": "profession",
    "need_domains": "need_domain",
    "methods": "method",
}
# One word or number, as it is.
VALUES: Final = (
    "level", "contact_role", "region", "since", "until", "running", "duration.months",
    "duration.weeks", "duration.sessions", "intensity.hours_per_week", "group_size.min",
    "group_size.max", "evidence.level", "evidence.design", "evidence.n", "evidence.who_evaluated",
    "evidence.report_url", "emmie.effect.quality", "emmie.mechanism.quality",
    "emmie.moderators.quality", "emmie.implementation.quality", "emmie.economics.quality",
    "cost.band", "cost.per_participant", "cost.currency", "licence", "tlp",
)  # fmt: skip
COUNTRIES: Final = "country"
_STEP_NUMBER: Final = re.compile(r"\.\d+(?=\.|$)")

Tree = dict[str, object]


def to_form(body: Mapping[str, object]) -> FormData:
    """Return the fields that show a practice."""
    language = str(body.get("language", ""))
    items = [(name, _text(_get(body, name), language)) for name in TEXTS]
    for name in LINES:
        texts = [_text(row, language) for row in _list(_get(body, name))]
        items.append((name, "\n".join(text.replace("\n", " ") for text in texts if text)))
    for name in CODES:
        items += [(name, str(one)) for one in _list(_get(body, name))]
    items += [(name, _word(_get(body, name))) for name in VALUES]
    items.append((COUNTRIES, ", ".join(str(one) for one in _list(body.get(COUNTRIES)))))
    return FormData(items=tuple(items))


def to_body(form: FormData, stored: Mapping[str, object]) -> Tree:
    """Return the practice that a form makes of what is stored."""
    body: Tree = copy.deepcopy(dict(stored))
    language = str(body["language"])
    for name in TEXTS:
        _put(body, name, _with_text(_get(body, name), language, form.text(name)))
    for name in LINES:
        _put(body, name, _with_lines(_get(body, name), language, form.text(name)))
    for name in CODES:
        _put(body, name, list(dict.fromkeys(form.all(name))))
    for name in VALUES:
        _put(body, name, form.text(name))
    countries = form.text(COUNTRIES).replace(",", " ").split()
    _put(body, COUNTRIES, list(dict.fromkeys(one.upper() for one in countries)))
    return body


def at_fields(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems with the paths of the fields that show what they are about."""
    return tuple(
        Problem(path=_field_of(one.path), code=one.code, severity=one.severity, params=one.params)
        for one in problems
    )


def _field_of(path: str) -> str:
    plain = _STEP_NUMBER.sub("", path)
    shown = (*TEXTS, *LINES, *CODES, *VALUES, COUNTRIES)
    holding = [name for name in shown if plain == name or plain.startswith(f"{name}.")]
    if holding:
        return max(holding, key=len)
    # A group as a whole, such as "evidence": its first field.
    return next((name for name in shown if name.startswith(f"{plain}.")), plain)


def _text(texts: object, language: str) -> str:
    return str(texts.get(language, "")) if isinstance(texts, Mapping) else ""


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _with_text(held: object, language: str, text: str) -> Tree:
    texts: Tree = dict(held) if isinstance(held, Mapping) else {}
    texts.pop(language, None)
    return {**texts, language: text} if text else texts


def _with_lines(held: object, language: str, text: str) -> list[object]:
    rows = _list(held)
    own = [row for row in rows if _text(row, language)]
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    written: list[object] = [
        _with_text(own[at] if at < len(own) else None, language, line)
        for at, line in enumerate(lines)
    ]
    return [*written, *(row for row in rows if not _text(row, language))]


def _get(body: Mapping[str, object], path: str) -> object:
    here: object = body
    for step in path.split("."):
        if not isinstance(here, Mapping):
            return None
        here = here.get(step)
    return here


def _put(body: Tree, path: str, value: object) -> None:
    """Set a value, or remove it and the groups that it leaves empty when it is empty."""
    first, _, rest = path.partition(".")
    if rest:
        below = body.get(first)
        group: Tree = dict(below) if isinstance(below, Mapping) else {}
        _put(group, rest, value)
        value = group
    if value in ("", [], {}):
        body.pop(first, None)
    else:
        body[first] = value
