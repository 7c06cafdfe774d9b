"""What differs between two texts of a practice, and that nobody can make it cost much."""

import json
import random
import time
from pathlib import Path

import pytest

from integra_node.rules.differences import Kind, differences, fields
from integra_node.rules.practice import parse_practice

BODY = json.loads((Path(__file__).parent / "data/bodies/practice.json").read_text("utf-8"))
SAME, REMOVED, ADDED = Kind.SAME, Kind.REMOVED, Kind.ADDED


def between(before, after):
    old, new = (parse_practice({**BODY, **texts}) for texts in (before, after))
    return {(one.path, one.language): one.paragraphs for one in differences(old, new)}


def test_the_same_text_differs_in_nothing():
    assert between({}, {}) == {}


def test_words_within_a_paragraph_are_told_apart():
    found = between(
        {"failures": {"pt": "Primeiro parágrafo.\nOs mentores saíram cedo demais."}},
        {"failures": {"pt": "Primeiro parágrafo.\nAlguns mentores saíram muito cedo."}},
    )
    assert found == {
        ("failures", "pt"): (
            ((SAME, "Primeiro parágrafo."),),
            (
                (REMOVED, "Os"),
                (ADDED, "Alguns"),
                (SAME, "mentores saíram"),
                (REMOVED, "cedo demais."),
                (ADDED, "muito cedo."),
            ),
        )
    }


def test_codes_numbers_and_groups_are_told_by_their_field():
    evidence = BODY["evidence"]
    found = between({}, {"settings": ["prison"], "evidence": {**evidence, "level": 3, "n": 12}})
    assert found["evidence.level", ""] == (((REMOVED, "2"),), ((ADDED, "3"),))
    assert found["evidence.n", ""][-1] == ((ADDED, "12"),)
    assert ((ADDED, "prison"),) in found["settings", ""] or ((SAME, "prison"),) in found[
        "settings", ""
    ]


def test_a_language_that_came_or_went_is_one_difference():
    found = between({}, {"title": {**BODY["title"], "fr": "Mentors"}})
    assert found == {("title", "fr"): (((ADDED, "Mentors"),),)}
    gone = between({"title": {**BODY["title"], "fr": "Mentors"}}, {})
    assert gone == {("title", "fr"): (((REMOVED, "Mentors"),),)}


def test_differences_come_in_the_order_of_the_schema():
    found = between({}, {"tlp": "GREEN", "title": {"pt": "Outro"}, "region": "Norte"})
    assert list(found) == [("title", "pt"), ("region", ""), ("tlp", "")]


def test_steps_are_paragraphs_of_one_text():
    found = between(
        {"steps": [{"pt": "Um"}, {"pt": "Dois"}]}, {"steps": [{"pt": "Um"}, {"pt": "Três"}]}
    )
    assert found == {("steps", "pt"): (((SAME, "Um"),), ((REMOVED, "Dois"),), ((ADDED, "Três"),))}


def test_a_paragraph_that_moved_down_is_compared_with_itself():
    old = {"failures": {"pt": "Os mentores saíram cedo."}}
    new = {"failures": {"pt": "Uma frase nova.\nOs mentores saíram tarde."}}
    assert between(old, new) == {
        ("failures", "pt"): (
            ((ADDED, "Uma frase nova."),),
            ((SAME, "Os mentores saíram"), (REMOVED, "cedo."), (ADDED, "tarde.")),
        )
    }


def test_fields_say_what_a_practice_says():
    said = fields(parse_practice(BODY))
    assert said["title"] == BODY["title"]
    assert said["evidence.level"] == {"": "2"}
    assert said["settings"][""].split("\n") == BODY["settings"]


@pytest.mark.parametrize("letters", ["ab", "abcdefghijklmnopqrstuvwxyz"])
@pytest.mark.parametrize("end", [" ", "\n"])
def test_hostile_texts_cost_little(letters, end):
    chosen = random.Random(7)

    def text():
        return "".join(chosen.choice(letters) + end for _ in range(9_990)).strip()

    tags = ["pt", "en", "fr", "de", "es", "it", "nl", "pl", "sv", "bg", "el", "ro"]
    before, after = ({"description": {tag: text() for tag in tags}} for _ in range(2))
    started = time.process_time()
    found = between(before, after)
    assert time.process_time() - started < 3
    assert len(found) == len(tags)


def test_many_paragraphs_of_the_longest_kind_that_is_compared_cost_little():
    chosen = random.Random(7)

    def text():
        words = [chosen.choice("abc") for _ in range(9_600)]
        return "\n".join(" ".join(words[n : n + 400]) for n in range(0, 9_600, 400))

    tags = ["pt", "en", "fr", "de", "es", "it"]
    before, after = ({"description": {tag: text() for tag in tags}} for _ in range(2))
    started = time.process_time()
    found = between(before, after)
    assert time.process_time() - started < 3
    assert found["description", "it"][0] != found["description", "pt"][0]
