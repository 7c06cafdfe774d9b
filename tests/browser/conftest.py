"""One Chromium, two nodes and one signed-in context a person: shared by all tests of this folder."""

from __future__ import annotations

import pytest
import pytest_asyncio

from browser import families
from browser.chromium import open_chromium
from browser.people import Desk
from browser.world import fill, open_world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium():
    async with open_chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desk(chromium, tmp_path_factory):
    """Two nodes full of content, and whoever is asked for, signed in."""
    async with open_world(tmp_path_factory.mktemp("world")) as world:
        await fill(world)
        await families.grow(world)
        made = Desk(world=world, browser=chromium)
        yield made
        await made.close()


@pytest.fixture(autouse=True)
def _needs_chromium(request):
    """Every test here belongs to the group that the skip policy knows as ``browser``."""
    assert request.node.get_closest_marker("browser"), "mark the test with browser"
