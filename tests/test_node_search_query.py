import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integra_node.search.query import MAX_CLAUSES, MAX_COSTLY, parse_query
from search_corpus import VOCABULARY

LANGUAGES = ("en", "fr", "nl")


def parse(q, *, readers=("en",), vocabulary=None):
    return parse_query(q, languages=LANGUAGES, reader_languages=readers, vocabulary=vocabulary)


def outline(q):
    return [(one.occur, one.surface or "phrase", bool(one.prefix)) for one in parse(q).clauses]


@pytest.mark.parametrize(
    "q, expected",
    [
        ("release plan", [("should", "release", False), ("should", "plan", False)]),
        ("+release -plan", [("must", "release", False), ("not", "plan", False)]),
        ("rehab*", [("should", "rehab", True)]),
        ("re*", [("should", "re", False)]),
        ('"release plan"', [("should", "phrase", False)]),
        ('+"release plan"', [("must", "phrase", False)]),
        ('"release plan', [("should", "phrase", False)]),
        ("«release plan»", [("should", "phrase", False)]),
        ("multi-agency", [("should", "multi", False), ("should", "agency", False)]),
        ("+multi-agency", [("must", "phrase", False)]),
        ("- + * \" ' \u202e", []),
        ("the plan", [("should", "plan", False)]),
        ("the of", [("should", "the", False), ("should", "of", False)]),
    ],
)
def test_a_line_of_words_is_read_as(q, expected):
    assert outline(q) == expected


def test_a_repeated_word_weighs_more():
    assert [one.weight for one in parse("plan plan Plan").clauses] == [3.0]


def test_each_language_has_its_reading_of_a_word():
    terms = parse("gevangenissen").clauses[0].terms
    assert {"vannis", "gevangenissen"} <= set(terms)


def test_a_phrase_keeps_the_distance_of_stop_words():
    phrases = parse('"release of the prisoner"').clauses[0].phrases
    assert ((0, "releas"), (3, "prison")) in phrases


def test_neighbouring_words_name_a_concept_together():
    plan = parse("early conditional release", vocabulary=VOCABULARY)
    assert plan.concepts == ("conditional-release",)
    assert [one.concepts for one in plan.clauses] == [
        (), ("conditional-release",), ("conditional-release",)
    ]  # fmt: skip


def test_excluded_and_quoted_words_name_no_concept():
    assert parse('-probation "probation officer"', vocabulary=VOCABULARY).concepts == ()


def test_a_long_query_is_bounded():
    assert len(parse(" ".join(f"word{n}" for n in range(500))).clauses) == MAX_CLAUSES


def test_costly_clauses_are_bounded_and_words_are_not():
    q = " ".join(f'pre{n}* "two words{n}" plain{n}' for n in range(15))
    clauses = parse(q).clauses
    assert sum(bool(one.phrases or one.prefix) for one in clauses) == MAX_COSTLY
    assert sum(one.surface.startswith("plain") for one in clauses) == 15


@settings(max_examples=100, deadline=None)
@given(
    q=st.text(alphabet=st.sampled_from("ab +-\"*'«»éß\u202e\ud800\n()"), max_size=60) | st.text()
)
def test_every_line_has_a_plan_whose_words_lie_in_it(q):
    plan = parse(q, vocabulary=VOCABULARY)
    for clause in plan.clauses:
        assert 0 <= clause.start <= clause.end <= len(plan.text)
        assert clause.terms or clause.phrases or clause.prefix
