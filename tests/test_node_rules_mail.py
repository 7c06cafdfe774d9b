"""Whose address is taken, when is the summary of a day due, when is a failure tried again?"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from integra_node.rules.mail import Delivery, mailbox_problems, next_digest, retry_after

LISBON, ATHENS = ZoneInfo("Europe/Lisbon"), ZoneInfo("Europe/Athens")
DOMAINS = ("prison.example", "justice.example")


def at(text, zone=UTC):
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


@pytest.mark.parametrize(
    "after, hour, zone, due",
    [
        ("2026-11-29T07:59:59", 8, LISBON, "2026-11-29T08:00:00"),
        ("2026-11-29T08:00:00", 8, LISBON, "2026-11-30T08:00:00"),
        ("2026-12-31T23:30:00", 0, ATHENS, "2027-01-01T00:00:00"),
        # clocks go forward at 01:00 in Lisbon: the hour that is left out is the one after it
        ("2026-03-29T00:30:00", 1, LISBON, "2026-03-29T02:00:00"),
        ("2026-03-28T09:00:00", 8, LISBON, "2026-03-29T08:00:00"),
        # clocks go back at 02:00: the first of two is meant, and only that one
        ("2026-10-25T00:30:00", 1, LISBON, "2026-10-25T01:00:00"),
        ("2026-10-24T09:00:00", 8, LISBON, "2026-10-25T08:00:00"),
    ],
)
def test_a_summary_is_due_at_its_hour_by_the_clock_on_the_wall(after, hour, zone, due):
    assert next_digest(at(after, zone), hour, zone) == at(due, zone)


def test_no_hour_of_a_year_gives_two_summaries_or_none_on_a_day():
    moment, seen = at("2026-01-01T00:00:00", LISBON), []
    for _ in range(365):
        moment = next_digest(moment, 1, LISBON)
        seen.append(datetime.fromtimestamp(moment, LISBON).date())
    assert len(set(seen)) == 365
    assert (seen[-1] - seen[0]).days == 364


@pytest.mark.parametrize(
    "address, delivery, hour, code",
    [
        ("", Delivery.AT_ONCE, 8, "required"),
        ("ana", Delivery.AT_ONCE, 8, "bad_address"),
        ("ana@", Delivery.AT_ONCE, 8, "foreign_domain"),
        ("ana@elsewhere.example", Delivery.DIGEST, 8, "foreign_domain"),
        ("ana@x.prison.example", Delivery.DIGEST, 8, "foreign_domain"),
        ("a b@prison.example", Delivery.DIGEST, 8, "bad_address"),
        ("ana\r\nBcc: x@prison.example", Delivery.DIGEST, 8, "bad_address"),
        ("a@b@prison.example", Delivery.DIGEST, 8, "bad_address"),
        ("é@prison.example", Delivery.DIGEST, 8, "bad_address"),
        ("x" * 65 + "@prison.example", Delivery.DIGEST, 8, "bad_address"),
        ("ana@prison.example", "hourly", 8, "unknown_code"),
        ("ana@prison.example", Delivery.DIGEST, 24, "bad_hour"),
        ("ana@prison.example", Delivery.DIGEST, None, "bad_hour"),
    ],
)
def test_what_cannot_be_delivered_is_refused(address, delivery, hour, code):
    assert [one.code for one in mailbox_problems(address, delivery, hour, DOMAINS)] == [code]


@pytest.mark.parametrize("address", ["ana@prison.example", "a.b+c@JUSTICE.example"])
def test_addresses_of_the_agency_are_taken(address):
    assert not mailbox_problems(address, Delivery.DIGEST, 0, DOMAINS)


def test_nothing_needs_an_address_where_nothing_is_sent():
    assert not mailbox_problems("", Delivery.NEVER, 8, ())


def test_waiting_grows_to_four_hours():
    assert [retry_after(n) for n in (1, 2, 3, 4, 5, 6, 99)] == [
        60, 300, 900, 3_600, 14_400, 14_400, 14_400
    ]  # fmt: skip
