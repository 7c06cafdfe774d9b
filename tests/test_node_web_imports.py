"""Does what somebody brings in become drafts, once, after they have seen what would be made?"""

import io
import json

import pytest
from aiohttp import FormData

from integra_node.actions import import_steps
from integra_node.federation.harvesting import Harvester
from integra_node.importer import Importer
from integra_node.rules.permissions import Role
from integra_node.rules.practice_export import csv_rows
from integra_node.rules.practice_flat import to_row
from integra_node.store import audit, drafts, imports
from integra_node.store.audit import AuditFilter
from members import join
from practice_bodies import body_of, word_of
from staff_site import open_site

NAMES = ("source_id", "language", "title", "summary", "description", "settings", "stages",
         "target_groups", "professions", "evidence.level", "evidence.limits", "failures")  # fmt: skip
HEADER = ("Id", "lang", "Título", "Summary", "Description", "Setting", "Stage", "Doelgroep",
          "Profession", "Evidence", "evidence.limits", "Lessons learned")  # fmt: skip
ROWS = 25


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as opened:
        join(opened.database, opened.context.us)
        opened.add("ana", Role.CONTRIBUTOR)
        opened.add("rui", Role.CONTRIBUTOR)
        opened.add("leo", Role.READER)
        yield opened


def table(count=ROWS, **changed):
    """Return a CSV table of practices; ``changed`` replaces cells of the first row."""
    rows = [HEADER]
    for number in range(count):
        row = to_row(body_of(number) | {"source_id": f"list-{number}"})
        if number == 0:
            row |= changed
        rows.append([row[name] for name in NAMES])
    return csv_rows(rows).encode()


def importer_of(site):
    context = site.context
    return Importer(context.us, site.database, site.clock, harvester=Harvester([]))


async def send(browser, data, name="list.csv", **fields):
    """Upload a file; return the answer."""
    form = FormData()
    form.add_field("csrf", await browser.token())
    for field, value in ({"hand_in": "1", "language": "en"} | fields).items():
        form.add_field(field, value)
    form.add_field("file", io.BytesIO(data), filename=name)
    return await browser.session.post("/imports", data=form, allow_redirects=False)


async def settle(site):
    """Do what the importing task does until there is nothing to do."""
    importer = importer_of(site)
    working = True
    while working:
        working = await importer.step()


async def bring_in(site, browser, data, name="list.csv", **fields):
    """Upload, choose the guessed columns and start; return the address of the import."""
    answer = await send(browser, data, name, **fields)
    assert answer.status == 303, await answer.text()
    place = answer.headers["Location"]
    await settle(site)
    job = job_of(site, place)
    if job.status == "mapping":
        chosen = {f"column-{n}-field": field for n, field in enumerate(job.columns)}
        about = {"hand_in": "1", "language": "en"} | fields
        answer = await browser.post(f"{place}/columns", chosen | about)
        assert answer.status == 303, await answer.text()
        await settle(site)
    return place


async def start(site, browser, place):
    assert (await browser.post(f"{place}/start")).status == 303
    await settle(site)
    return site.database.read_now(lambda tx: imports.counts(tx, place.rpartition("/")[2]))


def job_of(site, place):
    return site.database.read_now(lambda tx: imports.find_job(tx, place.rpartition("/")[2]))


def rows_held(site):
    return site.database.read_now(lambda tx: drafts.newest(tx, "practice", limit=200))


async def test_a_table_is_guessed_checked_shown_and_taken_in_and_a_second_time_makes_nothing(site):
    async with site.browser("ana") as ana:
        place = await bring_in(site, ana, table())
        shown = await (await ana.get(f"{place}?all=1")).text()
        assert word_of(3) in shown
        assert "Which column is which?" in await (await ana.get(f"{place}?columns=1")).text()
        assert rows_held(site) == ()  # nothing happens before one agrees
        assert await start(site, ana, place) == {"new": ROWS}
        held = rows_held(site)
        assert {row.status for row in held} == {"submitted"}
        assert {row.author_id for row in held} == {site.ids["ana"]}
        left = site.database.read_now(
            lambda tx: imports.rows_after(tx, place.rpartition("/")[2], 0, 50)
        )
        assert {len(row.data) for row in left} == {0}  # the report stays, the texts are gone
        again = await bring_in(site, ana, table())
        assert "start" not in await (await ana.get(again)).text()
        assert site.database.read_now(lambda tx: imports.counts(tx, again.rpartition("/")[2])) == {
            "unchanged": ROWS
        }
    rows = site.database.read_now(
        lambda tx: audit.page(tx, AuditFilter(op="collect"), before=None, limit=200)
    )
    assert sum(row.object.startswith("practice:") for row in rows) == ROWS


