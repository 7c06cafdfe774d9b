"""What may a hostile member try, and what does a node answer? The tables; docs/attacks.md shows them.

Each attack is sent to a running node over TLS by a member that has valid keys, or by nobody at all.
"""

import asyncio
import json
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256

from aiohttp import web

from federation_lab import Lab, LabMember
from integra_node.federation.peers import BATCH_MEDIA, JSON_MEDIA, NOTE_MEDIA
from integra_protocol.batch import BatchEntry, BlobState, encode_batch
from integra_protocol.canonical import encode
from integra_protocol.checkpoint import Checkpoint, sign_checkpoint
from integra_protocol.entry import entry_leaf
from integra_protocol.keys import SigningKey, short_key_id
from integra_protocol.token import sign_token
from integra_protocol.witness import (
    AddCheckpoint,
    Evidence,
    evidence_to_json,
    format_add_checkpoint,
)
from protocol_entries import clear_entry
from protocol_federation import SimLog
from raw_http import Reply, exchange, request_head

VICTIM = "fr-probation"
OTHER = "pt-prison"
LIAR = "es-liar"
GONE = "be-gone"
TWIN = "nl-twin"
HELD = 4  # leaves of the liar's log that the victim holds
COSIGNED = 3  # leaves of it that the victim cosigned
YEAR = 31_536_000
BATCH_OF_LIAR = f"/v1/log/{LIAR}/1/batch"
ADD_CHECKPOINT = "/v1/witness/add-checkpoint"
CHECKPOINT_OF_VICTIM = f"/v1/log/{VICTIM}/1/checkpoint"


@dataclass
class Stage:
    """The lab, and the log of the liar as the victim holds it."""

    lab: Lab
    log: SimLog
    now: Callable[[], int] = field(default=lambda: int(time.time()))

    @property
    def victim(self) -> LabMember:
        return self.lab.members[VICTIM]

    def key(self, org: str = LIAR) -> SigningKey:
        return self.lab.members[org].keys.request

    def token(self, method: str, target: str, body: bytes = b"", **changes: object) -> str:
        """Return a valid token of the liar, but for ``changes``."""
        fields = {
            "issuer": LIAR,
            "audience": VICTIM,
            "method": method,
            "url": target,
            "body": body,
            "now": self.now(),
            "key": self.key(str(changes.get("issuer", LIAR))) if "key" not in changes else None,
            "roster_version": 1,
            "random": os.urandom,
        }
        return sign_token(**(fields | changes))

    async def send(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        token: str | None = None,
        media: str | None = None,
        **headers: str,
    ) -> Reply:
        """Send one request with a valid token, or with the one given."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if media is not None:
            named["Content-Type"] = media
        signed = self.token(method, target, body) if token is None else token
        head = request_head(method, target, signed, named, len(body) if body else None)
        return await exchange(self.victim.federation_port, head + body)

    async def push(self, body: bytes) -> Reply:
        return await self.send("POST", BATCH_OF_LIAR, body, media=BATCH_MEDIA)

    async def cosign(self, body: bytes) -> Reply:
        """Ask for a cosignature; the pace of one a second is another rule, and kept."""
        while True:
            reply = await self.send("POST", ADD_CHECKPOINT, body, media=NOTE_MEDIA)
            if reply.code != "rate":
                return reply
            await asyncio.sleep(0.5)

    async def accuse(self, evidence: Evidence) -> Reply:
        return await self.send("POST", "/v1/evidence", evidence_to_json(evidence), media=JSON_MEDIA)

    def next(self, count: int = 1) -> SimLog:
        """Return the liar's log with further practices, of which the victim knows nothing yet."""
        return grown(self.log.branch(self.log.size), count)


