"""A list of results leaves: what one may see, no formulas, bounded, and with a line in the audit."""

import copy
import csv
import io
import json

import pytest

from integra_node.rules import result_list
from integra_node.rules.permissions import Role
from integra_node.rules.result_list import ResultRow, csv_text, json_text
from integra_node.store import audit
from integra_node.store.audit import AuditFilter
from members import join
from staff_site import open_site
from test_node_web_practices import BODY, page_of, published

FORMULA = '=HYPERLINK("http://evil.example","x")'


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as opened:
        join(opened.database, opened.context.us)
        for name in ("ana", "rui"):
            opened.add(name, Role.CONTRIBUTOR)
        opened.add("leo", Role.READER)
        opened.add("root", Role.ADMIN)
        yield opened


def another(title):
    return {**copy.deepcopy(BODY), "title": {"pt": title}}


async def take(browser, form, question="q=oficina"):
    answer = await browser.post("/search/export", {"question": question, "format": form})
    assert answer.status == 200, await answer.text()
    return answer


async def test_results_leave_as_table_as_json_and_on_paper(site):
    await published(site)
    done = await published(site, another(FORMULA + " oficina"))
    gone = await published(site, another("Oficina retirada"))
    async with site.program("ana") as ana:
        path = f"/api/v1/practices/{gone['id']}/withdraw"
        assert (await ana.post(path, json={"reason": "Errada"})).status == 200
    async with site.browser("leo") as leo:
        answer = await take(leo, "csv")
        assert "attachment" in answer.headers["Content-Disposition"]
        text = (await answer.read()).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        mine = next(row for row in rows if row["ref"] == done["ref"])
        assert mine["title"] == "'" + FORMULA + " oficina"
        assert not [row for row in rows for cell in row.values() if cell.startswith("=")]
        # The index still holds what was withdrawn a moment ago: the store decides.
        assert gone["ref"] not in text
        found = json.loads(await (await take(leo, "json")).text())["items"]
        assert [one["ref"] for one in found] == [row["ref"] for row in rows]
        assert found[0]["summary"]
        paper = await (await take(leo, "html")).text()
        assert done["ref"] in paper
        assert "=HYPERLINK(&#34;" in paper
        page = await page_of(leo, "/search?q=oficina")
        assert "/search/export?q=oficina" in page


async def test_who_took_results_is_written_down_and_what_for_is_not(site):
    await published(site)
    async with site.browser("leo") as leo:
        await take(leo, "json", "q=Zacarias")
    rows = site.database.read_now(
        lambda tx: audit.walk(tx, AuditFilter(op="print_export"), after=0)
    )
    assert [json.loads(row.details) for row in rows] == [{"format": "json", "what": "results"}]
    assert rows[0].actor == site.ids["leo"]


async def test_without_a_form_or_the_right_nothing_leaves(site):
    async with site.browser("leo") as leo, site.browser("root") as root:
        for form in ("", "exe"):
            answer = await leo.post("/search/export", {"question": "q=x", "format": form})
            assert answer.status == 400
        long = await leo.post("/search/export", {"question": "q=" + "x" * 70_000, "format": "csv"})
        assert long.status == 400
        answer = await root.post("/search/export", {"question": "q=x", "format": "csv"})
        assert answer.status == 403


async def test_a_list_ends_at_its_bound(site, monkeypatch):
    monkeypatch.setattr("integra_node.actions.result_export.MAX_ROWS", 2)
    for number in range(3):
        await published(site, another(f"Oficina {number}"))
    async with site.browser("leo") as leo:
        found = json.loads(await (await take(leo, "json", "q=oficina&page=9")).text())["items"]
        assert len(found) == 2


def test_what_is_not_known_is_empty_in_a_table_and_absent_in_json():
    row = ResultRow(
        ref="a~1~0",
        kind="alert",
        title="-2",
        summary="",
        language="en",
        org="a",
        country=("PT", "FR"),
        evidence=None,
        tlp="GREEN",
        published_at=0,
    )
    assert (
        csv_text([row]).splitlines()[1] == "a~1~0,alert,'-2,,en,a,PT FR,,GREEN,1970-01-01T00:00:00Z"
    )
    item = json.loads(json_text([row]))["items"][0]
    assert set(item) == set(result_list.COLUMNS) - {"summary", "evidence"}
