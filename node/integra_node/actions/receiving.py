"""What happens when a batch arrives? It is verified, stored and takes effect, or leaves no trace.

One transaction: the receiver's steps of docs/protocol.md section 6, then the effects.  Called for
batches that we asked for and for those that were pushed to us.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from integra_node.actions import opening
from integra_node.actions.domain_bodies import check_body
from integra_node.actions.effects import apply_all
from integra_node.store import erasures, log, partners, rosters, tiles
from integra_protocol.batch import BlobState
from integra_protocol.checkpoint import CheckpointNote, open_checkpoint, peek_checkpoint
from integra_protocol.entry import check_blob, parse_header
from integra_protocol.errors import (
    BadBodyError,
    BadProofError,
    IntegraError,
    NoRoleError,
    ProtocolError,
    UnavailableError,
    UnknownLogError,
)
from integra_protocol.follow import (
    Accepted,
    AcceptedEntry,
    ForkSuspectedError,
    LogHead,
    accept,
    counted_state,
)
from integra_protocol.kinds import NOT_ERASABLE
from integra_protocol.limits import HASH_BYTES
from integra_protocol.merkle import root_at
from integra_protocol.proof import parse_proof
from integra_protocol.roster import org_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from integra_node.actions.incoming import Incoming
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_node.store.log import LogRow
    from integra_protocol.batch import Batch
    from integra_protocol.content import Content
    from integra_protocol.entry import Header
    from integra_protocol.keys import NoteKey
    from integra_protocol.roster import Roster

_PRESENT, _ELSEWHERE = 0, 3
LOG: Final = logging.getLogger(__name__)
QUARANTINED: Final = "quarantined"
_NOT_NOW: Final = 503
_OFFICERS = frozenset({"officer", "officer-rev"})
_WRAP_FAULTS = frozenset({"no-wrap", "bad-wrap"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a batch added; ``late`` when the head had moved and nothing was stored."""

    size: int
    new_leaves: int
    new_entries: int
    late: bool = False


def receive(
    tx: Tx,
    us: Us,
    batch: Batch,
    *,
    source: str,
    from_issuer: bool,
    now: int,
    keep_foreign_wraps: bool = False,
) -> Received:
    """Verify a batch against what is held, store it and let it take effect.

    ``keep_foreign_wraps``: a relay keeps the wraps of all recipients.

    Raises:
        EvidenceFoundError, ForkSuspectedError: see ``follow.accept``.
        ProtocolError: the source is bad; nothing was stored.
    """
    roster = rosters.current(tx)
    held = _held(tx, batch.origin, roster, now)
    if held.state == QUARANTINED:
        raise UnavailableError("this log is quarantined")
    if _is_beyond(held, roster):
        return Received(size=held.size, new_leaves=0, new_entries=0, late=True)
    accepted = accept(
        _head(held, roster),
        batch,
        roster,
        from_issuer=from_issuer,
        held=tiles.hash_reader(tx, held.id),
    )
    if not isinstance(accepted, Accepted):
        return Received(size=held.size, new_leaves=0, new_entries=0, late=True)
    _store_head(tx, us, held, accepted, roster, now)
    new = _new_entries(tx, held, accepted)
    marks = _marks(tx, held, new, roster)
    _store_entries(tx, us, held, new, marks, now, keep_foreign_wraps=keep_foreign_wraps)
    _store_bad(tx, held, accepted, source, now)
    gone = _erased_before(tx, held, new, roster)
    log.erase_blobs(tx, held.id, gone, BlobState.ERASED)
    effective = [
        one
        for one in new
        if one.blob is not None and one.index not in marks and one.index not in gone
    ]
    _Arrival(tx, us, roster, held, from_issuer=from_issuer, now=now).take_effect(effective)
    leaves = _count_amount(tx, batch.origin, accepted, new, now)
    return Received(size=accepted.head.size, new_leaves=leaves, new_entries=len(new))


def _count_amount(
    tx: Tx, origin: str, accepted: Accepted, new: Sequence[AcceptedEntry], now: int
) -> int:
    """Count what was taken from a log today; return how many leaves are new."""
    leaves = len(accepted.leaves) // HASH_BYTES
    # Leaves of entries for others count too: they fill the disk like any other.
    size_bytes = len(accepted.leaves) + sum(len(e.blob or b"") for e in new)
    amount = max(leaves, len(new))
    partners.add_amount(tx, origin, entries=amount, size_bytes=size_bytes, now=now)
    return leaves


