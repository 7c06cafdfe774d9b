"""Does a checkpoint count only when its own log signed it, with the newest cosignatures?"""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzing import cuts, flips, refuses_or_returns
from integra_protocol.canonical import b64encode
from integra_protocol.checkpoint import (
    Checkpoint,
    add_cosignatures,
    cosign_checkpoint,
    merge,
    open_checkpoint,
    open_cosignatures,
    parse_checkpoint,
    peek_checkpoint,
    sign_checkpoint,
)
from integra_protocol.errors import (
    BadCanonicalError,
    BadSignatureError,
    InputError,
    ProtocolError,
    TooLargeError,
)
from integra_protocol.keys import KIND_COSIGNATURE, KIND_NOTE, NoteKey, SigningKey
from integra_protocol.merkle import EMPTY_ROOT
from integra_protocol.note import Note, SignatureLine, parse_note, sign_note

ORIGIN = "abc.example/log/1"
ROOT = sha256(b"root").digest()
LOG = SigningKey.from_seed(sha256(b"log").digest())
LOG_KEY = NoteKey(name=ORIGIN, kind=KIND_NOTE, public=LOG.public)
CHECKPOINT = Checkpoint(origin=ORIGIN, size=7, root=ROOT)
DATA = sign_checkpoint(CHECKPOINT, LOG)
NOTE = open_checkpoint(DATA, LOG_KEY)


def witness(org: str) -> SigningKey:
    return SigningKey.from_seed(sha256(org.encode()).digest())


def witness_key(org: str) -> NoteKey:
    return NoteKey(name=f"{org}/w", kind=KIND_COSIGNATURE, public=witness(org).public)


def cosigned(org: str, time: int = 100, checkpoint: Checkpoint = CHECKPOINT):
    return cosign_checkpoint(checkpoint, org, witness(org), time)


@given(
    st.integers(1, 2**53 - 1),
    st.binary(min_size=32, max_size=32),
    st.sampled_from([ORIGIN, "fed.example/roster"]),
)
def test_every_checkpoint_comes_back(size, root, origin):
    checkpoint = Checkpoint(origin=origin, size=size, root=root)
    assert parse_checkpoint(checkpoint.text()) == checkpoint


BAD_TEXTS = {
    "empty": "",
    "two lines": f"{ORIGIN}\n7\n",
    "no last end": f"{ORIGIN}\n7\n{b64encode(ROOT)}",
    "extension": f"{ORIGIN}\n7\n{b64encode(ROOT)}\nmore\n",
    "blank extension": f"{ORIGIN}\n7\n{b64encode(ROOT)}\n\n",
    "no origin": f"\n7\n{b64encode(ROOT)}\n",
    "origin with space": f"a b\n7\n{b64encode(ROOT)}\n",
    "leading zero": f"{ORIGIN}\n07\n{b64encode(ROOT)}\n",
    "sign": f"{ORIGIN}\n+7\n{b64encode(ROOT)}\n",
    "hexadecimal": f"{ORIGIN}\n0x7\n{b64encode(ROOT)}\n",
    "2**53": f"{ORIGIN}\n{2**53}\n{b64encode(ROOT)}\n",
    "5,000 digits": f"{ORIGIN}\n{'9' * 5_000}\n{b64encode(ROOT)}\n",
    "short root": f"{ORIGIN}\n7\n{b64encode(ROOT[:31])}\n",
    "long root": f"{ORIGIN}\n7\n{b64encode(ROOT + ROOT)}\n",
    "unpadded root": f"{ORIGIN}\n7\n{b64encode(ROOT)[:-1]}\n",
    "root of an empty tree": f"{ORIGIN}\n0\n{b64encode(ROOT)}\n",
}


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS.keys())
def test_another_text_is_refused(text):
    with pytest.raises(BadCanonicalError):
        parse_checkpoint(text)


def test_the_empty_tree_has_a_checkpoint():
    text = Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT).text()
    assert parse_checkpoint(text).root == EMPTY_ROOT


def test_a_signed_checkpoint_opens_with_its_logs_key():
    assert NOTE.checkpoint == CHECKPOINT == peek_checkpoint(DATA)
    assert NOTE.cosignatures == ()
    assert NOTE.data == DATA


@pytest.mark.parametrize(
    "key",
    [
        NoteKey(name=ORIGIN, kind=KIND_NOTE, public=witness("x").public),
        NoteKey(name="abc.example/log/2", kind=KIND_NOTE, public=LOG.public),
        NoteKey(name=ORIGIN, kind=KIND_COSIGNATURE, public=LOG.public),
    ],
    ids=["other key", "other origin", "other kind"],
)
def test_a_checkpoint_of_another_key_is_refused(key):
    with pytest.raises(BadSignatureError):
        open_checkpoint(DATA, key)


def test_a_key_cannot_sign_the_checkpoint_of_another_origin():
    text = Checkpoint(origin="other.example/log/1", size=7, root=ROOT).text()
    data = Note(text=text, lines=(sign_note(text, ORIGIN, LOG),)).encode()
    with pytest.raises(BadSignatureError):
        open_checkpoint(data, LOG_KEY)


