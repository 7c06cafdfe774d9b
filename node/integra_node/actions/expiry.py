"""What ends by itself? Alerts past their last day leave every list, and forgotten drafts go.

No entry is needed: every holder knows the last day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.rules.retention import DAY_S, DRAFT_DAYS
from integra_node.store import alerts, audit, publications, subject_keys

if TYPE_CHECKING:
    from integra_node.store.database import Tx


def expire(tx: Tx, *, now: int) -> int:
    """Mark current alerts that are past their validity; return how many."""
    ended = publications.expired(tx, "alert", now)
    publications.set_status(tx, [(row.log_id, row.idx) for row in ended], "expired")
    return len(ended)


def drop_old_drafts(tx: Tx, *, now: int) -> int:
    """Destroy alerts that were never published and not touched for 90 days; return how many.

    The caller has made sure that the local clock can be trusted.
    """
    old = alerts.untouched_drafts(tx, now - DRAFT_DAYS * DAY_S)
    for alert_id, subject_id in old:
        subject_keys.destroy(tx, subject_id)  # the draft goes with its key
        audit.record(tx, now=now, actor="retention", op="erase", object=f"alert:{alert_id}")
    return len(old)
