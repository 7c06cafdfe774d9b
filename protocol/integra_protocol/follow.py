"""Does this batch continue the log as we know it, and which of its entries are good?

The receiver of docs/protocol.md section 6, without I/O: a stored head and a batch go in; a new
head with verified entries comes out, or an error that says whose fault it is.  The step numbers
are those of that section; step 1 is ``batch.decode_batch``, step 9 is the caller's: it stores what
``accept`` returns in one transaction.

Errors are about the *source*: nothing is stored, another one is asked.  Only ``EvidenceFoundError``
convicts the log itself.  One bad entry never stops the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from integra_protocol.batch import Batch, BatchEntry, BlobState
from integra_protocol.checkpoint import CheckpointNote, merge, open_checkpoint, peek_checkpoint
from integra_protocol.entry import Header, check_blob, entry_leaf, parse_header
from integra_protocol.errors import (
    BadBodyError,
    BadProofError,
    InconsistentError,
    NoRoleError,
    ProtocolError,
    RootMismatchError,
    UnknownLogError,
)
from integra_protocol.kinds import check_header_rules
from integra_protocol.limits import HASH_BYTES
from integra_protocol.merkle import (
    Frontier,
    HashReader,
    check_consistency,
    consistency_proof,
    frontier_at,
    node_hash,
    root_at,
)
from integra_protocol.roster import Roster
from integra_protocol.witness import Evidence, make_evidence

UNPROVEN: Final = "unproven"
"""Code of a shown header that is no leaf of the log: the source made it up."""


class ForkSuspectedError(InconsistentError):
    """A note signed by the log does not fit what is held; ask others for notes and leaf hashes.

    ``offered`` is the verified note.  Either the source lied about leaves or the log has two
    faces; ``contradiction`` tells, once the leaves of one side are known.
    """

    def __init__(self, offered: CheckpointNote) -> None:
        super().__init__("a signed checkpoint does not fit the log as it is held")
        self.offered = offered


class EvidenceFoundError(InconsistentError):
    """The log has two faces, and ``evidence`` proves it to everyone with the roster (section 9)."""

    def __init__(self, evidence: Evidence) -> None:
        super().__init__("the log contradicts itself")
        self.evidence = evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """What is stored of a followed log besides its leaves and entries.

    ``frontier`` is the tree held, of m leaves; ``note`` the largest verified note of at most m
    leaves; ``ahead`` the largest verified one above m.  Up to ``seen`` leaves, at most m, the
    issuer itself has shown its entries.
    """

    origin: str
    frontier: Frontier
    note: CheckpointNote | None
    ahead: CheckpointNote | None
    seen: int

    @classmethod
    def empty(cls, origin: str) -> LogHead:
        """Return the head of a log of which nothing is held."""
        return cls(origin=origin, frontier=Frontier.empty(), note=None, ahead=None, seen=0)

    @property
    def size(self) -> int:
        """Return m, the number of leaves held."""
        return self.frontier.size


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedEntry:
    """An entry whose header is a leaf of the log, within its issuer's rights.

    ``blob`` is verified, and there exactly in state PRESENT; any other ``state`` is the source's
    word (``counted_state``).  ``wraps`` are those for the audience and the issuer; they are not
    covered by the leaf.
    """

    index: int
    header: Header
    header_bytes: bytes
    blob: bytes | None
    wraps: Mapping[str, bytes]
    state: BlobState


@dataclass(frozen=True, slots=True, kw_only=True)
class BadEntry:
    """An entry to be marked and not acted on.

    With an ``index`` the leaf there proves that the issuer wrote ``header_bytes``; without, the
    source made them up.  ``code`` is an error code, or the why of a ``BadBodyError``.  Blob and
    wraps are kept for ``no_role``, which a later roster may heal.
    """

    index: int | None
    code: str
    header_bytes: bytes
    blob: bytes | None = None
    wraps: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What to store in one transaction: the new head, the new leaves, the entries.

    ``leaves`` (32 bytes each) begin at ``start``, the size held before; a second look may bring
    none.  ``entries`` may repeat what is held.  ``bad_blobs`` are indexes of accepted entries whose
    blob was not the right one: they are in state ELSEWHERE, and the source is to be named.
    """

    head: LogHead
    start: int
    leaves: bytes
    entries: tuple[AcceptedEntry, ...]
    bad: tuple[BadEntry, ...]
    bad_blobs: tuple[int, ...]
    second_look: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """The head moved while this answer was on its way; it is dropped silently."""


