"""Does a witness cosign only what extends its record, and does only a real fork convict a log?"""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzing import cuts, flips, refuses_or_returns
from integra_protocol.canonical import b64encode
from integra_protocol.checkpoint import (
    Checkpoint,
    CheckpointNote,
    add_cosignatures,
    cosign_checkpoint,
    open_checkpoint,
    sign_checkpoint,
)
from integra_protocol.errors import (
    BadCanonicalError,
    BadProofError,
    BadSignatureError,
    InconsistentError,
    ProtocolError,
    RootMismatchError,
    SizeConflictError,
    TooLargeError,
    UnknownLogError,
)
from integra_protocol.keys import KIND_NOTE, NoteKey, SigningKey
from integra_protocol.merkle import EMPTY_ROOT, consistency_proof, leaf_hash, node_hash, root_at
from integra_protocol.note import parse_note
from integra_protocol.witness import (
    AddCheckpoint,
    Evidence,
    WitnessRecord,
    check_evidence,
    decide,
    evidence_from_json,
    evidence_to_json,
    format_add_checkpoint,
    make_evidence,
    parse_add_checkpoint,
)

ORIGIN = "abc.example/log/1"
LOG = SigningKey.from_seed(sha256(b"log").digest())
OTHER = SigningKey.from_seed(sha256(b"other").digest())
LOG_KEY = NoteKey(name=ORIGIN, kind=KIND_NOTE, public=LOG.public)
LEAVES = [leaf_hash(bytes((n,))) for n in range(20)]
FORKED = [*LEAVES[:3], leaf_hash(b"rewritten"), *LEAVES[4:]]


def reader(leaves: list[bytes]):
    def read(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        return node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))

    return read


READ, READ_FORKED = reader(LEAVES), reader(FORKED)


def checkpoint(size: int, read=READ, origin: str = ORIGIN) -> Checkpoint:
    return Checkpoint(origin=origin, size=size, root=root_at(size, read))


def signed(size: int, read=READ, origin: str = ORIGIN, key: SigningKey = LOG) -> bytes:
    return sign_checkpoint(checkpoint(size, read, origin), key)


def opened(size: int, read=READ) -> CheckpointNote:
    return open_checkpoint(signed(size, read), LOG_KEY)


def record(size: int, read=READ) -> WitnessRecord:
    return WitnessRecord(size=size, root=root_at(size, read))


def request(old: int, new: int, read=READ) -> AddCheckpoint:
    proof = consistency_proof(old, new, read) if 0 < old <= new else ()
    return AddCheckpoint(old_size=old, proof=proof, note=signed(new, read))


def log_key_for(origin: str, size: int) -> NoteKey:
    if origin not in (ORIGIN, "other.example/log/1"):
        raise UnknownLogError
    return NoteKey(name=origin, kind=KIND_NOTE, public=LOG.public)


BODY = format_add_checkpoint(request(5, 11))


def test_a_request_has_the_form_of_tlog_witness():
    proof = "".join(f"{b64encode(line)}\n" for line in consistency_proof(5, 11, READ))
    assert f"old 5\n{proof}\n".encode() + signed(11) == BODY
    assert format_add_checkpoint(request(0, 3)) == b"old 0\n\n" + signed(3)


@given(
    st.integers(0, 2**53 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.binary(max_size=200),
)
def test_every_request_comes_back(old, proof, note):
    made = AddCheckpoint(old_size=old, proof=tuple(proof), note=note)
    assert parse_add_checkpoint(format_add_checkpoint(made)) == made


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 5",
        b"old 5\n",
        b"\n\nnote",
        b"5\n\nnote",
        b"OLD 5\n\nnote",
        b"old  5\n\nnote",
        b"old 05\n\nnote",
        b"old -5\n\nnote",
        b"old 9007199254740992\n\nnote",
        b"old 5\r\n\r\nnote",
        b"old 5\nAAAA\n\nnote",
        b"old 5\nnot base64\n\nnote",
        b"old 5\n" + b64encode(b"x" * 33).encode() + b"\n\nnote",
        b"old 5\n\xff\n\nnote",
    ],
    ids=repr,
)
def test_another_form_of_request_is_refused(body):
    with pytest.raises(BadCanonicalError):
        parse_add_checkpoint(body)


