from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from integra_node.store import audit
from integra_node.store.audit import AuditFilter, Head


def record(tx, number=0, **changes):
    values = {
        "now": 100 + number,
        "actor": "ab12",
        "op": "practice.publish",
        "details": {"n": number},
    }
    audit.record(tx, **(values | changes))


def test_an_empty_log_is_intact(tx):
    assert audit.head(tx) == Head(seq=0, hash=audit.START)
    assert audit.verify(tx).intact


def test_each_row_follows_the_one_before(tx):
    for number in range(3):
        record(tx, number)
    rows = audit.walk(tx, AuditFilter())
    assert [row.seq for row in rows] == [1, 2, 3]
    assert [row.previous for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert audit.head(tx) == Head(seq=3, hash=rows[-1].hash)
    assert audit.verify(tx).intact


def test_many_writers_make_one_chain(database):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: database.write_now(lambda tx: record(tx, n)), range(100)))
    verdict = database.read_now(audit.verify)
    assert (verdict.checked, verdict.intact) == (100, True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'somebody' WHERE seq = 3",
        "UPDATE audit SET at = at + 1 WHERE seq = 3",
        "UPDATE audit SET details = '{}' WHERE seq = 3",
        "UPDATE audit SET justification = 'other' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "UPDATE audit SET seq = 9 WHERE seq = 3",
    ],
)
def test_a_changed_row_breaks_the_chain_where_it_stands(tx, statement):
    for number in range(5):
        record(tx, number)
    tx.execute(text(statement))
    assert audit.verify(tx).broken_at == 3


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM audit WHERE seq = 5", "UPDATE audit_head SET seq = 4", "DELETE FROM audit_head"],
)
def test_a_shortened_log_does_not_fit_its_head(tx, statement):
    for number in range(5):
        record(tx, number)
    tx.execute(text(statement))
    assert not audit.verify(tx).intact


def test_an_act_that_fails_leaves_no_row(database):
    def act(tx):
        record(tx)
        raise LookupError

    with pytest.raises(LookupError):
        database.write_now(act)
    assert database.read_now(audit.head).seq == 0
