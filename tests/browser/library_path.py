"""How does a practitioner go through the library? From a search to the family of what they adapted.

Every step is walked by keyboard, and its page loads are counted and printed.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from browser.families import arrival
from browser.people import Desk, at_work
from browser.typist import Typist
from browser.world import FR, LIBRARY, NL, PIN, PT, World, give_keys, open_world
from integra_node.actions.practice_imports import import_practice

MOST_LOADS = 3  # of one step
ORIGINAL = "The third meeting decides"
SHELVES = {PT: (3, 29, 31, 34), FR: (1, 13, 18, 44), NL: (27, 52, 55, 60)}  # samples of each
DECLARED = {FR: ("none", ""), NL: ("other", "The original is ours.")}
OPINIONS = {
    FR: ("recommended", "The three meetings are easy to explain, and ours could begin next month."),
    NL: ("with_changes", "Say how a mentor is replaced when somebody moves to another village."),
}
_WIDTH = "[document.scrollingElement.scrollWidth, innerWidth]"
# Texts of the picture that stick out of the box before them.
_TOO_LONG = """() => [...document.querySelectorAll(".family svg a, .family svg g")].flatMap(
    g => [...g.querySelectorAll("text")].filter(t => t.getBBox().x + t.getBBox().width
        > g.querySelector("rect").getBBox().x + g.querySelector("rect").getBBox().width))
    .map(t => t.textContent)"""

Show = Callable[[Typist, str], Awaitable[None]]


async def follow_link(typist: Typist, within: str, text: str) -> None:
    """Walk to the link whose words begin so, and press Enter."""
    place = await typist.page.locator(f"{within} a", has_text=text).first.get_attribute("href")
    await typist.follow(f"{within} a[href='{place}']")


async def unseen(_typist: Typist, _step: str) -> None:
    """Look at the page after a step; pictures for the documents are taken here."""


@dataclass(frozen=True, kw_only=True)
class LibraryPath:
    """Whose screen it is, how the adaptation is called, and who looks on."""

    desk: Desk
    size: dict[str, int]
    title: str
    show: Show = unseen

    def at_work(self, org: str, username: str):
        return at_work(self.desk, org, username, self.size)

    @asynccontextmanager
    async def step(self, typist: Typist, name: str):
        """Count the page loads of one step; what it ends at must not scroll sideways."""
        before = typist.loads
        yield
        used = typist.loads - before
        print(f"{self.size['width']} px, {name}: {used} page loads ({typist.name})")
        assert used <= MOST_LOADS, name
        width, edge = await typist.page.evaluate(_WIDTH)
        assert width <= edge, f"{name}: the page is {width} px wide"
        await self.show(typist, name)

    async def walk(self) -> None:
        """Take all steps: the practitioner, the colleague, two partners, the practitioner again."""
        async with self.at_work(PT, "writer") as writer:
            await self._find(writer)
            await self._compare(writer)
            await self._adapt(writer)
        async with self.at_work(PT, "editor") as editor:
            await self._publish(editor)
        for org in (FR, NL):
            await arrival(self.desk.world, org, await self._published())
            async with self.at_work(org, "reviewer") as reviewer:
                await self._review(reviewer, org)
        await self._reviews_are_here()
        async with self.at_work(PT, "writer") as writer:
            await self._look_at_family(writer)
        async with self.at_work(NL, "reader") as reader:
            await self._is_in_the_family_there(reader)

    async def _find(self, writer: Typist) -> None:
        async with self.step(writer, "find"):
            await writer.follow("a[href='/search']")
            await writer.type("#q", "mentores voluntários")
            async with writer.page.expect_event("load"):
                await writer.press("Enter")
            found = await writer.page.text_content("main")
            assert ORIGINAL in found  # written in English
        async with self.step(writer, "filter"):
            await writer.tick("language", "en")
            await writer.tick("setting", "transition")
            await writer.follow(".facets button")
            assert await writer.page.locator(".results h2").count() < found.count("More like this")
        async with self.step(writer, "read"):
            await follow_link(writer, ".results h2", ORIGINAL)
            assert ORIGINAL in await writer.heading()
            assert "What it does not show" in await writer.page.text_content("main")

    async def _compare(self, writer: Typist) -> None:
        async with self.step(writer, "compare two"):
            await writer.follow("a[href^='/practices/compare?']")
            await writer.type("#q", "mentores de bairro")
            async with writer.page.expect_event("load"):
                await writer.press("Enter")
            label = writer.page.locator("label", has_text="Mentores de Bairro")
            await writer.walk(f"[id='{await label.get_attribute('for')}']")
            await writer.press("Space")
            await writer.follow("main form > button")
            assert await writer.heading() == "Two practices side by side"
            shown = await writer.page.text_content("main")
            assert ORIGINAL in shown
            assert "Mentores de Bairro" in shown

    async def _adapt(self, writer: Typist) -> None:
        async with self.step(writer, "adapt"):
            await follow_link(writer, "main table", ORIGINAL)
            await writer.follow("a[href$='/adapt']")
            await writer.type("#title", self.title)
            await writer.type("#changes", "Meetings in the parish hall; the bus is paid.")
            await writer.type("#why", "Our villages have no library and few buses.")
            await writer.follow("main form button")
        async with self.step(writer, "write and hand in"):
            await writer.pick("evidence.level", "1")
            await writer.follow("button[value='submit']")
            assert await writer.heading() == self.title
            assert "Handed in" in await writer.page.text_content("main")

    async def _publish(self, editor: Typist) -> None:
        async with self.step(editor, "publish, as the second person"):
            await follow_link(editor, "main", self.title)
            assert "You are the second person" in await editor.page.text_content("main")
            await editor.follow("form[action$='/publish'] button")
            assert "Every member receives it now" in await editor.page.text_content("main")

    async def _review(self, reviewer: Typist, org: str) -> None:
        async with self.step(reviewer, "find what is to be reviewed"):
            await reviewer.follow("a[href='/search']")
            await reviewer.type("#q", self.title)
            async with reviewer.page.expect_event("load"):
                await reviewer.press("Enter")
            await follow_link(reviewer, ".results h2", self.title)
        verdict, text = OPINIONS[org]
        kind, tie = DECLARED[org]
        async with self.step(reviewer, "review"):
            await reviewer.follow("a[href$='/review']")
            await reviewer.type("#role", "probation officer who trains mentors")
            for score in ("relevance", "clarity", "ethics", "evidence", "transfer"):
                await reviewer.pick(f"scores.{score}", "4")
            await reviewer.pick("verdict", verdict)
            await reviewer.type("#text", text)
            await reviewer.pick("conflict.kind", kind)
            await reviewer.type("[name='conflict.text']", tie)
            await reviewer.type("#pin", PIN)
            async with reviewer.page.expect_event("load"):
                await reviewer.press("Enter")
            assert "The review is published" in await reviewer.page.text_content("main")

    async def _look_at_family(self, writer: Typist) -> None:
        async with self.step(writer, "see the reviews"):
            await follow_link(writer, "main", f"{FR}: {self.title}")
            shown = " ".join((await writer.page.text_content("main")).split())
            assert "Reviewed by 2 organisations in 2 countries" in shown
            assert all(text in shown for _, text in OPINIONS.values())
        async with self.step(writer, "see the family picture"):
            await writer.walk(".family")
            picture = writer.page.locator(".family svg")
            assert await picture.is_visible()
            assert await picture.locator(".here").count() == 1
            assert await writer.page.evaluate(_TOO_LONG) == []
            assert "Meetings in the parish hall" in await writer.page.text_content(".kin")
        async with self.step(writer, "go to the original through the picture"):
            await writer.follow(".family svg a")
            assert ORIGINAL in await writer.heading()

    async def _is_in_the_family_there(self, reader: Typist) -> None:
        async with self.step(reader, "see at home who adapted ours"):
            await reader.follow("a[href='/search']")
            await reader.type("#q", "third meeting decides")
            async with reader.page.expect_event("load"):
                await reader.press("Enter")
            await follow_link(reader, ".results h2", ORIGINAL)
            assert self.title in await reader.page.text_content(".kin")

    async def _published(self) -> str:
        async with self.desk.world.program(PT, "writer") as writer:
            own = (await writer.get("/practices?box=own&limit=200"))["items"]
        [ref] = [one["ref"] for one in own if one["title"] == self.title]
        return ref

    async def _reviews_are_here(self) -> None:
        place = f"/practices/{await self._published()}/responses"
        async with self.desk.world.program(PT, "writer") as writer:

            async def are_here() -> bool:
                return len((await writer.get(place))["items"]) == len(OPINIONS)

            await self.desk.world.until(are_here)


@asynccontextmanager
async def open_library(folder: Path):
    """Run three nodes, each with some practices, the reviewers with keys."""
    async with open_world(folder, running=(PT, FR, NL), absent=()) as world:
        await give_keys(world, (FR, "reviewer"), (NL, "reviewer"))
        for org, numbers in SHELVES.items():
            await _put(world, org, numbers)
        yield world


async def _put(world: World, org: str, numbers: tuple[int, ...]) -> None:
    """Publish samples at a node, in one transaction."""
    bodies = []
    for number in numbers:
        (path,) = (LIBRARY / "practices").glob(f"{number:02}-*.json")
        body = json.loads(path.read_text("utf-8"))
        del body["owner_hint"]
        bodies.append((body.pop("source_id"), body))
    now, us = int(datetime.now(UTC).timestamp()), world.lab.nodes[org].us

    def publish(tx) -> None:
        for source, body in bodies:
            import_practice(tx, us, body, source_id=source, actor="op", now=now)

    await world.database(org).write(publish)


async def everything_is_everywhere(world: World) -> None:
    """Wait until each node finds what all published."""
    wanted = sum(map(len, SHELVES.values()))
    for org in SHELVES:
        async with world.program(org, "reader") as reader:

            async def all_found(reader=reader) -> bool:
                return (await reader.get("/search?q="))["total"] >= wanted

            await world.until(all_found)
