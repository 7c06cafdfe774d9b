"""Who sits at a browser? One context for each person, signed in once through the form."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, BrowserContext

from browser.chromium import WIDE, Look, new_context
from browser.typist import Typist
from browser.world import PASSWORD, World


@dataclass
class Desk:
    """The world with a browser in front of it."""

    world: World
    browser: Browser
    _contexts: dict[tuple[str, str], BrowserContext] = field(default_factory=dict)

    async def look(self, org: str, username: str) -> Look:
        """Return a new page of somebody; an empty name is somebody who is not signed in."""
        key = org, username
        if key not in self._contexts:
            self._contexts[key] = await new_context(self.browser)
            if username:
                await self.sign_in(self._contexts[key], org, username)
        return await Look.open(self._contexts[key])

    async def close(self) -> None:
        for context in self._contexts.values():
            await context.close()

    async def sign_in(self, context: BrowserContext, org: str, username: str) -> None:
        """Sign in through the form."""
        page = await context.new_page()
        await page.goto(f"{self.world.url(org)}/sign-in")
        await page.fill("[name=username]", username)
        await page.fill("[name=password]", PASSWORD)
        await page.click("main button")
        await page.wait_for_url(lambda url: "/sign-in" not in url)
        await page.close()


@asynccontextmanager
async def at_work(desk: Desk, org: str, username: str, size: dict[str, int] = WIDE):
    """Give a typist who has just signed in, in a browser without JavaScript."""
    context = await new_context(desk.browser, java_script_enabled=False, viewport=size)
    try:
        typist = Typist(page=await context.new_page(), name=f"{username} of {org}")
        await typist.open(f"{desk.world.url(org)}/sign-in")
        await typist.type("#username", username)
        await typist.type("#password", PASSWORD)
        async with typist.page.expect_event("load"):
            await typist.press("Enter")
        assert await typist.heading() == "Today"
        yield typist
        print(typist.report())
    finally:
        await context.close()
