"""The batch on the wire: round trip, every bound, every byte."""

from dataclasses import replace

import pytest

from fuzzing import cuts, refuses_or_returns
from integra_protocol.batch import (
    Batch,
    BatchEntry,
    BlobState,
    decode_batch,
    encode_batch,
    entry_size,
)
from integra_protocol.canonical import decode_map, encode
from integra_protocol.errors import InputError, ProtocolError
from integra_protocol.limits import (
    MAX_BATCH_BYTES,
    MAX_BATCH_LEAVES,
    MAX_BLOB_BYTES,
    MAX_HEADER_BYTES,
    MAX_NOTE_BYTES,
    MAX_SIZE,
    WRAP_BYTES,
)
from protocol_entries import EAST, NORTH, ORIGIN
from protocol_federation import SimLog

LOG = SimLog(ORIGIN).cover(2)
LOG.add()
LOG.cover(2)
WRAP = bytes(WRAP_BYTES)
SEALED = BatchEntry(header=b"h", blob=b"b", wraps={EAST: WRAP, NORTH: WRAP}, state=BlobState(0))
BATCH = replace(LOG.batch(1, 4), entries=(*LOG.batch(1, 4).entries, SEALED))
DATA = encode_batch(BATCH)


def fields(**changes):
    return decode_map(DATA, max_bytes=MAX_BATCH_BYTES) | changes


def entry(header=b"h", blob=b"b", wraps=None, state=0):
    return {"e": [[header, blob, wraps or {}, state]]}


def test_a_batch_is_read_back_as_it_was_written():
    assert decode_batch(DATA) == BATCH
    assert encode_batch(decode_batch(DATA)) == DATA
    assert (BATCH.start, BATCH.end) == (1, 4)


def test_the_bound_of_an_entry_is_not_below_its_size():
    bare = replace(BATCH, entries=(), leaves=bytes(64))
    for shown in (SEALED, LOG.entry(2), BatchEntry(header=b"", blob=None, wraps={}, state=3)):
        grown = encode([shown.header, shown.blob, dict(shown.wraps), int(shown.state)])
        assert len(grown) + 32 <= entry_size(shown)
    assert bare.end == 3


@pytest.mark.parametrize("state", list(BlobState))
def test_every_state_travels(state):
    blob = b"b" if state is BlobState.PRESENT else None
    batch = replace(BATCH, entries=(BatchEntry(header=b"h", blob=blob, wraps={}, state=state),))
    assert decode_batch(encode_batch(batch)) == batch