def grown(log: SimLog, count: int) -> SimLog:
    """Add practices that live for a year from now."""
    now = int(time.time())
    for _ in range(count):
        log.add(time=now, retention_end=now + YEAR)
    return log


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One row: what is sent, and what must come back.

    ``may_change`` names tables in which the attack may leave something, and why that is right.
    """

    what: str
    status: int
    code: str
    send: Callable[[Stage], Awaitable[Reply]]
    may_change: frozenset[str] = frozenset()


# ------------------------------------------------------------------ who calls


async def no_token(stage: Stage) -> Reply:
    head = request_head("GET", "/v1/heads", None, {}, None)
    return await exchange(stage.victim.federation_port, head)


async def unknown_caller(stage: Stage) -> Reply:
    stranger = SigningKey.from_seed(os.urandom(32))
    token = stage.token("GET", "/v1/heads", issuer="no-member", key=stranger)
    return await stage.send("GET", "/v1/heads", token=token)


async def stolen_name(stage: Stage) -> Reply:
    token = stage.token("GET", "/v1/heads", issuer=OTHER, key=stage.key(LIAR))
    return await stage.send("GET", "/v1/heads", token=token)


async def suspended(stage: Stage, method: str, target: str, body: bytes = b"") -> Reply:
    token = stage.token(method, target, body, issuer=GONE)
    media = BATCH_MEDIA if body else None
    return await stage.send(method, target, body, token=token, media=media)


# ------------------------------------------------------------------ tokens


async def other_method(stage: Stage) -> Reply:
    token = stage.token("POST", "/v1/heads")
    return await stage.send("GET", "/v1/heads", token=token)


async def with_token(stage: Stage, **changes: object) -> Reply:
    token = stage.token("GET", "/v1/heads", **changes)
    return await stage.send("GET", "/v1/heads", token=token)


async def replayed(stage: Stage) -> Reply:
    token = stage.token("GET", "/v1/heads")
    first = await stage.send("GET", "/v1/heads", token=token)
    assert first.status == 200
    return await stage.send("GET", "/v1/heads", token=token)


async def replayed_post(stage: Stage) -> Reply:
    body = format_add_checkpoint(cosign_request(stage.log, COSIGNED, COSIGNED))
    token = stage.token("POST", ADD_CHECKPOINT, body)
    while (await stage.send("POST", ADD_CHECKPOINT, body, token=token, media=NOTE_MEDIA)).code:
        await asyncio.sleep(0.5)  # the pace of one a second is another rule, and kept
        token = stage.token("POST", ADD_CHECKPOINT, body)
    return await stage.send("POST", ADD_CHECKPOINT, body, token=token, media=NOTE_MEDIA)


async def other_body(stage: Stage) -> Reply:
    honest, changed = (
        encode_batch(stage.next().batch(stage.log.size)),
        encode_batch(stage.next(2).batch(stage.log.size)),
    )
    token = stage.token("POST", BATCH_OF_LIAR, honest)
    return await stage.send("POST", BATCH_OF_LIAR, changed, token=token, media=BATCH_MEDIA)


async def forged_token(
    stage: Stage, header: dict[str, object] | None = None, **claims: object
) -> Reply:
    token = forge(stage, "/v1/heads", header or {}, claims)
    return await stage.send("GET", "/v1/heads", token=token)


def forge(stage: Stage, target: str, header: dict[str, object], claims: dict[str, object]) -> str:
    """Write a token by hand, signed with the liar's key."""
    key, now = stage.key(), stage.now()
    head = {"alg": "EdDSA", "kid": short_key_id(key.public), "typ": "integra-req+jwt"} | header
    body = {
        "iss": LIAR,
        "aud": VICTIM,
        "iat": now,
        "exp": now + 60,
        "jti": os.urandom(16).hex(),
        "m": "GET",
        "u": target,
        "d": _unpadded(sha256(b"").digest()),
        "rv": 1,
    } | claims
    signed = f"{_unpadded(json.dumps(head).encode())}.{_unpadded(json.dumps(body).encode())}"
    return f"Integra {signed}.{_unpadded(key.sign(signed.encode()))}"


def _unpadded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


# ------------------------------------------------------------------ requests


async def get(stage: Stage, target: str) -> Reply:
    return await stage.send("GET", target)


async def announced_too_large(stage: Stage) -> Reply:
    token = stage.token("POST", BATCH_OF_LIAR)
    head = request_head(
        "POST", BATCH_OF_LIAR, token, {"Content-Type": BATCH_MEDIA}, 4 * 1024 * 1024 + 1
    )
    return await exchange(stage.victim.federation_port, head)


