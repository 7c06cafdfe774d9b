"""How do the parts of a hub come together? A node's federation side without staff and without log.

It follows every log, takes pushes with all wraps, witnesses, serves and confirms the roster, and
shows a status page.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from aiohttp import web

from integra_hub import home
from integra_hub.roster_log import RosterLog
from integra_hub.status_page import StatusContext, build_status_app
from integra_node import clock
from integra_node.federation import routes
from integra_node.federation.context import Federation
from integra_node.federation.evidence_telling import EvidenceTelling
from integra_node.federation.following import Following
from integra_node.federation.forks import Forks
from integra_node.federation.peers import Peers
from integra_node.federation.refetching import Refetching
from integra_node.federation.roster_cosigning import DAY_S, RosterCosigning
from integra_node.federation.roster_sync import RosterSync
from integra_node.housekeeping import Housekeeping
from integra_node.operations.notify import notify_ready, notify_stopping
from integra_node.store.database import Database
from integra_node.store.migrate import check_current
from integra_node.supervision import keep_running
from integra_protocol.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from integra_hub.config import HubConfig
    from integra_node.actions.us import Us

LOG: Final = logging.getLogger(__name__)
SHUTDOWN_S: Final = 3.0
LOOK_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A running hub."""

    config: HubConfig
    database: Database
    federation: Federation


async def serve(config: HubConfig) -> None:
    """Run a hub until SIGTERM or SIGINT.

    Raises:
        InputError: settings, keys or the database's version are wrong; the detail says what to do.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(config):
        notify_ready()
        LOG.info("hub serving org=%s status=%s", config.org, config.status_url)
        await stop.wait()
        notify_stopping()


@asynccontextmanager
async def running(config: HubConfig) -> AsyncIterator[Hub]:
    """Run a hub for the length of the context.

    Raises:
        InputError: no roster was published yet, or as ``serve``.
    """
    if not config.federation.fingerprint:
        raise InputError("no roster was published here yet: integra-hub roster publish NOTE")
    us = home.make_us(config)
    database = Database.open(config.database_url)
    try:
        check_current(database)
        federation = make_federation(config, us, database)
        hub = Hub(config=config, database=database, federation=federation)
        async with _serving(hub):
            yield hub
    finally:
        database.close()


def make_federation(config: HubConfig, us: Us, database: Database) -> Federation:
    """Return the federation side, not yet talking."""
    settings = config.federation
    peers = Peers(
        us,
        clock=clock.system_clock,
        allow_networks=settings.allow_networks,
        ca_file=str(config.path(settings.ca_file)) if settings.ca_file else None,
    )
    return Federation(
        us=us,
        database=database,
        clock=clock.system_clock,
        peers=peers,
        batch_leaves=settings.batch_leaves,
        wait_s=settings.wait_s,
    )


@asynccontextmanager
async def _serving(hub: Hub) -> AsyncIterator[None]:
    federation = hub.federation
    federation.bind()
    runners: list[web.AppRunner] = []
    try:
        runners.append(await _listen_federation(hub))
        runners.append(await _listen_status(hub))
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(keep_running(name, run), name=name)
                for name, run in _tasks(hub).items()
            ]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
    finally:
        for runner in runners:
            await runner.cleanup()
        await federation.peers.close()


def _tasks(hub: Hub) -> dict[str, Callable[[], Awaitable[None]]]:
    federation, fingerprint = hub.federation, hub.config.federation.fingerprint
    return {
        "roster log": RosterLog(federation, home.hublog_key(hub.config), fingerprint).run,
        "confirming": RosterCosigning(
            federation, fingerprint, every_s=DAY_S, first_after_s=0, look_s=LOOK_S
        ).run,
        "rosters": RosterSync(federation, fingerprint).run,
        "forks": Forks(federation).run,
        "evidence": EvidenceTelling(federation).run,
        "following": Following(federation, keep_foreign_wraps=True).run,
        "refetching": Refetching(federation).run,
        "housekeeping": Housekeeping(federation).run,
    }


async def _listen_federation(hub: Hub) -> web.AppRunner:
    settings = hub.config.federation
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(
        hub.config.path(settings.tls_certificate), hub.config.path(settings.tls_key)
    )
    app = routes.build_app(hub.federation, settings.fingerprint)
    return await _listen(app, settings.host, settings.port, context)


async def _listen_status(hub: Hub) -> web.AppRunner:
    config = hub.config
    app = build_status_app(
        StatusContext(
            database=hub.database,
            clock=clock.system_clock,
            federation=config.federation_name,
            hub=config.org,
            version=version("integra"),
        )
    )
    return await _listen(app, config.status.host, config.status.port, None)


async def _listen(
    app: web.Application, host: str, port: int, context: ssl.SSLContext | None
) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=context, reuse_address=True).start()
    return runner
