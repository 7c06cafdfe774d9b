"""Are roots and proofs those of RFC 6962, and does a wrong proof never pass?"""

import base64
import json
import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzing import cuts
from integra_protocol.errors import (
    BadCanonicalError,
    BadProofError,
    InconsistentError,
    ProtocolError,
    RootMismatchError,
)
from integra_protocol.merkle import (
    EMPTY_ROOT,
    Frontier,
    HashReader,
    check_consistency,
    consistency_proof,
    frontier_at,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    root_from_inclusion,
)

CT = json.loads((Path(__file__).parent / "vectors" / "ct-tree.json").read_text())
LEAVES = [leaf_hash(bytes((n,))) for n in range(130)]
SIZES = st.integers(1, len(LEAVES))


def reader(leaves: list[bytes]) -> HashReader:
    def read(level: int, index: int) -> bytes:
        assert (index + 1) << level <= len(leaves), "an incomplete subtree was asked for"
        if level == 0:
            return leaves[index]
        return node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))

    return read


READ = reader(LEAVES)


def root_by_definition(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    split = 1
    while 2 * split < len(leaves):
        split *= 2
    return node_hash(root_by_definition(leaves[:split]), root_by_definition(leaves[split:]))


def foreign(name: str) -> list:
    folder = os.environ["INTEGRA_VECTORS"]
    return list(json.loads((Path(folder) / "merkle" / name).read_text()).items())


def hashes(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(text) for text in texts or []]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference_tree(size):
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in CT["leaves"]]
    assert Frontier.empty().extend(leaves[:size]).root().hex() == CT["roots"][size]
    assert root_at(size, reader(leaves)).hex() == CT["roots"][size]


@pytest.mark.parametrize("size", range(40))
def test_roots_are_those_of_the_definition(size):
    assert Frontier.empty().extend(LEAVES[:size]).root() == root_by_definition(LEAVES[:size])


@given(st.integers(0, 130), st.integers(0, 130))
def test_a_frontier_grows_in_any_steps_and_is_found_again(one, other):
    low, high = sorted((one, other))
    grown = Frontier.empty().extend(LEAVES[:low]).extend(LEAVES[low:high])
    assert grown == frontier_at(high, READ)
    assert len(grown.hashes) == high.bit_count()
    assert Frontier.decode(grown.encode()) == grown


def test_one_leaf_after_the_other_gives_the_same_frontier():
    frontier = Frontier.empty()
    for leaf in LEAVES[:20]:
        frontier = frontier.append(leaf)
    assert frontier == Frontier.empty().extend(LEAVES[:20])


def test_the_empty_tree_has_the_hash_of_nothing_as_root():
    assert Frontier.empty().root() == EMPTY_ROOT == root_at(0, READ)


def test_a_stored_frontier_of_another_length_is_refused():
    data = Frontier.empty().extend(LEAVES[:7]).encode()
    for twin in (*cuts(data), data + b"\0", b"\0\x20" + b"\0" * 6, b"\xff" * (8 + 32 * 64)):
        with pytest.raises(BadCanonicalError):
            Frontier.decode(twin)


@given(SIZES, st.data())
def test_every_leaf_is_proven(size, data):
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, READ)
    assert root_from_inclusion(LEAVES[index], index, size, proof) == root_at(size, READ)


@given(SIZES, st.data())
def test_no_other_leaf_index_or_path_is_proven(size, data):
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, READ)
    root = root_at(size, READ)
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index or size == 1))
    at = data.draw(st.integers(0, max(len(proof) - 1, 0)))
    bent = (*proof[:at], bytes(32), *proof[at + 1 :])
    for leaf, place, path in [
        (bytes(32), index, proof),
        (LEAVES[index], other, proof),
        (LEAVES[index], index, bent),
    ]:
        if (leaf, place, path) != (LEAVES[index], index, proof):
            assert _root_or_none(leaf, place, size, path) != root


def _root_or_none(leaf: bytes, index: int, size: int, proof) -> bytes | None:
    try:
        return root_from_inclusion(leaf, index, size, proof)
    except BadProofError:
        return None


@given(SIZES, st.data())
def test_a_path_of_another_length_is_refused(size, data):
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, READ)
    for twin in [(*proof, bytes(32)), proof[:-1] if proof else (b"",)]:
        with pytest.raises(BadProofError):
            root_from_inclusion(LEAVES[index], index, size, twin)


