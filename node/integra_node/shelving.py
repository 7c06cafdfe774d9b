"""Who keeps the shelves of the doors up to date? One task that follows the store by its watermark."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from integra_node.actions import shelving
from integra_node.actions.shelving import Run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integra_node.actions.shelving import Fixed
    from integra_node.clock import Clock
    from integra_node.federation.wake import Wake
    from integra_node.store.database import Database

LOG: Final = logging.getLogger(__name__)
IDLE_S: Final = 30
PAUSE_S: Final = 1.0  # a second is shown once


class Shelver:
    """The one that puts publications on the shelves."""

    def __init__(
        self,
        database: Database,
        *,
        federation: str,
        fixed: Iterable[Fixed],
        clock: Clock,
        changed: Wake,
    ) -> None:
        self._database = database
        self._federation = federation
        self._fixed = tuple(fixed)
        self._started = False
        self._clock = clock
        self._changed = changed

    async def run(self) -> None:
        """Follow the store; for ever."""
        while True:
            seen = self._changed.count
            if await self.step():
                await asyncio.sleep(PAUSE_S)
            else:
                await self._changed.wait(seen, IDLE_S)

    async def step(self) -> bool:
        """Take up everything that is new; return whether there was anything.

        The first run after a start is made in any case: another version may have other fixed
        objects, and a run may have been killed before its end.
        """
        if self._started and not await self._database.read(shelving.has_news):
            return False
        at = await self._database.read(lambda tx: shelving.next_second(tx, self._clock()))
        run = Run(federation=self._federation, at=at, fixed=self._fixed)
        while await self._database.write(lambda tx: shelving.take_up(tx, run)):
            pass
        self._started = True
        return True
