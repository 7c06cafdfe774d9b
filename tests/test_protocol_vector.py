"""The frozen vector of docs/protocol.md section 15: entries, seals and signatures."""

import base64

import pytest

from integra_protocol.canonical import encode
from integra_protocol.content import (
    clear_blob,
    make_content,
    split_clear_blob,
    verify_officer_signature,
)
from integra_protocol.entry import Header, commitment, entry_leaf, parse_header
from integra_protocol.errors import BadBodyError
from integra_protocol.keys import KemPrivateKey, SigningKey
from integra_protocol.sealed import open_blob, seal, sealed_blob_length, unwrap_cek, wrap_info
from protocol_entries import EAST, EAST_KEM, NORTH, ORIGIN, VECTOR, kat_seed

OFFICER = SigningKey.from_seed(kat_seed("officer"))
DATA = {"text": "Expected Monday 09:00", "title": "Arrival notice"}
SALT1, SALT2 = bytes(range(0x20)), bytes(range(0x20, 0x40))
CEK = bytes.fromhex(VECTOR["cek"])
WRAP = base64.b64decode(VECTOR["wrap"])


def frozen(name: str) -> bytes:
    return bytes.fromhex(VECTOR[name])


def the_alert() -> tuple[Header, bytes]:
    content, content_bytes = make_content(
        "alert", DATA, audience=("*",), salt=SALT1, officer="4711", signer=OFFICER
    )
    assert content.osig == frozen("osig1")
    header = Header(
        audience=("*",),
        commitment=commitment(SALT1, content_bytes),
        blob_length=32 + len(content_bytes),
        ciphertext_hash=None,
        index=1,
        kind="alert",
        origin=ORIGIN,
        targets=(),
        time=VECTOR["t"],
        retention_end=VECTOR["x"],
    )
    return header, clear_blob(SALT1, content_bytes)


def test_data_is_the_frozen_encoding() -> None:
    assert encode(DATA) == frozen("data")


def test_the_clear_entry_is_made_byte_for_byte() -> None:
    header, blob = the_alert()
    assert header.encode() == frozen("header1")
    assert blob == frozen("blob1")


def test_the_sealed_entry_is_made_byte_for_byte() -> None:
    content, content_bytes = make_content(
        "handover", DATA, audience=(EAST,), salt=SALT2, officer="4711", signer=OFFICER
    )
    assert content.osig == frozen("osig2")
    bc = commitment(SALT2, content_bytes)
    randomness = iter((CEK, bytes(range(24))))
    sealed = seal(
        content=content_bytes,
        salt=SALT2,
        origin=ORIGIN,
        index=2,
        commitment=bc,
        recipients={EAST: EAST_KEM.public_bytes},
        random=lambda _: next(randomness),
    )
    assert sealed.blob == frozen("blob2")
    assert len(sealed.blob) == sealed_blob_length(32 + len(content_bytes)) == 552
    header = Header(
        audience=(EAST,),
        commitment=bc,
        blob_length=len(sealed.blob),
        ciphertext_hash=sealed.ciphertext_hash,
        index=2,
        kind="sealed",
        origin=ORIGIN,
        targets=(),
        time=VECTOR["t"],
        retention_end=VECTOR["x"],
    )
    assert header.encode() == frozen("header2")
    assert len(frozen("header2")) == 169


def test_leaves_are_the_frozen_hashes() -> None:
    leaves = [bytes.fromhex(leaf) for leaf in VECTOR["leaves"]]
    assert [entry_leaf(frozen("header1")), entry_leaf(frozen("header2"))] == leaves[1:3]


def test_the_clear_entry_opens_and_its_officer_is_believed() -> None:
    header = parse_header(frozen("header1"))
    salt, content = split_clear_blob(header, frozen("blob1"))
    assert (salt, content.kind, content.data, content.officer) == (SALT1, "alert", DATA, "4711")
    assert verify_officer_signature(content, header.audience, salt, OFFICER.public)


def test_the_frozen_wrap_opens_the_sealed_entry() -> None:
    header = parse_header(frozen("header2"))
    cek = unwrap_cek(
        WRAP,
        origin=header.origin,
        index=header.index,
        commitment=header.commitment,
        org=EAST,
        private=EAST_KEM,
    )
    assert cek == CEK
    salt, content, _ = open_blob(header, frozen("blob2"), cek)
    assert (salt, content.kind, content.data) == (SALT2, "handover", DATA)
    assert content.osig == frozen("osig2")
    assert verify_officer_signature(content, header.audience, salt, OFFICER.public)


def test_the_wrap_binds_the_frozen_info() -> None:
    bc = parse_header(frozen("header2")).commitment
    assert wrap_info(ORIGIN, 2, bc, EAST, VECTOR["kem_key_id"]) == frozen("wrap_info")


PLACES = {
    "another origin": {"origin": f"{NORTH}/log/2"},
    "another index": {"index": 3},
    "another commitment": {"commitment": bytes(32)},
    "another recipient": {"org": NORTH},
    "another key": {"private": KemPrivateKey.from_seed(bytes(32))},
}


@pytest.mark.parametrize("change", PLACES.values(), ids=PLACES.keys())
def test_the_frozen_wrap_is_refused_under(change) -> None:
    place = {
        "origin": ORIGIN,
        "index": 2,
        "commitment": parse_header(frozen("header2")).commitment,
        "org": EAST,
        "private": EAST_KEM,
    }
    with pytest.raises(BadBodyError) as caught:
        unwrap_cek(WRAP, **(place | change))
    assert caught.value.why == "bad-wrap"


@pytest.mark.parametrize("length", [0, 1167, 1169])
def test_a_wrap_of_another_length_is_refused(length) -> None:
    with pytest.raises(BadBodyError) as caught:
        unwrap_cek(
            (WRAP + b"\0")[:length],
            origin=ORIGIN,
            index=2,
            commitment=bytes(32),
            org=EAST,
            private=EAST_KEM,
        )
    assert caught.value.why == "bad-wrap"
