"""How does a program write, send, take in and answer handovers?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field, JsonValue

from integra_node.actions import handover_steps, handovers
from integra_node.actions import handover_views as views
from integra_node.actions.handover_steps import Given, act, check
from integra_node.actions.handover_views import Happened, Line, View
from integra_node.actions.idempotency import once
from integra_node.rules.deadlines import Clock
from integra_node.rules.handover import Event
from integra_node.rules.notice import Notice, notice_json
from integra_node.rules.problems import InvalidFieldsError, error
from integra_node.rules.staff import Staff
from integra_node.store.database import Tx
from integra_node.store.handovers import SENDER, Handover
from integra_node.web.api.answers import ApiModel, json_answer
from integra_node.web.api.json_bodies import read_object
from integra_node.web.api.preconditions import call_digest, etag_of, idempotency_key
from integra_node.web.api.session import utc_text
from integra_node.web.bodies import read_json, read_query
from integra_node.web.context import WebContext, context_of
from integra_node.web.signing import unlocked
from integra_node.web.visit import staff_of
from integra_protocol.bodies import EntryRef, format_ref
from integra_protocol.errors import ConflictError, NotAllowedError, NotFoundError

Text = Annotated[str, Field(max_length=2_000)]
Cursor = Annotated[str, Field(max_length=100)]
_REFERENCE = "case_reference"
_READERS = "readers"


class HandoverBody(Notice):
    """A whole notice, and our own case reference, which is never sent.

    ``readers`` are the recipient's officers who alone may read a notice marked TLP:RED.
    """

    case_reference: Annotated[str, Field(max_length=80)] = ""
    readers: tuple[Annotated[str, Field(max_length=64)], ...] = ()


class HandoversParameters(ApiModel):
    """Which list: our drafts, what we sent, what came in; ``cursor`` is ``next`` of the page before."""

    box: Literal["draft", "out", "in"] = "in"
    cursor: Cursor = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class EventBody(ApiModel):
    """What goes with a step.

    ``reason`` is a code of list ``reason`` or words; ``ground`` a code of list ``refusal_ground``;
    ``owner`` the username of who takes a notice over.
    """

    pin: Annotated[str, Field(max_length=1_024)] = ""
    reason: Text = ""
    text: Text = ""
    ground: Annotated[str, Field(max_length=64)] = ""
    owner: Annotated[str, Field(max_length=64)] = ""


class OwnerBody(ApiModel):
    """Who takes the notice over (a username), and why."""

    owner: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


class OpenBody(ApiModel):
    """Why somebody who does not own the notice must see whom it is about."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


class HandoverItem(ApiModel):
    """One line of a list; nothing of it says whom the notice is about."""

    id: str
    side: str
    state: str
    state_since: str
    peer_org: str
    unit: str | None = None
    kind: str
    urgency: str
    due_at: str | None = None
    case_reference: str | None = None
    ref: str | None = None
    updated_at: str


class HandoversAnswer(ApiModel):
    """A page; ``next`` is the cursor of what comes after, null at the end."""

    items: list[HandoverItem]
    next: str | None = None


class ClockAnswer(ApiModel):
    """By when the state must end; ``rule_due_at`` is the rule's own end, before the release caps it."""

    due_at: str
    rule_due_at: str
    starts_at: str
    starts_event: str
    duration: int
    unit: str
    source: str
    legal: bool
    capped_by_release: bool


class StepAnswer(ApiModel):
    """One thing that happened; ``applied`` is false for a step that crossed one of ours."""

    event: str
    state: str
    at: str
    who: str
    org: str
    ref: str | None = None
    applied: bool
    signed: bool | None = None
    witnessed: bool | None = None
    reason: str | None = None
    ground: str | None = None
    text: str | None = None


class HandoverProblem(ApiModel):
    """What is missing or wrong; ``severity`` error forbids submitting and sending."""

    path: str
    code: str
    severity: str


class HandoverAnswer(ApiModel):
    """A handover; ``body`` is the notice itself, for who may see whom it is about."""

    id: str
    side: str
    state: str
    state_since: str
    etag: int
    peer_org: str
    notice_id: str
    version: int
    ref: str | None = None
    case_reference: str | None = None
    envelope: dict[str, JsonValue]
    author: str | None = None
    reviewer: str | None = None
    owner: str | None = None
    opened_at: str | None = None
    clock: ClockAnswer | None = None
    allowed_events: list[str]
    timeline: list[StepAnswer]
    problems: list[HandoverProblem]
    erased: bool
    body: dict[str, JsonValue] | None = None


class GivenBackAnswer(ApiModel):
    """What is told of a draft to whoever gave it back: it is its author's again."""

    id: str
    state: str
    allowed_events: list[str]


