"""May this request come in? Who is calling, how often, and was this very request made before?"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_protocol.errors import BusyError, RateError, ReplayError, SuspendedError
from integra_protocol.limits import (
    IDLE_REQUESTS_PER_S,
    IN_FLIGHT_PER_CALLER,
    IN_FLIGHT_PER_LOG,
    TOKEN_SKEW_S,
)
from integra_protocol.roster import Status
from integra_protocol.token import Claims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integra_protocol.roster import Roster


LOOK_FOR_ROSTER_EVERY_S: Final = 60
PACED_BATCH_EVERY_S: Final = 3_600
WITNESS_BURST: Final = 16  # a size that did not fit is asked again at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A member whose token was checked; ``leaving`` when suspended or left."""

    org: str
    claims: Claims
    leaving: bool


class Admission:
    """Remembers, in memory, used tokens and open requests; one instance for one event loop."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], int] = {}
        self._swept_at = 0
        self._looked_at = float("-inf")
        self._witnessing: dict[str, tuple[float, float]] = {}
        self._open: Counter[str] = Counter()
        self._open_per_log: Counter[tuple[str, str]] = Counter()
        self._paced: dict[str, float] = {}
        self._idle: dict[str, tuple[float, float]] = {}

    def admit(self, claims: Claims, roster: Roster, *, now: int, leaving_may: bool) -> Caller:
        """Say who calls, by a token that was checked, and remember the token.

        Raises:
            SuspendedError: a suspended or former member, on a route that these may not use.
            ReplayError: the token was used before.
        """
        member = roster.member(claims.issuer)
        leaving = member is None or member.status is not Status.ACTIVE
        if leaving and not leaving_may:
            raise SuspendedError
        self._remember(claims, now)
        return Caller(org=claims.issuer, claims=claims, leaving=leaving)

    @contextmanager
    def place(self, org: str, origin: str = "") -> Iterator[None]:
        """Hold one of the caller's places while its request is worked on.

        Raises:
            BusyError: all are taken.
        """
        key = (org, origin)
        full = self._open[org] >= IN_FLIGHT_PER_CALLER
        if full or (origin and self._open_per_log[key] >= IN_FLIGHT_PER_LOG):
            raise BusyError
        self._open[org] += 1
        self._open_per_log[key] += 1
        try:
            yield
        finally:
            self._open[org] -= 1
            self._open_per_log[key] -= 1
            # Unary plus drops what is zero: a counter of callers must not grow for ever.
            self._open, self._open_per_log = +self._open, +self._open_per_log

    def may_look_for_roster(self, now: float) -> bool:
        """Say whether a stranger may make us ask for a newer roster: once a minute."""
        if now - self._looked_at < LOOK_FOR_ROSTER_EVERY_S:
            return False
        self._looked_at = now
        return True

    def count_witnessing(self, asked: str, now: float) -> None:
        """Count a caller asking for a log to be cosigned, ``now`` on a steady clock in seconds.

        Raises:
            RateError: more than one a second, after a few at once.
        """
        level, last = self._witnessing.get(asked, (0.0, now))
        level = max(0.0, level - (now - last)) + 1
        if level > WITNESS_BURST:
            raise RateError(1)
        self._witnessing[asked] = (level, now)

    def count_paced(self, origin: str, now: float) -> None:
        """Count a pushed batch above a log's daily amount, ``now`` on a steady clock in seconds.

        Raises:
            RateError: one was taken less than an hour ago.
        """
        waits = self._paced.get(origin, float("-inf")) + PACED_BATCH_EVERY_S - now
        if waits > 0:
            raise RateError(int(waits) + 1)
        self._paced[origin] = now

    def count_idle(self, org: str, now: float) -> None:
        """Count a request that delivered nothing new, ``now`` on a steady clock in seconds.

        Raises:
            RateError: more than 20 a second.
        """
        level, last = self._idle.get(org, (0.0, now))
        level = max(0.0, level - (now - last) * IDLE_REQUESTS_PER_S) + 1
        self._idle[org] = (level, now)
        if level > 2 * IDLE_REQUESTS_PER_S:
            raise RateError(1)

    def _remember(self, claims: Claims, now: int) -> None:
        key = (claims.issuer, claims.token_id)
        if key in self._used:
            raise ReplayError
        if now - self._swept_at > TOKEN_SKEW_S:
            self._used = {k: end for k, end in self._used.items() if end >= now}
            self._swept_at = now
        self._used[key] = claims.expires_at + TOKEN_SKEW_S
