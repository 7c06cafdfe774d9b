"""What becomes of a handover that came to nothing? It closes by the clock, and is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from integra_node.actions import handover_contents as contents
from integra_node.rules.handover import UNSENT, Event, State
from integra_node.rules.retention import DAY_S, DRAFT_DAYS, ENDED_NOTICE_DAYS
from integra_node.store import audit, handovers, subject_keys
from integra_node.store.handovers import Step

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_node.store.handovers import Handover

_LAPSING: Final = (State.REFUSED.value, State.WITHDRAWN.value, State.MISDIRECTED.value)
_UNSENT: Final = tuple(state.value for state in UNSENT)
SYSTEM: Final = "retention"


def lapse(tx: Tx, us: Us, *, now: int, limit: int = 100) -> int:
    """Close what was refused, withdrawn or misdirected 30 days ago; return how many that were.

    The recipient's copy is deleted.  The caller has made sure that the local clock can be trusted
    (docs/protocol.md section 8, last rule).
    """
    ended = handovers.ended_before(tx, _LAPSING, now - ENDED_NOTICE_DAYS * DAY_S, limit)
    for row in ended:
        if row.side == handovers.RECIPIENT:
            contents.purge(tx, row)
        if row.idx is None:
            _forget(tx, row)
        handovers.change(tx, row, now=now, state=State.CLOSED.value, state_since=now, due_at=None)
        _note(tx, us, row, now)
    return len(ended)


def drop_old_drafts(tx: Tx, *, now: int, limit: int = 100) -> int:
    """Delete drafts that nobody has touched for 90 days; return how many that were."""
    old = handovers.untouched_drafts(tx, _UNSENT, now - DRAFT_DAYS * DAY_S, limit)
    for row in old:
        _forget(tx, row)
        handovers.change(
            tx,
            row,
            now=now,
            state=State.CLOSED.value,
            state_since=now,
            due_at=None,
            body=None,
            case_reference="",
        )
        audit.record(
            tx,
            now=now,
            actor=SYSTEM,
            op="erase",
            object=f"handover:{row.id}",
            details={"draft": True},
        )
    return len(old)


def _forget(tx: Tx, row: Handover) -> None:
    """Throw away the key of something that was never sent."""
    if row.subject_id is not None:
        subject_keys.destroy(tx, row.subject_id)
    handovers.forget_words(tx, row.id)


def _note(tx: Tx, us: Us, row: Handover, now: int) -> None:
    step = Step(
        handover_id=row.id,
        event=Event.LAPSE.value,
        state=State.CLOSED.value,
        actor=SYSTEM,
        org=us.org,
        at=now,
        note=None,
        origin=None,
        idx=None,
    )
    handovers.add_step(tx, step)
    audit.record(
        tx,
        now=now,
        actor=SYSTEM,
        op="erase",
        object=f"handover:{row.id}",
        details={"event": Event.LAPSE.value, "state": row.state},
    )
