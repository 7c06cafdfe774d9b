"""What may other members ask of us? Every inbound route of docs/protocol.md section 10.

The order is always the same: bounds, token, roster, parse, one action, answer.  Errors leave by one
middleware as ``{"error": code, "detail": text}``.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from aiohttp import web

from integra_node.actions import evidence, receipts, receiving, serving, witnessing
from integra_node.actions.serving import View, Wanted
from integra_node.clock import monotonic
from integra_node.federation import forks
from integra_node.federation.admission import Admission, Caller
from integra_node.federation.context import Federation
from integra_node.federation.peers import BATCH_MEDIA, CONTENT_MEDIA, JSON_MEDIA, NOTE_MEDIA
from integra_node.store import log, partners, rosters
from integra_protocol.batch import decode_batch, encode_batch
from integra_protocol.canonical import encode
from integra_protocol.checkpoint import peek_checkpoint
from integra_protocol.errors import (
    BadMediaError,
    EncodingRefusedError,
    InconsistentError,
    IntegraError,
    NoRoleError,
    NotMemberError,
    ProtocolError,
    RootMismatchError,
    SizeConflictError,
    TooLargeError,
    UnknownKeyError,
    UnknownLogError,
    UnknownVersionError,
)
from integra_protocol.follow import EvidenceFoundError, ForkSuspectedError
from integra_protocol.keys import format_origin
from integra_protocol.limits import (
    MAX_BATCH_BYTES,
    MAX_BATCH_LEAVES,
    MAX_OTHER_BODY_BYTES,
    MAX_SIZE,
    MAX_WAIT_S,
    REQUEST_TIMEOUT_S,
    TOKEN_SKEW_S,
)
from integra_protocol.token import Claims, check_body, open_token
from integra_protocol.witness import evidence_from_json, parse_add_checkpoint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from integra_node.store.database import Tx
    from integra_protocol.batch import Batch
    from integra_protocol.roster import Roster

LOG: Final = logging.getLogger(__name__)
CONTEXT: Final = web.AppKey("federation", Federation)
ADMISSION: Final = web.AppKey("admission", Admission)
FINGERPRINT: Final = web.AppKey("fingerprint", str)

WITNESS_SIZE_MEDIA: Final = "text/x.tlog.size"
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


def build_app(context: Federation, fingerprint: str) -> web.Application:
    """Return the application of the federation listener."""
    app = web.Application(
        middlewares=[_answer_errors], client_max_size=MAX_BATCH_BYTES + 1, handler_args={}
    )
    app[CONTEXT] = context
    app[ADMISSION] = Admission()
    app[FINGERPRINT] = fingerprint
    app.add_routes(ROUTES)
    app.on_shutdown.append(_let_waiters_go)
    return app


async def _let_waiters_go(app: web.Application) -> None:
    """Answer who waits for a log to grow, so that a stop takes no half minute."""
    app[CONTEXT].grown.close()


async def get_health(request: web.Request) -> web.Response:
    """The only route without a token: our clock, so that others can tell theirs."""
    return web.json_response({"v": 1, "time": request.app[CONTEXT].clock()})


async def get_roster(request: web.Request) -> web.Response:
    """Answer the newest roster, or one version."""
    call = await _admit(request, leaving_may=True)
    wanted = request.match_info["version"]
    if wanted == "latest":
        note = await call.context.database.read(rosters.newest_note)
        if note is None:
            raise UnknownVersionError
        return _note(note)
    version = _number(wanted, 1, MAX_SIZE)
    return _note(await call.context.database.read(lambda tx: rosters.note_of(tx, version)))


async def get_roster_checkpoint(request: web.Request) -> web.Response:
    """Answer the roster log's newest note with the cosignatures that we have."""
    call = await _admit(request, leaving_may=True)
    note = await call.context.database.read(rosters.newest_checkpoint)
    if note is None:
        raise UnknownVersionError
    return _note(note)


