"""Which rosters have we accepted, and how fresh is our belief that the newest is the newest?

Only verified notes are stored here, so reading one needs no signature check.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, select

from integra_node.store.schema.log import (
    kem_public,
    roster_checkpoint,
    roster_conflict,
    roster_version,
)
from integra_node.store.upsert import insert_new, upsert
from integra_protocol.canonical import sha256
from integra_protocol.errors import UnknownKeyError, UnknownVersionError, WaitingError
from integra_protocol.limits import MAX_ROSTER_BYTES
from integra_protocol.note import parse_note
from integra_protocol.roster import Roster
from integra_protocol.roster_text import parse_roster

if TYPE_CHECKING:
    from integra_node.store.database import Tx

# Asked with nearly every request and every append.
_NEWEST = select(roster_version.c.note).order_by(roster_version.c.version.desc()).limit(1)
_ACCEPTED_AT = select(roster_version.c.accepted_at).where(
    roster_version.c.version == bindparam("number")
)
_CONFLICTS = select(func.count()).select_from(roster_conflict)
_CHECKPOINT = select(roster_checkpoint.c.note).where(roster_checkpoint.c.size == bindparam("at"))


def current(tx: Tx) -> Roster:
    """Return the newest accepted roster.

    Raises:
        WaitingError: none was accepted yet.
    """
    found = newest_note(tx)
    if found is None:
        raise WaitingError("no roster was accepted yet")
    return _parsed(found)


def newest_note(tx: Tx) -> bytes | None:
    """Return the note of the newest accepted roster."""
    return tx.execute(_NEWEST).scalar_one_or_none()


def note_of(tx: Tx, version: int) -> bytes:
    """Return the note of one version.

    Raises:
        UnknownVersionError: it was not accepted here.
    """
    found: bytes | None = tx.execute(
        select(roster_version.c.note).where(roster_version.c.version == version)
    ).scalar_one_or_none()
    if found is None:
        raise UnknownVersionError
    return found


def chain(tx: Tx) -> list[bytes]:
    """Return the notes of all versions from 1 on."""
    return list(
        tx.execute(select(roster_version.c.note).order_by(roster_version.c.version)).scalars()
    )


def accepted_at(tx: Tx, version: int) -> int | None:
    """Return when a version was accepted, unix seconds."""
    return tx.execute(_ACCEPTED_AT, {"number": version}).scalar_one_or_none()


def save(tx: Tx, *, version: int, note: bytes, now: int) -> None:
    """Store a version that was just accepted."""
    insert_new(tx, roster_version, {"version": version, "note": note, "accepted_at": now})


def save_conflict(tx: Tx, *, version: int, note: bytes, now: int) -> None:
    """Store a valid text that differs from the version held: for people to look at."""
    row = {"version": version, "digest": sha256(note), "note": note, "found_at": now}
    insert_new(tx, roster_conflict, row)


def conflicts(tx: Tx) -> int:
    """Count the valid texts that contradict an accepted version."""
    return tx.execute(_CONFLICTS).scalar_one()


def checkpoint_note(tx: Tx, size: int) -> bytes | None:
    """Return the roster log's note at ``size`` versions with the cosignatures collected."""
    return tx.execute(_CHECKPOINT, {"at": size}).scalar_one_or_none()


def newest_checkpoint(tx: Tx) -> bytes | None:
    """Return the roster log's note of the largest size."""
    return tx.execute(
        select(roster_checkpoint.c.note).order_by(roster_checkpoint.c.size.desc()).limit(1)
    ).scalar_one_or_none()


def save_checkpoint(tx: Tx, *, size: int, note: bytes) -> None:
    """Store the roster log's note at ``size``, in place of the one held."""
    upsert(tx, roster_checkpoint, [{"size": size, "note": note}])
    tx.execute(delete(roster_checkpoint).where(roster_checkpoint.c.size < size - 1))


def kem_bytes(tx: Tx, org: str, key_id: str) -> bytes:
    """Return a member's public sealing key, 1,216 bytes.

    Raises:
        UnknownKeyError: it was not fetched yet.
    """
    found: bytes | None = tx.execute(
        select(kem_public.c.public).where(kem_public.c.org == org, kem_public.c.key_id == key_id)
    ).scalar_one_or_none()
    if found is None:
        raise UnknownKeyError(f"the sealing key {key_id} of {org} is not here yet")
    return found


def missing_kems(tx: Tx, roster: Roster) -> list[tuple[str, str, bytes]]:
    """Return (org, key id, SHA-256) of the sealing keys in the roster that are not here yet."""
    held = {(row.org, row.key_id) for row in tx.execute(select(kem_public))}
    return [
        (org, line.key_id, line.hash)
        for org, line in roster.kems.items()
        if (org, line.key_id) not in held
    ]


def save_kem(tx: Tx, *, org: str, key_id: str, public: bytes) -> None:
    """Store a member's public sealing key that was checked against the roster."""
    insert_new(tx, kem_public, {"org": org, "key_id": key_id, "public": public})


@lru_cache(maxsize=8)
def _parsed(note: bytes) -> Roster:
    return parse_roster(parse_note(note, max_bytes=MAX_ROSTER_BYTES).text)