def accept(
    head: LogHead, batch: Batch, roster: Roster, *, from_issuer: bool, held: HashReader
) -> Accepted | Late:
    """Return what ``batch`` adds to ``head`` (section 6, receiver steps 2 to 8).

    Args:
        head: the stored head.
        batch: a decoded batch.
        roster: the newest accepted roster.
        from_issuer: whether the log's own organisation showed it, by GET or by its own POST.
        held: the stored hashes of the first ``head.size`` leaves; read only for a second look
            and when notes contradict each other.

    Raises:
        EvidenceFoundError: two signed notes contradict each other: quarantine the log.
        ForkSuspectedError: the note does not fit the leaves; the source is bad, or worse.
        ProtocolError: the source is bad: another log, an unsigned note, a proof of wrong form.
    """
    if batch.origin != head.origin or head.origin not in roster.logs:  # 2
        raise UnknownLogError("a batch of a log that is not followed")
    second_look = from_issuer and batch.start == head.seen < head.size
    if batch.start != head.size and not second_look:
        return Late()
    note = _open_note(batch, roster)  # 3
    _check_known(head, note)
    if note.checkpoint.size < head.size:  # 4
        return Late()
    frontier = _follow(head, batch, note, held)  # 4-6
    shown = _Shown(batch, roster)  # 7-8
    known = max(0, head.size - batch.start) * HASH_BYTES
    return Accepted(
        head=_moved(head, frontier, note, batch, from_issuer=from_issuer),
        start=head.size,
        leaves=batch.leaves[known:],
        entries=tuple(shown.entries),
        bad=tuple(shown.bad),
        bad_blobs=tuple(shown.bad_blobs),
        second_look=second_look,
    )


def counted_state(entry: AcceptedEntry, *, is_erased: bool, now: int) -> BlobState:
    """Return the state that counts for the receiver (section 6, state).

    Args:
        entry: an accepted entry.
        is_erased: whether a verified ``erase`` of the issuer's names it.
        now: unix seconds.
    """
    if is_erased:
        return BlobState.ERASED
    if now >= entry.header.retention_end:
        return BlobState.ENDED
    return BlobState.PRESENT if entry.blob is not None else BlobState.ELSEWHERE


def contradiction(one: CheckpointNote, other: CheckpointNote, read: HashReader) -> Evidence | None:
    """Return evidence that two verified notes of one log contradict each other (section 9).

    Args:
        one: a note.
        other: another note of the same origin.
        read: the hashes of the tree that the larger of the two signed; not read at equal sizes.

    Returns:
        E1 or E2, or None when both lie on one branch.

    Raises:
        InconsistentError: ``read`` is not the tree of the larger note.
    """
    small, big = sorted((one.checkpoint, other.checkpoint), key=lambda note: note.size)
    if small.size == big.size:
        return make_evidence(one, other) if small.root != big.root else None
    if root_at(big.size, read) != big.root:
        raise InconsistentError("these leaves are not those of the larger note")
    root = root_at(small.size, read)
    if root == small.root or small.size == 0:
        return None
    return make_evidence(one, other, consistency_proof(small.size, big.size, read), root)


def extended(held: HashReader, size: int, leaves: bytes) -> HashReader:
    """Return a reader of the tree of the first ``size`` leaves of ``held``, then ``leaves``."""

    def read(level: int, index: int) -> bytes:
        if (index + 1) << level <= size:
            return held(level, index)
        if level == 0:
            at = (index - size) * HASH_BYTES
            return leaves[at : at + HASH_BYTES]
        return node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))

    return read


# ------------------------------------------------------------------ leaves and notes