async def unannounced_too_large(stage: Stage) -> Reply:
    token = stage.token("POST", BATCH_OF_LIAR)
    headers = {"Content-Type": BATCH_MEDIA, "Transfer-Encoding": "chunked"}
    head = request_head("POST", BATCH_OF_LIAR, token, headers, None)
    block = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    return await exchange(stage.victim.federation_port, head, *([block] * 65))


async def slow_body(stage: Stage) -> Reply:
    token = stage.token("POST", BATCH_OF_LIAR)
    head = request_head("POST", BATCH_OF_LIAR, token, {"Content-Type": BATCH_MEDIA}, 1_000)
    return await exchange(stage.victim.federation_port, head, b"\x87", b"\xa1", pause_s=0.4)


async def gzip_body(stage: Stage) -> Reply:
    body = encode_batch(stage.next().batch(stage.log.size))
    return await stage.send("POST", BATCH_OF_LIAR, body, media=BATCH_MEDIA, Content_Encoding="gzip")


async def other_media(stage: Stage) -> Reply:
    body = encode_batch(stage.next().batch(stage.log.size))
    return await stage.send("POST", BATCH_OF_LIAR, body, media="application/octet-stream")


async def push_bytes(stage: Stage, body: bytes) -> Reply:
    return await stage.push(body)


# ------------------------------------------------------------------ logs


async def log_of_another(stage: Stage) -> Reply:
    fake = grown(SimLog(f"{OTHER}/log/1", stage.lab.members[LIAR].keys.log), 1)
    return await stage.send(
        "POST", f"/v1/log/{OTHER}/1/batch", encode_batch(fake.batch()), media=BATCH_MEDIA
    )


async def log_under_another_name(stage: Stage) -> Reply:
    fake = grown(SimLog(f"{OTHER}/log/1", stage.lab.members[LIAR].keys.log), 1)
    return await stage.push(encode_batch(fake.batch()))


async def forged_entry(stage: Stage) -> Reply:
    honest = stage.next()
    header, blob = _forged(stage, honest.size - 1)
    batch = honest.batch(
        stage.log.size,
        entries=[BatchEntry(header=header, blob=blob, wraps={}, state=BlobState.PRESENT)],
    )
    return await stage.push(encode_batch(replace(batch, leaves=entry_leaf(header))))


async def made_up_entry(stage: Stage) -> Reply:
    honest = stage.next()
    header, blob = _forged(stage, honest.size - 1)
    shown = BatchEntry(header=header, blob=blob, wraps={}, state=BlobState.PRESENT)
    reply = await stage.push(encode_batch(honest.batch(stage.log.size, entries=[shown])))
    stage.log = honest
    return reply


def _forged(stage: Stage, index: int) -> tuple[bytes, bytes]:
    now = stage.now()
    data = {"id": "forged", "version": 1, "status": "published"}
    header, blob = clear_entry(
        "practice", data, origin=stage.log.origin, index=index, time=now, retention_end=now + YEAR
    )
    return header.encode(), blob


async def wrong_root(stage: Stage) -> Reply:
    honest = stage.next()
    note = sign_checkpoint(
        Checkpoint(origin=honest.origin, size=honest.size, root=bytes(32)), honest.key
    )
    return await stage.push(encode_batch(honest.batch(stage.log.size, note=note)))


async def note_by_another_key(stage: Stage) -> Reply:
    honest = stage.next()
    honest.key = SigningKey.from_seed(os.urandom(32))
    return await stage.push(encode_batch(honest.batch(stage.log.size)))


async def rolled_back(stage: Stage) -> Reply:
    return await stage.push(encode_batch(stage.log.batch(0, size=HELD - 1)))


async def gap(stage: Stage) -> Reply:
    honest = stage.next(2)
    return await stage.push(encode_batch(honest.batch(honest.size - 1)))


async def too_many_leaves(stage: Stage) -> Reply:
    fields = {
        "c": stage.log.note().decode(),
        "e": [],
        "f": HELD,
        "l": bytes(32 * 513),
        "o": stage.log.origin,
        "p": [],
        "v": 1,
    }
    return await stage.push(encode(fields))


