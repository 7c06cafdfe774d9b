"""Who signed this text? Reads, checks and signs C2SP signed notes.

A note is a text, a blank line and signature lines.  Lines of unknown keys are ignored; a known
key with a bad signature kills the note (C2SP signed-note; cosignatures by C2SP tlog-cosignature).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from integra_protocol.canonical import b64decode, b64encode, u64
from integra_protocol.errors import BadCanonicalError, BadSignatureError, InputError, TooLargeError
from integra_protocol.keys import (
    KIND_COSIGNATURE,
    KIND_NOTE,
    SIGNATURE_BYTES,
    NoteKey,
    SigningKey,
    parse_key_name,
    verify_ed25519,
)
from integra_protocol.limits import MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES

_CONTROL: Final = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_MARK: Final = "\u2014 "
_KEY_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8
_MAX_TIME: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureLine:
    """One line below a note: who says to have signed, the 4-byte key id, the signature bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def encode(self) -> str:
        """Return the line with its line end."""
        return f"{_MARK}{self.name} {b64encode(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text and the signature lines below it; of the form of a note, not yet verified."""

    text: str
    lines: tuple[SignatureLine, ...]

    def encode(self) -> bytes:
        """Return the note as it travels, UTF-8."""
        return f"{self.text}\n{''.join(line.encode() for line in self.lines)}".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedNote:
    """A text that the keys in verified signed, each with its line, in the order of the lines."""

    text: str
    verified: tuple[tuple[NoteKey, SignatureLine], ...]


def parse_note(
    data: bytes, *, max_bytes: int = MAX_NOTE_BYTES, max_lines: int = MAX_NOTE_SIGNATURES
) -> Note:
    """Return the text and lines of a note without verifying anything.

    Raises:
        TooLargeError: more bytes or signature lines than allowed.
        BadCanonicalError: not of the form of a note.
    """
    if len(data) > max_bytes:
        raise TooLargeError(f"a note of {len(data)} bytes, at most {max_bytes}")
    whole = _decode_text(data)
    text, separator, tail = whole.rpartition("\n\n")
    if not separator or not text:
        raise BadCanonicalError("a note without text or blank line")
    return Note(text=text + "\n", lines=_parse_lines(tail, max_lines))


def parse_signature_lines(
    data: bytes, *, max_bytes: int = MAX_NOTE_BYTES, max_lines: int = MAX_NOTE_SIGNATURES
) -> tuple[SignatureLine, ...]:
    """Return signature lines that came without their text (C2SP tlog-witness, answer 200).

    Raises:
        TooLargeError: more bytes or lines than allowed.
        BadCanonicalError: not one or more signature lines.
    """
    if len(data) > max_bytes:
        raise TooLargeError(f"signature lines of {len(data)} bytes, at most {max_bytes}")
    return _parse_lines(_decode_text(data), max_lines)


def open_note(note: Note | bytes, known: Iterable[NoteKey]) -> OpenedNote:
    """Return the text of a note that at least one known key signed.

    Args:
        note: a parsed note, or the bytes of one within the default bounds.
        known: the keys whose lines count; they come from the roster or the configuration.

    Raises:
        TooLargeError, BadCanonicalError: as `parse_note`, when bytes are given.
        BadSignatureError: a line of a known key does not verify, or no known key signed.
    """
    parsed = parse_note(note) if isinstance(note, bytes) else note
    verified = verify_lines(parsed.text, parsed.lines, known)
    if not verified:
        raise BadSignatureError("no known key signed this note")
    return OpenedNote(text=parsed.text, verified=verified)


