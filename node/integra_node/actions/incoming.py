"""What does an effect get to see of an entry that was verified and opened?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integra_protocol.bodies import EntryRef

if TYPE_CHECKING:
    from integra_protocol.content import Content
    from integra_protocol.entry import Header


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A verified entry of any member, ours included; ``subject_id`` when it was sealed."""

    log_id: int
    origin: str
    org: str
    header: Header
    content: Content
    subject_id: int | None
    now: int

    @property
    def index(self) -> int:
        """The leaf index."""
        return self.header.index

    @property
    def ref(self) -> EntryRef:
        """Where the entry stands."""
        return EntryRef(origin=self.origin, index=self.header.index)
