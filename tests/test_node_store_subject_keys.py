import hashlib
import itertools

import pytest
from sqlalchemy import text

from integra_node import vault
from integra_node.store import log, publications, subject_keys
from integra_node.store.log import NewEntry
from integra_protocol.errors import NotFoundError

MASTER = bytes(range(32))
CEK = b"c" * 32
_COUNT = itertools.count()


def random(size):
    return hashlib.shake_256(next(_COUNT).to_bytes(8, "big")).digest(size)


@pytest.fixture
def log_id(tx):
    return log.create(tx, origin="pt-prison/log/1", org="pt-prison", now=0).id


def make(tx):
    return subject_keys.make(tx, master=MASTER, random=random, now=7)


def keep(tx, log_id, index, subject_id, cek=CEK, own_wrap=None):
    subject_keys.save_content_key(
        tx,
        log_id=log_id,
        index=index,
        subject_id=subject_id,
        cek=cek,
        own_wrap=own_wrap,
        master=MASTER,
        random=random,
    )


def find(tx, log_id, index, master=MASTER):
    return subject_keys.find_content_key(tx, log_id, index, master=master)


def test_each_subject_has_a_key_of_its_own(tx):
    first, second = make(tx), make(tx)
    keys = {subject_keys.open_key(tx, s, master=MASTER) for s in (first, second)}
    assert len(keys) == 2
    assert {len(key) for key in keys} == {vault.KEY_BYTES}


def test_no_key_lies_in_clear(tx, log_id):
    subject = make(tx)
    keep(tx, log_id, 0, subject)
    key = subject_keys.open_key(tx, subject, master=MASTER)
    rows = [
        bytes(row[0])
        for statement in (
            "SELECT sealed_key FROM subject_key",
            "SELECT sealed_cek FROM content_key",
        )
        for row in tx.execute(text(statement))
    ]
    assert len(rows) == 2
    assert not any(key in row or CEK in row for row in rows)


def test_another_master_key_opens_nothing(tx, log_id):
    subject = make(tx)
    keep(tx, log_id, 0, subject)
    with pytest.raises(NotFoundError):
        subject_keys.open_key(tx, subject, master=bytes(32))
    with pytest.raises(NotFoundError):
        find(tx, log_id, 0, master=bytes(32))


def test_a_content_key_comes_back_with_its_subject(tx, log_id):
    subject = make(tx)
    keep(tx, log_id, 3, subject)
    assert find(tx, log_id, 3) == (CEK, subject)
    with pytest.raises(NotFoundError):
        find(tx, log_id, 4)


def test_destroying_a_subject_key_makes_its_contents_unreadable(tx, log_id):
    subject, other = make(tx), make(tx)
    keep(tx, log_id, 0, subject)
    keep(tx, log_id, 1, subject)
    keep(tx, log_id, 2, other)
    subject_keys.destroy(tx, subject)
    for index in (0, 1):
        with pytest.raises(NotFoundError):
            find(tx, log_id, index)
    with pytest.raises(NotFoundError):
        subject_keys.open_key(tx, subject, master=MASTER)
    assert find(tx, log_id, 2) == (CEK, other)


def test_nothing_is_sealed_under_a_destroyed_key(tx, log_id):
    subject = make(tx)
    subject_keys.destroy(tx, subject)
    with pytest.raises(NotFoundError):
        keep(tx, log_id, 0, subject)
    with pytest.raises(NotFoundError):
        subject_keys.open_key(tx, None, master=MASTER)


def test_a_key_brought_back_from_a_copy_of_the_other_tables_is_no_key(tx, log_id):
    subject = make(tx)
    keep(tx, log_id, 0, subject)
    copied = tx.execute(text("SELECT sealed_cek FROM content_key")).scalar_one()
    subject_keys.destroy(tx, subject)
    statement = text(
        "INSERT INTO content_key (log_id, idx, subject_id, sealed_cek) VALUES (:l, 0, :s, :c)"
    )
    tx.execute(statement, {"l": log_id, "s": make(tx), "c": copied})
    with pytest.raises(NotFoundError):
        find(tx, log_id, 0)


