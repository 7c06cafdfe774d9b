"""Looking around in the library: like this one, by member, and lists that do not grow."""

import copy

import pytest

from integra_node.actions.indexing import EVERY_READER
from integra_node.rules.permissions import Role
from integra_node.search.audience import audience_for
from integra_node.store import drafts
from integra_node.store.drafts import Draft
from members import join, make_us
from staff_site import open_site
from test_node_web_practices import BODY, page_of, published

OTHER = {
    "pt": "Oficina de carpintaria com mentores na saída da prisão",
}


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as opened:
        join(opened.database, opened.context.us, make_us("fr-ngo"))
        for name in ("ana", "rui"):
            opened.add(name, Role.CONTRIBUTOR)
        opened.add("leo", Role.READER)
        opened.add("root", Role.ADMIN)
        yield opened


def another(**title):
    body = copy.deepcopy(BODY)
    body["title"] = title or dict(OTHER)
    return body


async def test_practices_like_this_one_stand_beside_it_and_on_a_page_of_their_own(site):
    one = await published(site)
    two = await published(site, another())
    async with site.browser("leo") as leo, site.program("leo") as program:
        beside = await page_of(leo, f"/practices/{one['ref']}")
        assert f"/practices/{two['ref']}" in beside
        assert "Oficina de carpintaria" in await page_of(leo, f"/practices/{one['ref']}/similar")
        path = f"/api/v1/practices/{one['ref']}/similar"
        found = await (await program.get(path, params={"limit": 3})).json()
        assert [item["ref"] for item in found["items"]] == [two["ref"]]
        assert (await program.get(path, params={"limit": 99})).status == 400
        assert f'/practices/{one["ref"]}/similar"' in await page_of(leo, "/search?q=mentores")


async def test_what_was_withdrawn_a_moment_ago_is_like_nothing(site):
    one = await published(site)
    two = await published(site, another())
    async with site.program("ana") as ana, site.program("leo") as leo:
        done = await ana.post(f"/api/v1/practices/{two['id']}/withdraw", json={"reason": "Velha"})
        assert done.status == 200
        # The index still holds it: the store decides.
        assert two["ref"] in site.context.index.similar(audience_for({EVERY_READER}), one["ref"], 5)
        found = await (await leo.get(f"/api/v1/practices/{one['ref']}/similar")).json()
        assert found == {"items": []}
        gone = await leo.get("/api/v1/practices/pt-prison~1~999/similar")
        assert gone.status == 404


async def test_members_are_listed_from_a_to_z_and_nobody_else(site):
    await published(site)
    async with site.browser("leo") as leo, site.program("leo") as program:
        text = await page_of(leo, "/organisations")
        assert text.index('id="letter-1">F') < text.index("fr-ngo") < text.index('id="letter-2">P')
        assert "/search?org=pt-prison&amp;sort=newest" in text
        assert "nothing published yet" in text
        assert "it-university" not in text
        found = await (await program.get("/api/v1/organisations")).json()
        assert [(one["org"], one["practices"]) for one in found["items"]] == [
            ("fr-ngo", 0),
            ("pt-prison", 1),
        ]


async def test_who_does_not_search_does_not_look_around(site):
    async with site.browser("root") as root, site.program("root") as program:
        assert (await root.get("/organisations")).status == 403
        assert (await root.get("/practices/pt-prison~1~0/similar")).status == 403
        assert (await program.get("/api/v1/organisations")).status == 403


def _draft(number, author):
    return Draft(
        id=f"p{number:06}",
        kind="practice",
        status="draft",
        version=1,
        etag=1,
        language="el",
        title=f"Πρακτική με μακρύ τίτλο που γεμίζει τη γραμμή του πίνακα {number}",
        tlp="GREEN",
        body=b"{}",
        subject_id=None,
        author_id=author,
        second_id=None,
        reason="",
        source_id=None,
        digest=None,
        origin=None,
        idx=None,
        created_at=number,
        updated_at=number,
    )


async def test_our_practices_come_in_pages_that_stay_small(site):
    ana, rui = site.ids["ana"], site.ids["rui"]
    rows = [_draft(n, ana if n % 2 else rui) for n in range(400)]
    site.database.write_now(lambda tx: drafts.add_all(tx, rows))
    async with site.browser("ana") as browser:
        overview = await page_of(browser, "/practices")
        assert "Written by you (200)" in overview
        assert "Written by colleagues (200)" in overview
        sizes = [len(overview.encode())]
        seen = []
        for number in range(1, 5):
            text = await page_of(browser, f"/practices?list=mine&page={number}")
            sizes.append(len(text.encode()))
            seen += [n for n in range(400) if f"/practices/p{n:06}" in text]
        assert sorted(seen) == list(range(1, 400, 2))
        assert max(sizes) < 60_000
        beyond = await page_of(browser, "/practices?list=mine&page=99999")
        assert "Back to the first page" in beyond
        assert "Our practices" in await page_of(browser, "/practices?list=nonsense&page=-1")
