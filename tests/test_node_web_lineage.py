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
        place = begun.headers["Location"]
        assert "Your draft has begun" in await (await rui.get(place)).text()
        form = await (await rui.get(f"{place.partition('?')[0]}?step=origin")).text()
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
    async with site.program("leo") as leo:
        told = await (await leo.get(f"/api/v1/practices/{second['ref']}/family")).json()
        assert [(one["ref"], one.get("parent")) for one in told["items"]] == [
            (first["ref"], None),
            (second["ref"], first["ref"]),
        ]
        assert told["items"][1]["changes"]["pt"].startswith("<script>")
        for path in (first["id"], "pt-prison~1~99"):
            assert (await leo.get(f"/api/v1/practices/{path}/family")).status == 404
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


async def new_version(site, done, **texts):
    async with site.program("ana") as ana, site.program("rui") as rui:
        place = f"/api/v1/practices/{done['id']}"
        begun = await ana.post(f"{place}/version")
        tagged = {"If-Match": begun.headers["ETag"]}
        assert (await ana.put(place, json={**BODY, **texts}, headers=tagged)).status == 200
        assert (await ana.post(f"{place}/submit")).status == 200
        return await (await rui.post(f"{place}/publish")).json()


async def test_changes_are_marked_in_words_beside_colour(site):
    done = await published(site)
    again = await new_version(site, done, region="Sul", failures={"pt": f"Novo {POISON}"})
    async with site.browser("leo") as leo:
        page = await (await leo.get(f"/practices/{again['ref']}")).text()
        assert f'href="/practices/{again["ref"]}/versions"' in page
        shown = await (await leo.get(f"/practices/{again['ref']}/versions")).text()
        assert '<ins><span class="hidden">Added: </span>Sul' in shown
        assert '<del><span class="hidden">Removed: </span>' in shown
        assert "<script>alert" not in shown
        assert BODY["title"]["pt"] in shown
        lost = await leo.get(f"/practices/{again['ref']}/versions?before=pt-prison~1~9")
        assert lost.status == 404


async def test_the_second_reader_sees_what_a_new_version_changes(site):
    done = await published(site)
    async with site.program("ana") as ana:
        place = f"/api/v1/practices/{done['id']}"
        begun = await ana.post(f"{place}/version")
        tagged = {"If-Match": begun.headers["ETag"]}
        await ana.put(place, json={**BODY, "region": "Sul"}, headers=tagged)
    async with site.browser("rui") as rui, site.browser("leo") as leo:
        assert "/versions" in await (await rui.get(f"/practices/{done['id']}")).text()
        shown = await (await rui.get(f"/practices/{done['id']}/versions")).text()
        assert "Sul" in shown
        assert (await leo.get(f"/practices/{done['id']}/versions")).status in {403, 404}


async def test_two_practices_stand_side_by_side(site):
    first = await published(site)
    second = await published(site, {**BODY, "title": {"pt": f"Outra {POISON}"}, "tlp": "GREEN"})
    async with site.browser("leo") as leo:
        search = await (await leo.get("/search?q=mentores")).text()
        assert search.count('form="compare"') == 3
        path = f"/practices/compare?ref={first['ref']}&ref={second['ref']}"
        shown = await (await leo.get(path)).text()
        assert "<script>alert" not in shown
        for ref in (first["ref"], second["ref"]):
            assert f'<a href="/practices/{ref}"' in shown
        assert "GREEN" in shown


async def test_a_reader_who_chose_one_or_three_is_helped_to_choose_two(site):
    refs = [(await published(site))["ref"] for _ in range(3)]
    async with site.browser("leo") as leo:
        one = await leo.get(f"/practices/compare?ref={refs[0]}&q=mentores&more=1")
        text = await one.text()
        assert one.status == 200
        assert f'value="{refs[0]}" checked' in text
        assert all(text.count(f'value="{ref}"') == 1 for ref in refs)
        three = await leo.get("/practices/compare?" + "&".join(f"ref={ref}" for ref in refs))
        assert three.status == 400
        assert "Choose two practices." in await three.text()
        gone = await leo.get(f"/practices/compare?ref={refs[0]}&ref=pt-prison~1~99")
        assert gone.status == 400
        assert "not in this library" in await gone.text()
        assert (await leo.get("/practices/compare")).status == 200


async def test_what_was_withdrawn_cannot_be_compared(site):
    first, second = await published(site), await published(site)
    async with site.program("ana") as ana:
        await ana.post(f"/api/v1/practices/{second['id']}/withdraw", json={"reason": "x"})
    async with site.browser("leo") as leo:
        path = f"/practices/compare?ref={first['ref']}&ref={second['ref']}"
        answer = await leo.get(path)
        assert answer.status == 400
        assert f'value="{second["ref"]}"' not in await answer.text()
