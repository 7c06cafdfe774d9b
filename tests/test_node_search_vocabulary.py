import json

import pytest

from integra_node.search.text import analyser_for
from integra_node.search.vocabulary import ANY_LANGUAGE, MAX_BYTES, parse_vocabulary
from integra_protocol.errors import InputError
from search_corpus import VOCABULARY


def concepts(text, language):
    return [one.concept for one in VOCABULARY.match(analyser_for(language).forms(text), language)]


def encode(*items):
    return json.dumps({"concepts": items}).encode()


def concept(id_, label="label", **more):
    return {"id": id_, "prefLabel": {"en": label}, **more}


def test_the_shipped_thesaurus_has_labels_in_nine_languages():
    assert len(VOCABULARY.concepts) == 132
    languages = {"en", "fr", "pt", "it", "bg", "el", "nl", "de", "es"}
    assert all(set(one.preferred) == languages for one in VOCABULARY.concepts.values())


@pytest.mark.parametrize("language", ["en", "fr", "pt", "it", "bg", "el", "nl", "de", "es"])
def test_nearly_every_label_names_its_own_concept(language):
    named = [
        one.id in concepts(one.preferred[language], language)
        for one in VOCABULARY.concepts.values()
    ]
    assert sum(named) >= 122


@pytest.mark.parametrize(
    "language, text, expected",
    [
        ("nl", "De reclassering na de voorwaardelijke invrijheidstelling",
         ["probation", "conditional-release"]),
        ("pt", "As avaliações de risco dos reclusos", ["risk-assessment", "prisoner"]),
        ("en", "risk and assessment", []),
        ("en", "violent extremism", ["violent-extremism"]),
    ],
)  # fmt: skip
def test_the_longest_label_in_any_inflection_is_the_concept(language, text, expected):
    found = concepts(text, language)
    assert found == expected or (not expected and "risk-assessment" not in found[1:])


def test_mentions_span_the_words_of_the_text():
    forms = analyser_for("en").forms("after the conditional release of the prisoner")
    spans = [(one.start, one.end) for one in VOCABULARY.match(forms, "en")]
    assert spans == [(2, 4), (6, 7)]


def test_a_text_of_unknown_language_is_matched_as_written():
    forms = analyser_for("xx").forms("die Bewährungshilfe und probation")
    assert "probation" in [one.concept for one in VOCABULARY.match(forms, ANY_LANGUAGE)]


def test_all_broader_concepts_are_known():
    assert VOCABULARY.broader("foreign-terrorist-fighter") == {
        "violent-extremist-offender",
        "sentenced-person",
    }


def test_labels_come_in_the_languages_of_the_reader_first():
    assert VOCABULARY.labels("prisoner", ("nl", "en"))[:2] == (
        VOCABULARY.concepts["prisoner"].preferred["nl"],
        "prisoner",
    )


def test_a_circle_of_broader_concepts_is_survived():
    circle = encode(concept("a", broader=["b"]), concept("b", "other", broader=["a"]))
    assert parse_vocabulary(circle).broader("a") == {"b"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b"{}",
        encode(),
        encode(concept("a"), concept("a")),
        encode(concept("a", broader=["gone"])),
        encode(concept("a", "x" * 201)),
        encode(concept("")),
        encode(concept(7)),
        encode({"id": "a"}),
        encode({"id": "a", "prefLabel": {}}),
        encode(concept("a", altLabel={"en": ["x"] * 201})),
        encode(concept("a", altLabel="x")),
        b" " * (MAX_BYTES + 1),
    ],
)
def test_a_malformed_vocabulary_is_refused(data):
    with pytest.raises(InputError):
        parse_vocabulary(data)
