"""Is a note opened only when a known key signed it, and in its one form?"""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzing import cuts, flips, refuses_or_returns
from integra_protocol.canonical import b64encode
from integra_protocol.errors import (
    BadCanonicalError,
    BadSignatureError,
    InputError,
    ProtocolError,
    TooLargeError,
)
from integra_protocol.keys import KIND_COSIGNATURE, KIND_NOTE, NoteKey, SigningKey, parse_vkey
from integra_protocol.note import (
    Note,
    SignatureLine,
    cosign,
    cosignature_time,
    open_note,
    parse_note,
    parse_signature_lines,
    sign_note,
)

FOREIGN = json.loads((Path(__file__).parent / "vectors" / "signed-note.json").read_text())["cases"]
TEXT = "abc/log/1\n7\nroot\n"
LOG = SigningKey.from_seed(sha256(b"log").digest())
WITNESS = SigningKey.from_seed(sha256(b"witness").digest())
LOG_KEY = NoteKey(name="abc/log/1", kind=KIND_NOTE, public=LOG.public)
WITNESS_KEY = NoteKey(name="hub/w", kind=KIND_COSIGNATURE, public=WITNESS.public)
LOG_LINE = sign_note(TEXT, "abc/log/1", LOG)
COSIGNED = cosign(TEXT, "hub/w", WITNESS, 1_700_000_000)
NOTE = Note(text=TEXT, lines=(LOG_LINE, COSIGNED)).encode()


@pytest.mark.parametrize("case", FOREIGN, ids=lambda case: case["name"])
def test_notes_of_others_open_and_come_back(case):
    data = f"{case['text']}\n{''.join(case['lines'])}".encode()
    opened = open_note(data, [parse_vkey(text) for text in case["vkeys"]])
    assert opened.text == case["text"]
    assert [key.vkey() for key, _ in opened.verified] == case["vkeys"]
    assert parse_note(data).encode() == data


@pytest.mark.parametrize("case", FOREIGN, ids=lambda case: case["name"])
def test_any_one_known_key_opens_and_lines_of_others_are_ignored(case):
    data = f"{case['text']}\n{''.join(case['lines'])}".encode()
    for vkey in case["vkeys"]:
        assert len(open_note(data, [parse_vkey(vkey), WITNESS_KEY]).verified) == 1


def test_a_signed_and_cosigned_note_opens_with_both_keys():
    opened = open_note(NOTE, [WITNESS_KEY, LOG_KEY])
    assert opened.verified == ((LOG_KEY, LOG_LINE), (WITNESS_KEY, COSIGNED))
    assert cosignature_time(COSIGNED) == 1_700_000_000


def test_a_known_key_with_a_bad_signature_kills_the_note():
    bad = SignatureLine(name="hub/w", key_id=COSIGNED.key_id, signature=b"\0" * 72)
    note = Note(text=TEXT, lines=(LOG_LINE, bad))
    assert open_note(note, [LOG_KEY]).verified == ((LOG_KEY, LOG_LINE),)
    with pytest.raises(BadSignatureError) as refused:
        open_note(note, [LOG_KEY, WITNESS_KEY])
    assert refused.value.code == "bad_signature"


def test_a_second_line_of_a_known_key_is_checked_too():
    bad = SignatureLine(name="abc/log/1", key_id=LOG_LINE.key_id, signature=b"\0" * 64)
    with pytest.raises(BadSignatureError):
        open_note(Note(text=TEXT, lines=(LOG_LINE, bad)), [LOG_KEY])


@pytest.mark.parametrize(
    "known",
    [
        [],
        [NoteKey(name="abc/log/2", kind=KIND_NOTE, public=LOG.public)],
        [NoteKey(name="abc/log/1", kind=KIND_NOTE, public=WITNESS.public)],
        [NoteKey(name="abc/log/1", kind=KIND_COSIGNATURE, public=LOG.public)],
        [NoteKey(name="hub/w", kind=KIND_NOTE, public=WITNESS.public)],
    ],
    ids=["none", "other name", "other key", "log as witness", "witness as log"],
)
def test_a_note_that_no_known_key_signed_is_refused(known):
    with pytest.raises(BadSignatureError):
        open_note(NOTE, known)


