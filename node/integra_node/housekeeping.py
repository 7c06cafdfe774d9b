"""What has to be done once in a while, without anybody asking?

Retention ends, used tokens are forgotten, partners' clocks are compared.  Nothing that cannot be
undone happens on a clock that partners do not confirm (docs/protocol.md section 8).
"""

from __future__ import annotations

import asyncio
import json
import logging
import statistics
from typing import TYPE_CHECKING, Final

from integra_node.actions import alert_follow_up, erasure, expiry, handovers_ended, officers
from integra_node.actions.membership import CLOCK_CONTRADICTED
from integra_node.federation.peers import PeerError
from integra_node.store import partners, rosters
from integra_protocol.errors import WaitingError

if TYPE_CHECKING:
    from integra_node.federation.context import Federation
    from integra_node.store.database import Tx

LOG: Final = logging.getLogger(__name__)
EVERY_S: Final = 600
FIRST_AFTER_S: Final = 20
MAX_SKEW_S: Final = 600
DAY_S: Final = 86_400
HOUR_S: Final = 3_600
ENOUGH_CLOCKS: Final = 2
LAST_MOMENT: Final = 253_402_300_799  # the last second of the year 9999


class Housekeeping:
    """Runs the chores of one node."""

    def __init__(self, context: Federation) -> None:
        self._context = context

    async def run(self) -> None:
        """Do the chores every ten minutes; for ever."""
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            await self._compare_clocks()
            await self.end_what_has_ended()
            await self._context.database.empty_journal()
            await asyncio.sleep(EVERY_S)

    async def end_what_has_ended(self) -> None:
        """Forget used tokens, expire and chase alerts, erase what has reached its retention end."""
        context, now = self._context, self._context.clock()
        await context.database.write(lambda tx: partners.forget_request_ids(tx, now=now))
        await context.database.write(lambda tx: expiry.expire(tx, now=now))
        await context.database.write(lambda tx: alert_follow_up.escalate(tx, context.us, now=now))
        await context.database.write(
            lambda tx: officers.append_owed_revocations(tx, context.us, now=now)
        )
        if not await context.database.read(lambda tx: clock_is_confirmed(tx, now)):
            return
        await context.database.write(lambda tx: handovers_ended.lapse(tx, context.us, now=now))
        await context.database.write(lambda tx: handovers_ended.drop_old_drafts(tx, now=now))
        await context.database.write(lambda tx: expiry.drop_old_drafts(tx, now=now))
        while await context.database.write(
            lambda tx: erasure.end_retention(tx, context.us, now=now)
        ):
            context.grown.give()

    async def _compare_clocks(self) -> None:
        """Ask every partner for its time."""
        context = self._context
        try:
            roster = await context.database.read(rosters.current)
        except WaitingError:
            return
        for member in roster.members.values():
            if member.url is None or member.org == context.us.org:
                continue
            try:
                answer = await context.peers.call(
                    roster, member.org, "GET", "/v1/health", signed=False, timeout_s=10
                )
            except PeerError:
                continue
            told = _told_time(answer.body) if answer.ok else None
            if told is not None:
                now, org = context.clock(), member.org
                await context.database.write(
                    lambda tx, org=org, told=told, now=now: partners.record_time(  # type: ignore[misc]
                        tx, org, told=told, now=now
                    )
                )
        now = context.clock()
        await context.database.write(lambda tx: mark_clock(tx, now))


def mark_clock(tx: Tx, now: int) -> None:
    """Remember whether two partners that answered in the last hour put our clock a day off."""
    told = _skews(tx, now, within_s=HOUR_S)
    wrong = len(told) >= ENOUGH_CLOCKS and min(map(abs, _middle(told))) > DAY_S
    partners.set_setting(tx, CLOCK_CONTRADICTED, str(now) if wrong else None)


def _skews(tx: Tx, now: int, *, within_s: int) -> list[int]:
    return [
        row.skew_s
        for row in partners.all_partners(tx).values()
        if row.skew_s is not None and row.last_contact and now - row.last_contact < within_s
    ]


def clock_is_confirmed(tx: Tx, now: int) -> bool:
    """Say whether our clock is within 10 minutes of the median of two partners' of the last day."""
    told = _skews(tx, now, within_s=DAY_S)
    return len(told) >= ENOUGH_CLOCKS and max(map(abs, _middle(told))) <= MAX_SKEW_S


def _middle(told: list[int]) -> tuple[int, int]:
    """Return both middle values: of two partners, one that lies cannot move their mean."""
    return statistics.median_low(told), statistics.median_high(told)


def _told_time(body: bytes) -> int | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    told = value.get("time") if isinstance(value, dict) else None
    return told if type(told) is int and 0 <= told <= LAST_MOMENT else None
