"""How does a member of our staff move a handover, on the sender's or on the recipient's side?

One transaction for each step: the table decides, the step is written down, and where the other side
must know it is told by a reply in our log (docs/protocol.md section 4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions import handover_contents as contents
from integra_node.actions.handover_clocks import due_at
from integra_node.actions.handovers import get, may_read_draft, problems_of
from integra_node.actions.officers import check_may_sign
from integra_node.actions.publishing import NewEntry, append
from integra_node.rules.handover import (
    Actor,
    Event,
    HandoverStateError,
    PinNeededError,
    ReasonNeededError,
    Side,
    State,
    Transition,
    allowed_events,
    check_event,
    check_inputs,
    may_own,
)
from integra_node.rules.handover_words import (
    StepWords,
    entered_words,
    words_wire,
)
from integra_node.rules.notice import Notice, supervision_end, to_wire
from integra_node.rules.notice_checks import categories_of
from integra_node.rules.permissions import Action, Role, require_second_person
from integra_node.rules.problems import InvalidFieldsError, error, require_none
from integra_node.rules.retention import DAY_S, notice_end
from integra_node.store import accounts, audit, handovers, log, officer_keys
from integra_node.store.audit import MAX_JUSTIFICATION
from integra_node.store.handovers import Handover, Step
from integra_protocol.bodies import MACHINE_STEPS, EntryRef
from integra_protocol.entry import parse_header
from integra_protocol.errors import NotAllowedError, NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.publishing import Officer
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.accounts import Account
    from integra_node.store.database import Tx
    from integra_protocol.canonical import Value

_GIVEN_PIN: Final = "given"
SEND_EVENT: Final = Event.SEND.value
OWNER_EVENT: Final = "owner"  # of a timeline: local, the other side is not told
OWNED: Final = frozenset({State.ACKNOWLEDGED, State.UNDER_REVIEW, State.ACCEPTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person enters with a step; empty means not given.

    ``reason`` is a code of list ``reason`` or words; ``owner`` a username.
    """

    reason: str = ""
    text: str = ""
    ground: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """One step that has passed every check of who may do it."""

    tx: Tx
    us: Us
    row: Handover
    event: Event
    found: Transition
    words: StepWords
    owner: Account | None
    staff: Staff
    officer: Officer | None
    now: int


def actor_of(row: Handover, staff: Staff) -> Actor:
    """Return who the actor is to this handover; whoever starts an unowned one becomes its owner."""
    return Actor(
        side=Side(row.side),
        roles=staff.roles,
        profile=staff.profile,
        is_author=row.author_id == staff.account_id,
        is_owner=row.owner_id in (None, staff.account_id),
    )


def events_for(row: Handover, staff: Staff) -> tuple[Event, ...]:
    """Return what the actor may do with this handover now."""
    if not may_read_draft(row, staff) and row.side == handovers.SENDER:
        return ()
    return allowed_events(State(row.state), actor_of(row, staff))


def check(
    tx: Tx, handover_id: str, event: Event, given: Given, *, staff: Staff, has_pin: bool
) -> bool:
    """Check a step before a PIN is tried; return whether it needs one.

    Raises:
        NotFoundError: no such handover, or another person's draft.
        HandoverStateError, NotAllowedError, InputError: see ``rules.handover``.
    """
    row = _visible(tx, handover_id, staff)
    found = check_event(State(row.state), event, actor_of(row, staff))
    words = _words(given)
    pin = _GIVEN_PIN if has_pin else ""
    check_inputs(found, reason=words.reason or words.text or "", ground=given.ground, pin=pin)
    if given.owner:
        _owner(tx, given.owner, staff)
    return found.needs_pin


