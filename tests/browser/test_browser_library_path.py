"""A practitioner's whole path through the library, by keyboard only and without JavaScript."""

import pytest
import pytest_asyncio

from browser.library_path import LibraryPath, everything_is_everywhere, open_library
from browser.people import Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]
LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reading_room(chromium, tmp_path_factory):
    """Three nodes of three countries, and a browser at each."""
    async with open_library(tmp_path_factory.mktemp("library")) as world:
        await everything_is_everywhere(world)
        yield Desk(world=world, browser=chromium)


@pytest.mark.parametrize(
    "size, title",
    [(LAPTOP, "Three meetings in the village"), (PHONE, "Three meetings on the island")],
    ids=["1366 px", "390 px"],
)
async def test_a_practice_is_found_compared_adapted_published_and_reviewed_by_keyboard(
    reading_room, size, title
):
    await LibraryPath(desk=reading_room, size=size, title=title).walk()
