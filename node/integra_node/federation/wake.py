"""Who wakes whom? A signal that any thread may give and any number of tasks wait for."""

from __future__ import annotations

import asyncio


class Wake:
    """Counts up; a waiter that names the count it has seen misses nothing in between."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._event = asyncio.Event()
        self.count = 0
        self.closed = False

    def bind(self) -> None:
        """Belong to the running event loop."""
        self._loop = asyncio.get_running_loop()

    def give(self) -> None:
        """Wake every waiter; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._bump)

    def close(self) -> None:
        """Wake every waiter for good: the node stops."""
        self.closed = True
        self.give()

    async def wait(self, seen: int, timeout_s: float) -> int:
        """Return the count once it is above ``seen``, or unchanged after ``timeout_s``."""
        if self.count == seen:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._event.wait()
            except TimeoutError:
                pass
        return self.count

    def _bump(self) -> None:
        self.count += 1
        self._event.set()
        self._event = asyncio.Event()