async def test_what_changed_at_its_source_changes_the_draft_but_never_what_a_person_wrote(site):
    async with site.browser("ana") as ana, site.browser("rui") as rui:
        await start(site, ana, await bring_in(site, ana, table(2), hand_in="0"))
        first = await bring_in(site, ana, table(2, title="Another title"), hand_in="0")
        assert await start(site, ana, first) == {"changed": 1, "unchanged": 1}
        row = next(one for one in rows_held(site) if one.title == "Another title")
        assert (row.status, row.version) == ("draft", 1)
        theirs = await bring_in(site, rui, table(2, title="A third title"), hand_in="0")
        assert "A colleague is writing" in await (await rui.get(theirs)).text()
        async with site.program("ana") as program:
            answer = await program.put(
                f"/api/v1/practices/{row.id}",
                json=body_of(0) | {"title": {"en": "By hand"}, "language": "en"},
                headers={"If-Match": f'"{row.etag}"'},
            )
            assert answer.status == 200, await answer.text()
        mine = await bring_in(site, ana, table(2, title="A fourth title"), hand_in="0")
        assert "changed by hand" in await (await ana.get(mine)).text()


async def test_what_is_published_gets_a_next_version_only_when_it_changed(site):
    async with site.browser("ana") as ana, site.browser("rui") as rui:
        await start(site, ana, await bring_in(site, ana, table(1)))
        row = rows_held(site)[0]
        assert (
            await rui.post(f"/practices/{row.id}/publish", {"etag": str(row.etag)})
        ).status == 303
        same = await bring_in(site, rui, table(1))
        assert site.database.read_now(lambda tx: imports.counts(tx, same.rpartition("/")[2])) == {
            "unchanged": 1
        }
        await start(site, rui, await bring_in(site, rui, table(1, title="Next title")))
        after = rows_held(site)[0]
        assert (after.id, after.version, after.status) == (row.id, 2, "submitted")
        assert after.author_id == site.ids["rui"]


async def test_each_wrong_row_says_what_is_wrong_in_the_readers_language(site):
    async with site.browser("ana") as ana:
        data = table(3, settings="prisn", title="")
        data += b"list-1,en,Twice\r\n"
        place = await bring_in(site, ana, data, hand_in="0")
        text = await (await ana.get(place)).text()
        assert "Near to it: prison" in text
        assert "Enter this." in text or "Write this in the language" in text
        assert '<q dir="auto">prisn</q>' in text
        assert "Row 3 has the same source id" in text
        await ana.post("/language", {"language": "fr", "next": "/imports"})
        assert "Proche : prison" in await (await ana.get(place)).text()
        assert await start(site, ana, place) == {"new": 2, "wrong": 2}


@pytest.mark.parametrize(
    "data,name,said",
    [
        (b'a,b\n"open,1\n' * 3, "x.csv", "quotation mark"),
        ("τ;ύ\nα;β\n".encode("cp1253"), "x.csv", "encoding utf-8"),
        (b"PK\x03\x04", "x.xlsx", "no XLSX workbook"),
        (b'{"a": ', "x.json", "is not JSON"),
        (b"", "x.csv", "nothing in this file"),
    ],
)
async def test_a_hostile_file_ends_in_a_report_and_makes_nothing(site, data, name, said):
    async with site.browser("ana") as ana:
        answer = await send(ana, data, name, encoding="utf-8")
        place = answer.headers["Location"]
        await settle(site)
        text = await (await ana.get(place)).text()
        assert said in text
        assert "Nothing was taken in" in text
    assert rows_held(site) == ()


async def test_a_file_of_an_unknown_kind_or_over_the_bound_is_refused_at_once(site):
    async with site.browser("ana") as ana:
        answer = await send(ana, b"x", "x.exe")
        assert answer.status == 400
        assert 'href="#file"' in await answer.text()
        answer = await send(ana, b"x" * (33 * 2**20), "x.csv")
        assert answer.status == 413
    assert site.database.read_now(lambda tx: imports.jobs_of(tx, site.ids["ana"])) == ()


