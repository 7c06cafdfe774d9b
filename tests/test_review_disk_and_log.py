"""What does a stolen disk, or a log file, tell of what was deleted or never to be told?"""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from handover_pair import make_pair
from integra_node.store import subject_keys
from integra_node.store.database import Database
from integra_node.store.schema.keys import subject_key

SECRET = "CANARY-secret-2718"


def test_an_error_of_the_database_does_not_repeat_what_was_to_be_written(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path / 'x.db'}")
    with pytest.raises(SQLAlchemyError) as caught:
        database.write_now(
            lambda tx: tx.execute(text("INSERT INTO none VALUES (:a)"), {"a": SECRET})
        )
    database.close()
    assert SECRET not in str(caught.value)


def test_a_destroyed_key_is_on_no_page_of_the_disk(tmp_path):
    pt, _ = make_pair(tmp_path)
    row = pt.draft("author")
    sealed = pt.read(
        lambda tx: (
            tx.execute(subject_key.select().where(subject_key.c.id == row.subject_id))
            .one()
            .sealed_key
        )
    )
    assert sealed in pt.files()
    pt.write(lambda tx: subject_keys.destroy(tx, row.subject_id))
    assert pt.database.empty_journal_now()
    assert sealed not in pt.files()
