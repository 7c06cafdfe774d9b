"""How do we learn what others published? One task a log, held open at its issuer.

A puller asks the issuer; when that fails it asks the relays and checks exactly the same things
(docs/protocol.md section 6).  A source that gave something wrong is remembered; only evidence
condemns a log.
"""

from __future__ import annotations

import asyncio
import logging
import random
from functools import partial
from typing import TYPE_CHECKING, Final

from integra_node.actions import receiving
from integra_node.clock import monotonic
from integra_node.federation import forks
from integra_node.federation.admission import PACED_BATCH_EVERY_S
from integra_node.federation.peers import PeerError
from integra_node.store import log, partners, rosters
from integra_node.supervision import keep_running
from integra_protocol.batch import decode_batch
from integra_protocol.checkpoint import peek_checkpoint
from integra_protocol.errors import IntegraError, ProtocolError, UnavailableError, WaitingError
from integra_protocol.follow import EvidenceFoundError, ForkSuspectedError
from integra_protocol.limits import (
    BACKOFF_AFTER_A_DAY_S,
    BACKOFF_MAX_S,
    BACKOFF_MIN_S,
    MAX_BATCH_BYTES,
    MAX_NOTE_BYTES,
    REQUEST_TIMEOUT_S,
)
from integra_protocol.roster import Roster, org_of

if TYPE_CHECKING:
    from integra_node.federation.context import Federation
    from integra_node.federation.peers import Answer
    from integra_node.store.log import LogRow
    from integra_protocol.batch import Batch

LOG: Final = logging.getLogger(__name__)
DAY_S: Final = 86_400
ROSTER_LOOK_S: Final = 5
WITNESS_FIRST_S: Final = 2
QUARANTINE_LOOK_S: Final = 60
NOTE_EVERY_S: Final = 30


