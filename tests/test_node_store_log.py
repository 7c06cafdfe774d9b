import hashlib

import pytest
from sqlalchemy import text

from integra_node.store import log, tiles
from integra_node.store.changes import current_change
from integra_node.store.log import NewEntry
from integra_protocol.errors import UnknownLogError
from integra_protocol.merkle import Frontier, root_at
from integra_protocol.officers import OfficerLine

ORG = "pt-prison"
ORIGIN = "pt-prison/log/1"
HELD, ERASED, ENDED, MISSING = range(4)  # docs/protocol.md section 6


def commitment(number):
    return hashlib.sha256(b"commitment %d" % number).digest()


def new_entry(index, **changes):
    values = {
        "index": index,
        "kind": "practice",
        "header": b"header %d " % index + commitment(index),
        "blob": b"blob %d" % index,
        "state": HELD,
        "retention_end": 1_000 + index,
        "commitment": commitment(index),
        "wraps": {},
    }
    return NewEntry(**(values | changes))


@pytest.fixture
def held(tx):
    """A log that is held, still empty."""
    return log.create(tx, origin=ORIGIN, org=ORG, now=7)


def grow(tx, origin, count):
    before = log.get(tx, origin, for_update=True)
    leaves = [hashlib.sha256(bytes([n % 256])).digest() for n in range(count)]
    frontier = before.frontier.extend(leaves)
    log.grow(tx, before, leaves=b"".join(leaves), frontier=frontier, now=9, note=b"note")
    return log.get(tx, origin)


def test_a_new_log_is_empty(tx, held):
    assert (held.size, held.frontier, held.state) == (0, Frontier.empty(), "current")
    assert (held.note, held.witness_size, held.grown_at) == (None, None, 7)
    assert log.find_by_id(tx, held.id) == held == log.find(tx, ORIGIN, for_update=True)


def test_a_log_that_is_not_held_is_unknown(tx):
    assert log.find(tx, ORIGIN) is None
    with pytest.raises(UnknownLogError):
        log.get(tx, ORIGIN)


def test_an_origin_is_held_once(database):
    database.write_now(lambda tx: log.create(tx, origin=ORIGIN, org=ORG, now=0))
    with pytest.raises(Exception, match=r"(?i)unique"):
        database.write_now(lambda tx: log.create(tx, origin=ORIGIN, org="fr-ngo", now=0))


def test_growing_moves_head_leaves_and_change_together(tx, held):
    grown = grow(tx, ORIGIN, 300)
    assert (grown.size, grown.grown_at, grown.note) == (300, 9, b"note")
    assert grown.change == current_change(tx) > held.change
    assert root_at(300, tiles.hash_reader(tx, held.id)) == grown.frontier.root()
    again = grow(tx, ORIGIN, 300)
    assert root_at(600, tiles.hash_reader(tx, held.id)) == again.frontier.root()


def test_logs_that_grew_are_found_by_change(tx, held):
    other = log.create(tx, origin="fr-ngo/log/1", org="fr-ngo", now=0)
    grow(tx, ORIGIN, 1)
    assert [row.origin for row in log.grown_since(tx, other.change)] == [ORIGIN]
    assert [row.origin for row in log.all_logs(tx)] == ["fr-ngo/log/1", ORIGIN]


def test_a_frontier_is_stored_as_it_was_given(tx, held):
    frontier = Frontier.empty().extend([bytes(32)] * 5)
    log.set_head(tx, held.id, frontier=frontier, size=5, witness_size=3, witness_root=bytes(32))
    read = log.get(tx, ORIGIN)
    assert (read.frontier, read.witness_size, read.witness_root) == (frontier, 3, bytes(32))


def test_an_entry_comes_back_as_it_was_stored(tx, held):
    log.add_entries(tx, held.id, [new_entry(4, mark="void", wraps={ORG: b"w1", "fr-ngo": b"w2"})])
    found = log.find_entry(tx, held.id, 4)
    assert found == log.EntryRow(
        log_id=held.id,
        index=4,
        kind="practice",
        header=b"header 4 " + commitment(4),
        blob=b"blob 4",
        state=HELD,
        retention_end=1_004,
        mark="void",
    )
    assert log.wraps_between(tx, held.id, 0, 9) == {4: {ORG: b"w1", "fr-ngo": b"w2"}}
    assert log.find_entry(tx, held.id, 5) is None


def test_storing_an_entry_again_changes_nothing(tx, held):
    log.add_entries(tx, held.id, [new_entry(0, wraps={ORG: b"first"})])
    log.add_entries(tx, held.id, [new_entry(0, blob=b"other", wraps={ORG: b"other"}), new_entry(1)])
    assert log.find_entry(tx, held.id, 0).blob == b"blob 0"
    assert log.wraps_between(tx, held.id, 0, 2) == {0: {ORG: b"first"}}
    assert log.held_indexes(tx, held.id, 0, 9) == {0, 1}


