"""Who looks for saved searches at what is new? One task, which may be killed at any moment.

It follows the search index by a watermark of its own.  What is new is put into a small index of its
own in a temporary folder, so that a saved search finds exactly what the search page finds.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from integra_node.actions import watching
from integra_node.search.engine import DEFAULT_ENGINE, open_index

if TYPE_CHECKING:
    from collections.abc import Callable

    from integra_node.actions.us import Us
    from integra_node.actions.watching import News
    from integra_node.search.contract import SearchIndex
    from integra_node.search.vocabulary import Vocabulary
    from integra_node.store.database import Database

EVERY_S: Final = 5.0
DUE_EVERY: Final = 12  # looks between two looks at the clock of daily notices


class Watching:
    """Tells people what is new for the searches they saved."""

    def __init__(
        self, us: Us, database: Database, index: SearchIndex, clock: Callable[[], int]
    ) -> None:
        self._us = us
        self._database = database
        self._index = index
        self._clock = clock
        self._seen = -1

    async def run(self) -> None:
        """Look every five seconds; for ever."""
        looks = 0
        while True:
            while await self.step():
                pass
            if looks % DUE_EVERY == 0:
                await self.tell_due()
            looks += 1
            await asyncio.sleep(EVERY_S)

    async def step(self) -> bool:
        """Look at the next new documents; return whether there were any."""
        indexed = self._index.watermark()
        if indexed == self._seen:
            return False
        news = await self._database.read(lambda tx: watching.read_news(tx, self._us, indexed))
        if news is None:
            self._seen = indexed
            return False
        found: dict[str, tuple[str, ...]] = {}
        if news.documents and news.asked:
            found = await asyncio.to_thread(_answers, news, self._index.vocabulary)
        now, portions = self._clock(), watching.portions(found)
        for number, portion in enumerate(portions, 1):
            is_last = number == len(portions)
            await self._database.write(
                lambda tx, portion=portion, is_last=is_last: watching.keep(  # type: ignore[misc]  # bound at once
                    tx, self._us, news, portion, is_last=is_last, now=now
                )
            )
        return True

    async def tell_due(self) -> None:
        """Tell what is owed since this morning."""
        now = self._clock()
        while await self._database.write(lambda tx: watching.tell_due(tx, self._us, now=now)):
            pass


def _answers(news: News, vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    with tempfile.TemporaryDirectory(prefix="integra-") as folder:
        index = open_index(Path(folder) / "new", vocabulary, DEFAULT_ENGINE)
        try:
            index.build(news.documents, news.upto)
            return watching.answers(index, news)
        finally:
            index.close()