@pytest.mark.parametrize("index, size", [(0, 0), (-1, 1), (1, 1), (8, 8), (0, 2**53)])
def test_an_index_outside_the_tree_has_no_proof(index, size):
    with pytest.raises(BadProofError):
        inclusion_proof(index, size, READ)
    with pytest.raises(BadProofError):
        root_from_inclusion(LEAVES[0], index, size, ())


@pytest.mark.parametrize("line", [b"", b"x" * 31, b"x" * 33])
def test_a_hash_of_another_length_is_refused(line):
    with pytest.raises(BadProofError):
        root_from_inclusion(LEAVES[0], 0, 2, (line,))
    with pytest.raises(BadProofError):
        root_from_inclusion(line, 0, 1, ())
    with pytest.raises(BadProofError):
        check_consistency(1, LEAVES[0], 2, root_at(2, READ), (line,))


@given(SIZES, SIZES)
def test_every_tree_is_consistent_with_its_beginning(one, other):
    low, high = sorted((one, other))
    proof = consistency_proof(low, high, READ)
    check_consistency(low, root_at(low, READ), high, root_at(high, READ), proof)
    assert (low == high) == (proof == ())


@given(SIZES, SIZES, st.integers(0, 7))
def test_a_bent_consistency_proof_is_refused(one, other, at):
    low, high = sorted((one, other))
    proof = consistency_proof(low, high, READ)
    old, new = root_at(low, READ), root_at(high, READ)
    twins = [(*proof, bytes(32)), proof[:-1], (*proof[:at], bytes(32), *proof[at + 1 :])]
    for twin in twins:
        if twin != proof:
            with pytest.raises((BadProofError, InconsistentError)):
                check_consistency(low, old, high, new, twin)


@given(SIZES, SIZES)
def test_another_root_at_either_end_is_inconsistent(one, other):
    low, high = sorted((one, other))
    proof = consistency_proof(low, high, READ)
    old, new = root_at(low, READ), root_at(high, READ)
    for roots in [(bytes(32), new), (old, bytes(32))]:
        with pytest.raises((InconsistentError, RootMismatchError)):
            check_consistency(low, roots[0], high, roots[1], proof)


def test_a_rewritten_leaf_is_inconsistent():
    forked = [*LEAVES[:3], bytes(32), *LEAVES[4:]]
    proof = consistency_proof(5, 11, reader(forked))
    with pytest.raises(InconsistentError):
        check_consistency(5, root_at(5, READ), 11, root_at(11, reader(forked)), proof)


def test_equal_sizes_with_other_roots_do_not_match():
    with pytest.raises(RootMismatchError):
        check_consistency(3, LEAVES[0], 3, LEAVES[1], ())


@pytest.mark.parametrize("old, new", [(0, 0), (0, 3), (4, 3), (-1, 3), (1, 2**53)])
def test_between_other_sizes_there_is_no_proof(old, new):
    with pytest.raises(BadProofError):
        consistency_proof(old, new, READ)
    with pytest.raises(BadProofError):
        check_consistency(old, EMPTY_ROOT, new, EMPTY_ROOT, ())


def test_proofs_of_the_largest_trees_are_short():
    size = 2**53 - 1
    levels = [LEAVES[0]]  # every leaf is the same, so every subtree of a level is
    for _ in range(53):
        levels.append(node_hash(levels[-1], levels[-1]))

    def read(level: int, index: int) -> bytes:
        return levels[level]

    root = root_at(size, read)
    for index in (0, size // 3, size - 1):
        proof = inclusion_proof(index, size, read)
        assert len(proof) <= 63
        assert root_from_inclusion(LEAVES[0], index, size, proof) == root
    proof = consistency_proof(size - 2, size, read)
    check_consistency(size - 2, root_at(size - 2, read), size, root, proof)


@pytest.mark.vectors
def test_inclusion_verdicts_are_those_of_others():
    cases = foreign("inclusion.json")
    assert len(cases) == 98
    for name, case in cases:
        (leaf, root), proof = hashes([case["leafHash"], case["root"]]), hashes(case["proof"])
        found = _root_or_none(leaf, case["leafIdx"], case["treeSize"], proof)
        assert (found != root) == case["wantErr"], name


@pytest.mark.vectors
def test_consistency_verdicts_are_those_of_others():
    cases = foreign("consistency.json")
    assert len(cases) == 98
    for name, case in cases:
        old, new = hashes([case["root1"], case["root2"]])
        try:
            check_consistency(case["size1"], old, case["size2"], new, hashes(case["proof"]))
        except ProtocolError:
            assert case["wantErr"], name
        else:
            assert not case["wantErr"], name
