"""Makes the pictures of the documents: python tests/browser/make_screenshots.py, some minutes.

Starts a demo federation of its own, looks at its pages as the people of the demo do, then walks the
path through the library at three nodes, and writes ``docs/images/*.png``.  With ``--library`` only
the second.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "acceptance")]

from demo import running_demo, scratch  # noqa: E402 - from the folders named above
from playwright.async_api import Browser, Page  # noqa: E402 - the same

from browser.chromium import open_chromium  # noqa: E402 - the same
from browser.library_path import (  # noqa: E402 - the same
    LibraryPath,
    everything_is_everywhere,
    open_library,
)
from browser.people import Desk  # noqa: E402 - the same
from browser.typist import Typist  # noqa: E402 - the same
from browser.world import FR, PT  # noqa: E402 - the same

IMAGES = ROOT / "docs" / "images"
PORT_BASE = 28_900
SIZE = {"width": 1200, "height": 900}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture: who looks at which page; ``link`` is followed first."""

    name: str
    org: str
    username: str
    path: str
    link: str = ""
    dark: bool = False


PICTURES = (
    Picture(name="search", org="pt-prison", username="reader", path="/search?q=mentor"),
    Picture(
        name="search-dark", org="pt-prison", username="reader", path="/search?q=mentor", dark=True
    ),
    Picture(
        name="practice",
        org="it-university",
        username="reader",
        path="/search?q=mentores",
        link=".results h2 a",
    ),
    Picture(
        name="handover-form",
        org="fr-probation",
        username="officer",
        path="/handovers/new?lang=en",
    ),
    Picture(name="inbox", org="fr-probation", username="duty", path="/handovers?box=in&lang=en"),
    Picture(name="partners", org="pt-prison", username="reader", path="/partners"),
    Picture(name="today", org="fr-probation", username="duty", path="/today?lang=en"),
)

# After which step of the path at the prison which picture is taken, and where the page then stands.
OF_THE_PATH = {
    "compare two": ("compare", ""),
    "see the reviews": ("reviews", "#said"),
    "see the family picture": ("family", "#family"),
}


async def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    if "--library" not in sys.argv:
        await of_the_demo()
    await of_the_library()


async def of_the_library() -> None:
    """Walk the path twice, so that the family has grown, and take pictures the second time."""
    with scratch() as folder:
        async with open_chromium() as browser, open_library(folder) as world:
            await everything_is_everywhere(world)
            desk = Desk(world=world, browser=browser)
            await LibraryPath(desk=desk, size=SIZE, title="Three meetings on the island").walk()
            title = "Three meetings in the village"
            await LibraryPath(desk=desk, size=SIZE, title=title, show=look_on).walk()
            look = await desk.look(FR, "reader")
            await look.page.set_viewport_size(SIZE)
            await look.page.goto(f"{world.url(FR)}/browse?lang=en")
            await keep(look.page, "browse")
            await desk.close()


async def look_on(typist: Typist, step: str) -> None:
    """Take the picture of a step of the practitioner."""
    if step in OF_THE_PATH and typist.name.endswith(PT):
        name, place = OF_THE_PATH[step]
        if place:
            await typist.page.emulate_media(reduced_motion="reduce")  # at once, not half scrolled
            await typist.page.goto(typist.page.url.partition("#")[0] + place)
        await keep(typist.page, name)


async def keep(page: Page, name: str) -> None:
    """Write what is in the window to the documents."""
    path = IMAGES / f"{name}.png"
    await page.screenshot(path=path)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KiB")


async def of_the_demo() -> None:
    """Start the demo and take its pictures."""
    with scratch() as folder, running_demo(folder, port_base=PORT_BASE) as listed:
        nodes = {node["org"]: node for node in listed["nodes"]}
        async with open_chromium() as browser:
            for picture in PICTURES:
                await take(browser, nodes[picture.org], picture)


async def take(browser: Browser, node: dict[str, Any], picture: Picture) -> None:
    """Sign in, go there, take the picture."""
    context = await browser.new_context(
        viewport=SIZE, color_scheme="dark" if picture.dark else "light"
    )
    page = await context.new_page()
    user = next(u for u in node["users"] if u["username"] == picture.username)
    await sign_in(page, node["url"], user)
    await page.goto(node["url"] + picture.path)
    if picture.link:
        await page.locator(picture.link).first.click()
        await page.wait_for_load_state()
    await keep(page, picture.name)
    await context.close()


async def sign_in(page: Page, url: str, user: dict[str, Any]) -> None:
    """Sign in through the form."""
    await page.goto(f"{url}/sign-in")
    await page.fill("#username", user["username"])
    await page.fill("#password", user["password"])
    await page.click("main form button")
    await page.wait_for_url(lambda there: "/sign-in" not in there)


if __name__ == "__main__":
    asyncio.run(main())
