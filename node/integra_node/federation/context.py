"""What do all parts of the federation share?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from integra_node.federation.wake import Wake

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.clock import Clock
    from integra_node.federation.peers import Peers
    from integra_node.store.database import Database
    from integra_protocol.checkpoint import CheckpointNote

MAX_SUSPICIONS: Final = 16  # that wait; more are dropped: whoever is lied to will be so again
BODY_TIMEOUT_S: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A note signed by the log ``origin`` that does not fit what we hold, and who brought it."""

    origin: str
    offered: CheckpointNote
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """One node's side of the federation.

    ``committed`` is given after every commit, ``grown`` when a log has a new note or new leaves
    that others may fetch, ``roster_hint`` when somebody's token names a newer roster,
    ``convicted`` when there is new evidence.  ``suspicions`` are looked into one by one.
    """

    us: Us
    database: Database
    clock: Clock
    peers: Peers
    relays: tuple[str, ...] | None = None
    relay_only_unreachable: bool = False
    batch_leaves: int = 512
    wait_s: int = 25
    tick_s: int = 0
    body_timeout_s: int = BODY_TIMEOUT_S
    committed: Wake = field(default_factory=Wake)
    grown: Wake = field(default_factory=Wake)
    roster_hint: Wake = field(default_factory=Wake)
    convicted: Wake = field(default_factory=Wake)
    suspicions: asyncio.Queue[Suspicion] = field(
        default_factory=lambda: asyncio.Queue(MAX_SUSPICIONS)
    )

    def bind(self) -> None:
        """Belong to the running event loop, and hear of every commit."""
        for wake in (self.committed, self.grown, self.roster_hint, self.convicted):
            wake.bind()
        self.database.add_listener(self.committed.give)