def receive_blob(
    tx: Tx, us: Us, origin: str, index: int, text: str, *, source: str, now: int
) -> bool:
    """Take the body of an entry that is held without one; return whether it was still missing.

    ``text`` is a proof of that entry from any source; what the header commits to decides.

    Raises:
        ProtocolError: not that entry, or not its body: the source is bad.
    """
    roster = rosters.current(tx)
    held = log.get(tx, origin, for_update=True)
    proof = parse_proof(text)
    row = log.find_entry(tx, held.id, index)
    if row is None or row.state != _ELSEWHERE or row.mark is not None or proof.blob is None:
        return False
    if held.state == QUARANTINED:
        raise UnavailableError("this log is quarantined")
    if proof.header != row.header:
        raise BadProofError("another header than the one that is in the log")
    header = parse_header(row.header)
    check_blob(header, proof.blob)
    one = AcceptedEntry(
        index=row.index,
        header=header,
        header_bytes=row.header,
        blob=proof.blob,
        wraps={us.org: proof.wrap} if header.sealed and proof.wrap is not None else {},
        state=BlobState.PRESENT,
    )
    if now >= header.retention_end or _erased_before(tx, held, [one], roster):
        return False
    log.fill_blob(tx, held.id, one.index, proof.blob, one.wraps)
    mark = _marks(tx, held, [one], roster).get(index)
    if mark is not None:
        log.set_mark(tx, held.id, index, mark)
        return True
    from_issuer = source == held.org
    _Arrival(tx, us, roster, held, from_issuer=from_issuer, now=now).take_effect([one])
    return True


def receive_note(tx: Tx, origin: str, data: bytes) -> bool:
    """Take further cosignatures of a note that we hold; return whether it is now witnessed.

    Raises:
        ForkSuspectedError: the log signed another root at a size that we hold.
        ProtocolError: the note is not signed by that log.
    """
    roster = rosters.current(tx)
    held = log.get(tx, origin, for_update=True)
    offered = _open_note(data, roster, origin)
    size, root = offered.checkpoint.size, offered.checkpoint.root
    if size > held.size or size == 0:
        return False
    if _root_at(tx, held, size) != root:
        raise ForkSuspectedError(offered)
    if not roster.is_witnessed(origin, offered.cosignatures):
        return False
    if size >= held.witnessed_size:
        log.set_head(tx, held.id, witnessed_note=offered.data, witnessed_size=size)
    if size == held.note_size:
        log.set_head(tx, held.id, note=offered.data)
    return True


def _root_at(tx: Tx, held: LogRow, size: int) -> bytes:
    """Return the root of the first ``size`` leaves that we hold of a log."""
    if size == held.size:
        return held.frontier.root()
    return root_at(size, tiles.hash_reader(tx, held.id))


def _held(tx: Tx, origin: str, roster: Roster, now: int) -> LogRow:
    if origin not in roster.logs:
        raise UnknownLogError
    found = log.find(tx, origin, for_update=True)
    return found or log.create(tx, origin=origin, org=org_of(origin), now=now)


def _is_beyond(held: LogRow, roster: Roster) -> bool:
    """Say whether we hold more than the size at which the roster has closed a log."""
    until = roster.until(held.origin)
    return until is not None and held.size > until


def _head(held: LogRow, roster: Roster) -> LogHead:
    until = roster.until(held.origin)
    ahead = held.ahead_note if until is None or held.ahead_size <= until else None
    return LogHead(
        origin=held.origin,
        frontier=held.frontier,
        note=_open_note(held.note, roster, held.origin) if held.note else None,
        ahead=_open_note(ahead, roster, held.origin) if ahead else None,
        seen=held.seen,
    )


def _open_note(data: bytes, roster: Roster, origin: str) -> CheckpointNote:
    key = roster.log_key(origin, peek_checkpoint(data).size)
    return _opened(data, key, roster.witness_keys())


@lru_cache(maxsize=512)
def _opened(data: bytes, key: NoteKey, witnesses: tuple[NoteKey, ...]) -> CheckpointNote:
    return open_checkpoint(data, key, witnesses)


