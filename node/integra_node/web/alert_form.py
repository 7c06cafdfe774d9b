"""How does an alert stand in a form, and how does a form become an alert?

The form writes one language, that of the alert; texts in other languages, as they come with an
import, are kept as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from integra_node.rules.problems import Problem
from integra_node.web.forms import FormData

TEXTS: Final = ("title", "body", "recommended_action", "do_not_do")
ROW_TEXTS: Final = ("seen_as", "benign")
CODES: Final = {"settings": "setting", "professions": "profession"}
VALUES: Final = (
    "type", "severity", "tlp", "europol_handling", "handling_text", "grading.scheme",
    "grading.source", "grading.info", "source_kind", "valid_from", "expires_at",
)  # fmt: skip
LINES: Final = ("regions", "readers")
AUDIENCE: Final = "audience"
FLAG: Final = "ack_required"
MAX_ROWS: Final = 20
EMPTY_ROWS: Final = 2
_ROW: Final = re.compile(r"indicators\.(\d{1,2})(?:\.(seen_as|benign))?")

Tree = dict[str, object]


def to_form(body: Mapping[str, object]) -> FormData:
    """Return the fields that show an alert."""
    language = str(body.get("language", ""))
    items = [("language", language)]
    items += [(name, _text(body.get(name), language)) for name in TEXTS]
    for at, row in enumerate(_list(body.get("indicators"))):
        held = row if isinstance(row, Mapping) else {}
        items += [(f"indicators-{at}-{n}", _text(held.get(n), language)) for n in ROW_TEXTS]
    for name in (*CODES, AUDIENCE):
        items += [(name, str(one)) for one in _list(body.get(name))]
    items += [(name, _word(body, name)) for name in VALUES]
    items += [(name, "\n".join(str(one) for one in _list(body.get(name)))) for name in LINES]
    if body.get(FLAG):
        items.append((FLAG, "1"))
    return FormData(items=tuple(items))


def to_body(form: FormData, stored: Mapping[str, object]) -> Tree:
    """Return the alert that a form makes of what is stored, or of nothing."""
    language = str(stored.get("language") or form.text("language"))
    body: Tree = {"language": language}
    for name in TEXTS:
        body[name] = _with_text(stored.get(name), language, form.text(name))
    body["indicators"] = _indicators(form, _list(stored.get("indicators")), language)
    for name in (*CODES, AUDIENCE):
        body[name] = list(dict.fromkeys(form.all(name)))
    for name in LINES:
        lines = (line.strip() for line in form.text(name).split("\n"))
        body[name] = list(dict.fromkeys(line for line in lines if line))
    for name in VALUES:
        _put(body, name, form.date(name) or form.text(name))
    body[FLAG] = form.text(FLAG) == "1"
    return {key: value for key, value in body.items() if value not in ("", [], {})}


def row_count(form: FormData) -> int:
    """Return how many indicators the form has room for: what is filled in, and two more."""
    filled = _filled(form)
    return min(MAX_ROWS, (filled[-1] + 1 if filled else 0) + EMPTY_ROWS)


def at_fields(form: FormData, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems with the paths of the fields that show what they are about."""
    rows = _filled(form)
    return tuple(
        Problem(
            path=_field_of(one.path, rows),
            code=one.code,
            severity=one.severity,
            params=one.params,
        )
        for one in problems
    )


def _field_of(path: str, rows: list[int]) -> str:
    row = _ROW.match(path)
    if row is not None:
        at = int(row[1])
        place = rows[at] if at < len(rows) else at
        return f"indicators.{place}.{row[2] or ROW_TEXTS[0]}"
    first = path.partition(".")[0]
    if first in (*TEXTS, *LINES, *CODES, AUDIENCE):
        return first
    return f"{path}.scheme" if path == "grading" else path


def _indicators(form: FormData, stored: list[object], language: str) -> list[object]:
    found: list[object] = []
    for at in _filled(form):
        held = stored[at] if at < len(stored) else None
        row = held if isinstance(held, Mapping) else {}
        texts = {n: _with_text(row.get(n), language, _cell(form, at, n)) for n in ROW_TEXTS}
        found.append({name: text for name, text in texts.items() if text})
    return found


def _filled(form: FormData) -> list[int]:
    return [at for at in range(MAX_ROWS) if any(_cell(form, at, n) for n in ROW_TEXTS)]


def _cell(form: FormData, at: int, name: str) -> str:
    return form.text(f"indicators-{at}-{name}")


def _text(texts: object, language: str) -> str:
    return str(texts.get(language, "")) if isinstance(texts, Mapping) else ""


def _with_text(held: object, language: str, text: str) -> Tree:
    texts: Tree = dict(held) if isinstance(held, Mapping) else {}
    texts.pop(language, None)
    return {**texts, language: text} if text else texts


def _word(body: Mapping[str, object], path: str) -> str:
    group, _, name = path.rpartition(".")
    held = body.get(group) if group else body
    value = held.get(name) if isinstance(held, Mapping) else None
    return "" if value is None else str(value)


def _put(body: Tree, path: str, value: str) -> None:
    group, _, name = path.rpartition(".")
    if not value:
        return
    below = body.setdefault(group, {}) if group else body
    if isinstance(below, dict):
        below[name] = value


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []
