"""What is a valid name, and what can be done with each kind of key? (docs/protocol.md section 1).

Every signature check that decides acceptance goes through `verify_ed25519`, that is libsodium:
other libraries give other verdicts on odd signatures, and members must not disagree.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Final, NewType

import nacl.bindings
import nacl.exceptions
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519

from integra_protocol.canonical import b64decode, b64encode, parse_decimal, sha256
from integra_protocol.errors import BadBodyError, BadCanonicalError, InputError, UnavailableError
from integra_protocol.limits import CEK_BYTES, KEM_PUBLIC_BYTES, MAX_SIZE

Org = NewType("Org", str)
"""The name of an organisation, 3..64 characters; never given to another body."""

PUBLIC_BYTES: Final = 32
SEED_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
KIND_NOTE: Final = 0x01
KIND_COSIGNATURE: Final = 0x04

_MLKEM_PUBLIC_BYTES: Final = 1_184
_ENC_BYTES: Final = 1_120
_TAG_BYTES: Final = 16
_ORG: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,62}[a-z0-9]")
_OFFICER: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_KEY_ID: Final = re.compile(r"[0-9a-f]{8}")


def parse_org(text: str) -> Org:
    """Return text as the name of an organisation, or raise BadCanonicalError."""
    if _ORG.fullmatch(text) is None:
        raise BadCanonicalError("not the name of an organisation")
    return Org(text)


def parse_origin(text: str, *, lowest_epoch: int = 1) -> tuple[Org, int]:
    """Return organisation and epoch of a log's origin, ``org/log/epoch``.

    Args:
        text: the origin.
        lowest_epoch: 1, or 0 where the line of a member without log may stand.

    Raises:
        BadCanonicalError: text is not an origin.
    """
    org, separator, epoch_text = text.partition("/log/")
    if not separator:
        raise BadCanonicalError("not the origin of a log")
    epoch = parse_decimal(epoch_text, high=MAX_SIZE)
    if epoch < lowest_epoch:
        raise BadCanonicalError("an epoch below the first")
    return parse_org(org), epoch


def format_origin(org: str, epoch: int) -> str:
    """Return the origin of the log of org in epoch, 1 or more."""
    return f"{org}/log/{epoch}"


def parse_officer_id(text: str) -> str:
    """Return text as the pseudonym of an officer, 1..64 characters, or raise BadCanonicalError."""
    if _OFFICER.fullmatch(text) is None:
        raise BadCanonicalError("not the pseudonym of an officer")
    return text


def parse_key_name(text: str) -> str:
    """Return text as the name of a note key: no space, no plus, no control character.

    Raises:
        BadCanonicalError: text is empty or has such a character (C2SP signed-note).
    """
    if not text or "+" in text or not text.isprintable() or " " in text:
        raise BadCanonicalError("not the name of a note key")
    return text


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether signature is one by public over message (RFC 8032 5.1.7, libsodium's rules).

    Wrong lengths are no error, only no signature.
    """
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        nacl.bindings.crypto_sign_open(signature + message, public)
    except nacl.exceptions.BadSignatureError:
        return False
    return True


def is_valid_public(public: bytes) -> bool:
    """Say whether public is a canonical Ed25519 point of the main subgroup, not of small order."""
    return len(public) == PUBLIC_BYTES and nacl.bindings.crypto_core_ed25519_is_valid_point(public)


