"""Adapting, versions and the life of a practice through the front door: pages and API."""

import pytest

from integra_node.rules.permissions import Role
from members import join
from staff_site import open_site
from test_node_web_practices import BODY, POISON, catch_up, published


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as opened:
        join(opened.database, opened.context.us)
        for name in ("ana", "rui"):
            opened.add(name, Role.CONTRIBUTOR)
        opened.add("leo", Role.READER)
        yield opened


async def test_somebody_is_led_to_say_what_is_changed_and_why(site):
    done = await published(site)
    async with site.browser("rui") as rui:
        asked = await (await rui.get(f"/practices/{done['ref']}/adapt")).text()
        assert BODY["title"]["pt"] in asked
        fields = {"language": "fr", "title": "", "changes": "Avec <b>familles</b>", "why": "Loi"}
        path = f"/practices/{done['ref']}/adapt"
        refused = await rui.post(path, fields)
        assert refused.status == 400
        assert 'id="title-error"' in await refused.text()
        begun = await rui.post(path, {**fields, "title": "Mentors"})
        place = begun.headers["Location"].partition("#")[0]
        form = await (await rui.get(place)).text()
        assert "Avec &lt;b&gt;familles&lt;/b&gt;" in form
        assert f'href="/practices/{done["ref"]}"' in form


async def test_a_reader_cannot_adapt(site):
    done = await published(site)
    async with site.browser("leo") as leo:
        assert (await leo.get(f"/practices/{done['ref']}/adapt")).status == 403
        assert "/adapt" not in await (await leo.get(f"/practices/{done['ref']}")).text()


async def test_both_pages_show_the_family_as_a_picture_and_as_a_list(site):
    first = await published(site)
    async with site.program("ana") as ana, site.program("rui") as rui:
        wish = {"changes": POISON, "title": f"Outra {POISON}"}
        made = await (await ana.post(f"/api/v1/practices/{first['ref']}/adapt", json=wish)).json()
        place = f"/api/v1/practices/{made['id']}"
        read = await ana.get(place)
        body = (await read.json())["body"] | {"evidence": BODY["evidence"]}
        tagged = {"If-Match": read.headers["ETag"]}
        assert (await ana.put(place, json=body, headers=tagged)).status == 200
        assert (await ana.post(f"{place}/submit")).status == 200
        second = await (await rui.post(f"{place}/publish")).json()
    async with site.browser("leo") as leo:
        for ref, other in ((first["ref"], second["ref"]), (second["ref"], first["ref"])):
            shown = await (await leo.get(f"/practices/{ref}")).text()
            picture = shown[shown.index("<svg") : shown.index("</svg>")]
            assert f'<a href="/practices/{other}"' in picture
            assert "<title" in picture
            assert "<desc" in picture
            listed = shown[shown.index('<ul class="kin">') :]
            assert f'href="/practices/{other}"' in listed
            assert "<script>alert" not in shown


async def test_a_deprecated_practice_says_so_everywhere_and_stands_last(site):
    old = await published(site)
    new = await published(site, {**BODY, "title": {"pt": "Mentores de outra forma"}})
    async with site.program("ana") as ana:
        path = f"/api/v1/practices/{old['id']}/deprecate"
        wish = {"reason": POISON, "successor": new["ref"]}
        refused = await ana.post(path, json={**wish, "successor": "pt-prison~1~77"})
        assert refused.status == 400
        assert "no_such_practice" in await refused.text()
        done = await (await ana.post(path, json=wish)).json()
        assert (done["status"], done["version"]) == ("deprecated", 2)
        read = await (await ana.get(f"/api/v1/practices/{done['ref']}")).json()
        assert read["status"] == "deprecated"
        assert read["deprecation"]["successor"] == new["ref"]
        arrived = await (await ana.get("/api/v1/practices")).json()
        assert [one["deprecated"] for one in arrived["items"]] == [False, True]
    catch_up(site)
    async with site.browser("leo") as leo:
        shown = await (await leo.get(f"/practices/{done['ref']}")).text()
        assert f'<a href="/practices/{new["ref"]}"' in shown
        assert "advises against" in shown
        assert "<script>alert" not in shown
        found = await (await leo.get("/search?q=mentores")).text()
        first, last = found.index(f"/practices/{new['ref']}"), found.index(done["ref"])
        assert first < last < found.index(">deprecated<")


async def test_partners_see_the_mark_after_two_years_and_the_confirmation_after_that(site):
    today = site.clock.now
    site.clock.now -= 731 * 86_400
    done = await published(site)
    site.clock.now = today
    async with site.browser("leo") as leo, site.browser("rui") as rui:
        mark = "has confirmed this practice for two years"
        assert mark in await (await leo.get(f"/practices/{done['ref']}")).text()
        assert "not confirmed for two years" in await (await leo.get("/search?q=mentores")).text()
        place = f"/practices/{done['id']}"
        assert f'href="{place}"' in await (await rui.get("/today")).text()
        own = await (await rui.get(place)).text()
        etag = own.split('name="etag" value="')[1].partition('"')[0]
        said = await rui.post(f"{place}/confirm", {"etag": etag})
        assert said.headers["Location"] == f"{place}?done=confirmed"
        assert (await rui.post(f"{place}/confirm", {"etag": etag})).status == 412
        assert f'href="{place}"' not in await (await rui.get("/today")).text()
        shown = await (await leo.get("/practices/pt-prison~1~1")).text()
        assert mark not in shown
        assert "that version 1 still holds" in shown
