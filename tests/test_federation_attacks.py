"""Is every attack of the table refused over real HTTP, with the right code and without a trace?"""

import asyncio
import json
import random
import time
from functools import partial

import pytest
import pytest_asyncio
from aiohttp import web
from sqlalchemy import select

import make_attack_docs
from fake_member import fake_member
from federation_attacks import (
    ADD_CHECKPOINT,
    ANSWERS,
    ATTACKS,
    BATCH_OF_LIAR,
    COSIGNED,
    GONE,
    HELD,
    LIAR,
    OTHER,
    SCENES,
    TWIN,
    VICTIM,
    Stage,
    cosign,
    cosign_request,
    grown,
)
from federation_lab import RELAY, make_lab
from integra_node.actions import publishing, witnessing
from integra_node.federation.peers import BATCH_MEDIA, NOTE_MEDIA, PeerError
from integra_node.store import evidences, log, partners, rosters
from integra_node.store.schema import metadata
from integra_protocol.batch import decode_batch, encode_batch
from integra_protocol.roster import Status
from integra_protocol.roster_change import with_status
from integra_protocol.witness import format_add_checkpoint
from protocol_federation import SimLog
from raw_http import exchange, request_head

MEMBERS = [
    (VICTIM, "casework"),
    (OTHER, "casework"),
    (LIAR, "casework"),
    (TWIN, "knowledge"),
    (GONE, "casework"),
]
# What a refused request may write, and nothing else:
BOOKKEEPING = {
    "audit",  # who tried what
    "audit_head",
    "request_id",  # used tokens
    "daily_amount",  # pacing
    "partner",  # when a member was last reached
    "source_trouble",  # which source gave something wrong
}
# How far a task of the node itself has come with what was there before.
MACHINE_MARKS = {"saved_searches_watermark"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory):
    """Two running nodes, a liar with valid keys, a suspended member."""
    lab = make_lab(tmp_path_factory.mktemp("lab"), MEMBERS)
    second = lab.next_roster(
        lambda lines: with_status(lines, GONE, Status.SUSPENDED, until={f"{GONE}/log/1": 0})
    )
    for org in (VICTIM, OTHER):
        lab.write(org, lambda tx: rosters.save(tx, version=2, note=second, now=int(time.time())))
    await lab.start(VICTIM, OTHER)
    try:
        yield await set_stage(lab)
    finally:
        await lab.stop()


async def set_stage(lab):
    stage = Stage(lab, grown(SimLog(lab.members[LIAR].origin, lab.members[LIAR].keys.log), HELD))
    assert (await stage.push(encode_batch(stage.log.batch()))).status == 204
    assert (await cosign(stage, 0, COSIGNED)).status == 200
    await lab.until(partial(keys_are_here, lab))
    node = lab.nodes[VICTIM]
    await node.database.write(partial(append_receipt, us=node.us))
    await lab.until(partial(is_signed, node))
    return stage


async def keys_are_here(lab):
    node = lab.nodes[VICTIM]
    roster = await node.database.read(rosters.current)
    missing = await node.database.read(lambda tx: rosters.missing_kems(tx, roster))
    return OTHER not in {org for org, _, _ in missing}


def append_receipt(tx, us):
    now = int(time.time())
    new = publishing.NewEntry(
        kind="receipt",
        data={"o": f"{OTHER}/log/1", "i": 0, "what": "erased"},
        audience=(OTHER,),
        retention_end=now + 86_400,
        sealed=True,
    )
    return publishing.append(tx, us, new, now=now)


async def is_signed(node):
    held = await node.database.read(lambda tx: log.find(tx, node.us.origin))
    return held is not None and held.note_size == held.size > 0


async def dump(node):
    """Return every row of every table that is not mere bookkeeping."""
    return await node.database.read(
        lambda tx: {
            table.name: [
                tuple(row)
                for row in tx.execute(select(table).order_by(*table.primary_key))
                if row[0] not in MACHINE_MARKS
            ]
            for table in metadata.sorted_tables
            if table.name not in BOOKKEEPING
        }
    )


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", ATTACKS)
async def test_the_attack_is_refused_and_leaves_no_trace(stage, name):
    attack, node = ATTACKS[name], stage.lab.nodes[VICTIM]
    before = await dump(node)
    reply = await attack.send(stage)
    after = await dump(node)
    assert (reply.status, reply.code) == (attack.status, attack.code)
    changed = {table for table in before if before[table] != after[table]}
    assert changed <= attack.may_change


@pytest.mark.asyncio(loop_scope="module")
async def test_an_honest_batch_is_taken(stage):
    node, log_before = stage.lab.nodes[VICTIM], stage.log
    before = await dump(node)
    stage.log = stage.next()
    reply = await stage.push(encode_batch(stage.log.batch(log_before.size)))
    after = await dump(node)
    changed = {table for table in before if before[table] != after[table]}
    assert (reply.status, changed >= {"log", "tile", "entry", "publication"}) == (204, True)


