"""Where does work run that takes half a second and 64 MiB? In a few threads, with a short queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from integra_protocol.errors import BusyError

T = TypeVar("T")
THREADS: Final = 2  # 128 MiB of Argon2id at once
MAX_WAITING: Final = 20  # ten seconds of work; more callers than that are sent away


class SlowPool:
    """A bounded pool for password hashes and PINs; owned by the event loop."""

    def __init__(self, *, threads: int = THREADS, max_waiting: int = MAX_WAITING) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="slow")
        self._room = threads + max_waiting
        self._inside = 0

    async def run(self, fn: Callable[[], T]) -> T:
        """Run ``fn`` in the pool and return its value.

        Raises:
            BusyError: too many are waiting already.
        """
        if self._inside >= self._room:
            raise BusyError(retry_after_s=5)
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, fn)
        finally:
            self._inside -= 1

    def close(self) -> None:
        """Wait for what runs and release the threads."""
        self._executor.shutdown()