# ------------------------------------------------------------------ witness


def cosign_request(log: SimLog, old: int, size: int, proof: tuple[bytes, ...] | None = None):
    if proof is None:
        proof = log.batch(0, old, size).proof if 0 < old < size else ()
    return AddCheckpoint(old_size=old, proof=proof, note=log.note(size))


async def cosign(
    stage: Stage, old: int, size: int, proof: tuple[bytes, ...] | None = None
) -> Reply:
    return await stage.cosign(format_add_checkpoint(cosign_request(stage.log, old, size, proof)))


async def cosign_stranger(stage: Stage) -> Reply:
    log = SimLog("no-member/log/1", SigningKey.from_seed(os.urandom(32))).cover(2)
    return await stage.cosign(format_add_checkpoint(cosign_request(log, 0, 2)))


async def cosign_unsigned(stage: Stage) -> Reply:
    log = stage.log.branch(stage.log.size)
    log.key = SigningKey.from_seed(os.urandom(32))
    return await stage.cosign(format_add_checkpoint(cosign_request(log, COSIGNED, HELD)))


# ------------------------------------------------------------------ evidence


async def agreeing_notes(stage: Stage) -> Reply:
    note = stage.log.note(2)
    return await stage.accuse(Evidence(a=note, b=note, proof=(), root=b""))


async def consistent_notes(stage: Stage) -> Reply:
    log = stage.log
    proof = log.batch(0, 2, HELD).proof
    return await stage.accuse(
        Evidence(a=log.note(2), b=log.note(HELD), proof=proof, root=log.root(2))
    )


async def unproven_fork(stage: Stage) -> Reply:
    log = stage.log
    proof = log.batch(0, 2, HELD).proof
    return await stage.accuse(
        Evidence(a=log.note(2), b=log.note(HELD), proof=proof, root=bytes(range(32)))
    )


async def framed(stage: Stage) -> Reply:
    log = SimLog(f"{OTHER}/log/1", stage.lab.members[LIAR].keys.log)
    one, two = log.branch(0).cover(1, "one"), log.branch(0).cover(1, "two")
    return await stage.accuse(Evidence(a=one.note(), b=two.note(), proof=(), root=b""))


async def evidence_against_nobody(stage: Stage) -> Reply:
    log = SimLog("no-member/log/1", SigningKey.from_seed(os.urandom(32)))
    one, two = log.branch(0).cover(1, "one"), log.branch(0).cover(1, "two")
    return await stage.accuse(Evidence(a=one.note(), b=two.note(), proof=(), root=b""))


async def evidence_without_form(stage: Stage) -> Reply:
    return await stage.send("POST", "/v1/evidence", b'{"a": 1}', media=JSON_MEDIA)


FAR = 100 * 86_400
BOMB = b"\xdd" + (4_000_000).to_bytes(4, "big") + b"\x80" * 4_000_000
DEEP = b"\x91" * 100_000 + b"\xc0"

