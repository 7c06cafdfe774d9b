"""How is the browser of the tests started, and how does it look at a page?"""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--force-color-profile=srgb")
AXE = (Path(__file__).parent / "axe.min.js").read_text("utf-8")
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 640}
# What depends on colours and room: the rest of a page is the same at every width.
OF_THE_LOOK = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")
_AXE_RUN = """
async rules => (await axe.run(document, {
    resultTypes: ["violations"],
    ...(rules.length ? {runOnly: {type: "rule", values: rules}} : {}),
})).violations.map(
    v => v.id + ": " + v.help + " | " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(" | "))
"""
# What reaches past the edge at the right, for the message of a failure.
_TOO_WIDE = """
() => [...document.querySelectorAll("main *, header *, footer *")]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5)
    .map(e => e.outerHTML.slice(0, 160))
"""
_SEEN = """
() => {
  const style = getComputedStyle(document.querySelector("h1"));
  return [style.color, getComputedStyle(document.body).backgroundColor];
}
"""


@asynccontextmanager
async def open_chromium():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(ARGUMENTS), headless=True
        )
        yield browser
        await browser.close()


async def new_context(browser: Browser, **options: object) -> BrowserContext:
    """Return a context of a person who reads English."""
    return await browser.new_context(**{"viewport": WIDE, **options})


class Look:
    """A page whose scripts never ran; axe runs on what was loaded without them."""

    def __init__(self, page: Page, cdp: CDPSession) -> None:
        self.page = page
        self._cdp = cdp
        self.complaints: list[str] = []
        page.on("console", self._heard)

    @classmethod
    async def open(cls, context: BrowserContext) -> Look:
        page = await context.new_page()
        found = cls(page, await context.new_cdp_session(page))
        await found.stop_scripts()
        return found

    async def stop_scripts(self) -> None:
        await self._cdp.send("Emulation.setScriptExecutionDisabled", {"value": True})

    async def axe(self, rules: tuple[str, ...] = ()) -> list[str]:
        """Return what axe-core finds wrong on the page as it is now, by all rules or by some."""
        await self._cdp.send("Emulation.setScriptExecutionDisabled", {"value": False})
        try:
            if not await self.page.evaluate("() => 'axe' in window"):
                await self.page.evaluate(AXE)
            return await self.page.evaluate(_AXE_RUN, list(rules))
        finally:
            await self.stop_scripts()

    async def too_wide(self) -> list[str]:
        """Return what makes the page scroll sideways, nothing if it does not."""
        width, edge = await self.page.evaluate(
            "() => [document.scrollingElement.scrollWidth, innerWidth]"
        )
        if width <= edge:
            return []
        return [f"{width} px", *await self.page.evaluate(_TOO_WIDE)]

    async def colours(self) -> list[str]:
        """Return the colours of the heading and of the page behind it."""
        return await self.page.evaluate(_SEEN)

    def _heard(self, message) -> None:
        # An error page is itself logged by the browser as a failed load.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)