def test_63_proof_lines_are_read_and_64_refused():
    line = b64encode(b"x" * 32).encode() + b"\n"
    assert len(parse_add_checkpoint(b"old 5\n" + line * 63 + b"\nnote").proof) == 63
    with pytest.raises(TooLargeError):
        parse_add_checkpoint(b"old 5\n" + line * 64 + b"\nnote")


def test_a_request_with_the_largest_note_and_proof_is_read():
    largest = AddCheckpoint(old_size=2**53 - 1, proof=(b"x" * 32,) * 63, note=b"n" * 16 * 1024)
    body = format_add_checkpoint(largest)
    assert parse_add_checkpoint(body) == largest
    with pytest.raises(TooLargeError):
        parse_add_checkpoint(body + b"n" * 32)


def test_the_first_checkpoint_is_cosigned_without_proof():
    assert decide(None, request(0, 7), checkpoint(7)) == record(7)


def test_an_empty_log_is_cosigned():
    empty = Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT)
    made = AddCheckpoint(old_size=0, proof=(), note=sign_checkpoint(empty, LOG))
    assert decide(None, made, empty) == WitnessRecord(size=0, root=EMPTY_ROOT)
    assert decide(WitnessRecord(size=0, root=EMPTY_ROOT), request(0, 7), checkpoint(7)) == record(7)


@given(st.integers(1, 20), st.integers(1, 20))
def test_a_checkpoint_that_extends_the_record_is_cosigned(one, other):
    low, high = sorted((one, other))
    assert decide(record(low), request(low, high), checkpoint(high)) == record(high)


@pytest.mark.parametrize("held, old", [(5, 0), (5, 4), (5, 6), (None, 5)])
def test_a_request_from_another_size_learns_that_of_the_record(held, old):
    with pytest.raises(SizeConflictError) as refused:
        decide(record(held) if held else None, request(old, 11), checkpoint(11))
    assert (refused.value.status, refused.value.size) == (409, held or 0)


def test_an_old_size_above_the_checkpoint_is_refused():
    with pytest.raises(BadProofError) as refused:
        decide(record(5), request(6, 5), checkpoint(5))
    assert refused.value.status == 400


def test_a_record_never_falls():
    with pytest.raises(BadProofError):
        decide(record(11), AddCheckpoint(old_size=11, proof=(), note=b""), checkpoint(5))
    with pytest.raises(SizeConflictError):
        decide(record(11), request(3, 5), checkpoint(5))


def test_the_size_of_the_record_with_another_root_is_refused():
    with pytest.raises(RootMismatchError) as refused:
        decide(record(5), request(5, 5, READ_FORKED), checkpoint(5, READ_FORKED))
    assert refused.value.status == 422


def test_a_fork_is_refused():
    with pytest.raises(InconsistentError) as refused:
        decide(record(5), request(5, 11, READ_FORKED), checkpoint(11, READ_FORKED))
    assert refused.value.status == 422


@pytest.mark.parametrize(
    "old, new, proof",
    [(0, 7, (b"x" * 32,)), (5, 5, (b"x" * 32,)), (5, 11, ()), (5, 11, (b"x" * 32,) * 9)],
)
def test_a_proof_of_the_wrong_form_is_refused(old, new, proof):
    made = AddCheckpoint(old_size=old, proof=proof, note=signed(new))
    with pytest.raises(BadProofError) as refused:
        decide(record(old) if old else None, made, checkpoint(new))
    assert refused.value.status == 400


def test_cut_flipped_and_broken_requests_give_one_or_a_refusal():
    assert refuses_or_returns(parse_add_checkpoint, [BODY]) > 0
    for twin in cuts(BODY[: BODY.index(b"\n\n") + 2]):
        with pytest.raises(BadCanonicalError):
            parse_add_checkpoint(twin)
    for twin in flips(BODY):
        try:
            assert parse_add_checkpoint(twin) != request(5, 11)
        except ProtocolError:
            continue


E1 = make_evidence(opened(5), opened(5, READ_FORKED))
E2 = make_evidence(
    opened(11, READ_FORKED),
    opened(5),
    consistency_proof(5, 11, READ_FORKED),
    root_at(5, READ_FORKED),
)


