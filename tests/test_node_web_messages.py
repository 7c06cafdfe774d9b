"""Is a reader of a retracted alert told on every page, until they confirm it?"""

import re

from alert_agencies import CANARY, retract
from handover_pair import sync
from test_node_web_alerts import (
    alert_site,
    bias_fields,
    cleared,
    etag_of,
    send_from,
    signed,
    write,
)

WHY = "It was wrong: <b>a football club</b>."


async def retracted(site, *readers):
    """Let people read a partner's alert, then let the partner take it back."""
    done = send_from(site, None)
    for browser in readers:
        assert CANARY in await (await browser.get(f"/alerts/{done.ref}")).text()
    taken = retract(site.partner, done.row.id, WHY, "bob")
    sync(site.agency, site.partner)
    return done, taken


async def test_a_retraction_is_told_on_every_page_until_it_is_confirmed(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("rui") as rui, site.browser("gil") as gil:
        done, taken = await retracted(site, rui)
        assert 'href="/messages"' in await (await rui.get("/account")).text()
        assert 'href="/messages"' not in await (await gil.get("/account")).text()
        assert "Messages for you (1)" in await (await rui.get("/today")).text()
        shown = await (await rui.get("/messages")).text()
        assert "fr-probation" in shown
        assert "&lt;b&gt;a football club&lt;/b&gt;" in shown
        assert CANARY not in shown
        answer = await rui.post("/messages/confirm", {"kind": "alert_retracted", "ref": taken.ref})
        assert answer.headers["Location"] == "/messages"
        assert 'href="/messages"' not in await (await rui.get("/account")).text()
        assert "Seen before" in await (await rui.get("/messages")).text()
        for path in (f"/alerts/{done.ref}", f"/alerts/{done.ref}/print", "/alerts?state=all"):
            assert CANARY not in await (await rui.get(path)).text()


async def test_another_persons_message_cannot_be_confirmed(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("rui") as rui, site.browser("gil") as gil:
        _, taken = await retracted(site, rui)
        answer = await gil.post("/messages/confirm", {"kind": "alert_retracted", "ref": taken.ref})
        assert answer.status == 404
        assert "Messages for you (1)" in await (await rui.get("/today")).text()


async def test_programs_read_and_confirm_messages_without_content(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("rui") as rui:
        _, taken = await retracted(site, rui)
        async with site.program("rui") as program:
            (item,) = (await (await program.get("/api/v1/messages")).json())["items"]
            assert set(item) == {"kind", "ref", "count", "created_at"}
            body = {"kind": item["kind"], "ref": taken.ref}
            answer = await program.post("/api/v1/messages/confirm", json=body)
            assert answer.status == 204
            assert (await (await program.get("/api/v1/messages")).json())["items"] == []
            every = await (await program.get("/api/v1/messages?all=true")).json()
            assert [one["ref"] for one in every["items"]] == [taken.ref]


async def test_what_we_took_back_is_not_read_here_either(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("ana") as ana, site.browser("bea") as bea:
        place = await cleared(site, ana, bea, title=CANARY)
        await signed(ana, place)
        await signed(ana, place, "retract", reason="It was wrong.")
        async with site.program("ana") as program:
            for path in (
                f"/api/v1{place}",
                "/api/v1/alerts?box=own",
                "/api/v1/alerts?state=superseded",
            ):
                answer = await program.get(path)
                assert answer.status == 200
                assert CANARY not in await answer.text()
        for path in (place, "/alerts/own", "/alerts?state=all", "/messages"):
            assert CANARY not in await (await ana.get(path)).text()
        assert "It was wrong." in await (await bea.get("/messages")).text()
        assert "Messages for you" not in await (await ana.get("/today")).text()


async def test_the_second_reader_decides_about_words_that_may_point_at_a_person(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("ana") as ana, site.browser("bea") as bea:
        place = await write(site, ana, body="Mr Smith paints letters.")
        assert '“<span dir="auto">Mr Smith</span>” looks like a name' in await text(ana, place)
        form = await text(bea, f"{place}/clear")
        (word,) = set(re.findall(r'name="(words\.w[0-9a-f]+)"', form))
        fields = {"etag": etag_of(form), **bias_fields()}
        refused = await bea.post(f"{place}/clear", fields)
        assert refused.status == 400
        assert "Decide whether these words may stay." in await refused.text()
        given = await bea.post(f"{place}/clear", {**fields, word: "remove"})
        assert given.headers["Location"] == f"{place}?done=given-back"
        assert "has to go" in await text(ana, place)
        assert "A second reader asks you to change an alert" in await text(ana, "/today")
        fields["etag"] = etag_of(await text(bea, f"{place}/clear"))
        kept = await bea.post(f"{place}/clear", {**fields, word: "keep"})
        assert kept.headers["Location"] == f"{place}?done=cleared"


async def text(browser, path):
    return await (await browser.get(path)).text()


async def test_a_reason_that_may_point_at_somebody_asks_whether_one_is_sure(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("ana") as ana, site.browser("bea") as bea:
        place = await cleared(site, ana, bea)
        await signed(ana, place)
        refused = await signed(ana, place, "retract", reason="Mr Smith complained.")
        assert refused.status == 400
        assert 'name="sure"' in await refused.text()
        done = await signed(ana, place, "retract", reason="Mr Smith complained.", sure="1")
        assert done.headers["Location"] == f"{place}?done=retracted"
