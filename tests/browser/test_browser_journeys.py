"""A practice and a handover from end to end, by keyboard only and without JavaScript; the work is counted."""

from datetime import UTC, date, datetime, timedelta

import pytest

from browser.people import at_work
from browser.world import FR, PIN, PT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]
MOST_LOADS = 15
MOST_FIELDS = 40
SEND = "main form button"


async def enter_day(typist, name, day):
    """Type the three parts of a date."""
    for part, text in (("day", day.day), ("month", day.month), ("year", day.year)):
        await typist.type(f"[name='{name}-{part}']", str(text))


async def test_a_practice_is_found_read_written_and_published_by_keyboard(desk):
    async with at_work(desk, PT, "writer") as writer:
        await writer.follow("a[href='/search']")
        await writer.type("#q", "mentores de bairro")
        async with writer.page.expect_event("load"):
            await writer.press("Enter")
        await writer.follow(".results h2 a")
        assert "Mentores" in await writer.heading()
        await writer.follow("a[href='/practices']")
        await writer.follow("a[href='/practices/new']")
        await writer.type("#title", "Letters before release")
        await writer.follow(SEND)
        await writer.type("#summary", "A volunteer writes with a prisoner for six months.")
        await writer.type("#description", "They write every two weeks; the prison passes it on.")
        await writer.tick("settings", "prison")
        await writer.tick("stages", "reintegration")
        await writer.tick("target_groups", "prisoners")
        await writer.tick("professions", "volunteer")
        await writer.pick("evidence.level", "1")
        await writer.follow("button[value='submit']")
        assert await writer.heading() == "Letters before release"
        assert writer.loads <= MOST_LOADS
    async with at_work(desk, PT, "editor") as editor:
        await editor.follow("a[href='/practices']")
        place = await editor.page.get_attribute("a:text-is('Letters before release')", "href")
        await editor.follow(f"a[href='{place}']")
        await editor.follow("form[action$='/publish'] button")
        assert "Published" in await editor.page.text_content("main")
        assert editor.loads <= MOST_LOADS


async def test_a_handover_goes_from_the_first_field_to_its_acceptance_by_keyboard(desk):
    place = ""
    async with at_work(desk, PT, "officer") as officer:
        await officer.follow("a[href='/handovers']")
        await officer.follow("a[href='/handovers/new']")
        await write_case(officer)
        await officer.follow("button[value='preview']")
        await officer.follow("a[href$='/do/submit']")
        await officer.follow(SEND)
        place = officer.page.url.partition("?")[0].rpartition("/")[2]
        assert officer.loads <= MOST_LOADS
        assert officer.fields <= MOST_FIELDS
    async with at_work(desk, PT, "supervisor") as supervisor:
        await supervisor.follow(f"a[href='/handovers/{place}']")
        await supervisor.follow("a[href$='/notice']")
        await supervisor.follow("a[href$='/do/approve']")
        await supervisor.follow(SEND)
        assert supervisor.loads <= MOST_LOADS
    async with at_work(desk, PT, "officer") as officer:
        await officer.follow(f"a[href='/handovers/{place}']")
        await officer.follow("a[href$='/do/send']")
        await officer.type("#pin", PIN)
        async with officer.page.expect_event("load"):
            await officer.press("Enter")
        assert officer.loads <= MOST_LOADS
    there = await arrival(desk, place)
    async with at_work(desk, FR, "duty") as duty:
        await duty.follow(f"a[href='/handovers/{there}']")
        await duty.follow("a[href$='/do/acknowledge']")
        await duty.choose("#owner", "officer")
        await duty.type("#pin", PIN)
        async with duty.page.expect_event("load"):
            await duty.press("Enter")
        assert duty.loads <= MOST_LOADS
    async with at_work(desk, FR, "officer") as owner:
        await owner.follow(f"a[href='/handovers/{there}']")
        await owner.follow("a[href$='/do/review']")
        await owner.pick("reason", "my_caseload")
        await owner.follow(SEND)
        assert "Family name" in await owner.page.text_content("main")
        await owner.follow("a[href$='/do/accept']")
        await owner.type("#pin", PIN)
        async with owner.page.expect_event("load"):
            await owner.press("Enter")
        assert "Accepted" in await owner.page.text_content("main")
        assert owner.loads <= MOST_LOADS


async def write_case(typist):
    """Fill the form with a case as a case officer has it before them."""
    release = datetime.now(UTC).date() + timedelta(days=43)
    await typist.type("[name=case_reference]", "CASE-keyboard")
    await typist.choose("[name='env.kind']", "release_to_supervision")
    await typist.choose("[name='env.recipient.org']", FR)
    await typist.type("[name='env.recipient.unit']", "Toulouse")
    await typist.pick("env.legal_basis-0-code", "FD947")
    await typist.type("[name='env.legal_basis-0-national_law_ref']", "Lei 158/2015")
    await typist.tick("env.purposes", "EXEC")
    await typist.tick("env.purposes", "RESET")
    await typist.pick("env.regime_recipient", "LED")
    await typist.tick("env.consent_grant.not_basis", "1")
    await typist.type("[name='env.consent_grant.reason']", "The law obliges both.")
    await typist.choose("[name='env.official_procedure.instrument']", "FD947")
    await typist.type("[name='env.official_procedure.certificate_ref']", "TEP-2026-115")
    await typist.choose("[name='subj.category']", "convicted")
    await typist.type("[name='subj.identity.family']", "R.")
    await typist.type("[name='subj.identity.given']", "fictional")
    await typist.type("[name='subj.identity.birth_date']", "1995-06-14")
    await typist.type("[name='subj.contact.address']", "with a sister, Toulouse")
    await typist.choose("[name='sent.type']", "conditional")
    await enter_day(typist, "sent.release_on", release)
    await typist.choose("[name='sent.release_type']", "conditional")
    await enter_day(typist, "sent.end_on", date(release.year + 1, release.month, 1))
    await typist.choose("[name='meas-0-code']", "e")
    await typist.type("[name='meas-0-text']", "reports weekly")
    await typist.type("[name='plan.goals']", "stable housing, work")
    await enter_day(typist, "plan.next_appointment.start", release + timedelta(days=1))
    await typist.type("[name='plan.next_appointment.start.time']", "10:00")
    await typist.type("[name='plan.next_appointment.with_role']", "probation officer")
    await typist.type("[name='plan.crisis_contact']", "duty telephone of the unit")
    await typist.choose("[name='needs-0-domain']", "housing")
    await typist.choose("[name='needs-0-level']", "some")
    await typist.type("[name='needs-0-response']", "room at the sister's")
    await typist.choose("[name='needs-0-basis']", "fact")
    await typist.type("[name='protective-0-text']", "regular contact with the sister")
    await typist.choose("[name='protective-0-basis']", "fact")
    await typist.choose("[name='practical.housing.status']", "temporary")
    await typist.type("[name='voice.text']", "I want to work and see my sister.")


async def arrival(desk, sent_id):
    """Wait until the notice is at the other node; return its id there."""
    async with desk.world.program(PT, "officer") as officer:
        ref = (await officer.get(f"/handovers/{sent_id}"))["ref"]
    found = []
    async with desk.world.program(FR, "duty") as duty:

        async def arrived():
            items = (await duty.get("/handovers?box=in"))["items"]
            found[:] = [item["id"] for item in items if item["ref"] == ref]
            return bool(found)

        await desk.world.until(arrived)
    return found[0]
