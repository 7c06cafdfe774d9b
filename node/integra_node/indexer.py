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

from integra_node.actions.indexing import documents_after, every_document, newest_change
from integra_node.actions.terms import vocabulary_with
from integra_node.clock import monotonic
from integra_protocol.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from integra_node.actions.us import Us
    from integra_node.federation.wake import Wake
    from integra_node.search.contract import SearchIndex
    from integra_node.search.vocabulary import Vocabulary
    from integra_node.store.database import Database

LOG: Final = logging.getLogger(__name__)
BATCH: Final = 500
CATCH_UP: Final = "catch-up"  # `integra search catch-up`
REBUILD: Final = "rebuild"
RENEW_EVERY_S: Final = 900.0
"""At most so often is everything annotated anew, however often members change their words."""

IDLE_S: Final = 30
BUSY_S: Final = 5.0
# People who wait for an answer come first: a burst is indexed in its first pause, or soon anyway.
QUIET_S: Final = 0.5
LATEST_S: Final = 5.0


class Indexer:
    """The one writer of the index."""

    def __init__(
        self,
        us: Us,
        home: Path,
        database: Database,
        index: SearchIndex,
        base: Vocabulary,
        changed: Wake,
    ) -> None:
        """Follow database; base is the thesaurus to which members add their words."""
        self._us = us
        self._home = home
        self._database = database
        self._index = index
        self._base = base
        self._changed = changed
        self._compacted = True
        self._renewed: float | None = None  # when it was last built anew, on the monotonic clock

    async def run(self) -> None:
        """Follow the store; for ever."""
        while True:
            try:
                await self._follow()
            except UnavailableError as error:
                # An administrator has it built anew, which takes a while: its end is waited for.
                LOG.info("the index is not written now: %s", error)
                await self._changed.wait(self._changed.count, BUSY_S)

    async def _follow(self) -> None:
        """Take up what changed, or wait for it."""
        seen = self._changed.count
        await self.renew()
        if await self.step():
            if self._changed.count != seen:
                await self._pause()
            return
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
        if len(found.documents) + len(found.removed) >= BATCH and await self._elsewhere(CATCH_UP):
            await self._adopt()
            return True
        await asyncio.to_thread(self._index.apply, found.documents, found.removed, found.watermark)
        if found.with_terms:
            await self._adopt()
        self._compacted = False
        return True

    async def renew(self) -> bool:
        """Have everything annotated anew if the thesaurus is another one; return whether it was.

        Where that takes a while another process does it; the former index answers meanwhile.
        """
        now = monotonic()
        if not self._index.is_stale:
            return False
        if self._renewed is not None and now - self._renewed < RENEW_EVERY_S:
            return False
        self._renewed = now
        if sum(self._index.counts_by_org().values()) > BATCH:
            return await self._elsewhere(REBUILD)
        documents, watermark = await self._database.read(
            lambda tx: (list(every_document(tx, self._us)), newest_change(tx))
        )
        await asyncio.to_thread(self._index.build, documents, watermark)
        return True

    async def _adopt(self) -> None:
        """Use the words that members have added by now."""
        vocabulary = await self._database.read(lambda tx: vocabulary_with(tx, self._base))
        if vocabulary.version != self._index.vocabulary.version:
            self._index.adopt(vocabulary)

    async def _elsewhere(self, command: str) -> bool:
        """Let another process take up the backlog, or build anew; return whether it did."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "integra_node", "--home", str(self._home), "search", command, "--nice",
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