def act(
    tx: Tx,
    us: Us,
    handover_id: str,
    event: Event,
    given: Given,
    *,
    staff: Staff,
    now: int,
    officer: Officer | None = None,
) -> Handover:
    """Move a handover.

    Args:
        tx: The transaction.
        us: Who we are.
        handover_id: Its local id.
        event: What happens.
        given: What was entered with it.
        staff: Who acts.
        now: Unix seconds.
        officer: The actor's signing key, unlocked before the transaction, where the step needs it.

    Raises:
        NotFoundError: no such handover, or another person's draft.
        HandoverStateError, NotAllowedError, InputError: see ``rules.handover``.
        InvalidFieldsError: something in the notice forbids submitting, approving or sending.
        StaleError, WaitingError, BehindError: the log takes no entries now.
    """
    row = _visible(tx, handover_id, staff, for_update=True)
    found = check_event(State(row.state), event, actor_of(row, staff))
    words = _words(given)
    check_inputs(
        found,
        reason=words.reason or words.text or "",
        ground=given.ground,
        pin=_GIVEN_PIN if officer is not None else "",
    )
    if officer is not None:
        check_may_sign(tx, officer, staff=staff)
    move = _Move(
        tx=tx,
        us=us,
        row=row,
        event=event,
        found=found,
        words=words,
        owner=_owner(tx, given.owner, staff) if given.owner else None,
        staff=staff,
        officer=officer if found.needs_pin else None,
        now=now,
    )
    _DOES.get(event, _tell)(move)
    return get(tx, handover_id)


def name_owner(
    tx: Tx, us: Us, handover_id: str, given: Given, *, staff: Staff, now: int
) -> Handover:
    """Give a received notice another owner: somebody is ill, or on leave, or has left.

    Raises:
        NotAllowedError: the actor does not supervise handovers.
        NotFoundError: there is no such handover.
        HandoverStateError: it is not ours to work on in this state.
        ReasonNeededError: no reason.
        InvalidFieldsError: nobody named, or somebody who cannot own it.
    """
    staff.require(Action.CLOSE_HANDOVER)
    row = get(tx, handover_id, for_update=True)
    if row.side != handovers.RECIPIENT or State(row.state) not in OWNED:
        raise HandoverStateError("only a notice that is being worked on gets another owner")
    words = _words(given)
    if not (words.reason or words.text):
        raise ReasonNeededError
    owner = _owner(tx, given.owner, staff)
    handovers.change(tx, row, now=now, owner_id=owner.id)
    step = Step(
        handover_id=row.id,
        event=OWNER_EVENT,
        state=row.state,
        actor=staff.account_id,
        org=us.org,
        at=now,
        note=contents.seal_words(tx, us, row, words),
        origin=None,
        idx=None,
    )
    handovers.add_step(tx, step)
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op="alter",
        object=f"handover:{row.id}",
        details={"event": OWNER_EVENT, "owner": owner.id, "before": row.owner_id or ""},
    )
    return get(tx, handover_id)


def possible_owners(tx: Tx, *, staff: Staff) -> tuple[tuple[str, str], ...]:
    """Return username and name of everybody who can be named owner of a received notice.

    Raises:
        NotAllowedError: the actor does not see handovers.
    """
    staff.require(Action.READ_HANDOVER_LIST)
    return tuple(
        (account.username, account.display_name)
        for account in accounts.everybody(tx)
        if account.disabled_at is None and may_own(_roles(account), staff.profile)
    )


def _visible(tx: Tx, handover_id: str, staff: Staff, *, for_update: bool = False) -> Handover:
    row = get(tx, handover_id, for_update=for_update)
    if row.side == handovers.SENDER and not may_read_draft(row, staff):
        raise NotFoundError
    return row


def _words(given: Given) -> StepWords:
    return entered_words(given.reason, given.text, given.ground, "")


def _owner(tx: Tx, username: str, staff: Staff) -> Account:
    account = accounts.by_username(tx, username.strip().lower())
    known = account is not None and account.disabled_at is None
    if account is None or not known or not may_own(_roles(account), staff.profile):
        raise InvalidFieldsError([error("owner", "unknown_code")])
    return account


def _roles(account: Account) -> frozenset[Role]:
    return frozenset(Role(word) for word in account.roles)


def _submit(move: _Move) -> None:
    notice = contents.open_notice(move.tx, move.us, move.row)
    _require_complete(move, notice)
    _finish(move, notice)


def _approve(move: _Move) -> None:
    notice = contents.open_notice(move.tx, move.us, move.row)
    require_second_person(move.staff.account_id, [move.row.author_id or ""])
    _require_complete(move, notice)
    _finish(move, notice, reviewer_id=move.staff.account_id)