async def get_kem(request: web.Request) -> web.Response:
    """Answer a member's public sealing key."""
    call = await _admit(request)
    org, key_id = request.match_info["org"], request.match_info["key"]
    us = call.context.us
    if org == us.org and key_id == us.keys.kem.key_id:
        return web.Response(body=us.keys.kem.public_bytes)
    try:
        public = await call.context.database.read(lambda tx: rosters.kem_bytes(tx, org, key_id))
    except UnknownKeyError as error:
        raise UnknownKeyError from error
    return web.Response(body=public)


async def get_checkpoint(request: web.Request) -> web.Response:
    """Answer the largest note that we hold of a log."""
    call = await _admit(request, leaving_may=True)
    origin = _origin(request)
    note = await call.context.database.read(lambda tx: witnessing.largest_note(tx, origin))
    if note is None:
        raise UnknownLogError
    return _note(note)


async def get_batch(request: web.Request) -> web.Response:
    """Answer the next leaves and entries of a log; wait for them when asked."""
    call = await _admit(request, leaving_may=True, query=("from", "max", "wait"), delivers=True)
    wanted = _wanted(request, call)
    wait_s = _query_number(request, "wait", 0, MAX_WAIT_S, default=0)
    admission = request.app[ADMISSION]
    with admission.place(call.caller.org, wanted.origin):
        found = await _batch_or_wait(call, wanted, wait_s)
    if found is None:
        if not wait_s:
            admission.count_idle(call.caller.org, monotonic())
        return web.Response(status=204)
    return web.Response(body=found, content_type=BATCH_MEDIA)


async def post_batch(request: web.Request) -> web.Response:
    """Take a batch that the issuer pushes."""
    call = await _admit(request, media=BATCH_MEDIA, max_bytes=MAX_BATCH_BYTES, delivers=True)
    context = call.context
    origin = _origin(request)
    if call.caller.org != request.match_info["org"]:
        raise NoRoleError("only the issuer pushes its log")
    with request.app[ADMISSION].place(call.caller.org, origin):
        pushed = decode_batch(call.body)
        if pushed.origin != origin:
            raise UnknownLogError
        await _check_pace(request, call, origin)
        try:
            received = await context.database.write(
                _with_request_id(call, lambda tx: _receive_pushed(tx, call, pushed))
            )
        except ForkSuspectedError as error:
            forks.suspect(context, origin, error.offered, call.caller.org)
            raise
    if received.late:
        raise SizeConflictError(await context.database.read(lambda tx: log.get(tx, origin).seen))
    context.grown.give()
    return web.Response(status=204)


async def get_heads(request: web.Request) -> web.Response:
    """Answer which logs have grown since a cursor."""
    call = await _admit(request, query=("since", "wait"), delivers=True)
    since = _query_number(request, "since", 0, MAX_SIZE, default=0)
    wait_s = _query_number(request, "wait", 0, MAX_WAIT_S, default=0)
    with request.app[ADMISSION].place(call.caller.org, "heads"):
        body = await _heads_or_wait(call.context, since, wait_s)
    return web.Response(body=body, content_type=CONTENT_MEDIA)


async def get_proof(request: web.Request) -> web.Response:
    """Answer a portable proof of one entry to a member of its audience."""
    call = await _admit(request)
    origin = _origin(request)
    index = _number(request.match_info["index"], 0, MAX_SIZE)
    text = await call.context.database.read(
        lambda tx: serving.proof(tx, origin, index, caller=call.caller.org)
    )
    return _note(text.encode())


