"""How do the doors become one web application, with errors in the form that each expects?"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import web

from integra_node.doors import atom, dcat, oai, taxii
from integra_node.doors.admission import RATE, TokenNeededError
from integra_node.doors.context import CONTEXT, DoorContext, context_of
from integra_node.doors.media import TAXII
from integra_node.rate import RateLimiter
from integra_protocol.errors import InputError, IntegraError, RateError, UnavailableError

if TYPE_CHECKING:
    from integra_node.config import DoorName

LOG: Final = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MAX_BODY_BYTES: Final = 16 * 1024
REQUEST_TIMEOUT_S: Final = 30
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_ROUTES: Final[Mapping[DoorName, tuple[web.RouteDef, ...]]] = {
    "taxii": taxii.ROUTES,
    "oai": oai.ROUTES,
    "dcat": dcat.ROUTES,
    "atom-practices": atom.PRACTICE_ROUTES,
    "atom-alerts": atom.ALERT_ROUTES,
}
_WORDS: Final[Mapping[int, str]] = {404: "there is nothing here", 405: "this is read only"}


def build_doors_app(context: DoorContext) -> web.Application:
    """Return the application of the doors that are open.

    Raises:
        InputError: they would be served over plain http beyond this computer, or an address is
            missing that a door has to tell.
    """
    settings = context.config.doors
    address = urlsplit(settings.url)
    if address.scheme != "https" and address.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise InputError("doors: https is needed, except on a loopback address")
    if "oai" in settings.open and not context.config.ui.contact_email:
        raise InputError("doors: OAI-PMH tells an address to write to: set ui.contact_email")
    app = web.Application(middlewares=[_answer_errors], client_max_size=MAX_BODY_BYTES)
    app[CONTEXT] = context
    app[RATE] = RateLimiter(
        burst=settings.requests_per_minute,
        per_minute=settings.requests_per_minute,
        monotonic=context.monotonic,
    )
    for name in dict.fromkeys(settings.open):
        app.add_routes(_ROUTES[name])
    app.on_response_prepare.append(_set_headers)
    return app


async def _set_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn failures into answers; only this place catches what nobody expected."""
    try:
        async with asyncio.timeout(REQUEST_TIMEOUT_S):
            response = await handler(request)
    except IntegraError as error:
        response = _refusal(request, error.status, error.code, error.detail, _extra(error))
    except TimeoutError:
        late = UnavailableError("this took too long")
        response = _refusal(request, late.status, late.code, late.detail, {})
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = _refusal(request, error.status, "error", _WORDS.get(error.status, ""), {})
    except Exception:
        LOG.exception("failed method=%s", request.method)
        response = _refusal(request, 500, "error", "", {})
    LOG.info("door method=%s status=%d", request.method, response.status)
    return response


def _extra(error: IntegraError) -> dict[str, str]:
    if isinstance(error, TokenNeededError):
        return {"WWW-Authenticate": 'Basic realm="integra", Bearer realm="integra"'}
    return {"Retry-After": str(error.retry_after_s)} if isinstance(error, RateError) else {}


def _refusal(
    request: web.Request, status: int, code: str, detail: str, headers: dict[str, str]
) -> web.Response:
    """Answer in the form of the door: nothing in it comes from a record."""
    if request.path.startswith("/taxii2") and "taxii" in context_of(request).config.doors.open:
        body = {"title": code, "http_status": str(status)}
        if detail:
            body["description"] = detail
        response = web.json_response(body, status=status, headers=headers)
        response.headers["Content-Type"] = TAXII
        return response
    return web.Response(text=f"{detail or code}\n", status=status, headers=headers)