async def test_nobody_uploads_without_the_role_the_token_or_a_session(site):
    async with site.browser("leo") as leo, site.browser("ana") as ana, site.browser() as nobody:
        assert (await send(leo, b"x")).status == 403
        form = FormData()
        form.add_field("csrf", "wrong")
        form.add_field("file", b"x", filename="x.csv")
        answer = await ana.session.post("/imports", data=form, allow_redirects=False)
        assert answer.status == 403
        answer = await send(nobody, b"x")
        assert answer.status == 401
        assert 'name="kept" value=""' in await answer.text() or "kept" not in await answer.text()
        headers = {"Content-Type": "multipart/form-data; boundary=a"}
        for body in (b"", b"--a\r\n\r\n", b"--a\r\nContent-Disposition: form-data; name=x\r\n\r\n"):
            answer = await ana.session.post("/imports", data=body, headers=headers)
            assert answer.status in {400, 403}
        answer = await ana.session.post("/imports", data={"csrf": await ana.token()})
        assert answer.status == 415


async def test_an_import_is_seen_by_who_began_it_only(site):
    async with site.browser("ana") as ana, site.browser("rui") as rui:
        place = await bring_in(site, ana, table(1))
        for answer in (await rui.get(place), await rui.post(f"{place}/start")):
            assert answer.status == 404


async def test_killed_between_two_steps_it_goes_on_where_it_was_and_makes_nothing_twice(site):
    async with site.browser("ana") as ana:
        place = await bring_in(site, ana, table(), hand_in="0")
        await ana.post(f"{place}/start")
    small = import_steps.BATCH
    job = job_of(site, place)
    rows = site.database.read_now(
        lambda tx: imports.rows_after(tx, job.id, 0, 7, outcomes=import_steps.GOOD)
    )
    checked = import_steps.check(job, rows)
    for _ in range(2):  # the second is a step of somebody who was thought dead
        site.database.write_now(
            lambda tx: import_steps.take_in(
                tx, site.context.us, "casework", job, checked, now=site.clock()
            )
        )
    assert len(rows_held(site)) == 7 < small
    assert job_of(site, place).status == "running"
    await settle(site)
    assert len(rows_held(site)) == ROWS
    assert job_of(site, place).status == "done"


async def test_who_may_no_longer_import_makes_nothing(site):
    async with site.browser("ana") as ana:
        place = await bring_in(site, ana, table(2))
        await ana.post(f"{place}/start")
    from integra_node.store import accounts

    site.database.write_now(lambda tx: accounts.set_roles(tx, site.ids["ana"], ["reader"]))
    await settle(site)
    assert job_of(site, place).failure["reason"] == "not_allowed"
    assert rows_held(site) == ()


async def test_json_lines_of_an_export_come_in_without_a_question(site):
    lines = [body_of(n) | {"source_id": f"j-{n}", "owner_hint": "x"} for n in range(5)]
    data = "".join(json.dumps(one) + "\n" for one in lines).encode()
    async with site.browser("ana") as ana:
        place = await bring_in(site, ana, data, "export.jsonl")
        assert job_of(site, place).status == "checked"
        assert await start(site, ana, place) == {"new": 5}


async def test_the_columns_are_remembered_and_a_working_import_shows_its_progress(site):
    async with site.browser("ana") as ana:
        answer = await send(ana, table(2))
        place = answer.headers["Location"]
        waiting = await ana.get(place)
        assert waiting.headers["Refresh"] == "3"
        assert "<progress" in await waiting.text()
        await settle(site)
        columns = list(job_of(site, place).columns)
        assert columns == list(NAMES)
        columns[3] = ""
        chosen = {f"column-{n}-field": field for n, field in enumerate(columns)}
        assert (await ana.post(f"{place}/columns", chosen | {"hand_in": "0"})).status == 303
        second = (await send(ana, table(2))).headers["Location"]
        await settle(site)
        assert list(job_of(site, second).columns) == columns
        twice = chosen | {"column-3-field": "title"}
        answer = await ana.post(f"{second}/columns", twice)
        assert answer.status == 400
        assert 'href="#column-3-field"' in await answer.text()


async def test_old_imports_are_forgotten(site):
    async with site.browser("ana") as ana:
        place = await bring_in(site, ana, table(1))
    now = site.clock() + import_steps.KEPT_S + 1
    assert site.database.write_now(lambda tx: import_steps.forget_old(tx, now=now)) == 1
    assert job_of(site, place) is None
