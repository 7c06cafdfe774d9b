"""How does somebody work who has a keyboard and nothing else, and how much work is it?"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import Page

MOST_STEPS = 600  # Tab presses until one gives up
_HERE = "selector => document.activeElement !== null && document.activeElement.matches(selector)"
_CHOSEN = "([selector, value]) => document.querySelector(selector).value === value"


@dataclass
class Typist:
    """Keys pressed at one page; what is read from the page only tells where one is."""

    page: Page
    name: str
    loads: int = 0
    fields: int = 0
    choices: int = 0
    keys: int = 0

    def __post_init__(self) -> None:
        self.page.on("load", self._loaded)

    def report(self) -> str:
        """Return the counts in one line."""
        return (
            f"{self.name}: {self.loads} page loads, {self.fields} fields typed, "
            f"{self.choices} choices, {self.keys} key presses"
        )

    async def open(self, url: str) -> None:
        """Type an address."""
        await self.page.goto(url)

    async def press(self, key: str) -> None:
        self.keys += 1
        await self.page.keyboard.press(key)

    async def walk(self, selector: str) -> None:
        """Press Tab until the focus is there."""
        for _ in range(MOST_STEPS):
            if await self.page.evaluate(_HERE, selector):
                return
            await self.press("Tab")
        raise AssertionError(f"{self.name}: the keyboard does not reach {selector}")

    async def follow(self, selector: str) -> None:
        """Press Enter on a link or button and wait for the page."""
        await self.walk(selector)
        async with self.page.expect_event("load"):
            await self.press("Enter")

    async def type(self, selector: str, text: str) -> None:
        """Type into a field; what is in it is selected by the Tab and so replaced."""
        await self.walk(selector)
        self.fields += 1
        self.keys += len(text)
        await self.page.keyboard.type(text)

    async def choose(self, selector: str, value: str) -> None:
        """Choose in a list by going down through it."""
        await self.walk(selector)
        self.choices += 1
        for _ in range(MOST_STEPS):
            if await self.page.evaluate(_CHOSEN, [selector, value]):
                return
            await self.press("ArrowDown")
        raise AssertionError(f"{self.name}: {value} is not in {selector}")

    async def tick(self, name: str, value: str) -> None:
        """Tick a box."""
        await self.walk(f"[name='{name}'][value='{value}']")
        self.choices += 1
        await self.press("Space")

    async def pick(self, name: str, value: str) -> None:
        """Pick one of several radio buttons with the arrows."""
        await self.walk(f"[name='{name}']")
        self.choices += 1
        for _ in range(MOST_STEPS):
            if await self.page.evaluate(_HERE, f"[value='{value}']"):
                if not await self.page.evaluate(_HERE, ":checked"):
                    await self.press("Space")
                return
            await self.press("ArrowDown")
        raise AssertionError(f"{self.name}: {value} is not among {name}")

    async def heading(self) -> str:
        """Return what the page calls itself."""
        return " ".join((await self.page.text_content("h1") or "").split())

    def _loaded(self, _page: Page) -> None:
        self.loads += 1
