"""What do staff see of handovers, and how do they move them? Lists, one of them, its notice, steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from integra_node.actions import handover_steps, handover_views
from integra_node.actions.handover_steps import Given
from integra_node.actions.handover_views import View
from integra_node.actions.handovers import may_read_draft
from integra_node.actions.officers import (
    NoOfficerKeyError,
    OfficerLockedError,
    WrongPinError,
)
from integra_node.rules.codes import codes_of, label
from integra_node.rules.handover import (
    TRANSITIONS,
    Event,
    GroundNeededError,
    PinNeededError,
    ReasonNeededError,
    State,
    Transition,
)
from integra_node.rules.notice import Notice
from integra_node.rules.permissions import Action
from integra_node.rules.problems import InvalidFieldsError, Problem, error
from integra_node.store.database import Tx
from integra_node.store.handovers import RECIPIENT, SENDER, Handover
from integra_node.web.bodies import form_of
from integra_node.web.context import context_of
from integra_node.web.forms import FormView
from integra_node.web.notice_view import told
from integra_node.web.pages.handover_writing import missing
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page, see_other
from integra_node.web.signing import unlocked
from integra_node.web.visit import staff_of, visit_of
from integra_protocol.bodies import EntryRef, format_ref
from integra_protocol.errors import IntegraError, NotFoundError

_BY_PERSON = frozenset(Event) - {Event.DELIVER, Event.LAPSE}
# Errors of a step that are shown at a field of its form, not on a page of their own.
_AT_FIELD: Final[Mapping[type[IntegraError], Problem]] = {
    ReasonNeededError: error("reason", "reason_needed"),
    GroundNeededError: error("ground", "ground_needed"),
    PinNeededError: error("pin", "pin_needed"),
    WrongPinError: error("pin", "wrong_pin"),
    OfficerLockedError: error("pin", "officer_locked"),
    NoOfficerKeyError: error("pin", "no_officer_key"),
}
_SHOWN_AT_FIELD: Final[tuple[type[IntegraError], ...]] = (InvalidFieldsError, *_AT_FIELD)


async def show_list(request: web.Request) -> web.Response:
    """Show a list: what came in, what was sent, drafts."""
    context, staff = context_of(request), staff_of(request)
    box, cursor = request.query.get("box", ""), request.query.get("cursor", "")
    wanted = box if box in handover_views.BOXES else _first_box(request)

    def load(tx: Tx) -> tuple[dict[str, int], handover_views.Listed, tuple[object, ...]]:
        side = RECIPIENT if wanted == "in" else SENDER
        pressing = wanted != "draft" and not cursor
        return (
            handover_views.counts(tx, staff=staff),
            handover_views.list_box(tx, context.us, wanted, staff=staff, cursor=cursor),
            handover_views.pressing(tx, context.us, side, staff=staff) if pressing else (),
        )

    counts, listed, pressing = await context.database.read(load)
    return await page(
        request,
        "handovers.html",
        box=wanted,
        counts=counts,
        listed=listed,
        pressing=pressing,
        now=context.clock(),
        name=_names(request),
        may_write=staff.may(Action.WRITE_HANDOVER),
    )


async def show(request: web.Request) -> web.Response:
    """Show one handover: where it is, by when what must happen, what happened."""
    shown = await _view(request)
    return await page(
        request,
        "handover.html",
        shown=shown,
        row=shown.row,
        env=shown.envelope.env,
        events=[event for event in shown.events if event in _BY_PERSON],
        name=_names(request),
        proof=_proof_path,
        missing=missing(request, shown.problems),
        own=_is_own(request, shown.row),
        now=context_of(request).clock(),
        may_copy=_may_copy(request, shown.row),
        may_name_owner=_may_name_owner(request, shown.row),
        owner_event=handover_steps.OWNER_EVENT,
    )


async def show_notice(request: web.Request) -> web.Response:
    """Show what a notice says; the look is written to the audit log."""
    shown = await _view(request)
    needs_reason = shown.row.side == RECIPIENT and not _is_own(request, shown.row)
    if needs_reason and shown.may_open:
        return await page(
            request, "handover_open.html", row=shown.row, form=FormView(), reasons=_reasons(request)
        )
    return await _notice(request, shown, "")


async def open_notice(request: web.Request) -> web.Response:
    """Show what a notice says to somebody who does not own it, for a reason."""
    form, shown = form_of(request), await _view(request)
    reason = " ".join(part for part in (form.text("reason"), form.text("text")) if part)
    if not reason:
        view = rejected(request, form, [error("reason", "reason_needed")])
        return await page(
            request,
            "handover_open.html",
            status=400,
            row=shown.row,
            form=view,
            reasons=_reasons(request),
        )
    return await _notice(request, shown, reason)


async def show_owner(request: web.Request) -> web.Response:
    """Show the form that gives a notice another owner."""
    return await _show_owner(request, FormView(), status=200)


async def name_owner(request: web.Request) -> web.Response:
    """Give a notice another owner."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    handover_id, now = request.match_info["id"], context.clock()
    given = Given(owner=form.text("owner"), reason=form.text("reason"), text=form.text("text"))
    try:
        await context.database.write(
            lambda tx: handover_steps.name_owner(
                tx, context.us, handover_id, given, staff=staff, now=now
            )
        )
    except (InvalidFieldsError, ReasonNeededError) as failed:
        view = rejected(request, form, _problems(failed))
        return await _show_owner(request, view, status=400)
    return see_other(f"/handovers/{handover_id}?done=owner")