def _send(move: _Move) -> None:
    """Sign, seal, append, and drop the draft: from here on the entry is the notice."""
    tx, us, row = move.tx, move.us, move.row
    if move.officer is None:
        raise PinNeededError
    notice = contents.open_notice(tx, us, row)
    _require_complete(move, notice)
    entry = NewEntry(
        kind="handover",
        data=to_wire(notice, row.notice_id, row.version, readers=contents.readers_of(tx, us, row)),
        audience=(row.peer_org,),
        retention_end=notice_end(supervision_end(notice), notice.env.valid_until, move.now),
        sealed=True,
        officer=move.officer,
        subject_id=row.subject_id,
    )
    appended = append(tx, us, entry, now=move.now)
    _log_disclosure(move, notice, appended.ref)
    _finish(
        move,
        notice,
        entry=appended.ref,
        body=None,
        origin=appended.ref.origin,
        idx=appended.ref.index,
    )


def _require_complete(move: _Move, notice: Notice) -> None:
    readers = contents.readers_of(move.tx, move.us, move.row)
    require_none(problems_of(move.tx, move.us, notice, readers, now=move.now))


def check_reader(tx: Tx, us: Us, row: Handover, staff: Staff) -> None:
    """Make sure that a TLP:RED notice from a partner is read by the officers it names.

    Raises:
        NotAllowedError: the actor is none of them, or their key was revoked.
    """
    readers = contents.readers_of(tx, us, row) if row.side == handovers.RECIPIENT else ()
    if not readers:
        return
    account = accounts.by_id(tx, staff.account_id)
    mine = account.officer_id if account is not None else None
    if mine not in officer_keys.active(tx, readers):
        raise NotAllowedError("this notice names its readers")


def _review(move: _Move) -> None:
    """Open the identity: with a reason, in the audit log, and the sender is told."""
    notice = contents.open_notice(move.tx, move.us, move.row)
    check_reader(move.tx, move.us, move.row, move.staff)
    log_consultation(move.tx, move.row, notice, move.words, staff=move.staff, now=move.now)
    _finish(
        move,
        notice,
        entry=_reply(move, StepWords()),
        opened_at=move.now,
        owner_id=move.row.owner_id or move.staff.account_id,
    )


def _acknowledge(move: _Move) -> None:
    owner = move.owner
    words = move.words.model_copy(update={"owner": owner.officer_id if owner else None})
    notice = contents.notice_if_held(move.tx, move.us, move.row)
    entry = _reply(move, words)
    _finish(move, notice, entry=entry, owner_id=owner.id if owner else None)


def _misdirect(move: _Move) -> None:
    """Say that it is not for us, and delete it unread."""
    entry = _reply(move, move.words)
    contents.purge(move.tx, move.row)
    _log_purge(move)
    _finish(move, None, entry=entry)


def _withdraw(move: _Move) -> None:
    row, notice = move.row, contents.notice_if_held(move.tx, move.us, move.row)
    if row.idx is None:
        _finish(move, notice, body=None, case_reference="")
        return
    _finish(move, notice, entry=_reply(move, move.words))


def _close(move: _Move) -> None:
    """End it; what was refused, withdrawn or misdirected is not kept by its recipient."""
    entry = _reply(move, move.words) if move.row.idx is not None else None
    ended_without_acceptance = State(move.row.state) is not State.ACCEPTED
    if ended_without_acceptance and move.row.side == handovers.RECIPIENT:
        contents.purge(move.tx, move.row)
        _log_purge(move)
    _finish(move, contents.notice_if_held(move.tx, move.us, move.row), entry=entry)


def _tell(move: _Move) -> None:
    """Do what only moves the state, and tell the other side where the table says so."""
    notice = contents.notice_if_held(move.tx, move.us, move.row)
    entry = _reply(move, move.words) if move.found.step and move.row.idx is not None else None
    _finish(move, notice, entry=entry)


_DOES: Final[Mapping[Event, Callable[[_Move], None]]] = {
    Event.SUBMIT: _submit,
    Event.APPROVE: _approve,
    Event.SEND: _send,
    Event.REVIEW: _review,
    Event.ACKNOWLEDGE: _acknowledge,
    Event.MISDIRECT: _misdirect,
    Event.WITHDRAW: _withdraw,
    Event.CLOSE: _close,
}