class NoticeAnswer(ApiModel):
    """The notice itself."""

    id: str
    body: dict[str, JsonValue]


async def list_all(request: web.Request) -> web.Response:
    """List handovers, newest change first."""
    context, staff = context_of(request), staff_of(request)
    asked = read_query(request, HandoversParameters)
    found = await context.database.read(
        lambda tx: views.list_box(
            tx, context.us, asked.box, staff=staff, cursor=asked.cursor, limit=asked.limit
        )
    )
    items = [_item(line) for line in found.lines]
    return json_answer(HandoversAnswer(items=items, next=found.next))


async def create(request: web.Request) -> web.Response:
    """Start a draft."""
    context, staff, now = context_of(request), staff_of(request), context_of(request).clock()
    data, body = await read_object(request)
    entered = _entered(body)
    key, digest = idempotency_key(request), call_digest(request, data)

    def make(tx: Tx) -> str:
        # Only the id is remembered for a repeated call: the body is personal data.
        made = handovers.create(tx, context.us, entered, staff=staff, now=now)
        return json.dumps({"id": made.id})

    text = await context.database.write(
        lambda tx: once(tx, key, digest, lambda: make(tx), staff=staff, now=now)
    )
    return await _answer(request, str(json.loads(text)["id"]), status=201)


async def replace(request: web.Request) -> web.Response:
    """Replace what a draft says; needs ``If-Match``."""
    context, staff, now = context_of(request), staff_of(request), context_of(request).clock()
    etag, handover_id = etag_of(request, required=True), request.match_info["id"]
    _, body = await read_object(request)
    entered = _entered(body)
    await context.database.write(
        lambda tx: handovers.edit(
            tx, context.us, handover_id, entered, etag=etag, staff=staff, now=now
        )
    )
    return await _answer(request, handover_id)


async def show(request: web.Request) -> web.Response:
    """Show a handover; with its notice to the author and to the owner who opened it."""
    return await _answer(request, request.match_info["id"])


async def copy(request: web.Request) -> web.Response:
    """Start a draft with what an earlier notice of ours says."""
    context, staff, now = context_of(request), staff_of(request), context_of(request).clock()
    handover_id = request.match_info["id"]
    made = await context.database.write(
        lambda tx: handovers.copy(tx, context.us, handover_id, staff=staff, now=now)
    )
    return await _answer(request, made.id, status=201)


async def open_notice(request: web.Request) -> web.Response:
    """Show whom a notice is about, to somebody who does not own it, for a reason."""
    context, staff, now = context_of(request), staff_of(request), context_of(request).clock()
    handover_id, reason = request.match_info["id"], (await read_json(request, OpenBody)).reason
    notice = await context.database.write(
        lambda tx: views.read_notice(
            tx, context.us, handover_id, staff=staff, now=now, reason=reason
        )
    )
    return json_answer(NoticeAnswer(id=handover_id, body=dict(notice_json(notice))))


async def name_owner(request: web.Request) -> web.Response:
    """Give a received notice another owner."""
    context, staff, now = context_of(request), staff_of(request), context_of(request).clock()
    handover_id, body = request.match_info["id"], await read_json(request, OwnerBody)
    given = Given(owner=body.owner, reason=body.reason)
    await context.database.write(
        lambda tx: handover_steps.name_owner(
            tx, context.us, handover_id, given, staff=staff, now=now
        )
    )
    return await _answer(request, handover_id)


async def step(request: web.Request) -> web.Response:
    """Move a handover: submit, approve, send, acknowledge, review, accept and so on."""
    context, staff = context_of(request), staff_of(request)
    event, handover_id = _event(request), request.match_info["id"]
    body = await read_json(request, EventBody) if request.can_read_body else EventBody()
    given = Given(reason=body.reason, text=body.text, ground=body.ground, owner=body.owner)
    needs_pin = await context.database.read(
        lambda tx: check(tx, handover_id, event, given, staff=staff, has_pin=bool(body.pin))
    )
    officer = await unlocked(request, body.pin) if needs_pin else None
    now = context.clock()
    moved = await context.database.write(
        lambda tx: act(
            tx, context.us, handover_id, event, given, staff=staff, now=now, officer=officer
        )
    )
    if not handovers.may_read_draft(moved, staff):
        return json_answer(GivenBackAnswer(id=moved.id, state=moved.state, allowed_events=[]))
    return await _answer(request, handover_id)


def _event(request: web.Request) -> Event:
    word = request.match_info["event"]
    if word not in set(Event) - {Event.DELIVER, Event.LAPSE}:
        raise NotFoundError
    return Event(word)


