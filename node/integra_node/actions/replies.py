"""Whom does a reply concern? It is handed to whatever keeps the entry that it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from integra_node.actions import alerts_received, handovers_received
from integra_protocol.bodies import Reply, parse_reply

if TYPE_CHECKING:
    from integra_node.actions.incoming import Incoming
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx

Taker = Callable[["Tx", "Us", "Incoming", Reply], bool]

# Each takes the reply and says so, or says that the entry answered is not one of its own.
TAKERS: Final[tuple[Taker, ...]] = (
    handovers_received.apply_step,
    alerts_received.apply_reply,
)


def apply_replies(tx: Tx, us: Us, incoming: Sequence[Incoming]) -> None:
    """Hand each reply of another member to the first that knows what it answers."""
    for one in incoming:
        if one.org != us.org:
            reply = parse_reply(one.content)
            any(take(tx, us, one, reply) for take in TAKERS)
