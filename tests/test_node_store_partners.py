import pytest

from integra_node.store import partners
from integra_protocol.errors import ReplayError

ORG = "fr-ngo"
ORIGIN = "pt-prison/log/1"
DAY = partners.DAY_S


def fail(tx, now, error="timeout"):
    partners.record_failure(tx, ORG, now=now, error=error, next_attempt=now + 60)


def test_nothing_is_known_of_a_partner_that_was_never_called(tx):
    assert partners.find(tx, ORG) is None
    assert partners.all_partners(tx) == {}


def test_failures_count_up_from_the_first_one(tx):
    fail(tx, 100)
    fail(tx, 200, error="e" * 300)
    row = partners.find(tx, ORG)
    assert (row.failing_since, row.failures, row.next_attempt) == (100, 2, 260)
    assert row.last_error == "e" * 200
    assert row.last_success is None


def test_a_success_ends_the_trouble(tx):
    fail(tx, 100)
    partners.record_success(tx, ORG, now=300)
    row = partners.find(tx, ORG)
    assert (row.failing_since, row.failures, row.next_attempt, row.last_error) == (
        None,
        0,
        None,
        None,
    )
    assert (row.last_success, row.last_contact) == (300, 300)


def test_trouble_after_a_success_begins_anew(tx):
    fail(tx, 100)
    partners.record_success(tx, ORG, now=300)
    fail(tx, 400)
    row = partners.find(tx, ORG)
    assert (row.failing_since, row.failures, row.last_success) == (400, 1, 300)


def test_a_call_from_a_partner_makes_us_try_at_once(tx):
    fail(tx, 100)
    partners.record_contact(tx, ORG, now=150)
    row = partners.find(tx, ORG)
    assert (row.failures, row.next_attempt, row.last_contact) == (0, None, 150)
    assert row.failing_since == 100


def test_the_clock_of_a_partner_is_remembered_with_its_skew(tx):
    partners.record_time(tx, ORG, told=90, now=100)
    row = partners.all_partners(tx)[ORG]
    assert (row.skew_s, row.told_time, row.last_contact) == (-10, 90, 100)


def test_pushed_positions_are_kept_by_log_and_member(tx):
    assert partners.pushed_size(tx, ORIGIN, ORG) == 0
    assert partners.pushed_note(tx, ORIGIN, ORG) is None
    partners.set_pushed(tx, ORIGIN, ORG, size=5, note=b"five", now=1)
    partners.set_pushed(tx, ORIGIN, ORG, size=9, note=b"nine", now=2)
    partners.set_pushed(tx, ORIGIN, "hub", size=3, note=None, now=3)
    assert partners.pushed_size(tx, ORIGIN, ORG) == 9
    assert partners.pushed_note(tx, ORIGIN, ORG) == b"nine"
    assert partners.pushed_size(tx, ORIGIN, "hub") == 3


def test_trouble_with_a_source_counts_until_it_is_cleared(tx):
    partners.record_trouble(tx, ORIGIN, ORG, code="bad_proof", now=10)
    partners.record_trouble(tx, ORIGIN, ORG, code="inconsistent", now=20)
    (row,) = partners.troubles(tx)
    assert tuple(row) == (ORIGIN, ORG, "inconsistent", 10, 20, 2)
    partners.clear_trouble(tx, ORIGIN, ORG)
    assert partners.troubles(tx) == []


def test_a_request_counts_once(database):
    database.write_now(lambda tx: partners.use_request_id(tx, ORG, "t1", expires_at=100))
    with pytest.raises(ReplayError):
        database.write_now(lambda tx: partners.use_request_id(tx, ORG, "t1", expires_at=100))
    database.write_now(lambda tx: partners.use_request_id(tx, "hub", "t1", expires_at=100))
    database.write_now(lambda tx: partners.use_request_id(tx, ORG, "t2", expires_at=100))


def test_a_replayed_request_takes_its_effect_back_with_it(database):
    def request(tx):
        partners.add_amount(tx, ORIGIN, entries=1, size_bytes=1, now=0)
        partners.use_request_id(tx, ORG, "t1", expires_at=100)

    database.write_now(request)
    with pytest.raises(ReplayError):
        database.write_now(request)
    assert database.read_now(lambda tx: partners.amount(tx, ORIGIN, now=0)) == (1, 1)


def test_old_request_ids_are_forgotten_and_young_ones_are_not(tx):
    partners.use_request_id(tx, ORG, "old", expires_at=99)
    partners.use_request_id(tx, ORG, "young", expires_at=100)
    partners.forget_request_ids(tx, now=100)
    partners.use_request_id(tx, ORG, "old", expires_at=99)
    with pytest.raises(ReplayError):
        partners.use_request_id(tx, ORG, "young", expires_at=100)


def test_amounts_add_up_within_a_day_and_start_again_on_the_next(tx):
    assert partners.amount(tx, ORIGIN, now=0) == (0, 0)
    partners.add_amount(tx, ORIGIN, entries=2, size_bytes=2**40, now=0)
    partners.add_amount(tx, ORIGIN, entries=3, size_bytes=5, now=DAY - 1)
    assert partners.amount(tx, ORIGIN, now=5) == (5, 2**40 + 5)
    assert partners.amount(tx, ORIGIN, now=DAY) == (0, 0)
    assert partners.amount(tx, "fr-ngo/log/1", now=0) == (0, 0)


def test_amounts_are_kept_for_a_week(tx):
    partners.add_amount(tx, ORIGIN, entries=1, size_bytes=1, now=0)
    partners.add_amount(tx, ORIGIN, entries=1, size_bytes=1, now=7 * DAY)
    assert partners.amount(tx, ORIGIN, now=0) == (1, 1)
    partners.add_amount(tx, ORIGIN, entries=1, size_bytes=1, now=8 * DAY)
    assert partners.amount(tx, ORIGIN, now=0) == (0, 0)


def test_a_setting_is_set_replaced_and_taken_away(tx):
    assert partners.setting_of(tx, "restored") is None
    partners.set_setting(tx, "restored", "1")
    partners.set_setting(tx, "restored", "2")
    assert partners.setting_of(tx, "restored") == "2"
    partners.set_setting(tx, "restored", None)
    assert partners.setting_of(tx, "restored") is None
