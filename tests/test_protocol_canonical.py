"""Is there exactly one encoding of each value, and is everything else refused in time?"""

import json
import time
import tracemalloc
from pathlib import Path

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzing import cuts, flips, refuses_or_returns
from integra_protocol.canonical import (
    b64decode,
    b64encode,
    decode,
    decode_map,
    domain,
    encode,
    lp,
    parse_decimal,
    require_keys,
    take_bytes,
    take_int,
    take_list,
    take_map,
    take_str,
    u64,
)
from integra_protocol.errors import BadCanonicalError, InputError, ProtocolError, TooLargeError
from integra_protocol.limits import MAX_BATCH_BYTES, MAX_CONTENT_BYTES

VECTORS = Path(__file__).parent / "vectors"
TWINS = json.loads((VECTORS / "non-canonical.json").read_text())["cases"]
LIMIT = 1 << 20

VALUES = st.recursive(
    st.none()
    | st.integers(0, 2**64 - 1)
    | st.text(st.characters(exclude_categories=("Cs",)))
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), inner, max_size=6)
    ),
    max_leaves=30,
)
EXAMPLE = encode(
    {"a": ["*"], "bc": b"\1" * 32, "long": "x" * 40, "n": None, "r": [1, 300, 70_000, 2**40]}
)


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@pytest.mark.parametrize("case", TWINS, ids=lambda case: case["name"])
def test_a_non_canonical_twin_is_refused(case):
    with pytest.raises(BadCanonicalError) as refused:
        decode(bytes.fromhex(case["data"]), max_bytes=LIMIT)
    assert refused.value.code == "bad_canonical"


@given(VALUES.filter(lambda value: depth_of(value) <= 16))
def test_every_value_comes_back(value):
    assert decode(encode(value), max_bytes=LIMIT) == value


@given(st.binary(max_size=60))
def test_whatever_decodes_encodes_to_the_same_bytes(data):
    try:
        value = decode(data, max_bytes=LIMIT)
    except ProtocolError:
        return
    assert encode(value) == data


@given(VALUES.filter(lambda value: depth_of(value) <= 16))
def test_the_encoding_is_what_msgpack_reads(value):
    assert msgpack.unpackb(encode(value), strict_map_key=False) == value


def test_keys_are_sorted_by_their_bytes():
    assert encode({"b": 1, "aa": 2, "é": 3, "z": 4}) == encode({"é": 3, "z": 4, "aa": 2, "b": 1})
    assert list(decode_map(encode({"é": 0, "z": 1, "aa": 2, "😀": 3}), max_bytes=99)) == [
        "aa",
        "z",
        "é",
        "😀",
    ]


def test_tuples_encode_as_arrays():
    assert encode({"a": (1, (2,))}) == encode({"a": [1, [2]]})


@pytest.mark.parametrize("length", [31, 32, 255, 256, 65_535, 65_536, 300_000])
@pytest.mark.parametrize("make", [lambda n: b"b" * n, lambda n: "s" * n], ids=["bytes", "text"])
def test_every_length_form_comes_back(make, length):
    assert decode(encode(make(length)), max_bytes=LIMIT) == make(length)


@pytest.mark.parametrize("length", [15, 16, 1_024, 1_025, 65_535, 65_536, 300_000])
def test_long_arrays_come_back(length):
    value = [7] * length
    assert decode(encode(value), max_bytes=LIMIT) == value


def test_a_long_array_behind_every_kind_of_item_comes_back():
    items = [0, 300, 2**20, 2**40, None, "t", "t" * 40, "t" * 300, "t" * 70_000, b"b", b"b" * 300]
    value = {
        "items": [*items, b"b" * 70_000, {"k": [1]}, {}, []],
        "long": [1] * 2_000,
        "map": {f"{n:05}": n for n in range(100)},
        "many": {f"{n:05}": None for n in range(70_000)},
    }
    assert decode(encode(value), max_bytes=2 * LIMIT) == value


@pytest.mark.parametrize(
    "value",
    [True, 1.5, -1, 2**64, {"a": False}, {1: 2}, {b"k": 1}, "\ud800", {"\ud800": 1}, {1, 2}],
    ids=repr,
)
def test_what_has_no_canonical_form_cannot_be_encoded(value):
    with pytest.raises(InputError):
        encode(value)


def test_nesting_is_bounded_both_ways():
    value: object = 0
    for _ in range(16):
        value = [value]
    assert decode(encode(value), max_bytes=99) == value
    with pytest.raises(InputError):
        encode([value])
    with pytest.raises(BadCanonicalError):
        decode(b"\x91" + encode(value), max_bytes=99)
    with pytest.raises(BadCanonicalError):
        decode(encode([0]), max_bytes=99, max_depth=0)


def test_more_bytes_than_allowed_are_refused_unread():
    with pytest.raises(TooLargeError) as refused:
        decode(b"\xc1" * 11, max_bytes=10)
    assert refused.value.code == "too_large"


def test_more_containers_than_allowed_are_refused():
    value = [[] for _ in range(9)]
    assert decode(encode(value), max_bytes=99, max_containers=10) == value
    with pytest.raises(BadCanonicalError):
        decode(encode(value), max_bytes=99, max_containers=9)


def test_more_containers_than_allowed_beside_a_long_array_are_refused():
    value = [[0] * 2_000, *([] for _ in range(9))]
    assert decode(encode(value), max_bytes=9_999, max_containers=11) == value
    with pytest.raises(BadCanonicalError):
        decode(encode(value), max_bytes=9_999, max_containers=10)


