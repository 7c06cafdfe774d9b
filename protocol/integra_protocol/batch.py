"""What does a batch of log leaves look like on the wire (docs/protocol.md section 6)?

Form only: bounds, canonical encoding, states that fit their blobs.  Whether the leaves belong to
the log is ``follow``'s question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from integra_protocol.canonical import (
    Value,
    decode_map,
    encode,
    require_keys,
    take_bytes,
    take_int,
    take_list,
    take_str,
)
from integra_protocol.errors import BadCanonicalError, InputError, IntegraError, TooLargeError
from integra_protocol.keys import parse_org, parse_origin
from integra_protocol.limits import (
    HASH_BYTES,
    MAX_AUDIENCE,
    MAX_BATCH_BYTES,
    MAX_BATCH_CONTAINERS,
    MAX_BATCH_LEAVES,
    MAX_BLOB_BYTES,
    MAX_HEADER_BYTES,
    MAX_NOTE_BYTES,
    MAX_PROOF_LINES,
    MAX_SIZE,
    WRAP_BYTES,
)

MEDIA_TYPE: Final = "application/vnd.integra.batch+msgpack"

_VERSION: Final = 1
_KEYS: Final = frozenset("ceflopv")
_MAX_DEPTH: Final = 4  # map, e, entry, wraps
_MAX_WRAPS: Final = MAX_AUDIENCE + 1  # the issuer wraps to itself too


class BlobState(IntEnum):
    """What a server says of an entry's blob; its word, to be confirmed before it counts."""

    PRESENT = 0
    ERASED = 1
    ENDED = 2
    ELSEWHERE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEntry:
    """One entry as shown: ``blob`` is there exactly in state PRESENT, ``wraps`` by organisation.

    A wrap has 1,168 bytes.  Erased and ended entries have none.
    """

    header: bytes
    blob: bytes | None
    wraps: Mapping[str, bytes]
    state: BlobState


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The leaves ``[start, end)`` of a log, the entries that the peer may see, one checkpoint.

    ``leaves`` are 32 bytes each, 1 to 512 of them; ``proof`` leads from size ``end`` to the size of
    ``note``, which is a checkpoint note of at most 16 KiB, not yet verified.
    """

    origin: str
    start: int
    leaves: bytes
    entries: tuple[BatchEntry, ...]
    proof: tuple[bytes, ...]
    note: bytes

    @property
    def end(self) -> int:
        """Return the index after the last leaf."""
        return self.start + len(self.leaves) // HASH_BYTES


def encode_batch(batch: Batch) -> bytes:
    """Return the canonical bytes of ``batch``.

    Raises:
        InputError: it breaks a bound of section 6 or 14.
    """
    fields: dict[str, Value] = {
        "c": _text(batch.note),
        "e": [
            [entry.header, entry.blob, dict(entry.wraps), int(entry.state)]
            for entry in batch.entries
        ],
        "f": batch.start,
        "l": batch.leaves,
        "o": batch.origin,
        "p": list(batch.proof),
        "v": _VERSION,
    }
    try:
        _read(fields)
    except IntegraError as error:
        raise InputError(error.detail) from error
    data = encode(fields)
    if len(data) > MAX_BATCH_BYTES:
        raise InputError("a batch of more than 4 MiB")
    return data


def entry_size(entry: BatchEntry) -> int:
    """Return an upper bound, in bytes, of what ``entry`` adds to a batch: for cutting at 4 MiB."""
    blob = 0 if entry.blob is None else len(entry.blob)
    return 32 + len(entry.header) + blob + len(entry.wraps) * (WRAP_BYTES + 80) + HASH_BYTES


def decode_batch(data: bytes) -> Batch:
    """Return the batch that ``data`` is the canonical encoding of.

    Raises:
        TooLargeError: more than 4 MiB, 512 leaves or 63 proof hashes.
        BadCanonicalError: anything else that is not a batch within its bounds.
    """
    fields = decode_map(
        data,
        max_bytes=MAX_BATCH_BYTES,
        max_containers=MAX_BATCH_CONTAINERS,
        max_depth=_MAX_DEPTH,
    )
    return _read(fields)


def _read(fields: Mapping[str, Value]) -> Batch:
    require_keys(fields, _KEYS)
    take_int(fields, "v", low=_VERSION, high=_VERSION)
    origin = take_str(fields, "o", low=1, high=128)
    _check_origin(origin)
    leaves = take_bytes(fields, "l")
    count, rest = divmod(len(leaves), HASH_BYTES)
    if rest or count == 0:
        raise BadCanonicalError("l: not one or more hashes of 32 bytes")
    if count > MAX_BATCH_LEAVES:
        raise TooLargeError(f"a batch has at most {MAX_BATCH_LEAVES} leaves")
    return Batch(
        origin=origin,
        start=take_int(fields, "f", high=MAX_SIZE - count),
        leaves=leaves,
        entries=tuple([_entry(item) for item in take_list(fields, "e", high=count)]),
        proof=tuple([_proof_hash(item) for item in take_list(fields, "p", high=MAX_PROOF_LINES)]),
        note=take_str(fields, "c", low=1, high=MAX_NOTE_BYTES).encode(),
    )


def _entry(item: Value) -> BatchEntry:
    if type(item) is not list or len(item) != 4:
        raise BadCanonicalError("e: an entry has four fields")
    header, blob, wraps, state = item
    if type(header) is not bytes or not 0 < len(header) <= MAX_HEADER_BYTES:
        raise BadCanonicalError("e: not a header within its bounds")
    if type(state) is not int or state > BlobState.ELSEWHERE:
        raise BadCanonicalError("e: not a state")
    if blob is not None and (type(blob) is not bytes or len(blob) > MAX_BLOB_BYTES):
        raise BadCanonicalError("e: not a blob within its bounds")
    if (blob is None) == (state == BlobState.PRESENT):
        raise BadCanonicalError("e: a state that does not fit its blob")
    if type(wraps) is not dict or len(wraps) > _MAX_WRAPS:
        raise BadCanonicalError("e: not wraps within their bounds")
    if wraps and state in (BlobState.ERASED, BlobState.ENDED):
        raise BadCanonicalError("e: wraps of an entry that is gone")
    return BatchEntry(
        header=header,
        blob=blob,
        wraps={_checked_org(org): _wrap(wrap) for org, wrap in wraps.items()},
        state=_STATES[state],
    )


def _wrap(wrap: Value) -> bytes:
    if type(wrap) is not bytes or len(wrap) != WRAP_BYTES:
        raise BadCanonicalError("e: a wrap has 1,168 bytes")
    return wrap


def _proof_hash(item: Value) -> bytes:
    if type(item) is not bytes or len(item) != HASH_BYTES:
        raise BadCanonicalError("p: a proof hash has 32 bytes")
    return item


def _text(note: bytes) -> str:
    try:
        return note.decode()
    except UnicodeDecodeError as error:
        raise InputError("a checkpoint note is UTF-8") from error


# A server repeats the same few names in every batch.
@lru_cache(maxsize=1024)
def _checked_org(org: str) -> str:
    return parse_org(org)


@lru_cache(maxsize=1024)
def _check_origin(origin: str) -> None:
    parse_origin(origin)


_STATES: Final = tuple(BlobState)
