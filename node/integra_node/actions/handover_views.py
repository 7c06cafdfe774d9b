"""What does a member of staff see of handovers: the lists, one of them, and the notice itself?

Lists and the page of a handover show its envelope.  Whom it is about is shown to who may open it,
and written to the audit log each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from integra_node.actions import handover_contents as contents
from integra_node.actions.handover_clocks import clock_of, today_of
from integra_node.actions.handover_steps import check_reader, events_for, log_consultation
from integra_node.actions.handovers import Entered, get, is_unsent, may_read_draft, problems_of
from integra_node.rules.handover import (
    ENDED,
    STEP_EVENTS,
    TRANSITIONS,
    UNSENT,
    Event,
    HandoverStateError,
    ReasonNeededError,
    State,
)
from integra_node.rules.handover_words import StepWords, entered_words
from integra_node.rules.permissions import Action
from integra_node.store import accounts, handovers, log
from integra_node.store.handovers import RECIPIENT, SENDER, Cursor, Handover, Step
from integra_protocol.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.deadlines import Clock
    from integra_node.rules.notice import EnvelopeView, Notice
    from integra_node.rules.problems import Problem
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx

BOXES: Final = ("draft", "out", "in")
PAGE: Final = 50  # rows of one page of a list
_UNSENT: Final = frozenset(state.value for state in UNSENT)
_SENT: Final = frozenset(state.value for state in State if state not in UNSENT)
_OPEN_SENT: Final = frozenset(
    state.value for state in State if state not in UNSENT and state not in ENDED
)
# Where the recipient may see whom the notice is about, once it was opened.
_READABLE: Final = frozenset({State.UNDER_REVIEW, State.ACCEPTED, State.CLOSED})
_TARGETS: Final = {event.value: item.target.value for (_, event), item in TRANSITIONS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One handover in a list: its row, envelope and the actor's own case reference."""

    row: Handover
    envelope: EnvelopeView
    case_reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page of a list; ``next`` the cursor of what comes after, or None."""

    lines: tuple[Line, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One step of the timeline.

    Attributes:
        step: What happened; times in unix seconds.
        words: What was said with it.
        who: A username of ours, an officer's pseudonym of theirs, or an organisation.
        applied: Whether it moved the handover; a step that crossed one of ours did not.
        signed: Whether a signed checkpoint covers its entry; None when it stands in no entry.
        witnessed: Whether a quorum of others has cosigned that.
    """

    step: Step
    words: StepWords
    who: str
    applied: bool
    signed: bool | None
    witnessed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One handover as its page shows it before anything is opened."""

    row: Handover
    envelope: EnvelopeView
    case_reference: str
    clock: Clock | None
    events: tuple[Event, ...]
    timeline: tuple[Happened, ...]
    names: dict[str, str]
    may_open: bool
    may_edit: bool
    erased: bool
    problems: tuple[Problem, ...]


def list_box(
    tx: Tx, us: Us, box: str, *, staff: Staff, cursor: str = "", limit: int = PAGE
) -> Listed:
    """Return one page of a list, newest change first.

    Raises:
        NotAllowedError: the actor may not see the lists.
        InputError: no such list, or a cursor that we did not make.
    """
    staff.require(Action.READ_HANDOVER_LIST)
    if box not in BOXES:
        raise InputError("box is draft, out or in")
    side = RECIPIENT if box == "in" else SENDER
    states = _UNSENT if box == "draft" else _SENT
    author = staff.account_id if box == "draft" else None
    rows = handovers.page(
        tx, side, states, after=_cursor(cursor), limit=limit + 1, drafts_of=author
    )
    shown = rows[:limit]
    more = len(rows) > limit
    return Listed(
        lines=tuple(_line(tx, us, row, staff) for row in shown),
        next=f"{shown[-1].updated_at}~{shown[-1].id}" if more else None,
    )


def rows_for_operator(tx: Tx, box: str, *, limit: int = PAGE) -> tuple[Handover, ...]:
    """Return a list as the operator of the machine sees it: rows, nothing of the person."""
    side = RECIPIENT if box == "in" else SENDER
    return handovers.page(tx, side, _UNSENT if box == "draft" else _SENT, limit=limit)


def pressing(tx: Tx, us: Us, side: str, *, staff: Staff) -> tuple[Line, ...]:
    """Return what is open on one side, the most pressing first, at most 200.

    Raises:
        NotAllowedError: the actor may not see the lists.
    """
    staff.require(Action.READ_HANDOVER_LIST)
    return tuple(_line(tx, us, row, staff) for row in handovers.by_due(tx, side, _OPEN_SENT))


def counts(tx: Tx, *, staff: Staff) -> dict[str, int]:
    """Return how many handovers are in each list: drafts of the actor, open out, open in."""
    staff.require(Action.READ_HANDOVER_LIST)
    return {
        "draft": handovers.count(tx, SENDER, _UNSENT, drafts_of=staff.account_id),
        "out": handovers.count(tx, SENDER, _OPEN_SENT),
        "in": handovers.count(tx, RECIPIENT, _OPEN_SENT),
    }


def count_waiting(tx: Tx, _us: Us, staff: Staff) -> int:
    """Return how many handovers wait for a step that only this person's role can take."""
    found = 0
    if staff.may(Action.TAKE_IN_HANDOVER):
        found += handovers.count(tx, RECIPIENT, [State.DELIVERED.value])
    if staff.may(Action.APPROVE_HANDOVER):
        found += handovers.count(tx, SENDER, [State.IN_REVIEW.value])
    return found


