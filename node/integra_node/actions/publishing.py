"""How does something get into our own log? One function, inside the transaction of its action.

Appending makes an entry durable; signing a checkpoint over it is `federation.publishing`'s job,
after the commit.  An entry is never changed once it is appended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integra_node.actions.membership import check_may_append
from integra_node.store import log, rosters, subject_keys
from integra_protocol.bodies import EntryRef
from integra_protocol.content import clear_blob, make_content
from integra_protocol.entry import EVERYONE, Header, commitment, entry_leaf
from integra_protocol.errors import InputError
from integra_protocol.kinds import check_content_rules
from integra_protocol.limits import SALT_BYTES
from integra_protocol.sealed import Sealed, seal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_node.store.log import LogRow
    from integra_protocol.canonical import Encodable
    from integra_protocol.content import Content
    from integra_protocol.keys import SigningKey
    from integra_protocol.roster import Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """An officer whose key was unlocked with the PIN before the transaction began."""

    id: str
    key: SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """What is to be published.

    ``audience`` is ``("*",)`` or the sorted recipients.  ``subject_id`` names the subject key of a
    sealed entry that belongs to an earlier one; without it a new one is made.
    """

    kind: str
    data: Mapping[str, Encodable]
    audience: tuple[str, ...]
    retention_end: int
    sealed: bool = False
    officer: Officer | None = None
    targets: tuple[int, ...] = ()
    subject_id: int | None = None
    machine_made: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """Where an entry now stands."""

    ref: EntryRef
    log_id: int
    subject_id: int | None
    content: Content


def append(tx: Tx, us: Us, new: NewEntry, *, now: int) -> Appended:
    """Append one entry to our own log, in the caller's transaction.

    Raises:
        WaitingError, BehindError, StaleError: see ``membership.check_may_append``.
        NoRoleError, BadBodyError: the entry breaks a rule that every receiver would check.
        UnknownKeyError: a recipient's sealing key was not fetched yet.
    """
    roster = rosters.current(tx)
    check_may_append(tx, us, roster, new.kind, machine_made=new.machine_made, now=now)
    head = own_head(tx, us, now=now)
    salt = us.random(SALT_BYTES)
    officer, key = (new.officer.id, new.officer.key) if new.officer else (None, None)
    content, content_bytes = make_content(
        new.kind, new.data, audience=new.audience, salt=salt, officer=officer, signer=key
    )
    bc = commitment(salt, content_bytes)
    sealed: Sealed | None = None
    if new.sealed:
        sealed = _seal(tx, us, roster, head, new, salt, content_bytes, bc)
        blob = sealed.blob
    else:
        blob = clear_blob(salt, content_bytes)
    header = _header(new, head, bc, blob, sealed, now)
    _check_as_receivers_will(roster, header, content)
    subject_id = _store(tx, us, head, header, blob, sealed, new, now=now)
    ref = EntryRef(origin=head.origin, index=head.size)
    return Appended(ref=ref, log_id=head.id, subject_id=subject_id, content=content)


def own_head(tx: Tx, us: Us, *, now: int) -> LogRow:
    """Return the head of our own log, locked for appending; made when there is none."""
    found = log.find(tx, us.origin, for_update=True)
    return found or log.create(tx, origin=us.origin, org=us.org, now=now)


def _seal(  # noqa: PLR0913 - each is a part of the envelope
    tx: Tx,
    us: Us,
    roster: Roster,
    head: LogRow,
    new: NewEntry,
    salt: bytes,
    content_bytes: bytes,
    bc: bytes,
) -> Sealed:
    if new.audience == EVERYONE:
        raise InputError("a sealed entry names its recipients")
    recipients = {us.org: us.keys.kem.public_bytes}
    for org in new.audience:
        line = roster.kem(org)
        if line is None or not roster.is_active(org):
            raise InputError(f"{org} is not a member that can receive sealed entries")
        recipients[org] = rosters.kem_bytes(tx, org, line.key_id)
    return seal(
        content=content_bytes,
        salt=salt,
        origin=head.origin,
        index=head.size,
        commitment=bc,
        recipients=recipients,
        random=us.random,
    )


def _header(
    new: NewEntry, head: LogRow, bc: bytes, blob: bytes, sealed: Sealed | None, now: int
) -> Header:
    return Header(
        audience=new.audience,
        commitment=bc,
        blob_length=len(blob),
        ciphertext_hash=sealed.ciphertext_hash if sealed else None,
        index=head.size,
        kind="sealed" if sealed else new.kind,
        origin=head.origin,
        targets=new.targets,
        time=now,
        retention_end=new.retention_end,
    )


def _check_as_receivers_will(roster: Roster, header: Header, content: Content) -> None:
    check_content_rules(
        header,
        content,
        has_cap=lambda cap: roster.has_cap(header.origin, cap, header.index),
        recipient_has_cap=lambda org, cap: org_has_cap(roster, org, cap),
    )


def org_has_cap(roster: Roster, org: str, cap: str) -> bool:
    """Say whether ``org`` holds a capability in a log that is open now."""
    origin = roster.open_origin(org)
    if origin is None:
        return False
    return any(line.until is None for line in roster.roles.get((origin, cap), ()))


def _store(  # noqa: PLR0913 - each is stored
    tx: Tx,
    us: Us,
    head: LogRow,
    header: Header,
    blob: bytes,
    sealed: Sealed | None,
    new: NewEntry,
    *,
    now: int,
) -> int | None:
    header_bytes = header.encode()
    leaf = entry_leaf(header_bytes)
    frontier = head.frontier.append(leaf)
    log.grow(tx, head, leaves=leaf, frontier=frontier, now=now)
    own_wrap = sealed.wraps.pop(us.org) if sealed else None
    stored = log.NewEntry(
        index=header.index,
        kind=header.kind,
        header=header_bytes,
        blob=blob,
        state=0,
        retention_end=header.retention_end,
        commitment=header.commitment,
        wraps=sealed.wraps if sealed else {},
    )
    log.add_entries(tx, head.id, [stored])
    if sealed is None:
        return None
    subject_id = new.subject_id or subject_keys.make(
        tx, master=us.keys.master, random=us.random, now=now
    )
    subject_keys.save_content_key(
        tx,
        log_id=head.id,
        index=header.index,
        subject_id=subject_id,
        cek=sealed.cek,
        own_wrap=own_wrap,
        master=us.keys.master,
        random=us.random,
    )
    return subject_id


