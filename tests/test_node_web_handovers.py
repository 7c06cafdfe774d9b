"""Handovers on the pages and over the API: written, approved, signed with a PIN, taken in, opened."""

import json
import re

import pytest

from handover_pair import CANARY, Agency, notice_body, open_agency, sync
from handover_pair import PIN as PAIR_PIN
from integra_node.rules.permissions import Role
from integra_node.store import officer_keys, rosters
from integra_node.store.schema.log import roster_version
from members import join, make_us, roster_note
from staff_site import PASSWORD, open_site

PIN = "a good signing pin"
GAP = re.compile(r'href="#([^"]+)"')


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as site:
        us, fr = site.context.us, make_us("fr-probation")
        note = roster_note(us, fr, now=site.clock.now)
        site.database.write_now(lambda tx: rosters.save(tx, version=1, note=note, now=site.clock()))
        for one in (us, fr):
            key = one.keys.kem
            site.database.write_now(
                lambda tx, one=one, key=key: rosters.save_kem(
                    tx, org=one.org, key_id=key.key_id, public=key.public_bytes
                )
            )
        site.add("ana", Role.CASE_OFFICER)
        site.add("bea", Role.CASE_OFFICER)
        site.add("head", Role.SUPERVISOR)
        site.add("duty", Role.DUTY_OFFICER)
        site.add("root", Role.ADMIN)
        yield site


async def certify(site, username):
    async with site.program(username) as program:
        answer = await program.post("/api/v1/officer", json={"pin": PIN, "password": PASSWORD})
        assert answer.status == 201, await answer.text()


async def call(program, method, path, status=200, **options):
    answer = await program.request(method, f"/api/v1{path}", **options)
    text = await answer.text()
    assert answer.status == status, text
    return json.loads(text)


def form_fields():
    """Return what a person types for a complete notice: fields of the form by name."""
    return {
        "case_reference": "2026-0114",
        "env.kind": "release_to_supervision",
        "env.urgency": "routine",
        "env.recipient.org": "fr-probation",
        "env.lang": "en",
        "env.valid_until-day": "1",
        "env.valid_until-month": "3",
        "env.valid_until-year": "2027",
        "env.review_on-day": "20",
        "env.review_on-month": "12",
        "env.review_on-year": "2026",
        "env.legal_basis-0-code": "DOMESTIC",
        "env.legal_basis-0-national_law_ref": "Lei 158/2015",
        "env.purposes": "EXEC",
        "env.regime_sender": "LED",
        "env.regime_recipient": "LED",
        "env.consent_grant.not_basis": "1",
        "env.consent_grant.reason": "the law obliges",
        "subj.category": "convicted",
        "subj.identity.family": f"{CANARY}-name",
        "sent.release_on-day": "15",
        "sent.release_on-month": "12",
        "sent.release_on-year": "2026",
        "sent.end_on-day": "14",
        "sent.end_on-month": "12",
        "sent.end_on-year": "2027",
        "plan.goals": "stable housing\nwork",
        "plan.crisis_contact": "duty telephone",
        "plan.next_appointment.start-day": "16",
        "plan.next_appointment.start-month": "12",
        "plan.next_appointment.start-year": "2026",
        "plan.next_appointment.start.time": "9:30",
        "plan.next_appointment.start.zone": "Europe/Paris",
        "needs-0-domain": "housing",
        "needs-0-level": "some",
        "needs-0-basis": "fact",
        "protective-0-text": "a sister",
        "protective-0-basis": "fact",
        "practical.housing.status": "temporary",
        "voice.declined": "1",
    }


