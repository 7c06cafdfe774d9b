"""Who signs the roster log when a version did not come through this hub's command line?

A version is valid from whoever brings it; the hub notices that the newest one has no checkpoint
and signs it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from integra_hub import rosters
from integra_node.store import rosters as held
from integra_protocol.errors import WaitingError

if TYPE_CHECKING:
    from integra_node.federation.context import Federation
    from integra_node.store.database import Tx
    from integra_protocol.keys import SigningKey

LOG: Final = logging.getLogger(__name__)
LOOK_EVERY_S: Final = 1.0


class RosterLog:
    """Keeps the roster log signed at the newest accepted version."""

    def __init__(self, context: Federation, hublog: SigningKey, fingerprint: str) -> None:
        self._context = context
        self._hublog = hublog
        self._fingerprint = fingerprint

    async def run(self) -> None:
        """Look regularly whether the newest version is signed; for ever."""
        database = self._context.database
        while True:
            if await database.read(_is_unsigned):
                signed = await database.write(
                    lambda tx: rosters.sign_log(
                        tx, hublog=self._hublog, fingerprint=self._fingerprint
                    )
                )
                LOG.info("roster log signed=%s", signed)
            await asyncio.sleep(LOOK_EVERY_S)


def _is_unsigned(tx: Tx) -> bool:
    try:
        version = held.current(tx).version
    except WaitingError:
        return False
    return held.checkpoint_note(tx, version) is None