def _open_note(batch: Batch, roster: Roster) -> CheckpointNote:
    claimed = peek_checkpoint(batch.note)
    if claimed.origin != batch.origin:
        raise UnknownLogError("a batch with the checkpoint of another log")
    if claimed.size < batch.end:
        raise BadProofError("a batch that goes beyond its checkpoint")
    key = roster.log_key(batch.origin, claimed.size)
    return open_checkpoint(batch.note, key, roster.witness_keys())


def _check_known(head: LogHead, note: CheckpointNote) -> None:
    """Compare with the notes held: two of one size need no leaves to contradict each other."""
    offered = note.checkpoint
    for known in (head.note, head.ahead):
        if known is None or known.checkpoint.size != offered.size:
            continue
        if known.checkpoint.root != offered.root:
            raise EvidenceFoundError(make_evidence(known, note))


def _follow(head: LogHead, batch: Batch, note: CheckpointNote, held: HashReader) -> Frontier:
    """Return the frontier behind the batch's last leaf (steps 4 to 6)."""
    checkpoint = note.checkpoint
    cuts = _cuts(head, batch)
    # A head that has moved on from batch.start is the second look's: begin where the issuer left.
    frontier = head.frontier if batch.start == head.size else frontier_at(batch.start, held)
    roots: dict[int, bytes] = {}
    at = batch.start
    for cut in (*cuts, batch.end):
        frontier = frontier.extend(_leaves(batch, at, cut))
        roots[cut] = frontier.root()
        at = cut
    try:
        check_consistency(
            batch.end, roots[batch.end], checkpoint.size, checkpoint.root, batch.proof
        )
    except (InconsistentError, RootMismatchError) as error:
        raise ForkSuspectedError(note) from error
    if not _is_one_branch(head, batch, note, roots, held):
        raise _two_faces(head, batch, note, held)
    return frontier


def _cuts(head: LogHead, batch: Batch) -> list[int]:
    """Return the sizes inside the batch at which the root is compared with what is held."""
    sizes = {head.size} if batch.start < head.size else set()
    if head.ahead is not None:
        sizes.add(head.ahead.checkpoint.size)
    return sorted(size for size in sizes if batch.start < size < batch.end)


def _is_one_branch(
    head: LogHead, batch: Batch, note: CheckpointNote, roots: Mapping[int, bytes], held: HashReader
) -> bool:
    """Return True when leaves, note and ahead note lie on the branch that is held."""
    offered = note.checkpoint
    if offered.size == head.size and offered.root != head.frontier.root():
        return False
    if batch.start < head.size:
        common = min(batch.end, head.size)
        if roots[common] != root_at(common, held):
            return False
    if head.ahead is None:
        return True
    ahead = head.ahead.checkpoint
    return roots.get(ahead.size, ahead.root) == ahead.root


def _two_faces(
    head: LogHead, batch: Batch, note: CheckpointNote, held: HashReader
) -> InconsistentError:
    """Return evidence if what is at hand gives it, else the suspicion."""
    offered = note.checkpoint
    theirs = extended(held, batch.start, batch.leaves)
    for known in (head.note, head.ahead):
        if known is None:
            continue
        size = known.checkpoint.size
        evidence = None
        if size < offered.size == batch.end:
            evidence = contradiction(known, note, theirs)
        elif offered.size < size <= head.size:
            evidence = contradiction(known, note, held)
        if evidence is not None:
            return EvidenceFoundError(evidence)
    return ForkSuspectedError(note)


def _moved(
    head: LogHead, frontier: Frontier, note: CheckpointNote, batch: Batch, *, from_issuer: bool
) -> LogHead:
    size = max(head.size, batch.end)
    notes = [known for known in (head.note, head.ahead) if known is not None]
    # Seen only up to below the head, a larger note is not yet known to contain all that is held.
    if batch.end >= head.size or note.checkpoint.size == head.size:
        notes.append(note)
    shown = from_issuer and batch.start == head.seen
    return LogHead(
        origin=head.origin,
        frontier=frontier if batch.end > head.size else head.frontier,
        note=_largest([one for one in notes if one.checkpoint.size <= size]),
        ahead=_largest([one for one in notes if one.checkpoint.size > size]),
        seen=batch.end if shown else head.seen,
    )


