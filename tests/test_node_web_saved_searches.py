"""Saved searches and what is new: kept for one person, told once, never about what is hidden."""

import copy
import json
import re

import pytest

from integra_node.actions import watching
from integra_node.rules.permissions import Role
from integra_node.rules.question import MAX_SAVED, Question, parse_question
from integra_node.search.engine import open_index
from integra_node.search.vocabulary import load_vocabulary
from integra_node.store import saved_searches
from integra_node.store.schema.library import publication
from integra_node.watching import Watching
from members import join, make_us
from staff_site import NOW, open_site
from test_node_web_practices import BODY, page_of, published

DAY = 86_400
CARPENTRY = {"pt": "Oficina de carpintaria"}


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as opened:
        join(opened.database, opened.context.us, make_us("fr-ngo"))
        for name in ("ana", "rui"):
            opened.add(name, Role.CONTRIBUTOR)
        opened.add("leo", Role.READER)
        opened.add("mia", Role.READER)
        opened.add("root", Role.ADMIN)
        await watch(opened)  # the first look: everything there is counts as known
        yield opened


def watcher(site):
    return Watching(site.context.us, site.database, site.context.index, site.clock)


async def watch(site):
    """Do what the task does in the background."""
    task = watcher(site)
    while await task.step():
        pass
    await task.tell_due()


async def save(site, who="leo", notify="at_once", name="Carpentry", **question):
    async with site.program(who) as program:
        answer = await program.post(
            "/api/v1/saved-searches",
            json={"name": name, "notify": notify, "question": question or {"q": "carpintaria"}},
        )
        assert answer.status == 201, await answer.text()
        return await answer.json()


async def told(site, who="leo"):
    async with site.program(who) as program:
        found = await (await program.get("/api/v1/messages")).json()
        return [(one["kind"], one["ref"], one["count"]) for one in found["items"]]


def another(**title):
    return {**copy.deepcopy(BODY), "title": title or CARPENTRY}


async def test_something_new_is_told_once_to_who_looks_for_it_and_to_nobody_else(site):
    one = await save(site)
    await save(site, "mia", q="equitação")
    await published(site)
    await watch(site)
    assert await told(site) == []
    done = await published(site, another())
    await watch(site)
    await watch(site)
    assert await told(site) == [("saved_search", one["id"], 1)]
    assert await told(site, "mia") == []
    async with site.browser("leo") as leo:
        messages = await page_of(leo, "/messages")
        assert "new for a search that you saved: Carpentry" in messages
        assert f"/searches/{one['id']}" in messages
        there = await leo.get(f"/searches/{one['id']}")
        assert there.status == 303
        address = there.headers["Location"]
        assert address == f"/search?q=carpintaria&sort=newest&saved={one['id']}"
        results = await page_of(leo, address)
        assert 'class="tag good">new<' in results
        assert done["ref"] in results
        assert (await leo.post(f"/searches/{one['id']}/seen")).status == 303
        assert 'class="tag good">new<' not in await page_of(leo, address)
    assert await told(site) == []


async def test_what_was_confirmed_is_not_counted_again(site):
    one = await save(site)
    await published(site, another())
    await watch(site)
    await published(site, another(pt="Carpintaria em regime aberto"))
    await watch(site)
    assert await told(site) == [("saved_search", one["id"], 2)]
    async with site.program("leo") as leo:
        body = {"kind": "saved_search", "ref": one["id"]}
        assert (await leo.post("/api/v1/messages/confirm", json=body)).status == 204
    await published(site, another(pt="Carpintaria para jovens"))
    await watch(site)
    assert await told(site) == [("saved_search", one["id"], 1)]


async def test_once_a_day_means_the_next_morning(site):
    one = await save(site, notify="daily")
    site.clock.now = NOW + 3 * DAY
    await published(site, another())
    await watch(site)
    assert await told(site) == []
    site.clock.now = NOW + 4 * DAY
    await watch(site)
    assert await told(site) == [("saved_search", one["id"], 1)]


async def test_what_was_withdrawn_before_it_was_told_is_not_told(site):
    await save(site, notify="daily")
    done = await published(site, another())
    await watch(site)
    async with site.program("ana") as ana:
        path = f"/api/v1/practices/{done['id']}/withdraw"
        assert (await ana.post(path, json={"reason": "Errada"})).status == 200
    site.clock.now = NOW + DAY
    await watch(site)
    assert await told(site) == []


async def test_a_crash_between_looking_and_keeping_neither_loses_nor_repeats(site, tmp_path):
    one = await save(site)
    await published(site, another())
    context, indexed = site.context, site.context.index.watermark()
    news = site.database.read_now(lambda tx: watching.read_news(tx, context.us, indexed))
    small = open_index(tmp_path / "small", load_vocabulary(), "whoosh")
    small.build(news.documents, news.upto)
    found = watching.answers(small, news)
    small.close()

    def dies(tx):
        watching.keep(tx, context.us, news, found, is_last=True, now=NOW)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        site.database.write_now(dies)
    assert await told(site) == []

    def keep(tx, *, is_last):
        return watching.keep(tx, context.us, news, found, is_last=is_last, now=NOW)

    # Killed between two portions: what was kept is told, and not told again when all is looked at anew.
    assert site.database.write_now(lambda tx: keep(tx, is_last=False))
    async with site.program("leo") as leo:
        body = {"kind": "saved_search", "ref": one["id"]}
        assert (await leo.post("/api/v1/messages/confirm", json=body)).status == 204
    await watch(site)
    assert await told(site) == []
    # Whoever looked at the same time comes too late.
    assert site.database.write_now(lambda tx: keep(tx, is_last=True)) is False


