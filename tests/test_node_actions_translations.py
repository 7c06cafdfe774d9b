"""Translations of practices: of one version, by anybody, chosen by the reader, found in their language."""

import pytest

from handover_pair import sync
from integra_node.actions import indexing, library, practices, translations
from integra_node.actions.responses import PracticeEndedError
from integra_node.rules.problems import InvalidFieldsError
from integra_node.rules.translation import texts_of
from integra_node.search.contract import SearchRequest
from integra_node.search.index import WhooshIndex
from integra_node.search.vocabulary import load_vocabulary
from integra_protocol.errors import NotAllowedError
from practice_agencies import BODY, found_at, make_three, publish, review, take_back

NL = {"title": "Ontmoetingen bij de poort", "summary": "Vrijwilligers halen mensen op."}


@pytest.fixture
def three(tmp_path):
    return make_three(tmp_path)


def translate(agency, ref, language="nl", method="human", username="ana", **texts):
    staff = agency.people[username]
    body = {"language": language, "method": method, "texts": {**NL, **texts}}
    return agency.write(
        lambda tx: translations.translate(tx, agency.us, ref, body, staff=staff, now=agency.now)
    )


def read(agency, ref, language="nl", wanted=""):
    found, staff = found_at(agency, ref), agency.people["rui"]
    return agency.read(
        lambda tx: translations.reading(tx, found, wanted=wanted, language=language, staff=staff)
    )


def search(agency, index, q, **filters):
    staff, request = agency.people["rui"], SearchRequest(q=q, expand=False, **filters)
    return agency.read(lambda tx: library.search(tx, index, request, staff=staff))


def catch_up(agency, index):
    start = index.watermark()
    batch = agency.read(lambda tx: indexing.documents_after(tx, agency.us, start, 500))
    index.apply(batch.documents, batch.removed, batch.watermark)


def test_a_translation_by_a_third_party_is_read_everywhere_in_the_reader_s_language(three):
    pt, _fr, uni = three
    ref = publish(pt)
    sync(*three)
    made = translate(uni, ref)
    sync(*three)
    for agency in three:
        seen = read(agency, ref)
        assert (seen.chosen.ref, seen.chosen.org, seen.chosen.method) == (
            made,
            "it-university",
            "human",
        )
        assert seen.body.title["nl"] == NL["title"]
        assert seen.body.title[BODY["language"]] == BODY["title"][BODY["language"]]
        own = read(agency, ref, language=BODY["language"])
        assert own.chosen.is_original
        assert read(agency, ref, wanted="original").chosen.is_original
        assert read(agency, ref, language="bg").chosen.is_original
        assert read(agency, ref, language="bg", wanted=made).chosen.ref == made


def test_a_certified_translation_comes_before_a_person_s_before_a_machine_s(three):
    pt, fr, uni = three
    ref = publish(pt)
    sync(*three)
    machine = translate(fr, ref, method="machine")
    sync(*three)
    assert read(pt, ref).chosen.is_machine
    person = translate(pt, ref)
    sync(*three)
    assert read(uni, ref).chosen.ref == person
    certified = translate(uni, ref, method="certified")
    sync(*three)
    assert read(fr, ref).chosen.ref == certified
    assert {text.ref for text in read(fr, ref).offered} >= {machine, person, certified}


def test_a_translation_is_of_one_version_and_says_so_when_there_is_a_newer_one(three):
    pt, fr, _ = three
    first = publish(pt)
    sync(*three)
    made = translate(fr, first)
    second = publish(pt, BODY | {"region": "Alentejo"})
    sync(*three)
    seen = read(pt, second)
    assert seen.chosen.is_original
    assert [(one.ref, one.version, one.about) for one in seen.elsewhere] == [(made, 1, first)]
    assert read(pt, first).chosen.ref == made
    with pytest.raises(PracticeEndedError):
        translate(fr, first)
    held = fr.read(lambda tx: translations.own_texts(tx, fr.us, found_at(fr, second), "nl"))
    assert held[0].texts == NL
    assert held[1] is False


