"""How does the node itself open what was sealed to it? In memory, at once, without a person.

The node opens every sealed entry when it arrives to check it (docs/protocol.md section 4, *On
receipt*), keeps the content key in the key table, and answers with ``delivered`` or ``bad-body``.
Plaintext is written nowhere.  An officer's opening is a separate, logged act.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.actions.incoming import Incoming
from integra_node.actions.membership import may_ever_append
from integra_node.actions.publishing import NewEntry, append, can_be_sealed_to, org_has_cap
from integra_node.store import log, partners, rosters, subject_keys
from integra_protocol.bodies import EntryRef, parse_receipt, parse_reply
from integra_protocol.content import Content, split_checked_blob, split_clear_blob
from integra_protocol.entry import Header, parse_header
from integra_protocol.errors import BadBodyError, NotFoundError, ProtocolError
from integra_protocol.keys import parse_origin
from integra_protocol.kinds import check_content_rules
from integra_protocol.officers import check_officer_signature
from integra_protocol.sealed import open_blob, unwrap_cek

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_protocol.roster import Roster

DELIVERED_KINDS = frozenset({"handover", "summary", "alert"})


def unseal(
    us: Us, header: Header, blob: bytes, wraps: Mapping[str, bytes]
) -> tuple[bytes, Content, bytes]:
    """Open a sealed entry that names us, in memory; return content key, content and salt.

    Raises:
        BadBodyError: ``no-wrap`` or ``bad-wrap``, which another source may have right, or what
            ``sealed.open_blob`` says.
    """
    wrap = wraps.get(us.org)
    if wrap is None:
        raise BadBodyError("no-wrap")
    cek = unwrap_cek(
        wrap,
        origin=header.origin,
        index=header.index,
        commitment=header.commitment,
        org=us.org,
        private=us.keys.kem,
    )
    salt, content, _ = open_blob(header, blob, cek)
    return cek, content, salt


def keep(
    tx: Tx,
    us: Us,
    roster: Roster,
    *,
    log_id: int,
    header: Header,
    content: Content,
    cek: bytes,
    now: int,
) -> Incoming:
    """Keep the content key of an entry that was opened and checked; drop our wrap."""
    subject_id = _subject(tx, us, roster, content, now)
    subject_keys.save_content_key(
        tx,
        log_id=log_id,
        index=header.index,
        subject_id=subject_id,
        cek=cek,
        own_wrap=None,
        master=us.keys.master,
        random=us.random,
    )
    log.drop_wrap(tx, log_id, header.index, us.org)
    return _incoming(log_id, header, content, subject_id, now)


def open_clear(
    tx: Tx, roster: Roster, *, log_id: int, header: Header, blob: bytes, now: int
) -> Incoming:
    """Read and check a clear entry, whose blob the receiver's steps found to be the header's.

    Raises:
        BadBodyError, NoRoleError: it breaks a rule of its kind.
    """
    salt, content = split_checked_blob(header, blob)
    check_rules(tx, roster, log_id, header, content, salt)
    return _incoming(log_id, header, content, None, now)


def read_stored(tx: Tx, us: Us, origin: str, index: int) -> tuple[Header, Content, bytes]:
    """Open an entry that is stored and was checked before; return header, content and salt.

    Raises:
        NotFoundError: it is not here, was erased, or its retention has ended.
    """
    held = log.find(tx, origin)
    row = log.find_entry(tx, held.id, index) if held else None
    if held is None or row is None or row.blob is None or row.state != 0:
        raise NotFoundError("this was erased or is not here")
    header = parse_header(row.header)
    if not header.sealed:
        salt, content = split_clear_blob(header, row.blob)
        return header, content, salt
    cek, _ = subject_keys.find_content_key(tx, held.id, index, master=us.keys.master)
    salt, content, _ = open_blob(header, row.blob, cek)
    return header, content, salt


def check_rules(
    tx: Tx, roster: Roster, log_id: int, header: Header, content: Content, salt: bytes
) -> None:
    """Check the rules of a content's kind and its officer's signature.

    Raises:
        BadBodyError, NoRoleError: one is broken.
    """
    check_content_rules(
        header,
        content,
        has_cap=lambda cap: roster.has_cap(header.origin, cap, header.index),
        recipient_has_cap=lambda org, cap: org_has_cap(roster, org, cap),
    )
    if content.officer is not None:
        lines = log.officer_lines(tx, log_id, content.officer)
        check_officer_signature(header, content, salt, lines)


def answer_opened(tx: Tx, us: Us, incoming: Incoming) -> EntryRef | None:
    """Append ``delivered`` for a kind that asks for it, in the transaction that stored it."""
    partners.set_setting(tx, _bad_body_mark(incoming.org), None)
    if incoming.content.kind not in DELIVERED_KINDS or incoming.org == us.org:
        return None
    return _reply(
        tx,
        us,
        incoming.header,
        step="delivered",
        why=None,
        subject_id=incoming.subject_id,
        now=incoming.now,
    )


def answer_bad(
    tx: Tx, us: Us, header: Header, content: Content | None, why: str, *, now: int
) -> EntryRef | None:
    """Append ``bad-body`` for a sealed entry that could not be opened.

    Not to machine-made replies and receipts, and to each organisation only once until something
    of it could be opened: two nodes that cannot read each other must not answer for ever.
    """
    mark = _bad_body_mark(header.issuer)
    if is_unanswerable(content) or partners.setting_of(tx, mark) is not None:
        return None
    partners.set_setting(tx, mark, str(now))
    return _reply(tx, us, header, step="bad-body", why=why, subject_id=None, now=now)


def _bad_body_mark(org: str) -> str:
    return f"bad-body:{org}"


def is_unanswerable(content: Content | None) -> bool:
    """Say whether a content must not be answered by ``bad-body``, so that nobody loops."""
    if content is None:
        return False
    if content.kind == "receipt":
        return True
    try:
        return content.kind == "reply" and parse_reply(content).machine_made
    except ProtocolError:
        return False


def _reply(
    tx: Tx,
    us: Us,
    header: Header,
    *,
    step: str,
    why: str | None,
    subject_id: int | None,
    now: int,
) -> EntryRef | None:
    issuer, _ = parse_origin(header.origin)
    roster = rosters.current(tx)
    if not may_ever_append(roster, us) or not can_be_sealed_to(roster, issuer):
        return None  # what arrives does not wait for an answer that nobody can write or read
    data: dict[str, str | int] = {"o": header.origin, "i": header.index, "step": step, "n": 1}
    if why is not None:
        data["why"] = why
    new = NewEntry(
        kind="reply",
        data=data,
        audience=(issuer,),
        retention_end=max(header.retention_end, now + 86_400),
        sealed=True,
        subject_id=subject_id,
        machine_made=True,
    )
    return append(tx, us, new, now=now).ref


def _subject(tx: Tx, us: Us, roster: Roster, content: Content, now: int) -> int:
    """Return the subject key of what this entry belongs to; a new one when it begins something."""
    target = _target(content)
    if target is not None and target.origin in roster.logs:
        held = log.find(tx, target.origin)
        if held is not None:
            try:
                _, subject_id = subject_keys.find_content_key(
                    tx, held.id, target.index, master=us.keys.master
                )
            except NotFoundError:
                pass  # what it belongs to was erased; it gets a key of its own
            else:
                return subject_id
    return subject_keys.make(tx, master=us.keys.master, random=us.random, now=now)


def _target(content: Content) -> EntryRef | None:
    if content.kind == "reply":
        return parse_reply(content).target
    if content.kind == "receipt":
        return parse_receipt(content).target
    return None


def _incoming(
    log_id: int, header: Header, content: Content, subject_id: int | None, now: int
) -> Incoming:
    return Incoming(
        log_id=log_id,
        origin=header.origin,
        org=header.issuer,
        header=header,
        content=content,
        subject_id=subject_id,
        now=now,
    )
