"""By when must somebody act on this handover, and which text says so?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from integra_node.actions.handover_contents import open_envelope
from integra_node.rules.deadlines import Circumstances, Clock, handover_clock
from integra_node.rules.handover import State
from integra_node.rules.notice import Envelope, Notice, release_day

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.store.handovers import Handover


def clock_of(us: Us, row: Handover, notice: Notice | None) -> Clock | None:
    """Return the running deadline of a handover, None where nothing is waited for.

    Args:
        us: In whose zone and calendar days are counted.
        row: The handover in its state.
        notice: What it says, None when that was erased: then no release day caps the clock.
    """
    since = datetime.fromtimestamp(row.state_since, UTC)
    return handover_clock(State(row.state), since, _circumstances(us, row, notice))


def due_at(us: Us, row: Handover, notice: Notice | None) -> int | None:
    """Return the end of the running deadline, unix seconds."""
    clock = clock_of(us, row, notice)
    return int(clock.due_at.timestamp()) if clock is not None else None


def today_of(us: Us, now: int) -> date:
    """Return the day at this agency."""
    return datetime.fromtimestamp(now, us.zone).date()


def _circumstances(us: Us, row: Handover, notice: Notice | None) -> Circumstances:
    env: Envelope = notice.env if notice is not None else open_envelope(row).env
    procedure = env.official_procedure
    return Circumstances(
        urgency=env.urgency,
        instruments=tuple(basis.code for basis in env.legal_basis),
        release_on=release_day(notice) if notice is not None else None,
        procedure_received_on=procedure.received_on if procedure is not None else None,
        zone=us.zone,
    )
