"""Which root do these leaves have, and does a proof lead from one root to another?

The Merkle tree of RFC 6962 section 2.1 on numbers and bytes alone; every hash has 32 bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from integra_protocol.canonical import u64
from integra_protocol.errors import (
    BadCanonicalError,
    BadProofError,
    InconsistentError,
    RootMismatchError,
)
from integra_protocol.limits import HASH_BYTES, MAX_SIZE

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

HashReader: TypeAlias = Callable[[int, int], bytes]
"""Gives the hash of the complete subtree of 2**level leaves at index: ``read(level, index)``."""


def leaf_hash(data: bytes) -> bytes:
    """Return the 32-byte leaf hash of data (RFC 6962 2.1)."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the 32-byte hash of the node above left and right (RFC 6962 2.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The least that must be kept of a tree to append to it and know its root.

    size is the number of leaves; hashes are those of its complete subtrees, the largest (and
    leftmost) first, one for each bit set in size.
    """

    size: int
    hashes: tuple[bytes, ...]

    @classmethod
    def empty(cls) -> Frontier:
        """Return the frontier of the tree without leaves."""
        return cls(size=0, hashes=())

    def append(self, leaf: bytes) -> Frontier:
        """Return the frontier after one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        """Return the frontier after these leaf hashes, in order."""
        sha256 = hashlib.sha256
        size = self.size
        stack = list(self.hashes)
        pop, push = stack.pop, stack.append
        for leaf in leaves:
            current = leaf
            bits = size
            while bits & 1:
                current = sha256(b"\1" + pop() + current).digest()
                bits >>= 1
            push(current)
            size += 1
        return Frontier(size=size, hashes=tuple(stack))

    def root(self) -> bytes:
        """Return the 32-byte root (RFC 6962 2.1)."""
        return _fold(self.hashes)

    def encode(self) -> bytes:
        """Return size (8 bytes big-endian) and the hashes, for storage."""
        return u64(self.size) + b"".join(self.hashes)

    @classmethod
    def decode(cls, data: bytes) -> Frontier:
        """Return the frontier that `encode` wrote.

        Raises:
            BadCanonicalError: the length does not fit the size.
        """
        size = int.from_bytes(data[:8], "big")
        if size > MAX_SIZE or len(data) != 8 + HASH_BYTES * size.bit_count():
            raise BadCanonicalError("not a frontier")
        return cls(
            size=size,
            hashes=tuple(data[at : at + HASH_BYTES] for at in range(8, len(data), HASH_BYTES)),
        )


def frontier_at(size: int, read: HashReader) -> Frontier:
    """Return the frontier of the first size leaves of the tree that read knows."""
    return Frontier(size=size, hashes=tuple(_subtrees(0, size, read)))


def root_at(size: int, read: HashReader) -> bytes:
    """Return the 32-byte root of the first size leaves of the tree that read knows."""
    return frontier_at(size, read).root()