async def test_a_notice_is_written_on_the_pages_in_few_loads_and_fields(site):
    await certify(site, "ana")
    assert len(form_fields()) <= 40
    loads = 0
    async with site.browser("ana") as ana, site.browser("head") as head:
        assert (await ana.get("/handovers/new")).status == 200
        saved = await ana.post("/handovers", form_fields())
        assert saved.status == 303, await saved.text()
        edit = saved.headers["Location"]
        page = await (await ana.get(edit)).text()
        assert 'value="9:30"' in page or 'value="09:30"' in page
        handover = edit.split("?")[0].removesuffix("/edit")
        preview = await (await ana.get(f"{handover}/notice")).text()
        assert "This is exactly what the recipient will see." in preview
        assert f"{CANARY}-name" in preview
        submitted = await ana.post(f"{handover}/do/submit")
        assert submitted.status == 303, await submitted.text()
        assert "Handovers waiting for my approval (1)" in await (await head.get("/today")).text()
        assert (await head.post(f"{handover}/do/approve")).status == 303
        wrong = await ana.post(f"{handover}/do/send", {"pin": "not the right one"})
        text = await wrong.text()
        assert wrong.status == 400
        assert "The PIN is wrong" in text
        assert "not the right one" not in text
        assert (await ana.post(f"{handover}/do/send", {"pin": PIN})).status == 303
        detail = await (await ana.get(handover)).text()
        assert "not signed yet" in detail
        assert CANARY not in detail
        loads += 7
    assert loads <= 15


async def test_the_form_says_what_is_missing_and_where(site):
    async with site.browser("ana") as ana:
        fields = {
            "env.kind": "release_to_supervision",
            "env.urgency": "routine",
            "env.recipient.org": "fr-probation",
            "subj.category": "convicted",
        }
        saved = await ana.post("/handovers", fields)
        assert saved.status == 303, await saved.text()
        page = await (await ana.get(saved.headers["Location"])).text()
        assert "What is still missing, and where" in page
        anchors = set(GAP.findall(page)) - {"main"}
        ids = set(re.findall(r'id="([^"]+)"', page))
        assert len(anchors) > 5
        assert anchors <= ids
        refused = await ana.post(
            saved.headers["Location"].split("?")[0].replace("edit", "do/submit")
        )
        assert refused.status == 400


async def test_a_wrong_value_comes_back_with_what_was_typed(site):
    async with site.browser("ana") as ana:
        fields = {**form_fields(), "sent.release_on-day": "31", "sent.release_on-month": "2"}
        answer = await ana.post("/handovers", fields)
        text = await answer.text()
        assert answer.status == 400
        assert "Enter a real date." in text
        assert f"{CANARY}-name" in text
        assert 'href="#sent.release_on"' in text


async def test_what_the_form_does_not_ask_is_not_lost(site):
    body = notice_body()
    body["assess"] = [
        {
            "tool": "VERA-2R",
            "population_ok": True,
            "domain_summaries": [{"domain": "protective", "text": "kept", "basis": "assessment"}],
        }
    ]
    async with site.program("ana") as program, site.browser("ana") as ana:
        made = await call(program, "POST", "/handovers", 201, json=body)
        page = await (await ana.get(f"/handovers/{made['id']}/edit")).text()
        fields = _fields_of(page)
        saved = await ana.post(f"/handovers/{made['id']}/edit", fields)
        assert saved.status == 303, await saved.text()
        after = await call(program, "GET", f"/handovers/{made['id']}")
        before = made["body"]
        assert after["body"].pop("checklist")
        assert after["body"] == before


def _fields_of(page):
    """Read a form as a browser would send it again."""
    form = page[page.index('class="column"') : page.index("</form>", page.index('class="column"'))]
    fields = []
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        ticked = "checked" in tag or not re.search(r'type="(checkbox|radio)"', tag)
        if name and name[1] != "csrf" and ticked:
            fields.append((name[1], _plain(value[1]) if value else ""))
    for name, inner in re.findall(
        r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL
    ):
        fields.append((name, _plain(inner)))
    for name, inner in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        fields.append((name, chosen[1] if chosen else ""))
    return fields


def _plain(text):
    import html

    return html.unescape(text)


