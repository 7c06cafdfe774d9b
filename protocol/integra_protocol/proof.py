"""What does a proof of one entry hold, and is that entry in the log that it names?

The file is a C2SP tlog-proof whose ``extra`` carries the entry (docs/protocol.md section 10,
"Portable proof file").  ``open_proof`` needs one roster and answers whether the entry is in the
log; what a third party may conclude from it is ``proof_verdict``'s question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from integra_protocol.canonical import (
    Value,
    b64decode,
    b64encode,
    decode,
    encode,
    parse_decimal,
)
from integra_protocol.checkpoint import CheckpointNote, open_checkpoint, peek_checkpoint
from integra_protocol.content import Content, parse_content, split_clear_blob
from integra_protocol.entry import Header, check_blob, commitment, entry_leaf, parse_header
from integra_protocol.errors import (
    BadBodyError,
    BadCanonicalError,
    BadProofError,
    InconsistentError,
    InputError,
    IntegraError,
    TooLargeError,
)
from integra_protocol.keys import NoteKey
from integra_protocol.limits import (
    HASH_BYTES,
    MAX_BLOB_BYTES,
    MAX_CONTENT_BYTES,
    MAX_HEADER_BYTES,
    MAX_NOTE_BYTES,
    MAX_PROOF_LINES,
    MAX_SIZE,
    SALT_BYTES,
    WRAP_BYTES,
)
from integra_protocol.merkle import root_from_inclusion
from integra_protocol.roster import Roster

FILE_SUFFIX: Final = ".tlog-proof"
MAX_PROOF_BYTES: Final = 4 * 1024 * 1024
MAX_CERTS: Final = 256  # proofs of other entries carried along

_TITLE: Final = "c2sp.org/tlog-proof@v1"
_MAX_EXTRA_BYTES: Final = 3 * 1024 * 1024
_MAX_CERT_BYTES: Final = 64 * 1024
_PARTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofFile:
    """One proof as it is written; nothing of it is verified.

    ``hashes`` lead from the entry's leaf to the root of ``note``, a checkpoint.  ``blob`` is the
    body as the log holds it; ``wrap`` (1,168 bytes) seals its key to one organisation; ``opening``
    is salt and content of a sealed entry, added when a person entitled to disclose exports it.
    ``certs`` are whole proofs of ``officer`` entries of the same log, and of whatever lies between.
    """

    index: int
    hashes: tuple[bytes, ...]
    note: bytes
    header: bytes
    blob: bytes | None
    wrap: bytes | None = None
    opening: bytes | None = None
    certs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenEntry:
    """An entry that is at ``header.index`` of the tree that the log signed in ``note``.

    ``blob`` belongs to the header; ``salt`` and ``content`` are there when the file discloses them.
    """

    header: Header
    note: CheckpointNote
    blob: bytes | None
    salt: bytes | None
    content: Content | None


def encode_proof(proof: ProofFile) -> str:
    """Return the text of the file.

    Raises:
        InputError: a part is over its bound.
    """
    extra: list[Value] = [proof.header, proof.blob, proof.wrap, proof.opening, [*proof.certs]]
    head = [
        _TITLE,
        f"extra {b64encode(encode(extra))}",
        f"index {proof.index}",
        *map(b64encode, proof.hashes),
    ]
    try:
        text = "\n".join(head) + "\n\n" + proof.note.decode()
        parse_proof(text)
    except (IntegraError, UnicodeDecodeError) as error:
        raise InputError(f"not a proof within its bounds: {error}") from error
    return text


def parse_proof(text: str) -> ProofFile:
    """Return the parts of a proof file.

    Raises:
        TooLargeError: more than 4 MiB, 63 hashes or 256 certs.
        BadCanonicalError: not of the form of a proof.
    """
    if len(text) > MAX_PROOF_BYTES:
        raise TooLargeError(f"a proof has at most {MAX_PROOF_BYTES} bytes")
    head, separator, note = text.partition("\n\n")
    lines = head.split("\n", MAX_PROOF_LINES + 3)
    if not separator or len(lines) < 3 or lines[0] != _TITLE:
        raise BadCanonicalError("not a proof of version 1")
    if len(lines) > MAX_PROOF_LINES + 3:
        raise TooLargeError(f"a proof has at most {MAX_PROOF_LINES} hashes")
    header, blob, wrap, opening, certs = _extra(_after("extra ", lines[1]))
    return ProofFile(
        index=parse_decimal(_after("index ", lines[2]), high=MAX_SIZE),
        hashes=tuple(_hash(line) for line in lines[3:]),
        note=_note(note),
        header=header,
        blob=blob,
        wrap=wrap,
        opening=opening,
        certs=certs,
    )


def open_proof(
    proof: ProofFile, roster: Roster, *, witness_keys: Iterable[NoteKey] = ()
) -> ProvenEntry:
    """Return the entry of a proof, after checking that it is in the log.

    Args:
        proof: a parsed file.
        roster: names the log keys.
        witness_keys: the keys whose cosignatures are kept in the result.

    Raises:
        UnknownLogError: the roster does not know the log.
        BadSignatureError: the log did not sign the checkpoint, or a known line is bad.
        BadProofError, InconsistentError: the entry is not at its place in the signed tree.
        BadBodyError: blob or opening is not what the header commits to.
        BadCanonicalError, TooLargeError: header, note or content is malformed.
    """
    claimed = peek_checkpoint(proof.note)
    log_key = roster.log_key(claimed.origin, claimed.size)
    note = open_checkpoint(proof.note, log_key, witness_keys)
    checkpoint = note.checkpoint
    leaf = entry_leaf(proof.header)
    root = root_from_inclusion(leaf, proof.index, checkpoint.size, proof.hashes)
    if root != checkpoint.root:
        raise InconsistentError("the entry is not in the tree that the log signed")
    header = parse_header(proof.header)
    if header.origin != checkpoint.origin or header.index != proof.index:
        raise BadProofError("the header names another place than the one where it is")
    if proof.blob is not None:
        check_blob(header, proof.blob)
    salt, content = _disclosed(proof, header)
    return ProvenEntry(header=header, note=note, blob=proof.blob, salt=salt, content=content)


def _disclosed(proof: ProofFile, header: Header) -> tuple[bytes | None, Content | None]:
    opening = proof.opening
    if opening is None:
        if proof.blob is None or header.sealed:
            return None, None
        return split_clear_blob(header, proof.blob)
    salt, content_bytes = opening[:SALT_BYTES], opening[SALT_BYTES:]
    if commitment(salt, content_bytes) != header.commitment:
        raise BadBodyError("bad-blob", "the opening is not what the header commits to")
    content = parse_content(content_bytes)
    if not header.sealed and content.kind != header.kind:
        raise BadBodyError("bad-form", "content of another kind than the header")
    return salt, content


_Extra = tuple[bytes, bytes | None, bytes | None, bytes | None, tuple[str, ...]]


def _extra(text: str) -> _Extra:
    data = b64decode(text)
    parts = decode(data, max_bytes=_MAX_EXTRA_BYTES, max_containers=2, max_depth=2)
    if type(parts) is not list or len(parts) != _PARTS:
        raise BadCanonicalError("extra: not five parts")
    header, blob, wrap, opening, certs = parts
    if type(header) is not bytes or len(header) > MAX_HEADER_BYTES:
        raise BadCanonicalError("extra: not a header")
    return (
        header,
        _optional(blob, "blob", 0, MAX_BLOB_BYTES),
        _optional(wrap, "wrap", WRAP_BYTES, WRAP_BYTES),
        _optional(opening, "opening", SALT_BYTES, SALT_BYTES + MAX_CONTENT_BYTES),
        _certs(certs),
    )


def _optional(value: Value, what: str, low: int, high: int) -> bytes | None:
    if value is None:
        return None
    if type(value) is not bytes or not low <= len(value) <= high:
        raise BadCanonicalError(f"extra: not a {what} within its bounds")
    return value


def _certs(value: Value) -> tuple[str, ...]:
    if type(value) is not list:
        raise BadCanonicalError("extra: certs are a list")
    if len(value) > MAX_CERTS:
        raise TooLargeError(f"a proof carries at most {MAX_CERTS} others")
    texts = [text for text in value if type(text) is str and len(text) <= _MAX_CERT_BYTES]
    if len(texts) != len(value):
        raise BadCanonicalError("extra: a cert is the text of a proof within its bounds")
    return tuple(texts)


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        raise BadCanonicalError(f"a proof has a line {word.strip()}")
    return line[len(word) :]


def _hash(line: str) -> bytes:
    data = b64decode(line)
    if len(data) != HASH_BYTES:
        raise BadCanonicalError("a hash has 32 bytes")
    return data


def _note(text: str) -> bytes:
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise BadCanonicalError("a note is UTF-8") from error
    if len(data) > MAX_NOTE_BYTES:
        raise TooLargeError(f"a note has at most {MAX_NOTE_BYTES} bytes")
    return data
