import dataclasses

import pytest

from integra_node.store import log, publications
from integra_node.store.changes import current_change
from integra_node.store.log import NewEntry
from integra_node.store.publications import Publication

ORG = "pt-prison"
ORIGIN = "pt-prison/log/1"
OTHER = "fr-ngo/log/1"


@pytest.fixture
def ids(tx):
    """Two logs with ten entries each: origin -> row number."""
    found = {}
    for origin in (ORIGIN, OTHER):
        org = origin.partition("/")[0]
        found[origin] = log.create(tx, origin=origin, org=org, now=0).id
        entries = [
            NewEntry(
                index=n,
                kind="practice",
                header=b"header %d" % n,
                blob=b"blob %d" % n,
                state=0,
                retention_end=10**10,
                commitment=bytes(32),
                wraps={},
            )
            for n in range(10)
        ]
        log.add_entries(tx, found[origin], entries)
    return found


def publication(log_id, idx, **changes):
    values = {
        "log_id": log_id,
        "idx": idx,
        "kind": "practice",
        "item_id": f"item-{idx}",
        "version": 1,
        "status": "current",
        "tlp": "GREEN",
        "language": "pt",
        "published_at": 100 + idx,
        "expires_at": None,
        "subject_id": None,
        "readers": None,
        "change": 0,
    }
    return Publication(**(values | changes))


def test_a_publication_comes_back_with_its_entry(tx, ids):
    row = publication(ids[ORIGIN], 4, readers="4711,4712", expires_at=900)
    publications.add(tx, [row])
    found = publications.find(tx, ORIGIN, 4)
    assert found.publication == dataclasses.replace(row, change=current_change(tx))
    assert (found.origin, found.org) == (ORIGIN, ORG)
    assert (found.header, found.blob, found.state) == (b"header 4", b"blob 4", 0)
    assert publications.find(tx, ORIGIN, 5) is None
    assert publications.find(tx, OTHER, 4) is None


def test_adding_again_changes_nothing(tx, ids):
    publications.add(tx, [publication(ids[ORIGIN], 1)])
    first = publications.find(tx, ORIGIN, 1)
    publications.add(tx, [publication(ids[ORIGIN], 1, status="withdrawn")])
    publications.add(tx, [])
    assert publications.find(tx, ORIGIN, 1) == first


def test_each_publication_gets_a_change_of_its_own_in_order(tx, ids):
    publications.add(tx, [publication(ids[ORIGIN], n) for n in (3, 1, 2)])
    found = publications.changed_since(tx, 0, 10)
    assert [s.publication.idx for s in found] == [3, 1, 2]
    seen = found[0].publication.change
    assert [s.publication.idx for s in publications.changed_since(tx, seen, 1)] == [1]


def test_a_status_is_a_change_that_followers_see(tx, ids):
    publications.add(tx, [publication(ids[ORIGIN], n) for n in range(3)])
    seen = current_change(tx)
    publications.set_status(tx, [(ids[ORIGIN], 2), (ids[ORIGIN], 0)], "superseded")
    found = publications.changed_since(tx, seen, 10)
    assert [(s.publication.idx, s.publication.status) for s in found] == [
        (2, "superseded"),
        (0, "superseded"),
    ]


def test_signed_and_witnessed_follow_the_notes_of_the_log(tx, ids):
    publications.add(tx, [publication(ids[ORIGIN], n) for n in range(3)])
    log.set_head(tx, ids[ORIGIN], note_size=1, ahead_size=2, witnessed_size=1)
    found = [publications.find(tx, ORIGIN, n) for n in range(3)]
    assert [s.signed for s in found] == [True, True, False]
    assert [s.witnessed for s in found] == [True, False, False]


def test_many_are_found_by_where_they_stand(tx, ids):
    publications.add(tx, [publication(ids[origin], n) for origin in ids for n in range(3)])
    wanted = [(ORIGIN, 1), (OTHER, 2), (OTHER, 9), ("nowhere/log/1", 1)]
    assert set(publications.find_many(tx, wanted)) == {(ORIGIN, 1), (OTHER, 2)}
    assert publications.find_many(tx, []) == {}


def test_versions_are_those_of_the_item_in_the_given_logs(tx, ids):
    rows = [publication(ids[origin], n, item_id="one") for origin in ids for n in range(2)]
    publications.add(tx, [*rows, publication(ids[ORIGIN], 5)])
    found = publications.versions_of(tx, [ids[ORIGIN]], ["one"])
    assert sorted((p.log_id, p.idx) for p in found) == [(ids[ORIGIN], 0), (ids[ORIGIN], 1)]


def test_lists_show_what_is_current_and_of_the_kind(tx, ids):
    rows = [publication(ids[ORIGIN], n) for n in range(5)]
    rows[1] = dataclasses.replace(rows[1], status="withdrawn")
    rows[2] = dataclasses.replace(rows[2], kind="alert")
    publications.add(tx, rows)
    assert [
        s.publication.idx for s in publications.newest(tx, "practice", before=None, limit=9)
    ] == [
        4,
        3,
        0,
    ]
    assert [s.publication.idx for s in publications.arrived(tx, "practice", after=0, limit=2)] == [
        0,
        3,
    ]


def test_a_list_goes_on_at_its_cursor(tx, ids):
    publications.add(tx, [publication(ids[ORIGIN], n) for n in range(7)])
    before, seen = None, []
    while page := publications.newest(tx, "practice", before=before, limit=3):
        seen += [s.publication.idx for s in page]
        before = page[-1].publication.change
    assert seen == [6, 5, 4, 3, 2, 1, 0]


def test_what_has_expired_is_found_once_its_time_has_come(tx, ids):
    ends = (50, 51, None)
    rows = [publication(ids[ORIGIN], n, kind="alert", expires_at=e) for n, e in enumerate(ends)]
    publications.add(tx, rows)
    assert [p.idx for p in publications.expired(tx, "alert", 50)] == [0]
    publications.set_status(tx, [(ids[ORIGIN], 0)], "expired")
    assert publications.expired(tx, "alert", 50) == []


def test_organisations_are_counted_by_what_is_clear_and_current(tx, ids):
    rows = [publication(ids[ORIGIN], n) for n in range(3)]
    rows[2] = dataclasses.replace(rows[2], status="superseded")
    publications.add(tx, [*rows, publication(ids[OTHER], 0)])
    assert publications.counts_by_org(tx, "practice") == {ORG: 2, "fr-ngo": 1}
