"""Does a second person decide about each word that may point at a person, before an alert goes out?"""

import pytest

from alert_agencies import BIAS, PIN, body, clear, draft, one_agency, publish, retract, send
from integra_node.actions import alert_drafts, alerts, notices
from integra_node.rules.alert import AlertState, parse_alert
from integra_node.rules.alert_draft import parse_draft, parse_stored, stored_json
from integra_node.rules.alert_screening import findings
from integra_node.rules.problems import InvalidFieldsError

NAMING = {"en": "Mr Smith parks an AB-123-CD at the gate. Mr Smith waits."}


@pytest.fixture
def pt(database, tmp_path):
    return one_agency(database, tmp_path)


def ids(held):
    return {one.words: one.id for one in findings(held.draft.alert)}


def decide(agency, alert_id, words, username="bea"):
    staff = agency.people[username]
    return agency.write(
        lambda tx: alerts.clear(
            tx, agency.us, alert_id, BIAS, words=words, staff=staff, now=agency.now
        )
    )


def told(agency, username):
    staff = agency.people[username]
    return agency.read(lambda tx: notices.list_for(tx, unseen_only=True, staff=staff))


def test_every_text_is_looked_at_in_its_own_language_and_codes_are_not():
    alert = parse_alert(
        body(
            body={"en": "Me Durand", "fr": "Me Durand"},
            regions=["12 Baker Street"],
            indicators=[{"seen_as": {"bg": "г-н Петров"}, "benign": {"en": "a word"}}],
        )
    )
    assert {(one.path, one.words) for one in findings(alert)} == {
        ("body.fr", "Me Durand"),
        ("regions.0", "12 Baker Street"),
        ("indicators.0.seen_as.bg", "г-н Петров"),
    }


def test_words_about_which_nobody_decided_stop_the_clearance(pt):
    made = draft(pt, text=body(body=NAMING))
    assert set(ids(made)) == {"Mr Smith", "AB-123-CD"}
    with pytest.raises(InvalidFieldsError) as refused:
        clear(pt, made.row.id)
    assert {(p.path, p.code) for p in refused.value.problems} == {
        (f"words.{one}", "words_undecided") for one in ids(made).values()
    }
    with pytest.raises(InvalidFieldsError):
        decide(pt, made.row.id, {ids(made)["Mr Smith"]: "keep"})


def test_words_that_may_stay_go_out_as_they_were_written(pt):
    made = draft(pt, text=body(body=NAMING))
    after = decide(pt, made.row.id, dict.fromkeys(ids(made).values(), "keep"))
    assert after.state is AlertState.CLEARED
    assert publish(pt, made.row.id).draft.alert.body == NAMING


def test_words_that_have_to_go_give_the_alert_back_and_tell_its_author(pt):
    made = draft(pt, text=body(body=NAMING))
    words = {ids(made)["Mr Smith"]: "remove", ids(made)["AB-123-CD"]: "keep"}
    after = decide(pt, made.row.id, words)
    assert after.state is AlertState.DRAFT
    assert after.draft.alert.body == NAMING  # nothing is taken out by itself
    assert [(one.kind, one.ref) for one in told(pt, "ana")] == [("alert_given_back", made.row.id)]
    held = pt.read(lambda tx: alert_drafts.find(tx, pt.us, made.row.id))
    assert dict(held.draft.words) == words


def test_a_decision_is_about_the_words_and_ends_when_they_change(pt):
    made = draft(pt, text=body(body=NAMING))
    decide(pt, made.row.id, dict.fromkeys(ids(made).values(), "keep"))
    staff, changed = pt.people["ana"], parse_draft(body(body={"en": "Mr Jones was seen"}))
    after = pt.write(
        lambda tx: alert_drafts.edit(
            tx, pt.us, made.row.id, changed, etag=None, staff=staff, now=pt.now
        )
    )
    assert dict(after.draft.words) == {}
    with pytest.raises(InvalidFieldsError):
        clear(pt, made.row.id)


def test_decisions_survive_being_stored_and_are_never_sent():
    entered = parse_draft(body())
    kept = parse_stored({**stored_json(entered), "words": {"w1": "keep"}})
    assert dict(kept.words) == {"w1": "keep"}
    assert "words" not in alerts.to_wire(kept.alert, "a", 1)


@pytest.mark.parametrize("word", ["perhaps", 1, ["keep"]])
def test_another_word_than_keep_or_remove_is_refused(pt, word):
    made = draft(pt, text=body(body=NAMING))
    with pytest.raises(InvalidFieldsError):
        decide(pt, made.row.id, {ids(made)["Mr Smith"]: word})


def test_the_reason_of_a_retraction_is_looked_at_too_and_never_changed(pt):
    done = send(pt)
    with pytest.raises(InvalidFieldsError) as refused:
        retract(pt, done.row.id, "Mr Smith complained.")
    assert [(p.path, p.code) for p in refused.value.problems] == [("sure", "reason_points_at")]
    officer, staff = pt.officer("ana", PIN), pt.people["ana"]
    after = pt.write(
        lambda tx: alerts.retract(
            tx,
            pt.us,
            done.row.id,
            reason="Mr Smith complained.",
            sure=True,
            officer=officer,
            staff=staff,
            now=pt.now,
        )
    )
    assert after.draft.reason == "Mr Smith complained."