class Following:
    """Follows every log of the roster but our own; ``_tasks`` belongs to ``run``."""

    def __init__(self, context: Federation, *, keep_foreign_wraps: bool = False) -> None:
        self._context = context
        self._keep_foreign_wraps = keep_foreign_wraps
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._patience: dict[str, tuple[int, int]] = {}  # note size, last pause
        self._paced: dict[str, float] = {}  # when a log over its daily amount last gave a batch
        self._noted: dict[str, float] = {}  # when a success of a source was last written down

    async def run(self) -> None:
        """Keep one task for each log that the roster names; for ever."""
        async with asyncio.TaskGroup() as group:
            while True:
                for origin in await self._origins():
                    if origin not in self._tasks:
                        # One log that trips over a bug of ours must not stop the others.
                        follow = partial(self._follow, origin)
                        self._tasks[origin] = group.create_task(keep_running(origin, follow))
                await asyncio.sleep(ROSTER_LOOK_S if self._tasks else 0.5)

    async def _origins(self) -> list[str]:
        try:
            roster = await self._context.database.glance(rosters.current)
        except WaitingError:
            return []
        return [o for o in roster.origins() if o != self._context.us.origin]

    async def _follow(self, origin: str) -> None:
        failures = 0
        while True:
            try:
                roster = await self._context.database.glance(rosters.current)
                await self._pull_from_somebody(roster, origin)
            except IntegraError as error:
                LOG.info("following paused origin=%s code=%s", origin, error.code)
                failures += 1
                await asyncio.sleep(await self._backoff_s(origin, failures))
                continue
            failures = 0

    async def _pull_from_somebody(self, roster: Roster, origin: str) -> bool:
        """Pull once, from the issuer or, when it cannot be had, from a relay.

        Raises:
            IntegraError: nobody answered usefully.
        """
        issuer = org_of(origin)
        member = roster.member(issuer)
        failure: IntegraError = PeerError("no_address", f"{issuer} has no address")
        if member is not None and member.url is not None:
            try:
                return await self._pull(roster, origin, issuer, wait_s=self._context.wait_s)
            except (UnavailableError, ProtocolError) as error:
                failure = error
                await self._note_failure(issuer, error)
        for relay in roster.relays():
            if relay in (issuer, self._context.us.org):
                continue
            try:
                if await self._pull(roster, origin, relay, wait_s=0):
                    return True
            except (UnavailableError, ProtocolError) as error:
                LOG.info("relay failed origin=%s relay=%s code=%s", origin, relay, error.code)
        raise failure

    async def _pull(self, roster: Roster, origin: str, source: str, *, wait_s: int) -> bool:
        """Ask one source once; return whether something new was stored."""
        context = self._context
        held = await context.database.glance(lambda tx: log.find(tx, origin))
        if held is not None and held.state == receiving.QUARANTINED:
            await asyncio.sleep(QUARANTINE_LOOK_S)
            return False
        if await self._is_paced(roster, origin):
            await asyncio.sleep(QUARANTINE_LOOK_S)
            return False
        if wait_s:
            wait_s = self._patience_s(roster, origin, held)
        start = 0 if held is None else held.seen if source == org_of(origin) else held.size
        answer = await self._ask(roster, origin, source, start, wait_s=wait_s)
        await self._note_success(source)
        if answer.status == 200:
            return await self._take_all(roster, origin, source, answer)
        if answer.status == 204:
            return await self._look_for_cosignatures(roster, origin, source)
        raise UnavailableError(f"{source} answered {answer.status} {answer.error}")

    async def _ask(
        self, roster: Roster, origin: str, source: str, start: int, *, wait_s: int
    ) -> Answer:
        context = self._context
        path = (
            f"/v1/log/{origin.replace('/log/', '/')}/batch"
            f"?from={start}&max={context.batch_leaves}&wait={wait_s}"
        )
        return await context.peers.call(
            roster,
            source,
            "GET",
            path,
            max_bytes=MAX_BATCH_BYTES,
            timeout_s=REQUEST_TIMEOUT_S + wait_s,
        )

    async def _take_all(self, roster: Roster, origin: str, source: str, answer: Answer) -> bool:
        """Store a batch and those that follow it; while one is stored, the next is on its way."""
        grew = False
        while answer.status == 200:
            batch, signed_size = await self._decode(origin, source, answer)
            if batch.end >= signed_size:
                return await self._take(roster, origin, source, batch) or grew
            ahead = asyncio.create_task(self._ask(roster, origin, source, batch.end, wait_s=0))
            try:
                if not await self._take(roster, origin, source, batch):
                    return grew
                grew = True
                if await self._is_paced(roster, origin):
                    return grew
                answer = await ahead
            finally:
                ahead.cancel()
                # Taken from the task, so that nobody complains of an error that decides nothing.
                await asyncio.gather(ahead, return_exceptions=True)
        return grew

    async def _decode(self, origin: str, source: str, answer: Answer) -> tuple[Batch, int]:
        """Return a batch, and the size that its note claims: whether more is to be asked for."""
        try:
            batch = decode_batch(answer.body)
            return batch, peek_checkpoint(batch.note).size
        except ProtocolError as error:
            await self._note_trouble(origin, source, error)
            raise

    async def _take(self, roster: Roster, origin: str, source: str, batch: Batch) -> bool:
        """Store one batch; return whether it added something."""
        context = self._context
        now = context.clock()
        try:
            received = await context.database.write(
                lambda tx: receiving.receive(
                    tx,
                    context.us,
                    batch,
                    source=source,
                    from_issuer=source == org_of(origin),
                    now=now,
                    keep_foreign_wraps=self._keep_foreign_wraps,
                )
            )
        except EvidenceFoundError as error:
            await forks.convict(context, error.evidence)
            raise
        except ForkSuspectedError as error:
            await self._note_trouble(origin, source, error)
            await forks.investigate(context, roster, origin, error.offered, source)
            raise
        except ProtocolError as error:
            await self._note_trouble(origin, source, error)
            raise
        if received.new_leaves or received.new_entries:
            context.grown.give()
        return bool(received.new_leaves or received.new_entries)

    def _patience_s(self, roster: Roster, origin: str, held: LogRow | None) -> int:
        """Return how long to wait for growth: shorter while the newest note is not witnessed.

        Then its source is asked for cosignatures after 2 seconds and with doubling pauses.
        """
        if held is None or roster.quorum == 0 or held.witnessed_size >= held.note_size:
            self._patience.pop(origin, None)
            return self._context.wait_s
        size, pause = self._patience.get(origin, (0, WITNESS_FIRST_S))
        pause = min(2 * pause, self._context.wait_s) if size == held.note_size else WITNESS_FIRST_S
        self._patience[origin] = (held.note_size, pause)
        return pause

    async def _is_paced(self, roster: Roster, origin: str) -> bool:
        """Say whether today's amount of a log was taken; one batch an hour is taken always."""
        now = self._context.clock()
        limit = roster.limit(org_of(origin))
        entries, size = await self._context.database.glance(
            lambda tx: partners.amount(tx, origin, now=now)
        )
        if entries < limit.entries_per_day and size < limit.bytes_per_day:
            return False
        if monotonic() - self._paced.get(origin, -PACED_BATCH_EVERY_S) >= PACED_BATCH_EVERY_S:
            self._paced[origin] = monotonic()
            return False
        return True

    async def _look_for_cosignatures(self, roster: Roster, origin: str, source: str) -> bool:
        """Ask for the cosignatures of our newest note while it is not witnessed."""
        context = self._context
        held = await context.database.glance(lambda tx: log.find(tx, origin))
        if held is None or held.note is None or held.witnessed_size >= held.note_size:
            return False
        answer = await context.peers.call(
            roster,
            source,
            "GET",
            f"/v1/log/{origin.replace('/log/', '/')}/checkpoint",
            max_bytes=MAX_NOTE_BYTES,
        )
        if answer.ok:
            try:
                await context.database.write(
                    lambda tx: receiving.receive_note(tx, origin, answer.body)
                )
            except ForkSuspectedError as error:
                forks.suspect(context, origin, error.offered, source)
                raise
        return False

    async def _note_success(self, org: str) -> None:
        """Write down that a source answered: at once after a failure, else twice a minute."""
        if monotonic() - self._noted.get(org, -NOTE_EVERY_S) < NOTE_EVERY_S:
            return
        self._noted[org] = monotonic()
        now = self._context.clock()
        await self._context.database.write(lambda tx: partners.record_success(tx, org, now=now))

    async def _note_failure(self, org: str, error: IntegraError) -> None:
        context = self._context
        self._noted.pop(org, None)
        now = context.clock()
        reason = error.reason if isinstance(error, PeerError) else error.code
        held = await context.database.read(lambda tx: partners.find(tx, org))
        wait = backoff(held.failures if held else 0, 0)
        await context.database.write(
            lambda tx: partners.record_failure(
                tx, org, now=now, error=reason, next_attempt=now + int(wait)
            )
        )

    async def _note_trouble(self, origin: str, source: str, error: ProtocolError) -> None:
        now = self._context.clock()
        LOG.warning("bad source origin=%s source=%s code=%s", origin, source, error.code)
        await self._context.database.write(
            lambda tx: partners.record_trouble(tx, origin, source, code=error.code, now=now)
        )

    async def _backoff_s(self, origin: str, failures: int) -> float:
        held = await self._context.database.read(lambda tx: partners.find(tx, org_of(origin)))
        failing_for = 0
        if held is not None and held.failing_since is not None:
            failing_for = self._context.clock() - held.failing_since
        return backoff(failures, failing_for)


def backoff(failures: int, failing_for_s: int) -> float:
    """Return the pause before the next attempt, seconds: 1 doubling to 60, 15 min after a day."""
    if failing_for_s > DAY_S:
        base = float(BACKOFF_AFTER_A_DAY_S)
    else:
        base = float(min(BACKOFF_MIN_S * 2 ** min(failures, 10), BACKOFF_MAX_S))
    # Many nodes must not come back in the same second.
    return base * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, decides nothing
