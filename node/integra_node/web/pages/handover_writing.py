"""How does a case officer write a handover notice, and what is still missing in it?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from aiohttp import web

from integra_node.actions import handover_views, handovers
from integra_node.actions.changed import PreconditionFailedError
from integra_node.actions.handover_clocks import today_of
from integra_node.rules.notice import notice_json
from integra_node.rules.problems import InvalidFieldsError, Problem, error
from integra_node.rules.wire import Json
from integra_node.store.database import Tx
from integra_node.store.handovers import Handover
from integra_node.web import notice_form
from integra_node.web.bodies import form_of
from integra_node.web.context import WebContext, context_of
from integra_node.web.forms import FormData, FormView, field_name
from integra_node.web.notice_fields import PARTS, Part
from integra_node.web.problem_texts import rejected, text_of
from integra_node.web.rendering import page, see_other
from integra_node.web.visit import staff_of, visit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One thing that is missing or needs a look: where in the form, in words."""

    anchor: str
    text: str
    is_error: bool


async def show_new(request: web.Request) -> web.Response:
    """Show an empty form with what can be known already filled in."""
    context = context_of(request)
    fields = notice_form.empty_fields(
        today_of(context.us, context.clock()),
        language=context.config.language,
        regime=context.config.regime,
        zone=context.config.time_zone,
    )
    return await _show(request, FormView(data=fields), row=None)


async def create(request: web.Request) -> web.Response:
    """Save a new draft."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    now = context.clock()
    try:
        entered = _entered(context, form, None)
    except InvalidFieldsError as failed:
        return await _show(request, _rejected(request, form, failed.problems), row=None, status=400)
    made = await context.database.write(
        lambda tx: handovers.create(tx, context.us, entered, staff=staff, now=now)
    )
    return see_other(_next(form, made))


async def show_edit(request: web.Request) -> web.Response:
    """Show a draft in the form, with what is still missing."""
    context, staff, handover_id = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()

    def load(tx: Tx) -> tuple[Handover, FormData, tuple[Problem, ...]]:
        row, held = handover_views.read_draft(tx, context.us, handover_id, staff=staff)
        notice = held.notice
        fields = notice_form.fields_of(notice_json(notice), context.config.time_zone)
        own = (("case_reference", held.case_reference), ("readers", "\n".join(held.readers)))
        items = (*fields.items, *own)
        problems = handovers.problems_of(tx, context.us, notice, held.readers, now=now)
        return row, FormData(items=items), problems

    row, fields, problems = await context.database.read(load)
    return await _show(request, FormView(data=fields), row=row, problems=problems)


async def save(request: web.Request) -> web.Response:
    """Save a draft again, unless somebody else has done so meanwhile."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    handover_id, now = request.match_info["id"], context.clock()
    row, stored = await context.database.read(lambda tx: _stored(tx, context, handover_id, request))
    etag = int(form.text("etag")) if form.text("etag").isdecimal() else 0
    try:
        entered = _entered(context, form, stored)
    except InvalidFieldsError as failed:
        return await _show(request, _rejected(request, form, failed.problems), row=row, status=400)
    try:
        changed = await context.database.write(
            lambda tx: handovers.edit(
                tx, context.us, handover_id, entered, etag=etag, staff=staff, now=now
            )
        )
    except PreconditionFailedError:
        # What was typed stays; saved once more, it replaces what the other page saved.
        typed = FormData(items=tuple(item for item in form.items if item[0] != "etag"))
        view = rejected(request, typed, [error("", "changed_meanwhile")])
        return await _show(request, view, row=row, status=409)
    return see_other(_next(form, changed))


async def copy(request: web.Request) -> web.Response:
    """Start a draft from an earlier notice."""
    context, staff, handover_id = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    made = await context.database.write(
        lambda tx: handovers.copy(tx, context.us, handover_id, staff=staff, now=now)
    )
    return see_other(f"/handovers/{made.id}/edit")