async def test_two_open_forms_do_not_overwrite_each_other_silently(site):
    async with site.browser("ana") as ana:
        saved = await ana.post("/handovers", form_fields())
        path = saved.headers["Location"].split("?")[0]
        first = await ana.post(path, {**form_fields(), "etag": "1"})
        assert first.status == 303
        second = await ana.post(path, {**form_fields(), "etag": "1", "plan.goals": "typed late"})
        text = await second.text()
        assert second.status == 409
        assert "typed late" in text
        assert 'name="etag" value="2"' in text


async def test_the_api_brings_a_notice_out(site):
    await certify(site, "ana")
    async with site.program("ana") as ana, site.program("head") as head:
        body = {**notice_body(), "case_reference": "2026-0114"}
        made = await call(ana, "POST", "/handovers", 201, json=body)
        assert made["state"] == "draft"
        assert "submit" in made["allowed_events"]
        path = f"/handovers/{made['id']}"
        assert (await ana.put(f"/api/v1{path}", json=body)).status == 428
        stale = await ana.put(f"/api/v1{path}", json=body, headers={"If-Match": '"9"'})
        assert stale.status == 412
        fresh = await call(ana, "PUT", path, json=body, headers={"If-Match": '"1"'})
        assert fresh["etag"] == 2
        await call(ana, "POST", f"{path}/submit")
        await call(ana, "POST", f"{path}/approve", 403)
        await call(head, "POST", f"{path}/approve")
        missing = await call(ana, "POST", f"{path}/send", 400, json={})
        assert missing["code"] == "pin_needed"
        wrong = await call(ana, "POST", f"{path}/send", 400, json={"pin": "wrong wrong"})
        assert wrong["code"] == "wrong_pin"
        sent = await call(ana, "POST", f"{path}/send", json={"pin": PIN})
        assert sent["state"] == "sent"
        assert sent["clock"]["source"]
        twice = await call(ana, "POST", f"{path}/send", 409, json={"pin": PIN})
        assert twice["code"] == "wrong_state"
        listed = await call(ana, "GET", "/handovers?box=out")
        assert [item["id"] for item in listed["items"]] == [made["id"]]
        assert CANARY not in json.dumps(listed)


async def test_a_repeated_call_makes_one_draft(site):
    async with site.program("ana") as ana:
        headers = {"Idempotency-Key": "k1"}
        one = await call(ana, "POST", "/handovers", 201, json=notice_body(), headers=headers)
        two = await call(ana, "POST", "/handovers", 201, json=notice_body(), headers=headers)
        assert one["id"] == two["id"]
        other = {**notice_body(), "case_reference": "x"}
        await call(ana, "POST", "/handovers", 409, json=other, headers=headers)


async def test_a_proof_waits_for_witnesses_and_opens_only_to_who_may_read(site):
    from integra_node.actions import own_log
    from integra_protocol.proof import parse_proof

    await certify(site, "ana")
    async with site.program("ana") as ana, site.program("head") as head:
        made = await call(ana, "POST", "/handovers", 201, json=notice_body())
        path = f"/handovers/{made['id']}"
        await call(ana, "POST", f"{path}/submit")
        await call(head, "POST", f"{path}/approve")
        sent = await call(ana, "POST", f"{path}/send", json={"pin": PIN})
        org, epoch, index = sent["ref"].split("~")
        proof = f"/api/v1/log/{org}/{epoch}/{index}/proof"
        early = await ana.get(proof)
        assert (await early.json())["code"] == "not_witnessed"
        site.database.write_now(lambda tx: own_log.sign_head(tx, site.context.us))
        text = await (await ana.get(proof)).text()
        assert parse_proof(text).opening is not None
        assert len(parse_proof(text).certs) == 1
    async with site.program("duty") as duty:
        text = await (await duty.get(proof)).text()
        assert parse_proof(text).opening is None


