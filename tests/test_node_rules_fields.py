"""Are texts bounded and cleaned, and do only the shapes named get in?"""

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from integra_node.rules import fields
from integra_node.rules.practice import Practice
from integra_node.rules.problems import InvalidFieldsError
from integra_node.rules.wire import read_entered, texts


@pytest.mark.parametrize(
    "raw, clean",
    [
        ("a\u202eb", "ab"),
        ("a\u2066b\u2069\u200fc", "abc"),
        ("a\x00b\x1b[31m", "ab[31m"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("e\u0301", "é"),
        ("  x \t y  ", "x   y"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ufeffx\u200b", "x"),
    ],
)
def test_a_text_cannot_read_differently_from_what_it_says(raw, clean):
    assert fields.clean_text(raw) == clean


def test_a_text_with_towers_of_marks_is_refused():
    assert fields.clean_text("e" + "\u0301" * 30)
    with pytest.raises(PydanticCustomError):
        fields.clean_text("e" + "\u0301" * 31)
    with pytest.raises(PydanticCustomError):
        fields.clean_text("x" * 40_001)


@pytest.mark.parametrize(
    "kind, good, bad",
    [
        (
            fields.Short,
            ["x", " x y "],
            ["", " ", "\u202e", "x" * 81, 5, b"x", None, ["x"], "\ud800"],
        ),
        (
            fields.LanguageTag,
            ["pt", "pt-PT", "sr-Latn", "sr-Latn-RS", "es-419"],
            ["", "p", "PT", "pt_PT", "pt-pt", "x" * 50, "pt-PT-x", 7],
        ),
        (fields.Country, ["PT", "EL"], ["pt", "PRT", "P", ""]),
        (fields.Org, ["pt-prison", "a.b"], ["", "A", "a", "-ab", "ab-", "a b", "a" * 65]),
        (
            fields.Day,
            ["2026-11-23"],
            [
                "2026-02-30",
                "23.11.2026",
                "2026-11-23T00:00:00",
                20260101,
                "",
                "9999-12-31",
                "0001-01-01",
            ],
        ),
        (
            fields.Moment,
            ["2026-12-16T10:00:00+01:00", "2026-12-16T10:00Z"],
            ["2026-12-16T10:00:00", "2026-12-16", 1_700_000_000, "tomorrow"],
        ),
        (
            fields.PartialDate,
            ["2026", "2026-01", "2026-01-31"],
            ["2026-13", "2026-02-30", "26", "2026-1", ""],
        ),
        (
            fields.Amount,
            [480, "480", "0.5", 0.5],
            ["-1", "1e9", "NaN", "1.234", "", True, None, "9" * 99],
        ),
        (
            fields.Link,
            ["https://a.example/x?y=1", "http://b.example:8080"],
            [
                "javascript:alert(1)",
                "https://",
                "https://a b",
                "ftp://a.example",
                'https://x/"onclick',
            ],
        ),
        (fields.Count, [0, 5], [-1, 10**12, "five"]),
        (fields.Reference, ["urn:uuid:6f0f7a5e", "pt-prison~1~5"], ["", "a b", "-x", "x" * 129]),
    ],
)
def test_a_field_takes_its_own_shape_and_no_other(kind, good, bad):
    adapter = TypeAdapter(kind)
    for value in good:
        adapter.validate_python(value)
    for value in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


def test_problems_never_quote_what_was_entered():
    with pytest.raises(InvalidFieldsError) as caught:
        read_entered(Practice, {"language": "SECRETNAME", "title": {"pt": 5}, "tlp": "SECRETNAME"})
    assert "SECRETNAME" not in repr(caught.value.problems) + str(caught.value)
    assert {(p.path, p.code) for p in caught.value.problems} == {
        ("language", "bad_format"),
        ("title.pt", "bad_text"),
        ("tlp", "unknown_code"),
    }


def deep(levels):
    value = "x"
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "data",
    [
        deep(17),
        {"title": "x" * 40_001},
        {"a": ["x" * 39_000] * 7},
        {"a": [[]] * 1_001},
        {str(n): [[]] * 900 for n in range(6)},
        {"k" * 50_000: 1},
    ],
    ids=["deep", "long", "much", "wide", "many", "key"],
)
def test_a_body_outside_the_bounds_is_not_looked_at(data):
    with pytest.raises(InvalidFieldsError) as caught:
        read_entered(Practice, data)
    assert [problem.code for problem in caught.value.problems] == ["body_too_large"]


def test_at_most_a_hundred_problems_are_told():
    with pytest.raises(InvalidFieldsError) as caught:
        read_entered(Practice, {f"field{n}": 1 for n in range(900)})
    assert len(caught.value.problems) == 100


def test_texts_are_found_with_their_places():
    assert list(texts({"a": [{"b": "x"}], "c": 1, "d": "y"})) == [("a.0.b", "x"), ("d", "y")]
