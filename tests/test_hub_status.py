"""What does the hub say of a federation that is not well?"""

from html.parser import HTMLParser

import pytest
from aiohttp.test_utils import TestClient, TestServer

from hub_ceremony import HUB, Ceremony
from integra_hub.config import load_config
from integra_hub.status import gather
from integra_hub.status_page import StatusContext, build_status_app
from integra_node.store import log, partners, rosters
from integra_node.store.database import Database
from integra_protocol.limits import STALE_AFTER_S

NORTH, EAST = "north.lab.test", "east.lab.test"


@pytest.fixture
def held(tmp_path):
    ceremony = Ceremony(tmp_path)
    ceremony.complete((NORTH, EAST))
    database = Database.open(load_config(tmp_path / "hub").database_url)
    yield database
    database.close()


@pytest.fixture
def now(held):
    return held.read_now(lambda tx: rosters.current(tx).issued) + 60


def status_of(database, now):
    return database.read_now(lambda tx: gather(tx, federation="lab.test", hub=HUB, now=now))


async def page_of(database, now):
    context = StatusContext(
        database=database, clock=lambda: now, federation="lab.test", hub=HUB, version="0"
    )
    async with TestClient(TestServer(build_status_app(context))) as client:
        response = await client.get("/")
        return await response.text()


def member(status, org):
    return next(one for one in status.members if one.org == org)


def test_an_unconfirmed_roster_is_stale(held, now):
    status = status_of(held, now)

    assert status.stale
    assert status.confirmed_at is None


async def test_an_expired_roster_asks_for_the_founders(held, now):
    page = await page_of(held, now + 400 * 86_400)

    assert "The roster has expired" in page


async def test_two_rosters_of_one_version_are_said_first(held, now):
    held.write_now(lambda tx: rosters.save_conflict(tx, version=1, note=b"other", now=now))

    assert "Two rosters of one version" in await page_of(held, now)


def test_a_member_that_fails_is_shown_with_its_time(held, now):
    held.write_now(
        lambda tx: partners.record_failure(
            tx, EAST, now=now, error="wrong_pin", next_attempt=now + 9
        )
    )

    shown = member(status_of(held, now + STALE_AFTER_S), EAST)

    assert (shown.last_seen, shown.failing_since, shown.last_error) == (None, now, "wrong_pin")


@pytest.mark.parametrize("ahead, state", [(0, "current"), (5, "behind")])
def test_a_log_whose_issuer_has_signed_more_is_behind(held, now, ahead, state):
    def hold(tx):
        row = log.create(tx, origin=f"{NORTH}/log/1", org=NORTH, now=now)
        log.set_head(tx, row.id, ahead_size=ahead)

    held.write_now(hold)

    shown = member(status_of(held, now), NORTH).logs[0]
    assert (shown.state, shown.signed_size, shown.open) == (state, ahead, True)


class _Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []
        self.attributes = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs


async def test_the_page_has_one_heading_a_captioned_table_and_nothing_inline(held, now):
    outline = _Outline()
    outline.feed(await page_of(held, now))

    assert outline.tags.count("h1") == 1
    assert {"main", "caption", "table"} <= set(outline.tags)
    assert not {"script", "style", "iframe", "form"} & set(outline.tags)
    names = {name for name, _ in outline.attributes}
    assert not {name for name in names if name.startswith("on") or name == "style"}
    addresses = [value for name, value in outline.attributes if name in {"href", "src"}]
    assert all(value.startswith(("/", "#")) for value in addresses)
