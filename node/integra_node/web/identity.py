"""Who is asking? Pages know people by a cookie, the API by a bearer token, never the other way."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from aiohttp import web

from integra_node.actions import signing_in
from integra_node.actions.signing_in import Caller
from integra_node.config import Config
from integra_node.rules.accounts import SessionLimits
from integra_node.rules.permissions import Profile
from integra_node.store import sessions
from integra_node.web.context import WebContext, context_of
from integra_node.web.cookies import Cookies, parse_token
from integra_node.web.csrf import token_for
from integra_node.web.languages import choose
from integra_node.web.visit import Visit

COOKIES = web.AppKey("cookies", Cookies)
LIMITS: Final = SessionLimits()
NEW_VISITOR = web.RequestKey("new_visitor", bytes)
FORM_SECRET = web.RequestKey("form_secret", bytes)
_BEARER: Final = "Bearer "


def anonymous(request: web.Request, request_id: str) -> Visit:
    """Return what is known before anything is looked up."""
    language = _language(request, "")
    return Visit(request_id=request_id, language=language, path=request.path)


async def visit_by_cookie(request: web.Request, visit: Visit) -> Visit:
    """Return who is asking for a page; a browser without any secret gets one with the answer."""
    cookies, context = request.config_dict[COOKIES], context_of(request)
    token = cookies.read_secret(request, cookies.session)
    caller = await _caller(context, token, "page") if token is not None else None
    secret = token or cookies.read_secret(request, cookies.visitor)
    if secret is None:
        secret = request[NEW_VISITOR] = context.random(sessions.TOKEN_BYTES)
    request[FORM_SECRET] = secret
    return _known(request, visit, caller, csrf=token_for(secret))


async def visit_by_token(request: web.Request, visit: Visit) -> Visit:
    """Return who is calling the API; cookies are not looked at."""
    header = request.headers.get("Authorization", "")
    token = parse_token(header[len(_BEARER) :]) if header.startswith(_BEARER) else None
    caller = await _caller(context_of(request), token, "api") if token is not None else None
    return _known(request, visit, caller, csrf="")


def client_address(request: web.Request, config: Config) -> str:
    """Return the address a request comes from; a trusted proxy's word counts for what is behind it."""
    remote = request.remote or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and _is_trusted(remote, config) else remote


def _is_trusted(remote: str, config: Config) -> bool:
    try:
        address = ip_address(remote)
    except ValueError:
        return False
    return any(address in network for network in config.staff.trusted_proxies)


async def _caller(context: WebContext, token: bytes, kind: str) -> Caller | None:
    hashed, now = sessions.token_hash(token), context.clock()
    caller = await context.database.glance(
        lambda tx: signing_in.caller_of(tx, hashed, limits=LIMITS, now=now)
    )
    if caller is None or caller.session.kind != kind:
        return None
    if caller.is_open and caller.needs_touch:
        session_id = caller.session.id
        await context.database.write(lambda tx: sessions.touch(tx, session_id, now))
    return caller


def _known(request: web.Request, visit: Visit, caller: Caller | None, *, csrf: str) -> Visit:
    if caller is None or not caller.is_open:
        lapsed = caller.account.id if caller else ""
        return Visit(
            request_id=visit.request_id,
            language=visit.language,
            path=visit.path,
            csrf=csrf,
            lapsed_account=lapsed,
        )
    language = _language(request, caller.account.language)
    profile = Profile(context_of(request).config.profile)
    return Visit(
        request_id=visit.request_id,
        language=language,
        path=visit.path,
        csrf=csrf,
        staff=signing_in.staff_of(
            caller.account, caller.session, profile=profile, language=language
        ),
        account=caller.account,
        session=caller.session,
    )


def _language(request: web.Request, own: str) -> str:
    cookie = request.cookies.get(request.config_dict[COOKIES].language, "")
    return choose(
        (request.query.get("lang", ""), own, cookie),
        request.headers.get("Accept-Language", ""),
        default=context_of(request).config.language,
    )