def _store_head(tx: Tx, us: Us, held: LogRow, accepted: Accepted, roster: Roster, now: int) -> None:
    head = accepted.head
    values = {
        "note": head.note.data if head.note else None,
        "note_size": head.note.checkpoint.size if head.note else 0,
        "ahead_note": head.ahead.data if head.ahead else None,
        "ahead_size": head.ahead.checkpoint.size if head.ahead else 0,
        "seen": head.seen,
        "state": "current",
    }
    if head.note is not None and roster.is_witnessed(held.origin, head.note.cosignatures):
        values["witnessed_note"] = head.note.data
        values["witnessed_size"] = head.note.checkpoint.size
    values |= _lost_record(us, held, head)
    if accepted.leaves:
        log.grow(tx, held, leaves=accepted.leaves, frontier=head.frontier, now=now, **values)
    else:
        log.set_head(tx, held.id, **values)


def _lost_record(us: Us, held: LogRow, head: LogHead) -> dict[str, int | bytes]:
    """Return the witness record that our own cosignature on a note proves, if ours is behind it."""
    size = held.witness_size or 0
    found: dict[str, int | bytes] = {}
    for note in (head.note, head.ahead):
        if note is None or note.checkpoint.size <= size:
            continue
        if any(line.org == us.org for line in note.cosignatures):
            size = note.checkpoint.size
            found = {"witness_size": size, "witness_root": note.checkpoint.root}
    return found


def _new_entries(tx: Tx, held: LogRow, accepted: Accepted) -> list[AcceptedEntry]:
    """Return what is not stored yet; a second look may repeat what is."""
    if not accepted.second_look or not accepted.entries:
        return list(accepted.entries)
    first, last = accepted.entries[0].index, accepted.entries[-1].index
    stored = {e.index: e for e in log.entries_between(tx, held.id, first, last + 1)}
    new = []
    for one in accepted.entries:
        known = stored.get(one.index)
        if known is None or (known.state == _ELSEWHERE and one.blob is not None):
            new.append(one)
    return new


def _erased_before(
    tx: Tx, held: LogRow, new: Sequence[AcceptedEntry], roster: Roster
) -> frozenset[int]:
    """Return which entries have an ``erase`` that came before them.

    That happens when an entry was held back at first, and when a later epoch was fetched before.
    """
    late = any(one.index < held.size for one in new) or len(roster.origins_of(held.org)) > 1
    if not late:
        return frozenset()
    erased = erasures.named_by_erases(tx, held.org, held.origin)
    return frozenset(
        one.index
        for one in new
        if one.header.audience in erased.get(one.index, ()) and one.header.kind not in NOT_ERASABLE
    )


def _store_entries(
    tx: Tx,
    us: Us,
    held: LogRow,
    new: Sequence[AcceptedEntry],
    marks: Mapping[int, str],
    now: int,
    *,
    keep_foreign_wraps: bool,
) -> None:
    rows = []
    for one in new:
        state = int(counted_state(one, is_erased=False, now=now))
        rows.append(
            log.NewEntry(
                index=one.index,
                kind=one.header.kind,
                header=one.header_bytes,
                blob=one.blob if state == _PRESENT else None,
                state=state,
                retention_end=one.header.retention_end,
                commitment=one.header.commitment,
                wraps=one.wraps if keep_foreign_wraps else _kept_wraps(one, us.org, held.org),
                mark=marks.get(one.index),
            )
        )
    log.add_entries(tx, held.id, rows)
    for row in rows:
        if row.blob is not None and row.index < held.size:
            log.fill_blob(tx, held.id, row.index, row.blob, row.wraps)


def _kept_wraps(one: AcceptedEntry, us: str, issuer: str) -> dict[str, bytes]:
    return {org: wrap for org, wrap in one.wraps.items() if org in (us, issuer)}


def _marks(tx: Tx, held: LogRow, new: Sequence[AcceptedEntry], roster: Roster) -> dict[int, str]:
    """Return the marks of entries that are stored without effect: void, duplicate."""
    marks = {one.index: "void" for one in new if roster.is_void(held.origin, one.index)}
    heads = [log.commitment_head(one.header.commitment) for one in new]
    used = log.commitments_used(tx, heads)
    met: set[bytes] = set()
    for one, head in zip(new, heads, strict=True):
        bc, place = one.header.commitment, (held.id, one.index)
        if bc in met or (head in used and log.commitment_used(tx, held.org, bc, place)):
            marks.setdefault(one.index, "duplicate")
        met.add(bc)
    return marks


