"""What follows from a handover that another member sends us, and from each step of the other side?

Nothing here raises for what a partner wrote: a step that does not fit where the handover is has
crossed one of ours; it is kept in the timeline and moves nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from integra_node.actions import handover_contents as contents
from integra_node.actions.handover_clocks import due_at
from integra_node.actions.handovers import new_id
from integra_node.actions.opening import read_stored
from integra_node.rules.handover import STEP_EVENTS, Event, Side, State, state_after_step
from integra_node.rules.handover_words import NO_WORDS, StepWords, received_words
from integra_node.rules.notice import from_wire
from integra_node.store import audit, handovers, log
from integra_node.store.handovers import Handover, Step
from integra_protocol.bodies import EntryRef, Reply, parse_reply
from integra_protocol.errors import BadBodyError, NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.incoming import Incoming
    from integra_node.actions.us import Us
    from integra_node.rules.notice import Notice, ReceivedNotice
    from integra_node.store.database import Tx

LOG: Final = logging.getLogger(__name__)
_BAD_BODY: Final = "bad-body"


def apply_handovers(tx: Tx, us: Us, incoming: Sequence[Incoming]) -> None:
    """Put each notice for us into the inbox, once."""
    for one in incoming:
        if one.org == us.org or handovers.find_by_entry(tx, one.origin, one.index) is not None:
            continue
        try:
            received = from_wire(one.content.data)
        except BadBodyError:
            LOG.warning("notice not understood origin=%s index=%d", one.origin, one.index)
            continue
        _receive(tx, us, one, received)


def apply_step(tx: Tx, us: Us, one: Incoming, reply: Reply) -> bool:
    """Take a reply if it is about a handover; return whether it was."""
    target = reply.target
    row = handovers.find_by_entry(tx, target.origin, target.index, for_update=True)
    if row is None:
        return False
    if one.org != row.peer_org:
        LOG.warning("step of an outsider origin=%s index=%d", one.origin, one.index)
        return True
    author = Side.RECIPIENT if row.side == handovers.SENDER else Side.SENDER
    state = state_after_step(State(row.state), reply.step, author)
    words = _words(one, reply)
    step = Step(
        handover_id=row.id,
        event=STEP_EVENTS[reply.step].value if reply.step in STEP_EVENTS else reply.step,
        state=(state or State(row.state)).value,
        actor=one.content.officer or one.org,
        org=one.org,
        at=one.now,
        note=contents.seal_words(tx, us, row, words),
        origin=one.origin,
        idx=one.index,
    )
    if handovers.add_step(tx, step) and state is not None:
        _move(tx, us, row, state, one)
    return True


def _receive(tx: Tx, us: Us, one: Incoming, received: ReceivedNotice) -> None:
    notice = received.notice
    row = Handover(
        id=new_id(us),
        side=handovers.RECIPIENT,
        state=State.DELIVERED.value,
        state_since=one.now,
        etag=1,
        peer_org=one.org,
        notice_id=received.id,
        version=received.version,
        envelope=contents.envelope_text(notice),
        body=None,
        subject_id=one.subject_id,
        case_reference="",
        author_id=None,
        reviewer_id=None,
        owner_id=None,
        origin=one.origin,
        idx=one.index,
        opened_at=None,
        due_at=None,
        created_at=one.now,
        updated_at=one.now,
    )
    handovers.insert(tx, row)
    handovers.set_due(tx, row.id, due_at(us, row, notice))
    _note_arrival(tx, us, row, one, notice)


def _note_arrival(tx: Tx, us: Us, row: Handover, one: Incoming, notice: Notice) -> None:
    receipt = _own_receipt(tx, us, one)
    step = Step(
        handover_id=row.id,
        event=Event.DELIVER.value,
        state=State.DELIVERED.value,
        actor=us.org,
        org=us.org,
        at=one.now,
        note=None,
        origin=receipt.origin if receipt else None,
        idx=receipt.index if receipt else None,
    )
    handovers.add_step(tx, step)
    audit.record(
        tx,
        now=one.now,
        actor=one.org,
        op="receive",
        object=f"handover:{row.id}",
        subject=notice.subj.pairwise_ref or "",
        details={"entry": f"{one.origin} {one.index}"},
    )


def _own_receipt(tx: Tx, us: Us, one: Incoming) -> EntryRef | None:
    """Return where our ``delivered`` stands: it was appended just before this effect."""
    own = log.find(tx, us.origin)
    if own is None or own.size == 0:
        return None
    ref = EntryRef(origin=us.origin, index=own.size - 1)
    try:
        _, content, _ = read_stored(tx, us, ref.origin, ref.index)
        fits = content.kind == "reply" and parse_reply(content).target == one.ref
    except (NotFoundError, BadBodyError):
        return None
    return ref if fits else None


def _move(tx: Tx, us: Us, row: Handover, state: State, one: Incoming) -> None:
    handovers.change(tx, row, now=one.now, state=state.value, state_since=one.now)
    if state is State.WITHDRAWN and row.side == handovers.RECIPIENT and row.opened_at is None:
        contents.purge(tx, row)
        audit.record(
            tx,
            now=one.now,
            actor=one.org,
            op="erase",
            object=f"handover:{row.id}",
            details={"event": Event.WITHDRAW.value},
        )
    moved = handovers.find(tx, row.id)
    if moved is not None:
        notice = contents.notice_if_held(tx, us, moved)
        handovers.set_due(tx, row.id, due_at(us, moved, notice))


def _words(one: Incoming, reply: Reply) -> StepWords:
    if reply.step == _BAD_BODY:
        return StepWords(text=reply.why[:600]) if reply.why else NO_WORDS
    try:
        return received_words(one.content.data)
    except BadBodyError:
        return NO_WORDS
