"""What follows from a part of a file that some member sent? It is remembered where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.store import attachments
from integra_node.store.attachments import FilePart
from integra_protocol.bodies import parse_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integra_node.actions.incoming import Incoming
    from integra_node.store.database import Tx


def apply_parts(tx: Tx, incoming: Sequence[Incoming], draft_id: str | None = None) -> None:
    """Remember parts of files; ``draft_id``: the practice of ours with which they are sent.

    Only parts for everybody are attached: those of sealed entries belong to kinds that carry no
    files here.
    """
    rows = []
    for one in incoming:
        if one.header.sealed:
            continue
        part = parse_part(one.content)
        rows.append(
            FilePart(
                log_id=one.log_id,
                idx=one.index,
                digest=part.file_hash,
                number=part.number,
                count=part.count,
                draft_id=draft_id,
            )
        )
    attachments.add_parts(tx, rows)
