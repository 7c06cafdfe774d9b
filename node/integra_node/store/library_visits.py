"""Since when is the library new to somebody?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from integra_node.store.schema.saved_searches import library_visit
from integra_node.store.upsert import upsert

if TYPE_CHECKING:
    from integra_node.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What counts as new: changes above ``since``; ``last`` becomes that at the next sign-in.

    ``since`` and ``last`` are change numbers, ``_at`` the unix seconds of each.
    """

    account_id: str
    since: int
    since_at: int
    last: int
    last_at: int


def find(tx: Tx, account_id: str) -> Visit | None:
    """Return what is known of one person."""
    row = tx.execute(
        select(library_visit).where(library_visit.c.account_id == account_id)
    ).one_or_none()
    return None if row is None else Visit(**row._asdict())


def save(tx: Tx, visit: Visit) -> None:
    """Store it in the place of what was known."""
    upsert(tx, library_visit, [asdict(visit)])


def remove(tx: Tx, account_id: str) -> None:
    """Forget it."""
    tx.execute(delete(library_visit).where(library_visit.c.account_id == account_id))
