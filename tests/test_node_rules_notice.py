"""Is a notice lawful before it goes out, quiet until it is opened, and the same after the journey?"""

import copy
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from integra_node.rules import notice as rules
from integra_node.rules.notice_checks import (
    RecipientInfo,
    categories_of,
    problems_before_submit,
    special_categories_of,
    urgency_for,
)
from integra_node.rules.permissions import Profile
from integra_node.rules.problems import InvalidFieldsError, errors_of, require_none
from integra_node.rules.purposes import Allowance, allowance, widest_allowance
from integra_protocol.canonical import decode_map, encode
from integra_protocol.errors import BadBodyError
from integra_protocol.limits import MAX_DATA_BYTES

EXAMPLE = json.loads((Path(__file__).parent / "data/bodies/handover.json").read_text("utf-8"))
TODAY = date(2026, 11, 2)
PROBATION = RecipientInfo(org="fr-probation", profile=Profile.CASEWORK, regime="LED")
GONE = object()


def changed(changes):
    """Return the example with the values at dotted paths replaced, or gone."""
    body = copy.deepcopy(EXAMPLE)
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = body
        for step in parents:
            place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
        if value is GONE:
            del place[last]
        else:
            place[int(last) if last.isdigit() else last] = value
    return body


def problems(changes, today=TODAY, recipient=PROBATION):
    return problems_before_submit(rules.parse_notice(changed(changes)), today, recipient)


def errors(changes, today=TODAY, recipient=PROBATION):
    return {(p.path, p.code) for p in errors_of(problems(changes, today, recipient))}


def warnings(changes, today=TODAY, recipient=PROBATION):
    found = problems(changes, today, recipient)
    return {(p.path, p.code) for p in found if not p.is_error}


def test_the_example_may_be_submitted():
    require_none(problems({}))
    assert errors({}) == set()


def test_the_example_survives_the_wire():
    notice = rules.parse_notice(EXAMPLE)
    data = encode(rules.to_wire(notice, "urn:uuid:1", 2, supersedes="urn:uuid:0"))
    received = rules.from_wire(decode_map(data, max_bytes=MAX_DATA_BYTES))
    assert received.notice == notice
    assert received.other_basis == ("EXEC",)
    assert (received.version, received.supersedes, received.readers) == (2, "urn:uuid:0", ())


def test_reading_what_was_written_changes_nothing():
    notice = rules.parse_notice(EXAMPLE)
    assert rules.parse_notice(rules.notice_json(notice)) == notice


def test_the_envelope_shows_nothing_about_the_person():
    notice = rules.parse_notice(
        changed({"checklist": [{"item": "papers_ready", "due": "2026-12-01"}]})
    )
    view = rules.notice_json(rules.envelope_of(notice))
    assert set(view) == {"env", "checklist"}
    assert "official_procedure" not in view["env"]
    text = json.dumps(view, ensure_ascii=False)
    for secret in (
        "R.",
        "fictional",
        "1995",
        'Toulouse"',
        "terrorist",
        "TEP-2026-114",
        "irmã",
        "sister",
    ):
        assert secret not in text, secret
    assert rules.parse_envelope(view) == rules.envelope_of(notice)