def test_keys_that_share_a_name_and_id_are_both_tried():
    twin = NoteKey(name=LOG_KEY.name, kind=KIND_NOTE, public=WITNESS.public)
    object.__setattr__(twin, "key_id", LOG_KEY.key_id)
    assert open_note(NOTE, [twin, LOG_KEY]).verified == ((LOG_KEY, LOG_LINE),)


@pytest.mark.parametrize("size", [0, 8, 63, 64, 71, 73])
def test_a_cosignature_of_another_length_is_refused(size):
    line = SignatureLine(name="hub/w", key_id=WITNESS_KEY.key_id, signature=b"\0" * size)
    with pytest.raises(BadCanonicalError):
        cosignature_time(line)
    with pytest.raises(BadSignatureError):
        open_note(Note(text=TEXT, lines=(line,)), [WITNESS_KEY])


def test_a_cosignature_covers_its_time():
    later = (1_700_000_001).to_bytes(8, "big") + COSIGNED.signature[8:]
    line = SignatureLine(name="hub/w", key_id=WITNESS_KEY.key_id, signature=later)
    with pytest.raises(BadSignatureError):
        open_note(Note(text=TEXT, lines=(line,)), [WITNESS_KEY])


@pytest.mark.parametrize("time", [0, 2**63 - 1])
def test_a_cosignature_of_any_time_opens(time):
    note = Note(text=TEXT, lines=(cosign(TEXT, "hub/w", WITNESS, time),))
    assert cosignature_time(open_note(note, [WITNESS_KEY]).verified[0][1]) == time


def test_a_time_beyond_63_bits_is_refused_although_signed():
    message = f"cosignature/v1\ntime {2**63}\n{TEXT}".encode()
    signature = (2**63).to_bytes(8, "big") + WITNESS.sign(message)
    line = SignatureLine(name="hub/w", key_id=WITNESS_KEY.key_id, signature=signature)
    with pytest.raises(BadSignatureError):
        open_note(Note(text=TEXT, lines=(line,)), [WITNESS_KEY])


ROW = LOG_LINE.encode()
BAD_FORMS = {
    "empty": "",
    "no text": f"\n{ROW}",
    "empty text": f"\n\n{ROW}",
    "no blank line": f"{TEXT}{ROW}",
    "no signature": f"{TEXT}\n",
    "last line without end": f"{TEXT}\n{ROW[:-1]}",
    "blank line behind": f"{TEXT}\n{ROW}\n",
    "text behind": f"{TEXT}\n{ROW}x\n",
    "carriage return": f"{TEXT}\r\n{ROW}",
    "carriage return in a line": f"{TEXT}\n{ROW[:-1]}\r\n",
    "tab": f"{TEXT[:-1]}\t\n\n{ROW}",
    "zero byte": f"{TEXT}\0\n\n{ROW}",
    "hyphen for dash": f"{TEXT}\n{ROW.replace('—', '-')}",
    "two spaces behind the dash": f"{TEXT}\n{ROW.replace('— ', '—  ')}",
    "tab behind the dash": f"{TEXT}\n{ROW.replace('— ', '—	')}",
    "no name": f"{TEXT}\n— {ROW.split(' ')[2]}",
    "name with plus": f"{TEXT}\n{ROW.replace('abc', 'a+c')}",
    "name with wide space": f"{TEXT}\n" + ROW.replace("abc", "a\u2003c"),
    "no base64": f"{TEXT}\n— abc\n",
    "empty base64": f"{TEXT}\n— abc \n",
    "key id only": f"{TEXT}\n— abc {b64encode(b'abcd')}\n",
    "unpadded base64": f"{TEXT}\n— abc {b64encode(b'abcde').rstrip('=')}\n",
    "base64 with spare bits": f"{TEXT}\n— abc YWJjZGV=\n",
    "url base64": f"{TEXT}\n— abc {'_' * 8}\n",
    "space behind": f"{TEXT}\n{ROW[:-1]} \n",
}


