"""Seals: open only here, only for these, only around this content."""

import hashlib
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

from integra_protocol.canonical import lp, u64
from integra_protocol.entry import Header, commitment
from integra_protocol.errors import BadBodyError, BadCanonicalError, InputError, ProtocolError
from integra_protocol.limits import MAX_BLOB_BYTES, WRAP_BYTES
from integra_protocol.sealed import (
    Sealed,
    open_blob,
    padded_length,
    seal,
    sealed_blob_length,
    unwrap_cek,
    wrap_cek,
)
from protocol_entries import (
    EAST,
    EAST_KEM,
    NORTH,
    NORTH_KEM,
    ORIGIN,
    SALT,
    WEST,
    counting_random,
    make_body,
    make_header,
    sealed_header,
)

DATA = {"other_basis": [], "text": "Expected Monday"}
CEK, NONCE = bytes(range(0x40, 0x60)), bytes(24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    header: Header
    sealed: Sealed
    content_bytes: bytes


def sealed_entry() -> Entry:
    _, content_bytes = make_body("handover", DATA, audience=(EAST,), signed=True)
    bc = commitment(SALT, content_bytes)
    sealed = seal(
        content=content_bytes,
        salt=SALT,
        origin=ORIGIN,
        index=7,
        commitment=bc,
        recipients={EAST: EAST_KEM.public_bytes, NORTH: NORTH_KEM.public_bytes},
        random=counting_random(),
    )
    header = sealed_header(
        EAST,
        commitment=bc,
        blob_length=len(sealed.blob),
        ciphertext_hash=sealed.ciphertext_hash,
    )
    return Entry(header=header, sealed=sealed, content_bytes=content_bytes)


ENTRY = sealed_entry()


def around(plain: bytes, **changes: object) -> tuple[Header, bytes]:
    """Return an honest header and blob of an issuer that encrypts just ``plain``."""
    header = make_header(kind="sealed", audience=(EAST,), ciphertext_hash=bytes(32))
    header = replace(header, commitment=ENTRY.header.commitment)
    aad = lp(header.origin.encode(), u64(header.index), header.commitment)
    blob = NONCE + crypto_aead_xchacha20poly1305_ietf_encrypt(plain, aad, NONCE, CEK)
    return (
        replace(
            header,
            blob_length=len(blob),
            ciphertext_hash=hashlib.sha256(blob).digest(),
            **changes,
        ),
        blob,
    )


@pytest.mark.parametrize("org, private", [(EAST, EAST_KEM), (NORTH, NORTH_KEM)])
def test_recipient_and_issuer_open_what_was_sealed(org, private) -> None:
    header = ENTRY.header
    cek = unwrap_cek(
        ENTRY.sealed.wraps[org],
        origin=header.origin,
        index=header.index,
        commitment=header.commitment,
        org=org,
        private=private,
    )
    salt, content, content_bytes = open_blob(header, ENTRY.sealed.blob, cek)
    assert (salt, content.kind, content.data) == (SALT, "handover", DATA)
    assert content_bytes == ENTRY.content_bytes


def test_every_wrap_is_of_one_size_and_for_another_secret() -> None:
    assert {len(wrap) for wrap in ENTRY.sealed.wraps.values()} == {WRAP_BYTES}
    with pytest.raises(BadBodyError) as caught:
        unwrap_cek(
            ENTRY.sealed.wraps[NORTH],
            origin=ORIGIN,
            index=7,
            commitment=ENTRY.header.commitment,
            org=EAST,
            private=EAST_KEM,
        )
    assert caught.value.why == "bad-wrap"


def test_what_was_sealed_never_shows_its_key() -> None:
    assert ENTRY.sealed.cek.hex() not in repr(ENTRY.sealed)
    assert repr(ENTRY.sealed.cek) not in repr(ENTRY.sealed)


STEPS = {0: 512, 1: 512, 512: 512, 513: 1024, 1025: 2048, 2049: 4096, 4097: 8192, 8192: 8192}
STEPS |= {8193: 16384, 16385: 24576, 300_000: 303_104}


@pytest.mark.parametrize("length, padded", STEPS.items())
def test_plaintext_is_padded_to_the_next_step(length, padded) -> None:
    assert padded_length(length) == padded


@pytest.mark.parametrize("length", [40, 504, 505, 8184, 8185])
def test_the_blob_length_is_known_before_sealing(length) -> None:
    sealed = seal(
        content=bytes(length - 32),
        salt=SALT,
        origin=ORIGIN,
        index=0,
        commitment=bytes(32),
        recipients={EAST: EAST_KEM.public_bytes},
        random=counting_random(),
    )
    assert len(sealed.blob) == sealed_blob_length(length)


def fields(salt: bytes = SALT, content: bytes = ENTRY.content_bytes) -> bytes:
    return lp(salt, content)


def padded(data: bytes, length: int = 512) -> bytes:
    return data.ljust(length, b"\0")


DISHONEST = {
    "padding not zero": (padded(fields(), 511) + b"\1", "bad-padding"),
    "not padded": (fields(), "bad-padding"),
    "padded too far": (padded(fields(), 1024), "bad-padding"),
    "padded by one": (padded(fields(), 513), "bad-padding"),
    "nothing": (b"", "bad-padding"),
    "three bytes": (b"\0\0\0", "bad-padding"),
    "zeros only": (bytes(512), "bad-padding"),
    "salt of 31": (padded(fields(salt=SALT[:31])), "bad-padding"),
    "salt past the end": (padded(b"\0\0\2\x20" + SALT), "bad-padding"),
    "content past the end": (padded(lp(SALT) + b"\xff\xff\xff\xff"), "bad-padding"),
    "one field": (lp(bytes(508)), "bad-padding"),
    "another salt": (padded(fields(salt=bytes(32))), "bad-commitment"),
    "another content": (padded(fields(content=b"\x94")), "bad-commitment"),
    "a third field": (padded(fields() + lp(b"x")), "bad-padding"),
}


@pytest.mark.parametrize("plain, why", DISHONEST.values(), ids=DISHONEST.keys())
def test_a_well_encrypted_body_is_refused_for(plain, why) -> None:
    with pytest.raises(BadBodyError) as caught:
        open_blob(*around(plain), CEK)
    assert caught.value.why == why


def test_an_honest_issuers_body_opens() -> None:
    assert open_blob(*around(padded(fields())), CEK)[2] == ENTRY.content_bytes


def test_a_committed_content_that_is_none_is_refused() -> None:
    bc = commitment(SALT, b"\xc3")
    header, _ = around(b"")
    header = replace(header, commitment=bc)
    aad = lp(header.origin.encode(), u64(header.index), bc)
    blob = NONCE + crypto_aead_xchacha20poly1305_ietf_encrypt(
        padded(fields(content=b"\xc3")), aad, NONCE, CEK
    )
    header = replace(header, blob_length=len(blob), ciphertext_hash=hashlib.sha256(blob).digest())
    with pytest.raises(BadBodyError) as caught:
        open_blob(header, blob, CEK)
    assert caught.value.why == "bad-content"


ELSEWHERE = {
    "another origin": {"origin": f"{NORTH}/log/2"},
    "another index": {"index": 8},
    "another commitment": {"commitment": bytes(32)},
}


@pytest.mark.parametrize("change", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_a_sealed_body_does_not_open_under(change) -> None:
    with pytest.raises(BadBodyError) as caught:
        open_blob(replace(ENTRY.header, **change), ENTRY.sealed.blob, ENTRY.sealed.cek)
    assert caught.value.why == "bad-seal"


@pytest.mark.parametrize("cek", [bytes(32), b"", bytes(31)], ids=["other", "none", "short"])
def test_a_sealed_body_does_not_open_with_another_key(cek) -> None:
    with pytest.raises(BadBodyError) as caught:
        open_blob(ENTRY.header, ENTRY.sealed.blob, cek)
    assert caught.value.why == "bad-seal"


def test_a_flipped_bit_of_the_blob_fails_its_hash() -> None:
    for position in range(len(ENTRY.sealed.blob)):
        data = bytearray(ENTRY.sealed.blob)
        data[position] ^= 1 << position % 8
        with pytest.raises(BadBodyError) as caught:
            open_blob(ENTRY.header, bytes(data), ENTRY.sealed.cek)
        assert caught.value.why == "bad-blob"


def test_a_flipped_bit_fails_the_seal_even_when_the_header_says_so() -> None:
    for position in range(0, len(ENTRY.sealed.blob), 7):
        data = bytearray(ENTRY.sealed.blob)
        data[position] ^= 1 << position % 8
        header = replace(ENTRY.header, ciphertext_hash=hashlib.sha256(data).digest())
        with pytest.raises(BadBodyError) as caught:
            open_blob(header, bytes(data), ENTRY.sealed.cek)
        assert caught.value.why == "bad-seal"


@pytest.mark.parametrize("length", [0, 1, 24, 39, 40, 551])
def test_a_cut_blob_is_refused_even_when_the_header_says_so(length) -> None:
    blob = ENTRY.sealed.blob[:length]
    header = replace(
        ENTRY.header, blob_length=length, ciphertext_hash=hashlib.sha256(blob).digest()
    )
    with pytest.raises(BadBodyError) as caught:
        open_blob(header, blob, ENTRY.sealed.cek)
    assert caught.value.why == "bad-seal"


def test_a_clear_entry_is_not_opened() -> None:
    with pytest.raises(BadBodyError) as caught:
        open_blob(make_header(), bytes(100), CEK)
    assert caught.value.why == "bad-form"


def test_every_flipped_byte_of_a_wrap_is_refused() -> None:
    wrap = ENTRY.sealed.wraps[EAST]
    for position in range(0, len(wrap), 13):
        data = bytearray(wrap)
        data[position] ^= 1 << position % 8
        with pytest.raises(BadBodyError) as caught:
            unwrap_cek(
                bytes(data),
                origin=ORIGIN,
                index=7,
                commitment=ENTRY.header.commitment,
                org=EAST,
                private=EAST_KEM,
            )
        assert caught.value.why == "bad-wrap"


INPUTS = {
    "short salt": {"salt": bytes(31)},
    "nobody": {"recipients": {}},
    "too long": {"content": bytes(MAX_BLOB_BYTES - 4_096)},
}


@pytest.mark.parametrize("change", INPUTS.values(), ids=INPUTS.keys())
def test_nothing_is_sealed_with(change) -> None:
    whole = {
        "content": b"content",
        "salt": SALT,
        "origin": ORIGIN,
        "index": 0,
        "commitment": bytes(32),
        "recipients": {EAST: EAST_KEM.public_bytes},
        "random": counting_random(),
    }
    with pytest.raises(InputError):
        seal(**(whole | change))


def test_the_largest_content_fits_into_the_largest_blob() -> None:
    assert sealed_blob_length(303_104 - 8) <= MAX_BLOB_BYTES < sealed_blob_length(303_104 - 7)


@pytest.mark.parametrize("public", [b"", bytes(1215), b"\xff" * 1216], ids=["none", "short", "bad"])
def test_nothing_is_wrapped_for_a_bad_key(public) -> None:
    with pytest.raises(BadCanonicalError):
        wrap_cek(CEK, origin=ORIGIN, index=0, commitment=bytes(32), org=WEST, public=public)


@given(st.binary(max_size=600))
@settings(max_examples=50)
def test_any_plaintext_of_an_issuer_opens_or_is_a_protocol_error(plain) -> None:
    header, blob = around(plain)
    try:
        open_blob(header, blob, CEK)
    except ProtocolError as error:
        assert error.code == "bad_request"  # noqa: PT017 - either way is a pass
