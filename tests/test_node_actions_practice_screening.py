"""Does a second person decide about each word that may point at a person, before a practice goes out?"""

import json

import pytest

from integra_node.actions import notices, practice_drafts, practice_rows, practice_words, practices
from integra_node.actions.library import find_published
from integra_node.rules.practice import parse_practice
from integra_node.rules.practice_screening import findings
from integra_node.rules.problems import InvalidFieldsError
from integra_node.store import audit
from test_node_actions_practices import ANA, BODY, RUI, Office

NAMING = BODY | {"failures": {"pt": "O Sr. Silva faltou. A carrinha AB-123-CD avariou."}}


@pytest.fixture
def office(database):
    return Office(database)


def ids(row):
    return {one.finding.words: one.finding.id for one in practice_words.pointed_at(row)}


def decide(office, row, words):
    return office.write(practices.publish, office.us, row.id, words=words, staff=RUI)


def last_row(office):
    row = office.read(audit.page, audit.AuditFilter())[0]
    return row.actor, json.loads(row.details)


def test_every_text_is_looked_at_in_its_own_language_and_codes_are_not():
    body = parse_practice(
        {
            "language": "en",
            "title": {"en": "A practice", "fr": "Une pratique"},
            "summary": {"en": "Me Durand", "fr": "Me Durand"},
            "contact_role": "Mr Smith",
            "cost": {"cost_types": ["12 Baker Street"]},
            "lineage": {"adapted_from": "pt-prison~1~12345678901"},
            "evidence": {"level": 1, "report_url": "https://a.example/@report_2020_12345678"},
        }
    )
    assert {(one.path, one.words) for one in findings(body)} == {
        ("summary.fr", "Me Durand"),
        ("contact_role", "Mr Smith"),
        ("cost.cost_types.0", "12 Baker Street"),
    }


def test_the_author_is_shown_the_words_and_may_hand_in_all_the_same(office):
    row = office.handed_in(NAMING)
    assert set(ids(row)) == {"Sr. Silva", "AB-123-CD"}
    problems = [(one.path, one.code, one.is_error) for one in practice_rows.problems_of(row)]
    assert ("failures.pt", "identifies_person", False) in problems


def test_words_about_which_nobody_decided_are_not_published(office):
    row = office.handed_in(NAMING)
    for words in ({}, {ids(row)["Sr. Silva"]: "keep"}):
        with pytest.raises(InvalidFieldsError) as refused:
            decide(office, row, words)
        left = {f"words.{one}" for one in ids(row).values() if one not in words}
        assert {p.path for p in refused.value.problems} == left
    with pytest.raises(InvalidFieldsError):
        decide(office, row, dict.fromkeys(ids(row).values(), "perhaps"))


def test_words_that_may_stay_go_out_as_written_and_the_audit_log_has_each_decision(office):
    row = office.handed_in(NAMING)
    done = decide(office, row, dict.fromkeys(ids(row).values(), "keep"))
    found = office.read(find_published, office.us, practice_rows.published_ref(done))
    assert found.body.failures == NAMING["failures"]
    actor, said = last_row(office)
    assert (actor, said["event"]) == ("rui", "published")
    assert said["words"] == ["keep name failures.pt", "keep plate failures.pt"]
    assert "Silva" not in json.dumps(said)


def test_words_that_have_to_go_make_it_a_draft_and_tell_its_author(office):
    row = office.handed_in(NAMING)
    after = decide(office, row, {ids(row)["Sr. Silva"]: "remove", ids(row)["AB-123-CD"]: "keep"})
    assert after.status == "draft"
    held = office.read(practice_rows.find, row.id, for_update=False)
    assert practice_rows.body_json(held)["failures"] == NAMING["failures"]  # nothing is taken out
    decided = {one.finding.words: one.decision for one in practice_words.pointed_at(held)}
    assert decided == {"Sr. Silva": "remove", "AB-123-CD": "keep"}
    assert last_row(office)[1]["words"] == ["remove name failures.pt", "keep plate failures.pt"]

    def told():
        found = office.read(notices.list_for, unseen_only=True, staff=ANA)
        return [(one.kind, one.ref) for one in found]

    assert told() == [("practice_given_back", row.id)]
    office.write(practice_drafts.submit, row.id)
    assert told() == []
    with pytest.raises(InvalidFieldsError):  # it was not changed: the words are asked about again
        decide(office, held, {})


def test_an_edited_text_is_looked_at_anew(office):
    row = office.handed_in(NAMING)
    decide(office, row, dict.fromkeys(ids(row).values(), "remove"))
    edited = office.write(practice_drafts.edit, row.id, BODY, etag=None)
    assert (edited.words, practice_words.pointed_at(edited)) == (None, ())
    office.write(practice_drafts.submit, row.id)
    assert decide(office, row, {}).status == "published"


def test_many_are_published_at_once_only_when_nothing_points_at_anybody(office):
    plain, naming = office.handed_in(), office.handed_in(NAMING)
    with pytest.raises(InvalidFieldsError) as refused:
        office.write(practices.publish_all, office.us, [plain.id, naming.id], staff=RUI)
    assert {p.path.rpartition(".")[0] for p in refused.value.problems} == {"1.words"}
    assert {p.code for p in refused.value.problems} == {"words_undecided"}
    office.write(practices.publish_all, office.us, [plain.id], staff=RUI)


def test_what_was_handed_in_before_there_was_a_screening_is_looked_at_when_it_is_published(office):
    row = office.handed_in(NAMING)
    office.database.write_now(
        lambda tx: practice_rows.change(
            tx, practice_rows.find(tx, row.id), now=row.updated_at, words=None
        )
    )
    with pytest.raises(InvalidFieldsError):
        decide(office, row, {})


def test_a_file_with_such_words_is_taken_in_only_when_somebody_has_looked(office):
    with pytest.raises(InvalidFieldsError) as refused:
        office.import_one(NAMING)
    assert {(p.path, p.code) for p in refused.value.problems} == {
        ("failures.pt", "identifies_person")
    }
    office.import_one(NAMING, keep_words=True)
    actor, said = last_row(office)
    assert (actor, said["words"]) == ("operator", ["keep: by the operator"])
    assert office.import_one(NAMING).outcome == "unchanged"
