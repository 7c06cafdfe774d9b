"""What is said about practices, and translations, on the pages of one site."""

import re

import pytest

from integra_node.rules.permissions import Role
from members import join
from staff_site import open_site
from test_node_web_practices import catch_up, published

POISON = "<script>alert(1)</script>\u202e\"'&{{7*7}}"


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as opened:
        join(opened.database, opened.context.us)
        for name in ("ana", "rui"):
            opened.add(name, Role.CONTRIBUTOR)
        opened.add("leo", Role.READER)
        opened.add("rev", Role.REVIEWER)
        yield opened


async def text_of(browser, path, status=200, **options):
    answer = await browser.get(path, **options)
    assert answer.status == status, await answer.text()
    return await answer.text()


async def test_a_comment_is_escaped_and_a_reader_is_offered_nothing_to_write(site):
    ref = (await published(site))["ref"]
    place = f"/practices/{ref}"
    async with site.browser("ana") as ana, site.browser("leo") as leo:
        answer = await ana.post(f"{place}/remark", {"form": "comment", "language": "pt"})
        assert answer.status == 400
        assert "Enter this." in await answer.text()
        fields = {"form": "comment", "language": "pt", "text": POISON}
        answer = await ana.post(f"{place}/remark", fields)
        assert (answer.status, answer.headers["Location"]) == (303, f"{place}?done=said#said")
        shown = await text_of(leo, place)
        assert "&lt;script&gt;alert(1)" in shown
        assert "\u202e" not in shown
        assert f"{place}/remark" not in shown
        assert (await leo.post(f"{place}/remark", fields)).status == 403
        assert "&lt;script&gt;alert(1)" in await text_of(leo, f"{place}/said")
        assert "/take-back" in await text_of(ana, place)


async def test_our_own_practice_is_neither_reviewed_nor_asked_about_by_us(site):
    ref = (await published(site))["ref"]
    async with site.browser("rev") as rev:
        for path in ("review", "remark?form=report", "remark?form=question"):
            text = await text_of(rev, f"/practices/{ref}/{path}", status=409)
            assert "This is a practice of your own organisation." in text
        assert (await rev.get(f"/practices/{ref}/remark?form=answer")).status == 404


async def test_a_translation_is_written_beside_the_original_and_labelled(site):
    ref = (await published(site))["ref"]
    place = f"/practices/{ref}"
    async with site.browser("ana") as ana, site.browser("leo") as leo:
        asked = await text_of(ana, f"{place}/translate")
        assert '<option value="pt"' not in asked
        form = await text_of(ana, f"{place}/translate?language=fr")
        assert 'lang="pt"' in form
        assert "texts-0-text" in form
        fields = {"language": "fr", "method": "machine", "texts-1-text": "Résumé"}
        answer = await ana.post(f"{place}/translate", fields)
        assert answer.status == 400
        assert "Text 1: Enter this." in await answer.text()
        answer = await ana.post(f"{place}/translate", fields | {"texts-0-text": "Parrains"})
        assert answer.status == 303
        french = {"headers": {"Accept-Language": "fr"}}
        shown = await text_of(leo, place, **french)
        assert '<h1 lang="fr" dir="auto">Parrains</h1>' in shown
        assert "Vous lisez une traduction" in shown
        assert "Par une machine" in shown
        original = await text_of(leo, f"{place}?text=original", **french)
        assert "Mentores de Bairro na Saída</h1>" in original
        assert "Vous lisez une traduction" not in original
        catch_up(site)
        found = await text_of(leo, "/search?q=parrains")
        assert "Translation: By a machine" in found
        assert f"{place}?text=" in found
        again = await text_of(ana, f"{place}/translate?language=fr")
        assert "Parrains" in again
        assert "translation of another version" not in again


async def test_the_api_lists_the_texts_to_translate_and_takes_a_translation_once(site):
    ref = (await published(site))["ref"]
    place = f"/api/v1/practices/{ref}/translations"
    async with site.program("ana") as ana, site.program("leo") as leo:
        offered = await (await leo.get(place)).json()
        assert [one["language"] for one in offered["items"]] == ["pt"]
        body = {"language": "nl", "method": "human", "texts": {"title": "Buurtmentoren"}}
        headers = {"Idempotency-Key": "k1"}
        first = await ana.post(place, json=body, headers=headers)
        again = await ana.post(place, json=body, headers=headers)
        assert (first.status, again.status) == (201, 201)
        assert await first.json() == await again.json()
        wrong = await ana.post(place, json=body | {"texts": {"nowhere": "x"}})
        assert (wrong.status, (await wrong.json())["code"]) == (400, "invalid_fields")
        assert (await leo.post(place, json=body)).status == 403
        offered = await (await leo.get(place)).json()
        assert [one.get("method") for one in offered["items"]] == [None, "human"]
        catch_up(site)
        found = await (await leo.get("/api/v1/search", params={"q": "buurtmentoren"})).json()
        (one,) = found["results"]
        assert (one["ref"], one["language"]) == (ref, "nl")
        assert one["translation"]["ref"] == (await first.json())["ref"]
        assert one["reviewed"] == {"orgs": 0, "countries": 0, "earlier": 0}


async def test_words_that_may_point_at_a_person_go_out_only_when_their_author_says_so(site):
    ref = (await published(site))["ref"]
    place = f"/practices/{ref}/remark"
    fields = [("form", "comment"), ("language", "en"), ("text", "Ask jane.doe@example.org first.")]
    async with site.browser("ana") as ana, site.program("ana") as program:
        answer = await ana.post(place, fields)
        text = await answer.text()
        assert answer.status == 400
        assert "Some words may point at a person." in text
        assert "looks like an e-mail address" in text
        (word,) = set(re.findall(r'name="points_at_nobody" value="([a-z0-9]+)"', text))
        told = await program.post(
            f"/api/v1{place}s", json={"form": "comment", "language": "en", "text": fields[2][1]}
        )
        problem = await told.text()
        assert (told.status, word in problem, "jane.doe" in problem) == (400, True, False)
        assert (await ana.post(place, [*fields, ("points_at_nobody", "0" * 16)])).status == 400
        assert (await ana.post(place, [*fields, ("points_at_nobody", word)])).status == 303


async def test_classified_words_never_go_out(site):
    ref = (await published(site))["ref"]
    body = {"form": "comment", "language": "en", "text": "See RESTREINT UE/EU RESTRICTED paper 4."}
    async with site.program("ana") as ana:
        answer = await ana.post(f"/api/v1/practices/{ref}/remarks", json=body)
        assert answer.status == 400
        assert "classified" in await answer.text()