def _entered(body: Mapping[str, object]) -> handovers.Entered:
    reference = body.get(_REFERENCE, "")
    if not isinstance(reference, str):
        raise InvalidFieldsError([error(_REFERENCE, "bad_text")])
    readers = body.get(_READERS, [])
    if not isinstance(readers, list) or not all(isinstance(one, str) for one in readers):
        raise InvalidFieldsError([error(_READERS, "bad_format")])
    notice = {name: value for name, value in body.items() if name not in (_REFERENCE, _READERS)}
    return handovers.read_entered(notice, reference, readers)


async def _answer(request: web.Request, handover_id: str, *, status: int = 200) -> web.Response:
    context, staff, now = context_of(request), staff_of(request), context_of(request).clock()
    shown = await context.database.read(
        lambda tx: views.view(tx, context.us, handover_id, staff=staff, now=now)
    )
    notice = None
    if shown.may_open and _is_own(shown.row, staff):
        notice = await context.database.write(
            lambda tx: _read(tx, context, handover_id, staff, now)
        )
    location = f"/api/v1/handovers/{handover_id}" if status == 201 else ""
    return json_answer(
        _handover(shown, notice), status=status, etag=str(shown.row.etag), location=location
    )


def _read(tx: Tx, context: WebContext, handover_id: str, staff: Staff, now: int) -> Notice | None:
    """Return the notice where the actor may see it without giving a reason."""
    try:
        return views.read_notice(tx, context.us, handover_id, staff=staff, now=now)
    except (NotAllowedError, NotFoundError, ConflictError):
        return None


def _is_own(row: Handover, staff: Staff) -> bool:
    return staff.account_id == (row.author_id if row.side == SENDER else row.owner_id)


def _handover(shown: View, notice: Notice | None) -> HandoverAnswer:
    row = shown.row
    return HandoverAnswer(
        id=row.id,
        side=row.side,
        state=row.state,
        state_since=utc_text(row.state_since),
        etag=row.etag,
        peer_org=row.peer_org,
        notice_id=row.notice_id,
        version=row.version,
        ref=_ref(row.origin, row.idx),
        case_reference=shown.case_reference or None,
        envelope=json.loads(row.envelope),
        author=_name(shown, row.author_id),
        reviewer=_name(shown, row.reviewer_id),
        owner=_name(shown, row.owner_id),
        opened_at=utc_text(row.opened_at) if row.opened_at is not None else None,
        clock=_clock(shown.clock) if shown.clock else None,
        allowed_events=[event.value for event in shown.events],
        timeline=[_step(one) for one in shown.timeline],
        problems=[
            HandoverProblem(path=one.path, code=one.code, severity=one.severity.value)
            for one in shown.problems
        ],
        erased=shown.erased,
        body=dict(notice_json(notice)) if notice is not None else None,
    )


def _name(shown: View, account_id: str | None) -> str | None:
    return shown.names.get(account_id, account_id) if account_id else None


def _clock(clock: Clock) -> ClockAnswer:
    return ClockAnswer(
        due_at=utc_text(int(clock.due_at.timestamp())),
        rule_due_at=utc_text(int(clock.rule_due_at.timestamp())),
        starts_at=utc_text(int(clock.starts_at.timestamp())),
        starts_event=clock.starts_event,
        duration=clock.rule.duration,
        unit=clock.rule.unit.value,
        source=clock.rule.source,
        legal=clock.rule.legal,
        capped_by_release=clock.is_capped,
    )


def _step(one: Happened) -> StepAnswer:
    return StepAnswer(
        event=one.step.event,
        state=one.step.state,
        at=utc_text(one.step.at),
        who=one.who,
        org=one.step.org,
        ref=_ref(one.step.origin, one.step.idx),
        applied=one.applied,
        signed=one.signed,
        witnessed=one.witnessed,
        reason=one.words.reason,
        ground=one.words.ground,
        text=one.words.text,
    )


def _item(line: Line) -> HandoverItem:
    row, env = line.row, line.envelope.env
    return HandoverItem(
        id=row.id,
        side=row.side,
        state=row.state,
        state_since=utc_text(row.state_since),
        peer_org=row.peer_org,
        unit=env.recipient.unit,
        kind=env.kind,
        urgency=env.urgency,
        due_at=utc_text(row.due_at) if row.due_at is not None else None,
        case_reference=line.case_reference or None,
        ref=_ref(row.origin, row.idx),
        updated_at=utc_text(row.updated_at),
    )


def _ref(origin: str | None, index: int | None) -> str | None:
    if origin is None or index is None:
        return None
    return format_ref(EntryRef(origin=origin, index=index))
