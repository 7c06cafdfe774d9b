"""Who names whom, on both databases; and what a database from before that table gets filled with."""

import importlib.util

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import NullPool, create_engine, text

from integra_node.store import adaptations, log, publications
from integra_node.store.adaptations import Adaptation
from integra_node.store.database import Database
from integra_node.store.log import NewEntry
from integra_node.store.migrate import FOLDER
from integra_node.store.publications import Publication
from protocol_entries import clear_entry

HERE, THERE = "pt-prison/log/1", "fr-ngo/log/1"


def held(tx, origin, count, blobs=()):
    log_id = log.create(tx, origin=origin, org=origin.partition("/")[0], now=0).id
    entries = [
        NewEntry(
            index=n,
            kind="practice",
            header=blobs[n][0] if blobs else b"header",
            blob=blobs[n][1] if blobs else b"blob",
            state=0,
            retention_end=10**10,
            commitment=bytes(32),
            wraps={},
        )
        for n in range(count)
    ]
    log.add_entries(tx, log_id, entries)
    return log_id


def published(tx, log_id, idx, item, status="current", at=100):
    row = Publication(
        log_id=log_id,
        idx=idx,
        kind="practice",
        item_id=item,
        version=1,
        status=status,
        tlp="CLEAR",
        language="pt",
        published_at=at,
        expires_at=None,
        subject_id=None,
        readers=None,
        change=0,
    )
    publications.add(tx, [row])


@pytest.fixture
def logs(tx):
    here, there = held(tx, HERE, 6), held(tx, THERE, 6)
    published(tx, here, 0, "a", "superseded")
    published(tx, here, 1, "a")
    published(tx, there, 0, "b", at=300)
    published(tx, there, 1, "c", at=200)
    published(tx, there, 2, "gone", "withdrawn")
    adaptations.add(tx, [(there, 0, HERE, 0), (there, 1, HERE, 1), (there, 2, HERE, 1)])
    return here, there


def test_adaptations_of_every_version_of_a_practice_are_found_in_a_fixed_order(tx, logs):
    here, there = logs
    found = adaptations.children(tx, [(here, "a"), (there, "b")], 10)
    assert found == (
        Adaptation(parent=(here, "a"), child=(there, "c"), origin=THERE, idx=1),
        Adaptation(parent=(here, "a"), child=(there, "b"), origin=THERE, idx=0),
    )
    assert adaptations.children(tx, [(here, "a")], 1) == found[:1]
    assert adaptations.children(tx, [(there, "a")], 10) == ()
    assert adaptations.children(tx, [], 10) == ()


def test_a_version_names_its_origin_until_it_is_erased(tx, logs):
    _, there = logs
    adaptations.add(tx, [(there, 0, HERE, 5)])
    assert adaptations.parent(tx, there, 0) == (HERE, 0)
    adaptations.drop(tx, there, [0, 5])
    assert adaptations.parent(tx, there, 0) is None
    assert adaptations.parent(tx, there, 1) == (HERE, 1)


def test_an_organisation_finds_its_own_that_are_old_enough(tx, logs):
    assert adaptations.current_of(tx, "fr-ngo", 250, 10) == ((THERE, 1),)
    assert adaptations.current_of(tx, "fr-ngo", 300, 10) == ((THERE, 1), (THERE, 0))
    assert adaptations.current_of(tx, "fr-ngo", 300, 1) == ((THERE, 1),)
    assert adaptations.current_of(tx, "pt-prison", 300, 10) == ()
    old = publications.older_than(tx, "practice", "fr-ngo", 250, 10)
    assert [(one.origin, one.publication.idx) for one in old] == [(THERE, 1)]


def test_a_database_from_before_is_filled_from_what_it_holds(database_url):
    named = {"lineage": {"adapted_from": "pt-prison~1~0"}}
    texts = [
        {"id": "a"},
        {"id": "b", **named},
        {"id": "c", "lineage": {"adapted_from": "ran/12"}},
        {"id": "d", "lineage": ["odd"]},
        {"id": "e", **named},
    ]
    made = [clear_entry("practice", {**one, "version": 1}) for one in texts]
    blobs = [(header.encode(), blob) for header, blob in made]
    blobs[3] = (blobs[3][0], b"damaged")

    def fill(tx):
        log_id = held(tx, HERE, len(blobs), blobs)
        for idx, one in enumerate(texts):
            published(tx, log_id, idx, one["id"])
        return log_id

    database = Database.open(database_url)
    log_id = database.write_now(fill)
    database.close()
    run_again(database_url)
    database = Database.open(database_url)
    found = [database.read_now(lambda tx, n=n: adaptations.parent(tx, log_id, n)) for n in range(5)]
    database.close()
    assert found == [None, (HERE, 0), None, None, (HERE, 0)]


def run_again(url):
    """Take the table away and let its migration make it again."""
    [path] = (FOLDER / "versions").glob("*_adaptation.py")
    spec = importlib.util.spec_from_file_location("migration", path)
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE adaptation"))
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()
    engine.dispose()
