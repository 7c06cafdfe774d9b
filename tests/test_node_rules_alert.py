"""Is an alert cleared by a second person, checked for bias, dated, and the same after the journey?"""

import copy
import json
from datetime import date
from pathlib import Path

import pytest

from integra_node.rules import alert as rules
from integra_node.rules.alert import AlertEvent, AlertState, AlertStateError
from integra_node.rules.codes import codes_of
from integra_node.rules.markings import Tlp
from integra_node.rules.problems import InvalidFieldsError
from integra_protocol.canonical import decode_map, encode
from integra_protocol.errors import BadBodyError
from integra_protocol.limits import MAX_DATA_BYTES

EXAMPLE = json.loads((Path(__file__).parent / "data/bodies/alert.json").read_text("utf-8"))
TODAY = date(2026, 11, 23)
BIAS = dict.fromkeys(codes_of("bias_check"), "No; a number alone says nothing.")


@pytest.fixture
def body():
    return copy.deepcopy(EXAMPLE)


def found(body, bias=None):
    problems = rules.problems_before_publish(
        rules.parse_alert(body), BIAS if bias is None else bias, TODAY
    )
    return {(problem.path, problem.code) for problem in problems}


def test_the_example_is_read_and_written_without_change(body):
    assert rules.alert_json(rules.parse_alert(body)) == EXAMPLE
    assert found(body) == set()


def test_the_example_survives_the_wire(body):
    alert = rules.parse_alert(body)
    data = encode(rules.to_wire(alert, "a-1", 1))
    received = rules.from_wire(decode_map(data, max_bytes=MAX_DATA_BYTES))
    assert received.body == alert
    assert received.tlp is Tlp.GREEN
    assert received.readers == ()


def test_a_red_alert_names_its_readers(body):
    alert = rules.parse_alert(body | {"tlp": "RED"})
    received = rules.from_wire(rules.to_wire(alert, "a-1", 1, ["o-1", "o-2"]))
    assert received.readers == ("o-1", "o-2")


def test_a_retraction_keeps_marking_and_reason_and_drops_the_body():
    wire = rules.retraction_to_wire("a-1", 2, Tlp.AMBER, "it was a football score", ["o-1"])
    received = rules.from_wire(wire)
    assert (received.body, received.tlp, received.readers) == (None, Tlp.AMBER, ("o-1",))
    assert received.reason == "it was a football score"


def test_what_newer_nodes_say_does_no_harm(body):
    wire = rules.to_wire(rules.parse_alert(body), "a-1", 1)
    wire |= {"severity": "planetary", "type": "of_tomorrow", "shade": 1}
    received = rules.from_wire(wire)
    assert (received.body.severity, received.body.type) == ("planetary", "of_tomorrow")


@pytest.mark.parametrize(
    "change",
    [
        {"tlp": "PINK"},
        {"version": 0},
        {"indicators": [{"seen_as": {"en": "x"}}]},
        {"body": {}},
        {"for": [f"o{n}" for n in range(9)]},
        {"title": {"fr": "x"}},
        {"valid_from": 5},
    ],
    ids=str,
)
def test_an_alert_that_breaks_a_rule_everybody_knows_is_a_bad_body(body, change):
    with pytest.raises(BadBodyError):
        rules.from_wire(rules.to_wire(rules.parse_alert(body), "a-1", 1) | change)


def test_an_indicator_without_innocent_explanation_is_refused(body):
    del body["indicators"][0]["benign"]
    with pytest.raises(InvalidFieldsError) as caught:
        rules.parse_alert(body)
    assert [(p.path, p.code) for p in caught.value.problems] == [
        ("indicators.0.benign", "required")
    ]


@pytest.mark.parametrize(
    "change, path, code",
    [
        ({"grading": None}, "grading", "required"),
        (
            {"grading": {"scheme": "europol", "source": "F", "info": "3"}},
            "grading.source",
            "unknown_code",
        ),
        (
            {"grading": {"scheme": "europol", "source": "A", "info": "5"}},
            "grading.info",
            "unknown_code",
        ),
        ({"do_not_do": None}, "do_not_do", "required"),
        ({"europol_handling": "H3"}, "handling_text", "handling_text_needed"),
        ({"language": "fr"}, "title.fr", "language_missing"),
        ({"expires_at": "2026-11-22"}, "expires_at", "end_before_start"),
        ({"valid_from": "2026-01-01", "expires_at": "2026-11-22"}, "expires_at", "date_in_past"),
        ({"expires_at": "2028-11-22"}, "expires_at", "lifetime_too_long"),
        ({"severity": "critical"}, "expires_at", "lifetime_unusual"),
        ({"body": {"en": "EU SECRET"}}, "body.en", "classified"),
    ],
)
def test_what_is_wrong_before_it_is_cleared_is_named(body, change, path, code):
    assert (path, code) in found(body | change)


def test_publishing_needs_an_answer_to_every_bias_question(body):
    assert found(body, {}) == {(f"bias.{code}", "bias_answer_needed") for code in BIAS}
    assert found(body, BIAS | {"legal_practice": "no   "}) == {
        ("bias.legal_practice", "bias_answer_needed")
    }


@pytest.mark.parametrize("severity, end", [("high", "2027-02-21"), ("critical", "2026-12-07")])
def test_an_alert_ends_by_itself(body, severity, end):
    del body["valid_from"], body["expires_at"]
    alert = rules.with_defaults(rules.parse_alert(body | {"severity": severity}), TODAY)
    assert (alert.valid_from, alert.expires_at) == (TODAY, date.fromisoformat(end))
    assert not rules.is_expired(alert, alert.expires_at)
    assert rules.is_expired(alert, date(2027, 2, 22))


ALLOWED = {
    (AlertState.DRAFT, AlertEvent.EDIT): AlertState.DRAFT,
    (AlertState.DRAFT, AlertEvent.CLEAR): AlertState.CLEARED,
    (AlertState.CLEARED, AlertEvent.EDIT): AlertState.DRAFT,
    (AlertState.CLEARED, AlertEvent.PUBLISH): AlertState.PUBLISHED,
    (AlertState.PUBLISHED, AlertEvent.SUPERSEDE): AlertState.SUPERSEDED,
    (AlertState.PUBLISHED, AlertEvent.RETRACT): AlertState.RETRACTED,
    (AlertState.PUBLISHED, AlertEvent.EXPIRE): AlertState.EXPIRED,
    (AlertState.EXPIRED, AlertEvent.RETRACT): AlertState.RETRACTED,
}


@pytest.mark.parametrize("state", AlertState)
@pytest.mark.parametrize("event", AlertEvent)
def test_every_state_and_event_pair_is_decided(state, event):
    if (state, event) in ALLOWED:
        assert rules.next_state(state, event).target is ALLOWED[state, event]
        return
    with pytest.raises(AlertStateError):
        rules.next_state(state, event)


def test_clearing_needs_a_second_person_and_publishing_an_officer():
    assert rules.next_state(AlertState.DRAFT, AlertEvent.CLEAR).second_person
    assert rules.next_state(AlertState.CLEARED, AlertEvent.PUBLISH).needs_pin
    retract = rules.next_state(AlertState.PUBLISHED, AlertEvent.RETRACT)
    assert retract.needs_pin
    assert retract.needs_reason