def test_storing_no_entries_is_nothing(tx, held):
    log.add_entries(tx, held.id, [])
    assert log.held_indexes(tx, held.id, 0, 9) == set()


def test_entries_come_in_order_and_within_their_bounds(tx, held):
    log.add_entries(tx, held.id, [new_entry(n) for n in (5, 1, 3, 2)])
    assert [e.index for e in log.entries_between(tx, held.id, 2, 5)] == [2, 3]


def test_an_entry_without_its_blob_is_filled_once(tx, held):
    log.add_entries(tx, held.id, [new_entry(0, blob=None, state=MISSING)])
    log.fill_blob(tx, held.id, 0, b"blob", {ORG: b"wrap"})
    log.fill_blob(tx, held.id, 0, b"other", {ORG: b"other"})
    found = log.find_entry(tx, held.id, 0)
    assert (found.blob, found.state) == (b"blob", HELD)
    assert log.wraps_between(tx, held.id, 0, 1) == {0: {ORG: b"wrap"}}


def test_a_forgotten_blob_can_be_fetched_again(tx, held):
    log.add_entries(tx, held.id, [new_entry(0, wraps={ORG: b"wrap"})])
    log.forget_blob(tx, held.id, 0)
    found = log.find_entry(tx, held.id, 0)
    assert (found.blob, found.state, log.wraps_between(tx, held.id, 0, 1)) == (None, MISSING, {})
    log.fill_blob(tx, held.id, 0, b"blob", {})
    assert log.find_entry(tx, held.id, 0).blob == b"blob"


def test_erasing_takes_blob_and_wraps_and_leaves_the_header(tx, held):
    log.add_entries(tx, held.id, [new_entry(n, wraps={ORG: b"wrap"}) for n in range(3)])
    log.forget_blob(tx, held.id, 1)
    assert log.erase_blobs(tx, held.id, [0, 1], ERASED) == 1
    first, second, third = log.entries_between(tx, held.id, 0, 3)
    assert [(e.blob, e.state) for e in (first, second)] == [(None, ERASED)] * 2
    assert (first.header, third.blob) == (b"header 0 " + commitment(0), b"blob 2")
    assert set(log.wraps_between(tx, held.id, 0, 3)) == {2}


def test_an_erased_blob_is_not_filled_again(tx, held):
    log.add_entries(tx, held.id, [new_entry(0)])
    log.erase_blobs(tx, held.id, [0], ERASED)
    log.fill_blob(tx, held.id, 0, b"late", {})
    assert log.find_entry(tx, held.id, 0).blob is None


def test_no_wrap_is_stored_for_an_erased_entry(tx, held):
    log.add_entries(tx, held.id, [new_entry(0, wraps={ORG: b"wrap"})])
    log.erase_blobs(tx, held.id, [0], ERASED)
    log.fill_blob(tx, held.id, 0, b"late", {ORG: b"late"})
    log.add_entries(tx, held.id, [new_entry(0, wraps={ORG: b"late"})])
    assert log.wraps_between(tx, held.id, 0, 1) == {}


def test_one_wrap_is_dropped_alone(tx, held):
    log.add_entries(tx, held.id, [new_entry(0, wraps={ORG: b"w1", "fr-ngo": b"w2"})])
    log.drop_wrap(tx, held.id, 0, ORG)
    assert log.wraps_between(tx, held.id, 0, 1) == {0: {"fr-ngo": b"w2"}}


def test_entries_whose_retention_ended_are_found_oldest_first(tx, held):
    states = (HELD, MISSING, ERASED, ENDED, HELD)
    entries = [new_entry(n, state=s, retention_end=100 - n) for n, s in enumerate(states)]
    log.add_entries(tx, held.id, entries)
    assert [e.index for e in log.ended_entries(tx, 100, 9)] == [4, 1, 0]
    assert [e.index for e in log.ended_entries(tx, 96, 9)] == [4]
    assert [e.index for e in log.ended_entries(tx, 100, 1)] == [4]


def test_a_mark_is_set_and_taken_away(tx, held):
    log.add_entries(tx, held.id, [new_entry(0)])
    log.set_mark(tx, held.id, 0, "duplicate")
    assert log.find_entry(tx, held.id, 0).mark == "duplicate"
    log.set_mark(tx, held.id, 0, None)
    assert log.find_entry(tx, held.id, 0).mark is None