def test_a_content_key_moved_to_another_entry_is_refused(tx, log_id):
    subject = make(tx)
    keep(tx, log_id, 0, subject)
    tx.execute(text("UPDATE content_key SET idx = 5"))
    with pytest.raises(NotFoundError):
        find(tx, log_id, 5)


def test_a_content_key_moved_to_another_subject_is_refused(tx, log_id):
    subject, other = make(tx), make(tx)
    keep(tx, log_id, 0, subject)
    tx.execute(text("UPDATE content_key SET subject_id = :other"), {"other": other})
    with pytest.raises(NotFoundError):
        find(tx, log_id, 0)


@pytest.mark.parametrize("position", [0, 23, 24, 40, -1])
def test_a_changed_bit_is_refused(tx, log_id, position):
    subject = make(tx)
    keep(tx, log_id, 0, subject)
    sealed = bytearray(tx.execute(text("SELECT sealed_cek FROM content_key")).scalar_one())
    sealed[position] ^= 1
    tx.execute(text("UPDATE content_key SET sealed_cek = :s"), {"s": bytes(sealed)})
    with pytest.raises(NotFoundError):
        find(tx, log_id, 0)


@pytest.mark.parametrize("length", [0, 1, 23, 24, 39, 40])
def test_a_cut_ciphertext_is_refused(tx, log_id, length):
    subject = make(tx)
    keep(tx, log_id, 0, subject)
    sealed = bytes(tx.execute(text("SELECT sealed_cek FROM content_key")).scalar_one())
    tx.execute(text("UPDATE content_key SET sealed_cek = :s"), {"s": sealed[:length]})
    with pytest.raises(NotFoundError):
        find(tx, log_id, 0)


def test_own_wraps_are_those_of_what_we_issued(tx, log_id):
    subject = make(tx)
    keep(tx, log_id, 0, subject, own_wrap=b"w0")
    keep(tx, log_id, 1, subject)
    keep(tx, log_id, 2, subject, own_wrap=b"w2")
    assert subject_keys.own_wraps(tx, log_id, 0, 9) == {0: b"w0", 2: b"w2"}
    assert subject_keys.own_wraps(tx, log_id, 1, 2) == {}
    subject_keys.destroy(tx, subject)
    assert subject_keys.own_wraps(tx, log_id, 0, 9) == {}


def test_the_last_content_key_names_the_subject_that_nothing_needs(tx, log_id):
    subject = make(tx)
    keep(tx, log_id, 0, subject)
    keep(tx, log_id, 1, subject)
    assert subject_keys.destroy_content_key(tx, log_id, 0) is None
    assert subject_keys.destroy_content_key(tx, log_id, 1) == subject
    assert subject_keys.destroy_content_key(tx, log_id, 1) is None


def test_a_publication_loses_its_subject_with_the_key(tx, log_id):
    subject = make(tx)
    entry = NewEntry(
        index=0,
        kind="sealed",
        header=b"h",
        blob=b"b",
        state=0,
        retention_end=0,
        commitment=bytes(32),
        wraps={},
    )
    log.add_entries(tx, log_id, [entry])
    row = publications.Publication(
        log_id=log_id,
        idx=0,
        kind="alert",
        item_id="a",
        version=1,
        status="current",
        tlp="RED",
        language="pt",
        published_at=0,
        expires_at=None,
        subject_id=subject,
        readers=None,
        change=0,
    )
    publications.add(tx, [row])
    subject_keys.destroy(tx, subject)
    assert publications.find(tx, "pt-prison/log/1", 0).publication.subject_id is None


def test_a_destroyed_key_is_gone_from_the_sqlite_file(sqlite_database, tmp_path):
    subject = sqlite_database.write_now(make)
    sealed = sqlite_database.read_now(
        lambda tx: tx.execute(text("SELECT sealed_key FROM subject_key")).scalar_one()
    )
    sqlite_database.write_now(lambda tx: subject_keys.destroy(tx, subject))
    sqlite_database.close()
    left = b"".join(path.read_bytes() for path in tmp_path.glob("integra.db*"))
    assert bytes(sealed)[:40] not in left