@pytest.mark.asyncio(loop_scope="module")
async def test_an_answer_tells_from_where_to_go_on(stage):
    held = json.loads((await ATTACKS["rolled-back size"].send(stage)).body)
    assert held["size"] == stage.log.size
    told = await ATTACKS["witness: rollback"].send(stage)
    assert (told.media, told.body) == ("text/x.tlog.size", b"3\n")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_suspended_member_gets_bare_leaves(stage):
    target = f"/v1/log/{LIAR}/1/batch?from=0"
    reply = await stage.send("GET", target, token=stage.token("GET", target, issuer=GONE))
    batch = decode_batch(reply.body)
    assert (reply.status, batch.end >= HELD, batch.entries) == (200, True, ())


@pytest.mark.asyncio(loop_scope="module")
async def test_who_is_outside_the_audience_gets_a_bare_leaf(stage):
    reply = await stage.send("GET", f"/v1/log/{VICTIM}/1/batch?from=0")
    batch = decode_batch(reply.body)
    assert (len(batch.leaves), batch.entries) == (32, ())


@pytest.mark.asyncio(loop_scope="module")
async def test_concurrent_cosignatures_never_let_the_stored_size_fall(stage):
    twin = twin_log(stage)
    bodies = [format_add_checkpoint(cosign_request(twin, 0, size)) for size in (3, 1, 4, 2)]
    tokens = [stage.token("POST", ADD_CHECKPOINT, body, issuer=TWIN) for body in bodies]
    replies = await asyncio.gather(
        *(
            stage.send("POST", ADD_CHECKPOINT, body, token=token, media=NOTE_MEDIA)
            for body, token in zip(bodies, tokens, strict=True)
        )
    )
    assert sorted(reply.status for reply in replies) == [200, 409, 409, 409]
    (size,) = {reply.body for reply in replies if reply.status == 409}
    assert size == b"%d\n" % await cosigned_size(stage, twin)


@pytest.mark.asyncio(loop_scope="module")
async def test_whatever_order_requests_are_worked_on_the_size_cosigned_last_grows(stage):
    twin, node, held = twin_log(stage), stage.lab.nodes[VICTIM], []
    while not held or held[-1] < twin.size:
        held.append(await cosigned_size(stage, twin))
        requests = [cosign_request(twin, held[-1], size) for size in range(held[-1], 10)]
        random.shuffle(requests)
        await asyncio.gather(
            *(node.database.write(partial(cosign_now, node, one)) for one in requests),
            return_exceptions=True,
        )
    assert held == sorted(held)


def twin_log(stage):
    member = stage.lab.members[TWIN]
    return SimLog(member.origin, member.keys.log).cover(9)


def cosign_now(node, request, tx):
    fingerprint = node.config.federation.fingerprint
    return witnessing.cosign(tx, node.us, request, fingerprint=fingerprint, now=int(time.time()))


async def cosigned_size(stage, twin):
    row = await stage.lab.nodes[VICTIM].database.read(lambda tx: log.find(tx, twin.origin))
    return 0 if row is None else row.witness_size or 0


# ------------------------------------------------------------------ what others answer to us


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_that_breaks_a_rule_is_not_followed(stage, name):
    hostile, node = ANSWERS[name], stage.lab.nodes[VICTIM]
    roster = await node.database.read(rosters.current)
    before = await dump(node)
    async with fake_member(stage.lab.members[LIAR], hostile.answer) as fake:
        with pytest.raises(PeerError) as caught:
            await node.federation.peers.call(roster, LIAR, "GET", "/v1/heads", timeout_s=1)
    assert caught.value.reason == hostile.reason
    assert not any("trap" in target for target in fake.asked)
    assert await dump(node) == before


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_is_sent_to_a_server_with_another_key(stage):
    node, members = stage.lab.nodes[VICTIM], stage.lab.members
    roster = await node.database.read(rosters.current)
    async with fake_member(
        members[TWIN], ANSWERS["gzip"].answer, certificate_of=members[GONE]
    ) as fake:
        with pytest.raises(PeerError) as caught:
            await node.federation.peers.call(roster, TWIN, "GET", "/v1/heads", timeout_s=2)
    assert (caught.value.reason, fake.asked) == ("wrong_pin", [])


# ------------------------------------------------------------------ mirrors and forks


