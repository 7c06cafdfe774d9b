"""What ends by itself? Alerts whose validity has passed leave every list; no entry is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.store import publications

if TYPE_CHECKING:
    from integra_node.store.database import Tx


def expire(tx: Tx, *, now: int) -> int:
    """Mark current alerts that are past their validity; return how many."""
    ended = publications.expired(tx, "alert", now)
    publications.set_status(tx, [(row.log_id, row.idx) for row in ended], "expired")
    return len(ended)
