"""What does something that was published in clear say? Any member's, ours included.

What stands in the store was verified when it came in; here it is read again, bounded, because its
author is another organisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from integra_protocol.bodies import EntryRef, format_ref
from integra_protocol.content import Content, split_clear_blob
from integra_protocol.entry import parse_header
from integra_protocol.errors import NotFoundError

if TYPE_CHECKING:
    from integra_node.store.publications import Standing

PUBLIC_LABELS: Final = frozenset({"CLEAR", "GREEN"})


def ref_of(standing: Standing) -> str:
    """Return the name of a publication, ``org~epoch~index``."""
    return format_ref(EntryRef(origin=standing.origin, index=standing.publication.idx))


def is_for_every_reader(standing: Standing) -> bool:
    """Say whether everybody at this node who may search may read it."""
    row = standing.publication
    return row.subject_id is None and row.tlp in PUBLIC_LABELS


def content_of(standing: Standing) -> Content:
    """Return the content of a clear publication.

    Raises:
        NotFoundError: it was erased, or is sealed.
        ProtocolError: the stored bytes are not what they were; the disk is damaged.
    """
    if standing.blob is None or standing.state != 0 or not is_for_every_reader(standing):
        raise NotFoundError("this was erased or is not for every reader")
    _, content = split_clear_blob(parse_header(standing.header), standing.blob)
    return content
