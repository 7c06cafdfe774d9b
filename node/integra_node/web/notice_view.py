"""How is a notice read on a page? As headings with names and values, codes in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from integra_node.rules.codes import label
from integra_node.rules.messages import N_
from integra_node.rules.notice import Notice, notice_json
from integra_node.rules.wire import Json
from integra_node.web.context import context_of
from integra_node.web.languages import NAMES
from integra_node.web.notice_fields import PARTS, Field, Part
from integra_node.web.rendering import say
from integra_node.web.visit import visit_of

_YES = N_("yes")
_NO = N_("no")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line: its name, its values, and whether they are days."""

    name: str
    values: tuple[str, ...]
    is_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPart:
    """One heading with its lines, grouped by row where the part repeats."""

    title: str
    rows: tuple[tuple[Told, ...], ...]


def told(request: web.Request, notice: Notice) -> tuple[ToldPart, ...]:
    """Return everything that a notice says, in order; what it does not say is not mentioned."""
    body = notice_json(notice)
    parts = (_part(request, part, body) for part in PARTS)
    return tuple(part for part in parts if part.rows)


def _part(request: web.Request, part: Part, body: Mapping[str, Json]) -> ToldPart:
    found = _at(body, part.path)
    groups = found if isinstance(found, list) else [found]
    rows = (tuple(_lines(request, part, group)) for group in groups if isinstance(group, dict))
    return ToldPart(title=say(request, part.title), rows=tuple(row for row in rows if row))


def _lines(request: web.Request, part: Part, group: Mapping[str, Json]) -> Iterator[Told]:
    for field in part.fields:
        value = _at(group, field.name)
        if value not in (None, "", [], {}):
            values = value if isinstance(value, list) else [value]
            said = tuple(_said(request, field, one) for one in values)
            yield Told(name=say(request, field.label), values=said, is_day=field.widget == "day")
    if part.path == "assess":
        yield from _summaries(request, group)


def _summaries(request: web.Request, group: Mapping[str, Json]) -> Iterator[Told]:
    language, rows = visit_of(request).language, group.get("domain_summaries")
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict):
            name = label("assessment_domain", str(row.get("domain", "")), language)
            yield Told(name=name, values=(str(row.get("text", "")),))


def _said(request: web.Request, field: Field, value: Json) -> str:
    if isinstance(value, bool):
        return say(request, _YES if value else _NO)
    text = str(value)
    if field.codes == "languages":
        return NAMES.get(text, text)
    if field.codes and field.codes != "recipients":
        return label(field.codes, text, visit_of(request).language)
    return _moment(request, text) if field.widget == "moment" else text


def _moment(request: web.Request, text: str) -> str:
    """Return a moment as it was written, with its offset: it is a place's own time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    here = moment.astimezone(context_of(request).config.zone)
    return f"{moment:%Y-%m-%d %H:%M} ({moment:%z}) / {here:%H:%M %Z}"


def _at(tree: Mapping[str, Json], path: str) -> Json:
    here: Json = dict(tree)
    for step in path.split("."):
        here = here.get(step) if isinstance(here, dict) else None
    return here
