"""How do the parts of a node come together? The composition root, and the owner of every task."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import ssl
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from aiohttp import web

from integra_node import clock
from integra_node.federation import routes
from integra_node.federation.context import Federation
from integra_node.federation.cosigning import Cosigning
from integra_node.federation.evidence_telling import EvidenceTelling
from integra_node.federation.following import Following
from integra_node.federation.forks import Forks
from integra_node.federation.peers import Peers
from integra_node.federation.publishing import Publisher
from integra_node.federation.pushing import Pushing
from integra_node.federation.refetching import Refetching
from integra_node.federation.roster_cosigning import RosterCosigning
from integra_node.federation.roster_sync import RosterSync
from integra_node.housekeeping import Housekeeping
from integra_node.indexer import Indexer
from integra_node.operations.notify import notify_ready, notify_stopping
from integra_node.ourselves import make_us
from integra_node.search.index import WhooshIndex
from integra_node.search.vocabulary import load_vocabulary
from integra_node.store.database import Database
from integra_node.store.migrate import check_current
from integra_node.supervision import keep_running
from integra_node.web.context import WebContext
from integra_node.web.server import build_staff_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from integra_node.actions.us import Us
    from integra_node.config import Config


LOG: Final = logging.getLogger(__name__)
INDEX_FOLDER: Final = "index"
SHUTDOWN_S: Final = 3.0
# A request passes from the loop to a thread and back several times; with Python's own 5 ms each
# pass may wait that long for whoever computes.
SWITCH_INTERVAL_S: Final = 0.0005


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A running node."""

    config: Config
    us: Us
    database: Database
    federation: Federation
    index: WhooshIndex
    publisher: Publisher


def make_federation(config: Config, us: Us, database: Database) -> Federation:
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
        relays=settings.relays,
        relay_only_unreachable=settings.relay_only_unreachable,
        batch_leaves=settings.batch_leaves,
        wait_s=settings.wait_s,
        tick_s=settings.tick_s,
        body_timeout_s=settings.body_timeout_s,
    )


async def serve(config: Config) -> None:
    """Run a node until SIGTERM or SIGINT.

    Raises:
        InputError: settings, keys or the database's version are wrong; the detail says what to do.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(config):
        notify_ready()
        LOG.info("serving org=%s staff=%s", config.org, config.staff_url)
        await stop.wait()
        notify_stopping()


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[Node]:
    """Run a node for the length of the context."""
    us = make_us(config)
    database = Database.open(config.database_url)
    check_current(database)
    federation = make_federation(config, us, database)
    index = await asyncio.to_thread(WhooshIndex, config.home / INDEX_FOLDER, load_vocabulary())
    publisher = Publisher(federation)
    federation.bind()
    node = Node(
        config=config,
        us=us,
        database=database,
        federation=federation,
        index=index,
        publisher=publisher,
    )
    runners: list[web.AppRunner] = []
    tasks: list[asyncio.Task[None]] = []
    try:
        runners.append(await _listen_federation(node))
        runners.append(await _listen_staff(node))
        async with asyncio.TaskGroup() as group:
            tasks += [
                group.create_task(keep_running(name, run), name=name)
                for name, run in _tasks(node).items()
            ]
            try:
                yield node
            finally:
                for task in tasks:
                    task.cancel()
    finally:
        for runner in runners:
            await runner.cleanup()
        await federation.peers.close()
        index.close()
        database.close()


def _tasks(node: Node) -> dict[str, Callable[[], Awaitable[None]]]:
    federation = node.federation
    return {
        "publishing": node.publisher.run,
        "cosigning": Cosigning(federation).run,
        "following": Following(federation).run,
        "pushing": Pushing(federation).run,
        "forks": Forks(federation).run,
        "evidence": EvidenceTelling(federation).run,
        "rosters": RosterSync(federation, node.config.federation.fingerprint).run,
        "confirming": RosterCosigning(federation, node.config.federation.fingerprint).run,
        "indexing": Indexer(node.us, node.database, node.index, federation.committed).run,
        "refetching": Refetching(federation).run,
        "housekeeping": Housekeeping(federation).run,
    }


async def _listen_federation(node: Node) -> web.AppRunner:
    config = node.config
    app = routes.build_app(node.federation, config.federation.fingerprint)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(
        config.path(config.federation.tls_certificate), config.path(config.federation.tls_key)
    )
    return await _listen(app, config.federation.host, config.federation.port, context)


async def _listen_staff(node: Node) -> web.AppRunner:
    config = node.config
    app = build_staff_app(
        WebContext(
            database=node.database,
            config=config,
            clock=clock.system_clock,
            monotonic=clock.monotonic,
            random=os.urandom,
            version=version("integra"),
            us=node.us,
            index=node.index,
            grown=node.federation.committed,
            publishing_state=lambda: node.publisher.state,
        )
    )
    context = None
    if config.staff.tls_certificate and config.staff.tls_key:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(
            config.path(config.staff.tls_certificate), config.path(config.staff.tls_key)
        )
    return await _listen(app, config.staff.host, config.staff.port, context)


async def _listen(
    app: web.Application, host: str, port: int, context: ssl.SSLContext | None
) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    site = web.TCPSite(runner, host, port, ssl_context=context, reuse_address=True)
    await site.start()
    return runner
