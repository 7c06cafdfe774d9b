import csv
import unicodedata
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integra_node.search.text import (
    LANGUAGES,
    MAX_WORD_CHARS,
    analyser_for,
    base_language,
    clean,
    fold,
)
from search_corpus import ALL, ENGINES, VOCABULARY, ask, document

WORDFORMS = Path(__file__).parent / "data" / "wordforms.csv"


def wordforms():
    with WORDFORMS.open(encoding="utf-8") as file:
        pairs = defaultdict(list)
        for row in csv.DictReader(file):
            pairs[row["lang"]].append((row["text_word"], row["query_word"]))
    return pairs


@pytest.mark.parametrize("engine", sorted(ENGINES))
@pytest.mark.parametrize("language", sorted(wordforms()))
def test_seventeen_of_twenty_other_forms_of_a_word_find_it(tmp_path, language, engine):
    pairs = wordforms()[language]
    assert len(pairs) == 20
    index = ENGINES[engine](tmp_path / "index", VOCABULARY)
    rows = [
        document(n, language=language, title="", summary="", body=text)
        for n, (text, _) in enumerate(pairs)
    ]
    index.apply(rows, [], 1)
    found = [
        document(n).ref in ask(index, ALL, query, expand=False).refs
        for n, (_, query) in enumerate(pairs)
    ]
    missed = [pair for pair, hit in zip(pairs, found, strict=True) if not hit]
    assert len(missed) <= 3, missed


OTHERS = {
    "en": "prisons prison offenders offender supervised supervising families family mentors mentor",
    "de": "Gefängnissen Gefängnis Häftlinge Haftling Verurteilten verurteilte Familien Familie "
    "Straßen Strasse",
    "es": "prisiones prision presos preso condenados condenada familias familia libertades libertad",
    "ro": "închisori inchisori deținuților deținut condamnaților condamnat familiile familii "
    "probațiunea probatiunea",
    "pl": "więzienia wiezienie kuratora kurator skazanych skazanymi resocjalizacji resocjalizacja "
    "rodziny rodzina",
    "sv": "fängelser fangelse dömda dömd frivården frivård familjer familj fångar fånge",
    "fi": "Vankila vankila VANKEINHOITO vankeinhoito tyо tyо Häme hame ääni aani",
}


@pytest.mark.parametrize("engine", sorted(ENGINES))
@pytest.mark.parametrize("language", sorted(OTHERS))
def test_four_of_five_other_forms_find_a_word_in_the_other_languages(tmp_path, language, engine):
    words = OTHERS[language].split()
    pairs = list(zip(words[::2], words[1::2], strict=True))
    index = ENGINES[engine](tmp_path / "index", VOCABULARY)
    rows = [document(n, language=language, title=text) for n, (text, _) in enumerate(pairs)]
    index.apply(rows, [], 1)
    missed = [
        pair
        for n, pair in enumerate(pairs)
        if document(n).ref not in ask(index, ALL, pair[1], expand=False).refs
    ]
    assert len(missed) <= 1, missed


@pytest.mark.parametrize(
    "text, plain",
    [
        ("a\u202eb\u200bc", "abc"),
        ("ﬁn\u00a0de\tpeine\n", "fin de peine\n"),
        ("x\x00\x1fy", "xy"),
        ("\ud800z", "z"),
        ("ΐ", "ΐ"),
    ],
    ids=["direction", "compatibility", "control", "surrogate", "composed"],
)
def test_cleaning_leaves_only_visible_characters(text, plain):
    assert clean(text, 100) == plain


def test_cleaning_bounds_text_that_grows_when_normalised():
    assert len(clean("\ufdfa" * 100, 100)) == 100


@pytest.mark.parametrize(
    "word, folded",
    [("Έρευνα", "ερευνα"), ("ΛΟΓΟΣ", "λογοσ"), ("λόγος", "λογοσ"), ("Straße", "strasse"),
     ("réinséré", "reinsere"), ("Łódź", "lodz"), ("prisões", "prisoes"), ("ørsted", "orsted")],
)  # fmt: skip
def test_folding_takes_case_and_accents_away(word, folded):
    assert fold(word) == folded


@pytest.mark.parametrize(
    "language, text, words",
    [
        ("fr", "L’aide à l'emploi d’aujourd'hui", ["aide", "emploi"]),
        ("it", "dell'esecuzione e l’aiuto", ["esecuzione", "aiuto"]),
        ("en", "the officer's staffs' plan", ["officer", "staffs", "plan"]),
    ],
)
def test_elided_articles_and_genitives_are_no_part_of_a_word(language, text, words):
    surfaces = [form.surface for form in analyser_for(language).forms(text) if form.term]
    assert surfaces[: len(words)] == words


def test_stop_words_have_no_term_but_keep_their_place():
    forms = analyser_for("en").forms("release of the prisoner")
    assert [bool(form.term) for form in forms] == [True, False, False, True]


def test_an_unknown_language_is_folded_only():
    assert [form.term for form in analyser_for("xx-Latn").forms("Häuser gehen")] == [
        "hauser",
        "gehen",
    ]


def test_overlong_words_are_cut():
    assert len(analyser_for("en").forms("a" * 10_000)[0].term) <= MAX_WORD_CHARS


def test_a_tag_is_reduced_to_its_language():
    assert base_language("pt-BR") == "pt"


@pytest.mark.parametrize("language", [*LANGUAGES, "xx"])
@settings(max_examples=25, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_is_analysed_and_tokens_lie_where_they_say(language, text):
    text = clean(text, 300)
    analyser = analyser_for(language)
    tokens = list(analyser.tokens(text))
    for token in tokens:
        assert 0 <= token.start < token.end <= len(text)
        assert len(token.form.term) <= 2 * MAX_WORD_CHARS
    assert not any(unicodedata.category(c) in {"Cc", "Cf"} for c in text if c != "\n")
