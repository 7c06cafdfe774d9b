"""Who knocks, and how often? A token in any of the three ways that programs carry one.

TAXII 2.1 asks servers for HTTP Basic (the password is the token, the name is not looked at); a bearer
token is what most programs can send; ``Token`` is what the client of OASIS sends.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from aiohttp import web

from integra_node.actions import door_tokens
from integra_node.doors.context import context_of
from integra_node.rate import RateLimiter
from integra_protocol.errors import NotAllowedError

if TYPE_CHECKING:
    from integra_node.store.door_tokens import DoorToken

RATE = web.AppKey("door_rate", RateLimiter)
MAX_HEADER_CHARS: Final = 500


class TokenNeededError(NotAllowedError):
    """There is no token with the request, or none that counts."""

    code = "door_token_needed"
    status = 401


async def require_token(request: web.Request) -> DoorToken:
    """Return the token of a request.

    Raises:
        TokenNeededError: there is none that counts.
        RateError: its holder, or whoever guesses, asks too often.
    """
    context = context_of(request)
    text = _shown(request.headers.get("Authorization", ""))
    found = None
    if text:
        now = context.clock()
        found = await context.database.glance(lambda tx: door_tokens.holder(tx, text, now=now))
    caller = f"token {found.name}" if found is not None else _address(request)
    request.config_dict[RATE].take(caller)
    if found is None:
        raise TokenNeededError("a token is needed")
    return found


def admit_anybody(request: web.Request) -> None:
    """Let a request in that needs no token.

    Raises:
        RateError: this address asks too often.
    """
    request.config_dict[RATE].take(_address(request))


def _shown(header: str) -> str:
    scheme, _, rest = header[:MAX_HEADER_CHARS].partition(" ")
    match scheme.lower():
        case "bearer" | "token":
            return rest.strip()
        case "basic":
            return _password(rest.strip())
        case _:
            return ""


def _password(encoded: str) -> str:
    try:
        return b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _address(request: web.Request) -> str:
    """Return the address a request comes from; a trusted proxy's word counts for what is behind."""
    remote = request.remote or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return f"address {forwarded if forwarded and _is_trusted(remote, request) else remote}"


def _is_trusted(remote: str, request: web.Request) -> bool:
    try:
        address = ip_address(remote)
    except ValueError:
        return False
    return any(address in network for network in context_of(request).config.doors.trusted_proxies)