def test_a_second_translation_into_a_language_replaces_the_first(three):
    pt, fr, uni = three
    ref = publish(pt)
    sync(*three)
    translate(fr, ref)
    newer = translate(fr, ref, title="Aan de poort")
    sync(*three)
    seen = read(uni, ref)
    assert [one.ref for one in seen.offered if one.ref] == [newer]
    assert seen.body.title["nl"] == "Aan de poort"
    take_back(fr, newer)
    sync(*three)
    assert read(uni, ref).chosen.is_original


def test_what_is_no_translation_of_this_practice_is_refused(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(pt, fr)
    refused = {
        "language": {"language": BODY["language"]},
        "method": {"method": "guess"},
        "texts.steps.99": {"steps.99": "Stap"},
        "texts.title": {"title": "x" * 201},
    }
    for path, given in refused.items():
        with pytest.raises(InvalidFieldsError) as failure:
            translate(fr, ref, **given)
        assert [one.path for one in failure.value.problems] == [path]
    with pytest.raises(InvalidFieldsError):
        translate(fr, ref, **{"../etc": "x"})
    with pytest.raises(NotAllowedError):
        translate(fr, ref, username="rev")


def test_every_text_of_a_practice_has_a_place_and_is_put_back_there(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(pt, fr)
    own = texts_of(found_at(fr, ref).body)
    assert list(own)[:2] == ["title", "summary"]
    assert len(own) > 10
    translate(fr, ref, **{path: f"nl {n}" for n, path in enumerate(own)})
    body = read(fr, ref).body
    shown = texts_of(body.model_copy(update={"language": "nl"}))
    assert shown == {path: f"nl {n}" for n, path in enumerate(own)}
    assert texts_of(body) == own


def test_a_translation_is_found_in_its_language_while_its_version_stands(three, tmp_path):
    pt, fr, uni = three
    index = WhooshIndex(tmp_path / "index", load_vocabulary())
    ref = publish(pt)
    sync(pt, fr)
    made = translate(fr, ref, method="machine")
    sync(fr, uni)  # the translation is here before the practice
    catch_up(uni, index)
    assert search(uni, index, "poorten").results.total == 0
    sync(pt, uni)
    review(fr, ref)
    sync(fr, uni)
    catch_up(uni, index)
    page = search(uni, index, "poorten")
    (one,) = page.items
    assert (one.mark.ref, one.translation.ref, one.headline.title) == (ref, made, NL["title"])
    assert one.translation.translation.method == "machine"
    assert (one.reviewed.orgs, one.reviewed.countries) == (1, 1)
    assert search(uni, index, "", language=("nl",)).results.total == 1
    everything = {doc.ref for doc in uni.read(lambda tx: list(indexing.every_document(tx, uni.us)))}
    assert everything == {ref, made}
    ana = pt.people["ana"]
    pt.write(lambda tx: practices.withdraw(tx, pt.us, ref, reason="Harm.", staff=ana, now=pt.now))
    sync(*three)
    catch_up(uni, index)
    assert search(uni, index, "").results.total == 0
    index.close()


def test_a_translation_that_is_taken_back_leaves_the_search(three, tmp_path):
    pt, fr, _ = three
    index = WhooshIndex(tmp_path / "index", load_vocabulary())
    ref = publish(pt)
    sync(pt, fr)
    made = translate(fr, ref)
    sync(pt, fr)
    catch_up(pt, index)
    assert search(pt, index, "ontmoeting").results.total == 1
    take_back(fr, made)
    sync(pt, fr)
    catch_up(pt, index)
    assert search(pt, index, "ontmoeting").results.total == 0
    assert search(pt, index, "").results.total == 1
    index.close()


def test_a_practice_and_its_translation_are_one_result_of_a_page(three, tmp_path):
    pt, fr, _ = three
    index = WhooshIndex(tmp_path / "index", load_vocabulary())
    ref = publish(pt)
    sync(pt, fr)
    translate(fr, ref)
    catch_up(fr, index)
    page = search(fr, index, "")
    assert page.results.total == 2
    assert [one.mark.ref for one in page.items] == [ref]
    index.close()
