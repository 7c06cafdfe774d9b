"""Practices through the front door: API and pages on a real socket."""

import json
from pathlib import Path

import pytest

from integra_node.actions.indexing import documents_after
from integra_node.rules.permissions import Role
from members import join
from staff_site import open_site

BODY = json.loads((Path(__file__).parent / "data" / "bodies" / "practice.json").read_text("utf-8"))
POISON = "<script>alert(1)</script>\u202e\"'&{{7*7}}"


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as opened:
        join(opened.database, opened.context.us)
        for name in ("ana", "rui"):
            opened.add(name, Role.CONTRIBUTOR)
        opened.add("leo", Role.READER)
        opened.add("root", Role.ADMIN)
        yield opened


def catch_up(site):
    """Do what the indexing task does."""
    context = site.context
    batch = site.database.read_now(
        lambda tx: documents_after(tx, context.us, context.index.watermark(), 500)
    )
    context.index.apply(batch.documents, batch.removed, batch.watermark)


async def published(site, body=BODY):
    """Publish a practice by two people; return the answer of the second one's call."""
    async with site.program("ana") as ana, site.program("rui") as rui:
        made = await (await ana.post("/api/v1/practices", json=body)).json()
        answer = await ana.post(f"/api/v1/practices/{made['id']}/submit")
        assert answer.status == 200, await answer.text()
        answer = await rui.post(f"/api/v1/practices/{made['id']}/publish")
        assert answer.status == 200, await answer.text()
        catch_up(site)
        return await answer.json()


async def test_a_practice_goes_from_draft_to_the_library(site):
    done = await published(site)
    assert done["status"] == "published"
    assert done["ref"] == "pt-prison~1~0"
    async with site.program("leo") as leo:
        found = await (await leo.get("/api/v1/search", params={"q": "mentores"})).json()
        assert [one["ref"] for one in found["results"]] == [done["ref"]]
        assert found["results"][0]["evidence"] == 2
        read = await (await leo.get(f"/api/v1/practices/{done['ref']}")).json()
        assert read["body"]["title"] == BODY["title"]
        assert read["status"] == "published"
        listed = await (await leo.get("/api/v1/practices")).json()
        assert [one["ref"] for one in listed["items"]] == [done["ref"]]
        later = await (
            await leo.get("/api/v1/practices", params={"cursor": listed["next"], "wait": 1})
        ).json()
        assert later == {"items": [], "next": listed["next"]}


async def test_the_author_cannot_publish(site):
    async with site.program("ana") as ana:
        made = await (await ana.post("/api/v1/practices", json=BODY)).json()
        await ana.post(f"/api/v1/practices/{made['id']}/submit")
        answer = await ana.post(f"/api/v1/practices/{made['id']}/publish")
        assert answer.status == 403
        assert (await answer.json())["code"] == "second_person_needed"


async def test_a_reader_sees_no_draft(site):
    async with site.program("ana") as ana, site.program("leo") as leo:
        made = await (await ana.post("/api/v1/practices", json=BODY)).json()
        answer = await leo.get(f"/api/v1/practices/{made['id']}")
        assert answer.status == 403
        assert (await leo.post("/api/v1/practices", json=BODY)).status == 403
        assert (await leo.get("/api/v1/practices", params={"box": "own"})).status == 403


async def test_a_change_needs_the_etag_that_was_read(site):
    async with site.program("ana") as ana:
        made = await ana.post("/api/v1/practices", json=BODY)
        path, etag = made.headers["Location"], made.headers["ETag"]
        body = {**BODY, "title": {"pt": "Outro"}}
        assert (await ana.put(path, json=body)).status == 428
        assert (await ana.put(path, json=body, headers={"If-Match": etag})).status == 200
        stale = await ana.put(path, json=body, headers={"If-Match": etag})
        assert stale.status == 412
        assert (await stale.json())["code"] == "precondition_failed"
        read = await ana.get(path)
        assert (await read.json())["body"]["title"] == {"pt": "Outro"}


