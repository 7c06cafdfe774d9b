"""How do the parts of a node come together? The composition root, and the owner of every task."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from integra_node import clock
from integra_node.actions.terms import vocabulary_with
from integra_node.doors import stix
from integra_node.doors.context import DoorContext
from integra_node.doors.server import build_doors_app
from integra_node.federation.cosigning import Cosigning
from integra_node.federation.evidence_telling import EvidenceTelling
from integra_node.federation.following import Following
from integra_node.federation.forks import Forks
from integra_node.federation.harvesting import Harvester
from integra_node.federation.publishing import Publisher
from integra_node.federation.pushing import Pushing
from integra_node.federation.refetching import Refetching
from integra_node.federation.roster_cosigning import RosterCosigning
from integra_node.federation.roster_sync import RosterSync
from integra_node.housekeeping import Housekeeping
from integra_node.importer import Importer
from integra_node.indexer import Indexer
from integra_node.mailing import Mailing
from integra_node.ourselves import make_us
from integra_node.running import (
    background,
    listen,
    listen_to_members,
    make_federation,
    tls_context,
    until_stopped,
)
from integra_node.search.engine import INDEX_FOLDER, open_index
from integra_node.search.vocabulary import load_vocabulary
from integra_node.shelving import Shelver
from integra_node.store.database import Database
from integra_node.store.migrate import check_current
from integra_node.watching import Watching
from integra_node.web.context import WebContext
from integra_node.web.languages import translations
from integra_node.web.server import build_staff_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from integra_node.actions.us import Us
    from integra_node.config import Config
    from integra_node.federation.context import Federation
    from integra_node.search.contract import SearchIndex
    from integra_node.search.vocabulary import Vocabulary


LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A running node."""

    config: Config
    us: Us
    database: Database
    federation: Federation
    index: SearchIndex
    base_vocabulary: Vocabulary
    publisher: Publisher


async def serve(config: Config) -> None:
    """Run a node until SIGTERM or SIGINT.

    Raises:
        InputError: settings, keys or the database's version are wrong; the detail says what to do.
    """
    await until_stopped(
        running(config),
        lambda: LOG.info("serving org=%s staff=%s", config.org, config.staff_url),
    )


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[Node]:
    """Run a node for the length of the context."""
    us = make_us(config)
    database = Database.open(config.database_url)
    try:
        check_current(database)
        federation = make_federation(config.federation, config.home, us, database)
        base = await asyncio.to_thread(load_vocabulary)
        vocabulary = await database.read(lambda tx: vocabulary_with(tx, base))
        index = await asyncio.to_thread(
            open_index, config.home / INDEX_FOLDER, vocabulary, config.search.engine
        )
        federation.bind()
        node = Node(
            config=config,
            us=us,
            database=database,
            federation=federation,
            index=index,
            base_vocabulary=base,
            publisher=Publisher(federation),
        )
        async with AsyncExitStack() as listeners:
            listeners.callback(index.close)
            listeners.push_async_callback(federation.peers.close)
            await listen_to_members(listeners, federation, config.federation, config.home)
            await _listen_to_staff(listeners, node)
            await _open_doors(listeners, node)
            async with background(_tasks(node)):
                yield node
    finally:
        database.close()


def _tasks(node: Node) -> dict[str, Callable[[], Awaitable[None]]]:
    federation = node.federation
    doors = {"shelving": _shelver(node).run} if node.config.doors.open else {}
    return {
        **doors,
        "publishing": node.publisher.run,
        "cosigning": Cosigning(federation).run,
        "following": Following(federation).run,
        "pushing": Pushing(federation).run,
        "forks": Forks(federation).run,
        "evidence": EvidenceTelling(federation).run,
        "rosters": RosterSync(federation, node.config.federation.fingerprint).run,
        "confirming": RosterCosigning(federation, node.config.federation.fingerprint).run,
        "indexing": Indexer(
            node.us,
            node.config.home,
            node.database,
            node.index,
            node.base_vocabulary,
            federation.committed,
        ).run,
        "importing": lambda: _importer(node).run(federation.committed),
        "watching": Watching(node.us, node.database, node.index, clock.system_clock).run,
        "refetching": Refetching(federation).run,
        "housekeeping": Housekeeping(federation).run,
        "mailing": Mailing(node.config, node.database, clock.system_clock).run,
    }


def _importer(node: Node) -> Importer:
    settings = node.config.imports
    harvester = Harvester(
        [one.url for one in settings.sources],
        allow_networks=settings.allow_networks,
        ca_file=str(node.config.path(settings.ca_file)) if settings.ca_file else None,
    )
    return Importer(
        node.us,
        node.database,
        clock.system_clock,
        harvester=harvester,
        sources=settings.sources,
    )


def _shelver(node: Node) -> Shelver:
    return Shelver(
        node.database,
        federation=node.config.federation_name,
        fixed=stix.fixed(),
        clock=clock.system_clock,
        changed=node.federation.committed,
    )


async def _open_doors(listeners: AsyncExitStack, node: Node) -> None:
    """Listen to other systems where a door is open; without one there is no listener."""
    settings = node.config.doors
    if not settings.open:
        return
    app = build_doors_app(
        DoorContext(
            database=node.database,
            config=node.config,
            clock=clock.system_clock,
            monotonic=clock.monotonic,
            say=lambda language, text: translations(language.partition("-")[0]).gettext(text),
            version=version("integra"),
        )
    )
    tls = None
    if settings.tls_certificate and settings.tls_key:
        tls = tls_context(
            node.config.path(settings.tls_certificate), node.config.path(settings.tls_key)
        )
    await listen(listeners, app, settings.host, settings.port, tls)


async def _listen_to_staff(listeners: AsyncExitStack, node: Node) -> None:
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
    tls = None
    if config.staff.tls_certificate and config.staff.tls_key:
        tls = tls_context(
            config.path(config.staff.tls_certificate), config.path(config.staff.tls_key)
        )
    await listen(listeners, app, config.staff.host, config.staff.port, tls)
