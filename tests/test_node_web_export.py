"""Does somebody get the whole library that they may read, and nothing else?"""

import csv
import io
import json

import pytest

from integra_node.actions import practice_imports
from integra_node.rules.permissions import Role
from integra_node.rules.practice_export import COLUMNS, defused, undefused
from integra_node.rules.practice_flat import from_row
from integra_node.store import audit, publications
from integra_node.store.audit import AuditFilter
from members import join
from practice_bodies import body_of, word_of
from staff_site import NOW, open_site

COUNT = 130  # more than one block


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as opened:
        join(opened.database, opened.context.us)
        opened.add("ana", Role.READER)
        items = [(f"s-{n}", body_of(n)) for n in range(COUNT)]
        items[0][1]["summary"] = {items[0][1]["language"]: "=1+1 is not computed"}
        opened.database.write_now(
            lambda tx: practice_imports.import_practices(
                tx, opened.context.us, items, actor="operator", now=NOW
            )
        )
        yield opened


async def test_everything_comes_once_as_json_lines_and_the_audit_log_knows(site):
    async with site.browser("ana") as ana:
        answer = await ana.post("/export", {"format": "jsonl"})
        assert "attachment" in answer.headers["Content-Disposition"]
        found = [json.loads(line) for line in (await answer.text()).splitlines()]
    assert len({one["source_id"] for one in found}) == len(found) == COUNT
    assert found[0]["published"]["ref"].startswith("pt-prison~1~")
    rows = site.database.read_now(
        lambda tx: audit.page(tx, AuditFilter(op="print_export"), before=None, limit=9)
    )
    assert [(row.actor, row.object) for row in rows] == [(site.ids["ana"], "library")]


async def test_no_cell_of_the_table_is_a_formula_and_every_row_can_be_read_again(site):
    async with site.program("ana") as program:
        answer = await program.post("/api/v1/library/export", json={"format": "csv"})
        text = (await answer.read()).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), strict=True))
    assert len(rows) == COUNT
    assert rows[0]["summary"] == "'=1+1 is not computed"
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    kept = {name: cell for name, cell in rows[5].items() if name not in COLUMNS[-4:]}
    body, problems = from_row(kept, "en")
    assert problems == ()
    assert body["title"] == body_of(5)["title"]
    assert sorted(body["settings"]) == sorted(body_of(5)["settings"])


async def test_the_printable_page_has_every_practice(site):
    async with site.browser("ana") as ana:
        text = await (await ana.post("/export", {"format": "html"})).text()
    assert text.count('<article class="printed">') == COUNT
    assert text.rstrip().endswith("</html>")
    assert word_of(7) in text


async def test_a_form_without_a_format_comes_back_with_an_error(site):
    async with site.browser("ana") as ana:
        answer = await ana.post("/export", {"format": "exe"})
        assert answer.status == 400
        assert 'href="#format"' in await answer.text()


async def test_what_no_reader_may_read_is_in_no_export(site):
    table = publications.publication
    red = table.update().where(table.c.idx == 3).values(tlp="RED")
    site.database.write_now(lambda tx: tx.execute(red))
    async with site.browser("ana") as ana:
        text = await (await ana.post("/export", {"format": "jsonl"})).text()
    assert len(text.splitlines()) == COUNT - 1


def test_what_was_made_harmless_comes_back_as_it_was():
    for cell in ("=1", "+1", "-1", "@x", "\tx", "'=1", "x", "", "'tis", "''=2"):
        assert undefused(defused(cell)) == cell or cell in {"'=1", "''=2"}