ATTACKS: dict[str, Attack] = {
    "missing token": Attack(
        what="a request without a token", status=401, code="token_missing", send=no_token
    ),
    "unknown caller": Attack(
        what="a well-formed token of an organisation that is not in the roster",
        status=403,
        code="not_member",
        send=unknown_caller,
    ),
    "stolen name": Attack(
        what="a token that names another member, signed by the caller's own key",
        status=401,
        code="token_bad",
        send=stolen_name,
    ),
    "suspended member reads heads": Attack(
        what="a suspended member asks what has grown",
        status=403,
        code="suspended",
        send=partial(suspended, method="GET", target="/v1/heads"),
    ),
    "suspended member reads a key": Attack(
        what="a suspended member asks for a sealing key",
        status=403,
        code="suspended",
        send=partial(suspended, method="GET", target=f"/v1/kem/{VICTIM}/00000000"),
    ),
    "suspended member pushes": Attack(
        what="a suspended member pushes to its log",
        status=403,
        code="suspended",
        send=partial(suspended, method="POST", target=f"/v1/log/{GONE}/1/batch", body=b"\x80"),
    ),
    "wrong audience": Attack(
        what="a token made for another member, as a relay could pass it on",
        status=401,
        code="token_bad",
        send=partial(with_token, audience=OTHER),
    ),
    "token for another method": Attack(
        what="a token made for POST, used with GET",
        status=401,
        code="token_bad",
        send=other_method,
    ),
    "token for another path": Attack(
        what="a token made for another path",
        status=401,
        code="token_bad",
        send=partial(with_token, url="/v1/health"),
    ),
    "expired token": Attack(
        what="a token that ended ten minutes ago",
        status=401,
        code="clock_skew",
        send=lambda stage: with_token(stage, now=stage.now() - 600),
    ),
    "token from the future": Attack(
        what="a token that begins in ten minutes",
        status=401,
        code="clock_skew",
        send=lambda stage: with_token(stage, now=stage.now() + 600),
    ),
    "token that lives too long": Attack(
        what="a token that ends in a hundred days",
        status=401,
        code="token_bad",
        send=lambda stage: forged_token(stage, exp=stage.now() + FAR),
    ),
    "unknown key id": Attack(
        what="a token with a kid that the roster does not name",
        status=401,
        code="token_bad",
        send=partial(forged_token, header={"kid": "00000000"}),
    ),
    "no algorithm": Attack(
        what="a token whose header says alg none",
        status=401,
        code="token_bad",
        send=partial(forged_token, header={"alg": "none"}),
    ),
    "another type": Attack(
        what="a token of another typ",
        status=401,
        code="token_bad",
        send=partial(forged_token, header={"typ": "JWT"}),
    ),
    "list of audiences": Attack(
        what="a token for two audiences",
        status=401,
        code="token_bad",
        send=partial(forged_token, aud=[VICTIM, OTHER]),
    ),
    "one claim more": Attack(
        what="a token with a claim that is not in the list",
        status=401,
        code="token_bad",
        send=partial(forged_token, nbf=0),
    ),
    "replayed token": Attack(
        what="a request sent a second time", status=401, code="replay", send=replayed
    ),
    "replayed request with effect": Attack(
        what="a request for a cosignature sent a second time",
        status=401,
        code="replay",
        send=replayed_post,
    ),
    "changed body": Attack(
        what="another body than the one that the token was made for",
        status=401,
        code="token_bad",
        send=other_body,
    ),
    "body announced too large": Attack(
        what="a batch announced with 4 MiB and one byte",
        status=413,
        code="too_large",
        send=announced_too_large,
    ),
    "body too large without announcement": Attack(
        what="a chunked batch that does not end at 4 MiB",
        status=413,
        code="too_large",
        send=unannounced_too_large,
    ),
    "too many leaves": Attack(
        what="a batch of 513 leaves", status=413, code="too_large", send=too_many_leaves
    ),
    "slow body": Attack(
        what="a body that comes a byte at a time and never ends",
        status=400,
        code="bad_request",
        send=slow_body,
    ),
    "gzip body": Attack(
        what="a body with a content encoding",
        status=415,
        code="encoding_refused",
        send=gzip_body,
    ),
    "another media type": Attack(
        what="a batch as application/octet-stream",
        status=415,
        code="bad_media",
        send=other_media,
    ),
    "msgpack bomb, wide": Attack(
        what="4 MB that announce four million maps",
        status=400,
        code="bad_canonical",
        send=partial(push_bytes, body=BOMB),
    ),
    "msgpack bomb, deep": Attack(
        what="lists nested a hundred thousand deep",
        status=400,
        code="bad_canonical",
        send=partial(push_bytes, body=DEEP),
    ),
    "path with dots": Attack(
        what="`..` in the path",
        status=404,
        code="bad_request",
        send=partial(get, target=f"/v1/log/{LIAR}/../{VICTIM}/1/checkpoint"),
    ),
    "path with dots in a field": Attack(
        what="`..` in the place of an organisation",
        status=400,
        code="bad_request",
        send=partial(get, target="/v1/log/../1/checkpoint"),
    ),
    "path with an encoded slash": Attack(
        what="`%2F` in the place of an organisation",
        status=400,
        code="bad_request",
        send=partial(get, target=f"/v1/log/{LIAR}%2F..%2F{VICTIM}/1/checkpoint"),
    ),
    "path with an encoded letter": Attack(
        what="a letter of the organisation as `%66`",
        status=400,
        code="bad_request",
        send=partial(get, target=CHECKPOINT_OF_VICTIM.replace("/fr", "/%66r")),
    ),
    "path with a double slash": Attack(
        what="a double slash in the path",
        status=404,
        code="bad_request",
        send=partial(get, target=f"/v1/log/{VICTIM}//1/checkpoint"),
    ),
    "epoch with a zero in front": Attack(
        what="epoch `01`",
        status=400,
        code="bad_request",
        send=partial(get, target=f"/v1/log/{VICTIM}/01/checkpoint"),
    ),
    "field in the query too many": Attack(
        what="a query field that the route does not have",
        status=400,
        code="bad_request",
        send=partial(get, target=f"{CHECKPOINT_OF_VICTIM}?from=0"),
    ),
    "field in the query twice": Attack(
        what="`from` twice",
        status=400,
        code="bad_request",
        send=partial(get, target=f"{BATCH_OF_LIAR}?from=0&from=1"),
    ),
    "number out of its range": Attack(
        what="a wait of an hour",
        status=400,
        code="bad_request",
        send=partial(get, target=f"{BATCH_OF_LIAR}?from=0&wait=3600"),
    ),
    "unknown log": Attack(
        what="a log that the roster does not name",
        status=404,
        code="unknown_log",
        send=partial(get, target="/v1/log/no-member/1/batch?from=0"),
    ),
    "entry for others": Attack(
        what="the proof of an entry that is sealed to another member: as if it did not exist",
        status=404,
        code="unknown_index",
        send=partial(get, target=f"/v1/log/{VICTIM}/1/proof/0"),
    ),
    "entry that does not exist": Attack(
        what="the proof of an entry above the size of the log",
        status=404,
        code="unknown_index",
        send=partial(get, target=f"/v1/log/{VICTIM}/1/proof/999"),
    ),
    "log of another member pushed": Attack(
        what="a member pushes the log of another",
        status=403,
        code="no_role",
        send=log_of_another,
    ),
    "log of another member under the own address": Attack(
        what="a batch of another member's log, pushed where the own log belongs",
        status=404,
        code="unknown_log",
        send=log_under_another_name,
    ),
    "forged entry": Attack(
        what="an entry and its leaf put in the place of an honest one, under the honest checkpoint",
        status=422,
        code="inconsistent",
        send=forged_entry,
    ),
    "made up entry": Attack(
        what="an entry that is no leaf of an otherwise honest batch: leaves are taken, it is not",
        status=204,
        code="",
        send=made_up_entry,
        may_change=frozenset({"log", "tile", "change_counter"}),
    ),
    "wrong root": Attack(
        what="leaves that do not give the root that the log signed",
        status=422,
        code="inconsistent",
        send=wrong_root,
    ),
    "checkpoint of another key": Attack(
        what="a checkpoint that the log's key did not sign",
        status=403,
        code="bad_signature",
        send=note_by_another_key,
    ),
    "rolled-back size": Attack(
        what="a smaller checkpoint than the one that is held",
        status=409,
        code="size_conflict",
        send=rolled_back,
    ),
    "gap": Attack(
        what="a batch that begins above the size that is held",
        status=409,
        code="size_conflict",
        send=gap,
    ),
    "witness: unknown log": Attack(
        what="a checkpoint of a log that the roster does not name",
        status=404,
        code="unknown_log",
        send=cosign_stranger,
    ),
    "witness: not signed by the log": Attack(
        what="a checkpoint signed by another key",
        status=403,
        code="bad_signature",
        send=cosign_unsigned,
    ),
    "witness: rollback": Attack(
        what="a smaller checkpoint than the one cosigned last; the answer tells that size",
        status=409,
        code="",
        send=partial(cosign, old=2, size=2),
    ),
    "witness: from the future": Attack(
        what="an old size above that of the checkpoint",
        status=400,
        code="bad_proof",
        send=partial(cosign, old=COSIGNED, size=2),
    ),
    "witness: wrong proof": Attack(
        what="a consistency proof that proves nothing",
        status=422,
        code="inconsistent",
        send=partial(cosign, old=COSIGNED, size=HELD, proof=(bytes(32),) * 3),
    ),
    "witness: proof too long": Attack(
        what="a consistency proof of 64 lines",
        status=413,
        code="too_large",
        send=partial(cosign, old=COSIGNED, size=HELD, proof=(bytes(32),) * 64),
    ),
    "evidence: notes that agree": Attack(
        what="one note twice, as evidence of a fork",
        status=400,
        code="bad_canonical",
        send=agreeing_notes,
    ),
    "evidence: notes of one branch": Attack(
        what="two notes of one branch with their honest proof",
        status=400,
        code="bad_canonical",
        send=consistent_notes,
    ),
    "evidence: no proof": Attack(
        what="two notes, and a proof that does not lead from the other root",
        status=422,
        code="inconsistent",
        send=unproven_fork,
    ),
    "evidence: framed": Attack(
        what="two contradicting notes of a log that the accuser signed itself",
        status=403,
        code="bad_signature",
        send=framed,
    ),
    "evidence: unknown log": Attack(
        what="two contradicting notes of a log that the roster does not name",
        status=404,
        code="unknown_log",
        send=evidence_against_nobody,
    ),
    "evidence: no form": Attack(
        what="JSON that is no evidence",
        status=400,
        code="bad_canonical",
        send=evidence_without_form,
    ),
}


