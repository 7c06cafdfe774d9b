"""What if a background task fails in a way that nobody foresaw? It is logged and started again."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LOG: Final = logging.getLogger(__name__)
PAUSE_S: Final = 2.0


async def keep_running(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run a task that is meant to last for ever; start it again when it fails."""
    while True:
        try:
            await run()
        except asyncio.CancelledError:
            raise
        except Exception:
            LOG.exception("task failed name=%s", name)
        await asyncio.sleep(PAUSE_S)
