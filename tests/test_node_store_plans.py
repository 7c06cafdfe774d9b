"""Does a look-up that comes with every batch cost the same in a long log as in a short one?"""

import re

import pytest
from sqlalchemy import create_engine, event, text

from integra_node.store import erasures, log, publications

LOOKUPS = {
    "versions of items": lambda tx: publications.versions_of(tx, [1], ["a", "b", "c"]),
    "commitments": lambda tx: log.commitments_used(tx, [1, 2, 3]),
    "entries between": lambda tx: log.entries_between(tx, 1, 5, 10),
    "wraps between": lambda tx: log.wraps_between(tx, 1, 5, 10),
    "blobs that are gone": lambda tx: log.erase_blobs(tx, 1, [5, 6], 1),
    "nothing that is gone": lambda tx: log.erase_blobs(tx, 1, [], 1),
    "erases of a log": lambda tx: erasures.named_by_erases(tx, "org", "org.example/1"),
    "one entry": lambda tx: log.find_entry(tx, 1, 5),
}
# Bounded by the log's number alone, a search visits every row that the log has.
WHOLE_LOG = re.compile(
    r"SEARCH (entry|publication|wrap) USING (COVERING )?INDEX (?!ix_entry_erase)\w+ \(log_id=\?\)"
)
WHOLE_TABLE = re.compile(r"SCAN (entry|publication|wrap)\b")


@pytest.fixture
def sqlite_tx(sqlite_template):
    engine = create_engine(f"sqlite:///{sqlite_template}")
    with engine.connect() as tx:
        yield tx
    engine.dispose()


@pytest.fixture
def statements(sqlite_tx):
    seen = []
    event.listen(
        sqlite_tx,
        "before_cursor_execute",
        lambda _tx, _cursor, statement, parameters, *_: seen.append((statement, parameters)),
    )
    return seen


@pytest.mark.parametrize("lookup", LOOKUPS.values(), ids=LOOKUPS)
def test_no_look_up_of_a_batch_reads_a_whole_log(sqlite_tx, statements, lookup):
    lookup(sqlite_tx)
    plans = []
    for statement, parameters in list(statements):
        rows = sqlite_tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans += [row.detail for row in rows]
    assert not [plan for plan in plans if WHOLE_LOG.search(plan) or WHOLE_TABLE.search(plan)]


def test_the_pattern_knows_a_whole_log_when_it_sees_one(sqlite_tx):
    rows = sqlite_tx.execute(text("EXPLAIN QUERY PLAN SELECT * FROM entry WHERE log_id = 1"))
    assert WHOLE_LOG.search(" ".join(row.detail for row in rows))
