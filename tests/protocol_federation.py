"""A federation in memory: rosters signed by its founders, and logs that answer with batches."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from integra_protocol.batch import Batch, BatchEntry, BlobState
from integra_protocol.checkpoint import (
    Checkpoint,
    add_cosignatures,
    cosign_checkpoint,
    open_checkpoint,
    sign_checkpoint,
)
from integra_protocol.entry import entry_leaf
from integra_protocol.keys import NoteKey, SigningKey
from integra_protocol.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    node_hash,
    root_at,
)
from integra_protocol.note import Note, sign_note
from integra_protocol.proof import ProofFile
from integra_protocol.roster import (
    KemLine,
    LogLine,
    Member,
    RoleLine,
    Roster,
    RosterLines,
    Status,
)
from integra_protocol.roster_change import draft_first
from integra_protocol.roster_text import text_hash
from protocol_entries import EAST, NORTH, TIME, WEST, clear_entry

FEDERATION = "justice.example"
HUB = "hub.example"
ORGS = (NORTH, EAST, WEST)
FOUNDERS = ("anna/founder", "bela/founder", "carl/founder")
DAY = 86_400
CAPS = ("alert", "handover", "practice", "summary")


def signing_key(name: str) -> SigningKey:
    return SigningKey.from_seed(hashlib.sha256(f"test {name}".encode()).digest())


def note_key(name: str, kind: int = 1, seed: str = "") -> NoteKey:
    return NoteKey(name=name, kind=kind, public=signing_key(seed or name).public)


def witness_key(org: str) -> NoteKey:
    return note_key(f"{org}/w", 4)


def origin_of(org: str, epoch: int = 1) -> str:
    return f"{org}/log/{epoch}"


def kem_line(org: str) -> KemLine:
    digest = hashlib.sha256(f"kem {org}".encode()).digest()
    return KemLine(key_id=digest[:4].hex(), hash=digest)


def member(org: str, status: Status = Status.ACTIVE) -> Member:
    pin = hashlib.sha256(f"pin {org}".encode()).digest()
    return Member(org=org, status=status, url=f"https://{org}:9800", pins=(pin,))


def first_lines(**changes: object) -> RosterLines:
    """Return the lines of version 1: three members with logs and a hub, two of three founders."""
    everyone = (*ORGS, HUB)
    lines = RosterLines(
        federation=FEDERATION,
        version=1,
        previous_hash=hashlib.sha256(b"").digest(),
        issued=TIME - DAY,
        expires=TIME + 300 * DAY,
        threshold=2,
        founders=tuple(map(note_key, FOUNDERS)),
        hublog=note_key(f"{FEDERATION}/roster"),
        quorum=2,
        witnesses={org: (witness_key(org),) for org in everyone},
        members={org: member(org) for org in everyone},
        logs={
            origin_of(org): (
                LogLine(origin=origin_of(org), key=note_key(origin_of(org)), start=0, until=None),
            )
            for org in ORGS
        },
        kems={org: kem_line(org) for org in ORGS},
        reqs={org: (note_key(f"{org}/r"),) for org in everyone},
        roles={
            **{
                (origin_of(org), cap): (
                    RoleLine(origin=origin_of(org), cap=cap, start=0, until=None),
                )
                for org in ORGS
                for cap in CAPS
            },
            (f"{HUB}/log/0", "relay"): (
                RoleLine(origin=f"{HUB}/log/0", cap="relay", start=0, until=None),
            ),
        },
        limits={},
    )
    return replace(lines, **changes)


def first_roster(**changes: object) -> Roster:
    return draft_first(first_lines(**changes))


def signed(text: str, founders: Iterable[str] = FOUNDERS) -> bytes:
    lines = tuple(sign_note(text, name, signing_key(name)) for name in founders)
    return Note(text=text, lines=lines).encode()


def fingerprint(roster: Roster) -> str:
    return text_hash(roster.text).hex()


@dataclass
class SimLog:
    """A log with all that an honest issuer, or a liar, needs to answer."""

    origin: str
    key: SigningKey | None = None
    leaves: list[bytes] = field(default_factory=list)
    shown: dict[int, tuple[bytes, bytes | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = self.key or signing_key(self.origin)

    @property
    def size(self) -> int:
        return len(self.leaves)

    def branch(self, size: int) -> "SimLog":
        """Return a second face of the log that shares its first leaves."""
        shown = {index: entry for index, entry in self.shown.items() if index < size}
        return SimLog(self.origin, self.key, self.leaves[:size], shown)

    def cover(self, count: int = 1, salt: str = "") -> "SimLog":
        for _ in range(count):
            name = f"cover {salt}{self.size}".encode()
            self.leaves.append(hashlib.sha256(name).digest())
        return self

    def add(self, kind: str = "practice", data: Mapping[str, object] | None = None, **fields):
        body = data or {"id": f"p{self.size}", "version": 1, "status": "published"}
        header, blob = clear_entry(kind, dict(body), origin=self.origin, index=self.size, **fields)
        self.put(header.encode(), blob)
        return header

    def put(self, header: bytes, blob: bytes | None) -> None:
        self.shown[self.size] = (header, blob)
        self.leaves.append(entry_leaf(header))

    def read(self, level: int, index: int) -> bytes:
        if level == 0:
            return self.leaves[index]
        return node_hash(self.read(level - 1, 2 * index), self.read(level - 1, 2 * index + 1))

    def root(self, size: int | None = None) -> bytes:
        return root_at(self.size if size is None else size, self.read)

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        size = self.size if size is None else size
        return Checkpoint(origin=self.origin, size=size, root=self.root(size))

    def note(self, size: int | None = None, cosigners: Mapping[str, int] = {}) -> bytes:
        checkpoint = self.checkpoint(size)
        note = open_checkpoint(
            sign_checkpoint(checkpoint, self.key),
            NoteKey(name=self.origin, kind=1, public=self.key.public),
        )
        return add_cosignatures(
            note,
            [
                cosign_checkpoint(checkpoint, org, signing_key(f"{org}/w"), time)
                for org, time in cosigners.items()
            ],
        ).data

    def batch(
        self,
        start: int = 0,
        end: int | None = None,
        size: int | None = None,
        *,
        entries: Sequence[BatchEntry] | None = None,
        note: bytes | None = None,
    ) -> Batch:
        size = self.size if size is None else size
        end = size if end is None else end
        shown = [self.entry(index) for index in range(start, end) if index in self.shown]
        return Batch(
            origin=self.origin,
            start=start,
            leaves=b"".join(self.leaves[start:end]),
            entries=tuple(shown if entries is None else entries),
            proof=consistency_proof(end, size, self.read) if end else (),
            note=note or self.note(size),
        )

    def entry(self, index: int) -> BatchEntry:
        header, blob = self.shown[index]
        state = BlobState.ERASED if blob is None else BlobState.PRESENT
        return BatchEntry(header=header, blob=blob, wraps={}, state=state)

    def proof(self, index: int, size: int | None = None, **parts: object) -> ProofFile:
        size = self.size if size is None else size
        header, blob = self.shown[index]
        fields = {"note": self.note(size), "header": header, "blob": blob, **parts}
        hashes = inclusion_proof(index, size, self.read)
        return ProofFile(index=index, hashes=hashes, **fields)


def no_hashes(level: int, index: int) -> bytes:
    raise AssertionError(f"nothing is to be read, asked for ({level}, {index})")


def frontier_of(leaves: Iterable[bytes]) -> Frontier:
    return Frontier.empty().extend(leaves)
