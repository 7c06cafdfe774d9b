"""Is the node alive, is it ready, and how is it doing? For machines that watch it.

``/healthz`` says that the process answers; ``/readyz`` asks the database, the search index and the
disk; ``/metrics`` is for callers on this machine or with the configured token only.  Anonymous
callers get words, never numbers about people.
"""

from __future__ import annotations

import shutil
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from integra_node.store import changes, log, partners
from integra_node.web.context import context_of
from integra_protocol.errors import IntegraError, NotAllowedError

if TYPE_CHECKING:
    from integra_node.store.database import Tx

MIN_FREE_BYTES: Final = 200 * 1024 * 1024
MAX_INDEX_LAG: Final = 10_000


async def healthz(_request: web.Request) -> web.Response:
    """Say that the process answers."""
    return web.json_response({"status": "alive"})


async def readyz(request: web.Request) -> web.Response:
    """Say whether the node can do its work, after asking everything that it needs."""
    context = context_of(request)
    try:
        change = await context.database.read(changes.current_change)
        checks = {
            "database": True,
            "disk": shutil.disk_usage(context.config.home).free > MIN_FREE_BYTES,
            "search": change - context.index.watermark() < MAX_INDEX_LAG,
            "publishing": context.publishing_state() == "signing",
        }
    except (IntegraError, OSError):
        checks = {"database": False}
    ready = all(checks.values())
    body = {"status": "ready" if ready else "not ready", **checks}
    return web.json_response(body, status=200 if ready else 503)


async def metrics(request: web.Request) -> web.Response:
    """Tell the figures that a monitoring system collects.

    Raises:
        NotAllowedError: the caller is not on this machine.
    """
    if not _is_local(request):
        raise NotAllowedError("metrics are for this machine")
    context = context_of(request)
    registry = CollectorRegistry()
    await context.database.read(lambda tx: _collect(tx, registry, context.clock()))
    lag = Gauge("integra_index_watermark", "change number that the index holds", registry=registry)
    lag.set(context.index.watermark())
    return web.Response(body=generate_latest(registry), content_type="text/plain")


def _collect(tx: Tx, registry: CollectorRegistry, now: int) -> None:
    size = Gauge("integra_log_size", "leaves held of a log", ["origin"], registry=registry)
    signed = Gauge("integra_log_signed", "size of the newest note", ["origin"], registry=registry)
    witnessed = Gauge("integra_log_witnessed", "witnessed size", ["origin"], registry=registry)
    for held in log.all_logs(tx):
        size.labels(held.origin).set(held.size)
        signed.labels(held.origin).set(held.note_size)
        witnessed.labels(held.origin).set(held.witnessed_size)
    failing = Gauge("integra_partner_failing_seconds", "no answer for", ["org"], registry=registry)
    for org, row in partners.all_partners(tx).items():
        failing.labels(org).set(now - row.failing_since if row.failing_since else 0)
    change = Gauge("integra_change", "newest change number", registry=registry)
    change.set(changes.current_change(tx))


def _is_local(request: web.Request) -> bool:
    try:
        return ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