async def post_add_checkpoint(request: web.Request) -> web.Response:
    """Cosign a checkpoint (C2SP tlog-witness)."""
    call = await _admit(request, max_bytes=MAX_OTHER_BODY_BYTES, delivers=True)
    wanted = parse_add_checkpoint(call.body)
    origin = peek_checkpoint(wanted.note).origin
    if origin in call.roster.logs or origin == call.roster.hublog.name:
        request.app[ADMISSION].count_witnessing(f"{call.caller.org} {origin}", monotonic())
    us, fingerprint = call.context.us, request.app[FINGERPRINT]
    try:
        line = await call.context.database.write(
            _with_request_id(
                call,
                lambda tx: witnessing.cosign(tx, us, wanted, fingerprint=fingerprint, now=call.now),
            )
        )
    except (InconsistentError, RootMismatchError):
        forks.suspect_signed(call.context, call.roster, wanted.note, call.caller.org)
        raise
    except SizeConflictError as error:
        return web.Response(
            status=409, body=f"{error.size}\n".encode(), content_type=WITNESS_SIZE_MEDIA
        )
    return web.Response(text=line)


async def get_witness_checkpoint(request: web.Request) -> web.Response:
    """Answer, in every state, the largest note that we hold of a log: its start check."""
    call = await _admit(request)
    name = request.match_info["hash"]
    us = call.context.us
    note = await call.context.database.read(lambda tx: witnessing.held_checkpoint(tx, us, name))
    return _note(note)


async def post_evidence(request: web.Request) -> web.Response:
    """Take evidence that a log shows two faces."""
    call = await _admit(request, leaving_may=True, media=JSON_MEDIA)
    found = evidence_from_json(call.body)
    new = await call.context.database.write(
        _with_request_id(call, lambda tx: evidence.take(tx, call.roster, found, now=call.now))
    )
    if new:
        call.context.convicted.give()
    return web.Response(status=202)


async def post_receipt(request: web.Request) -> web.Response:
    """Take the receipt of a member that can no longer append to its log."""
    call = await _admit(request, leaving_may=True, media=CONTENT_MEDIA)
    us, org = call.context.us, call.caller.org
    await call.context.database.write(
        _with_request_id(
            call, lambda tx: receipts.take_outside(tx, us, org, call.body, now=call.now)
        )
    )
    return web.Response(status=204)


ROUTES: Final = (
    web.get("/v1/health", get_health),
    web.get("/v1/roster/checkpoint", get_roster_checkpoint),
    web.get("/v1/roster/{version}", get_roster),
    web.get("/v1/kem/{org}/{key}", get_kem),
    web.get("/v1/log/{org}/{epoch}/checkpoint", get_checkpoint),
    web.get("/v1/log/{org}/{epoch}/batch", get_batch),
    web.post("/v1/log/{org}/{epoch}/batch", post_batch),
    web.get("/v1/log/{org}/{epoch}/proof/{index}", get_proof),
    web.get("/v1/heads", get_heads),
    web.post("/v1/witness/add-checkpoint", post_add_checkpoint),
    web.get("/v1/witness/{hash}/checkpoint", get_witness_checkpoint),
    web.post("/v1/evidence", post_evidence),
    web.post("/v1/receipt", post_receipt),
)


# ------------------------------------------------------------------ bounds and tokens


