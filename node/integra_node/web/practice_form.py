"""How does a practice stand in a form, and how does a form become a practice?

The form writes one language, that of the practice; what came with an import in other languages or
in fields that the form does not show is kept as it is.  A form may have some of the fields only.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from integra_node.rules import practice_flat as flat
from integra_node.rules.practice_flat import (
    CODES,
    COUNTRIES,
    Tree,
    get,
    listed,
    put,
    text_in,
    word,
)
from integra_node.rules.problems import Problem
from integra_node.web.forms import FormData

TEXTS: Final = (*flat.TEXTS, "duration.text", "intensity.text")
LINES: Final = tuple(name for name in flat.LINES if name != "steps")
VALUES: Final = (*flat.VALUES, "duration.days", "intensity.sessions_per_week")
COST_TYPES: Final = "cost.cost_types"  # several lines, the same in every language
# Several rows: the cells of each, and how many rows there may be at most.
ROWS: Final[Mapping[str, tuple[tuple[str, ...], int]]] = {
    "steps": (("text",), 50),
    "materials": (("title", "lang", "licence", "url"), 30),
}
SHOWN: Final = (*TEXTS, *LINES, *CODES, *VALUES, *ROWS, COUNTRIES, COST_TYPES)
_FIRST: Final = {"evidence": "evidence.level"}  # what is asked for when a group is missing
_MAX_NUMBER: Final = 100
_PLACE: Final = "at"  # where the row was among what is stored, for its texts in other languages
_STEP_NUMBER: Final = re.compile(r"\.\d+(?=\.|$)")
_ROW_PATH: Final = re.compile(
    r"(steps|materials)\.(\d{1,2})(?:\.(title|lang|licence|url))?(?:\.|$)"
)
_ROW_STEP: Final = re.compile(r"(add|remove|up)-(steps|materials)(?:-(\d{1,2}))?")


def to_form(body: Mapping[str, object]) -> FormData:
    """Return the fields that show a practice."""
    language = str(body.get("language", ""))
    items = [(name, text_in(get(body, name), language)) for name in TEXTS]
    for name in LINES:
        texts = [text_in(row, language) for row in listed(get(body, name))]
        items.append((name, "\n".join(text.replace("\n", " ") for text in texts if text)))
    for name in CODES:
        items += [(name, str(one)) for one in listed(get(body, name))]
    items += [(name, word(get(body, name))) for name in VALUES]
    items.append((COUNTRIES, ", ".join(str(one) for one in listed(body.get(COUNTRIES)))))
    items.append((COST_TYPES, "\n".join(str(one) for one in listed(get(body, COST_TYPES)))))
    for name in ROWS:
        items += _row_items(name, listed(body.get(name)), language)
    return FormData(items=tuple(items))


def to_body(form: FormData, stored: Mapping[str, object], names: Collection[str] = SHOWN) -> Tree:
    """Return the practice that some fields of a form make of what is stored."""
    body: Tree = copy.deepcopy(dict(stored))
    language = str(body["language"])
    for name in names:
        put(body, name, _from_form(form, name, get(body, name), language))
    return body


def row_numbers(form: FormData, name: str) -> list[int]:
    """Return the numbers of the rows of a group in which something is written."""
    cells = ROWS[name][0]
    return [at for at in _numbers(form, name) if any(_cell(form, name, at, one) for one in cells)]


def with_rows_changed(form: FormData, asked: str) -> FormData | None:
    """Return a form with a row added, removed or moved up, as a button asks; None for others."""
    found = _ROW_STEP.fullmatch(asked)
    if found is None:
        return None
    what, name, number = found[1], found[2], int(found[3] or 0)
    rows = _numbers(form, name) if what == "add" else _ordered(form, name, what, number)
    others = [item for item in form.items if not item[0].startswith(f"{name}-")]
    made = [
        (f"{name}-{place}-{cell}", _cell(form, name, at, cell))
        for place, at in enumerate(rows)
        for cell in (_PLACE, *ROWS[name][0])
    ]
    if what == "add" and len(rows) < ROWS[name][1]:
        made.append((f"{name}-{len(rows)}-{_PLACE}", ""))
    return FormData(items=(*others, *made))


def rows_shown(form: FormData, name: str) -> int:
    """Return how many rows a form that was sent has."""
    return len(_numbers(form, name))


def at_fields(problems: Iterable[Problem], form: FormData) -> tuple[Problem, ...]:
    """Return problems with the paths of the fields that show what they are about."""
    return tuple(
        Problem(
            path=_cell_of(one.path, form) or field_of(one.path),
            code=one.code,
            severity=one.severity,
            params=one.params,
        )
        for one in problems
    )


def field_of(path: str) -> str:
    """Return the field, or the group of rows, that shows what a path is about."""
    plain = _STEP_NUMBER.sub("", path)
    holding = [name for name in SHOWN if plain == name or plain.startswith(f"{name}.")]
    if holding:
        return max(holding, key=len)
    if plain in _FIRST:
        return _FIRST[plain]
    # A group as a whole, such as "ethics": its first field.
    return next((name for name in SHOWN if name.startswith(f"{plain}.")), plain)


def _cell_of(path: str, form: FormData) -> str:
    found = _ROW_PATH.match(path)
    if found is None:
        return ""
    name, written = found[1], row_numbers(form, found[1])
    at = written[int(found[2])] if int(found[2]) < len(written) else int(found[2])
    return f"{name}.{at}.{found[3] or ROWS[name][0][0]}"


def _from_form(form: FormData, name: str, held: object, language: str) -> object:
    if name in ROWS:
        return _rows(form, name, listed(held), language)
    if name in TEXTS:
        return _with_text(held, language, form.text(name))
    if name in LINES:
        return _with_lines(held, language, form.text(name))
    if name in CODES:
        return list(dict.fromkeys(form.all(name)))
    if name == COUNTRIES:
        words = form.text(name).replace(",", " ").split()
        return list(dict.fromkeys(one.upper() for one in words))
    if name == COST_TYPES:
        return [line.strip() for line in form.text(name).split("\n") if line.strip()]
    return form.text(name)


def _row_items(name: str, rows: list[object], language: str) -> list[tuple[str, str]]:
    items: list[tuple[str, str]] = []
    shown = [(place, row) for place, row in enumerate(rows) if _row_text(name, row, language)]
    for at, (place, row) in enumerate(shown):
        items.append((f"{name}-{at}-{_PLACE}", str(place)))
        items.append((f"{name}-{at}-{ROWS[name][0][0]}", _row_text(name, row, language)))
        items += [(f"{name}-{at}-{cell}", word(_inside(row, cell))) for cell in ROWS[name][0][1:]]
    return items


def _rows(form: FormData, name: str, stored: list[object], language: str) -> list[object]:
    written: list[object] = []
    for at in row_numbers(form, name):
        place = form.text(f"{name}-{at}-{_PLACE}")
        known = place.isascii() and place.isdigit() and int(place[:3]) < len(stored)
        held = stored[int(place[:3])] if known else None
        first, *others = ROWS[name][0]
        text = _cell(form, name, at, first)
        if not others:
            written.append(_with_text(held, language, text))
            continue
        row: Tree = dict(held) if isinstance(held, Mapping) else {}
        row[first] = _with_text(row.get(first), language, text)
        row |= {cell: _cell(form, name, at, cell) for cell in others}
        written.append({key: value for key, value in row.items() if value})
    return [*written, *(row for row in stored if not _row_text(name, row, language))]


def _row_text(name: str, row: object, language: str) -> str:
    first, *others = ROWS[name][0]
    return text_in(_inside(row, first) if others else row, language)


def _inside(row: object, cell: str) -> object:
    return row.get(cell) if isinstance(row, Mapping) else None


def _numbers(form: FormData, name: str) -> list[int]:
    sent = {key for key, _ in form.items if key.startswith(f"{name}-")}
    parts = (_PLACE, *ROWS[name][0])
    return [at for at in range(_MAX_NUMBER) if any(f"{name}-{at}-{part}" in sent for part in parts)]


def _ordered(form: FormData, name: str, what: str, number: int) -> list[int]:
    rows = _numbers(form, name)
    if number not in rows:
        return rows
    place = rows.index(number)
    if what == "remove":
        return [at for at in rows if at != number]
    if place:
        rows[place - 1], rows[place] = rows[place], rows[place - 1]
    return rows


def _cell(form: FormData, name: str, at: int, cell: str) -> str:
    return form.text(f"{name}-{at}-{cell}")


def _with_text(held: object, language: str, text: str) -> Tree:
    texts: Tree = dict(held) if isinstance(held, Mapping) else {}
    texts.pop(language, None)
    return {**texts, language: text} if text else texts


def _with_lines(held: object, language: str, text: str) -> list[object]:
    rows = listed(held)
    own = [row for row in rows if text_in(row, language)]
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    written: list[object] = [
        _with_text(own[at] if at < len(own) else None, language, line)
        for at, line in enumerate(lines)
    ]
    return [*written, *(row for row in rows if not text_in(row, language))]