def waiting(tx: Tx, us: Us, state: State, side: str, *, staff: Staff) -> tuple[Line, ...]:
    """Return what is in one state on one side, the most pressing first.

    Raises:
        NotAllowedError: the actor may not see the lists.
    """
    staff.require(Action.READ_HANDOVER_LIST)
    return tuple(_line(tx, us, row, staff) for row in handovers.by_due(tx, side, [state.value]))


def due_today(tx: Tx, us: Us, *, staff: Staff, now: int) -> tuple[Line, ...]:
    """Return what is due before the end of today or overdue, and is the actor's to do."""
    tomorrow = datetime.combine(today_of(us, now) + timedelta(days=1), time.min, tzinfo=us.zone)
    end = int(tomorrow.timestamp())
    states = frozenset(state.value for state in State if state not in ENDED)
    found = [
        row
        for side in (RECIPIENT, SENDER)
        for row in handovers.by_due(tx, side, states, due_before=end)
        if events_for(row, staff)
    ]
    return tuple(_line(tx, us, row, staff) for row in found)


def view(tx: Tx, us: Us, handover_id: str, *, staff: Staff, now: int) -> View:
    """Return one handover without whom it is about.

    Raises:
        NotAllowedError: the actor may not see handovers.
        NotFoundError: there is none, or it is another person's draft.
    """
    staff.require(Action.READ_HANDOVER_LIST)
    row = get(tx, handover_id)
    if row.side == SENDER and not may_read_draft(row, staff):
        raise NotFoundError
    notice = contents.notice_if_held(tx, us, row)
    steps = handovers.steps_of(tx, row.id)
    names = _names(tx, row, steps)
    return View(
        row=row,
        envelope=contents.open_envelope(row),
        case_reference=_reference(tx, us, row, staff),
        clock=clock_of(us, row, notice),
        events=events_for(row, staff),
        timeline=tuple(_happened(tx, us, row, step, names) for step in steps),
        names=names,
        may_open=notice is not None and _may_open(row, staff),
        may_edit=row.state == State.DRAFT.value and row.author_id == staff.account_id,
        erased=notice is None,
        problems=_problems(tx, us, row, notice, now),
    )