async def test_five_wrong_pins_lock_and_a_new_key_unlocks(site):
    await certify(site, "ana")
    async with site.browser("ana") as ana:
        saved = await ana.post("/handovers", form_fields())
        handover = saved.headers["Location"].split("?")[0].removesuffix("/edit")
        async with site.browser("head") as head:
            await ana.post(f"{handover}/do/submit")
            await head.post(f"{handover}/do/approve")
        for _ in range(5):
            assert (await ana.post(f"{handover}/do/send", {"pin": "wrong wrong"})).status == 400
        locked = await (await ana.post(f"{handover}/do/send", {"pin": PIN})).text()
        assert "have locked your signing key" in locked
        fields = {"pin": "another pin 9", "again.pin": "another pin 9", "password": PASSWORD}
        made = await ana.post("/account/officer", fields)
        assert made.status == 303, await made.text()
        assert (await ana.post(f"{handover}/do/send", {"pin": "another pin 9"})).status == 303


async def test_a_key_is_made_only_with_the_password_and_the_pin_is_never_shown(site):
    async with site.browser("ana") as ana:
        fields = {"pin": PIN, "again.pin": PIN, "password": "wrong"}
        answer = await ana.post("/account/officer", fields)
        text = await answer.text()
        assert answer.status == 400
        assert "password of your account is wrong" in text
        assert PIN not in text
        differ = {**fields, "again.pin": "other", "password": PASSWORD}
        assert "same PIN in both" in await (await ana.post("/account/officer", differ)).text()
        assert site.database.read_now(officer_keys.everybody) == ()


async def test_an_administrator_revokes_and_allows_again(site):
    await certify(site, "ana")
    account = site.ids["ana"]
    async with site.browser("root") as root, site.browser("ana") as ana:
        assert "o-" in await (await root.get(f"/accounts/{account}")).text()
        revoked = await root.post(f"/accounts/{account}/officer/revoke", {"why": "left"})
        assert revoked.status == 303
        assert "Your key was revoked" in await (await ana.get("/account/officer")).text()
        await root.post(f"/accounts/{account}/officer/allow")
    await certify(site, "ana")


def arrive(site, tmp_path):
    """Let a notice arrive from another agency; return its local id."""
    us, fr = site.context.us, make_us("fr-probation")
    site.database.write_now(lambda tx: tx.execute(roster_version.delete()))
    here = Agency(us=us, database=site.database, path=tmp_path, now=site.clock.now)
    there = open_agency(tmp_path / "there", fr, us, fr)
    join(site.database, us, fr)
    site.database.write_now(
        lambda tx: rosters.save_kem(
            tx, org=fr.org, key_id=fr.keys.kem.key_id, public=fr.keys.kem.public_bytes
        )
    )
    there.add("author", Role.CASE_OFFICER)
    there.add("head", Role.SUPERVISOR)
    body = notice_body()
    body["env"] = {**body["env"], "recipient": {"org": "pt-prison"}}
    row = there.draft("author", body)
    there.do(row.id, "submit", "author")
    there.do(row.id, "approve", "head")
    there.do(row.id, "send", "author", pin=PAIR_PIN)
    sync(there, here)
    there.database.close()
    return here.inbox()[0].id


