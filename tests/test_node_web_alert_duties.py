"""Do people see on their first page, and in the list, which alerts wait for them?"""

import pytest

from alert_agencies import body
from handover_pair import sync
from integra_node.actions import alert_answers, alert_follow_up
from integra_node.rules.permissions import Role
from members import NOW
from test_node_web_alerts import alert_site, cleared, send_from, signed, write

HOUR = 3_600


async def text(browser, path):
    return await (await browser.get(path)).text()


async def test_what_is_overdue_is_shown_to_the_liaison_and_in_the_list(tmp_path):
    async with alert_site(tmp_path) as site:
        site.add("lia", Role.LIAISON)
        done = send_from(site, body(severity="critical", expires_at="2026-10-01"))
        site.clock.now = NOW + 5 * HOUR
        site.database.write_now(
            lambda tx: alert_follow_up.escalate(tx, site.context.us, now=site.clock.now)
        )
        async with site.browser("lia") as lia, site.browser("gil") as gil:
            today = await text(lia, "/today")
            assert "Alerts that nobody has acknowledged in time (1)" in today
            assert "should have been acknowledged by" in today
            assert "Nobody here has acknowledged an alert in time" in await text(lia, "/messages")
            today = await text(gil, "/today")
            assert "Alerts to acknowledge (1)" in today
            assert "Alerts that nobody has acknowledged in time" not in today
            assert "Not acknowledged in time" in await text(gil, f"/alerts/{done.ref}")
            for path in ("/alerts?state=overdue", "/alerts?state=owed"):
                assert done.ref in await text(gil, path)
            await gil.post(f"/alerts/{done.ref}/acknowledge")
            for path in ("/alerts?state=overdue", "/alerts?state=owed"):
                assert done.ref not in await text(gil, path)
            assert "Messages for you" not in await text(lia, "/today")


async def test_programs_ask_for_what_is_owed_and_overdue(tmp_path):
    async with alert_site(tmp_path) as site:
        done = send_from(site, body(severity="critical", expires_at="2026-10-01"))
        async with site.program("gil") as program:

            async def refs(state):
                answer = await program.get(f"/api/v1/alerts?state={state}")
                return [one["ref"] for one in (await answer.json())["items"]]

            assert await refs("owed") == [done.ref]
            assert await refs("overdue") == []
            site.clock.now = NOW + 5 * HOUR
            assert await refs("overdue") == [done.ref]


async def test_a_reader_sees_what_they_have_not_read_until_they_read_it(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("rui") as rui:
        done = send_from(site, None)
        today = await text(rui, "/today")
        assert "Alerts that you have not read (1)" in today
        assert "Alerts to acknowledge" not in today
        await rui.get(f"/alerts/{done.ref}")
        assert "Alerts that you have not read" not in await text(rui, "/today")


async def test_the_second_reader_and_the_signer_see_what_waits_for_them(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("ana") as ana, site.browser("bea") as bea:
        await write(site, ana)
        await write(site, ana, do_not_do=None)
        assert "Alerts waiting for you as second reader (1)" in await text(bea, "/today")
        assert "Alerts waiting for you as second reader" not in await text(ana, "/today")
        await cleared(site, ana, bea)
        assert "Cleared alerts, to be signed and published (1)" in await text(ana, "/today")


@pytest.mark.parametrize("what, shown", [("false", True), ("seen", False)])
async def test_writers_see_that_a_member_calls_an_alert_of_ours_false(tmp_path, what, shown):
    async with alert_site(tmp_path) as site, site.browser("ana") as ana, site.browser("bea") as bea:
        partner, place = site.partner, await cleared(site, ana, bea)
        await signed(ana, place)
        async with site.program("ana") as program:
            ref = (await (await program.get(f"/api/v1{place}")).json())["ref"]
        sync(site.agency, partner)
        staff = partner.people["bob"]
        partner.write(
            lambda tx: alert_answers.give_feedback(
                tx, partner.us, ref, what, staff=staff, now=partner.now
            )
        )
        sync(site.agency, partner)
        assert ("a member calls false (1)" in await text(ana, "/today")) is shown


async def test_a_person_chooses_what_they_are_shown_as_new(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("rui") as rui:
        send_from(site, body(settings=["prison"], severity="low"))
        new = "Alerts that you have not read (1)"
        assert new in await text(rui, "/today")
        saved = await rui.post(
            "/alerts/interest", {"settings": "community", "min_severity": "info"}
        )
        assert saved.headers["Location"] == "/alerts/interest?done=saved"
        assert new not in await text(rui, "/today")
        assert "CANARY" not in await text(rui, "/alerts?unread=1")
        assert "CANARY" in await text(rui, "/alerts")
        async with site.program("rui") as program:
            place = "/api/v1/alerts/interest"
            assert (await (await program.get(place)).json())["settings"] == ["community"]
            answer = await program.put(place, json={"settings": ["prison"]})
            assert answer.status == 200
            assert (await program.put(place, json={"settings": ["moon"]})).status == 400
        assert new in await text(rui, "/today")


async def test_a_wrong_region_is_named_at_its_field(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("rui") as rui:
        answer = await rui.post("/alerts/interest", {"regions": "x" * 90})
        assert answer.status == 400
        assert 'id="regions-error"' in await answer.text()