async def test_a_mirror_with_wrong_leaves_is_marked_and_the_log_is_not(tmp_path):
    mirror = "eu-mirror"
    lab = make_lab(tmp_path, [(VICTIM, "casework"), (LIAR, "casework"), (mirror, RELAY)])
    honest = grown(SimLog(lab.members[LIAR].origin, lab.members[LIAR].keys.log), 3)
    wrong = honest.branch(2).cover(1, "wrong")

    async def answer(request, *, shown):
        if request.path != BATCH_OF_LIAR or request.query["from"] != "0":
            return web.Response(status=204)
        return web.Response(body=encode_batch(shown), content_type=BATCH_MEDIA)

    lies = wrong.batch(note=honest.note())
    try:
        async with fake_member(lab.members[mirror], partial(answer, shown=lies)):
            await lab.start(VICTIM)
            database = lab.nodes[VICTIM].database
            await lab.until(partial(is_in_trouble, database, honest.origin, mirror))
            held = await database.read(lambda tx: log.find(tx, honest.origin))
            assert held is None or (held.size, held.state) == (0, "current")
            async with fake_member(lab.members[LIAR], partial(answer, shown=honest.batch())):
                await lab.until(partial(holds, database, honest.origin, 3), timeout_s=30)
            held = await database.read(lambda tx: log.get(tx, honest.origin))
            assert held.state == "current"
    finally:
        await lab.stop()


async def is_in_trouble(database, origin, source):
    rows = await database.read(partners.troubles)
    return (origin, source) in {(row.origin, row.org) for row in rows}


async def holds(database, origin, size):
    held = await database.read(lambda tx: log.find(tx, origin))
    return held is not None and held.size == size


async def is_quarantined(node, origin):
    held = await node.database.read(lambda tx: log.find(tx, origin))
    return held is not None and held.state == "quarantined"


async def show_two_faces(lab):
    """Have the liar push one branch to the victim and another one to the other member."""
    member = lab.members[LIAR]
    common = grown(SimLog(member.origin, member.keys.log), 2)
    faces = {org: common.branch(2).cover(2, org) for org in (VICTIM, OTHER)}
    for org, face in faces.items():
        await deliver(lab, org, "POST", BATCH_OF_LIAR, encode_batch(face.batch()), 204)
    return faces


async def deliver(lab, org, method, target, body, status, media=BATCH_MEDIA):
    stage = Stage(lab, None)
    token = stage.token(method, target, body, audience=org)
    head = request_head(method, target, token, {"Content-Type": media}, len(body))
    reply = await exchange(lab.members[org].federation_port, head + body)
    assert reply.status == status


async def slip_a_batch(lab, faces):
    more = faces[OTHER].branch(4).cover(2, "more")
    await deliver(lab, VICTIM, "POST", BATCH_OF_LIAR, encode_batch(more.batch(4)), 422)


async def slip_a_checkpoint(lab, faces):
    first = format_add_checkpoint(cosign_request(faces[VICTIM], 0, 3))
    await deliver(lab, VICTIM, "POST", ADD_CHECKPOINT, first, 200, NOTE_MEDIA)
    second = format_add_checkpoint(cosign_request(faces[OTHER], 3, 4))
    await deliver(lab, VICTIM, "POST", ADD_CHECKPOINT, second, 422, NOTE_MEDIA)


SLIPS = {"a batch of the other face": slip_a_batch, "a checkpoint of it": slip_a_checkpoint}


@pytest.mark.parametrize("name", SLIPS)
async def test_a_fork_seen_through_two_slices_convicts_itself_everywhere(tmp_path, name):
    members = [(VICTIM, "casework"), (OTHER, "casework"), (LIAR, "casework")]
    lab = make_lab(tmp_path, members)
    try:
        await lab.start(VICTIM, OTHER)
        faces = await show_two_faces(lab)
        await SLIPS[name](lab, faces)
        for org in (VICTIM, OTHER):
            await lab.until(partial(is_quarantined, lab.nodes[org], faces[org].origin))
            node = lab.nodes[org]
            found = await node.database.read(evidences.all_found)
            assert [row.origin for row in found] == [faces[org].origin]
            held = await node.database.read(lambda tx: log.get(tx, f"{LIAR}/log/1"))
            assert held.size == 4
    finally:
        await lab.stop()


async def test_evidence_reaches_a_member_that_was_away(tmp_path):
    members = [(VICTIM, "casework"), (OTHER, "casework"), (LIAR, "casework"), (TWIN, "knowledge")]
    lab = make_lab(tmp_path, members)
    try:
        await lab.start(VICTIM, OTHER)
        faces = await show_two_faces(lab)
        await slip_a_batch(lab, faces)
        await lab.until(partial(is_quarantined, lab.nodes[VICTIM], f"{LIAR}/log/1"))
        await lab.stop()
        await lab.start(VICTIM, TWIN)
        await lab.until(partial(is_quarantined, lab.nodes[TWIN], f"{LIAR}/log/1"))
    finally:
        await lab.stop()


def test_every_scene_of_the_documents_is_a_test():
    assert {name for name in SCENES if not callable(globals().get(name))} == set()


def test_the_documents_are_made_from_these_tables():
    assert make_attack_docs.main([]) == 0