def test_cosignatures_alone_do_not_open_a_checkpoint():
    data = Note(text=CHECKPOINT.text(), lines=(cosigned("hub").line,)).encode()
    with pytest.raises(BadSignatureError):
        open_checkpoint(data, LOG_KEY, [witness_key("hub")])


def test_known_cosignatures_are_kept_and_unknown_lines_dropped():
    note = add_cosignatures(NOTE, [cosigned("two"), cosigned("one"), cosigned("unknown")])
    opened = open_checkpoint(note.data, LOG_KEY, [witness_key("one"), witness_key("two")])
    assert [one.org for one in opened.cosignatures] == ["one", "two"]
    assert [line.name for line in parse_note(opened.data).lines] == [ORIGIN, "one/w", "two/w"]


def test_lines_in_another_order_give_the_same_note():
    lines = (cosigned("two").line, NOTE.log_line, cosigned("one").line)
    data = Note(text=CHECKPOINT.text(), lines=lines).encode()
    keys = [witness_key("one"), witness_key("two")]
    assert open_checkpoint(data, LOG_KEY, keys) == add_cosignatures(
        NOTE, [cosigned("one"), cosigned("two")]
    )


def test_a_bad_cosignature_of_a_known_witness_kills_the_checkpoint():
    line = cosigned("hub").line
    bad = SignatureLine(name=line.name, key_id=line.key_id, signature=b"\0" * 72)
    data = Note(text=CHECKPOINT.text(), lines=(NOTE.log_line, bad)).encode()
    assert open_checkpoint(data, LOG_KEY) == NOTE
    with pytest.raises(BadSignatureError):
        open_checkpoint(data, LOG_KEY, [witness_key("hub")])


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 9)), max_size=8))
def test_the_newest_cosignature_of_each_organisation_stays(pairs):
    note = add_cosignatures(NOTE, [cosigned(org * 3, time) for org, time in pairs])
    newest = {org * 3: max(t for o, t in pairs if o == org) for org, _ in pairs}
    assert {one.org: one.time for one in note.cosignatures} == newest


def test_the_newest_31_cosignatures_stay():
    note = add_cosignatures(NOTE, [cosigned(f"org{n:02}", time=n) for n in range(40)])
    assert [one.time for one in note.cosignatures] == list(range(9, 40))
    keys = [witness_key(f"org{n:02}") for n in range(40)]
    assert open_checkpoint(note.data, LOG_KEY, keys) == note


def test_two_keys_of_one_witness_count_once():
    second = SigningKey.from_seed(sha256(b"second").digest())
    key = NoteKey(name="hub/w", kind=KIND_COSIGNATURE, public=second.public)
    older = cosign_checkpoint(CHECKPOINT, "hub", second, 99)
    lines = (NOTE.log_line, older.line, cosigned("hub").line)
    data = Note(text=CHECKPOINT.text(), lines=lines).encode()
    opened = open_checkpoint(data, LOG_KEY, [witness_key("hub"), key])
    assert opened.cosignatures == (cosigned("hub"),)


def test_merging_keeps_the_cosignatures_of_both():
    one = add_cosignatures(NOTE, [cosigned("one", 5), cosigned("two", 5)])
    other = add_cosignatures(NOTE, [cosigned("two", 6), cosigned("three", 1)])
    merged = merge(one, other)
    assert [(c.org, c.time) for c in merged.cosignatures] == [("one", 5), ("three", 1), ("two", 6)]
    assert merged == merge(other, one)


def test_notes_of_different_texts_do_not_merge():
    other = Checkpoint(origin=ORIGIN, size=8, root=ROOT)
    with pytest.raises(InputError):
        merge(NOTE, open_checkpoint(sign_checkpoint(other, LOG), LOG_KEY))


def test_the_answer_of_a_witness_is_opened():
    answer = cosigned("hub").line.encode().encode()
    assert open_cosignatures(NOTE, answer, [witness_key("hub")]) == (cosigned("hub"),)
    assert open_cosignatures(NOTE, answer, [witness_key("other")]) == ()


def test_the_answer_of_a_witness_over_another_checkpoint_is_refused():
    other = Checkpoint(origin=ORIGIN, size=8, root=ROOT)
    answer = cosigned("hub", checkpoint=other).line.encode().encode()
    with pytest.raises(BadSignatureError):
        open_cosignatures(NOTE, answer, [witness_key("hub")])


def test_too_many_lines_are_refused():
    lines = (NOTE.log_line,) * 33
    with pytest.raises(TooLargeError):
        open_checkpoint(Note(text=CHECKPOINT.text(), lines=lines).encode(), LOG_KEY)


def test_a_cut_or_flipped_checkpoint_is_never_another():
    data = add_cosignatures(NOTE, [cosigned("hub")]).data
    for twin in (*cuts(data), *flips(data)):
        try:
            opened = open_checkpoint(twin, LOG_KEY, [witness_key("hub")])
        except ProtocolError:
            continue
        assert opened == NOTE  # the line of the witness was lost, nothing else


def test_broken_checkpoints_give_one_or_a_refusal():
    data = add_cosignatures(NOTE, [cosigned("hub")]).data
    keys = [witness_key("hub")]
    assert refuses_or_returns(lambda twin: open_checkpoint(twin, LOG_KEY, keys), [data]) > 0
    assert refuses_or_returns(peek_checkpoint, [data]) > 0
