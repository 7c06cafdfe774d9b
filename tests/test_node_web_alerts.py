import re
from contextlib import asynccontextmanager

import pytest

from alert_agencies import BIAS, CANARY, amber, body, red
from alert_agencies import send as send_alert
from handover_pair import Agency, counting_random, open_agency, sync
from integra_node.actions import indexing, officers
from integra_node.rules.permissions import Role
from integra_node.rules.staff import Staff
from integra_node.store import audit
from members import NOW, join, make_us
from staff_site import CHEAP, open_site

PIN = "correct horse"


@asynccontextmanager
async def alert_site(tmp_path):
    """A site of pt-prison in a federation with fr-probation, whose alerts can be synced in."""
    async with open_site(tmp_path) as site:
        us = site.context.us
        fr = make_us("fr-probation", random=counting_random(7))
        join(site.database, us, fr)
        site.clock.now = NOW
        partner = open_agency(tmp_path / "fr", fr, fr, us)
        _copy_roster(site.database, partner.database, fr)
        partner.add("bob", Role.CONTRIBUTOR)
        partner.add("eve", Role.CONTRIBUTOR)
        site.add("ana", Role.CONTRIBUTOR)
        site.add("bea", Role.CONTRIBUTOR)
        site.add("rui", Role.READER)
        site.add("gil", Role.DUTY_OFFICER)
        for username in ("ana", "bea"):
            certify(site, username)
        site.partner = partner
        site.agency = Agency(us=us, database=site.database, path=tmp_path)
        yield site
        partner.database.close()


def _copy_roster(source, target, fr):
    """Both sides hold one roster and each other's sealing keys."""
    from integra_node.store import rosters

    note = source.read_now(rosters.newest_note)
    target.write_now(lambda tx: tx.exec_driver_sql("DELETE FROM roster_version"))
    target.write_now(lambda tx: rosters.save(tx, version=1, note=note, now=NOW))
    public = fr.keys.kem.public_bytes
    source.write_now(
        lambda tx: rosters.save_kem(tx, org=fr.org, key_id=fr.keys.kem.key_id, public=public)
    )


def certify(site, username):
    account_id = site.ids[username]
    us = site.context.us
    staff = Staff(
        account_id=account_id,
        username=username,
        roles=frozenset({Role.CONTRIBUTOR}),
        profile="casework",
    )
    held = site.database.read_now(lambda tx: officers.state_of(tx, account_id))
    key = officers.make_key(us, held, pin=PIN, profile=CHEAP)
    site.database.write_now(
        lambda tx: officers.certify(tx, us, account_id, key, staff=staff, now=NOW)
    )


def bias_fields(**changes):
    return {f"bias.{code}": text for code, text in {**BIAS, **changes}.items()}


def form_fields(**changes):
    """Return what a person types into the form of an alert."""
    fields = {
        "language": "en",
        "title": "Letters on walls",
        "body": "Seen in two houses.",
        "type": "symbol_or_code",
        "severity": "medium",
        "tlp": "GREEN",
        "indicators-0-seen_as": "two letters beside a door",
        "indicators-0-benign": "the initials of a couple",
        "recommended_action": "Note where it was seen.",
        "do_not_do": "Do not ask who painted it in front of others.",
        "grading.scheme": "admiralty",
        "grading.source": "B",
        "grading.info": "3",
        "source_kind": "own_observation",
        "europol_handling": "H0",
        "settings": "prison",
        "regions": "all",
    }
    return {k: v for k, v in {**fields, **changes}.items() if v is not None}


def etag_of(text):
    return re.search(r'name="etag" value="(\d+)"', text)[1]


async def write(site, ana, **changes):
    answer = await ana.post("/alerts", form_fields(**changes))
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"].partition("?")[0]


async def cleared(site, ana, bea, **changes):
    place = await write(site, ana, **changes)
    form = await (await bea.get(f"{place}/clear")).text()
    answer = await bea.post(f"{place}/clear", {"etag": etag_of(form), **bias_fields()})
    assert answer.status == 303, await answer.text()
    return place


async def signed(browser, place, step="publish", **fields):
    form = await (await browser.get(f"{place}/{step}")).text()
    return await browser.post(f"{place}/{step}", {"etag": etag_of(form), "pin": PIN, **fields})


async def test_an_alert_goes_from_the_form_to_publication_through_two_people(tmp_path):
    async with (
        alert_site(tmp_path) as site,
        site.browser("ana") as ana,
        site.browser("bea") as bea,
        site.browser("rui") as rui,
    ):
        place = await cleared(site, ana, bea)
        form = await (await ana.get(f"{place}/publish")).text()
        assert "1 organisation will receive it" in form
        assert "fr-probation" in form
        answer = await signed(ana, place)
        assert answer.status == 303, await answer.text()
        listed = await (await rui.get("/alerts")).text()
        assert "Letters on walls" in listed
        ref = re.search(r"/alerts/(pt-prison~1~\d+)", listed)[1]
        read = await (await rui.get(f"/alerts/{ref}")).text()
        for text in ("TLP:GREEN", "the initials of a couple", "Do not", "signed by officer"):
            assert text in read