def read_notice(
    tx: Tx, us: Us, handover_id: str, *, staff: Staff, now: int, reason: str = ""
) -> Notice:
    """Open a notice for the actor and write that to the audit log.

    On the recipient's side the owner opened it with a reason before; anybody else who may open
    identities gives one each time.  An author's look at their own draft is not written down.

    Raises:
        NotAllowedError: the actor may not open it.
        HandoverStateError: its identity is not open in this state.
        ReasonNeededError: the actor is not its owner and gave no reason.
        NotFoundError: there is none, or it was erased.
    """
    row = get(tx, handover_id)
    if row.side == SENDER:
        staff.require(Action.READ_HANDOVER)
        if not may_read_draft(row, staff):
            raise NotFoundError
    else:
        _check_recipient(row, staff, reason)
        check_reader(tx, us, row, staff)
    notice = contents.open_notice(tx, us, row)
    if not (is_unsent(row) and row.author_id == staff.account_id):
        words = entered_words("", reason, "", "")
        log_consultation(tx, row, notice, words, staff=staff, now=now)
    return notice


def _problems(
    tx: Tx, us: Us, row: Handover, notice: Notice | None, now: int
) -> tuple[Problem, ...]:
    if notice is None or not is_unsent(row):
        return ()
    return problems_of(tx, us, notice, contents.readers_of(tx, us, row), now=now)


def read_draft(tx: Tx, us: Us, handover_id: str, *, staff: Staff) -> tuple[Handover, Entered]:
    """Return the actor's own draft with everything that was entered, to go on writing.

    Raises:
        NotFoundError: there is none, or it is another person's.
        HandoverStateError: it was submitted.
    """
    staff.require(Action.WRITE_HANDOVER)
    row = get(tx, handover_id)
    if row.side != SENDER or row.author_id != staff.account_id:
        raise NotFoundError
    if row.state != State.DRAFT.value:
        raise HandoverStateError("only a draft can be changed")
    entered = Entered(
        notice=contents.open_notice(tx, us, row),
        case_reference=contents.open_reference(tx, us, row),
        readers=contents.readers_of(tx, us, row),
    )
    return row, entered


def _check_recipient(row: Handover, staff: Staff, reason: str) -> None:
    staff.require(Action.OPEN_IDENTITY)
    if row.opened_at is None or State(row.state) not in _READABLE:
        raise HandoverStateError("the identity is not open in this state")
    if row.owner_id != staff.account_id and not reason.strip():
        raise ReasonNeededError


def _may_open(row: Handover, staff: Staff) -> bool:
    if row.side == SENDER:
        return staff.may(Action.READ_HANDOVER)
    opened = row.opened_at is not None and State(row.state) in _READABLE
    return opened and staff.may(Action.OPEN_IDENTITY)


def _reference(tx: Tx, us: Us, row: Handover, staff: Staff) -> str:
    return contents.open_reference(tx, us, row) if staff.may(Action.READ_HANDOVER) else ""


def _line(tx: Tx, us: Us, row: Handover, staff: Staff) -> Line:
    return Line(
        row=row,
        envelope=contents.open_envelope(row),
        case_reference=_reference(tx, us, row, staff),
    )


def _names(tx: Tx, row: Handover, steps: tuple[Step, ...]) -> dict[str, str]:
    ids = {row.author_id, row.reviewer_id, row.owner_id, *(step.actor for step in steps)}
    return accounts.usernames(tx, {found for found in ids if found})


def _happened(tx: Tx, us: Us, row: Handover, step: Step, names: dict[str, str]) -> Happened:
    held = log.find(tx, step.origin) if step.origin is not None else None
    signed = witnessed = None
    if held is not None and step.idx is not None:
        signed = step.idx < held.note_size
        witnessed = step.idx < held.witnessed_size
    return Happened(
        step=step,
        words=contents.open_words(tx, us, row, step),
        who=names.get(step.actor, step.actor),
        applied=step.org == us.org or _is_applied(step),
        signed=signed,
        witnessed=witnessed,
    )


def _is_applied(step: Step) -> bool:
    known = step.event in {event.value for event in STEP_EVENTS.values()}
    return known and _TARGETS.get(step.event) == step.state


def _cursor(text: str) -> Cursor | None:
    if not text:
        return None
    moment, _, handover_id = text.partition("~")
    if not moment.isdecimal() or len(moment) > 16 or not 1 <= len(handover_id) <= 64:
        raise InputError("not a cursor of this list")
    return Cursor(updated_at=int(moment), id=handover_id)