async def test_a_received_notice_is_taken_in_and_opened_with_a_reason(site, tmp_path):
    handover = f"/handovers/{arrive(site, tmp_path)}"
    await certify(site, "duty")
    await certify(site, "bea")
    async with site.browser("duty") as duty:
        assert "Handovers to take in (1)" in await (await duty.get("/today")).text()
        detail = await (await duty.get(handover)).text()
        assert "do/acknowledge" in detail
        assert CANARY not in detail
        assert (await duty.get(f"{handover}/notice")).status == 403
        taken = await duty.post(f"{handover}/do/acknowledge", {"pin": PIN, "owner": "bea"})
        assert taken.status == 303, await taken.text()
    async with site.browser("bea") as bea, site.browser("ana") as ana:
        assert (await bea.post(f"{handover}/do/review")).status == 400
        opened = await bea.post(f"{handover}/do/review", {"reason": "my_caseload"})
        assert opened.headers["Location"] == f"{handover}/notice"
        assert f"{CANARY}-family" in await (await bea.get(f"{handover}/notice")).text()
        asked = await (await ana.get(f"{handover}/notice")).text()
        assert "Why do you open this notice?" in asked
        assert CANARY not in asked
        assert (await ana.post(f"{handover}/notice")).status == 400
        given = await (await ana.post(f"{handover}/notice", {"reason": "cover"})).text()
        assert f"{CANARY}-family" in given
        refused = await bea.post(f"{handover}/do/refuse", {"pin": PIN, "reason": "other"})
        assert "Choose the ground of the refusal." in await refused.text()
        accepted = await bea.post(f"{handover}/do/accept", {"pin": PIN})
        assert accepted.status == 303, await accepted.text()
        assert "Accepted" in await (await bea.get(handover)).text()


async def test_a_supervisor_names_another_owner_when_one_is_away(site, tmp_path):
    handover = f"/handovers/{arrive(site, tmp_path)}"
    await certify(site, "duty")
    async with site.browser("duty") as duty:
        await duty.post(f"{handover}/do/acknowledge", {"pin": PIN, "owner": "bea"})
        assert (await duty.get(f"{handover}/owner")).status == 403
    async with site.browser("head") as head, site.browser("ana") as ana:
        assert (await ana.get(f"{handover}/do/review")).status == 404
        assert (await head.get(f"{handover}/owner")).status == 200
        assert (await head.post(f"{handover}/owner", {"owner": "ana"})).status == 400
        assert (
            await head.post(f"{handover}/owner", {"owner": "duty", "reason": "cover"})
        ).status == 400
        named = await head.post(f"{handover}/owner", {"owner": "ana", "reason": "cover"})
        assert named.status == 303, await named.text()
        assert "Another owner" in await (await head.get(handover)).text()
        opened = await ana.post(f"{handover}/do/review", {"reason": "my_caseload"})
        assert opened.status == 303


async def test_the_api_opens_for_the_owner_and_asks_others_for_a_reason(site, tmp_path):
    path = f"/handovers/{arrive(site, tmp_path)}"
    await certify(site, "duty")
    async with site.program("duty") as duty, site.program("bea") as bea:
        seen = await call(duty, "POST", f"{path}/acknowledge", json={"pin": PIN, "owner": "bea"})
        assert "body" not in seen
        assert "body" not in await call(bea, "GET", path)
        opened = await call(bea, "POST", f"{path}/review", json={"reason": "my_caseload"})
        assert opened["body"]["subj"]["identity"]["family"] == f"{CANARY}-family"
    async with site.program("ana") as ana:
        assert "body" not in await call(ana, "GET", path)
        await call(ana, "POST", f"{path}/open", 400, json={})
        told = await call(ana, "POST", f"{path}/open", json={"reason": "covers for bea"})
        assert told["body"]["subj"]["category"] == "convicted"


async def test_what_partners_and_staff_write_is_never_markup(site):
    async with site.browser("ana") as ana:
        poison = '"><script>alert(1)</script>'
        saved = await ana.post("/handovers", {**form_fields(), "plan.goals": poison})
        edit = saved.headers["Location"].split("?")[0]
        for path in (edit, edit.replace("/edit", "/notice"), edit.removesuffix("/edit")):
            answer = await ana.get(path)
            assert answer.status == 200
            assert "<script>alert" not in await answer.text()


async def test_a_knowledge_node_has_no_handover_pages(tmp_path):
    async with open_site(tmp_path, org="it-university", profile="knowledge") as site:
        site.add("ana", Role.CONTRIBUTOR)
        async with site.browser("ana") as ana:
            assert (await ana.get("/handovers")).status == 404
