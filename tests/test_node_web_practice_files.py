"""Files through the front door: uploaded, refused with a reason, saved by readers and never opened."""

import hashlib
import json
from pathlib import Path

import pytest
from aiohttp import FormData

from integra_node.rules.permissions import Role
from members import join
from staff_site import open_site

BODY = json.loads((Path(__file__).parent / "data" / "bodies" / "practice.json").read_text("utf-8"))
PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\n%%EOF"
DIGEST = hashlib.sha256(PDF).hexdigest()


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as opened:
        join(opened.database, opened.context.us)
        for name in ("ana", "rui"):
            opened.add(name, Role.CONTRIBUTOR)
        opened.add("leo", Role.READER)
        yield opened


async def draft(program):
    return (await (await program.post("/api/v1/practices", json=BODY)).json())["id"]


async def send(browser, place, etag, name, data):
    form = FormData()
    form.add_field("csrf", await browser.token(f"{place}/files"))
    form.add_field("etag", etag)
    form.add_field("file", data, filename=name, content_type="text/html")
    return await browser.session.post(f"{place}/files", data=form, allow_redirects=False)


async def test_a_file_is_uploaded_on_the_page_and_refused_with_a_reason(site):
    async with site.program("ana") as program, site.browser("ana") as ana:
        place = f"/practices/{await draft(program)}"
        refused = await send(ana, place, "1", "a.pdf", PDF.replace(b">>", b" /OpenAction 1>>"))
        text = await refused.text()
        assert refused.status == 400
        assert "(OpenAction)" in text
        assert 'id="file-error"' in text
        added = await send(ana, place, "1", "Plano.pdf", PDF)
        assert added.status == 303, await added.text()
        page = await (await ana.get(f"{place}/files")).text()
        assert "Plano.pdf" in page
        gone = await ana.post(f"{place}/files/{DIGEST}/remove", {"etag": "2"})
        assert gone.headers["Location"] == f"{place}/files?done=removed"


async def test_a_reader_saves_what_was_published_and_no_browser_opens_it(site):
    async with site.program("ana") as ana, site.program("rui") as rui, site.browser("leo") as leo:
        id_ = await draft(ana)
        place = f"/api/v1/practices/{id_}"
        octets = {"Content-Type": "application/octet-stream"}
        answer = await ana.post(
            f"{place}/files", params={"name": "Plano de sessões.pdf"}, data=PDF, headers=octets
        )
        assert answer.status == 201, await answer.text()
        assert [one["digest"] for one in (await answer.json())["items"]] == [DIGEST]
        refused = await ana.post(f"{place}/files", params={"name": "a.exe"}, data=b"MZ\x90\x00",
                                 headers=octets)  # fmt: skip
        assert [one["code"] for one in (await refused.json())["errors"]] == ["file_kind"]
        assert (await leo.get(f"/practices/{id_}/files/{DIGEST}")).status == 404
        await ana.post(f"{place}/submit")
        ref = (await (await rui.post(f"{place}/publish")).json())["ref"]
        assert (
            f"/practices/{ref}/files/{DIGEST}" in await (await leo.get(f"/practices/{ref}")).text()
        )
        listed = await (await rui.get(f"/api/v1/practices/{ref}/files")).json()
        assert [(one["name"], one["state"]) for one in listed["items"]] == [
            ("Plano de sessões.pdf", "here")
        ]
        for saved in (
            await leo.get(f"/practices/{ref}/files/{DIGEST}"),
            await rui.get(f"/api/v1/practices/{ref}/files/{DIGEST}"),
        ):
            assert await saved.read() == PDF
            assert saved.headers["X-Content-Type-Options"] == "nosniff"
            assert saved.headers["Content-Disposition"].startswith("attachment; ")
            assert "sess%C3%B5es.pdf" in saved.headers["Content-Disposition"]
        assert (await leo.get(f"/practices/{ref}/files/{'0' * 64}")).status == 404
