"""What time is it? The only module that asks the machine."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]


def system_clock() -> int:
    """Return the machine's time in whole unix seconds."""
    return int(time.time())


def monotonic() -> float:
    """Return seconds of a clock that never goes back, for pauses and durations."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Wait, where there is no event loop."""
    time.sleep(seconds)
