"""Which size and root did a log sign, and who cosigned it? (docs/protocol.md section 5).

A checkpoint is a C2SP tlog-checkpoint note of exactly three lines; the log's signature comes
first, cosignatures follow, newest per organisation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from integra_protocol.canonical import b64decode, b64encode, parse_decimal
from integra_protocol.errors import BadCanonicalError, BadSignatureError, InputError
from integra_protocol.keys import KIND_COSIGNATURE, NoteKey, SigningKey, parse_key_name
from integra_protocol.limits import HASH_BYTES, MAX_COSIGNATURES, MAX_SIZE
from integra_protocol.merkle import EMPTY_ROOT
from integra_protocol.note import (
    Note,
    SignatureLine,
    cosign,
    cosignature_time,
    open_note,
    parse_note,
    parse_signature_lines,
    sign_note,
    verify_lines,
)

_WITNESS_SUFFIX = "/w"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A log's origin, its size in leaves and its 32-byte root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """A verified cosignature: the organisation, its time in unix seconds, the line itself."""

    org: str
    time: int
    line: SignatureLine


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointNote:
    """A checkpoint that its log signed, with verified cosignatures sorted by organisation.

    data is the note with these lines only: log signature first, at most one cosignature for each
    organisation, at most 31 of them.
    """

    checkpoint: Checkpoint
    data: bytes
    log_line: SignatureLine
    cosignatures: tuple[Cosignature, ...]


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint of which text is the form, without any trust in it.

    Raises:
        BadCanonicalError: not exactly origin, size and root, or a root that size 0 cannot have.
    """
    rows = text.split("\n")
    if len(rows) != 4 or rows[3]:
        raise BadCanonicalError("a checkpoint has three lines")
    root = b64decode(rows[2])
    size = parse_decimal(rows[1], high=MAX_SIZE)
    if len(root) != HASH_BYTES or (size == 0 and root != EMPTY_ROOT):
        raise BadCanonicalError("not the root of a tree of that size")
    return Checkpoint(origin=parse_key_name(rows[0]), size=size, root=root)


def peek_checkpoint(data: bytes) -> Checkpoint:
    """Return what a note claims, verified by nobody: only to choose the key that decides.

    Raises:
        TooLargeError, BadCanonicalError: not a checkpoint note within the bounds.
    """
    return parse_checkpoint(parse_note(data).text)


def open_checkpoint(
    data: bytes, log_key: NoteKey, witness_keys: Iterable[NoteKey] = ()
) -> CheckpointNote:
    """Return the checkpoint of a note that log_key signed; cosignatures of others are dropped.

    Args:
        data: the note, at most 16 KiB and 32 signature lines.
        log_key: the key that the roster names for this origin and size; its name is the origin.
        witness_keys: keys whose cosignatures count, each named ``org/w``.

    Raises:
        TooLargeError, BadCanonicalError: not a checkpoint note within the bounds.
        BadSignatureError: the log did not sign it, the key is another origin's, or the line of
            a known key does not verify.
    """
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != log_key.name:
        raise BadSignatureError("the key of another log")
    verified = open_note(note, (log_key, *witness_keys)).verified
    log_line = next((line for key, line in verified if key == log_key), None)
    if log_line is None:
        raise BadSignatureError("the log did not sign this checkpoint")
    return _assemble(checkpoint, log_line, _cosignatures(verified))


def open_cosignatures(
    note: CheckpointNote, data: bytes, witness_keys: Iterable[NoteKey]
) -> tuple[Cosignature, ...]:
    """Return the cosignatures over note among lines that a witness answered.

    Raises:
        TooLargeError, BadCanonicalError: not signature lines within the bounds.
        BadSignatureError: the line of a known key does not verify.
    """
    lines = parse_signature_lines(data)
    return tuple(_cosignatures(verify_lines(note.checkpoint.text(), lines, witness_keys)))


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> bytes:
    """Return the note of checkpoint signed by its log's key, without cosignatures.

    Raises:
        InputError: the origin cannot stand in a note.
    """
    text = checkpoint.text()
    line = sign_note(text, checkpoint.origin, key)
    return Note(text=text, lines=(line,)).encode()


def cosign_checkpoint(checkpoint: Checkpoint, org: str, key: SigningKey, time: int) -> Cosignature:
    """Return the cosignature of org, by its witness key, over checkpoint at time (unix seconds)."""
    line = cosign(checkpoint.text(), org + _WITNESS_SUFFIX, key, time)
    return Cosignature(org=org, time=time, line=line)


def add_cosignatures(note: CheckpointNote, more: Iterable[Cosignature]) -> CheckpointNote:
    """Return note with more verified cosignatures of the same text: the newest of each org.

    When there are over 31 the newest 31 stay.
    """
    return _assemble(note.checkpoint, note.log_line, (*note.cosignatures, *more))


def merge(one: CheckpointNote, other: CheckpointNote) -> CheckpointNote:
    """Return one with the cosignatures of both.

    Raises:
        InputError: the notes are of different texts.
    """
    if one.checkpoint != other.checkpoint:
        raise InputError("notes of different texts cannot be merged")
    return add_cosignatures(one, other.cosignatures)


def _assemble(
    checkpoint: Checkpoint, log_line: SignatureLine, cosignatures: Iterable[Cosignature]
) -> CheckpointNote:
    newest: dict[str, Cosignature] = {}
    for cosignature in cosignatures:
        held = newest.get(cosignature.org)
        if held is None or cosignature.time > held.time:
            newest[cosignature.org] = cosignature
    kept = sorted(newest.values(), key=lambda one: (-one.time, one.org))[:MAX_COSIGNATURES]
    kept.sort(key=lambda one: one.org)
    lines = (log_line, *(one.line for one in kept))
    return CheckpointNote(
        checkpoint=checkpoint,
        data=Note(text=checkpoint.text(), lines=lines).encode(),
        log_line=log_line,
        cosignatures=tuple(kept),
    )


def _cosignatures(verified: Iterable[tuple[NoteKey, SignatureLine]]) -> list[Cosignature]:
    return [
        Cosignature(
            org=key.name.removesuffix(_WITNESS_SUFFIX), time=cosignature_time(line), line=line
        )
        for key, line in verified
        if key.kind == KIND_COSIGNATURE and key.name.endswith(_WITNESS_SUFFIX)
    ]
