"""What has come into the library since somebody's last visit?

A visit begins with a sign-in on the pages and ends with the sign-out; who just closes the browser
sees what came during that visit as new once more.  Looking at something changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from integra_node.actions.published import PUBLIC_LABELS
from integra_node.rules.permissions import Action
from integra_node.store import changes, library_visits, publications
from integra_node.store.library_visits import Visit
from integra_protocol.bodies import EntryRef, format_ref

if TYPE_CHECKING:
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx

KINDS: Final = ("practice", "alert")
MOST: Final = 500
"""New items that are listed and counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """Up to 500 refs of what came after ``since_at`` (unix seconds), newest first."""

    since_at: int
    refs: tuple[str, ...]


def signed_in(tx: Tx, account_id: str, *, now: int) -> None:
    """Begin a visit: new is what came since the one before; for a first one, nothing."""
    held, current = library_visits.find(tx, account_id), changes.current_change(tx)
    library_visits.save(
        tx,
        Visit(
            account_id=account_id,
            since=held.last if held else current,
            since_at=held.last_at if held else now,
            last=current,
            last_at=now,
        ),
    )


def signed_out(tx: Tx, account_id: str, *, now: int) -> None:
    """End a visit: what stands now is known at the next one."""
    held = library_visits.find(tx, account_id)
    if held is not None:
        library_visits.save(tx, replace(held, last=changes.current_change(tx), last_at=now))


def mark_seen(tx: Tx, *, staff: Staff, now: int) -> None:
    """Count everything that stands now as known.

    Raises:
        NotAllowedError: the person does not search.
    """
    staff.require(Action.SEARCH)
    current = changes.current_change(tx)
    library_visits.save(
        tx,
        Visit(account_id=staff.account_id, since=current, since_at=now, last=current, last_at=now),
    )


def read_new(tx: Tx, *, staff: Staff) -> New | None:
    """Return what is new to this person; None before their first visit.

    Raises:
        NotAllowedError: the person does not search.
    """
    staff.require(Action.SEARCH)
    held = library_visits.find(tx, staff.account_id)
    if held is None:
        return None
    places = publications.places_since(
        tx, held.since, kinds=KINDS, labels=PUBLIC_LABELS, limit=MOST
    )
    refs = (format_ref(EntryRef(origin=origin, index=idx)) for origin, idx in places)
    return New(since_at=held.since_at, refs=tuple(refs))