def inclusion_proof(index: int, size: int, read: HashReader) -> tuple[bytes, ...]:
    """Return the audit path of leaf index in the tree of size leaves (RFC 6962 2.1.1).

    Raises:
        BadProofError: unless 0 <= index < size <= 2**53 - 1.
    """
    _check_index(index, size)
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_range_root(middle, end, read))
            end = middle
        else:
            path.append(_range_root(begin, middle, read))
            begin = middle
    return tuple(reversed(path))


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root to which proof leads from leaf at index in a tree of size leaves.

    The caller compares it with the root that is trusted (RFC 9162 2.1.3.2).

    Raises:
        BadProofError: index outside the tree, a proof of the wrong length, or a leaf or line
            that has not 32 bytes.
    """
    _check_index(index, size)
    _check_hashes((leaf, *proof))
    if len(proof) != _path_length(index, size):
        raise BadProofError("an inclusion proof of the wrong length")
    current = leaf
    position, last = index, size - 1
    for sibling in proof:
        # The rightmost node of a level may have no sibling there; it rises without a hash.
        while position == last and not position & 1:
            position >>= 1
            last >>= 1
        current = node_hash(sibling, current) if position & 1 else node_hash(current, sibling)
        position >>= 1
        last >>= 1
    return current


def consistency_proof(old_size: int, new_size: int, read: HashReader) -> tuple[bytes, ...]:
    """Return the proof that the tree of new_size extends that of old_size (RFC 6962 2.1.2).

    It is empty when the sizes are equal.

    Raises:
        BadProofError: unless 1 <= old_size <= new_size <= 2**53 - 1.
    """
    _check_sizes(old_size, new_size)
    path: list[bytes] = []
    begin, end = 0, new_size
    while end != old_size:
        middle = begin + _split(end - begin)
        if old_size <= middle:
            path.append(_range_root(middle, end, read))
            end = middle
        else:
            path.append(_range_root(begin, middle, read))
            begin = middle
    if begin != 0:
        path.append(_range_root(begin, end, read))
    return tuple(reversed(path))


def check_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that proof leads from the old tree to the new one (RFC 9162 2.1.4.2).

    The caller handles size 0, which is consistent with everything and has no proof.

    Raises:
        BadProofError: unless 1 <= old_size <= new_size, for a proof of the wrong length, or a
            line that has not 32 bytes.
        RootMismatchError: equal sizes with different roots.
        InconsistentError: the proof does not lead from old_root to new_root.
    """
    _check_sizes(old_size, new_size)
    _check_hashes(proof)
    if len(proof) != _consistency_length(old_size, new_size):
        raise BadProofError("a consistency proof of the wrong length")
    if old_size == new_size:
        if old_root != new_root:
            raise RootMismatchError
        return
    if _consistency_roots(old_size, old_root, new_size, proof) != (old_root, new_root):
        raise InconsistentError


def _consistency_roots(
    old_size: int, old_root: bytes, new_size: int, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position >>= 1
        last >>= 1
    # A complete old tree is itself the first node of the path.
    start, rest = (proof[0], proof[1:]) if position else (old_root, proof)
    old = new = start
    for sibling in rest:
        while position == last and not position & 1:
            position >>= 1
            last >>= 1
        if position & 1:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
        position >>= 1
        last >>= 1
    return old, new


def _consistency_length(old_size: int, new_size: int) -> int:
    if old_size == new_size:
        return 0
    low = _trailing_zeros(old_size)
    # The path is that of the old tree's last complete subtree within the new tree.
    length = _path_length((old_size - 1) >> low, ((new_size - 1) >> low) + 1)
    return length if old_size == 1 << low else length + 1


def _path_length(index: int, size: int) -> int:
    """Return how many siblings the node has: all below the last split, then one per right turn."""
    inner = (index ^ (size - 1)).bit_length()
    return inner + (index >> inner).bit_count()


def _subtrees(begin: int, end: int, read: HashReader) -> list[bytes]:
    """Return the hashes of the complete subtrees of [begin, end), begin a multiple of theirs."""
    hashes = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        hashes.append(read(level, begin >> level))
        begin += 1 << level
    return hashes


def _range_root(begin: int, end: int, read: HashReader) -> bytes:
    return _fold(_subtrees(begin, end, read))


def _fold(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    current = hashes[-1]
    for left in reversed(hashes[:-1]):
        current = node_hash(left, current)
    return current


def _split(count: int) -> int:
    """Return the largest power of two below count, at least 2."""
    return 1 << (count - 1).bit_length() - 1


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size <= MAX_SIZE:
        raise BadProofError("an index outside its tree")


def _check_sizes(old_size: int, new_size: int) -> None:
    if not 1 <= old_size <= new_size <= MAX_SIZE:
        raise BadProofError("sizes between which there is no proof")


def _check_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise BadProofError("a hash has 32 bytes")