def _store_bad(tx: Tx, held: LogRow, accepted: Accepted, source: str, now: int) -> None:
    for bad in accepted.bad:
        if bad.index is None:
            partners.record_trouble(tx, held.origin, source, code=bad.code, now=now)
            continue
        header = _header_or_none(bad.header_bytes)
        row = log.NewEntry(
            index=bad.index,
            kind=header.kind if header else "unreadable",
            header=bad.header_bytes,
            blob=bad.blob,
            state=_PRESENT if bad.blob is not None else _ELSEWHERE,
            retention_end=header.retention_end if header else now,
            commitment=header.commitment if header else b"\0" * 32,
            wraps=bad.wraps,
            mark=f"bad:{bad.code}",
        )
        log.add_entries(tx, held.id, [row])
    for _ in accepted.bad_blobs:
        partners.record_trouble(tx, held.origin, source, code="bad_blob", now=now)


def _header_or_none(data: bytes) -> Header | None:
    try:
        return parse_header(data)
    except ProtocolError:
        return None


class _Arrival:
    """The entries of one batch, opened and applied in the order of the log."""

    def __init__(
        self, tx: Tx, us: Us, roster: Roster, held: LogRow, *, from_issuer: bool, now: int
    ) -> None:
        self._tx = tx
        self._us = us
        self._roster = roster
        self._held = held
        self._from_issuer = from_issuer
        self._now = now
        self._waiting: list[Incoming] = []

    def take_effect(self, new: Iterable[AcceptedEntry]) -> None:
        """Open what is for us, mark what is wrong, apply the rest."""
        for one in new:
            if self._waiting and self._waiting[-1].content.kind in _OFFICERS:
                # What comes next may be signed by an officer certified just before it.
                self._flush()
            opened = self._clear(one) if not one.header.sealed else self._sealed(one)
            if opened is not None:
                self._waiting.append(opened)
        self._flush()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting and not self._applied(waiting):
            for one in waiting:
                if not self._applied([one]):
                    log.set_mark(self._tx, self._held.id, one.index, "bad:effect")

    def _applied(self, incoming: list[Incoming]) -> bool:
        """Apply entries, or nothing of them when one cannot have its effect."""
        try:
            with self._tx.begin_nested():
                apply_all(self._tx, self._us, incoming)
        except IntegraError as error:
            if error.status == _NOT_NOW:
                raise  # we cannot append an answer now: the batch comes again later
            LOG.warning("no effect origin=%s code=%s", self._held.origin, error.code)
            return False
        return True

    def _clear(self, one: AcceptedEntry) -> Incoming | None:
        try:
            return opening.open_clear(
                self._tx,
                self._roster,
                log_id=self._held.id,
                header=one.header,
                blob=one.blob or b"",
                now=self._now,
            )
        except (BadBodyError, NoRoleError) as error:
            if not self._must_ask_again(one, _why(error)):
                self._mark_bad(one, _why(error))
            return None

    def _sealed(self, one: AcceptedEntry) -> Incoming | None:
        if self._us.org not in one.header.audience:
            return None
        self._flush()  # an answer is appended now: what came before has its effect first
        content = None
        try:
            cek, content, salt = opening.unseal(self._us, one.header, one.blob or b"", one.wraps)
            opening.check_rules(self._tx, self._roster, self._held.id, one.header, content, salt)
            check_body(self._tx, content)
        except (BadBodyError, NoRoleError) as error:
            self._refuse(one, content, _why(error))
            return None
        opened = opening.keep(
            self._tx,
            self._us,
            self._roster,
            log_id=self._held.id,
            header=one.header,
            content=content,
            cek=cek,
            now=self._now,
        )
        opening.answer_opened(self._tx, self._us, opened)
        return opened

    def _refuse(self, one: AcceptedEntry, content: Content | None, why: str) -> None:
        if self._must_ask_again(one, why):
            return
        self._mark_bad(one, why)
        opening.answer_bad(self._tx, self._us, one.header, content, why, now=self._now)

    def _must_ask_again(self, one: AcceptedEntry, why: str) -> bool:
        """Forget a body whose fault may be the source's: the issuer is asked for it again.

        The leaf does not cover wraps, and who is not the issuer may have held the officer's
        certificate back.
        """
        hidden = why == "bad-officer" and self._held.seen <= one.index
        if self._from_issuer or not (why in _WRAP_FAULTS or hidden):
            return False
        log.forget_blob(self._tx, self._held.id, one.index)
        return True

    def _mark_bad(self, one: AcceptedEntry, why: str) -> None:
        log.set_mark(self._tx, self._held.id, one.index, f"bad:{why}")


def _why(error: BadBodyError | NoRoleError) -> str:
    return error.why if isinstance(error, BadBodyError) else error.code