def _reply(move: _Move, words: StepWords) -> EntryRef:
    step = move.found.step
    if step is None:
        message = f"{move.event.value} tells the other side nothing"
        raise RuntimeError(message)
    officer = None if step in MACHINE_STEPS else move.officer
    return append_reply(
        move.tx, move.us, move.row, step=step, words=words, officer=officer, now=move.now
    )


def append_reply(
    tx: Tx,
    us: Us,
    row: Handover,
    *,
    step: str,
    words: StepWords,
    officer: Officer | None,
    now: int,
) -> EntryRef:
    """Append a step of ours about a handover that was sent, sealed to the other side.

    Raises:
        NotFoundError: its entry is not here.
        StaleError, WaitingError, BehindError: the log takes no entries now.
    """
    if row.origin is None or row.idx is None:
        raise NotFoundError
    held = log.get(tx, row.origin)
    stored = log.find_entry(tx, held.id, row.idx)
    if stored is None:
        raise NotFoundError
    data: dict[str, Value] = {
        **words_wire(words),
        "o": row.origin,
        "i": row.idx,
        "step": step,
        "n": _replies_of(tx, us, row) + 1,
    }
    entry = NewEntry(
        kind="reply",
        data=data,
        audience=(row.peer_org,),
        retention_end=max(parse_header(stored.header).retention_end, now + DAY_S),
        sealed=True,
        officer=officer,
        subject_id=row.subject_id,
        machine_made=step in MACHINE_STEPS,
    )
    return append(tx, us, entry, now=now).ref


def _replies_of(tx: Tx, us: Us, row: Handover) -> int:
    return sum(
        1
        for step in handovers.steps_of(tx, row.id)
        if step.org == us.org and step.idx is not None and step.event != SEND_EVENT
    )


def _finish(
    move: _Move, notice: Notice | None, *, entry: EntryRef | None = None, **values: object
) -> None:
    """Write the new state, its deadline and the step."""
    tx, us, row = move.tx, move.us, move.row
    target = move.found.target
    handovers.change(tx, row, now=move.now, state=target.value, state_since=move.now, **values)
    moved = get(tx, row.id)
    handovers.set_due(tx, row.id, due_at(us, moved, notice))
    step = Step(
        handover_id=row.id,
        event=move.event.value,
        state=target.value,
        actor=move.staff.account_id,
        org=us.org,
        at=move.now,
        note=contents.seal_words(tx, us, row, move.words),
        origin=entry.origin if entry else None,
        idx=entry.index if entry else None,
    )
    handovers.add_step(tx, step)
    if move.event not in (Event.SEND, Event.REVIEW):
        _log_step(move)


def log_consultation(
    tx: Tx, row: Handover, notice: Notice, words: StepWords, *, staff: Staff, now: int
) -> None:
    """Write to the audit log that somebody saw whom a notice is about, and why."""
    said = " ".join(part for part in (words.reason, words.text) if part)
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op="consult",
        object=f"handover:{row.id}",
        subject=notice.subj.pairwise_ref or "",
        details={"state": row.state, "side": row.side},
        justification=said[:MAX_JUSTIFICATION],
    )


def _log_disclosure(move: _Move, notice: Notice, ref: EntryRef) -> None:
    env = notice.env
    audit.record(
        move.tx,
        now=move.now,
        actor=move.staff.account_id,
        op="disclose",
        object=f"handover:{move.row.id}",
        subject=notice.subj.pairwise_ref or "",
        details={
            "recipient": move.row.peer_org,
            "unit": env.recipient.unit or "",
            "legal_basis": [basis.code for basis in env.legal_basis],
            "purposes": list(env.purposes),
            "categories": sorted(categories_of(notice)),
            "consent": env.consent_grant.ref if env.consent_grant else None,
            "entry": f"{ref.origin} {ref.index}",
        },
    )


def _log_step(move: _Move) -> None:
    audit.record(
        move.tx,
        now=move.now,
        actor=move.staff.account_id,
        op="alter",
        object=f"handover:{move.row.id}",
        details={"event": move.event.value, "state": move.found.target.value},
    )


def _log_purge(move: _Move) -> None:
    audit.record(
        move.tx,
        now=move.now,
        actor=move.staff.account_id,
        op="erase",
        object=f"handover:{move.row.id}",
        details={"event": move.event.value},
    )