async def test_many_searches_are_written_in_portions(site, monkeypatch):
    monkeypatch.setattr(watching, "KEPT_AT_ONCE", 2)
    made = [await save(site, name=str(number)) for number in range(5)]
    await published(site, another())
    await watch(site)
    assert sorted(await told(site)) == sorted(("saved_search", one["id"], 1) for one in made)


async def test_who_may_no_longer_search_or_is_shut_out_hears_nothing(site):
    await save(site)
    await save(site, "mia")
    async with site.browser("root") as root:
        roles = f"/accounts/{site.ids['leo']}/roles"
        assert (await root.post(roles, {"roles": "admin"})).status == 303
        assert (await root.post(f"/accounts/{site.ids['mia']}/disable")).status == 303
    await published(site, another())
    await watch(site)
    rows = site.database.read_now(
        lambda tx: [
            *saved_searches.of_account(tx, site.ids["leo"]),
            *saved_searches.of_account(tx, site.ids["mia"]),
        ]
    )
    assert [(row.fresh, row.owed) for row in rows] == [((), False)]
    assert site.database.read_now(lambda tx: saved_searches.count(tx, site.ids["mia"])) == 0


async def test_looking_costs_what_is_new_and_not_what_is_there(site, monkeypatch):
    for number in range(6):
        await published(site, another(pt=f"Horta comunitária {number}"))
    await save(site)
    await watch(site)
    await published(site, another())
    seen = []
    answers = watching.answers
    monkeypatch.setattr(
        watching,
        "answers",
        lambda index, news: seen.append(len(news.documents)) or answers(index, news),
    )
    await watch(site)
    assert seen == [1]


async def test_a_saved_search_is_named_changed_and_dropped_after_a_question(site):
    async with site.browser("leo") as leo, site.browser("mia") as mia:
        results = await page_of(leo, "/search?q=carpintaria&setting=prison&country=PT")
        address = re.search(r'href="(/searches/new[^"]+)"', results)[1].replace("&amp;", "&")
        form = await page_of(leo, address)
        question = re.search(r'name="question" value="([^"]*)"', form)[1].replace("&amp;", "&")
        bad = await leo.post("/searches", {"question": question, "name": "", "notify": "x"})
        assert bad.status == 400
        text = await bad.text()
        assert "Enter this." in text
        assert "setting=prison" in text
        fields = {"question": question, "name": "Wood <b>", "notify": "never"}
        assert (await leo.post("/searches", fields)).status == 303
        listed = await page_of(leo, "/searches")
        assert "Wood &lt;b&gt;" in listed
        assert "Portugal" in listed
        assert "Do not tell me" in listed
        id_ = re.search(r"/searches/(w[0-9a-f]+)/edit", listed)[1]
        for path in ("", "/edit", "/delete"):
            assert (await mia.get(f"/searches/{id_}{path}")).status == 404
        for path in ("/edit", "/delete", "/seen"):
            answer = await mia.post(f"/searches/{id_}{path}", {"name": "mine", "notify": "daily"})
            assert answer.status == 404
        changed = await leo.post(f"/searches/{id_}/edit", {"name": "Madeira", "notify": "daily"})
        assert changed.status == 303
        assert "Madeira" in await page_of(leo, f"/searches/{id_}/delete")
        assert "Madeira" in await page_of(leo, "/searches")
        assert (await leo.post(f"/searches/{id_}/delete")).status == 303
        assert "Madeira" not in await page_of(leo, "/searches")


async def test_fifty_searches_are_the_most(site):
    for number in range(MAX_SAVED):
        await save(site, name=str(number), notify="never")
    async with site.program("leo") as leo:
        body = {"name": "one more", "question": {"q": "x"}}
        answer = await leo.post("/api/v1/saved-searches", json=body)
        assert answer.status == 400
        assert (await answer.json())["errors"][0]["code"] == "too_many_saved"


async def test_the_api_keeps_reads_changes_and_drops(site):
    made = await save(site, concept=["probation"], evidence_min=2, notify="never")
    path = f"/api/v1/saved-searches/{made['id']}"
    async with site.program("leo") as leo, site.program("mia") as mia, site.program("root") as root:
        assert (await leo.get(path)).status == 200
        assert made["question"]["concept"] == ["probation"]
        put = await leo.put(path, json={"name": "N", "notify": "daily"})
        assert (await put.json())["notify"] == "daily"
        assert (await leo.put(path, json={"name": " ", "notify": "daily"})).status == 400
        assert (await mia.get(path)).status == 404
        assert (await mia.delete(path)).status == 404
        assert (await mia.put(path, json={"name": "N", "notify": "daily"})).status == 404
        assert (await root.get("/api/v1/saved-searches")).status == 403
        assert (await leo.post(f"{path}/seen")).status == 204
        assert (await leo.delete(path)).status == 204
        assert (await leo.get(path)).status == 404
        long = {"q": "x", "org": ["o" * 200] * 64}
        answer = await leo.post("/api/v1/saved-searches", json={"name": "n", "question": long})
        assert answer.status == 400


