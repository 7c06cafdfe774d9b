"""How is a roster accepted? From any source: the founders' signatures decide, not who brings it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from integra_node.actions import voiding
from integra_node.store import rosters
from integra_protocol.checkpoint import merge, open_checkpoint
from integra_protocol.errors import InconsistentError, VersionConflictError
from integra_protocol.roster_trust import TrustedRoster, replay

if TYPE_CHECKING:
    from integra_node.store.database import Tx


def accept(tx: Tx, note: bytes, *, fingerprint: str, now: int) -> bool:
    """Accept the next roster version; return False when it is the one that is held.

    Raises:
        RivalRosterError: a rightly signed other text of the version held: it is stored, shown to
            people, and makes the node stale.
        ProtocolError: not the next version, or not signed by enough founders.
    """
    notes = tuple(rosters.chain(tx))
    if note in notes:
        return False
    if not notes:
        trusted = TrustedRoster.genesis(note, fingerprint)
    else:
        trusted = _replayed(notes, fingerprint).accept(note)
    rosters.save(tx, version=trusted.roster.version, note=note, now=now)
    if trusted.previous is not None:
        voiding.mark_again(tx, trusted.previous, trusted.roster, now=now)
    return True


def remember_conflict(tx: Tx, note: bytes, *, version: int, now: int) -> None:
    """Store a rival text for people to look at."""
    rosters.save_conflict(tx, version=version, note=note, now=now)


def trusted(tx: Tx, fingerprint: str) -> TrustedRoster:
    """Return the verified chain that is stored.

    Raises:
        ProtocolError: nothing is stored yet.
    """
    return _replayed(tuple(rosters.chain(tx)), fingerprint)


def accept_checkpoint(tx: Tx, data: bytes, *, fingerprint: str) -> None:
    """Store a roster log note of our own version; cosignature lines for one text are merged.

    Raises:
        VersionConflictError: the note is of another size than the versions that we hold.
        InconsistentError: its root is not that of the versions that we hold.
        ProtocolError: not signed by the roster log's key.
    """
    chain = trusted(tx, fingerprint)
    roster = chain.roster
    note = open_checkpoint(data, roster.hublog, roster.witness_keys())
    if note.checkpoint.size != roster.version:
        raise VersionConflictError("a roster checkpoint of another version")
    if note.checkpoint.root != chain.frontier.root():
        raise InconsistentError("a roster log that does not hold the rosters that we accepted")
    held = rosters.checkpoint_note(tx, roster.version)
    if held is not None:
        known = open_checkpoint(held, roster.hublog, roster.witness_keys())
        note = merge(known, note)
    rosters.save_checkpoint(tx, size=roster.version, note=note.data)


@lru_cache(maxsize=4)
def _replayed(notes: tuple[bytes, ...], fingerprint: str) -> TrustedRoster:
    return replay(notes, fingerprint)[-1]
