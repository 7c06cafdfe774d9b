"""How do the parts of a hub come together? A node's federation side without staff and without log.

It follows every log, takes pushes with all wraps, witnesses, serves and confirms the roster, and
shows a status page.
"""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from integra_hub import home
from integra_hub.roster_log import RosterLog
from integra_hub.status_page import StatusContext, build_status_app
from integra_node import clock
from integra_node.federation.context import Federation
from integra_node.federation.evidence_telling import EvidenceTelling
from integra_node.federation.following import Following
from integra_node.federation.forks import Forks
from integra_node.federation.refetching import Refetching
from integra_node.federation.roster_cosigning import DAY_S, RosterCosigning
from integra_node.federation.roster_sync import RosterSync
from integra_node.housekeeping import Housekeeping
from integra_node.running import (
    background,
    listen,
    listen_to_members,
    make_federation,
    until_stopped,
)
from integra_node.store.database import Database
from integra_node.store.migrate import check_current
from integra_protocol.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from integra_hub.config import HubConfig

LOG: Final = logging.getLogger(__name__)
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
    await until_stopped(
        running(config),
        lambda: LOG.info("hub serving org=%s status=%s", config.org, config.status_url),
    )


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
        federation = make_federation(config.federation, config.home, us, database)
        federation.bind()
        hub = Hub(config=config, database=database, federation=federation)
        async with AsyncExitStack() as listeners:
            listeners.push_async_callback(federation.peers.close)
            await listen_to_members(listeners, federation, config.federation, config.home)
            await _listen_for_status(listeners, hub)
            async with background(_tasks(hub)):
                yield hub
    finally:
        database.close()


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


async def _listen_for_status(listeners: AsyncExitStack, hub: Hub) -> None:
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
    await listen(listeners, app, config.status.host, config.status.port)