def short_key_id(public: bytes) -> str:
    """Return the id of a kem or req key: the first 8 hex digits of its SHA-256."""
    return sha256(public)[:4].hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """An Ed25519 private key (RFC 8032); its repr shows the public half only."""

    public: bytes
    _secret: bytes = field(repr=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """Return the key of a 32-byte seed.

        Raises:
            InputError: seed has another length.
        """
        if len(seed) != SEED_BYTES:
            raise InputError("an Ed25519 seed has 32 bytes")
        public, secret = nacl.bindings.crypto_sign_seed_keypair(seed)
        return cls(public=public, _secret=secret)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature over message."""
        return nacl.bindings.crypto_sign(message, self._secret)[:SIGNATURE_BYTES]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteKey:
    """A public key that signs notes under a name (C2SP signed-note, tlog-cosignature).

    kind is 0x01 for logs, founders and request keys, 0x04 for witnesses.
    """

    name: str
    kind: int
    public: bytes
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Derive the 4-byte key id."""
        tail = bytes((self.kind,)) + self.public
        object.__setattr__(self, "key_id", sha256(self.name.encode() + b"\n" + tail)[:4])

    def vkey(self) -> str:
        """Return ``name+key id+base64(kind || public)``."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes((self.kind,)) + self.public)}"


def parse_vkey(text: str) -> NoteKey:
    """Return the key that text spells (C2SP signed-note, "Verifier keys").

    Raises:
        BadCanonicalError: wrong form, a kind other than 0x01 and 0x04, a key id that does not
            belong to name and key, or a key that is no valid point.
    """
    name, key_id, encoded = _split_vkey(text)
    data = b64decode(encoded)
    if len(data) != 1 + PUBLIC_BYTES or data[0] not in (KIND_NOTE, KIND_COSIGNATURE):
        raise BadCanonicalError("not an Ed25519 verifier key")
    key = NoteKey(name=name, kind=data[0], public=data[1:])
    if key.key_id.hex() != key_id:
        raise BadCanonicalError("a key id that is not that of the key")
    if not is_valid_public(key.public):
        raise BadCanonicalError("not a valid public key")
    return key


def _split_vkey(text: str) -> tuple[str, str, str]:
    parts = text.split("+", 2)
    if len(parts) != 3 or _KEY_ID.fullmatch(parts[1]) is None:
        raise BadCanonicalError("not a verifier key")
    return parse_key_name(parts[0]), parts[1], parts[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class KemPrivateKey:
    """An MLKEM768-X25519 private key that opens wraps (HPKE KEM 0x647A)."""

    public_bytes: bytes
    _key: hpke.MLKEM768X25519PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> KemPrivateKey:
        """Return the key of a 32-byte seed, expanded by SHAKE-256 (docs/protocol.md section 1).

        Raises:
            InputError: seed has another length.
            UnavailableError: the cryptographic library of this machine lacks ML-KEM-768.
        """
        if len(seed) != SEED_BYTES:
            raise InputError("a kem seed has 32 bytes")
        expanded = hashlib.shake_256(seed).digest(96)
        try:
            lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        except UnsupportedAlgorithm as error:
            raise UnavailableError("ML-KEM-768 is missing: cryptography 48 or newer") from error
        curve = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
        return cls(
            public_bytes=lattice.public_key().public_bytes_raw()
            + curve.public_key().public_bytes_raw(),
            _key=hpke.MLKEM768X25519PrivateKey(lattice, curve),
        )

    @property
    def key_id(self) -> str:
        """The 8 hex digits under which the public half is published."""
        return short_key_id(self.public_bytes)

    def open(self, wrap: bytes, info: bytes, *, plaintext_bytes: int = CEK_BYTES) -> bytes:
        """Return the plaintext that wrap seals for this key (RFC 9180 6.1, base mode).

        Args:
            wrap: enc (1,120 bytes) and ciphertext.
            info: the bytes that bind the wrap to its place.
            plaintext_bytes: the length that the plaintext must have; checked before any
                decryption, so that no length can serve as an oracle.

        Raises:
            BadBodyError: ``bad-wrap``: wrong length, other key, other info, or altered bytes.
        """
        if len(wrap) != _ENC_BYTES + plaintext_bytes + _TAG_BYTES:
            raise BadBodyError("bad-wrap", "wrap of the wrong length")
        try:
            return _suite().decrypt(wrap, self._key, info=info)
        except (InvalidTag, ValueError) as error:
            raise BadBodyError("bad-wrap") from error


def kem_seal(public_bytes: bytes, plaintext: bytes, info: bytes) -> bytes:
    """Return enc (1,120 bytes) and ciphertext of plaintext for a kem key (RFC 9180 6.1).

    The ephemeral keys come from the library; there is no way to give it randomness.

    Raises:
        BadCanonicalError: public_bytes is not a kem key of 1,216 bytes.
    """
    public = _load_kem_public(public_bytes)
    try:
        return _suite().encrypt(plaintext, public, info=info)
    except ValueError as error:  # an X25519 half of small order gives the all-zero secret
        raise BadCanonicalError("not a valid kem key") from error


def check_kem_public(public_bytes: bytes) -> None:
    """Raise BadCanonicalError unless public_bytes is a kem key that can be sealed to."""
    kem_seal(public_bytes, b"", b"")


def _load_kem_public(public_bytes: bytes) -> hpke.MLKEM768X25519PublicKey:
    if len(public_bytes) != KEM_PUBLIC_BYTES:
        raise BadCanonicalError("a kem key has 1,216 bytes")
    try:
        lattice = mlkem.MLKEM768PublicKey.from_public_bytes(public_bytes[:_MLKEM_PUBLIC_BYTES])
        curve = x25519.X25519PublicKey.from_public_bytes(public_bytes[_MLKEM_PUBLIC_BYTES:])
    except ValueError as error:
        raise BadCanonicalError("not a valid kem key") from error
    return hpke.MLKEM768X25519PublicKey(lattice, curve)


def _suite() -> hpke.Suite:
    return hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
