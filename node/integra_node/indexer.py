"""Who keeps the search index up to date? One task that follows the store by its own watermark.

Nobody can forget to index: whatever changed has a change number above the watermark.  After a crash
the task goes on where the index says it is.  A long backlog is taken up by a process of its own,
because analysing thousands of texts would make everybody who uses the node wait.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING, Final

from integra_node.actions.indexing import documents_after
from integra_node.clock import monotonic

if TYPE_CHECKING:
    from pathlib import Path

    from integra_node.actions.us import Us
    from integra_node.federation.wake import Wake
    from integra_node.search.contract import SearchIndex
    from integra_node.store.database import Database

LOG: Final = logging.getLogger(__name__)
BATCH: Final = 500
CATCH_UP: Final = "catch-up"  # `integra search catch-up`
IDLE_S: Final = 30
# People who wait for an answer come first: a burst is indexed in its first pause, or soon anyway.
QUIET_S: Final = 0.5
LATEST_S: Final = 5.0


class Indexer:
    """The one writer of the index."""

    def __init__(
        self, us: Us, home: Path, database: Database, index: SearchIndex, changed: Wake
    ) -> None:
        self._us = us
        self._home = home
        self._database = database
        self._index = index
        self._changed = changed
        self._compacted = True

    async def run(self) -> None:
        """Follow the store; for ever."""
        while True:
            seen = self._changed.count
            if await self.step():
                if self._changed.count != seen:
                    await self._pause()
                continue
            if await self._changed.wait(seen, IDLE_S) != seen:
                await self._pause()
            elif not self._compacted:
                # Nothing happened for a while: now is the time to merge.
                await asyncio.to_thread(self._index.compact)
                self._compacted = True

    async def _pause(self) -> None:
        """Return when nothing was committed for a moment, or when that takes too long."""
        end = monotonic() + LATEST_S
        seen = self._changed.count
        while (left := min(QUIET_S, end - monotonic())) > 0:
            now = await self._changed.wait(seen, left)
            if now == seen:
                return
            seen = now

    async def step(self) -> bool:
        """Index the next rows; return whether there were any."""
        watermark = self._index.watermark()
        found = await self._database.read(
            lambda tx: documents_after(tx, self._us, watermark, BATCH)
        )
        if found.watermark <= watermark:
            return False
        if len(found.documents) + len(found.removed) >= BATCH and await self._elsewhere():
            return True
        await asyncio.to_thread(self._index.apply, found.documents, found.removed, found.watermark)
        self._compacted = False
        return True

    async def _elsewhere(self) -> bool:
        """Let another process take up the backlog; return whether it did."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "integra_node", "--home", str(self._home), "search", CATCH_UP,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if code:
            LOG.warning("the index could not be filled by another process code=%d", code)
            return False
        self._compacted = False
        return await asyncio.to_thread(self._index.refresh)