def verify_lines(
    text: str, lines: Iterable[SignatureLine], known: Iterable[NoteKey]
) -> tuple[tuple[NoteKey, SignatureLine], ...]:
    """Return the lines of known keys with their keys, in order; lines of others are left out.

    Raises:
        BadSignatureError: a line of a known key does not verify over text.
    """
    by_hint: dict[tuple[str, bytes], list[NoteKey]] = {}
    for key in known:
        by_hint.setdefault((key.name, key.key_id), []).append(key)
    verified = []
    for line in lines:
        candidates = by_hint.get((line.name, line.key_id))
        if candidates is None:
            continue
        # Key ids have 4 bytes, so two keys of one name may share one.
        signer = next((key for key in candidates if _is_signed(key, text, line.signature)), None)
        if signer is None:
            raise BadSignatureError(f"the signature of {line.name} does not verify")
        verified.append((signer, line))
    return tuple(verified)


def sign_note(text: str, name: str, key: SigningKey) -> SignatureLine:
    """Return the signature line of key, under name, over text (type 0x01).

    Raises:
        InputError: text cannot be that of a note, or name that of a key.
    """
    hint = _own_key(text, name, KIND_NOTE, key)
    return SignatureLine(name=name, key_id=hint.key_id, signature=key.sign(text.encode()))


def cosign(text: str, name: str, key: SigningKey, time: int) -> SignatureLine:
    """Return the cosignature line of witness key, under name, over text at time (type 0x04).

    Raises:
        InputError: text, name or time (unix seconds, 0..2**63-1) cannot be signed.
    """
    if not 0 <= time <= _MAX_TIME:
        raise InputError("a time that cannot be signed")
    hint = _own_key(text, name, KIND_COSIGNATURE, key)
    signature = u64(time) + key.sign(_cosigned(text, time))
    return SignatureLine(name=name, key_id=hint.key_id, signature=signature)


def cosignature_time(line: SignatureLine) -> int:
    """Return the unix seconds that a cosignature line states; trust it only when verified.

    Raises:
        BadCanonicalError: the line is no Ed25519 cosignature.
    """
    if len(line.signature) != _TIME_BYTES + SIGNATURE_BYTES:
        raise BadCanonicalError("not a cosignature")
    return int.from_bytes(line.signature[:_TIME_BYTES], "big")


def _is_signed(key: NoteKey, text: str, signature: bytes) -> bool:
    if key.kind == KIND_NOTE:
        return verify_ed25519(key.public, text.encode(), signature)
    if key.kind != KIND_COSIGNATURE or len(signature) != _TIME_BYTES + SIGNATURE_BYTES:
        return False
    time = int.from_bytes(signature[:_TIME_BYTES], "big")
    if time > _MAX_TIME:
        return False
    return verify_ed25519(key.public, _cosigned(text, time), signature[_TIME_BYTES:])


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _own_key(text: str, name: str, kind: int, key: SigningKey) -> NoteKey:
    try:
        _decode_text(text.encode())
        parse_key_name(name)
    except (BadCanonicalError, UnicodeEncodeError) as error:
        raise InputError("a text or name that cannot be signed") from error
    if not text.endswith("\n") or text == "\n":
        raise InputError("the text of a note is not empty and ends its last line")
    return NoteKey(name=name, kind=kind, public=key.public)


def _decode_text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise BadCanonicalError("a note that is not UTF-8") from error
    if _CONTROL.search(data):
        raise BadCanonicalError("a note with a control character")
    return text


def _parse_lines(tail: str, max_lines: int) -> tuple[SignatureLine, ...]:
    if not tail.endswith("\n"):
        raise BadCanonicalError("no signature line, or one without end")
    rows = tail[:-1].split("\n")
    if len(rows) > max_lines:
        raise TooLargeError(f"{len(rows)} signature lines, at most {max_lines}")
    return tuple(_parse_line(row) for row in rows)


def _parse_line(row: str) -> SignatureLine:
    if not row.startswith(_MARK):
        raise BadCanonicalError("not a signature line")
    name, separator, encoded = row[len(_MARK) :].partition(" ")
    if not separator:
        raise BadCanonicalError("a signature line without signature")
    data = b64decode(encoded)
    if len(data) <= _KEY_ID_BYTES:
        raise BadCanonicalError("a signature line without signature")
    return SignatureLine(
        name=parse_key_name(name), key_id=data[:_KEY_ID_BYTES], signature=data[_KEY_ID_BYTES:]
    )
