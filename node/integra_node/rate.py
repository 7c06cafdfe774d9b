"""Does somebody ask too often? Token buckets in memory, one for each caller."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from integra_protocol.errors import RateError

MAX_CALLERS: Final = 10_000


class RateLimiter:
    """At most ``burst`` calls at once and ``per_minute`` in the long run, for each caller.

    Owned by the event loop.  The caller not seen for longest is forgotten first, so memory is
    bounded; forgetting gives a full bucket back, which the lockout of accounts makes harmless.
    """

    def __init__(self, *, burst: int, per_minute: float, monotonic: Callable[[], float]) -> None:
        self._burst = burst
        self._per_s = per_minute / 60
        self._monotonic = monotonic
        self._callers: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Count one call.

        Raises:
            RateError: the bucket is empty; says in how many seconds it is not.
        """
        now = self._monotonic()
        left, at = self._callers.pop(caller, (float(self._burst), now))
        left = min(float(self._burst), left + (now - at) * self._per_s)
        allowed = left >= 1
        self._callers[caller] = (left - 1 if allowed else left, now)
        while len(self._callers) > MAX_CALLERS:
            self._callers.popitem(last=False)
        if not allowed:
            raise RateError(retry_after_s=max(1, round((1 - left) / self._per_s)))