def _largest(notes: list[CheckpointNote]) -> CheckpointNote | None:
    largest: CheckpointNote | None = None
    for note in notes:
        if largest is None or note.checkpoint.size > largest.checkpoint.size:
            largest = note
        elif note.checkpoint.size == largest.checkpoint.size:
            largest = merge(largest, note)
    return largest


def _leaves(batch: Batch, begin: int, end: int) -> list[bytes]:
    first, last = (begin - batch.start) * HASH_BYTES, (end - batch.start) * HASH_BYTES
    return [batch.leaves[at : at + HASH_BYTES] for at in range(first, last, HASH_BYTES)]


# ------------------------------------------------------------------ entries


class _Shown:
    """The entries of one batch, each judged by itself (steps 7 and 8)."""

    def __init__(self, batch: Batch, roster: Roster) -> None:
        self._batch = batch
        self._roster = roster
        self._last = batch.start - 1
        self._index_of: dict[bytes, int] | None = None
        self.entries: list[AcceptedEntry] = []
        self.bad: list[BadEntry] = []
        self.bad_blobs: list[int] = []
        for entry in batch.entries:
            self._judge(entry)

    def _judge(self, entry: BatchEntry) -> None:
        data = entry.header
        try:
            header = parse_header(data)
        except ProtocolError as error:
            self._refuse(entry, error.code)
            return
        index = header.index
        if not self._is_leaf(index, data) or header.origin != self._batch.origin:
            self._refuse(entry, "bad_request")
            return
        if index <= self._last:
            self.bad.append(BadEntry(index=None, code="bad_request", header_bytes=data, wraps={}))
            return
        self._last = index
        self._add(entry, header)

    def _add(self, entry: BatchEntry, header: Header) -> None:
        index, origin, roster = header.index, header.origin, self._roster
        blob, state, wraps = self._blob(entry, header), entry.state, _own_wraps(entry, header)
        if blob is None and state is BlobState.PRESENT:
            self.bad_blobs.append(index)
            state = BlobState.ELSEWHERE
        try:
            check_header_rules(header, lambda cap: roster.has_cap(origin, cap, index))
        except (NoRoleError, BadBodyError) as error:
            code = error.why if isinstance(error, BadBodyError) else error.code
            self.bad.append(
                BadEntry(index=index, code=code, header_bytes=entry.header, blob=blob, wraps=wraps)
            )
            return
        self.entries.append(
            AcceptedEntry(
                index=index,
                header=header,
                header_bytes=entry.header,
                blob=blob,
                wraps=wraps,
                state=state,
            )
        )

    def _refuse(self, entry: BatchEntry, code: str) -> None:
        """Mark a header that cannot stand where it says, at the leaf that it is, if at any."""
        if self._index_of is None:
            batch = self._batch
            self._index_of = {self._leaf(at): at for at in range(batch.start, batch.end)}
        index = self._index_of.get(entry_leaf(entry.header))
        self.bad.append(
            BadEntry(
                index=index,
                code=UNPROVEN if index is None else code,
                header_bytes=entry.header,
                wraps={},
            )
        )

    def _is_leaf(self, index: int, header: bytes) -> bool:
        batch = self._batch
        return batch.start <= index < batch.end and self._leaf(index) == entry_leaf(header)

    def _leaf(self, index: int) -> bytes:
        at = (index - self._batch.start) * HASH_BYTES
        return self._batch.leaves[at : at + HASH_BYTES]

    def _blob(self, entry: BatchEntry, header: Header) -> bytes | None:
        if entry.blob is None:
            return None
        try:
            check_blob(header, entry.blob)
        except BadBodyError:
            return None  # counted in bad_blobs by the caller; another source may hold the right one
        return entry.blob


def _own_wraps(entry: BatchEntry, header: Header) -> Mapping[str, bytes]:
    if not header.sealed or not entry.wraps:
        return {}
    recipients = {*header.audience, header.issuer}
    return {org: wrap for org, wrap in entry.wraps.items() if org in recipients}
