"""Who goes on with imports? One task that follows the store, a few hundred rows at a time."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from integra_node.actions import import_steps
from integra_node.actions.import_steps import BATCH, GOOD
from integra_node.intake.harvest import read_answer
from integra_node.intake.reading import read_file
from integra_node.intake.refusal import MAX_ROWS, UnreadableError
from integra_node.rules.permissions import Profile
from integra_node.store import imports
from integra_protocol.errors import UnavailableError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.clock import Clock
    from integra_node.config import HarvestSource
    from integra_node.federation.harvesting import Harvester
    from integra_node.federation.wake import Wake
    from integra_node.store.database import Database
    from integra_node.store.imports import Job

LOG: Final = logging.getLogger(__name__)
IDLE_S: Final = 60
PAUSE_S: Final = 0.02  # between two steps: people who wait for an answer come first
POLITE_S: Final = 1.0  # between two questions to a repository
RETRY_S: Final = 5.0


class Importer:
    """The one that reads, checks and takes in what people bring."""

    def __init__(
        self,
        us: Us,
        database: Database,
        clock: Clock,
        *,
        harvester: Harvester,
        sources: tuple[HarvestSource, ...] = (),
    ) -> None:
        self._us = us
        self._database = database
        self._clock = clock
        self._harvester = harvester
        self._sources = {one.url: one for one in sources}

    async def run(self, changed: Wake) -> None:
        """Follow the store; for ever."""
        while True:
            seen = changed.count
            if await self.step():
                await asyncio.sleep(PAUSE_S)
                continue
            if await changed.wait(seen, IDLE_S) == seen:
                await self._forget_old()

    async def _forget_old(self) -> None:
        now = self._clock()
        if await self._database.read(lambda tx: import_steps.old_jobs(tx, now=now)):
            await self._database.write(lambda tx: import_steps.forget_old(tx, now=now))

    async def step(self) -> bool:
        """Move each import under way on by one step; return whether there was any."""
        jobs = await self._database.read(imports.working)
        for job in jobs:
            try:
                await self._move(job)
            except UnavailableError:
                # The database cannot do it now; nothing is lost, the same step comes again.
                await asyncio.sleep(RETRY_S)
            except UnreadableError as refused:
                await self._fail(job, refused.reason, refused.params)
            except Exception:
                # One bad import must not stop the others, nor come again for ever.
                LOG.exception("import failed id=%s", job.id)
                await self._fail(job, "unreadable", {})
        return bool(jobs)

    async def _move(self, job: Job) -> None:
        if job.status == "reading":
            await (self._harvest(job) if job.kind == "oai" else self._read(job))
        elif job.status == "checking":
            await self._check(job)
        else:
            await self._take_in(job)

    async def _read(self, job: Job) -> None:
        """Read a whole file: what was read of it before somebody was killed is read again."""
        now = self._clock()
        if not await self._database.write(lambda tx: import_steps.begin_reading(tx, job, now=now)):
            return
        content = await self._database.read(lambda tx: imports.content_of(tx, job.id))
        name = "cells" if job.kind in {"csv", "xlsx"} else "record"
        rows: list[tuple[int, dict[str, Any]]] = []
        async for value in read_file(content, job.kind, job.encoding):
            if isinstance(value, dict):
                await self._keep_header(job, value)
                continue
            rows.append((value[0], {name: value[1]}))
            if len(rows) >= BATCH:
                if not await self._keep(job, rows):
                    return
                rows = []
        await self._keep(job, rows)
        await self._end_reading(job)

    async def _harvest(self, job: Job) -> None:
        """Ask a repository once and keep its answer; the token says where to go on."""
        source = self._sources.get(job.name)
        if source is None:
            raise UnreadableError("source_not_allowed")
        answer = await self._harvester.list_records(job.name, source.set, job.cursor)
        found = await asyncio.to_thread(read_answer, answer, job.language)
        if job.total + len(found.records) > MAX_ROWS:
            raise UnreadableError("too_many_rows", max=MAX_ROWS)
        if found.token and (found.token == job.cursor or not found.records):
            raise UnreadableError("source_wrong")
        rows = [(job.position + n, dict(one)) for n, one in enumerate(found.records, 1)]
        if not await self._keep(job, rows, cursor=found.token):
            return
        if not found.token:
            await self._end_reading(job)
            return
        await asyncio.sleep(POLITE_S)

    async def _check(self, job: Job) -> None:
        rows = await self._database.read(
            lambda tx: imports.rows_after(tx, job.id, job.position, BATCH)
        )
        checked = await asyncio.to_thread(import_steps.check, job, rows)
        now = self._clock()
        await self._database.write(
            lambda tx: import_steps.keep_checked(tx, self._us, job, checked, now=now)
        )

    async def _take_in(self, job: Job) -> None:
        rows = await self._database.read(
            lambda tx: imports.rows_after(tx, job.id, job.position, BATCH, outcomes=GOOD)
        )
        checked = await asyncio.to_thread(import_steps.check, job, rows)
        now, profile = self._clock(), Profile(self._us.profile)
        await self._database.write(
            lambda tx: import_steps.take_in(tx, self._us, profile, job, checked, now=now)
        )

    async def _keep_header(self, job: Job, about: dict[str, Any]) -> None:
        now = self._clock()
        await self._database.write(lambda tx: import_steps.keep_header(tx, job.id, about, now=now))

    async def _keep(
        self, job: Job, rows: list[tuple[int, dict[str, Any]]], *, cursor: str = ""
    ) -> bool:
        now = self._clock()
        return await self._database.write(
            lambda tx: import_steps.keep_rows(tx, job.id, rows, cursor=cursor, now=now)
        )

    async def _end_reading(self, job: Job) -> None:
        now = self._clock()
        await self._database.write(lambda tx: import_steps.end_reading(tx, job.id, now=now))

    async def _fail(self, job: Job, reason: str, params: Any) -> None:  # noqa: ANN401 - JSON values
        now = self._clock()
        await self._database.write(
            lambda tx: import_steps.fail(tx, job.id, reason, params, now=now)
        )
