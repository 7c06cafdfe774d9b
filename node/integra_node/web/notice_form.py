"""How does a notice become a form, and what was typed a notice again?

What the form does not ask, such as something that came from a file, stays as it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integra_node.rules.codes import codes_of
from integra_node.rules.markings import HANDOVER_LABELS
from integra_node.rules.notice import default_checklist
from integra_node.rules.purposes import NOT_PERSONAL
from integra_node.rules.wire import Json, to_json
from integra_node.web.forms import FormData, flatten
from integra_node.web.languages import NAMES
from integra_node.web.notice_fields import PARTS, Field, Part

Tree: TypeAlias = dict[str, object]

AT: Final = "at"  # hidden in each stored row: its position, so that what is not asked follows it
TIME: Final = ".time"
ZONE: Final = ".zone"
ZONES: Final = (
    "Europe/Lisbon",
    "Europe/Paris",
    "Europe/Rome",
    "Europe/Amsterdam",
    "Europe/Berlin",
    "Europe/Sofia",
    "Europe/Athens",
    "UTC",
)
_VALID_DAYS: Final = 180
_REVIEW_DAYS: Final = 30
_LISTS: Final = frozenset(
    f"{part.path}{'-0-' if part.rows else '.'}{field.name}"
    for part in PARTS
    for field in part.fields
    if field.widget == "checks"
)
# A row with nothing but these was not filled in.
_DEFAULTS: Final = frozenset({"basis", AT})


def fields_of(notice: Mapping[str, Json], zone: str) -> FormData:
    """Return the form's fields for a stored notice; ``zone`` is that of the appointment's times."""
    tree: Tree = {key: value for key, value in notice.items()}  # noqa: C416 - a wider type
    items = list(flatten(tree).items)
    for part in PARTS:
        for field in part.fields:
            if field.widget == "lines" and not part.rows:
                items = _as_lines(items, f"{part.path}.{field.name}")
            elif field.widget == "moment":
                items = _as_moment(items, f"{part.path}.{field.name}", zone)
    for part in PARTS:
        if part.rows:
            rows = _at(tree, part.path)
            count = len(rows) if isinstance(rows, list) else 0
            items += [(f"{part.path}-{n}-{AT}", str(n)) for n in range(count)]
    return FormData(items=tuple(items))


def empty_fields(today: date, *, language: str, regime: str, zone: str) -> FormData:
    """Return a new form with what can be known: so that little is typed."""
    return FormData(
        items=(
            ("env.urgency", "routine"),
            ("env.lang", language),
            ("env.regime_sender", regime),
            ("env.valid_until", (today + timedelta(days=_VALID_DAYS)).isoformat()),
            ("env.review_on", (today + timedelta(days=_REVIEW_DAYS)).isoformat()),
            ("env.handling.tlp", "AMBER+STRICT"),
            ("voice.language", language),
            (f"plan.next_appointment.start{ZONE}", zone),
        )
    )


def entered(form: FormData, org: str, stored: Mapping[str, Json] | None = None) -> Tree:
    """Return the notice of ``org`` that a form holds, laid over what is stored.

    Raises:
        BadFormError: the form's names contradict each other.
    """
    typed = _without_moments(form)
    tree = typed.nested(lists=_LISTS)
    notice: Tree = _without_asked(stored or {})
    for part in PARTS:
        if part.rows:
            _put(notice, part.path, _rows(part, _at(tree, part.path), stored or {}))
            continue
        for field in part.fields:
            path = f"{part.path}.{field.name}"
            value = _value(field, path, form, _at(tree, path))
            if value is not None:
                _put(notice, path, value)
    if _at(notice, "env.sender") is not None:
        _put(notice, "env.sender.org", org)
    _keep_usual(notice)
    return notice


def row_counts(form: FormData) -> dict[str, int]:
    """Return how many rows the form shows for each repeating part: those filled, and spare ones."""
    return {part.path: _filled(form, part.path) + part.rows for part in PARTS if part.rows}


def choices(
    code_list: str, language: str, recipients: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Return value and name of each choice of a field."""
    if code_list == "recipients":
        return tuple((org, org) for org in recipients)
    if code_list == "languages":
        return tuple(NAMES.items())
    found = codes_of(code_list).items()
    return tuple(
        (code, item.label(language)) for code, item in found if _is_offered(code_list, code)
    )


def _filled(form: FormData, path: str) -> int:
    """Return one more than the highest row of a part in which something stands."""
    start = f"{path}-"
    numbers = (
        name[len(start) :].partition("-")[0]
        for name, value in form.items
        if value and name.startswith(start)
    )
    return max((int(number) + 1 for number in numbers if number.isdecimal()), default=0)


def _is_offered(code_list: str, code: str) -> bool:
    if code_list == "tlp":
        return code in {label.value for label in HANDOVER_LABELS}
    return not (code_list == "purpose" and code in NOT_PERSONAL)


