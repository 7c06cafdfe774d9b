"""Headers: the one encoding, every field's bounds, and the body they name."""

import hashlib

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integra_protocol.entry import (
    Header,
    check_blob,
    commitment,
    entry_leaf,
    parse_header,
)
from integra_protocol.errors import BadBodyError, InputError, ProtocolError, TooLargeError
from integra_protocol.limits import MAX_BLOB_BYTES, MAX_RETENTION_S, MAX_SIZE
from protocol_entries import EAST, NORTH, ORIGIN, SALT, TIME, WEST, make_header, sealed_header

FIELDS = {
    "a": ["*"],
    "bc": bytes(32),
    "bl": 100,
    "ch": None,
    "i": 7,
    "k": "alert",
    "o": ORIGIN,
    "r": [],
    "t": TIME,
    "v": 1,
    "x": TIME + 1,
}
SEALED = FIELDS | {"k": "sealed", "ch": bytes(32), "a": [EAST]}


def pack(fields: object) -> bytes:
    return msgpack.packb(fields, use_bin_type=True)


def names(count: int) -> list[str]:
    return [f"org-{number:03}.example" for number in range(count)]


GOOD = {
    "clear": FIELDS,
    "sealed": SEALED,
    "a kind nobody knows": FIELDS | {"k": "poem-2"},
    "48 organisations": SEALED | {"a": names(48)},
    "clear to one": FIELDS | {"a": [EAST]},
    "65 targets": FIELDS | {"r": list(range(65))},
    "10 years": FIELDS | {"x": TIME + MAX_RETENTION_S},
    "the largest index": FIELDS | {"i": MAX_SIZE - 1},
    "the largest blob": FIELDS | {"bl": MAX_BLOB_BYTES},
    "at the epoch": FIELDS | {"t": 0, "x": 1},
    "the largest header": SEALED | {"a": sorted(f"{n:02}{'x' * 60}" for n in range(48))},
}
BAD = {
    "audience empty": {"a": []},
    "audience of 49": {"a": names(49)},
    "audience unsorted": {"a": [WEST, EAST]},
    "audience twice": {"a": [EAST, EAST]},
    "audience with the issuer": {"a": [NORTH]},
    "audience with star and name": {"a": ["*", EAST]},
    "audience of bytes": {"a": [b"*"]},
    "audience of numbers": {"a": [1]},
    "audience nested": {"a": [["*"]]},
    "audience a text": {"a": "*"},
    "audience upper case": {"a": ["Probation.example"]},
    "audience too short": {"a": ["ab"]},
    "commitment short": {"bc": bytes(31)},
    "commitment text": {"bc": "x" * 32},
    "commitment nil": {"bc": None},
    "blob too long": {"bl": MAX_BLOB_BYTES + 1},
    "blob negative": {"bl": -1},
    "blob true": {"bl": True},
    "blob float": {"bl": 1.0},
    "clear with ch": {"ch": bytes(32)},
    "index over the largest": {"i": MAX_SIZE},
    "index negative": {"i": -1},
    "index 2**64 - 1": {"i": 2**64 - 1},
    "index false": {"i": False},
    "kind empty": {"k": ""},
    "kind upper case": {"k": "Alert"},
    "kind with space": {"k": "alert "},
    "kind with newline": {"k": "alert\n"},
    "kind too long": {"k": "a" * 33},
    "kind bytes": {"k": b"alert"},
    "kind nil": {"k": None},
    "origin without epoch": {"o": NORTH},
    "origin epoch 0": {"o": f"{NORTH}/log/0"},
    "origin epoch 01": {"o": f"{NORTH}/log/01"},
    "origin with newline": {"o": ORIGIN + "\n"},
    "origin bytes": {"o": ORIGIN.encode()},
    "targets 66": {"r": list(range(66))},
    "targets negative": {"r": [-1]},
    "targets true": {"r": [True]},
    "targets too large": {"r": [MAX_SIZE]},
    "targets nil": {"r": None},
    "time negative": {"t": -1},
    "time text": {"t": "now"},
    "time too large": {"t": 2**64 - 2, "x": 2**64 - 1},
    "version 2": {"v": 2},
    "version true": {"v": True},
    "version 0": {"v": 0},
    "end equal to time": {"x": TIME},
    "end before time": {"x": TIME - 1},
    "end after 10 years": {"x": TIME + MAX_RETENTION_S + 1},
    "sealed without ch": {"k": "sealed"},
    "sealed short ch": {"k": "sealed", "ch": bytes(31), "a": [EAST]},
    "sealed text ch": {"k": "sealed", "ch": "x" * 32, "a": [EAST]},
    "sealed to everyone": {"k": "sealed", "ch": bytes(32)},
    "a field more": {"y": 1},
}
GOOD_BYTES = pack(FIELDS)
TWINS = {
    "empty": b"",
    "nil": pack(None),
    "list": pack(list(FIELDS)),
    "trailing byte": GOOD_BYTES + b"\0",
    "field missing": pack({key: FIELDS[key] for key in FIELDS if key != "x"}),
    "another order": pack(dict(reversed(FIELDS.items()))),
    "key twice": b"\x8c" + GOOD_BYTES[1:] + pack("x") + pack(TIME + 1),
    "long map header": b"\xde\x00\x0b" + GOOD_BYTES[1:],
    "long integer": GOOD_BYTES.replace(b"\xa1i\x07", b"\xa1i\xcc\x07"),
    "long text": GOOD_BYTES.replace(b"\xa5alert", b"\xd9\x05alert"),
    "long bytes": GOOD_BYTES.replace(b"\xc4\x20", b"\xc5\x00\x20"),
    "signed integer": GOOD_BYTES.replace(b"\xa1i\x07", b"\xa1i\xd0\x07"),
    "key as bytes": GOOD_BYTES.replace(b"\xa1i\x07", b"\xc4\x01i\x07"),
    "text not UTF-8": GOOD_BYTES.replace(b"\xa5alert", b"\xa5al\xffrt"),
    "not a number": GOOD_BYTES.replace(b"\xa1i\x07", b"\xa1i\xcb\x7f\xf8" + bytes(6)),
    "extension": GOOD_BYTES.replace(b"\xa1i\x07", b"\xa1i\xd4\x05\x00"),
    "timestamp": GOOD_BYTES.replace(b"\xa1i\x07", b"\xa1i\xd6\xff\x00\x00\x00\x00"),
    "4 GiB array": GOOD_BYTES.replace(b"\xa1r\x90", b"\xa1r\xdd\xff\xff\xff\xff"),
    "600 deep": GOOD_BYTES.replace(b"\xa1r\x90", b"\xa1r" + b"\x91" * 600 + b"\x90"),
    "3,000 deep": GOOD_BYTES.replace(b"\xa1r\x90", b"\xa1r" + b"\x91" * 3000 + b"\x90"),
}


