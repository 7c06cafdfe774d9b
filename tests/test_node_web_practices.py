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
        assert answer.status == 404
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


# ------------------------------------------------------------------ pages


async def page_of(browser, path, status=200):
    answer = await browser.get(path)
    text = await answer.text()
    assert answer.status == status, text
    return text


async def test_a_practice_is_written_looked_at_and_published_on_the_pages(site):
    async with site.browser("ana") as ana, site.browser("rui") as rui:
        begun = await ana.post("/practices", {"language": "pt", "title": "Mentores <na> saída"})
        assert begun.status == 303, await begun.text()
        edit = begun.headers["Location"]
        place = edit.removesuffix("/edit")
        form = await page_of(ana, edit)
        assert "Mentores &lt;na&gt; saída" in form
        bad = await ana.post(edit, {"etag": "1", "title": "X", "then": "submit"})
        assert bad.status == 400
        assert 'href="#summary"' in await bad.text()
        fields = [
            ("etag", "2"),
            ("title", "Mentores na saída"),
            ("summary", "Resumo"),
            ("description", "Texto"),
            ("settings", "prison"),
            ("settings", "transition"),
            ("stages", "reintegration"),
            ("target_groups", "releasees"),
            ("professions", "mentor"),
            ("evidence.level", "2"),
            ("then", "next"),
        ]
        saved = await ana.post(edit, fields)
        assert saved.headers["Location"] == f"{edit}?step=place&done=saved", await saved.text()
        steps = {"etag": "3", "step": "how", "steps-0-text": "Um", "steps-1-text": "Dois"}
        assert (await ana.post(edit, {**steps, "then": "look"})).status == 303
        preview = await page_of(ana, f"{place}/preview")
        assert '<li><span lang="pt" dir="auto">Dois</span></li>' in preview
        saved = await ana.post(f"{place}/submit", {"etag": "4"})
        assert saved.headers["Location"] == f"{place}?done=submitted", await saved.text()
        assert "colega" in await page_of(ana, place) or "colleague" in await page_of(ana, place)
        assert (await ana.post(f"{place}/publish", {"etag": "5"})).status == 403
        today = await page_of(rui, "/today")
        assert "Mentores na saída" in today
        done = await rui.post(f"{place}/publish", {"etag": "5"})
        assert done.status == 303, await done.text()
        catch_up(site)
        found = await page_of(rui, "/search?q=mentores")
        assert "/practices/pt-prison~1~0" in found
        read = await page_of(rui, "/practices/pt-prison~1~0")
        assert '<li><span lang="pt" dir="auto">Dois</span></li>' in read


async def test_a_stale_form_is_kept_and_not_stored(site):
    async with site.browser("ana") as ana:
        begun = await ana.post("/practices", {"language": "en", "title": "First"})
        edit = begun.headers["Location"]
        await ana.post(edit, {"etag": "1", "title": "Second", "then": "stay"})
        late = await ana.post(edit, {"etag": "1", "title": "Third", "then": "stay"})
        assert late.status == 412
        assert 'value="Third"' in await late.text()
        assert "Second" in await page_of(ana, edit)


async def test_what_the_form_does_not_show_is_kept(site):
    body = {**BODY, "title": {"pt": "Título", "fr": "Titre"}, "evidence": {"level": 1}}
    async with site.program("ana") as program, site.browser("ana") as ana:
        made = await (await program.post("/api/v1/practices", json=body)).json()
        fields = {"etag": "1", "title": "Outro", "evidence.level": "1", "then": "stay"}
        assert (await ana.post(f"/practices/{made['id']}/edit", fields)).status == 303
        read = await (await program.get(f"/api/v1/practices/{made['id']}")).json()
        assert read["body"]["title"] == {"pt": "Outro", "fr": "Titre"}
        assert read["body"]["failures"] == BODY["failures"]


async def test_poisoned_texts_are_shown_as_text(site):
    poison = {"pt": POISON}
    body = {
        **BODY,
        "title": poison,
        "summary": poison,
        "failures": poison,
        "region": POISON,
        "steps": [poison],
        "evidence": {**BODY["evidence"], "design": POISON, "limits": poison},
    }
    done = await published(site, body)
    async with site.browser("leo") as leo, site.browser("ana") as ana:
        pages = [
            await page_of(leo, f"/practices/{done['ref']}"),
            await page_of(leo, "/search?q=alert"),
            await page_of(ana, "/practices"),
            await page_of(ana, f"/practices/{done['id']}"),
        ]
        for text in pages:
            assert "<script>alert" not in text
            assert "\u202e" not in text
            assert "&lt;script&gt;" in text
            assert "{{7*7}}" in text


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "a" * 3000,
        "page=0&page=999&sort=evil&evidence_min=9",
        "language=" + "x" * 500,
        "q=%3Cscript%3E&language=%22%3E%3Cxss%3E",
        "&".join(f"org=o{n}" for n in range(200)),
    ],
)
async def test_a_search_address_that_somebody_made_up_gives_a_page(site, query):
    await published(site)
    async with site.browser("leo") as leo:
        text = await page_of(leo, f"/search?{query}")
        assert "<script>" not in text.replace('<script src="', "")
        assert "<xss>" not in text