@pytest.mark.parametrize(
    "changes, path, code",
    [
        ({"env.legal_basis": []}, "env.legal_basis", "legal_basis_needed"),
        ({"env.purposes": []}, "env.purposes", "purpose_needed"),
        ({"env.purposes": ["EXEC", "EVAL"]}, "env.purposes.1", "purpose_not_personal"),
        ({"env.regime_sender": GONE}, "env.regime_sender", "required"),
        ({"env.regime_recipient": GONE}, "env.regime_recipient", "required"),
        ({"env.regime_recipient": "GDPR"}, "env.regime_recipient", "regime_differs"),
        ({"env.consent_grant": GONE}, "env.consent_grant", "consent_needed"),
        ({"env.consent_grant": {}}, "env.consent_grant", "consent_needed"),
        ({"env.consent_grant": {"other_basis": ["EXEC"]}}, "env.consent_grant", "consent_needed"),
        ({"env.consent_grant": {"not_basis": True}}, "env.consent_grant.reason", "consent_reason_needed"),
        ({"env.consent_grant.not_basis": True}, "env.consent_grant", "consent_contradicts"),
        ({"env.legal_basis": [{"code": "VOLUNTARY"}]}, "env.legal_basis", "consent_no_basis_for_authority"),
        ({"env.recipient.org": "fr-ngo"}, "env.recipient.org", "recipient_differs"),
        ({"env.sender": {"org": "fr-probation"}}, "env.recipient.org", "recipient_is_self"),
        ({"env.handling.tlp": "GREEN"}, "env.handling.tlp", "marking_too_wide"),
        ({"env.handling.europol": "H3"}, "env.handling.text", "handling_text_needed"),
        ({"env.kind": "transfer_of_prisoner", "env.official_procedure": GONE},
         "env.official_procedure", "procedure_needed"),
        ({"env.lang": GONE}, "env.lang", "required"),
        ({"env.valid_until": GONE}, "env.valid_until", "required"),
        ({"env.valid_until": "2026-11-01"}, "env.valid_until", "date_in_past"),
        ({"env.valid_until": "2028-11-01"}, "env.valid_until", "lifetime_too_long"),
        ({"env.review_on": "2027-03-01"}, "env.review_on", "review_after_end"),
        ({"env.review_on": GONE}, "env.review_on", "required"),
        ({"subj.identity": GONE}, "subj.identity", "identity_needed"),
        ({"subj.minor": True}, "subj.guardian", "guardian_needed"),
        ({"sent": GONE}, "sent.end_on", "sentence_dates_needed"),
        ({"sent.end_on": "2026-12-01"}, "sent.end_on", "end_before_release"),
        ({"sent.release_on": "2026-09-30"}, "sent.release_on", "release_long_past"),
        ({"meas.0.to": "2026-12-01"}, "meas.0.to", "end_before_start"),
        ({"plan": GONE}, "plan.goals", "goals_needed"),
        ({"needs": []}, "needs", "needs_needed"),
        ({"protective": []}, "protective", "protective_needed"),
        ({"voice": GONE}, "voice", "voice_needed"),
        ({"voice": {"declined": False}}, "voice", "voice_needed"),
        ({"voice.declined": True}, "voice.declined", "voice_contradicts"),
        ({"voice.language": GONE}, "voice.language", "required"),
        ({"assess.0.tool": "RRAP-IRS"}, "assess.0.tool", "tool_not_for_convicted"),
        ({"plan.reporting": "DIFFUSION RESTREINTE"}, "plan.reporting", "classified"),
    ],
)  # fmt: skip
def test_what_forbids_sending_is_named(changes, path, code):
    assert (path, code) in errors(changes)


@pytest.mark.parametrize(
    "changes, path, code",
    [
        ({"sent.end_on": "2027-03-14", "meas.0.to": "2027-03-14"}, "sent.end_on", "under_6m"),
        ({}, "env.official_procedure", "decision_after_release"),
        ({}, "plan.interim_arrangement", "interim_arrangement_needed"),
        ({"env.official_procedure": GONE}, "env.official_procedure", "procedure_missing"),
        ({"env.legal_basis": [{"code": "DOMESTIC"}]},
         "env.legal_basis.0.national_law_ref", "national_law_missing"),
        ({"sent.release_on": "2026-11-10", "plan.next_appointment.start": "2026-11-11T10:00:00+01:00"},
         "env.urgency", "urgency_too_low"),
        ({"practical": GONE}, "practical.housing.status", "housing_needed"),
        ({"assess.0.done_on": "2025-10-01"}, "assess.0", "assessment_old"),
        ({"assess.0.valid_until": "2026-10-31"}, "assess.0", "assessment_old"),
        ({"assess.0.population_ok": False}, "assess.0.tool", "tool_population"),
        ({"sent.offence_label": "theft"}, "assess.0.tool", "tool_population"),
        ({"assess.0.tool": "RRAP-IRS", "assess.0.override_reason": "asked by the court"},
         "assess.0.tool", "tool_not_for_convicted"),
        ({"subj.minor": True, "subj.guardian": "aunt"}, "subj.minor", "minor_second_reader"),
        ({"family": [{"relation": "son", "role": "supportive", "child": True}]},
         "family", "child_second_reader"),
        ({"plan.reporting": "vem de uma escuta"}, "plan.reporting", "word_of_intelligence"),
        ({"plan.reporting": "consta no SIS"}, "plan.reporting", "word_of_intelligence"),
        ({"needs.0.response": "é muçulmano"}, "needs.0.response", "word_of_belief"),
        ({"needs.0.response": "é perigoso"}, "needs.0.response", "character_as_fact"),
        ({}, "checklist", "checklist_missing"),
    ],
)  # fmt: skip
def test_what_asks_for_a_look_is_named_and_forbids_nothing(changes, path, code):
    assert (path, code) in warnings(changes)
    assert (path, code) not in errors(changes)