async def test_the_form_comes_back_as_typed_with_what_is_wrong(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("ana") as ana:
        answer = await ana.post("/alerts", form_fields(**{"indicators-0-benign": "", "title": ""}))
        text = await answer.text()
        assert answer.status == 400
        assert 'href="#indicators-0-benign"' in text
        assert 'href="#title"' in text
        assert "two letters beside a door" in text


async def test_a_draft_is_edited_with_what_is_stored(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("ana") as ana:
        place = await write(site, ana)
        form = await (await ana.get(f"{place}/edit")).text()
        assert "the initials of a couple" in form
        fields = form_fields(etag=etag_of(form), title="Letters on doors", language=None)
        answer = await ana.post(f"{place}/edit", fields)
        assert answer.status == 303, await answer.text()
        stale = await ana.post(f"{place}/edit", fields)
        assert stale.status == 412
        assert "Letters on doors" in await stale.text()


async def test_the_author_cannot_clear_and_a_second_reader_must_answer(tmp_path):
    async with (
        alert_site(tmp_path) as site,
        site.browser("ana") as ana,
        site.browser("bea") as bea,
    ):
        place = await write(site, ana)
        form = await (await bea.get(f"{place}/clear")).text()
        fields = {"etag": etag_of(form), **bias_fields(who_could_be_harmed="")}
        missing = await bea.post(f"{place}/clear", fields)
        assert missing.status == 400
        assert 'href="#bias.who_could_be_harmed"' in await missing.text()
        refused = await ana.post(f"{place}/clear", {**fields, **bias_fields()})
        assert refused.status == 403


async def test_a_wrong_pin_publishes_nothing_and_is_not_shown_again(tmp_path):
    async with (
        alert_site(tmp_path) as site,
        site.browser("ana") as ana,
        site.browser("bea") as bea,
    ):
        place = await cleared(site, ana, bea)
        answer = await signed(ana, place, pin="wrong pin 99")
        text = await answer.text()
        assert answer.status == 400
        assert "The PIN is wrong." in text
        assert "wrong pin 99" not in text
        assert "cleared, not published" in await (await ana.get(place)).text()


async def test_a_retraction_needs_a_reason_and_replaces_the_text(tmp_path):
    async with (
        alert_site(tmp_path) as site,
        site.browser("ana") as ana,
        site.browser("bea") as bea,
        site.browser("rui") as rui,
    ):
        place = await cleared(site, ana, bea)
        await signed(ana, place)
        empty = await signed(ana, place, "retract", reason=" ")
        assert empty.status == 400
        done = await signed(ana, place, "retract", reason="It was a bakery.")
        assert done.status == 303, await done.text()
        listed = await (await rui.get("/alerts")).text()
        assert "Letters on walls" not in listed
        ref = re.search(r"/alerts/(pt-prison~1~\d+)", listed)[1]
        read = await (await rui.get(f"/alerts/{ref}")).text()
        assert "It was a bakery." in read
        assert "Seen in two houses." not in read


async def test_a_partners_alert_waits_on_today_until_somebody_acknowledges(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("gil") as gil:
        done = send_from(site, body(severity="critical", expires_at="2026-10-01"))
        today = await (await gil.get("/today")).text()
        assert "Alerts to acknowledge (1)" in today
        assert "Critical alert" in await (await gil.get("/search")).text()
        read = await (await gil.get(f"/alerts/{done.ref}")).text()
        assert "To be acknowledged" in read
        answer = await gil.post(f"/alerts/{done.ref}/acknowledge")
        assert answer.status == 303, await answer.text()
        assert "Critical alert" not in await (await gil.get("/search")).text()
        after = await (await gil.get(f"/alerts/{done.ref}")).text()
        assert "gil" in after
        sync(site.agency, site.partner)
        from alert_agencies import read as read_at

        assert read_at(site.partner, done.ref, "bob").answer("pt-prison", "ack") is not None


async def test_a_reader_sees_the_alert_and_cannot_acknowledge_it(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("rui") as rui:
        done = send_from(site, body())
        read = await (await rui.get(f"/alerts/{done.ref}")).text()
        assert "/acknowledge" not in read
        assert (await rui.post(f"/alerts/{done.ref}/acknowledge")).status == 403


async def test_hostile_texts_of_a_partner_are_shown_as_text(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("rui") as rui:
        poison = "<script>alert(1)</script>"
        done = send_from(site, body(title={"en": poison}, body={"en": f'"{poison}'}))
        for path in ("/today", "/alerts", f"/alerts/{done.ref}", f"/alerts/{done.ref}/print"):
            text = await (await rui.get(path)).text()
            assert poison not in text
            assert "&lt;script&gt;" in text


async def test_a_clear_alert_is_found_by_the_search_and_leads_to_its_page(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("rui") as rui:
        done = send_from(site, body(title={"en": "Zeppelin greetings"}))
        context = site.context
        batch = site.database.read_now(
            lambda tx: indexing.documents_after(tx, context.us, 0, indexing.BATCH)
        )
        context.index.apply(batch.documents, batch.removed, batch.watermark)
        text = await (await rui.get("/search?q=zeppelin")).text()
        assert f'href="/alerts/{done.ref}"' in text


async def test_red_is_shown_to_whom_it_names_and_marked_never_to_be_printed(tmp_path):
    async with (
        alert_site(tmp_path) as site,
        site.browser("ana") as ana,
        site.browser("bea") as bea,
    ):
        account = site.ids["ana"]
        named = site.database.read_now(lambda tx: officers.state_of(tx, account)).key.officer
        sync(site.agency, site.partner)
        done = send_from(site, red("pt-prison", named))
        read = await (await ana.get(f"/alerts/{done.ref}")).text()
        assert CANARY in read
        assert 'class="never-print"' in read
        assert (await ana.get(f"/alerts/{done.ref}/print")).status == 403
        assert (await bea.get(f"/alerts/{done.ref}")).status == 404
        assert done.ref not in await (await bea.get("/alerts")).text()


async def test_reading_an_amber_alert_is_in_the_audit_log(tmp_path):
    async with alert_site(tmp_path) as site, site.browser("rui") as rui:
        done = send_from(site, amber("pt-prison"))
        assert (await rui.get(f"/alerts/{done.ref}")).status == 200
        wanted = audit.AuditFilter(op="consult", actor=site.ids["rui"])
        assert len(site.database.read_now(lambda tx: audit.page(tx, wanted))) == 1


async def test_a_program_writes_clears_publishes_and_retracts(tmp_path):
    async with (
        alert_site(tmp_path) as site,
        site.program("ana") as ana,
        site.program("bea") as bea,
    ):
        made = await ana.post("/api/v1/alerts", json={**body(), "source_id": "demo/1"})
        assert made.status == 201, await made.text()
        alert = await made.json()
        again = await ana.post("/api/v1/alerts", json={**body(), "source_id": "demo/1"})
        assert (await again.json())["id"] == alert["id"]
        place = f"/api/v1/alerts/{alert['id']}"
        missing = await ana.put(place, json=body())
        assert missing.status == 428
        etag = {"If-Match": made.headers["ETag"]}
        saved = await ana.put(place, json=body(severity="low"), headers=etag)
        assert saved.status == 200, await saved.text()
        assert (await ana.put(place, json=body(), headers=etag)).status == 412
        clear = await bea.post(f"{place}/clear", json={"answers": BIAS})
        assert (await clear.json())["status"] == "cleared"
        wrong = await ana.post(f"{place}/publish", json={"pin": "not this one"})
        assert (wrong.status, (await wrong.json())["code"]) == (400, "wrong_pin")
        published = await ana.post(f"{place}/publish", json={"pin": PIN})
        assert published.status == 200, await published.text()
        ref = (await published.json())["ref"]
        shown = await (await bea.get(f"/api/v1/alerts/{ref}")).json()
        assert (shown["status"], shown["body"]["severity"]) == ("current", "low")
        listed = await (await bea.get("/api/v1/alerts")).json()
        assert [item["ref"] for item in listed["items"]] == [ref]
        gone = await ana.post(f"{place}/retract", json={"pin": PIN, "reason": "wrong"})
        assert (await gone.json())["status"] == "retracted"


async def test_a_program_acknowledges_and_tells_what_it_knows(tmp_path):
    async with alert_site(tmp_path) as site, site.program("gil") as gil:
        done = send_from(site, amber("pt-prison"))
        place = f"/api/v1/alerts/{done.ref}"
        first = await gil.post(f"{place}/acknowledge")
        assert (await first.json())["by"] == "gil"
        told = await gil.post(f"{place}/feedback", json={"what": "seen"})
        assert (await told.json())["what"] == "seen"
        odd = await gil.post(f"{place}/feedback", json={"what": "ack"})
        assert (odd.status, (await odd.json())["code"]) == (400, "invalid_fields")


async def test_an_idempotent_call_keeps_no_text_of_an_amber_draft(tmp_path):
    async with alert_site(tmp_path) as site, site.program("ana") as ana:
        headers = {"Idempotency-Key": "k1"}
        bodies = amber("fr-probation")
        first = await ana.post("/api/v1/alerts", json=bodies, headers=headers)
        again = await ana.post("/api/v1/alerts", json=bodies, headers=headers)
        assert (await first.json())["id"] == (await again.json())["id"]
        kept = site.database.read_now(
            lambda tx: tx.exec_driver_sql("SELECT answer FROM idempotency").scalar_one()
        )
        assert CANARY not in kept


@pytest.mark.parametrize("path", ["/alerts/nobody~1~4", "/alerts/0123", "/alerts/x~y~z"])
async def test_what_does_not_exist_is_not_found(tmp_path, path):
    async with alert_site(tmp_path) as site, site.browser("ana") as ana:
        assert (await ana.get(path)).status == 404


def send_from(site, text):
    """Let fr-probation publish an alert and bring it here."""
    partner = site.partner
    sync(site.agency, partner)
    partner.people["ana"], partner.people["bea"] = partner.people["bob"], partner.people["eve"]
    done = send_alert(partner, text)
    sync(site.agency, partner)
    return done
