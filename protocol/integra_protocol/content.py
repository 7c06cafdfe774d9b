"""What is inside a body: which kind, which data, which officer's word?

docs/protocol.md section 4.  Content is the canonical list ``[kind, data, officer, osig]``; the
data is a canonical map carried as bytes, so that the officer's signature covers what was received.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from integra_protocol.canonical import Encodable, Value, decode, decode_map, domain, encode, lp
from integra_protocol.entry import SEALED, Header, check_blob, commitment, is_kind
from integra_protocol.errors import (
    BadBodyError,
    BadCanonicalError,
    InputError,
    ProtocolError,
    TooLargeError,
)
from integra_protocol.keys import SigningKey, parse_officer_id, verify_ed25519
from integra_protocol.limits import (
    MAX_BLOB_BYTES,
    MAX_CONTENT_BYTES,
    MAX_CONTENT_CONTAINERS,
    MAX_CONTENT_DEPTH,
    MAX_DATA_BYTES,
    SALT_BYTES,
)

__all__ = [
    "Content",
    "clear_blob",
    "commitment",
    "make_content",
    "officer_message",
    "parse_content",
    "split_checked_blob",
    "split_clear_blob",
    "verify_officer_signature",
]

_SIGNATURE_BYTES: Final = 64
_PARTS: Final = 4
_OFFICER_DOMAIN: Final = domain("officer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One parsed content; well-formed, its kind's rules and its signature not yet judged.

    ``data_bytes`` are the bytes as received, which the officer signed.  ``officer`` and ``osig``
    (64 bytes) are both there or both absent.
    """

    kind: str
    data: Mapping[str, Value]
    data_bytes: bytes
    officer: str | None
    osig: bytes | None


def make_content(
    kind: str,
    data: Mapping[str, Encodable],
    *,
    audience: Sequence[str],
    salt: bytes,
    officer: str | None = None,
    signer: SigningKey | None = None,
) -> tuple[Content, bytes]:
    """Build a content and its bytes; signed when ``officer`` and ``signer`` are given.

    Args:
        kind: true kind, also when it will be sealed.
        data: the map of the kind.
        audience: the header's ``a``, covered by the signature.
        salt: 32 random bytes, fresh for each entry.
        officer: pseudonym of the signing officer.
        signer: that officer's key.

    Raises:
        InputError: not encodable, over a bound, or only one of officer and signer.
    """
    if len(salt) != SALT_BYTES:
        raise InputError("salt is not 32 bytes")
    if (officer is None) != (signer is None):
        raise InputError("an officer and a key come together")
    data_bytes = encode(data)
    osig = None
    if officer is not None and signer is not None:
        osig = signer.sign(officer_message(officer, kind, audience, salt, data_bytes))
    content_bytes = encode([kind, data_bytes, officer, osig])
    try:
        return parse_content(content_bytes), content_bytes
    except ProtocolError as error:
        raise InputError(f"content: {error.detail}") from error


def parse_content(data: bytes) -> Content:
    """Parse canonical content bytes.

    Raises:
        TooLargeError: content over 307,200 or data over 262,144 bytes.
        BadCanonicalError: not canonical, not the four parts, too deep or too many containers.
    """
    parts = decode(data, max_bytes=MAX_CONTENT_BYTES, max_containers=1, max_depth=1)
    if not isinstance(parts, list) or len(parts) != _PARTS:
        raise BadCanonicalError("content: not a list of four")
    kind, data_bytes, officer, osig = parts
    if not isinstance(kind, str) or not is_kind(kind) or kind == SEALED:
        raise BadCanonicalError("content: not a kind")
    if not isinstance(data_bytes, bytes):
        raise BadCanonicalError("content: data is not bytes")
    if isinstance(officer, str) and isinstance(osig, bytes):
        parse_officer_id(officer)
        if len(osig) != _SIGNATURE_BYTES:
            raise BadCanonicalError("content: signature is not 64 bytes")
    elif officer is not None or osig is not None:
        raise BadCanonicalError("content: officer and signature do not come together")
    return Content(
        kind=kind,
        data=_decode_data(data_bytes),
        data_bytes=data_bytes,
        officer=officer if isinstance(officer, str) else None,
        osig=osig if isinstance(osig, bytes) else None,
    )


def officer_message(
    officer: str, kind: str, audience: Sequence[str], salt: bytes, data_bytes: bytes
) -> bytes:
    """Return the bytes that an officer signs: with the audience, so nobody can forward them."""
    return _OFFICER_DOMAIN + lp(
        officer.encode(), kind.encode(), ",".join(audience).encode(), salt, data_bytes
    )


def verify_officer_signature(
    content: Content, audience: Sequence[str], salt: bytes, public: bytes
) -> bool:
    """Say whether the content carries a good signature by ``public`` (32 bytes, Ed25519)."""
    if content.officer is None or content.osig is None:
        return False
    message = officer_message(content.officer, content.kind, audience, salt, content.data_bytes)
    return verify_ed25519(public, message, content.osig)


def clear_blob(salt: bytes, content_bytes: bytes) -> bytes:
    """Return the blob of a clear entry.

    Raises:
        InputError: salt not 32 bytes, or blob over 307,200 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise InputError("salt is not 32 bytes")
    if SALT_BYTES + len(content_bytes) > MAX_BLOB_BYTES:
        raise InputError("blob over 307,200 bytes")
    return salt + content_bytes


def split_clear_blob(header: Header, blob: bytes) -> tuple[bytes, Content]:
    """Check a clear blob against its header and return salt (32 bytes) and content.

    Raises:
        BadBodyError: ``bad-blob`` not the header's blob, ``bad-content`` not well-formed,
            ``bad-form`` of another kind than the header says or not clear at all.
    """
    if header.sealed:
        raise BadBodyError("bad-form", "a sealed blob must be opened")
    check_blob(header, blob)
    return split_checked_blob(header, blob)


def split_checked_blob(header: Header, blob: bytes) -> tuple[bytes, Content]:
    """Like ``split_clear_blob``, for a clear blob that ``check_blob`` passed a moment ago.

    Raises:
        BadBodyError: ``bad-content`` or ``bad-form``.
    """
    try:
        content = parse_content(blob[SALT_BYTES:])
    except (BadCanonicalError, TooLargeError) as error:
        raise BadBodyError("bad-content", error.detail) from error
    if content.kind != header.kind:
        raise BadBodyError("bad-form", "content of another kind than the header")
    return blob[:SALT_BYTES], content


def _decode_data(data_bytes: bytes) -> dict[str, Value]:
    return decode_map(
        data_bytes,
        max_bytes=MAX_DATA_BYTES,
        max_containers=MAX_CONTENT_CONTAINERS - 1,  # the content's own list is the one more
        max_depth=MAX_CONTENT_DEPTH,
    )
