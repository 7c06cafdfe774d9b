"""How does something get into our own log? One function, inside the transaction of its action.

Appending makes an entry durable; signing a checkpoint over it is `federation.publishing`'s job,
after the commit.  An entry is never changed once it is appended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions.membership import check_may_append
from integra_node.store import erasures, log, rosters, subject_keys
from integra_protocol.bodies import EntryRef
from integra_protocol.content import clear_blob, make_content
from integra_protocol.entry import EVERYONE, Header, commitment, entry_leaf
from integra_protocol.errors import InputError
from integra_protocol.kinds import check_content_rules
from integra_protocol.limits import SALT_BYTES
from integra_protocol.sealed import Sealed, seal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_node.store.log import LogRow
    from integra_protocol.canonical import Encodable
    from integra_protocol.content import Content
    from integra_protocol.keys import SigningKey
    from integra_protocol.roster import Roster


_ANSWERS: Final = frozenset({"reply", "receipt", "alert-feedback"})


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
    header: Header
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """An entry that is ready to be stored."""

    new: NewEntry
    header: Header
    header_bytes: bytes
    content: Content
    blob: bytes
    sealed: Sealed | None


def append(tx: Tx, us: Us, new: NewEntry, *, now: int) -> Appended:
    """Append one entry to our own log, in the caller's transaction.

    Raises:
        WaitingError, BehindError, StaleError: see ``membership.check_may_append``.
        NoRoleError, BadBodyError: the entry breaks a rule that every receiver would check.
        UnknownKeyError: a recipient's sealing key was not fetched yet.
    """
    return append_all(tx, us, [new], now=now)[0]


def append_all(tx: Tx, us: Us, news: Sequence[NewEntry], *, now: int) -> list[Appended]:
    """Append entries one after the other, all or none; each as ``append`` says.

    Raises:
        WaitingError, BehindError, StaleError, NoRoleError, BadBodyError, UnknownKeyError: as
            ``append``.
    """
    if not news:
        return []
    roster = rosters.current(tx)
    for kind, machine_made in {(new.kind, new.machine_made) for new in news}:
        check_may_append(tx, us, roster, kind, machine_made=machine_made, now=now)
    head = own_head(tx, us, now=now)
    made = [
        _make(tx, us, roster, new, origin=head.origin, index=head.size + at, now=now)
        for at, new in enumerate(news)
    ]
    _store(tx, head, made, now=now)
    for one in made:
        _remember_answer(tx, one)
    return [
        Appended(
            ref=EntryRef(origin=head.origin, index=one.header.index),
            log_id=head.id,
            subject_id=_keep_key(tx, us, head.id, one, now=now),
            header=one.header,
            content=one.content,
        )
        for one in made
    ]


def own_head(tx: Tx, us: Us, *, now: int) -> LogRow:
    """Return the head of our own log, locked for appending; made when there is none."""
    found = log.find(tx, us.origin, for_update=True)
    return found or log.create(tx, origin=us.origin, org=us.org, now=now)


def _make(
    tx: Tx, us: Us, roster: Roster, new: NewEntry, *, origin: str, index: int, now: int
) -> _Made:
    salt = us.random(SALT_BYTES)
    officer, key = (new.officer.id, new.officer.key) if new.officer else (None, None)
    content, content_bytes = make_content(
        new.kind, new.data, audience=new.audience, salt=salt, officer=officer, signer=key
    )
    bc = commitment(salt, content_bytes)
    sealed: Sealed | None = None
    if new.sealed:
        sealed = seal(
            content=content_bytes,
            salt=salt,
            origin=origin,
            index=index,
            commitment=bc,
            recipients=_recipients(tx, us, roster, new),
            random=us.random,
        )
    blob = sealed.blob if sealed else clear_blob(salt, content_bytes)
    header = _header(new, origin, index, bc, blob, sealed, now)
    _check_as_receivers_will(roster, header, content)
    return _Made(
        new=new,
        header=header,
        header_bytes=header.encode(),
        content=content,
        blob=blob,
        sealed=sealed,
    )


def _header(
    new: NewEntry, origin: str, index: int, bc: bytes, blob: bytes, sealed: Sealed | None, now: int
) -> Header:
    return Header(
        audience=new.audience,
        commitment=bc,
        blob_length=len(blob),
        ciphertext_hash=sealed.ciphertext_hash if sealed else None,
        index=index,
        kind="sealed" if sealed else new.kind,
        origin=origin,
        targets=new.targets,
        time=now,
        retention_end=new.retention_end,
    )


def _recipients(tx: Tx, us: Us, roster: Roster, new: NewEntry) -> dict[str, bytes]:
    if new.audience == EVERYONE:
        raise InputError("a sealed entry names its recipients")
    recipients = {us.org: us.keys.kem.public_bytes}
    for org in new.audience:
        line = roster.kem(org)
        if line is None or not can_be_sealed_to(roster, org):
            raise InputError(f"{org} is not a member that can receive sealed entries")
        recipients[org] = rosters.kem_bytes(tx, org, line.key_id)
    return recipients


def can_be_sealed_to(roster: Roster, org: str) -> bool:
    """Say whether ``org`` is an active member with a sealing key."""
    return roster.is_active(org) and roster.kem(org) is not None


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


def _store(tx: Tx, head: LogRow, made: Sequence[_Made], *, now: int) -> None:
    leaves = [entry_leaf(one.header_bytes) for one in made]
    frontier = head.frontier
    for leaf in leaves:
        frontier = frontier.append(leaf)
    log.grow(tx, head, leaves=b"".join(leaves), frontier=frontier, now=now)
    log.add_entries(tx, head.id, [_entry(one) for one in made])


def _remember_answer(tx: Tx, made: _Made) -> None:
    if made.content.kind not in _ANSWERS:
        return
    target, index = made.content.data.get("o"), made.content.data.get("i")
    if isinstance(target, str) and isinstance(index, int):
        erasures.remember_answer(tx, target, index, made.header.index)


def _entry(made: _Made) -> log.NewEntry:
    header = made.header
    wraps = made.sealed.wraps if made.sealed else {}
    return log.NewEntry(
        index=header.index,
        kind=header.kind,
        header=made.header_bytes,
        blob=made.blob,
        state=0,
        retention_end=header.retention_end,
        commitment=header.commitment,
        # Our own wrap lies in the key table only.
        wraps={org: wrap for org, wrap in wraps.items() if org != header.issuer},
    )


def _keep_key(tx: Tx, us: Us, log_id: int, made: _Made, *, now: int) -> int | None:
    if made.sealed is None:
        return None
    subject_id = made.new.subject_id or subject_keys.make(
        tx, master=us.keys.master, random=us.random, now=now
    )
    subject_keys.save_content_key(
        tx,
        log_id=log_id,
        index=made.header.index,
        subject_id=subject_id,
        cek=made.sealed.cek,
        own_wrap=made.sealed.wraps[us.org],
        master=us.keys.master,
        random=us.random,
    )
    return subject_id
