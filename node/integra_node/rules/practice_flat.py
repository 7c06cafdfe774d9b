"""How does a practice stand in one row of a table, and how does a row become a practice?

A row writes one language. Its columns are the paths of fields; several codes stand in one cell with
semicolons between, several texts one a line. What has no column (materials, other languages) is
in the JSON form only.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from integra_node.rules.codes import codes_of
from integra_node.rules.problems import Problem, error

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
CODES: Final = MappingProxyType(
    {
        "settings": "setting",
        "stages": "stage",
        "ideology_scope": "ideology",
        "target_groups": "target_group",
        "professions": "profession",
        "need_domains": "need_domain",
        "methods": "method",
    }
)
# One word or number, as it is.
VALUES: Final = (
    "level", "contact_role", "region", "since", "until", "running", "duration.months",
    "duration.weeks", "duration.sessions", "intensity.hours_per_week", "group_size.min",
    "group_size.max", "evidence.level", "evidence.design", "evidence.n", "evidence.who_evaluated",
    "evidence.report_url", "emmie.effect.quality", "emmie.mechanism.quality",
    "emmie.moderators.quality", "emmie.implementation.quality", "emmie.economics.quality",
    "cost.band", "cost.per_participant", "cost.currency", "licence", "tlp",
)  # fmt: skip
# Those of them that are one code.
ONE_CODE: Final = MappingProxyType(
    {
        "level": "prevention_level",
        "evidence.who_evaluated": "evaluator",
        "cost.band": "cost_band",
        "licence": "licence",
    }
)
COUNTRIES: Final = "country"
LANGUAGE: Final = "language"
SOURCE: Final = "source_id"
# Those that a table shows and no form.
_ORIGIN: Final = ("lineage.adapted_from", "lineage.version")
# In the order in which the template and the export have them; the first few are what most have.
COLUMNS: Final = (
    SOURCE, LANGUAGE, *TEXTS[:3], COUNTRIES, *CODES, "evidence.level",
    *TEXTS[3:], *LINES, *(name for name in VALUES if name != "evidence.level"), *_ORIGIN,
)  # fmt: skip

_AMOUNTS: Final = frozenset({"intensity.hours_per_week", "cost.per_participant"})
_WHOLE: Final = re.compile(r"(\d+)[.,]0+")
_PARTS: Final = re.compile(r"[;|\n]")
_YES: Final = frozenset(("1", "yes", "true", "oui", "sim", "sì", "si", "да", "ναι", "ja", "vrai"))
_NO: Final = frozenset(("0", "no", "false", "non", "não", "nao", "не", "όχι", "οχι", "nee", "faux"))

Tree = dict[str, object]


def to_row(body: Mapping[str, object]) -> dict[str, str]:
    """Return the columns of a practice given as JSON values; what it does not have is empty."""
    language = str(body.get(LANGUAGE, ""))
    row = {LANGUAGE: language, SOURCE: str(body.get(SOURCE, ""))}
    for name in TEXTS:
        row[name] = text_in(get(body, name), language)
    for name in LINES:
        texts = (text_in(one, language) for one in listed(get(body, name)))
        row[name] = "\n".join(text.replace("\n", " ") for text in texts if text)
    for name in CODES:
        row[name] = "; ".join(str(one) for one in listed(get(body, name)))
    for name in (*VALUES, *_ORIGIN):
        row[name] = word(get(body, name))
    row[COUNTRIES] = ", ".join(str(one) for one in listed(body.get(COUNTRIES)))
    return row


def from_row(row: Mapping[str, str], language: str) -> tuple[Tree, tuple[Problem, ...]]:
    """Return the practice of a row, and words in it that are no code; ``language`` if it has none.

    Codes may be written as the code or as its name in any language.
    """
    body: Tree = {LANGUAGE: row.get(LANGUAGE, "").strip() or language}
    problems: list[Problem] = []
    for name, cell in row.items():
        text = cell.strip()
        if text and name not in {SOURCE, LANGUAGE}:
            put(body, name, _value(name, text, str(body[LANGUAGE]), problems))
    return body, tuple(problems)


def code_of(code_list: str, written: str) -> str | None:
    """Return the code that a word means: itself, or its name in any language."""
    return _words(code_list).get(plain(written))


def plain(text: str) -> str:
    """Return a word as it is compared: small letters, without accents, marks between or blanks."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if one.isalnum())


def text_in(texts: object, language: str) -> str:
    """Return one language of a map from language to text; empty when it is not there."""
    return str(texts.get(language, "")) if isinstance(texts, Mapping) else ""


def word(value: object) -> str:
    """Return a number, flag or word as it stands in a field."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def listed(value: object) -> list[object]:
    """Return a list, or an empty one for anything else."""
    return list(value) if isinstance(value, list) else []


def get(body: Mapping[str, object], path: str) -> object:
    """Return the value at a dotted path, or None."""
    here: object = body
    for step in path.split("."):
        if not isinstance(here, Mapping):
            return None
        here = here.get(step)
    return here


def put(body: Tree, path: str, value: object) -> None:
    """Set a value, or remove it and the groups that it leaves empty when it is empty."""
    first, _, rest = path.partition(".")
    if rest:
        below = body.get(first)
        group: Tree = dict(below) if isinstance(below, Mapping) else {}
        put(group, rest, value)
        value = group
    if value in ("", [], {}):
        body.pop(first, None)
    else:
        body[first] = value


def _value(name: str, text: str, language: str, problems: list[Problem]) -> object:
    if name in TEXTS:
        return {language: text}
    if name in LINES:
        return [{language: line.strip()} for line in text.split("\n") if line.strip()]
    if name in CODES:
        return _codes(name, text, problems)
    if name == COUNTRIES:
        return list(dict.fromkeys(re.split(r"[\s,;|]+", text.upper().strip(" ,;|"))))
    if name in ONE_CODE:
        return code_of(ONE_CODE[name], text) or _unknown(name, ONE_CODE[name], text, problems)
    return _number_or_word(name, text)


def _number_or_word(name: str, text: str) -> str:
    if name == "running":
        said = text.casefold()
        return "1" if said in _YES else "0" if said in _NO else text
    if name == "tlp":
        return text.upper().removeprefix("TLP:").strip()
    if name in _AMOUNTS:
        return text.replace(",", ".")
    found = _WHOLE.fullmatch(text)
    return found[1] if found else text


def _codes(name: str, text: str, problems: list[Problem]) -> list[str]:
    parts = [one.strip() for one in _PARTS.split(text) if one.strip()]
    if len(parts) == 1 and code_of(CODES[name], parts[0]) is None:
        parts = [one.strip() for one in parts[0].split(",") if one.strip()]
    found = (
        code_of(CODES[name], one) or _unknown(name, CODES[name], one, problems) for one in parts
    )
    return list(dict.fromkeys(one for one in found if one))


def _unknown(name: str, code_list: str, text: str, problems: list[Problem]) -> str:
    words = _words(code_list)
    near = difflib.get_close_matches(plain(text[:100]), words, n=1, cutoff=0.6)
    if near:
        problems.append(error(name, "unknown_word_near", near=words[near[0]]))
    else:
        problems.append(error(name, "unknown_word"))
    return ""


@cache
def _words(code_list: str) -> Mapping[str, str]:
    """Return which code each word means; a name that two codes share means none of them."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    for code, entry in codes_of(code_list).items():
        for name in {plain(label) for label in entry.labels.values()}:
            if found.setdefault(name, code) != code:
                shared.add(name)
    meant = {name: code for name, code in found.items() if name not in shared}
    return MappingProxyType(meant | {plain(code): code for code in codes_of(code_list)})