def missing(request: web.Request, problems: Iterable[Problem]) -> tuple[Missing, ...]:
    """Return problems as lines that lead to their place in the form, errors first."""
    lines = [
        Missing(anchor=_anchor(item.path), text=text_of(request, item), is_error=item.is_error)
        for item in problems
    ]
    return tuple(sorted(lines, key=lambda line: not line.is_error))


def _stored(
    tx: Tx, context: WebContext, handover_id: str, request: web.Request
) -> tuple[Handover, dict[str, Json]]:
    row, held = handover_views.read_draft(tx, context.us, handover_id, staff=staff_of(request))
    return row, notice_json(held.notice)


def _entered(
    context: WebContext, form: FormData, stored: dict[str, Json] | None
) -> handovers.Entered:
    body = notice_form.entered(_notice_fields(form), context.us.org, stored)
    readers = form.text("readers").split("\n")
    return handovers.read_entered(body, form.text("case_reference"), readers)


def _notice_fields(form: FormData) -> FormData:
    """Return the fields of the notice only: all others have no dot and are no row."""
    tops = tuple(part.path.partition(".")[0] for part in PARTS)
    items = (item for item in form.items if item[0].startswith(tops))
    return FormData(items=tuple(item for item in items if "." in item[0] or "-" in item[0]))


def _rejected(request: web.Request, form: FormData, problems: Iterable[Problem]) -> FormView:
    view = rejected(request, form, problems)
    errors = tuple((_anchor_of_field(name), text) for name, text in view.errors)
    return FormView(data=view.data, errors=errors)


def _next(form: FormData, row: Handover) -> str:
    if form.text("then") == "preview":
        return f"/handovers/{row.id}/notice"
    return f"/handovers/{row.id}/edit?done=saved"


def _anchor(path: str) -> str:
    return _anchor_of_field(field_name(path))


def _anchor_of_field(name: str) -> str:
    """Return the field or heading of the form that a place in the notice is found at."""
    if name in ("", "case_reference", "readers"):
        return name
    for part in PARTS:
        if part.rows and (name == part.path or name.startswith(f"{part.path}-")):
            return name if name != part.path else f"{part.path}-0-{part.fields[0].name}"
    found = [
        f"{part.path}.{field.name}" for part in PARTS if not part.rows for field in part.fields
    ]
    if name in found:
        return name
    return next((one for one in found if one.startswith(f"{name}.")), f"part-{name}")


def _is_wanted(part: Part, wanted: Collection[str]) -> bool:
    """Say whether a part must not be folded away: something in it is missing or wrong."""
    ends = "-" if part.rows else "."
    return any(name.startswith(f"{part.path}{ends}") for name in wanted)


def _is_wanted_below(part: Part, start: str, wanted: Collection[str]) -> bool:
    """Say whether a field behind "more" is missing or wrong."""
    return any(f"{start}{field.name}" in wanted for field in part.fields if not field.always)


async def _show(
    request: web.Request,
    view: FormView,
    *,
    row: Handover | None,
    problems: Iterable[Problem] = (),
    status: int = 200,
) -> web.Response:
    context, language = context_of(request), visit_of(request).language
    known = await context.database.read(lambda tx: handovers.recipients(tx, context.us))
    lines = missing(request, problems)
    wanted = {line.anchor for line in lines} | {name for name, _ in view.errors}
    return await page(
        request,
        "handover_edit.html",
        status=status,
        form=view,
        row=row,
        parts=PARTS,
        counts=notice_form.row_counts(view.data),
        choices=lambda codes: notice_form.choices(codes, language, known),
        zones=notice_form.ZONES,
        missing=lines,
        wanted_in=lambda part: _is_wanted(part, wanted),
        wanted_below=lambda part, start: _is_wanted_below(part, start, wanted),
        done=request.query.get("done") == "saved",
    )
