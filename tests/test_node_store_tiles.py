import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from integra_node.store import log, tiles
from integra_protocol.merkle import (
    Frontier,
    check_consistency,
    consistency_proof,
    frontier_at,
    inclusion_proof,
    root_at,
    root_from_inclusion,
)

ORIGIN = "pt-prison/log/1"


def leaf(number):
    return hashlib.sha256(number.to_bytes(8, "big")).digest()


def leaves(start, end):
    return b"".join(leaf(n) for n in range(start, end))


def make_log(tx, origin=ORIGIN):
    return log.create(tx, origin=origin, org=origin.partition("/")[0], now=0).id


def rows(tx):
    statement = "SELECT log_id, level, number, hashes FROM tile ORDER BY log_id, level, number"
    return [(r.log_id, r.level, r.number, bytes(r.hashes)) for r in tx.execute(text(statement))]


def tile_rows(size):
    """Return (level, number, hashes) of every row that a tree of ``size`` leaves has."""
    found, level, hashes = [], 0, [leaf(n) for n in range(size)]
    while hashes:
        rows_of_level = [hashes[n : n + 256] for n in range(0, len(hashes), 256)]
        found += [(level, n, b"".join(row)) for n, row in enumerate(rows_of_level)]
        full = [row for row in rows_of_level if len(row) == 256]
        hashes = [Frontier.empty().extend(row).root() for row in full]
        level += 1
    return found


@pytest.fixture
def tx(sqlite_database):
    """An open transaction that is undone in the end: fast, and enough for arithmetic."""
    with sqlite_database.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        yield connection


def test_the_root_is_that_of_the_frontier_at_every_size_to_a_thousand(tx):
    log_id, frontier = make_log(tx), Frontier.empty()
    for size in range(1, 1001):
        tiles.add_leaves(tx, log_id, size - 1, leaf(size - 1))
        frontier = frontier.append(leaf(size - 1))
        assert root_at(size, tiles.hash_reader(tx, log_id)) == frontier.root()


def test_a_tree_of_three_levels_has_the_root_of_the_frontier_and_proves_everything(tx):
    size, log_id = 70_000, make_log(tx)
    tiles.add_leaves(tx, log_id, 0, leaves(0, size))
    read = tiles.hash_reader(tx, log_id)
    frontier = Frontier.empty().extend(leaf(n) for n in range(size))
    assert frontier_at(size, read) == frontier
    for index in (0, 1, 255, 256, 65_535, 65_536, 69_887, size - 1):
        proof = inclusion_proof(index, size, read)
        assert root_from_inclusion(leaf(index), index, size, proof) == frontier.root()
    for old in (1, 255, 256, 257, 65_535, 65_536, 65_537, size):
        check_consistency(
            old, root_at(old, read), size, frontier.root(), consistency_proof(old, size, read)
        )


@pytest.mark.parametrize("size", [1, 255, 256, 257, 1000, 65_536, 65_537])
def test_rows_are_those_of_the_layout(tx, size):
    log_id = make_log(tx)
    tiles.add_leaves(tx, log_id, 0, leaves(0, size))
    assert [row[1:] for row in rows(tx)] == tile_rows(size)


def test_many_small_additions_make_the_same_rows_as_one(tx):
    one, many, size = make_log(tx), make_log(tx, "fr-ngo/log/1"), 0
    tiles.add_leaves(tx, one, 0, leaves(0, 1_500))
    for count in (1, 254, 1, 1, 255, 256, 257, 475):
        tiles.add_leaves(tx, many, size, leaves(size, size + count))
        size += count
    held = rows(tx)
    assert size == 1_500
    assert [r[1:] for r in held if r[0] == one] == [r[1:] for r in held if r[0] == many]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 65_536, 65_537, 66_000])
def test_cutting_leaves_exactly_the_rows_of_the_smaller_tree(tx, size):
    log_id = make_log(tx)
    tiles.add_leaves(tx, log_id, 0, leaves(0, 66_000))
    tiles.cut_to(tx, log_id, size)
    assert [row[1:] for row in rows(tx)] == tile_rows(size)


def test_a_log_can_grow_otherwise_after_a_cut(tx):
    log_id = make_log(tx)
    tiles.add_leaves(tx, log_id, 0, leaves(0, 700))
    tiles.cut_to(tx, log_id, 300)
    tiles.add_leaves(tx, log_id, 300, leaves(10_000, 10_400))
    expected = [leaf(n) for n in range(300)] + [leaf(n) for n in range(10_000, 10_400)]
    read = tiles.hash_reader(tx, log_id)
    assert root_at(700, read) == Frontier.empty().extend(expected).root()


def test_cutting_one_log_leaves_the_others(tx):
    one, other = make_log(tx), make_log(tx, "fr-ngo/log/1")
    for log_id in (one, other):
        tiles.add_leaves(tx, log_id, 0, leaves(0, 600))
    tiles.cut_to(tx, one, 0)
    assert {row[0] for row in rows(tx)} == {other}


@pytest.mark.parametrize(
    "start,end", [(0, 0), (0, 1), (255, 257), (256, 512), (3, 900), (899, 900), (900, 900)]
)
def test_leaf_hashes_are_returned_as_they_were_added(tx, start, end):
    log_id = make_log(tx)
    tiles.add_leaves(tx, log_id, 0, leaves(0, 900))
    assert tiles.leaf_hashes(tx, log_id, start, end) == leaves(start, end)


def test_a_proof_reads_a_handful_of_rows(tx):
    log_id = make_log(tx)
    tiles.add_leaves(tx, log_id, 0, leaves(0, 70_000))
    held = tiles.hash_reader(tx, log_id)
    asked = set()

    def read(level, index):
        asked.add((level // 8, (index << level % 8) // 256))
        return held(level, index)

    inclusion_proof(12_345, 70_000, read)
    assert len(asked) <= 5


@given(steps=st.lists(st.integers(0, 600), min_size=1, max_size=6), cut=st.integers(0, 2_000))
def test_any_growth_and_cut_keeps_the_root_of_what_is_left(sqlite_template, steps, cut):
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{sqlite_template}")
    with engine.connect() as tx:
        log_id, size = make_log(tx), 0
        for step in steps:
            tiles.add_leaves(tx, log_id, size, leaves(size, size + step))
            size += step
        left = min(cut, size)
        tiles.cut_to(tx, log_id, left)
        read = tiles.hash_reader(tx, log_id)
        assert root_at(left, read) == Frontier.empty().extend(map(leaf, range(left))).root()
        tx.rollback()
    engine.dispose()


def test_tiles_work_on_both_engines(database):
    log_id = database.write_now(make_log)
    for start in range(0, 1_000, 100):
        database.write_now(
            lambda tx, at=start: tiles.add_leaves(tx, log_id, at, leaves(at, at + 100))
        )
    database.write_now(lambda tx: tiles.cut_to(tx, log_id, 777))
    expected = Frontier.empty().extend(map(leaf, range(777))).root()
    root = database.read_now(lambda tx: root_at(777, tiles.hash_reader(tx, log_id)))
    assert root == expected
    assert [row[1:] for row in database.read_now(rows)] == tile_rows(777)