def test_an_interim_arrangement_answers_the_late_decision():
    found = warnings({"plan.interim_arrangement": "weekly visit until the decision"})
    assert ("plan.interim_arrangement", "interim_arrangement_needed") not in found


def test_the_late_decision_is_told_with_its_days():
    found = next(p for p in problems({}) if p.code == "decision_after_release")
    assert found.params == {"instrument": "FD947", "due": "2027-01-01", "release": "2026-12-15"}


def test_within_thirty_days_of_release_appointment_crisis_contact_and_housing_are_needed():
    missing = {"plan.next_appointment": GONE, "plan.crisis_contact": GONE, "practical": GONE}
    near = date(2026, 11, 15)
    assert errors(missing, near) == {
        ("plan.next_appointment", "appointment_needed"),
        ("plan.crisis_contact", "crisis_contact_needed"),
        ("practical.housing.status", "housing_needed"),
    }
    assert errors(missing, near - timedelta(days=1)) == set()


def test_a_knowledge_node_receives_no_notice():
    university = RecipientInfo(org="fr-probation", profile=Profile.KNOWLEDGE, regime="LED")
    assert ("env.recipient.org", "recipient_not_casework") in errors({}, recipient=university)


NGO = RecipientInfo(org="fr-probation", profile=Profile.CASEWORK, regime="GDPR")
TO_NGO = {
    "env.regime_recipient": "GDPR",
    "env.legal_basis": [{"code": "DOMESTIC"}],
    "env.purposes": ["MENT"],
    "env.consent_grant": {"ref": "urn:uuid:1", "categories": ["PROTECT", "CONTACT"]},
}


def test_mentoring_gets_no_assessment_and_no_health_flag():
    found = errors(TO_NGO, recipient=NGO)
    assert ("assess", "category_not_for_purpose") in found
    assert ("health_flags", "category_not_for_purpose") in found


def test_special_categories_need_a_consent_that_names_them_or_a_law():
    resettlement = TO_NGO | {"env.purposes": ["RESET"]}
    codes = {"special_category_needs_consent"}
    assert {path for path, code in errors(resettlement, recipient=NGO) if code in codes} == {
        "assess",
        "health_flags",
    }
    law = resettlement | {"env.legal_basis": [{"code": "DOMESTIC", "national_law_ref": "Art. 12"}]}
    assert errors(law, recipient=NGO) == set()


def test_without_consent_and_law_what_needs_consent_stays_here():
    alone = TO_NGO | {"env.consent_grant": {"not_basis": True, "reason": "mandate"}}
    assert ("subj.identity", "category_needs_consent") in errors(alone, recipient=NGO)


@pytest.mark.parametrize("known, is_error", [(None, False), (False, True)])
def test_data_on_convictions_need_an_authorisation_of_the_recipient(known, is_error):
    recipient = RecipientInfo(
        org="fr-probation", profile=Profile.CASEWORK, regime="GDPR", conviction_data=known
    )
    found = ("sent", "conviction_data_not_authorised")
    assert (found in errors(TO_NGO, recipient=recipient)) is is_error
    assert (found in warnings(TO_NGO, recipient=recipient)) is not is_error
    allowed = RecipientInfo(
        org="fr-probation", profile=Profile.CASEWORK, regime="GDPR", conviction_data=True
    )
    assert found not in errors(TO_NGO, recipient=allowed) | warnings(TO_NGO, recipient=allowed)


def test_voluntary_support_without_sentence_may_be_sent_by_an_association():
    body = {
        "env.kind": "voluntary_support", "env.regime_sender": "GDPR", "env.regime_recipient": "GDPR",
        "env.legal_basis": [{"code": "VOLUNTARY"}], "env.purposes": ["MENT", "RESET"],
        "env.consent_grant": {"ref": "urn:uuid:1", "categories": ["PROTECT"]},
        "env.official_procedure": GONE, "sent": GONE, "meas": [], "assess": [], "health_flags": [],
        "subj.category": "supported_voluntary",
    }  # fmt: skip
    assert errors(body, recipient=NGO) == set()


@pytest.mark.parametrize(
    "days, declared, urgency",
    [(43, "routine", "routine"), (14, "routine", "urgent"), (15, "priority", "priority"),
     (11, "routine", "urgent"), (3, "urgent", "immediate"), (-5, "routine", "immediate"),
     (40, "immediate", "immediate"), (10, "of_tomorrow", "urgent")],
)  # fmt: skip
def test_urgency_follows_the_release(days, declared, urgency):
    assert urgency_for(TODAY + timedelta(days=days), TODAY, declared) == urgency
    assert urgency_for(None, TODAY, declared) == declared


