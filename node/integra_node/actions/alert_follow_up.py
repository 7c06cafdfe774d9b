"""What happens to an alert that nobody acknowledged in time, and to one of ours that is called false?

The clock runs from the arrival (``rules.deadlines``).  When it has run out the liaison is told, or,
where there is none, the duty officers; the row itself stays where it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from integra_node.actions import alert_drafts, notices
from integra_node.rules.deadlines import correction_clock
from integra_node.rules.notice_kinds import NoticeKind
from integra_node.rules.permissions import Action, Role
from integra_node.store import accounts, alerts
from integra_protocol.bodies import EntryRef, format_ref
from integra_protocol.errors import NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx

_CHASERS = (Role.LIAISON, Role.DUTY_OFFICER)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledFalse:
    """One of our alerts that a member calls false; ``due_at`` is when it has to be corrected."""

    id: str
    title: str
    due_at: int


def escalate(tx: Tx, us: Us, *, now: int) -> int:
    """Tell who follows up of each alert whose time has run out; return how many there are."""
    late = alerts.overdue(tx, us=us.org, now=now)
    if not late:
        return 0
    by_role = (accounts.with_role(tx, role.value) for role in _CHASERS)
    told = next((found for found in by_role if found), ())
    for origin, index in late:
        ref = format_ref(EntryRef(origin=origin, index=index))
        notices.tell(tx, told, NoticeKind.ALERT_OVERDUE, ref, now=now)
    return len(late)


def called_false(tx: Tx, us: Us, *, staff: Staff) -> tuple[CalledFalse, ...]:
    """Return alerts of ours in force that a member calls false, those due first before others.

    Raises:
        NotAllowedError: the person retracts no alerts.
    """
    staff.require(Action.RETRACT_ALERT)
    found: list[CalledFalse] = []
    for origin, index, since in alerts.called_false(tx, us.org):
        ref = format_ref(EntryRef(origin=origin, index=index))
        try:
            own = alert_drafts.find(tx, us, ref)
        except NotFoundError:
            continue
        alert = own.draft.alert
        clock = correction_clock(datetime.fromtimestamp(since, UTC), us.zone)
        shown = alert_drafts.may_open(own, staff)
        found.append(
            CalledFalse(
                id=own.row.id,
                title=alert.title[alert.language] if shown else "",
                due_at=int(clock.due_at.timestamp()),
            )
        )
    return tuple(found)
