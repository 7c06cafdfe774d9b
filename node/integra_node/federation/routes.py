"""What may other members ask of us? Every inbound route of docs/protocol.md section 10.

The order is always the same: bounds, token, roster, parse, one action, answer.  Errors leave by one
middleware as ``{"error": code, "detail": text}``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from integra_node.actions import evidence, receipts, receiving, serving, witnessing
from integra_node.actions.serving import Wanted
from integra_node.clock import monotonic
from integra_node.federation import forks
from integra_node.federation.admission import Admission
from integra_node.federation.answers import ConvictedError, answer_errors
from integra_node.federation.calls import (
    ADMISSION,
    CONTEXT,
    Call,
    admit,
    check_pace,
    number_in,
    origin_of,
    query_number,
    wanted_of,
    with_request_id,
)
from integra_node.federation.context import Federation
from integra_node.federation.peers import BATCH_MEDIA, CONTENT_MEDIA, JSON_MEDIA, NOTE_MEDIA
from integra_node.store import log, rosters
from integra_protocol.batch import decode_batch, encode_batch
from integra_protocol.canonical import encode
from integra_protocol.checkpoint import peek_checkpoint
from integra_protocol.errors import (
    InconsistentError,
    NoRoleError,
    RootMismatchError,
    SizeConflictError,
    UnknownKeyError,
    UnknownLogError,
    UnknownVersionError,
)
from integra_protocol.follow import EvidenceFoundError, ForkSuspectedError
from integra_protocol.limits import (
    MAX_BATCH_BYTES,
    MAX_OTHER_BODY_BYTES,
    MAX_SIZE,
    MAX_WAIT_S,
)
from integra_protocol.witness import evidence_from_json, parse_add_checkpoint

if TYPE_CHECKING:
    from integra_node.store.database import Tx
    from integra_protocol.batch import Batch

FINGERPRINT: Final = web.AppKey("fingerprint", str)

WITNESS_SIZE_MEDIA: Final = "text/x.tlog.size"


def build_app(context: Federation, fingerprint: str) -> web.Application:
    """Return the application of the federation listener."""
    app = web.Application(
        middlewares=[answer_errors], client_max_size=MAX_BATCH_BYTES + 1, handler_args={}
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
    call = await admit(request, leaving_may=True)
    wanted = request.match_info["version"]
    if wanted == "latest":
        note = await call.context.database.read(rosters.newest_note)
        if note is None:
            raise UnknownVersionError
        return _note(note)
    version = number_in(wanted, 1, MAX_SIZE)
    return _note(await call.context.database.read(lambda tx: rosters.note_of(tx, version)))


async def get_roster_checkpoint(request: web.Request) -> web.Response:
    """Answer the roster log's newest note with the cosignatures that we have."""
    call = await admit(request, leaving_may=True)
    note = await call.context.database.read(rosters.newest_checkpoint)
    if note is None:
        raise UnknownVersionError
    return _note(note)


async def get_kem(request: web.Request) -> web.Response:
    """Answer a member's public sealing key."""
    call = await admit(request)
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
    call = await admit(request, leaving_may=True)
    origin = origin_of(request)
    note = await call.context.database.read(lambda tx: witnessing.largest_note(tx, origin))
    if note is None:
        raise UnknownLogError
    return _note(note)


async def get_batch(request: web.Request) -> web.Response:
    """Answer the next leaves and entries of a log; wait for them when asked."""
    call = await admit(request, leaving_may=True, query=("from", "max", "wait"), delivers=True)
    wanted = wanted_of(request, call)
    wait_s = query_number(request, "wait", 0, MAX_WAIT_S, default=0)
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
    call = await admit(request, media=BATCH_MEDIA, max_bytes=MAX_BATCH_BYTES, delivers=True)
    context = call.context
    origin = origin_of(request)
    if call.caller.org != request.match_info["org"]:
        raise NoRoleError("only the issuer pushes its log")
    with request.app[ADMISSION].place(call.caller.org, origin):
        pushed = decode_batch(call.body)
        if pushed.origin != origin:
            raise UnknownLogError
        await check_pace(request, call, origin)
        try:
            received = await context.database.write(
                with_request_id(call, lambda tx: _receive_pushed(tx, call, pushed))
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
    call = await admit(request, query=("since", "wait"), delivers=True)
    since = query_number(request, "since", 0, MAX_SIZE, default=0)
    wait_s = query_number(request, "wait", 0, MAX_WAIT_S, default=0)
    with request.app[ADMISSION].place(call.caller.org, "heads"):
        body = await _heads_or_wait(call.context, since, wait_s)
    return web.Response(body=body, content_type=CONTENT_MEDIA)


async def get_proof(request: web.Request) -> web.Response:
    """Answer a portable proof of one entry to a member of its audience."""
    call = await admit(request)
    origin = origin_of(request)
    index = number_in(request.match_info["index"], 0, MAX_SIZE)
    text = await call.context.database.read(
        lambda tx: serving.proof(tx, origin, index, caller=call.caller.org)
    )
    return _note(text.encode())


async def post_add_checkpoint(request: web.Request) -> web.Response:
    """Cosign a checkpoint (C2SP tlog-witness)."""
    call = await admit(request, max_bytes=MAX_OTHER_BODY_BYTES, delivers=True)
    wanted = parse_add_checkpoint(call.body)
    origin = peek_checkpoint(wanted.note).origin
    if origin in call.roster.logs or origin == call.roster.hublog.name:
        request.app[ADMISSION].count_witnessing(f"{call.caller.org} {origin}", monotonic())
    us, fingerprint = call.context.us, request.app[FINGERPRINT]
    try:
        line = await call.context.database.write(
            with_request_id(
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
    call = await admit(request)
    name = request.match_info["hash"]
    us = call.context.us
    note = await call.context.database.read(lambda tx: witnessing.held_checkpoint(tx, us, name))
    return _note(note)


async def post_evidence(request: web.Request) -> web.Response:
    """Take evidence that a log shows two faces."""
    call = await admit(request, leaving_may=True, media=JSON_MEDIA)
    found = evidence_from_json(call.body)
    new = await call.context.database.write(
        with_request_id(call, lambda tx: evidence.take(tx, call.roster, found, now=call.now))
    )
    if new:
        call.context.convicted.give()
    return web.Response(status=202)


async def post_receipt(request: web.Request) -> web.Response:
    """Take the receipt of a member that can no longer append to its log."""
    call = await admit(request, leaving_may=True, media=CONTENT_MEDIA)
    us, org = call.context.us, call.caller.org
    await call.context.database.write(
        with_request_id(
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
        raise ConvictedError(error) from error


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


def _note(data: bytes) -> web.Response:
    return web.Response(body=data, headers={"Content-Type": NOTE_MEDIA})