REFUSED = {
    "no map": (encode([]), "bad_canonical"),
    "a key missing": (encode({k: v for k, v in fields().items() if k != "p"}), "bad_canonical"),
    "a key too many": (encode(fields(z=0)), "bad_canonical"),
    "another version": (encode(fields(v=2)), "bad_canonical"),
    "no origin": (encode(fields(o="justice.example/roster")), "bad_canonical"),
    "an origin as bytes": (encode(fields(o=ORIGIN.encode())), "bad_canonical"),
    "no leaf": (encode(fields(l=b"", e=[])), "bad_canonical"),
    "a leaf of 31 bytes": (encode(fields(l=bytes(31), e=[])), "bad_canonical"),
    "513 leaves": (encode(fields(l=bytes(32 * 513))), "too_large"),
    "more entries than leaves": (encode(fields(l=bytes(32))), "bad_canonical"),
    "an end beyond 2**53": (encode(fields(f=MAX_SIZE)), "bad_canonical"),
    "64 proof hashes": (encode(fields(p=[bytes(32)] * 64)), "bad_canonical"),
    "a proof hash of 31 bytes": (encode(fields(p=[bytes(31)])), "bad_canonical"),
    "a note over 16 KiB": (encode(fields(c="x" * (MAX_NOTE_BYTES + 1))), "bad_canonical"),
    "a note as bytes": (encode(fields(c=b"x")), "bad_canonical"),
    "an entry of three fields": (encode(fields(e=[[b"h", b"b", {}]])), "bad_canonical"),
    "an entry that is a map": (encode(fields(e=[{"h": b"h"}])), "bad_canonical"),
    "a header over 4 KiB": (encode(fields(**entry(bytes(MAX_HEADER_BYTES + 1)))), "bad_canonical"),
    "an empty header": (encode(fields(**entry(b""))), "bad_canonical"),
    "a header as text": (encode(fields(**entry("h"))), "bad_canonical"),
    "a blob over 300 KiB": (
        encode(fields(**entry(blob=bytes(MAX_BLOB_BYTES + 1)))),
        "bad_canonical",
    ),
    "a blob as text": (encode(fields(**entry(blob="b"))), "bad_canonical"),
    "state 4": (encode(fields(**entry(blob=None, state=4))), "bad_canonical"),
    "a state as text": (encode(fields(**entry(state="0"))), "bad_canonical"),
    "present without a blob": (encode(fields(**entry(blob=None, state=0))), "bad_canonical"),
    "erased with a blob": (encode(fields(**entry(state=1))), "bad_canonical"),
    "erased with a wrap": (
        encode(fields(**entry(blob=None, state=1, wraps={EAST: WRAP}))),
        "bad_canonical",
    ),
    "ended with a wrap": (
        encode(fields(**entry(blob=None, state=2, wraps={EAST: WRAP}))),
        "bad_canonical",
    ),
    "a wrap too short": (encode(fields(**entry(wraps={EAST: WRAP[1:]}))), "bad_canonical"),
    "a wrap for no organisation": (encode(fields(**entry(wraps={"*": WRAP}))), "bad_canonical"),
    "fifty wraps": (
        encode(fields(**entry(wraps={f"o{number:03}.example": WRAP for number in range(50)}))),
        "bad_canonical",
    ),
    "wraps in a list": (encode(fields(e=[[b"h", b"b", [], 0]])), "bad_canonical"),
    "a deep nest": (encode(fields(e=[[b"h", b"b", {EAST: [[]]}, 0]])), "bad_canonical"),
    "over 4 MiB": (bytes(MAX_BATCH_BYTES + 1), "too_large"),
    "many containers": (encode(fields(e=[[[]] * 2000])), "bad_canonical"),
    "a trailing byte": (DATA + b"\0", "bad_canonical"),
}


@pytest.mark.parametrize("data, code", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_a_batch_within_its_bounds_is_refused(data, code):
    with pytest.raises(ProtocolError) as caught:
        decode_batch(data)
    assert caught.value.code == code


def test_every_cut_is_refused():
    for data in cuts(DATA):
        with pytest.raises(ProtocolError):
            decode_batch(data)


def test_broken_bytes_are_refused_or_read_and_nothing_else():
    assert refuses_or_returns(decode_batch, [DATA, encode_batch(LOG.batch())]) > 0


def test_the_largest_batch_travels():
    header = bytes(100)
    shown = BatchEntry(header=header, blob=bytes(7000), wraps={}, state=BlobState.PRESENT)
    batch = Batch(
        origin=ORIGIN,
        start=0,
        leaves=bytes(32 * MAX_BATCH_LEAVES),
        entries=(shown,) * MAX_BATCH_LEAVES,
        proof=(bytes(32),) * 63,
        note=b"x" * MAX_NOTE_BYTES,
    )
    assert decode_batch(encode_batch(batch)) == batch


def test_a_batch_over_its_bounds_is_not_written():
    big = BatchEntry(header=b"h", blob=bytes(MAX_BLOB_BYTES), wraps={}, state=BlobState.PRESENT)
    too_many_bytes = replace(BATCH, leaves=bytes(32 * 20), entries=(big,) * 20)
    for batch in (too_many_bytes, replace(BATCH, note=b"\xff"), replace(BATCH, leaves=b"")):
        with pytest.raises(InputError):
            encode_batch(batch)
