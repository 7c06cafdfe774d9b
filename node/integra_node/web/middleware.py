"""What happens to every request before and after its handler? Outermost first, four layers.

``frame`` gives it an id and logs it; ``tell_errors`` turns every failure into a page or a problem
document; ``identify`` finds out who asks; ``guard`` lets through only what the route table allows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

import structlog
from aiohttp import web

from integra_node.web import csrf
from integra_node.web.access import PUBLIC, REQUEST_TIMEOUT_S, SIGNED_IN, Handler, Route
from integra_node.web.bodies import MAX_BYTES, read_form
from integra_node.web.context import context_of
from integra_node.web.cookies import is_loopback
from integra_node.web.forms import FormData
from integra_node.web.identity import (
    COOKIES,
    FORM_SECRET,
    NEW_VISITOR,
    anonymous,
    visit_by_cookie,
    visit_by_token,
)
from integra_node.web.pages.session import ask_to_sign_in_again
from integra_node.web.problem_pages import show_error
from integra_node.web.refusals import (
    PasswordChangeRequiredError,
    PreconditionMissingError,
    SignInRequiredError,
    SlowError,
    WrongHostError,
    error_for_status,
)
from integra_node.web.rendering import see_other
from integra_node.web.uploads import read_upload
from integra_node.web.visit import VISIT, account_of, staff_of, visit_of
from integra_protocol.errors import IntegraError

CHANGE_PAGE: Final = "/account/password"
ROUTES = web.AppKey("routes", dict[tuple[str, str], Route])
SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex",
}
_HSTS: Final = "max-age=63072000"
_SAFE: Final = frozenset({"GET", "HEAD"})
_log = logging.getLogger(__name__)


async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers to whatever is sent, errors and streams included."""
    response.headers.update(SECURITY_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    if request.config_dict[COOKIES].secure:
        response.headers["Strict-Transport-Security"] = _HSTS
    if VISIT in request:
        response.headers["X-Request-Id"] = visit_of(request).request_id
        response.headers.setdefault("Content-Language", visit_of(request).language)


@web.middleware
async def frame(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id and log how it went; addresses of people are not logged."""
    context = context_of(request)
    request[VISIT] = anonymous(request, context.random(8).hex())
    started = context.monotonic()
    with structlog.contextvars.bound_contextvars(request_id=visit_of(request).request_id):
        response = await handler(request)
        _log.info(
            "answered",
            extra={
                "method": request.method,
                "route": _pattern(request),
                "status": response.status,
                "took_ms": round((context.monotonic() - started) * 1_000),
            },
        )
    return response


@web.middleware
async def tell_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn failures into answers; only this place catches what nobody expected."""
    route = _route(request)
    try:
        async with asyncio.timeout(route.timeout_s if route else REQUEST_TIMEOUT_S):
            return await handler(request)
    except IntegraError as error:
        return await show_error(request, error)
    except TimeoutError:
        return await show_error(request, SlowError())
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return await show_error(request, error_for_status(error.status))
    except Exception:  # noqa: BLE001 - the one place that answers for what nobody expected
        _log.exception("failed", extra={"method": request.method, "route": _pattern(request)})
        return await show_error(request, IntegraError())


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who asks, by the means of the route's kind."""
    route = _route(request)
    kind = route.kind if route else ("api" if request.path.startswith("/api/") else "page")
    if kind != "file":
        _check_host(request)
    if kind == "page":
        request[VISIT] = await visit_by_cookie(request, visit_of(request))
    elif kind == "api":
        request[VISIT] = await visit_by_token(request, visit_of(request))
    response = await handler(request)
    if NEW_VISITOR in request and not response.prepared:
        cookies = request.config_dict[COOKIES]
        cookies.set_secret(response, cookies.visitor, request[NEW_VISITOR])
    return response


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through what the route table allows this person, and no form of another site."""
    route = _route(request)
    if route is None:
        return await handler(request)  # aiohttp's own 404 or 405
    request[MAX_BYTES] = route.max_bytes
    if route.kind == "page" and request.method not in _SAFE and not route.upload:
        await _check_form(request)
    if route.access is PUBLIC:
        return await handler(request)
    if visit_of(request).staff is None:
        return await _send_to_sign_in(request, route)
    if account_of(request).must_change and not route.before_password_change:
        if route.kind == "page":
            return see_other(CHANGE_PAGE)
        raise PasswordChangeRequiredError
    if route.access is not SIGNED_IN:
        staff_of(request).require(route.access)
    if route.upload:
        # Files are read only for whom the table lets in, and after their form was found ours.
        await read_upload(request, lambda form: _check_token(request, form))
    if route.if_match and "If-Match" not in request.headers:
        raise PreconditionMissingError
    return await handler(request)


async def _check_form(request: web.Request) -> None:
    _check_token(request, await read_form(request))


def _check_token(request: web.Request, form: FormData) -> None:
    csrf.check(
        request.headers,
        origin=_own_origin(request),
        secret=request.get(FORM_SECRET),
        given=form.text(csrf.FIELD),
    )


async def _send_to_sign_in(request: web.Request, route: Route) -> web.StreamResponse:
    if route.kind == "api":
        raise SignInRequiredError
    if request.method in _SAFE:
        return see_other(f"/sign-in?next={quote(request.path_qs, safe='')}")
    return await ask_to_sign_in_again(request)


def _check_host(request: web.Request) -> None:
    # A foreign name that resolves to this machine must not make a browser talk to it (rebinding).
    own = urlsplit(context_of(request).config.staff_url).hostname or ""
    try:
        asked = urlsplit(f"//{request.host}").hostname or ""
    except ValueError as error:
        raise WrongHostError from error
    if asked != own and not (is_loopback(own) and is_loopback(asked)):
        raise WrongHostError


def _own_origin(request: web.Request) -> str:
    own = urlsplit(context_of(request).config.staff_url)
    return f"{own.scheme}://{request.host}"


def _route(request: web.Request) -> Route | None:
    method = "GET" if request.method == "HEAD" else request.method
    return request.config_dict[ROUTES].get((method, _pattern(request)))


def _pattern(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else ""