def _as_lines(items: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    lines = [value for key, value in items if key == name]
    rest = [(key, value) for key, value in items if key != name]
    return [*rest, (name, "\n".join(lines))] if lines else rest


def _as_moment(items: list[tuple[str, str]], name: str, zone: str) -> list[tuple[str, str]]:
    stored = next((value for key, value in items if key == name), "")
    rest = [(key, value) for key, value in items if key != name]
    if not stored:
        return [*rest, (name + ZONE, zone)]
    moment = datetime.fromisoformat(stored)
    known = _zone_of(moment, (zone, *ZONES)) or zone
    here = moment.astimezone(ZoneInfo(known))
    return [
        *rest,
        (name, here.date().isoformat()),
        (name + TIME, here.strftime("%H:%M")),
        (name + ZONE, known),
    ]


def _zone_of(moment: datetime, zones: Sequence[str]) -> str | None:
    """Return the first zone in which the moment has the offset that it was written with."""
    return next(
        (z for z in zones if moment.astimezone(ZoneInfo(z)).utcoffset() == moment.utcoffset()),
        None,
    )


def _without_moments(form: FormData) -> FormData:
    """Return the form without the fields that stand below another field's name."""
    names = [f"{p.path}.{f.name}" for p in PARTS for f in p.fields if f.widget == "moment"]
    below = tuple(name + end for name in names for end in (TIME, ZONE))
    return FormData(items=tuple(item for item in form.items if item[0] not in below))


def _value(field: Field, path: str, form: FormData, value: object) -> object | None:
    if field.widget == "lines" and isinstance(value, str):
        return [line.strip() for line in value.split("\n") if line.strip()]
    if field.widget == "moment" and isinstance(value, str):
        return _moment(value, form.text(path + TIME), form.text(path + ZONE))
    return value


def _moment(day: str, clock: str, zone: str) -> str:
    """Return day and time in a zone as RFC 3339; what is no time is left for the rules to refuse."""
    try:
        moment = datetime.fromisoformat(f"{day}T{clock.zfill(5)}")
        return moment.replace(tzinfo=ZoneInfo(zone)).isoformat()
    except (ValueError, ZoneInfoNotFoundError):
        return f"{day} {clock}"


def _rows(part: Part, typed: object, stored: Mapping[str, Json]) -> list[Tree]:
    before = _at(stored, part.path)
    held = before if isinstance(before, list) else []
    asked = {field.name for field in part.fields}
    lines = {field.name for field in part.fields if field.widget == "lines"}
    rows: list[Tree] = []
    for row in typed if isinstance(typed, list) else []:
        if not isinstance(row, dict) or not set(row) - _DEFAULTS:
            continue
        place = str(row.get(AT, ""))
        kept = held[int(place)] if place.isdecimal() and int(place) < len(held) else {}
        rest = {k: v for k, v in kept.items() if k not in asked} if isinstance(kept, dict) else {}
        new = {k: v.split("\n") if k in lines else v for k, v in row.items() if k != AT}
        rows.append({**rest, **new})
    return rows


def _without_asked(stored: Mapping[str, Json]) -> Tree:
    tree: Tree = _copied(stored)
    for part in PARTS:
        if part.rows:
            _drop(tree, part.path)
        else:
            for field in part.fields:
                _drop(tree, f"{part.path}.{field.name}")
    return _pruned(tree)


def _copied(value: Mapping[str, object]) -> Tree:
    return {k: _copied(v) if isinstance(v, Mapping) else v for k, v in value.items()}


def _pruned(tree: Tree) -> Tree:
    below = {k: _pruned(v) if isinstance(v, dict) else v for k, v in tree.items()}
    return {k: v for k, v in below.items() if v != {}}


def _drop(tree: Tree, path: str) -> None:
    *way, last = path.split(".")
    here: object = tree
    for step in way:
        here = here.get(step) if isinstance(here, dict) else None
    if isinstance(here, dict):
        here.pop(last, None)


def _put(tree: Tree, path: str, value: object) -> None:
    if value in ([], {}):
        return
    *way, last = path.split(".")
    here = tree
    for step in way:
        below = here.setdefault(step, {})
        if not isinstance(below, dict):
            return
        here = below
    here[last] = value


def _at(tree: Mapping[str, object], path: str) -> object:
    here: object = tree
    for step in path.split("."):
        here = here.get(step) if isinstance(here, Mapping) else None
    return here


def _keep_usual(notice: Tree) -> None:
    """Give a notice with a release the usual conferences and steps, unless it has a checklist."""
    release = _at(notice, "sent.release_on")
    if not isinstance(release, str) or "checklist" in notice:
        return
    try:
        usual = default_checklist(date.fromisoformat(release))
    except (ValueError, OverflowError):
        return
    notice["checklist"] = [to_json(item) for item in usual]
