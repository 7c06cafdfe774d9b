from collections import Counter

import pytest

from integra_node.search.text import analyser_for, query_forms
from search_corpus import ENGINES, VOCABULARY
from search_multilingual import library, read_questions, report

LANGUAGES = ("bg", "el", "en", "fr", "it", "nl", "pt")
QUESTIONS = read_questions()
DOCUMENTS = {document.ref: document for document in library()}


def words_of(document):
    text = f"{document.title}\n{document.summary}\n{document.body}"
    forms = analyser_for(document.language).forms(text)
    return {word for form in forms if form.term for word in form}


def forms_of(question):
    analyser = analyser_for(question.language)
    meant = [token for token in analyser.tokens(question.text) if token.form.term]
    return {
        word
        for token in meant
        for language in LANGUAGES
        for form in query_forms(question.text[token.start : token.end], language)
        if form.term
        for word in form
    }


def test_there_are_sixty_questions_balanced_over_seven_languages():
    counts = Counter(one.language for one in QUESTIONS)
    assert len(QUESTIONS) >= 60
    assert set(counts) == set(LANGUAGES)
    assert max(counts.values()) - min(counts.values()) <= 1
    assert len({one.id for one in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.id)
def test_no_question_has_a_word_of_a_relevant_practice_in_another_language(question):
    assert question.foreign
    forms = forms_of(question)
    assert forms
    for ref in question.own:
        assert DOCUMENTS[ref].language == question.language
    for ref, grade in question.foreign.items():
        assert grade in {1, 2}
        assert DOCUMENTS[ref].language != question.language
        assert not forms & words_of(DOCUMENTS[ref]), ref


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_the_thesaurus_finds_other_languages_and_costs_the_own_nothing(tmp_path, engine):
    index = ENGINES[engine](tmp_path / "index", VOCABULARY)
    assert report(engine, index) == []
