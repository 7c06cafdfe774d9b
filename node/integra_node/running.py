"""What do a node and a hub have in common while they run? Listeners, background tasks, the end."""

from __future__ import annotations

import asyncio
import gc
import signal
import ssl
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from integra_node import clock
from integra_node.federation import routes
from integra_node.federation.context import Federation
from integra_node.federation.peers import Peers
from integra_node.operations.notify import notify_ready, notify_stopping
from integra_node.supervision import keep_running
from integra_protocol.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from integra_node.actions.us import Us
    from integra_node.config import FederationSettings
    from integra_node.store.database import Database

SHUTDOWN_S: Final = 3.0
# A request passes from the loop to a thread and back several times; with Python's own 5 ms each
# pass may wait that long for whoever computes.
SWITCH_INTERVAL_S: Final = 0.00005
# A batch of 500 entries is tens of thousands of small objects that live for its transaction; with
# Python's own threshold of 700 a third of the work of receiving is looking through them.
COLLECT_AFTER: Final = 20_000


def collect_rarely() -> None:
    """Have the collector of reference cycles look at new objects only, and not so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 50)


async def until_stopped(running: AbstractAsyncContextManager[Any], say: Callable[[], None]) -> None:
    """Keep a node or hub running until SIGTERM or SIGINT; ``say`` is called when it serves."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    collect_rarely()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running:
        notify_ready()
        say()
        await stop.wait()
        notify_stopping()


def make_federation(
    settings: FederationSettings, home: Path, us: Us, database: Database
) -> Federation:
    """Return the federation side, not yet talking; relative paths count from ``home``."""
    peers = Peers(
        us,
        clock=clock.system_clock,
        allow_networks=settings.allow_networks,
        ca_file=str(home / settings.ca_file) if settings.ca_file else None,
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


@asynccontextmanager
async def background(tasks: Mapping[str, Callable[[], Awaitable[None]]]) -> AsyncIterator[None]:
    """Run background tasks for the length of the context, under one owner; then end them."""
    async with asyncio.TaskGroup() as group:
        started = [
            group.create_task(keep_running(name, run), name=name) for name, run in tasks.items()
        ]
        try:
            yield
        finally:
            for task in started:
                task.cancel()


async def listen_to_members(
    listeners: AsyncExitStack, federation: Federation, settings: FederationSettings, home: Path
) -> None:
    """Open the federation listener: TLS 1.3, the certificate whose key the roster pins."""
    app = routes.build_app(federation, settings.fingerprint)
    tls = tls_context(home / settings.tls_certificate, home / settings.tls_key)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    await listen(listeners, app, settings.host, settings.port, tls)


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return the server side of TLS with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def listen(
    listeners: AsyncExitStack,
    app: web.Application,
    host: str,
    port: int,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve an application on an address until the listeners are closed.

    Raises:
        InputError: the address cannot be used, for example because something else listens there.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    listeners.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls, reuse_address=True).start()
    except OSError as error:
        raise InputError(f"cannot listen on {host} port {port}: {error.strerror}") from error
