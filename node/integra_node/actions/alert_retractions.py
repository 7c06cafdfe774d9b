"""What is somebody told about an alert that they had read and that its issuer took back?

Enough to know which one it was, and the reason; nothing of what it said, its title included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integra_node.actions import alert_reading
from integra_node.store import alerts
from integra_protocol.bodies import parse_ref
from integra_protocol.errors import NotAllowedError, NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """One alert that was taken back; times in unix seconds.

    Attributes:
        ref: The version that takes it back, ``org~epoch~index``.
        org: Who published it.
        type: A code of list ``alert_type``; empty when no older version is held.
        severity: A code of list ``severity``, or empty.
        published_at: When the version before was published, or None.
        read_at: When this person opened it first, or None.
        reason: Why it was taken back, in its issuer's words.
    """

    ref: str
    org: str
    type: str
    severity: str
    published_at: int | None
    read_at: int | None
    reason: str


def find(tx: Tx, us: Us, ref: str, *, staff: Staff) -> Retraction | None:
    """Return what this person may know of a retracted alert; None when that is nothing."""
    try:
        found = alert_reading.visible(tx, us, ref, staff=staff)
    except (NotAllowedError, NotFoundError):
        return None
    if found.publication.status != "retracted":
        return None
    reason, versions = alert_reading.reason_and_versions(tx, us, found)
    logs = {origin: log_id for log_id, origin in alerts.log_ids_of(tx, found.org).items()}
    named = [(one, parse_ref(one.ref)) for one in versions]
    older = [(one, (logs[at.origin], at.index)) for one, at in named if one.status != "retracted"]
    duty = alerts.duty_of(tx, *older[0][1]) if older else None
    return Retraction(
        ref=ref,
        org=found.org,
        type=duty.type if duty else "",
        severity=duty.severity if duty else "",
        published_at=older[0][0].published_at if older else None,
        read_at=alerts.first_read_at(tx, [place for _, place in older], staff.account_id),
        reason=reason,
    )