async def _admit(
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


def _with_request_id(call: Call, effect: Callable[[Tx], T]) -> Callable[[Tx], T]:
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


async def _check_pace(request: web.Request, call: Call, origin: str) -> None:
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


def _receive_pushed(tx: Tx, call: Call, pushed: Batch) -> receiving.Received:
    us = call.context.us
    relay = us.org in call.roster.relays()
    try:
        return receiving.receive(
            tx,
            us,
            pushed,
            source=call.caller.org,
            from_issuer=True,
            now=call.now,
            keep_foreign_wraps=relay,
        )
    except EvidenceFoundError as error:
        raise _ConvictedError(error) from error


class _ConvictedError(InconsistentError):
    """Carries evidence out of a transaction that is undone."""

    def __init__(self, found: EvidenceFoundError) -> None:
        super().__init__(found.detail)
        self.evidence = found.evidence


# ------------------------------------------------------------------ waiting


async def _batch_or_wait(call: Call, wanted: Wanted, wait_s: int) -> bytes | None:
    context = call.context
    end = monotonic() + wait_s
    while True:
        seen = context.grown.count
        found = await context.database.read(lambda tx: _encoded(tx, call, wanted))
        left = end - monotonic()
        if found is not None or left <= 0 or context.grown.closed:
            return found
        await context.grown.wait(seen, left)


def _encoded(tx: Tx, call: Call, wanted: Wanted) -> bytes | None:
    found = serving.batch(tx, call.context.us, rosters.current(tx), wanted)
    return None if found is None else encode_batch(found)


async def _heads_or_wait(context: Federation, since: int, wait_s: int) -> bytes:
    end = monotonic() + wait_s
    while True:
        seen = context.grown.count
        cursor, heads = await context.database.read(lambda tx: serving.heads(tx, since))
        left = end - monotonic()
        if heads or left <= 0 or context.grown.closed:
            return encode({"c": cursor, "h": heads})
        await context.grown.wait(seen, left)


# ------------------------------------------------------------------ parts of a request


def _wanted(request: web.Request, call: Call) -> Wanted:
    origin = _origin(request)
    return Wanted(
        origin=origin,
        start=_query_number(request, "from", 0, MAX_SIZE),
        max_leaves=_query_number(request, "max", 1, MAX_BATCH_LEAVES, default=MAX_BATCH_LEAVES),
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


def _origin(request: web.Request) -> str:
    epoch = _number(request.match_info["epoch"], 1, MAX_SIZE)
    return format_origin(request.match_info["org"], epoch)


def _query_number(
    request: web.Request, name: str, low: int, high: int, *, default: int | None = None
) -> int:
    values = request.query.getall(name, [])
    if not values and default is not None:
        return default
    if len(values) != 1:
        raise ProtocolError(f"{name}: exactly one number")
    return _number(values[0], low, high)


def _number(text: str, low: int, high: int) -> int:
    if _NUMBER.fullmatch(text) is None or not low <= int(text) <= high:
        raise ProtocolError("not a number in its range")
    return int(text)


def _note(data: bytes) -> web.Response:
    return web.Response(body=data, headers={"Content-Type": NOTE_MEDIA})


# ------------------------------------------------------------------ errors


@web.middleware
async def _answer_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        async with asyncio.timeout(REQUEST_TIMEOUT_S + MAX_WAIT_S):
            return await handler(request)
    except _ConvictedError as error:
        await forks.convict(request.app[CONTEXT], error.evidence)
        return _refusal(error)
    except IntegraError as error:
        return _refusal(error)
    except web.HTTPException as error:
        return _plain(error)
    except TimeoutError:
        return web.json_response({"error": "busy", "detail": ""}, status=503)
    except (asyncio.CancelledError, ConnectionError):
        raise
    except Exception:
        LOG.exception("request failed method=%s path=%s", request.method, request.path)
        return web.json_response({"error": "busy", "detail": "an error here"}, status=503)


def _refusal(error: IntegraError) -> web.Response:
    known = isinstance(error, ProtocolError)
    body: dict[str, str | int] = {
        "error": error.code if known else "busy",
        "detail": error.detail if known else "",
    }
    headers = {}
    for name, field in (("time", "time"), ("size", "size")):
        value = getattr(error, name, None)
        if isinstance(value, int):
            body[field] = value
    retry = getattr(error, "retry_after_s", None)
    if retry is not None:
        headers["Retry-After"] = str(retry)
    status = error.status if known else 503
    return web.json_response(body, status=status, headers=headers)


def _plain(error: web.HTTPException) -> web.Response:
    code = {404: "bad_request", 405: "bad_request", 413: "too_large"}.get(
        error.status, "bad_request"
    )
    return web.json_response({"error": code, "detail": ""}, status=error.status)
