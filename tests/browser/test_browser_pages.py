"""Every page of the route table: without JavaScript, narrow, dark, with errors, and for screen readers."""

import itertools
import os
import re

import pytest

from browser.chromium import NARROW, OF_THE_LOOK, Look
from browser.visits import VISITS, WITHOUT_PAGE
from integra_node.web.languages import SOURCE_LANGUAGE, available
from integra_node.web.routes import ROUTES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
in_one_loop = pytest.mark.asyncio(loop_scope="session")
PLACE = re.compile(r"\{([^}]+)\}")
LONG = bool(os.environ.get("INTEGRA_LONG"))


def in_other_languages():
    """Return each page in one language, the next one for the next page; in the long form in all."""
    offered = [one for one in available() if one != SOURCE_LANGUAGE]
    pages = [visit for visit in VISITS if visit.go is None]
    if LONG:
        return list(itertools.product(pages, offered))
    return list(zip(pages, itertools.cycle(offered), strict=False))


def address(desk, visit):
    """Return the whole address of a visit."""

    def known(match):
        kind, _, name = match[1].partition(":")
        return desk.world.accounts[visit.org, name] if name else desk.world.ids[kind]

    return desk.world.url(visit.org) + PLACE.sub(known, visit.path)


async def arrive(desk, look, visit):
    """Go to what is looked at; return its HTTP status."""
    statuses = []
    look.page.on(
        "response",
        lambda r: statuses.append(r.status) if r.request.resource_type == "document" else None,
    )
    await look.page.goto(address(desk, visit))
    if visit.go is not None:
        await visit.go(desk, look, desk.world.url(visit.org))
    return statuses[-1]


async def check(look: Look, where: str, rules=()):
    """Return what is wrong with the page as it is shown now."""
    wrong = [f"axe, {where}: {one}" for one in await look.axe(rules)]
    return wrong + [f"sideways scroll, {where}: {one}" for one in await look.too_wide()]


@in_one_loop
@pytest.mark.parametrize("visit", VISITS, ids=str)
async def test_a_page_can_be_read_by_everybody(desk, visit):
    look = await desk.look(visit.org, visit.who)
    page = look.page
    try:
        assert await arrive(desk, look, visit) == visit.status
        wrong = await check(look, "wide and light")
        await page.set_viewport_size(NARROW)
        await page.emulate_media(color_scheme="dark")
        wrong += await check(look, "narrow and dark", OF_THE_LOOK)
        dark = await look.colours()
        await page.emulate_media(color_scheme="light", forced_colors="active")
        text, behind = await look.colours()
        if text == behind:
            wrong.append("nothing is seen under forced colours")
        await page.emulate_media(color_scheme="light", forced_colors="none")
        light = await look.colours()
        if light == dark:
            wrong.append("dark looks like light")
        assert wrong + look.complaints == []
    finally:
        await page.close()


@in_one_loop
@pytest.mark.parametrize("visit, language", in_other_languages(), ids=str)
async def test_a_page_in_another_language_fits_a_narrow_screen(desk, visit, language):
    look = await desk.look(visit.org, visit.who)
    try:
        await look.page.set_viewport_size(NARROW)
        await look.page.set_extra_http_headers({"Accept-Language": language})
        assert await arrive(desk, look, visit) == visit.status
        assert await look.page.get_attribute("html", "lang") == language
        wrong = await look.too_wide()
        if LONG:
            wrong += [f"axe: {one}" for one in await look.axe()]
        assert wrong == []
    finally:
        await look.page.close()


def test_every_page_of_the_route_table_is_visited():
    table = {f"{route.method} {route.path}" for route in ROUTES if route.kind == "page"}
    visited = {visit.route for visit in VISITS} - {"GET any"}
    assert table - visited - set(WITHOUT_PAGE) == set()
    assert (visited | set(WITHOUT_PAGE)) - table == set()
    assert visited & set(WITHOUT_PAGE) == set()
