"""What do all parts of the federation share?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from integra_node.federation.wake import Wake

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.clock import Clock
    from integra_node.federation.peers import Peers
    from integra_node.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """One node's side of the federation.

    ``committed`` is given after every commit, ``grown`` when a log has a new note or new leaves
    that others may fetch, ``roster_hint`` when somebody's token names a newer roster.
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
    committed: Wake = field(default_factory=Wake)
    grown: Wake = field(default_factory=Wake)
    roster_hint: Wake = field(default_factory=Wake)
