"""Does a hub, among real nodes on loopback TLS, confirm the roster and mirror the logs?"""

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner

from hub_ceremony import HUB, Ceremony
from integra_hub import app as hub_app
from integra_hub.cli import main as hub_main
from integra_hub.config import load_config as load_hub_config
from integra_node import app as node_app
from integra_node.actions import membership, rosters_received
from integra_node.config import load_config
from integra_node.federation.roster_cosigning import collect_roster_cosignatures
from integra_node.store import log, rosters
from integra_protocol.checkpoint import open_checkpoint

NORTH, EAST = "north.lab.test", "east.lab.test"
PATIENCE_S = 30
PRACTICE = min((Path(__file__).parents[1] / "examples" / "library" / "practices").glob("*.json"))
TITLE = next(iter(json.loads(PRACTICE.read_text())["title"].values()))


@pytest.fixture
def ceremony(tmp_path):
    made = Ceremony(tmp_path)
    made.fingerprint = made.complete((NORTH, EAST))
    return made


@asynccontextmanager
async def running(ceremony, *orgs, hub=True):
    async with AsyncExitStack() as stack:
        nodes = {}
        for org in orgs:
            config = load_config(ceremony.folder / org)
            nodes[org] = await stack.enter_async_context(node_app.running(config))
        if hub:
            config = load_hub_config(ceremony.folder / "hub")
            nodes[HUB] = await stack.enter_async_context(hub_app.running(config))
        yield nodes


async def until(database, found):
    async with asyncio.timeout(PATIENCE_S):
        while not await database.read(found):  # noqa: ASYNC110 - polls another task's database
            await asyncio.sleep(0.05)


def cosigners(tx):
    roster, note = rosters.current(tx), rosters.newest_checkpoint(tx)
    opened = open_checkpoint(note, roster.hublog, roster.witness_keys())
    return frozenset(roster.cosigners(roster.hublog.name, opened.cosignatures))


def confirmed(tx):
    return membership.roster_confirmed_at(tx, rosters.current(tx))


async def get(hub, path):
    async with (
        aiohttp.ClientSession() as session,
        session.get(hub.config.status_url + path) as response,
    ):
        return response.status, response.headers, await response.text()


async def test_the_roster_is_confirmed_by_every_witness_and_every_member_learns_it(ceremony):
    async with running(ceremony, NORTH, EAST) as nodes:
        await until(nodes[HUB].database, lambda tx: cosigners(tx) == {HUB, NORTH, EAST})
        for org in (NORTH, EAST):
            await until(nodes[org].database, confirmed)


async def test_a_version_published_while_the_hub_runs_is_confirmed_and_fetched(ceremony):
    ceremony.init_node("uni.lab.test", profile="knowledge")
    ceremony.hub(
        "roster", "draft", "--previous", ceremony.path("v1.note"),
        "--add", ceremony.request("uni.lab.test"), "--out", ceremony.path("v2.txt"),
    )  # fmt: skip
    ceremony.combine("v2.txt", out="v2.note")
    async with running(ceremony, NORTH, EAST) as nodes:
        await until(nodes[HUB].database, confirmed)
        await asyncio.to_thread(ceremony.publish, "v2.note")
        await until(
            nodes[HUB].database,
            lambda tx: rosters.current(tx).version == 2 and HUB in cosigners(tx),
        )


async def test_a_member_confirms_the_roster_when_the_hub_is_gone(ceremony):
    async with running(ceremony, NORTH, EAST, hub=False) as nodes:
        north = nodes[NORTH]
        note = await _hub_note(ceremony)
        await north.database.write(
            lambda tx: rosters_received.accept_checkpoint(
                tx, note, fingerprint=ceremony.fingerprint
            )
        )

        assert await collect_roster_cosignatures(north.federation, ceremony.fingerprint)

        assert await north.database.read(cosigners) == {NORTH, EAST}


async def _hub_note(ceremony):
    async with running(ceremony) as nodes:
        return await nodes[HUB].database.read(lambda tx: _bare(rosters.newest_checkpoint(tx)))


def _bare(note):
    head, _, tail = note.partition(b"\n\n")
    return head + b"\n\n" + tail.splitlines(keepends=True)[0]


async def test_the_hub_mirrors_and_the_status_page_shows_it(ceremony):
    async with running(ceremony, NORTH, EAST) as nodes:
        north, hub = nodes[NORTH], nodes[HUB]
        await until(north.database, confirmed)
        await asyncio.to_thread(
            ceremony.node, "practice", "import", "--home", ceremony.path(NORTH), PRACTICE
        )
        origin = north.us.origin
        await until(hub.database, lambda tx: _size(tx, origin) == 1)

        status, headers, page = await get(hub, "/")
        _, _, data = await get(hub, "/status.json")

    assert status == 200
    assert "script" not in page
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    shown = {member["org"]: member for member in json.loads(data)["members"]}
    assert shown[NORTH]["logs"][0]["size"] == 1
    assert shown[HUB]["is_hub"]
    for text in (page, data):
        assert NORTH in text
        assert TITLE not in text


def _size(tx, origin):
    held = log.find(tx, origin)
    return held.size if held else 0


async def test_the_status_listener_answers_what_it_has_and_nothing_else(ceremony):
    async with running(ceremony) as nodes:
        hub = nodes[HUB]
        health, _, text = await get(hub, "/healthz")
        style, headers, _ = await get(hub, "/static/integra.css")
        missing, missing_headers, _ = await get(hub, "/v1/roster/latest")
        no_file, _, _ = await get(hub, "/static/nothing")

    assert (health, json.loads(text)["status"]) == (200, "ok")
    assert (style, headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert (missing, no_file) == (404, 404)
    assert missing_headers["X-Content-Type-Options"] == "nosniff"


def test_a_hub_that_has_no_roster_yet_says_so(tmp_path):
    ceremony = Ceremony(tmp_path)
    ceremony.init_hub()

    done = CliRunner().invoke(hub_main, ["--home", ceremony.path("hub"), "serve"])

    assert done.exit_code == 1
    assert "roster publish" in done.stderr
