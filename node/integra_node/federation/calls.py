"""What is checked before a member's request reaches its handler, and what does it ask for?

Bounds, token, roster and body, in the order in which they cost (docs/protocol.md sections 10, 11).
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from aiohttp import web

from integra_node.actions.serving import View, Wanted
from integra_node.clock import monotonic
from integra_node.federation.admission import Admission, Caller
from integra_node.federation.context import Federation
from integra_node.store import partners, rosters
from integra_protocol.errors import (
    BadMediaError,
    EncodingRefusedError,
    NotMemberError,
    ProtocolError,
    TooLargeError,
)
from integra_protocol.keys import format_origin
from integra_protocol.limits import (
    MAX_BATCH_LEAVES,
    MAX_OTHER_BODY_BYTES,
    MAX_SIZE,
    TOKEN_SKEW_S,
)
from integra_protocol.token import Claims, check_body, open_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from integra_node.store.database import Tx
    from integra_protocol.roster import Roster

CONTEXT: Final = web.AppKey("federation", Federation)
ADMISSION: Final = web.AppKey("admission", Admission)

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,15}")
# Nothing is decoded or normalised: one resource has one spelling.
_PATH: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._-]+)+")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request whose token and bounds were checked."""

    context: Federation
    caller: Caller
    roster: Roster
    body: bytes
    now: int


async def admit(
    request: web.Request,
    *,
    leaving_may: bool = False,
    media: str | None = None,
    max_bytes: int = MAX_OTHER_BODY_BYTES,
    query: tuple[str, ...] = (),
    delivers: bool = False,
) -> Call:
    """Check bounds, token and body, in the order in which they cost.

    What ``delivers`` entries is paced by other means than a number of requests a second.
    """
    context = request.app[CONTEXT]
    if _PATH.fullmatch(request.raw_path.partition("?")[0]) is None:
        raise ProtocolError("a path has one spelling only")
    if not request.query.keys() <= set(query):
        raise ProtocolError("an unknown query field")
    if request.headers.get("Content-Encoding"):
        raise EncodingRefusedError
    if request.content_length is not None and request.content_length > max_bytes:
        raise TooLargeError(f"more than {max_bytes} bytes")
    roster = await context.database.glance(rosters.current)
    now = context.clock()
    claims = _open_token(request, roster, now)
    if media is not None and request.content_type != media:
        raise BadMediaError(f"this route takes {media}")
    body = await _read_body(request, max_bytes, context.body_timeout_s)
    check_body(claims, body)
    caller = request.app[ADMISSION].admit(claims, roster, now=now, leaving_may=leaving_may)
    if not delivers:
        request.app[ADMISSION].count_idle(caller.org, monotonic())
    if claims.roster_version > roster.version:
        context.roster_hint.give()
    return Call(context=context, caller=caller, roster=roster, body=body, now=now)


def _open_token(request: web.Request, roster: Roster, now: int) -> Claims:
    context = request.app[CONTEXT]
    try:
        return open_token(
            request.headers.get("Authorization"),
            audience=context.us.org,
            method=request.method,
            url=request.raw_path,
            now=now,
            req_keys=roster.req_keys,
        )
    except NotMemberError:
        # It may be a member of a roster that has not reached us.
        if request.app[ADMISSION].may_look_for_roster(monotonic()):
            context.roster_hint.give()
        raise


async def _read_body(request: web.Request, max_bytes: int, timeout_s: int) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > max_bytes:
                    raise TooLargeError(f"more than {max_bytes} bytes")
    except TimeoutError as error:
        raise ProtocolError("the body came too slowly") from error
    return bytes(body)


def with_request_id(call: Call, effect: Callable[[Tx], T]) -> Callable[[Tx], T]:
    """Record the token in the transaction of the effect, so that a restart forgets none."""

    def run(tx: Tx) -> T:
        claims = call.caller.claims
        value = effect(tx)
        partners.use_request_id(
            tx, claims.issuer, claims.token_id, expires_at=claims.expires_at + TOKEN_SKEW_S
        )
        partners.record_contact(tx, claims.issuer, now=call.now)
        return value

    return run


async def check_pace(request: web.Request, call: Call, origin: str) -> None:
    """Take no more of a log than its daily amount, but one batch an hour always.

    Raises:
        RateError: it comes again later.
    """
    limit = call.roster.limit(call.caller.org)
    entries, size = await call.context.database.read(
        lambda tx: partners.amount(tx, origin, now=call.now)
    )
    if entries >= limit.entries_per_day or size >= limit.bytes_per_day:
        request.app[ADMISSION].count_paced(origin, monotonic())


def wanted_of(request: web.Request, call: Call) -> Wanted:
    """Return which batch of which log is asked for, and as what the caller may see it."""
    origin = origin_of(request)
    return Wanted(
        origin=origin,
        start=query_number(request, "from", 0, MAX_SIZE),
        max_leaves=query_number(request, "max", 1, MAX_BATCH_LEAVES, default=MAX_BATCH_LEAVES),
        caller=call.caller.org,
        view=_view(call, origin),
    )


def _view(call: Call, origin: str) -> View:
    caller, us = call.caller, call.context.us
    if caller.leaving:
        return View.CLOSING
    if origin.partition("/")[0] == caller.org:
        return View.EVERYTHING
    if origin == us.origin and caller.org in _own_relays(call):
        return View.EVERYTHING
    return View.AUDIENCE


def _own_relays(call: Call) -> tuple[str, ...]:
    configured = call.context.relays
    roster = call.roster.relays()
    return roster if configured is None else tuple(r for r in configured if r in roster)


def origin_of(request: web.Request) -> str:
    """Return the log that the path names.

    Raises:
        ProtocolError: it is not an origin.
    """
    epoch = number_in(request.match_info["epoch"], 1, MAX_SIZE)
    return format_origin(request.match_info["org"], epoch)


def query_number(
    request: web.Request, name: str, low: int, high: int, *, default: int | None = None
) -> int:
    """Return a number of the query, low to high, both included.

    Raises:
        ProtocolError: it is missing without a default, there twice, or out of range.
    """
    values = request.query.getall(name, [])
    if not values and default is not None:
        return default
    if len(values) != 1:
        raise ProtocolError(f"{name}: exactly one number")
    return number_in(values[0], low, high)


def number_in(text: str, low: int, high: int) -> int:
    """Return a decimal number without leading zeros, low to high, both included.

    Raises:
        ProtocolError: it is not such a number.
    """
    if _NUMBER.fullmatch(text) is None or not low <= int(text) <= high:
        raise ProtocolError("not a number in its range")
    return int(text)