def test_a_question_comes_back_as_it_was_kept():
    kept = Question(
        q="saída «acompanhada»",
        filters=(("language", ("pt", "fr")), ("concept", ("aftercare",))),
        evidence_min=0,
        sort="newest",
        expand=False,
    )
    assert parse_question(kept.text()) == kept
    for wrong in ("", "[]", "{}", json.dumps({"q": 1})):
        with pytest.raises(Exception, match="stored question"):
            parse_question(wrong)


# ------------------------------------------------------------------ new since the last visit


async def test_new_is_what_came_since_the_last_visit(site):
    await published(site)
    async with site.browser("leo") as leo:
        assert "Since your last visit" not in await page_of(leo, "/search")
        assert (await leo.post("/sign-out")).status == 303
    done = await published(site, another())
    async with site.browser("leo") as leo:
        today = await page_of(leo, "/today")
        assert "came since your last visit: 1" in today
        results = await page_of(leo, "/search?q=oficina+carpintaria+mentores")
        assert results.count('class="tag good">new<') == 1
        only = await page_of(leo, "/search?new=1")
        assert done["ref"] in only
        assert "pt-prison~1~0" not in only
        assert "Nothing new" in await page_of(leo, "/search?new=1&q=equitação")
        assert (await leo.post("/search/seen")).status == 303
        assert "came since your last visit" not in await page_of(leo, "/today")


async def test_what_is_withdrawn_is_not_new(site):
    async with site.browser("leo") as leo:
        await leo.post("/sign-out")
    done = await published(site, another())
    async with site.program("ana") as ana:
        path = f"/api/v1/practices/{done['id']}/withdraw"
        assert (await ana.post(path, json={"reason": "Errada"})).status == 200
    async with site.browser("leo") as leo:
        assert done["ref"] not in await page_of(leo, "/search?new=1")
        assert "came since your last visit" not in await page_of(leo, "/today")


# ------------------------------------------------------------------ concepts


async def test_concepts_are_counted_with_what_is_narrower_and_lead_to_practices(site):
    done = await published(site)
    async with site.browser("leo") as leo, site.program("leo") as program:
        found = (await (await program.get("/api/v1/concepts")).json())["items"]
        assert found
        tree = await page_of(leo, "/browse/concepts?lang=fr")
        for one in found:
            assert f"/browse/concepts/{one['id']}" in tree
        below = next(one for one in found if one["broader"])
        above = next(one for one in found if one["id"] == below["broader"][0])
        assert above["count"] >= below["count"] == 1
        text = await page_of(leo, f"/browse/concepts/{above['id']}")
        assert done["ref"] in text
        assert f"/browse/concepts/{below['id']}" in text
        assert f"/search?concept={above['id']}" in text
        assert done["ref"] in await page_of(leo, f"/search?concept={above['id']}")
        assert (await leo.get("/browse/concepts/no-such-thing")).status == 404


async def test_the_page_says_which_concepts_were_added_and_lets_them_go(site):
    await published(site)
    async with site.browser("leo") as leo:
        text = await page_of(leo, "/search?q=mentoring")
        assert "Also searched for, in every language" in text
        assert '<a href="/browse/concepts/mentoring" lang="en">mentoring</a>' in text
        assert '<span lang="nl">' in text
        assert "expand=0" in text
        plain = await page_of(leo, "/search?q=mentoring&expand=0")
        assert "Also searched for" not in plain
        assert "Search in other languages too" in plain


async def test_what_is_no_longer_for_every_reader_is_nowhere_though_the_index_still_holds_it(site):
    one = await save(site, notify="daily")
    known = await published(site)
    async with site.browser("leo") as leo:
        await leo.post("/sign-out")
    done = await published(site, another())
    await watch(site)
    site.database.write_now(
        lambda tx: tx.execute(
            publication.update()
            .where(publication.c.idx == int(done["ref"].rpartition("~")[2]))
            .values(tlp="AMBER")
        )
    )
    site.clock.now = NOW + DAY
    await watch(site)
    assert await told(site) == []
    async with site.browser("leo") as leo:
        for path in (
            "/today",
            "/messages",
            "/searches",
            f"/search?q=carpintaria&saved={one['id']}",
            "/search?new=1",
            f"/practices/{known['ref']}/similar",
            f"/practices/{known['ref']}",
            "/browse/concepts/mentoring",
        ):
            text = await page_of(leo, path)
            assert done["ref"] not in text, path
            assert CARPENTRY["pt"] not in text, path
        for form in ("csv", "json", "html"):
            answer = await leo.post("/search/export", {"question": "sort=newest", "format": form})
            text = await answer.text()
            assert answer.status == 200
            assert done["ref"] not in text
            assert known["ref"] in text