def test_a_cut_is_refused_at_every_byte():
    for data in cuts(EXAMPLE):
        with pytest.raises(BadCanonicalError):
            decode(data, max_bytes=LIMIT)


def test_a_trailing_byte_is_refused():
    for byte in range(256):
        with pytest.raises(BadCanonicalError):
            decode(EXAMPLE + bytes((byte,)), max_bytes=LIMIT)


def test_a_flipped_bit_never_gives_the_same_value():
    value = decode(EXAMPLE, max_bytes=LIMIT)
    for data in flips(EXAMPLE):
        try:
            assert decode(data, max_bytes=LIMIT) != value
        except BadCanonicalError:
            continue


def test_broken_bytes_give_a_value_or_a_refusal():
    examples = [EXAMPLE, encode([[0] * 1_500, {"k": b"v"}]), *(c[0] for c in _hostile())]
    assert refuses_or_returns(lambda data: decode(data, max_bytes=1 << 22), examples) > 0


def _hostile() -> list[tuple[bytes, str]]:
    size = MAX_CONTENT_BYTES
    claim = b"\xdd" + (size // 2).to_bytes(4, "big")
    return [
        (b"\x80" * size, "empty maps in a row"),
        (b"\xdc\xff\xff" + b"\x80" * 65_535, "an array of empty maps"),
        (b"\x91" * size, "arrays in arrays"),
        (b"\x81\xa1a" * (size // 3), "maps in maps"),
        (claim * (size // 5), "claims of long arrays in each other"),
        (b"\xdc\x04\x00" * (size // 3), "claims of 1,024 items in each other"),
        (b"\xdf\x00\x01\x00\x00" * 4_000, "claims of long maps"),
        (claim + b"\xc0" * (size // 2), "one array of nils"),
    ]


@pytest.mark.parametrize(
    "data", [data for data, _ in _hostile()], ids=[name for _, name in _hostile()]
)
def test_hostile_bytes_cost_little_memory_and_time(data):
    tracemalloc.start()
    try:
        with pytest.raises(BadCanonicalError):
            decode(data + b"\xc1", max_bytes=MAX_BATCH_BYTES)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    started = time.process_time()
    with pytest.raises(BadCanonicalError):
        decode(data + b"\xc1", max_bytes=MAX_BATCH_BYTES)
    assert peak <= 32 * 1024 * 1024
    assert time.process_time() - started <= 1


def test_fields_are_taken_by_type_and_bounds():
    fields = decode_map(
        encode({"b": b"12", "i": 5, "l": [1], "m": {"k": 1}, "s": "é"}), max_bytes=99
    )
    assert take_int(fields, "i", low=5, high=5) == 5
    assert take_str(fields, "s", low=1, high=1) == "é"
    assert take_bytes(fields, "b", length=2) == b"12"
    assert take_list(fields, "l", high=1) == [1]
    assert take_map(fields, "m", high=1) == {"k": 1}
    require_keys(fields, frozenset("bils"), frozenset("mx"))


@pytest.mark.parametrize(
    "take",
    [
        lambda fields: take_int(fields, "i", high=4),
        lambda fields: take_int(fields, "s"),
        lambda fields: take_int(fields, "missing"),
        lambda fields: take_str(fields, "s", low=3),
        lambda fields: take_str(fields, "b"),
        lambda fields: take_bytes(fields, "b", length=3),
        lambda fields: take_bytes(fields, "s"),
        lambda fields: take_list(fields, "l", high=0),
        lambda fields: take_list(fields, "m"),
        lambda fields: take_map(fields, "m", high=0),
        lambda fields: take_map(fields, "l"),
        lambda fields: require_keys(fields, frozenset("bilms")),
        lambda fields: require_keys(fields, frozenset("bilmsxy")),
        lambda fields: decode_map(encode([1]), max_bytes=9),
    ],
)
def test_a_field_of_another_type_or_size_is_refused(take):
    fields = decode_map(
        encode({"b": b"12", "i": 5, "l": [1], "m": {"k": 1}, "s": "ab", "z": 0}), max_bytes=99
    )
    with pytest.raises(BadCanonicalError):
        take(fields)


def test_length_prefixes_numbers_and_domains_have_their_bytes():
    assert lp(b"a", b"", b"bcd") == b"\0\0\0\1a\0\0\0\0\0\0\0\3bcd"
    assert u64(258) == b"\0\0\0\0\0\0\1\2"
    assert domain("body") == b"integra/v1 body\0"


@given(st.lists(st.binary(max_size=5), max_size=4), st.lists(st.binary(max_size=5), max_size=4))
def test_different_fields_never_have_the_same_prefix_form(one, other):
    assert (lp(*one) == lp(*other)) == (one == other)


@given(st.binary(max_size=50))
def test_base64_comes_back(data):
    assert b64decode(b64encode(data)) == data


@pytest.mark.parametrize(
    "text",
    ["YQ", "YQ=", "YR==", "YQ==\n", " YQ==", "YQ==YQ==", "Y Q==", "Y-_=", "é===", "=", "YWE=="],
)
def test_another_spelling_of_base64_is_refused(text):
    with pytest.raises(BadCanonicalError):
        b64decode(text)


@pytest.mark.parametrize(
    "text", ["", "01", "+1", "-1", "1 ", "1_0", "²", "١", "11", "99999", "0x1"]
)
def test_another_spelling_of_a_number_is_refused(text):
    with pytest.raises(BadCanonicalError):
        parse_decimal(text, high=10)


@pytest.mark.parametrize("number", [0, 1, 10])
def test_a_number_is_read(number):
    assert parse_decimal(str(number), high=10) == number
