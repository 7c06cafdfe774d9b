"""Reading, checking and exporting the audit log."""

import csv
import hashlib
import io
import json

import pytest

from integra_node.rules.permissions import Role
from integra_node.store import audit
from staff_site import NOW, open_site


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as site:
        site.add("dana", Role.DPO)
        for n in range(120):
            site.database.write_now(
                lambda tx, n=n: audit.record(
                    tx,
                    now=NOW + n * 3_600,
                    actor="u1" if n % 2 else "=cmd()",
                    op="consult" if n % 3 else "disclose",
                    object=f"handover:{n}",
                    subject="s-7",
                    details={"fields": ["é", n]},
                    justification="<b>duty</b>",
                )
            )
        yield site


async def test_the_log_is_read_page_by_page_without_losing_a_row(site):
    async with site.program("dana") as dana:
        seen, before = [], ""
        while before is not None:
            query = {"limit": "50", "subject": "s-7", **({"before": before} if before else {})}
            answer = await (await dana.get("/api/v1/audit", params=query)).json()
            seen += [item["object"] for item in answer["items"]]
            before = str(answer["next"]) if "next" in answer else None
        assert seen == [f"handover:{n}" for n in reversed(range(120))]


async def test_filters_narrow_by_operation_actor_object_and_day(site):
    async with site.program("dana") as dana:
        for query, count in (
            ({"op": "disclose"}, 40),
            ({"actor": "u1", "limit": "200"}, 60),
            ({"object": "handover:5"}, 1),
            ({"since": str(NOW), "until": str(NOW + 7_200), "subject": "s-7"}, 2),
        ):
            answer = await (await dana.get("/api/v1/audit", params=query)).json()
            assert len(answer["items"]) == count, query


async def test_the_page_shows_rows_escaped_and_leads_to_older_ones(site):
    async with site.browser("dana") as dana:
        text = await (await dana.get("/audit?op=consult&subject=s-7")).text()
        assert "&lt;b&gt;duty" in text
        assert "<b>duty" not in text
        assert 'href="/audit?op=consult&amp;subject=s-7&amp;before=' in text
        bad = await dana.get("/audit?since-day=40&since-month=1&since-year=2027")
        assert bad.status == 400
        assert "Enter a real date." in await bad.text()


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "nothing=1", "since=-1", "limit=9&limit=8"]
)
async def test_wrong_parameters_are_named(site, query):
    async with site.program("dana") as dana:
        answer = await dana.get(f"/api/v1/audit?{query}")
        body = await answer.json()
        assert (answer.status, body["code"]) == (400, "invalid_fields")
        assert body["errors"][0]["path"] == query.partition("=")[0]
        assert set(body["errors"][0]) == {"path", "code", "params", "text"}


async def test_an_export_can_be_verified_by_anybody_and_is_itself_logged(site):
    async with site.browser("dana") as dana:
        answer = await dana.post("/audit/export", {"format": "jsonl"})
        lines = (await answer.text()).splitlines()
        assert answer.headers["Content-Disposition"].startswith("attachment")
        previous = "00" * 32
        for line in lines:
            row = json.loads(line)
            claimed, before = row.pop("hash"), row.pop("previous")
            text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            assert before == previous
            previous = hashlib.sha256(bytes.fromhex(before) + text.encode()).hexdigest()
            assert claimed == previous
        assert json.loads(lines[-1])["op"] == "print_export"


async def test_a_spreadsheet_runs_nothing_of_an_export(site):
    async with site.browser("dana") as dana:
        answer = await dana.post("/audit/export", {"format": "csv", "op": "disclose"})
        rows = list(csv.DictReader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
        assert len(rows) == 40
        assert {row["actor"] for row in rows} == {"'=cmd()", "u1"}


async def test_the_check_names_the_first_row_that_was_changed(site):
    async with site.browser("dana") as dana:
        assert "The chain is whole" in await (await dana.get("/audit/verify")).text()
        site.database.write_now(
            lambda tx: tx.exec_driver_sql("UPDATE audit SET actor = 'u2' WHERE seq = 60")
        )
        assert "Row 60 does not fit" in await (await dana.get("/audit/verify")).text()


async def test_a_shortened_log_is_noticed(site):
    site.database.write_now(lambda tx: tx.exec_driver_sql("DELETE FROM audit WHERE seq > 100"))
    verdict = site.database.read_now(audit.verify)
    assert (verdict.intact, verdict.broken_at) == (False, 101)
