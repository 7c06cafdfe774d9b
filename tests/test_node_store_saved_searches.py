"""Saved searches and visits in both databases: they end with the account."""

from dataclasses import replace

import pytest

from integra_node.store import accounts, library_visits, publications, saved_searches
from integra_node.store.accounts import Account
from integra_node.store.library_visits import Visit
from integra_node.store.saved_searches import SavedSearch
from integra_node.store.schema.accounts import account as account_table


@pytest.fixture
def leo(tx):
    held = Account(
        id="u1",
        username="leo",
        display_name="Leo",
        language="pt",
        must_change=False,
        officer_id=None,
        failures=0,
        locked_until=0,
        disabled_at=None,
        created_at=0,
        signed_in_at=None,
        roles=frozenset({"reader"}),
    )
    accounts.insert(tx, held, encoded="x")
    return held


def saved(**changes):
    row = SavedSearch(
        id="w1",
        account_id="u1",
        name="Saída",
        question="{}",
        notify="daily",
        since=3,
        fresh=("a~1~0", "b~1~2"),
        owed=True,
        next_at=50,
        created_at=1,
    )
    return replace(row, **changes)


def test_a_saved_search_comes_back_as_it_was_kept(tx, leo):
    saved_searches.add(tx, saved())
    saved_searches.add(tx, saved(id="w2", created_at=2, fresh=(), owed=False, notify="never"))
    assert [row.id for row in saved_searches.of_account(tx, "u1")] == ["w2", "w1"]
    assert saved_searches.find(tx, "w1", account_id="u1", for_update=True) == saved()
    assert saved_searches.find(tx, "w1", account_id="u2") is None
    assert [one.id for one in saved_searches.watched(tx)] == ["w1"]
    assert saved_searches.watched(tx)[0].language == "pt"
    saved_searches.replace(tx, saved(name="Other", fresh=()))
    assert saved_searches.find(tx, "w1") == saved(name="Other", fresh=())
    assert saved_searches.count(tx, "u1") == 2


def test_what_is_owed_is_due_at_its_time_and_only_to_open_accounts(tx, leo):
    saved_searches.add(tx, saved())
    assert saved_searches.due(tx, now=49, limit=10) == ()
    assert saved_searches.due(tx, now=50, limit=10) == (saved(),)
    accounts.set_disabled(tx, "u1", 40)
    assert saved_searches.due(tx, now=50, limit=10) == ()
    assert saved_searches.watched(tx) == ()


def test_rows_end_with_the_account(tx, leo):
    saved_searches.add(tx, saved())
    visit = Visit(account_id="u1", since=1, since_at=2, last=3, last_at=4)
    library_visits.save(tx, visit)
    library_visits.save(tx, replace(visit, last=9))
    assert library_visits.find(tx, "u1") == replace(visit, last=9)
    assert publications.places_since(tx, 0, kinds=["practice"], labels=["GREEN"], limit=5) == []
    tx.execute(account_table.delete().where(account_table.c.id == "u1"))
    assert saved_searches.find(tx, "w1") is None
    assert library_visits.find(tx, "u1") is None
