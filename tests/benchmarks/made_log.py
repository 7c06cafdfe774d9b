"""What does a benchmark feed to a receiver: a signed log of practices, made without a database?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import two_nodes

from integra_node.rules.practice import parse_practice, to_wire
from integra_node.rules.retention import longest
from integra_protocol.batch import Batch, BatchEntry, BlobState, encode_batch
from integra_protocol.checkpoint import Checkpoint, sign_checkpoint
from integra_protocol.content import clear_blob, make_content
from integra_protocol.entry import EVERYONE, Header, commitment, entry_leaf
from integra_protocol.merkle import Frontier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integra_protocol.keys import SigningKey

ITEM_BYTES = 2_048


def batches(origin: str, key: SigningKey, count: int, size: int, *, now: int) -> Iterator[bytes]:
    """Yield the log of an issuer as encoded batches of ``size`` practices, each with its note."""
    frontier = Frontier.empty()
    start = 0
    while start < count:
        number = min(size, count - start)
        entries = [_entry(origin, start + at, now) for at in range(number)]
        leaves = [entry_leaf(entry.header) for entry in entries]
        frontier = frontier.extend(leaves)
        root = frontier.root()
        checkpoint = Checkpoint(origin=origin, size=frontier.size, root=root)
        yield encode_batch(
            Batch(
                origin=origin,
                start=start,
                leaves=b"".join(leaves),
                entries=tuple(entries),
                proof=(),
                note=sign_checkpoint(checkpoint, key),
            )
        )
        start += number


def _entry(origin: str, index: int, now: int) -> BatchEntry:
    practice = parse_practice(two_nodes.record(index, ITEM_BYTES, 9))
    salt = os.urandom(32)
    _, content = make_content(
        "practice",
        to_wire(practice, f"{index:032x}", 1),
        audience=EVERYONE,
        salt=salt,
    )
    blob = clear_blob(salt, content)
    header = Header(
        audience=EVERYONE,
        commitment=commitment(salt, content),
        blob_length=len(blob),
        ciphertext_hash=None,
        index=index,
        kind="practice",
        origin=origin,
        targets=(),
        time=now,
        retention_end=longest(now),
    )
    return BatchEntry(header=header.encode(), blob=blob, wraps={}, state=BlobState.PRESENT)