@pytest.mark.parametrize("evidence", [E1, E2], ids=["one size", "two sizes"])
def test_a_fork_convicts_its_log(evidence):
    assert check_evidence(evidence, log_key_for) == ORIGIN
    assert evidence_from_json(evidence_to_json(evidence)) == evidence


def test_evidence_has_the_smaller_note_first_and_no_cosignatures():
    note = add_cosignatures(opened(5), [cosign_checkpoint(checkpoint(5), "hub", OTHER, 1)])
    evidence = make_evidence(opened(11, READ_FORKED), note, E2.proof, E2.root)
    assert evidence == E2
    assert len(parse_note(evidence.a).lines) == 1


def replace(evidence: Evidence, **changes) -> Evidence:
    return Evidence(
        **{name: getattr(evidence, name) for name in ("a", "b", "proof", "root")} | changes
    )


HONEST = {
    "the same note twice": (replace(E1, b=E1.a), BadCanonicalError),
    "a log that grew": (
        make_evidence(opened(5), opened(11), consistency_proof(5, 11, READ), root_at(5, READ)),
        BadCanonicalError,
    ),
    "no proof": (replace(E2, proof=()), BadProofError),
    "no root": (replace(E2, root=b""), BadCanonicalError),
    "another root": (replace(E2, root=b"x" * 32), InconsistentError),
    "another proof": (replace(E2, proof=consistency_proof(5, 11, READ)), InconsistentError),
    "the larger first": (replace(E2, a=E2.b, b=E2.a), BadProofError),
    "a proof between equal sizes": (replace(E1, proof=E2.proof), BadProofError),
    "a root between equal sizes": (replace(E1, root=E2.root), BadProofError),
    "two logs": (replace(E1, b=signed(5, READ_FORKED, "other.example/log/1")), BadProofError),
    "an unknown log": (replace(E1, b=signed(5, READ_FORKED, "un.example/log/1")), UnknownLogError),
    "a forged note": (replace(E1, b=signed(5, READ_FORKED, key=OTHER)), BadSignatureError),
    "a forged first note": (replace(E2, a=signed(5, key=OTHER)), BadSignatureError),
    "no note": (replace(E1, a=b""), BadCanonicalError),
    "an empty tree": (
        replace(E2, a=sign_checkpoint(Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT), LOG)),
        BadProofError,
    ),
}


@pytest.mark.parametrize("case", HONEST.values(), ids=HONEST.keys())
def test_nothing_else_convicts(case):
    evidence, error = case
    with pytest.raises(error):
        check_evidence(evidence, log_key_for)


FIELDS = {"a": "a", "b": "b", "p": [], "r": ""}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"\xff",
        b"[" * 60_000,
        json.dumps(FIELDS)[:-1].encode(),
        json.dumps(FIELDS).encode() + b"x",
        json.dumps({**FIELDS, "x": 1}).encode(),
        json.dumps({key: FIELDS[key] for key in "abp"}).encode(),
        json.dumps({**FIELDS, "a": 1}).encode(),
        json.dumps({**FIELDS, "a": "\ud800"}).encode(),
        json.dumps({**FIELDS, "p": ""}).encode(),
        json.dumps({**FIELDS, "p": [1]}).encode(),
        json.dumps({**FIELDS, "p": ["AAAA"]}).encode(),
        json.dumps({**FIELDS, "r": None}).encode(),
        json.dumps({**FIELDS, "r": "é"}).encode(),
        b'{"a":"","a":"","b":"","p":[],"r":""}',
        b'{"a":"","b":"","p":[],"r":' + b"9" * 5_000 + b"}",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_another_form_of_evidence_is_refused(body):
    with pytest.raises(BadCanonicalError):
        evidence_from_json(body)


def test_evidence_over_its_bounds_is_refused():
    with pytest.raises(TooLargeError):
        evidence_from_json(b" " * 65_537)
    with pytest.raises(TooLargeError):
        evidence_from_json(evidence_to_json(replace(E2, proof=(b"x" * 32,) * 64)))


def test_broken_evidence_convicts_nobody_else():
    data = evidence_to_json(E2)

    def judge(twin: bytes) -> None:
        assert check_evidence(evidence_from_json(twin), log_key_for) == ORIGIN

    assert refuses_or_returns(judge, [data, evidence_to_json(E1)]) > 0
    for twin in cuts(data):
        with pytest.raises(BadCanonicalError):
            evidence_from_json(twin)
