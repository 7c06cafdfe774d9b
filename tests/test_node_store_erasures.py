import pytest
from sqlalchemy import text

from integra_node.store import erasures, evidences, log, publications
from integra_node.store.changes import current_change
from integra_node.store.log import NewEntry

ORIGIN = "pt-prison/log/1"


@pytest.fixture
def log_id(tx):
    made = log.create(tx, origin=ORIGIN, org="pt-prison", now=0).id
    entries = [
        NewEntry(
            index=n,
            kind="practice",
            header=b"h",
            blob=b"b",
            state=n,
            retention_end=0,
            commitment=bytes(32),
            wraps={},
        )
        for n in range(4)
    ]
    log.add_entries(tx, made, entries)
    return made


def lines(tx):
    return [(r.org, r.asked_at, r.acked_at, r.ack_idx) for r in erasures.board(tx)]


def test_the_board_shows_who_was_asked_oldest_first(tx, log_id):
    erasures.ask(tx, log_id, 2, ["fr-ngo"], now=20)
    erasures.ask(tx, log_id, 1, ["hub", "fr-ngo"], now=10)
    assert lines(tx) == [
        ("fr-ngo", 10, None, None),
        ("hub", 10, None, None),
        ("fr-ngo", 20, None, None),
    ]


def test_asking_again_does_not_start_the_clock_again(tx, log_id):
    erasures.ask(tx, log_id, 1, ["hub"], now=10)
    erasures.ask(tx, log_id, 1, ["hub"], now=30)
    erasures.ask(tx, log_id, 1, [], now=40)
    assert lines(tx) == [("hub", 10, None, None)]


def test_the_first_answer_counts(tx, log_id):
    erasures.ask(tx, log_id, 1, ["fr-ngo", "hub"], now=10)
    erasures.answer(tx, log_id, 1, "hub", ack_index=7, now=15)
    erasures.answer(tx, log_id, 1, "hub", ack_index=9, now=99)
    assert lines(tx) == [("fr-ngo", 10, None, None), ("hub", 10, 15, 7)]


def test_an_answer_of_somebody_who_was_not_asked_is_nothing(tx, log_id):
    erasures.ask(tx, log_id, 1, ["hub"], now=10)
    erasures.answer(tx, log_id, 1, "fr-ngo", ack_index=7, now=15)
    erasures.answer(tx, log_id, 2, "hub", ack_index=7, now=15)
    assert lines(tx) == [("hub", 10, None, None)]


def test_an_entry_is_erased_in_two_of_its_four_states(tx, log_id):
    assert [erasures.is_erased(tx, log_id, n) for n in range(5)] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_dropped_publications_leave_lists_and_are_a_change(tx, log_id):
    row = publications.Publication(
        log_id=log_id,
        idx=0,
        kind="practice",
        item_id="a",
        version=1,
        status="current",
        tlp="GREEN",
        language="pt",
        published_at=0,
        expires_at=None,
        subject_id=None,
        readers=None,
        change=0,
    )
    publications.add(tx, [row])
    statement = (
        "INSERT INTO acknowledgement (log_id, idx, org, what, at) VALUES (:log, 0, 'hub', 'ack', 1)"
    )
    tx.execute(text(statement), {"log": log_id})
    seen = current_change(tx)
    erasures.drop_publications(tx, log_id, [0], "erased")
    (found,) = publications.changed_since(tx, seen, 9)
    assert found.publication.status == "erased"
    assert publications.newest(tx, "practice", before=None, limit=9) == []
    assert tx.execute(text("SELECT count(*) FROM acknowledgement")).scalar_one() == 0


def test_own_answers_are_found_by_what_they_answer(tx):
    for target, index in ((5, 12), (5, 11), (6, 13)):
        erasures.remember_answer(tx, ORIGIN, target, index)
    erasures.remember_answer(tx, ORIGIN, 5, 12)
    assert erasures.own_answers(tx, ORIGIN, [5]) == [11, 12]
    assert erasures.own_answers(tx, ORIGIN, [5, 6]) == [11, 12, 13]
    assert erasures.own_answers(tx, "fr-ngo/log/1", [5]) == []


def test_evidence_is_kept_once_and_listed_oldest_first(tx):
    assert evidences.save(tx, origin=ORIGIN, body=b"late", now=9)
    assert evidences.save(tx, origin=ORIGIN, body=b"early", now=5)
    assert not evidences.save(tx, origin=ORIGIN, body=b"late", now=1)
    assert [(r.body, r.found_at) for r in evidences.all_found(tx)] == [(b"early", 5), (b"late", 9)]
    assert (evidences.count_of(tx, ORIGIN), evidences.count_of(tx, "fr-ngo/log/1")) == (2, 0)
