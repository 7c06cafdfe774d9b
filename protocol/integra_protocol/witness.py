"""May a witness cosign this checkpoint, and does this evidence prove that a log has two faces?

The requests of C2SP tlog-witness and the evidence of docs/protocol.md section 9.  Which origins
are known, the log's signature and storing the record are the caller's part; the record must be
stored before the cosignature leaves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from integra_protocol.canonical import b64decode, b64encode, parse_decimal
from integra_protocol.checkpoint import Checkpoint, CheckpointNote, open_checkpoint, peek_checkpoint
from integra_protocol.errors import (
    BadCanonicalError,
    BadProofError,
    SizeConflictError,
    TooLargeError,
)
from integra_protocol.keys import NoteKey
from integra_protocol.limits import (
    HASH_BYTES,
    MAX_NOTE_BYTES,
    MAX_OTHER_BODY_BYTES,
    MAX_PROOF_LINES,
    MAX_SIZE,
)
from integra_protocol.merkle import EMPTY_ROOT, check_consistency
from integra_protocol.note import Note

MAX_ADD_CHECKPOINT_BYTES: Final = MAX_NOTE_BYTES + 45 * MAX_PROOF_LINES + 32
"""The note, 63 proof lines of 45 bytes, the line with the old size and the blank line."""

LogKeyFinder = Callable[[str, int], NoteKey]
"""Gives the log key that the roster names for origin and size; raises UnknownLogError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """A request to cosign: from which size the proof leads, the proof, the note as sent."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessRecord:
    """What a witness last cosigned for one origin: size in leaves and 32-byte root."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Two notes of one log that contradict each other (docs/protocol.md section 9).

    With equal sizes proof and root are empty (E1).  Otherwise a is the smaller note and proof
    leads from root, at the size of a, to b, although a has another root (E2).
    """

    a: bytes
    b: bytes
    proof: tuple[bytes, ...]
    root: bytes


def parse_add_checkpoint(body: bytes) -> AddCheckpoint:
    """Return the request that body spells (C2SP tlog-witness, add-checkpoint).

    The note is not opened.

    Raises:
        TooLargeError: more bytes or proof lines than allowed.
        BadCanonicalError: wrong form.
    """
    if len(body) > MAX_ADD_CHECKPOINT_BYTES:
        raise TooLargeError(f"{len(body)} bytes, at most {MAX_ADD_CHECKPOINT_BYTES}")
    head, separator, note = body.partition(b"\n\n")
    if not separator:
        raise BadCanonicalError("no blank line before the note")
    old_line, *proof_lines = _decode_ascii(head).split("\n")
    if not old_line.startswith("old "):
        raise BadCanonicalError("no old size")
    return AddCheckpoint(
        old_size=parse_decimal(old_line[4:], high=MAX_SIZE),
        proof=_parse_proof(proof_lines),
        note=note,
    )


def format_add_checkpoint(request: AddCheckpoint) -> bytes:
    """Return the body of a request (C2SP tlog-witness, add-checkpoint)."""
    rows = [f"old {request.old_size}", *(b64encode(line) for line in request.proof)]
    return "\n".join(rows).encode() + b"\n\n" + request.note


def decide(
    record: WitnessRecord | None, request: AddCheckpoint, checkpoint: Checkpoint
) -> WitnessRecord:
    """Return the record with which the witness may cosign checkpoint.

    Args:
        record: what this witness last cosigned for the origin, None for nothing.
        request: the request.
        checkpoint: that of the request's note, opened with the log's key.

    Raises:
        SizeConflictError: the request does not start at the size of the record.
        BadProofError: an old size above the checkpoint's, or a proof of the wrong form.
        RootMismatchError: the size of the record with another root.
        InconsistentError: the proof does not lead from the record to the checkpoint.
    """
    held = record or WitnessRecord(size=0, root=EMPTY_ROOT)
    if request.old_size > checkpoint.size:
        raise BadProofError("an old size above that of the checkpoint")
    if request.old_size != held.size:
        raise SizeConflictError(held.size)
    if held.size == 0:
        if request.proof:
            raise BadProofError("a proof from size 0 is empty")
    else:
        check_consistency(held.size, held.root, checkpoint.size, checkpoint.root, request.proof)
    return WitnessRecord(size=checkpoint.size, root=checkpoint.root)


def make_evidence(
    one: CheckpointNote, other: CheckpointNote, proof: Sequence[bytes] = (), root: bytes = b""
) -> Evidence:
    """Return evidence from two opened notes, in order of size and without cosignatures.

    proof and root stay empty for notes of one size; `check_evidence` says whether it holds.
    """
    low, high = sorted((one, other), key=lambda note: note.checkpoint.size)
    return Evidence(a=_bare(low), b=_bare(high), proof=tuple(proof), root=root)


def check_evidence(evidence: Evidence, log_key_for: LogKeyFinder) -> str:
    """Return the origin of the log that evidence convicts (docs/protocol.md section 9).

    Raises:
        TooLargeError, BadCanonicalError: a note or the root of the wrong form.
        UnknownLogError: log_key_for knows no key for a note.
        BadSignatureError: the log did not sign a note.
        BadProofError: notes of two logs, a before b not by size, or a proof of the wrong form.
        RootMismatchError, InconsistentError: the proof does not lead from root to b.
        BadCanonicalError: the notes do not contradict each other.
    """
    a = _open(evidence.a, log_key_for)
    b = _open(evidence.b, log_key_for)
    if a.origin != b.origin or a.size > b.size:
        raise BadProofError("not two notes of one log, the smaller first")
    if a.size == b.size:
        if evidence.proof or evidence.root:
            raise BadProofError("a proof between equal sizes")
        if a.root == b.root:
            raise BadCanonicalError("the notes agree")
        return a.origin
    if len(evidence.root) != HASH_BYTES:
        raise BadCanonicalError("a root has 32 bytes")
    if evidence.root == a.root:
        raise BadCanonicalError("the notes agree")
    check_consistency(a.size, evidence.root, b.size, b.root, evidence.proof)
    return a.origin


def evidence_to_json(evidence: Evidence) -> bytes:
    """Return evidence as it is posted (docs/protocol.md section 10)."""
    fields = {
        "a": evidence.a.decode(),
        "b": evidence.b.decode(),
        "p": [b64encode(line) for line in evidence.proof],
        "r": b64encode(evidence.root),
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def evidence_from_json(body: bytes) -> Evidence:
    """Return the evidence that body spells; nothing of it is verified yet.

    Raises:
        TooLargeError: over 64 KiB, or a proof over 63 lines.
        BadCanonicalError: wrong form.
    """
    if len(body) > MAX_OTHER_BODY_BYTES:
        raise TooLargeError(f"{len(body)} bytes, at most {MAX_OTHER_BODY_BYTES}")
    try:
        fields = json.loads(body.decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise BadCanonicalError("not JSON") from error
    if not isinstance(fields, dict) or fields.keys() != {"a", "b", "p", "r"}:
        raise BadCanonicalError("a field of the evidence is missing or unknown")
    a, b, proof, root = (fields[key] for key in "abpr")
    if not isinstance(proof, list):
        raise BadCanonicalError("a proof is a list")
    return Evidence(
        a=_encode_text(a),
        b=_encode_text(b),
        proof=_parse_proof([_take_text(line) for line in proof]),
        root=b64decode(_take_text(root)),
    )


def _open(data: bytes, log_key_for: LogKeyFinder) -> Checkpoint:
    claimed = peek_checkpoint(data)
    return open_checkpoint(data, log_key_for(claimed.origin, claimed.size)).checkpoint


def _bare(note: CheckpointNote) -> bytes:
    return Note(text=note.checkpoint.text(), lines=(note.log_line,)).encode()


def _parse_proof(lines: Sequence[str]) -> tuple[bytes, ...]:
    if len(lines) > MAX_PROOF_LINES:
        raise TooLargeError(f"{len(lines)} proof lines, at most {MAX_PROOF_LINES}")
    proof = tuple(b64decode(line) for line in lines)
    if any(len(line) != HASH_BYTES for line in proof):
        raise BadCanonicalError("a proof line is not a hash")
    return proof


def _decode_ascii(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError as error:
        raise BadCanonicalError("not ASCII") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadCanonicalError("a key twice")
    return fields


def _take_text(value: object) -> str:
    if not isinstance(value, str):
        raise BadCanonicalError("not a text")
    return value


def _encode_text(value: object) -> bytes:
    try:
        return _take_text(value).encode()
    except UnicodeEncodeError as error:
        raise BadCanonicalError("a text that is not UTF-8") from error