# ------------------------------------------------------------------ what others answer to us


@dataclass(frozen=True, kw_only=True)
class HostileAnswer:
    """One row: what a member answers to our request, and the reason for which we drop it."""

    what: str
    reason: str
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]]


async def redirected(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "/trap"})


async def encoded(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"\x1f\x8b" + bytes(20), headers={"Content-Encoding": "gzip"})


async def too_large(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=bytes(70_000))


async def too_slow(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(5)
    return web.Response()


ANSWERS: dict[str, HostileAnswer] = {
    "redirect": HostileAnswer(
        what="a redirect to another address; that address is not called",
        reason="redirect",
        answer=redirected,
    ),
    "gzip": HostileAnswer(
        what="a body with a content encoding; it is not unpacked",
        reason="encoding_refused",
        answer=encoded,
    ),
    "too large": HostileAnswer(
        what="more bytes than the route may answer", reason="too_large", answer=too_large
    ),
    "too slow": HostileAnswer(
        what="an answer that does not come in time", reason="timeout", answer=too_slow
    ),
}

SCENES: dict[str, tuple[str, str]] = {
    "test_nothing_is_sent_to_a_server_with_another_key": (
        "another server takes the place of a member's",
        "the pin of the roster decides after the handshake; no byte of the request is sent",
    ),
    "test_concurrent_cosignatures_never_let_the_stored_size_fall": (
        "many requests for cosignatures of one log at once, with many sizes",
        "200 or 409; the size cosigned last never falls",
    ),
    "test_whatever_order_requests_are_worked_on_the_size_cosigned_last_grows": (
        "the same requests in any order inside the database",
        "the size cosigned last never falls",
    ),
    "test_a_suspended_member_gets_bare_leaves": (
        "a suspended member pulls a log",
        "leaf hashes only",
    ),
    "test_who_is_outside_the_audience_gets_a_bare_leaf": (
        "a member pulls a log with an entry sealed to another",
        "its leaf hash only",
    ),
    "test_a_mirror_with_wrong_leaves_is_marked_and_the_log_is_not": (
        "a relay answers with wrong leaves under an honest checkpoint",
        "nothing is stored, the relay is marked, the log is followed as before",
    ),
    "test_a_fork_seen_through_two_slices_convicts_itself_everywhere": (
        "a log shows one branch to one member and another branch to another",
        "as soon as a note of the one meets the other, both members hold evidence and quarantine it",
    ),
    "test_evidence_reaches_a_member_that_was_away": (
        "a member is away when a log is convicted",
        "it hears of it later, and quarantines the log too",
    ),
}