async def show_step(request: web.Request) -> web.Response:
    """Show what a step asks for before it is done."""
    return await _show_step(request, FormView(), status=200)


async def do_step(request: web.Request) -> web.Response:
    """Do a step."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    event, handover_id, now = _event(request), request.match_info["id"], context.clock()
    given = Given(
        reason=form.text("reason"),
        text=form.text("text"),
        ground=form.text("ground"),
        owner=form.text("owner"),
    )
    pin = form.secret("pin")
    try:
        needs_pin = await context.database.read(
            lambda tx: handover_steps.check(
                tx, handover_id, event, given, staff=staff, has_pin=bool(pin)
            )
        )
        officer = await unlocked(request, pin) if needs_pin else None
        moved = await context.database.write(
            lambda tx: handover_steps.act(
                tx, context.us, handover_id, event, given, staff=staff, now=now, officer=officer
            )
        )
    except _SHOWN_AT_FIELD as failed:
        view = rejected(request, form, _problems(failed))
        return await _show_step(request, view, status=400)
    if not may_read_draft(moved, staff):
        return see_other("/handovers?box=draft")  # it is its author's again
    if event is Event.REVIEW:
        return see_other(f"/handovers/{handover_id}/notice")
    return see_other(f"/handovers/{handover_id}?done={event.value}")


async def _view(request: web.Request) -> View:
    context, staff, handover_id = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    return await context.database.read(
        lambda tx: handover_views.view(tx, context.us, handover_id, staff=staff, now=now)
    )


async def _notice(request: web.Request, shown: View, reason: str) -> web.Response:
    context, staff = context_of(request), staff_of(request)
    now, handover_id = context.clock(), shown.row.id
    notice: Notice = await context.database.write(
        lambda tx: handover_views.read_notice(
            tx, context.us, handover_id, staff=staff, now=now, reason=reason
        )
    )
    return await page(
        request,
        "handover_notice.html",
        row=shown.row,
        shown=shown,
        parts_told=told(request, notice),
        written_in=notice.env.lang or "",
        missing=missing(request, shown.problems),
        name=_names(request),
        events=[event for event in shown.events if event in _BY_PERSON],
    )


async def _show_step(request: web.Request, view: FormView, *, status: int) -> web.Response:
    event, shown = _event(request), await _view(request)
    if event not in shown.events:
        raise NotFoundError
    found: Transition = TRANSITIONS[State(shown.row.state), event]
    owners = await _owners(request) if event is Event.ACKNOWLEDGE else ()
    return await page(
        request,
        "handover_step.html",
        status=status,
        form=view,
        row=shown.row,
        env=shown.envelope.env,
        event=event,
        found=found,
        owners=owners,
        reasons=_reasons(request),
        grounds=_options(request, "refusal_ground"),
        missing=missing(request, shown.problems),
        name=_names(request),
        has_key=staff_of(request).officer_id is not None,
    )


async def _show_owner(request: web.Request, view: FormView, *, status: int) -> web.Response:
    shown = await _view(request)
    return await page(
        request,
        "handover_owner.html",
        status=status,
        form=view,
        row=shown.row,
        owners=await _owners(request),
        reasons=_reasons(request),
    )


async def _owners(request: web.Request) -> tuple[tuple[str, str], ...]:
    context, staff = context_of(request), staff_of(request)
    return await context.database.read(lambda tx: handover_steps.possible_owners(tx, staff=staff))


def _event(request: web.Request) -> Event:
    word = request.match_info["event"]
    if word not in _BY_PERSON:
        raise NotFoundError
    return Event(word)


def _problems(failed: IntegraError) -> tuple[Problem, ...]:
    if isinstance(failed, InvalidFieldsError):
        return failed.problems
    return (_AT_FIELD[type(failed)],)


def _is_own(request: web.Request, row: Handover) -> bool:
    mine = staff_of(request).account_id
    return mine == (row.author_id if row.side == SENDER else row.owner_id)


def _may_copy(request: web.Request, row: Handover) -> bool:
    staff = staff_of(request)
    return row.side == SENDER and staff.may(Action.WRITE_HANDOVER) and row.subject_id is not None


def _may_name_owner(request: web.Request, row: Handover) -> bool:
    owned = row.side == RECIPIENT and State(row.state) in handover_steps.OWNED
    return owned and staff_of(request).may(Action.CLOSE_HANDOVER)


def _first_box(request: web.Request) -> str:
    return "draft" if staff_of(request).may(Action.WRITE_HANDOVER) else "in"


def _proof_path(origin: str, index: int) -> str:
    org, epoch, number = format_ref(EntryRef(origin=origin, index=index)).split("~")
    return f"/log/{org}/{epoch}/{number}/proof"


def _names(request: web.Request) -> object:
    """Return what names a code in the visitor's language: ``name(list, code)``."""
    language = visit_of(request).language
    return lambda code_list, code: label(code_list, code, language)


def _reasons(request: web.Request) -> tuple[tuple[str, str], ...]:
    return _options(request, "reason")


def _options(request: web.Request, code_list: str) -> tuple[tuple[str, str], ...]:
    language = visit_of(request).language
    return tuple((code, item.label(language)) for code, item in codes_of(code_list).items())
