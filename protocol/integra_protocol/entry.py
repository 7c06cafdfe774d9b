"""What does the header of one log entry say, and does a body belong to it?

docs/protocol.md section 3.  A header is hashed into the tree and never changes; the body (blob)
may be erased and is bound to the header by a salted commitment, or by its own hash when sealed.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Final

import msgpack

from integra_protocol.canonical import Encodable, domain, encode
from integra_protocol.errors import BadBodyError, BadCanonicalError, InputError, TooLargeError
from integra_protocol.keys import Org, parse_org, parse_origin
from integra_protocol.limits import (
    HASH_BYTES,
    MAX_AUDIENCE,
    MAX_BLOB_BYTES,
    MAX_HEADER_BYTES,
    MAX_RETENTION_S,
    MAX_SIZE,
    MAX_TARGETS,
    SALT_BYTES,
)

SEALED: Final = "sealed"
EVERYONE: Final = ("*",)
VERSION: Final = 1

_FIELDS: Final = ("a", "bc", "bl", "ch", "i", "k", "o", "r", "t", "v", "x")
_KIND: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_COMMITMENT_PREFIX: Final = domain("body") + struct.pack(">I", SALT_BYTES)
_u32: Final = struct.Struct(">I").pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The public part of one entry (section 3); what ``parse_header`` returns is valid.

    ``audience`` is ``("*",)`` or sorted organisations without the issuer; ``commitment`` and
    ``ciphertext_hash`` are 32 bytes; ``blob_length`` is in bytes; ``index`` counts leaves from 0;
    ``time`` and ``retention_end`` are unix seconds.  ``time`` is the issuer's word and orders
    nothing.
    """

    audience: tuple[str, ...]
    commitment: bytes
    blob_length: int
    ciphertext_hash: bytes | None
    index: int
    kind: str
    origin: str
    targets: tuple[int, ...]
    time: int
    retention_end: int

    @property
    def sealed(self) -> bool:
        """Say whether the blob is ciphertext."""
        return self.kind == SEALED

    @property
    def issuer(self) -> Org:
        """Return the organisation that owns the log."""
        return _issuer(self.origin)

    def is_for(self, org: str) -> bool:
        """Say whether ``org`` is in the audience; the issuer is not, except of ``*``."""
        return self.audience == EVERYONE or org in self.audience

    def encode(self) -> bytes:
        """Return the canonical bytes, at most 4,096.

        Raises:
            InputError: a field breaks a rule of section 3.
        """
        fields: dict[str, Encodable] = {
            "a": self.audience,
            "bc": self.commitment,
            "bl": self.blob_length,
            "ch": self.ciphertext_hash,
            "i": self.index,
            "k": self.kind,
            "o": self.origin,
            "r": self.targets,
            "t": self.time,
            "v": VERSION,
            "x": self.retention_end,
        }
        data = encode(fields)
        try:
            parse_header(data)
        except (BadCanonicalError, TooLargeError) as error:
            raise InputError(f"header: {error.detail}") from error
        return data


def parse_header(data: bytes) -> Header:
    """Parse canonical header bytes (section 3).

    Raises:
        TooLargeError: more than 4,096 bytes.
        BadCanonicalError: not the one encoding of a map with exactly the eleven valid fields.
    """
    if len(data) > MAX_HEADER_BYTES:
        raise TooLargeError("header over 4,096 bytes")
    audience, commitment, blob_length, hash_, index, kind, origin, targets, time, version, end = (
        _unpack(data)
    )
    if type(origin) is not str or type(audience) is not list or type(targets) is not list:
        raise BadCanonicalError("header: a, o or r has another type")
    issuer = _issuer(origin)
    checked = _audience(audience, issuer)
    if type(commitment) is not bytes or len(commitment) != HASH_BYTES:
        raise BadCanonicalError("header: bc is not 32 bytes")
    if type(blob_length) is not int or not 0 <= blob_length <= MAX_BLOB_BYTES:
        raise BadCanonicalError("header: bl out of range")
    if type(index) is not int or not 0 <= index < MAX_SIZE:
        raise BadCanonicalError("header: i out of range")
    if type(version) is not int or version != VERSION:
        raise BadCanonicalError("header: v is not 1")
    checked_kind, ciphertext_hash = _kind(kind, hash_, checked)
    issued, retention_end = _times(time, end)
    return Header(
        audience=checked,
        commitment=commitment,
        blob_length=blob_length,
        ciphertext_hash=ciphertext_hash,
        index=index,
        kind=checked_kind,
        origin=origin,
        targets=_targets(targets) if targets else (),
        time=issued,
        retention_end=retention_end,
    )


