"""How is a body made readable by the named organisations and by nobody else?

docs/protocol.md section 4: padded, encrypted once under a content key (CEK), the CEK wrapped for
each recipient with X-Wing HPKE.  Everything that names the entry is bound into both layers, so
neither works at another place, for another recipient or around another content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from integra_protocol.canonical import domain, lp, u64
from integra_protocol.content import Content, parse_content
from integra_protocol.entry import Header, check_blob, commitment
from integra_protocol.errors import BadBodyError, BadCanonicalError, InputError, TooLargeError
from integra_protocol.keys import KemPrivateKey, kem_seal, short_key_id
from integra_protocol.limits import (
    CEK_BYTES,
    MAX_BLOB_BYTES,
    NONCE_BYTES,
    SALT_BYTES,
)

_TAG_BYTES: Final = 16
_LENGTH_BYTES: Final = 4
_STEPS: Final = (512, 1_024, 2_048, 4_096, 8_192)  # bytes; above them multiples of the last
_WRAP_DOMAIN: Final = domain("wrap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed body: blob, its SHA-256, one wrap (1,168 bytes) an organisation, and the CEK."""

    blob: bytes
    ciphertext_hash: bytes
    wraps: dict[str, bytes]
    cek: bytes

    def __repr__(self) -> str:
        """Show sizes only: the CEK opens the body."""
        return f"Sealed({len(self.blob)} bytes for {sorted(self.wraps)})"


def padded_length(length: int) -> int:
    """Return the smallest allowed plaintext length not below ``length``, in bytes."""
    for step in _STEPS:
        if length <= step:
            return step
    largest = _STEPS[-1]
    return -(-length // largest) * largest


def sealed_blob_length(length: int) -> int:
    """Return the blob's length for ``length`` bytes of salt and content together."""
    return NONCE_BYTES + padded_length(length + 2 * _LENGTH_BYTES) + _TAG_BYTES


def seal(
    *,
    content: bytes,
    salt: bytes,
    origin: str,
    index: int,
    commitment: bytes,
    recipients: Mapping[str, bytes],
    random: Callable[[int], bytes],
) -> Sealed:
    """Encrypt content bytes for ``recipients`` (organisation to 1,216-byte key, issuer included).

    ``random`` is asked for the CEK (32 bytes), then for the nonce (24 bytes).

    Raises:
        InputError: salt not 32 bytes, blob over 307,200 bytes, or nobody to read it.
        BadCanonicalError: a recipient's key is not usable.
    """
    if len(salt) != SALT_BYTES:
        raise InputError("salt is not 32 bytes")
    if not recipients:
        raise InputError("no recipients")
    if sealed_blob_length(len(salt) + len(content)) > MAX_BLOB_BYTES:
        raise InputError("blob over 307,200 bytes")
    cek, nonce = random(CEK_BYTES), random(NONCE_BYTES)
    fields = lp(salt, content)
    plain = fields.ljust(padded_length(len(fields)), b"\0")
    aad = _entry_context(origin, index, commitment)
    blob = nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plain, aad, nonce, cek)
    wraps = {
        org: wrap_cek(
            cek, origin=origin, index=index, commitment=commitment, org=org, public=public
        )
        for org, public in sorted(recipients.items())
    }
    return Sealed(blob=blob, ciphertext_hash=sha256(blob).digest(), wraps=wraps, cek=cek)


def wrap_cek(
    cek: bytes, *, origin: str, index: int, commitment: bytes, org: str, public: bytes
) -> bytes:
    """Return the 1,168-byte wrap of a CEK for ``org`` with the 1,216-byte key ``public``.

    Raises:
        BadCanonicalError: not a usable key.
    """
    info = wrap_info(origin, index, commitment, org, short_key_id(public))
    return kem_seal(public, cek, info)


def unwrap_cek(
    wrap: bytes, *, origin: str, index: int, commitment: bytes, org: str, private: KemPrivateKey
) -> bytes:
    """Return the 32-byte CEK of a wrap made for ``org`` and the key ``private``.

    Raises:
        BadBodyError: ``bad-wrap``, of another size, key, entry, content or recipient.
    """
    info = wrap_info(origin, index, commitment, org, private.key_id)
    return private.open(wrap, info, plaintext_bytes=CEK_BYTES)


def wrap_info(origin: str, index: int, commitment: bytes, org: str, key_id: str) -> bytes:
    """Return the HPKE ``info`` of a wrap: the entry, the content, the recipient and its key."""
    return _WRAP_DOMAIN + lp(origin.encode(), u64(index), commitment, org.encode(), key_id.encode())


def open_blob(header: Header, blob: bytes, cek: bytes) -> tuple[bytes, Content, bytes]:
    """Open a sealed blob and return salt (32 bytes), content and content bytes.

    Raises:
        BadBodyError: ``bad-form`` not sealed, ``bad-blob`` not the header's blob, ``bad-seal``
            not under this CEK or at this place, ``bad-padding``, ``bad-commitment`` another
            content than the header promises, ``bad-content`` not well-formed.
    """
    if not header.sealed:
        raise BadBodyError("bad-form", "a clear blob is not opened")
    check_blob(header, blob)
    salt, content_bytes = _split(_decrypt(header, blob, cek))
    # XChaCha20-Poly1305 does not commit to its key: without this check two recipients
    # could be given two texts under one ciphertext.
    if commitment(salt, content_bytes) != header.commitment:
        raise BadBodyError("bad-commitment")
    try:
        return salt, parse_content(content_bytes), content_bytes
    except (BadCanonicalError, TooLargeError) as error:
        raise BadBodyError("bad-content", error.detail) from error


def _entry_context(origin: str, index: int, commitment: bytes) -> bytes:
    return lp(origin.encode(), u64(index), commitment)


def _decrypt(header: Header, blob: bytes, cek: bytes) -> bytes:
    if len(blob) < NONCE_BYTES + _TAG_BYTES or len(cek) != CEK_BYTES:
        raise BadBodyError("bad-seal", "blob or key of another size")
    aad = _entry_context(header.origin, header.index, header.commitment)
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(
            blob[NONCE_BYTES:], aad, blob[:NONCE_BYTES], cek
        )
    except CryptoError as error:
        raise BadBodyError("bad-seal") from error


def _split(plain: bytes) -> tuple[bytes, bytes]:
    salt, rest = _field(plain)
    content, padding = _field(rest)
    used = len(plain) - len(padding)
    if len(salt) != SALT_BYTES or len(plain) != padded_length(used):
        raise BadBodyError("bad-padding", "fields or padding of another length")
    if padding.count(0) != len(padding):
        raise BadBodyError("bad-padding", "padding is not zero")
    return salt, content


def _field(data: bytes) -> tuple[bytes, bytes]:
    end = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "big")
    if len(data) < _LENGTH_BYTES or len(data) < end:
        raise BadBodyError("bad-padding", "field runs past the end")
    return data[_LENGTH_BYTES:end], data[end:]
