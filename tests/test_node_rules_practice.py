"""Is a practice complete before it goes out, seen by two persons, and the same after the journey?"""

import copy
import json
from pathlib import Path

import pytest

from integra_node.rules import practice as rules
from integra_node.rules.permissions import Action
from integra_node.rules.practice import PracticeEvent, PracticeState, PracticeStateError
from integra_node.rules.problems import InvalidFieldsError
from integra_protocol.canonical import decode_map, encode
from integra_protocol.errors import BadBodyError
from integra_protocol.limits import MAX_DATA_BYTES

EXAMPLE = json.loads((Path(__file__).parent / "data/bodies/practice.json").read_text("utf-8"))


@pytest.fixture
def body():
    return copy.deepcopy(EXAMPLE)


def found(body):
    problems = rules.problems_before_submit(rules.parse_practice(body))
    return {(problem.path, problem.code) for problem in problems}


def test_the_example_is_read_and_written_without_change(body):
    practice = rules.parse_practice(body)
    assert rules.practice_json(practice) == EXAMPLE
    assert rules.problems_before_submit(practice) == ()


def test_the_example_survives_the_wire(body):
    practice = rules.parse_practice(body)
    data = encode(rules.to_wire(practice, "p-1", 3))
    received = rules.from_wire(decode_map(data, max_bytes=MAX_DATA_BYTES))
    assert (received.id, received.version, received.body) == ("p-1", 3, practice)


def test_flags_and_decimals_have_their_wire_form(body):
    body["intensity"]["hours_per_week"] = 1.5
    wire = rules.to_wire(rules.parse_practice(body), "p-1", 1)
    assert wire["running"] == 1
    assert wire["intensity"]["hours_per_week"] == "1.5"
    assert wire["status"] == "published"
    assert "materials" not in wire
    assert rules.practice_json(rules.from_wire(wire).body)["intensity"]["hours_per_week"] == 1.5


def test_what_newer_nodes_say_does_no_harm(body):
    wire = rules.to_wire(rules.parse_practice(body), "p-1", 1)
    wire |= {"mood": "good", "settings": ["prison", "space_station"]}
    wire["evidence"]["stars"] = 5
    received = rules.from_wire(wire)
    assert received.body.settings == ("prison", "space_station")


def test_a_withdrawal_has_a_reason_and_no_body():
    received = rules.from_wire(rules.withdrawal_to_wire("p-1", 2, "no longer offered"))
    assert (received.body, received.reason) == (None, "no longer offered")


@pytest.mark.parametrize(
    "change",
    [
        {"status": "draft"},
        {"version": 0},
        {"id": ""},
        {"title": {}},
        {"title": {"en": "not in its own language"}},
        {"tlp": "RED"},
        {"evidence": {"level": 6}},
        {"country": ["Portugal"]},
        {"title": {"pt": "x" * 201}},
    ],
    ids=str,
)
def test_a_practice_that_breaks_a_rule_everybody_knows_is_a_bad_body(body, change):
    wire = rules.to_wire(rules.parse_practice(body), "p-1", 1) | change
    with pytest.raises(BadBodyError):
        rules.from_wire(wire)


@pytest.mark.parametrize(
    "change, path, code",
    [
        ({"settings": ["moon"]}, "settings.0", "unknown_code"),
        ({"stars": 5}, "stars", "unknown_field"),
        ({"summary": {"pt": "x" * 601}}, "summary.pt", "too_long"),
        ({"tlp": "AMBER"}, "tlp", "unknown_code"),
        ({"country": ["PT", "PT"]}, "country", "duplicate"),
        ({"running": "perhaps"}, "running", "bad_flag"),
        ({"evidence": {"level": 6}}, "evidence.level", "too_big"),
        (
            {"emmie": {"effect": {"text": {"pt": "x"}, "quality": 5}}},
            "emmie.effect.quality",
            "too_big",
        ),
        ({"title": {"xx_yy": "x"}}, "title.xx_yy", "bad_format"),
        ({"steps": [{"pt": "x"}] * 51}, "steps", "too_many"),
        ({"title": {}}, "title", "too_few"),
    ],
)
def test_a_wrong_field_is_named_with_its_place(body, change, path, code):
    with pytest.raises(InvalidFieldsError) as caught:
        rules.parse_practice(body | change)
    assert (path, code) in {(problem.path, problem.code) for problem in caught.value.problems}


@pytest.mark.parametrize(
    "change, path, code",
    [
        ({"summary": None}, "summary", "required"),
        ({"settings": []}, "settings", "required"),
        ({"evidence": None}, "evidence", "required"),
        ({"language": "fr"}, "title.fr", "language_missing"),
        ({"evidence": {"level": 4}}, "evidence.who_evaluated", "evidence_needs_external"),
        ({"evidence": {"level": 1}}, "evidence.limits", "evidence_limits_missing"),
        ({"failures": None}, "failures", "failures_missing"),
        ({"until": "2022-12"}, "until", "end_before_start"),
        ({"staffing": {"pt": "RESTREINT UE"}}, "staffing.pt", "classified"),
        (
            {"steps": [{"pt": "ж" * 2_000, "en": "y" * 2_000, "fr": "z" * 2_000}] * 43},
            "",
            "body_too_large",
        ),
    ],
)
def test_what_is_missing_before_it_is_submitted_is_named(body, change, path, code):
    assert (path, code) in found(body | change)


def test_every_state_and_event_pair_is_decided():
    allowed = {
        (PracticeState.DRAFT, PracticeEvent.EDIT),
        (PracticeState.DRAFT, PracticeEvent.SUBMIT),
        (PracticeState.SUBMITTED, PracticeEvent.RETURN),
        (PracticeState.SUBMITTED, PracticeEvent.PUBLISH),
        (PracticeState.PUBLISHED, PracticeEvent.CONFIRM),
        (PracticeState.PUBLISHED, PracticeEvent.DEPRECATE),
        (PracticeState.DEPRECATED, PracticeEvent.SUPERSEDE),
        (PracticeState.DEPRECATED, PracticeEvent.WITHDRAW),
        (PracticeState.PUBLISHED, PracticeEvent.SUPERSEDE),
        (PracticeState.PUBLISHED, PracticeEvent.WITHDRAW),
    }
    for state in PracticeState:
        for event in PracticeEvent:
            if (state, event) in allowed:
                assert rules.next_state(state, event).target in PracticeState
                continue
            with pytest.raises(PracticeStateError) as caught:
                rules.next_state(state, event)
            assert caught.value.code == "wrong_state"


def test_publishing_needs_a_second_person_and_withdrawing_a_reason():
    publish = rules.next_state(PracticeState.SUBMITTED, PracticeEvent.PUBLISH)
    assert publish.second_person
    assert publish.action is Action.PUBLISH_PRACTICE
    assert rules.next_state(PracticeState.PUBLISHED, PracticeEvent.WITHDRAW).needs_reason
