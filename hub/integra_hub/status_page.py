"""How is the hub's status served? One page, the same as JSON, and a health check; all read-only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from integra_hub.status import HubStatus, gather
from integra_node.clock import Clock
from integra_node.store.database import Database
from integra_node.web.static_files import STATIC, asset, load_static, send
from integra_protocol.errors import NotFoundError

_TEMPLATES: Final = Path(__file__).parent / "templates"
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Server": "Integra",
}
_NO_STORE: Final = "no-store"
_STEPS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusContext:
    """What the status pages read."""

    database: Database
    clock: Clock
    federation: str
    hub: str
    version: str


CONTEXT: Final = web.AppKey("status", StatusContext)
TEMPLATES: Final = web.AppKey("templates", Environment)


def build_status_app(context: StatusContext) -> web.Application:
    """Return the application of the status listener."""
    app = web.Application(middlewares=[_frame], client_max_size=1_024)
    files = load_static(None)
    app[CONTEXT] = context
    app[STATIC] = files
    app[TEMPLATES] = _environment(lambda name: asset(files, name), context.version)
    app.add_routes(
        [
            web.get("/", get_page),
            web.get("/status.json", get_json),
            web.get("/healthz", get_health),
            web.get("/static/{name}", send),
        ]
    )
    return app


async def get_page(request: web.Request) -> web.Response:
    """Show the status to people."""
    status = await _status(request)
    expired = status.roster_expires is not None and status.now >= status.roster_expires
    template = request.app[TEMPLATES].get_template("status.html")
    text = template.render(status=status, expired=expired)
    return web.Response(text=text, content_type="text/html")


async def get_json(request: web.Request) -> web.Response:
    """Give the status to programs."""
    return web.json_response((await _status(request)).as_json())


async def get_health(request: web.Request) -> web.Response:
    """Say that the hub runs and its database answers."""
    status = await _status(request)
    return web.json_response({"status": "ok", "roster_version": status.roster_version})


@web.middleware
async def _frame(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as error:
        response = web.Response(status=error.status, text=f"{error.reason}\n")
    except NotFoundError:
        response = web.Response(status=404, text="Not Found\n")
    response.headers.update(_HEADERS)
    response.headers.setdefault("Cache-Control", _NO_STORE)
    return response


async def _status(request: web.Request) -> HubStatus:
    context = request.app[CONTEXT]
    now = context.clock()
    return await context.database.read(
        lambda tx: gather(tx, federation=context.federation, hub=context.hub, now=now)
    )


def _environment(address: Callable[[str], str], version: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(asset=address, version=version)
    made.filters.update(time=_time, ago=_ago)
    return made


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _ago(seconds: int, now: int) -> str:
    for length, word in _STEPS:
        count = (now - seconds) // length
        if count > 0:
            return f"{count} {word}{'' if count == 1 else 's'} ago"
    return "just now"
