"""Contents: four parts in one encoding, the officer's word over all that matters."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integra_protocol.canonical import encode
from integra_protocol.content import (
    clear_blob,
    make_content,
    officer_message,
    parse_content,
    split_clear_blob,
    verify_officer_signature,
)
from integra_protocol.entry import commitment
from integra_protocol.errors import BadBodyError, InputError, ProtocolError
from integra_protocol.limits import MAX_BLOB_BYTES, MAX_DATA_BYTES
from protocol_entries import EAST, OFFICER_KEY, REQ_KEY, SALT, WEST, clear_entry, sealed_header

DATA = encode({"title": "x"})
SIGNATURE = bytes(64)


def nested(depth: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(depth - 1):
        value = {"d": value}
    return value


GOOD = {
    "unsigned": ["practice", DATA, None, None],
    "signed": ["practice", DATA, "4711", SIGNATURE],
    "unknown kind": ["poem", DATA, None, None],
    "empty data": ["practice", encode({}), None, None],
    "16 deep": ["practice", encode(nested(16)), None, None],
    "4,095 containers": ["practice", encode({"l": [[]] * 4_093}), None, None],
}
BAD = {
    "three parts": ["practice", DATA, None],
    "five parts": ["practice", DATA, None, None, None],
    "kind nil": [None, DATA, None, None],
    "kind upper case": ["Practice", DATA, None, None],
    "kind sealed": ["sealed", DATA, None, None],
    "kind empty": ["", DATA, None, None],
    "data a text": ["practice", "data", None, None],
    "data not a map": ["practice", encode([1]), None, None],
    "data empty": ["practice", b"", None, None],
    "data with trailing byte": ["practice", DATA + b"\0", None, None],
    "data not canonical": ["practice", b"\x81\xd9\x01t\x01", None, None],
    "data with bool": ["practice", b"\x81\xa1t\xc3", None, None],
    "data with float": ["practice", b"\x81\xa1t\xcb" + bytes(8), None, None],
    "data 17 deep": ["practice", b"\x81\xa1d" * 16 + b"\x80", None, None],
    "data of 4,096 containers": ["practice", encode({"l": [[]] * 4_094}), None, None],
    "officer without signature": ["practice", DATA, "4711", None],
    "signature without officer": ["practice", DATA, None, SIGNATURE],
    "officer empty": ["practice", DATA, "", SIGNATURE],
    "officer with space": ["practice", DATA, "Jane Doe", SIGNATURE],
    "officer bytes": ["practice", DATA, b"4711", SIGNATURE],
    "officer a number": ["practice", DATA, 4711, None],
    "signature of 63 bytes": ["practice", DATA, "4711", bytes(63)],
    "signature a text": ["practice", DATA, "4711", "x" * 64],
    "another nested list": ["practice", DATA, [], None],
    "a map": {"k": "practice"},
    "a number": 4,
}


@pytest.mark.parametrize("parts", GOOD.values(), ids=GOOD.keys())
def test_a_content_is_read_as_written(parts) -> None:
    content = parse_content(encode(parts))
    assert [content.kind, content.data_bytes, content.officer, content.osig] == parts
    assert encode(content.data) == content.data_bytes


@pytest.mark.parametrize("parts", BAD.values(), ids=BAD.keys())
def test_a_content_is_refused_for(parts) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_content(encode(parts))
    assert caught.value.code == "bad_canonical"


@pytest.mark.parametrize(
    "parts",
    [
        ["practice", bytes(MAX_DATA_BYTES + 1), None, None],
        ["practice", bytes(MAX_BLOB_BYTES), None, None],
    ],
    ids=["data", "content"],
)
def test_a_content_is_too_large_by(parts) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_content(encode(parts))
    assert caught.value.code == "too_large"


def test_data_of_exactly_256_kib_is_accepted() -> None:
    data = {"b": bytes(MAX_DATA_BYTES - 8)}
    assert len(encode(data)) == MAX_DATA_BYTES
    content, content_bytes = make_content("practice", data, audience=("*",), salt=SALT)
    assert parse_content(content_bytes) == content


def test_a_content_cut_anywhere_or_longer_is_refused() -> None:
    whole = encode(["practice", DATA, "4711", SIGNATURE])
    for data in [whole[:end] for end in range(len(whole))] + [whole + b"\0"]:
        with pytest.raises(ProtocolError):
            parse_content(data)


def signed(**changes: object) -> tuple[object, bytes]:
    fields = {"audience": ("*",), "salt": SALT, "officer": "4711", "signer": OFFICER_KEY}
    return make_content("practice", {"title": "x"}, **(fields | changes))


def test_the_officers_signature_verifies() -> None:
    content, _ = signed(audience=(EAST,))
    assert verify_officer_signature(content, (EAST,), SALT, OFFICER_KEY.public)


FORGERIES = {
    "another audience": ({}, (WEST,), SALT, OFFICER_KEY.public),
    "a longer audience": ({}, (EAST, WEST), SALT, OFFICER_KEY.public),
    "everyone": ({}, ("*",), SALT, OFFICER_KEY.public),
    "another salt": ({}, (EAST,), bytes(32), OFFICER_KEY.public),
    "another key": ({}, (EAST,), SALT, REQ_KEY.public),
    "a key of no length": ({}, (EAST,), SALT, b""),
    "another officer": ({"officer": "4712"}, (EAST,), SALT, OFFICER_KEY.public),
    "another kind": ({"kind": "alert"}, (EAST,), SALT, OFFICER_KEY.public),
    "another data": ({"data_bytes": encode({})}, (EAST,), SALT, OFFICER_KEY.public),
    "another signature": ({"osig": bytes(64)}, (EAST,), SALT, OFFICER_KEY.public),
    "no signature": ({"osig": None, "officer": None}, (EAST,), SALT, OFFICER_KEY.public),
}


@pytest.mark.parametrize("change, audience, salt, public", FORGERIES.values(), ids=FORGERIES.keys())
def test_the_officers_signature_does_not_cover(change, audience, salt, public) -> None:
    content, _ = signed(audience=(EAST,))
    assert not verify_officer_signature(replace(content, **change), audience, salt, public)


def test_the_officers_message_is_a_domain_and_length_prefixed_fields() -> None:
    assert officer_message("47", "reply", (EAST, WEST), SALT, b"\x80") == (
        b"integra/v1 officer\0"
         b"\0\0\0\x02" + b"47"
        + b"\0\0\0\x05" + b"reply"
        + (len(EAST) + 1 + len(WEST)).to_bytes(4, "big") + f"{EAST},{WEST}".encode()
        + b"\0\0\0\x20" + SALT
        + b"\0\0\0\x01" + b"\x80"
    )  # fmt: skip


INPUTS = {
    "short salt": {"salt": bytes(31)},
    "officer without key": {"signer": None},
    "key without officer": {"officer": None},
    "officer that is a name": {"officer": "Jane Doe"},
}


@pytest.mark.parametrize("change", INPUTS.values(), ids=INPUTS.keys())
def test_a_content_is_not_made_with(change) -> None:
    with pytest.raises(InputError):
        signed(**change)


@pytest.mark.parametrize(
    "kind, data",
    [("sealed", {}), ("Alert", {}), ("alert", {"f": 1.5}), ("alert", {"b": bytes(MAX_DATA_BYTES)})],
    ids=["kind sealed", "kind upper case", "float", "too long"],
)
def test_a_content_is_not_made_of(kind, data) -> None:
    with pytest.raises(InputError):
        make_content(kind, data, audience=("*",), salt=SALT)


def test_a_clear_blob_is_salt_and_content() -> None:
    assert clear_blob(SALT, b"content") == SALT + b"content"


@pytest.mark.parametrize(
    "salt, content",
    [(bytes(31), b""), (SALT, bytes(MAX_BLOB_BYTES - 31))],
    ids=["short salt", "too long"],
)
def test_a_clear_blob_is_not_made_of(salt, content) -> None:
    with pytest.raises(InputError):
        clear_blob(salt, content)


def test_a_clear_entry_is_split_into_salt_and_content() -> None:
    header, blob = clear_entry("practice", {"title": "x"}, signed=True)
    salt, content = split_clear_blob(header, blob)
    assert (salt, content.kind, content.data) == (SALT, "practice", {"title": "x"})


def test_a_clear_entry_of_another_kind_than_its_header_is_refused() -> None:
    header, blob = clear_entry("practice", {})
    with pytest.raises(BadBodyError) as caught:
        split_clear_blob(replace(header, kind="alert"), blob)
    assert caught.value.why == "bad-form"


def test_a_sealed_entry_is_not_split() -> None:
    with pytest.raises(BadBodyError) as caught:
        split_clear_blob(sealed_header(), bytes(100))
    assert caught.value.why == "bad-form"


def test_a_committed_content_that_is_none_is_refused() -> None:
    header, _ = clear_entry("practice", {})
    blob = SALT + b"\xc3"
    header = replace(header, commitment=commitment(SALT, b"\xc3"), blob_length=len(blob))
    with pytest.raises(BadBodyError) as caught:
        split_clear_blob(header, blob)
    assert caught.value.why == "bad-content"


@given(st.binary(max_size=300))
def test_any_bytes_give_a_content_or_a_protocol_error(data) -> None:
    try:
        content = parse_content(data)
    except ProtocolError:
        return
    assert encode([content.kind, content.data_bytes, content.officer, content.osig]) == data


@given(st.binary(max_size=300))
def test_any_data_gives_a_content_or_a_protocol_error(data_bytes) -> None:
    try:
        content = parse_content(encode(["practice", data_bytes, None, None]))
    except ProtocolError:
        return
    assert encode(content.data) == data_bytes