async def test_without_a_hit_the_page_says_what_to_do(site):
    await published(site)
    async with site.browser("leo") as leo:
        text = await page_of(leo, "/search?q=mentores&language=bg")
        assert "/browse" in text
        assert 'href="/search?q=mentores"' in text
        assert "pt-prison~1~0" not in text
        browse = await page_of(leo, "/browse")
        assert "/search?setting=community" in browse


async def test_when_little_is_found_what_shares_its_words_may_be_asked_for(site):
    await published(site)
    async with site.browser("leo") as leo:
        text = await page_of(leo, "/search?q=mentores")
        assert "/search?q=mentores&amp;feedback=1" in text
        more = await page_of(leo, "/search?q=mentores&feedback=1")
        assert "pt-prison~1~0" in more
        assert 'href="/search?q=mentores"' in more
        assert "share words" not in await page_of(leo, "/search?q=nothingatall")


async def test_readers_do_not_see_the_writing_pages(site):
    async with site.browser("leo") as leo, site.browser("root") as root:
        assert (await leo.get("/practices")).status == 403
        assert (await leo.get("/practices/new")).status == 403
        assert (await root.get("/search")).status == 403


async def test_an_unknown_practice_is_not_found(site):
    async with site.browser("ana") as ana:
        for name in ("none", "pt-prison~1~99", "a~b~c", "~~", "x" * 300):
            assert (await ana.get(f"/practices/{name}")).status == 404


async def test_the_pages_are_small(site):
    done = await published(site)
    async with site.browser("ana") as ana:
        for path in ("/search", "/browse", f"/practices/{done['ref']}", "/practices/new"):
            assert len((await page_of(ana, path)).encode()) < 60_000, path


NAMING = BODY | {"failures": {"pt": "O Sr. Silva faltou duas vezes."}}


async def waiting(site):
    """Hand in a practice with words that may point at a person; return its id."""
    async with site.program("ana") as ana:
        made = await (await ana.post("/api/v1/practices", json=NAMING)).json()
        answer = await ana.post(f"/api/v1/practices/{made['id']}/submit")
        assert answer.status == 200, await answer.text()
        return made["id"]


async def test_a_program_is_asked_about_words_that_may_point_at_a_person(site):
    place = f"/api/v1/practices/{await waiting(site)}"
    async with site.program("rui") as rui:
        refused = await rui.post(f"{place}/publish")
        assert refused.status == 400
        told = await (await rui.get(place)).json()
        [word] = told["words"]
        assert (word["path"], word["kind"], word["words"]) == ("failures.pt", "name", "Sr. Silva")
        wrong = (await refused.json())["errors"]
        assert [(one["path"], one["code"]) for one in wrong] == [
            (f"words.{word['id']}", "words_undecided")
        ]
        refused = await rui.post(f"{place}/publish", json={"words": {word["id"]: "perhaps"}})
        assert refused.status == 400
        done = await rui.post(f"{place}/publish", json={"words": {word["id"]: "keep"}})
        assert (await done.json())["status"] == "published"


async def test_a_second_person_decides_about_words_on_the_page(site):
    place = f"/practices/{await waiting(site)}"
    async with site.browser("rui") as rui, site.browser("ana") as ana:
        page = await (await rui.get(place)).text()
        assert "Sr. Silva" in page
        assert "It points at nobody: it may stay" in page
        field = page.partition('name="words.')[2].partition('"')[0]
        answer = await rui.post(f"{place}/publish", {"etag": "0"})
        assert answer.status in {400, 412}
        etag = page.partition('name="etag" value="')[2].partition('"')[0]
        answer = await rui.post(f"{place}/publish", {"etag": etag})
        assert answer.status == 400
        assert "Decide whether these words may stay." in await answer.text()
        answer = await rui.post(f"{place}/publish", {"etag": etag, f"words.{field}": "remove"})
        assert answer.headers["Location"] == f"{place}?done=given-back"
        page = await (await ana.get(place)).text()
        assert "Sr. Silva" in page
        assert "has to go" in page
        assert "Hand in to a colleague" in page