def is_kind(text: str) -> bool:
    """Say whether ``text`` may name a kind: 1..32 of ``a-z0-9-``, a letter first."""
    return _KIND.fullmatch(text) is not None


def entry_leaf(header: bytes) -> bytes:
    """Return the 32-byte leaf hash of header bytes as received (RFC 6962 2.1)."""
    return sha256(b"\0" + header).digest()


def commitment(salt: bytes, content: bytes) -> bytes:
    """Return the 32-byte commitment ``bc`` to a 32-byte salt and content bytes (section 3)."""
    return sha256(b"".join((_COMMITMENT_PREFIX, salt, _u32(len(content)), content))).digest()


def check_blob(header: Header, blob: bytes) -> None:
    """Check that ``blob`` is the body that the header names (section 6, receiver steps 7 and 8).

    Raises:
        BadBodyError: ``bad-blob``, it is not.
    """
    if len(blob) != header.blob_length:
        raise BadBodyError("bad-blob", "blob length differs from bl")
    if header.ciphertext_hash is not None:
        if sha256(blob).digest() != header.ciphertext_hash:
            raise BadBodyError("bad-blob", "blob hash differs from ch")
        return
    if len(blob) < SALT_BYTES:
        raise BadBodyError("bad-blob", "clear blob without a salt")
    if commitment(blob[:SALT_BYTES], blob[SALT_BYTES:]) != header.commitment:
        raise BadBodyError("bad-blob", "commitment differs from bc")


def _unpack(data: bytes) -> tuple[object, ...]:
    # Headers do not go through canonical.decode: the eleven known keys in their order, flat
    # fields of checked types and one re-encoding say the same in a fraction of the time.
    try:
        fields = msgpack.unpackb(
            data,
            raw=False,
            strict_map_key=True,
            max_array_len=MAX_TARGETS,
            max_map_len=len(_FIELDS),
            max_ext_len=0,
        )
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise BadCanonicalError("header: not msgpack") from error
    if type(fields) is not dict or tuple(fields) != _FIELDS:
        raise BadCanonicalError("header: not the eleven fields in order")
    try:
        again = msgpack.packb(fields, use_bin_type=True)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadCanonicalError("header: nested or foreign values") from error
    if again != data:
        raise BadCanonicalError("header: not the canonical encoding")
    return tuple(fields.values())


@lru_cache(maxsize=1024)
def _issuer(origin: str) -> Org:
    return parse_origin(origin)[0]


def _audience(names: list[object], issuer: Org) -> tuple[str, ...]:
    if names == ["*"]:
        return EVERYONE
    if not 1 <= len(names) <= MAX_AUDIENCE:
        raise BadCanonicalError("header: a has not 1..48 names")
    if any(type(name) is not str for name in names):
        raise BadCanonicalError("header: a holds another type")
    return _checked_audience(tuple(map(str, names)), issuer)


@lru_cache(maxsize=1024)
def _checked_audience(names: tuple[str, ...], issuer: Org) -> tuple[str, ...]:
    for name in names:
        parse_org(name)
    if any(left >= right for left, right in pairwise(names)):
        raise BadCanonicalError("header: a is not sorted and distinct")
    if issuer in names:
        raise BadCanonicalError("header: a names the issuer")
    return names


def _kind(kind: object, hash_: object, audience: tuple[str, ...]) -> tuple[str, bytes | None]:
    if type(kind) is not str or not is_kind(kind):
        raise BadCanonicalError("header: k is not a kind")
    if kind != SEALED:
        if hash_ is not None:
            raise BadCanonicalError("header: clear kind with ch")
        return kind, None
    if type(hash_) is not bytes or len(hash_) != HASH_BYTES:
        raise BadCanonicalError("header: sealed without 32 bytes of ch")
    if audience == EVERYONE:
        raise BadCanonicalError("header: sealed to everyone")
    return kind, hash_


def _times(time: object, end: object) -> tuple[int, int]:
    if type(time) is not int or type(end) is not int:
        raise BadCanonicalError("header: t or x is not a number")
    if not 0 <= time < end <= min(time + MAX_RETENTION_S, MAX_SIZE):
        raise BadCanonicalError("header: x is not in t+1 .. t + 10 years")
    return time, end


def _targets(targets: list[object]) -> tuple[int, ...]:
    if len(targets) > MAX_TARGETS:
        raise BadCanonicalError("header: more than 65 targets")
    checked = tuple(item for item in targets if type(item) is int and 0 <= item < MAX_SIZE)
    if len(checked) != len(targets):
        raise BadCanonicalError("header: r holds something else than indexes")
    return checked