async def test_the_same_key_makes_one_practice(site):
    async with site.program("ana") as ana:
        key = {"Idempotency-Key": "once-1"}
        first = await (await ana.post("/api/v1/practices", json=BODY, headers=key)).json()
        again = await (await ana.post("/api/v1/practices", json=BODY, headers=key)).json()
        assert first == again
        other = await ana.post("/api/v1/practices", json={**BODY, "region": "sul"}, headers=key)
        assert other.status == 409
        assert (await other.json())["code"] == "idempotency_conflict"
        own = await (await ana.get("/api/v1/practices", params={"box": "own"})).json()
        assert len(own["items"]) == 1


async def test_many_are_made_and_published_at_once(site):
    async with site.program("ana") as ana, site.program("rui") as rui:
        lines = "\n".join(json.dumps({**BODY, "region": f"r{n}"}) for n in range(20))
        answer = await ana.post(
            "/api/v1/practices/bulk?submit=true",
            data=lines,
            headers={"Content-Type": "application/x-ndjson"},
        )
        assert answer.status == 201, await answer.text()
        ids = [one["id"] for one in (await answer.json())["items"]]
        done = await rui.post("/api/v1/practices/bulk/publish", json={"ids": ids})
        assert done.status == 200, await done.text()
        refs = [one["ref"] for one in (await done.json())["items"]]
        assert refs == [f"pt-prison~1~{n}" for n in range(20)]


async def test_one_bad_item_of_many_is_named_and_nothing_is_made(site):
    async with site.program("ana") as ana:
        bodies = [BODY, {**BODY, "language": "klingon"}]
        answer = await ana.post("/api/v1/practices/bulk", json=bodies)
        assert answer.status == 400
        assert [e["path"] for e in (await answer.json())["errors"]] == ["1.language"]
        own = await (await ana.get("/api/v1/practices", params={"box": "own"})).json()
        assert own["items"] == []


async def test_what_is_withdrawn_leaves_the_search_and_says_why(site):
    done = await published(site)
    async with site.program("ana") as ana, site.program("leo") as leo:
        path = f"/api/v1/practices/{done['id']}/withdraw"
        assert (await ana.post(path, json={"reason": " "})).status == 400
        answer = await ana.post(path, json={"reason": "Substituída"})
        assert (await answer.json())["status"] == "withdrawn"
        # the index is behind: the store decides
        found = await (await leo.get("/api/v1/search", params={"q": "mentores"})).json()
        assert found["results"] == []
        catch_up(site)
        found = await (await leo.get("/api/v1/search", params={"q": "mentores"})).json()
        assert found["total"] == 0
        read = await (await leo.get("/api/v1/practices/pt-prison~1~1")).json()
        assert (read["status"], read["reason"]) == ("withdrawn", "Substituída")


async def test_a_new_version_replaces_the_older_one(site):
    done = await published(site)
    async with site.program("rui") as rui, site.program("ana") as ana:
        path = f"/api/v1/practices/{done['id']}"
        begun = await rui.post(f"{path}/version")
        body = {**BODY, "title": {"pt": "Segunda versão"}}
        headers = {"If-Match": begun.headers["ETag"]}
        assert (await rui.put(path, json=body, headers=headers)).status == 200
        assert (await rui.post(f"{path}/submit")).status == 200
        answer = await (await ana.post(f"{path}/publish")).json()
        assert (answer["ref"], answer["version"]) == ("pt-prison~1~1", 2)
        old = await (await ana.get("/api/v1/practices/pt-prison~1~0")).json()
        assert old["status"] == "superseded"


async def test_an_adaptation_names_where_it_comes_from(site):
    done = await published(site)
    async with site.program("rui") as rui:
        answer = await rui.post(
            f"/api/v1/practices/{done['ref']}/adapt", json={"changes": "Só mulheres"}
        )
        assert answer.status == 201
        made = await (await rui.get(answer.headers["Location"])).json()
        assert made["body"]["lineage"]["adapted_from"] == done["ref"]
        assert "evidence" not in made["body"]


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"a":NaN}', b"[" * 5000, b"\xff"])
async def test_what_is_no_json_object_is_refused(site, data):
    async with site.program("ana") as ana:
        answer = await ana.post(
            "/api/v1/practices", data=data, headers={"Content-Type": "application/json"}
        )
        assert answer.status == 400
        assert answer.content_type == "application/problem+json"