@pytest.mark.parametrize("fields", GOOD.values(), ids=GOOD.keys())
def test_a_valid_header_survives_the_round_trip(fields) -> None:
    data = pack(fields)
    header = parse_header(data)
    assert header.encode() == data
    assert (header.origin, header.index, header.issuer) == (fields["o"], fields["i"], NORTH)
    assert header.sealed == (fields["k"] == "sealed")


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
def test_a_header_is_refused_for(change) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_header(pack(FIELDS | change))
    assert caught.value.code == "bad_canonical"


@pytest.mark.parametrize("data", TWINS.values(), ids=TWINS.keys())
def test_every_other_encoding_is_refused(data) -> None:
    assert data != GOOD_BYTES
    with pytest.raises(ProtocolError) as caught:
        parse_header(data)
    assert caught.value.code == "bad_canonical"


@pytest.mark.parametrize("whole", [pack(FIELDS), pack(SEALED)], ids=["clear", "sealed"])
def test_a_header_cut_anywhere_is_refused(whole) -> None:
    for end in range(len(whole)):
        with pytest.raises(ProtocolError):
            parse_header(whole[:end])


@pytest.mark.parametrize("whole", [pack(FIELDS), pack(SEALED)], ids=["clear", "sealed"])
def test_a_header_with_one_flipped_bit_is_another_header_or_none(whole) -> None:
    original = parse_header(whole)
    for position in range(len(whole) * 8):
        data = bytearray(whole)
        data[position // 8] ^= 1 << position % 8
        try:
            header = parse_header(bytes(data))
        except ProtocolError:
            continue
        assert header != original
        assert header.encode() == bytes(data)


def test_a_header_over_4096_bytes_is_not_even_decoded() -> None:
    with pytest.raises(TooLargeError):
        parse_header(b"\xc1" * 4_097)


def test_the_largest_valid_fields_fit_into_4096_bytes() -> None:
    names = tuple(sorted(f"{number:02}{'x' * 61}z" for number in range(48)))
    header = sealed_header(*names, targets=tuple(MAX_SIZE - 66 + number for number in range(65)))
    assert len(header.encode()) < 4_096


@pytest.mark.parametrize(
    "change",
    [{"kind": "sealed"}, {"audience": (NORTH,)}, {"retention_end": TIME}, {"index": -1}],
    ids=["sealed without hash", "issuer in the audience", "no retention", "negative index"],
)
def test_an_invalid_header_cannot_be_encoded(change) -> None:
    with pytest.raises(InputError):
        make_header(**change).encode()


def test_everyone_is_in_the_audience_of_a_star() -> None:
    assert make_header().is_for(EAST)
    assert make_header().is_for(NORTH)


def test_only_the_named_are_in_the_audience_of_a_list() -> None:
    header = sealed_header(EAST)
    assert header.is_for(EAST)
    assert not header.is_for(WEST)
    assert not header.is_for(NORTH)


def test_the_leaf_is_the_hash_of_a_zero_byte_and_the_header() -> None:
    assert entry_leaf(GOOD_BYTES) == hashlib.sha256(b"\0" + GOOD_BYTES).digest()


def test_the_commitment_separates_salt_and_content() -> None:
    expected = hashlib.sha256(
        b"integra/v1 body\0" + b"\0\0\0\x20" + SALT + b"\0\0\0\x02" + b"hi"
    ).digest()
    assert commitment(SALT, b"hi") == expected


def clear_pair(blob: bytes) -> Header:
    return make_header(blob_length=len(blob), commitment=commitment(blob[:32], blob[32:]))


def test_the_blob_of_a_clear_header_is_accepted() -> None:
    check_blob(clear_pair(SALT + b"content"), SALT + b"content")


def test_the_blob_of_a_sealed_header_is_accepted() -> None:
    blob = b"ciphertext"
    check_blob(sealed_header(blob_length=10, ciphertext_hash=hashlib.sha256(blob).digest()), blob)


BLOBS = {
    "clear, another content": (clear_pair(SALT + b"content"), SALT + b"contend"),
    "clear, another salt": (clear_pair(SALT + b"content"), bytes(32) + b"content"),
    "clear, longer": (clear_pair(SALT + b"content"), SALT + b"content\0"),
    "clear, empty": (clear_pair(SALT + b"content"), b""),
    "clear, without a salt": (make_header(blob_length=31), bytes(31)),
    "sealed, another hash": (sealed_header(blob_length=10), b"ciphertext"),
    "sealed, longer": (sealed_header(blob_length=9), b"ciphertext"),
}


@pytest.mark.parametrize("header, blob", BLOBS.values(), ids=BLOBS.keys())
def test_a_foreign_blob_is_refused(header, blob) -> None:
    with pytest.raises(BadBodyError) as caught:
        check_blob(header, blob)
    assert caught.value.why == "bad-blob"


def test_every_flipped_bit_of_a_clear_blob_is_noticed() -> None:
    blob = SALT + b"content"
    header = clear_pair(blob)
    for position in range(len(blob) * 8):
        data = bytearray(blob)
        data[position // 8] ^= 1 << position % 8
        with pytest.raises(BadBodyError):
            check_blob(header, bytes(data))


msgpack_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 2**64 - 1)
    | st.binary(max_size=40)
    | st.text(max_size=10)
    | st.sampled_from(["*", EAST, ORIGIN, "sealed", "alert"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_header_or_a_protocol_error(data) -> None:
    try:
        header = parse_header(data)
    except ProtocolError:
        return
    assert header.encode() == data


@given(st.dictionaries(st.sampled_from(list(FIELDS)), msgpack_values, max_size=3))
def test_any_fields_give_a_header_or_a_protocol_error(change) -> None:
    data = pack(FIELDS | change)
    try:
        header = parse_header(data)
    except ProtocolError:
        return
    assert header.encode() == data


@given(st.data())
def test_a_mutated_header_gives_a_header_or_a_protocol_error(data) -> None:
    whole = bytearray(pack(SEALED))
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(whole) - 1))
        whole[position : position + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
        if not whole:
            return
    try:
        header = parse_header(bytes(whole))
    except ProtocolError:
        return
    assert header.encode() == bytes(whole)