@pytest.mark.parametrize("text", BAD_FORMS.values(), ids=BAD_FORMS.keys())
def test_another_form_is_refused(text):
    with pytest.raises(BadCanonicalError) as refused:
        parse_note(text.encode())
    assert refused.value.code == "bad_canonical"


@pytest.mark.parametrize("data", [b"\xff\n\n", b"a\n\n\xe2\x80\x94 abc \xc0\x80\n"])
def test_bytes_that_are_not_utf_8_are_refused(data):
    with pytest.raises(BadCanonicalError):
        parse_note(data)


def test_32_lines_are_read_and_33_refused():
    assert len(parse_note(f"{TEXT}\n{ROW * 32}".encode()).lines) == 32
    with pytest.raises(TooLargeError):
        parse_note(f"{TEXT}\n{ROW * 33}".encode())


def test_16_kib_are_read_and_a_byte_more_refused():
    text = "x" * (16 * 1024 - len(ROW.encode()) - 2) + "\n"
    data = f"{text}\n{ROW}".encode()
    assert len(data) == 16 * 1024
    assert parse_note(data).text == text
    for parse in (parse_note, parse_signature_lines):
        with pytest.raises(TooLargeError):
            parse(data + b"x")


def test_a_text_may_have_blank_lines_and_lines_like_signatures():
    text = f"Ognuno\n\n{ROW}\nèd è subito sera.\n"
    note = Note(text=text, lines=(sign_note(text, "abc", LOG),))
    assert parse_note(note.encode()) == note


def test_signature_lines_come_without_text():
    assert parse_signature_lines((ROW + COSIGNED.encode()).encode()) == (LOG_LINE, COSIGNED)
    for bad in (b"", b"\n", ROW[:-1].encode(), f"\n{ROW}".encode(), f"{ROW}\n".encode()):
        with pytest.raises(BadCanonicalError):
            parse_signature_lines(bad)


@pytest.mark.parametrize("text", ["", "\n", "no end", "tab\t\n", "\ud800\n"], ids=repr)
def test_a_text_that_is_none_of_a_note_cannot_be_signed(text):
    with pytest.raises(InputError):
        sign_note(text, "abc", LOG)
    with pytest.raises(InputError):
        cosign(text, "abc", LOG, 1)


@pytest.mark.parametrize("name", ["", "a b", "a+b"])
def test_a_name_that_is_none_of_a_key_cannot_sign(name):
    with pytest.raises(InputError):
        sign_note(TEXT, name, LOG)


@pytest.mark.parametrize("time", [-1, 2**63])
def test_a_time_beyond_its_bounds_cannot_be_signed(time):
    with pytest.raises(InputError):
        cosign(TEXT, "abc/w", WITNESS, time)


@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1),
    st.lists(st.binary(min_size=5, max_size=80), min_size=1, max_size=5),
)
def test_every_note_comes_back(text, signatures):
    lines = tuple(
        SignatureLine(name=f"k{n}", key_id=data[:4], signature=data[4:])
        for n, data in enumerate(signatures)
    )
    note = Note(text=text + "\n", lines=lines)
    assert parse_note(note.encode()) == note


def test_a_cut_note_is_never_opened_as_another_text():
    for data in cuts(NOTE):
        try:
            opened = open_note(data, [LOG_KEY, WITNESS_KEY])
        except ProtocolError:
            continue
        assert opened.text == TEXT
        assert opened.verified == ((LOG_KEY, LOG_LINE),)


def test_a_trailing_byte_is_refused():
    for byte in range(256):
        with pytest.raises(BadCanonicalError):
            parse_note(NOTE + bytes((byte,)))


def test_a_flipped_bit_never_opens_as_another_text():
    for data in flips(NOTE):
        try:
            opened = open_note(data, [LOG_KEY, WITNESS_KEY])
        except ProtocolError:
            continue
        assert opened.text == TEXT
        assert len(opened.verified) == 1  # the other line now names an unknown key


def test_broken_notes_give_a_note_or_a_refusal():
    assert refuses_or_returns(lambda data: open_note(data, [LOG_KEY]), [NOTE]) > 0
    assert refuses_or_returns(parse_signature_lines, [ROW.encode()]) > 0