def test_categories_are_those_that_are_there():
    notice = rules.parse_notice(EXAMPLE)
    assert set(categories_of(notice)) == {
        "ID", "CONTACT", "SENTENCE", "MEASURES", "PLAN", "APPOINT", "ASSESS_SUM", "NEEDS",
        "PROTECT", "PRACTICAL", "HEALTH_FLAG", "VOICE",
    }  # fmt: skip
    trauma = rules.parse_notice(changed({"needs.0.domain": "trauma"}))
    assert special_categories_of(trauma)["NEEDS"] == "needs.0.domain"


def test_the_matrix_never_allows_what_it_does_not_know():
    assert allowance("ID", "EXEC") is Allowance.ALWAYS
    assert allowance("SENTENCE", "MENT") is Allowance.CONSENT
    assert allowance("ASSESS_SUM", "MENT") is Allowance.NEVER
    assert allowance("SHOE_SIZE", "EXEC") is Allowance.NEVER
    assert allowance("ID", "FUN") is Allowance.NEVER
    assert widest_allowance("SENTENCE", ["FAM", "MENT"]) is Allowance.CONSENT
    assert widest_allowance("ID", []) is Allowance.NEVER


@pytest.mark.parametrize(
    "changes, path, code",
    [
        ({"local": {"notes": "x"}}, "local", "unknown_field"),
        ({"sis_alert": True}, "sis_alert", "unknown_field"),
        ({"env.legal_basis": [{"code": "SIS"}]}, "env.legal_basis.0.code", "unknown_code"),
        ({"env.kind": "gossip"}, "env.kind", "unknown_code"),
        ({"plan.goals": ["x"] * 6}, "plan.goals", "too_many"),
        ({"plan.next_appointment.start": "2026-12-16T10:00:00"},
         "plan.next_appointment.start", "zone_missing"),
        ({"needs.0.basis": GONE}, "needs.0.basis", "required"),
        ({"assess.0.formulation": "x" * 1_501}, "assess.0.formulation", "too_long"),
        ({"assess.0.score": 5}, "assess.0.score", "unknown_field"),
        ({"meas.0.from": "yesterday"}, "meas.0.from", "bad_date"),
        ({"subj.category": GONE}, "subj.category", "required"),
        ({"env": GONE}, "env", "required"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_place(changes, path, code):
    with pytest.raises(InvalidFieldsError) as caught:
        rules.parse_notice(changed(changes))
    assert (path, code) in {(problem.path, problem.code) for problem in caught.value.problems}


def test_what_newer_nodes_say_does_no_harm():
    wire = rules.to_wire(rules.parse_notice(EXAMPLE), "urn:uuid:1", 1)
    wire["env"]["kind"] = "of_tomorrow"
    wire["mood"] = 1
    assert rules.from_wire(wire).notice.env.kind == "of_tomorrow"


@pytest.mark.parametrize(
    "change",
    [{"id": ""}, {"version": 0}, {"other_basis": None}, {"tlp": "RED"}, {"tlp": "GREEN"}, {"env": {}},
     {"needs": {}}, {"for": ["x"] * 9}, {"plan": {"next_appointment": {"start": 5}}}],
    ids=str,
)  # fmt: skip
def test_a_notice_that_breaks_a_rule_everybody_knows_is_a_bad_body(change):
    wire = rules.to_wire(rules.parse_notice(EXAMPLE), "urn:uuid:1", 1) | change
    with pytest.raises(BadBodyError) as caught:
        rules.from_wire(wire)
    assert caught.value.why in {"fields", "bounds"}


def test_the_checklist_of_a_release_has_its_days():
    items = rules.default_checklist(date(2026, 12, 15))
    due = {item.item: item.due for item in items}
    assert due["conference_c4"] == date(2026, 12, 1)
    assert due["first_contact_made"] == date(2026, 12, 16)


def test_the_end_of_supervision_is_the_last_day_of_sentence_and_measures():
    assert rules.supervision_end(rules.parse_notice(EXAMPLE)) == date(2027, 12, 14)
    assert rules.supervision_end(rules.parse_notice(changed({"sent": GONE, "meas": []}))) is None
    assert rules.release_day(rules.parse_notice(EXAMPLE)) == date(2026, 12, 15)