def test_a_commitment_counts_as_used_by_earlier_entries_only(tx, held):
    log.add_entries(tx, held.id, [new_entry(3)])
    used = commitment(3)
    assert not log.commitment_used(tx, ORG, used, (held.id, 3))
    assert not log.commitment_used(tx, ORG, used, (held.id, 2))
    assert log.commitment_used(tx, ORG, used, (held.id, 4))


def test_a_commitment_is_used_in_every_epoch_of_an_organisation(tx, held):
    log.add_entries(tx, held.id, [new_entry(3)])
    second = log.create(tx, origin="pt-prison/log/2", org=ORG, now=0)
    other = log.create(tx, origin="fr-ngo/log/1", org="fr-ngo", now=0)
    assert log.commitment_used(tx, ORG, commitment(3), (second.id, 0))
    assert not log.commitment_used(tx, "fr-ngo", commitment(3), (other.id, 0))


def test_equal_first_bytes_are_no_equal_commitment(tx, held):
    log.add_entries(tx, held.id, [new_entry(0)])
    similar = commitment(0)[:8] + bytes(24)
    head = log.commitment_head(similar)
    assert log.commitments_used(tx, [head, 5]) == {head}
    assert not log.commitment_used(tx, ORG, similar, (held.id, 9))


@pytest.mark.parametrize(
    "first", [b"\x00" * 8, b"\x7f" + b"\xff" * 7, b"\x80" + bytes(7), b"\xff" * 8]
)
def test_every_head_of_a_commitment_can_be_stored(tx, held, first):
    whole = first + bytes(24)
    log.add_entries(tx, held.id, [new_entry(0, commitment=whole, header=whole)])
    assert log.commitment_used(tx, ORG, whole, (held.id, 1))


def test_lines_of_an_officer_come_by_index(tx, held):
    log.add_officer_line(tx, held.id, index=9, officer="4711", role="", public=None)
    log.add_officer_line(tx, held.id, index=2, officer="4711", role="judge", public=b"k" * 32)
    log.add_officer_line(tx, held.id, index=3, officer="4712", role="clerk", public=b"l" * 32)
    log.add_officer_line(tx, held.id, index=2, officer="4711", role="other", public=b"x" * 32)
    assert log.officer_lines(tx, held.id, "4711") == [
        OfficerLine(index=2, officer="4711", public=b"k" * 32),
        OfficerLine(index=9, officer="4711", public=None),
    ]


def test_one_log_does_not_see_the_entries_of_another(tx, held):
    other = log.create(tx, origin="fr-ngo/log/1", org="fr-ngo", now=0)
    log.add_entries(tx, held.id, [new_entry(0, wraps={ORG: b"w"})])
    assert log.held_indexes(tx, other.id, 0, 9) == set()
    assert log.wraps_between(tx, other.id, 0, 9) == {}
    log.erase_blobs(tx, other.id, [0], ERASED)
    assert log.find_entry(tx, held.id, 0).blob == b"blob 0"


def test_an_entry_belongs_to_a_log_that_is_held(database):
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        database.write_now(lambda tx: log.add_entries(tx, 99, [new_entry(0)]))


@pytest.mark.postgresql
def test_the_head_of_a_log_is_locked_by_who_reads_it_for_update(postgresql_server):
    import threading

    from integra_node.store.database import Database

    with postgresql_server.fresh(postgresql_server.migrated) as url:
        database = Database.open(url)
        database.write_now(lambda tx: log.create(tx, origin=ORIGIN, org=ORG, now=0))
        threads = [
            threading.Thread(target=database.write_now, args=(lambda tx: grow(tx, ORIGIN, 10),))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        head = database.read_now(lambda tx: log.get(tx, ORIGIN))
        root = database.read_now(lambda tx: root_at(80, tiles.hash_reader(tx, head.id)))
        database.close()
    assert (head.size, root) == (80, head.frontier.root())


def test_erased_bytes_are_gone_from_the_sqlite_file(sqlite_database, tmp_path):
    secret = b"name and date of birth of a person" * 200
    log_id = sqlite_database.write_now(lambda tx: log.create(tx, origin=ORIGIN, org=ORG, now=0)).id
    sqlite_database.write_now(lambda tx: log.add_entries(tx, log_id, [new_entry(0, blob=secret)]))
    sqlite_database.write_now(lambda tx: log.erase_blobs(tx, log_id, [0], ERASED))
    sqlite_database.write_now(lambda tx: tx.execute(text("UPDATE change_counter SET value = 5")))
    sqlite_database.close()  # the write-ahead log is taken into the file and removed
    left = b"".join(path.read_bytes() for path in tmp_path.glob("integra.db*"))
    assert secret[:34] not in left


def test_the_name_of_an_origin_in_witness_routes_is_its_hash():
    assert log.origin_hash(ORIGIN) == hashlib.sha256(ORIGIN.encode()).hexdigest()
