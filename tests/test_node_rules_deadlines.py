"""Is every clock counted in the right days and zone, and is everything kept exactly long enough?"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from integra_node.rules import deadlines, retention
from integra_node.rules.deadlines import Calendar, Circumstances, Unit
from integra_node.rules.handover import State
from integra_protocol.limits import MAX_RETENTION_S

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOW = int(MONDAY.timestamp())


def about(urgency="routine", instruments=("DOMESTIC",), release=None, received=None):
    return Circumstances(
        urgency=urgency,
        instruments=instruments,
        release_on=release,
        procedure_received_on=received,
        zone=PARIS,
    )


def due_day(clock):
    """Return the last local day on which the step is in time."""
    return (clock.due_at - timedelta(seconds=1)).astimezone(PARIS).date()


@pytest.mark.parametrize(
    "state, urgency, day",
    [
        (State.IN_REVIEW, "routine", "2026-11-25"),
        (State.APPROVED, "routine", "2026-11-24"),
        (State.DELIVERED, "routine", "2026-11-26"),
        (State.DELIVERED, "priority", "2026-11-25"),
        (State.DELIVERED, "urgent", "2026-11-24"),
        (State.ACKNOWLEDGED, "routine", "2026-11-25"),
        (State.UNDER_REVIEW, "routine", "2026-12-07"),
        (State.REFUSED, "routine", "2026-12-23"),
        (State.DELIVERED, "of_tomorrow", "2026-11-26"),
    ],
)
def test_each_state_has_its_clock(state, urgency, day):
    clock = deadlines.handover_clock(state, MONDAY, about(urgency))
    assert due_day(clock) == date.fromisoformat(day)
    assert clock.due_at.tzinfo is UTC
    assert clock.rule.source


@pytest.mark.parametrize("state", [State.APPROVED, State.DELIVERED])
def test_an_immediate_notice_has_four_hours(state):
    clock = deadlines.handover_clock(state, MONDAY, about("immediate"))
    assert clock.due_at == MONDAY + timedelta(hours=4)


@pytest.mark.parametrize("state", [State.DRAFT, State.ACCEPTED, State.CLOSED])
def test_where_nothing_is_waited_for_there_is_no_clock(state):
    assert deadlines.handover_clock(state, MONDAY, about()) is None


@pytest.mark.parametrize(
    "instrument, day, legal",
    [
        ("FD947", "2027-01-01", True),
        ("FD909", "2027-01-31", True),
        ("FD829", "2026-11-30", True),
        ("DOMESTIC", "2026-12-07", False),
        ("VOLUNTARY", "2026-12-07", False),
        ("OF_TOMORROW", "2026-12-07", False),
    ],
)
def test_a_decision_has_the_clock_of_its_instrument(instrument, day, legal):
    circumstances = about(instruments=(instrument,), received=date(2026, 11, 2))
    clock = deadlines.handover_clock(State.UNDER_REVIEW, MONDAY, circumstances)
    assert due_day(clock) == date.fromisoformat(day)
    assert clock.rule.legal is legal
    assert clock.starts_event == ("certificate_received" if legal else "handover_under_review")


def test_the_shortest_of_several_clocks_holds():
    clock = deadlines.decision_clock(MONDAY, about(instruments=("FD909", "DOMESTIC")))
    assert clock.rule.unit is Unit.WORKING_DAY


def test_the_release_caps_every_clock_and_says_so():
    circumstances = about(instruments=("FD947",), release=date(2026, 12, 15))
    clock = deadlines.decision_clock(MONDAY, circumstances)
    assert clock.due_at == datetime(2026, 12, 14, 23, 0, tzinfo=UTC)
    assert clock.is_capped
    assert clock.rule_due_at > clock.due_at
    past = deadlines.decision_clock(MONDAY, about(release=date(2026, 11, 1)))
    assert past.due_at == past.starts_at
    assert past.percent(MONDAY) == 100


def test_the_statutory_day_of_the_golden_case():
    day = date(2026, 11, 2)
    assert deadlines.statutory_decision_day("FD947", day, Calendar()) == date(2027, 1, 1)
    assert deadlines.statutory_decision_day("DOMESTIC", day, Calendar()) is None
    assert deadlines.statutory_decision_day("nothing", day, Calendar()) is None


def test_a_friday_evening_counts_from_monday():
    friday = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
    assert due_day(deadlines.handover_clock(State.APPROVED, friday, about())) == date(2026, 11, 23)


def test_the_day_is_that_of_the_agency():
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # already Tuesday in Paris
    assert due_day(deadlines.handover_clock(State.APPROVED, late, about())) == date(2026, 11, 25)


def test_hours_are_hours_when_the_clocks_change():
    before = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    clock = deadlines.handover_clock(State.SENT, before, about())
    assert clock.due_at - before == timedelta(hours=24)


def test_holidays_are_not_worked():
    calendar = Calendar(name="FR", holidays=frozenset({date(2026, 12, 25)}))
    assert deadlines.add_working_days(date(2026, 12, 24), 1, calendar) == date(2026, 12, 28)
    assert deadlines.add_working_days(date(2026, 12, 24), 0, calendar) == date(2026, 12, 24)


def test_a_calendar_without_work_or_an_absurd_count_is_refused():
    with pytest.raises(ValueError, match="working days"):
        deadlines.add_working_days(date(2026, 1, 1), 401, Calendar())
    empty = Calendar(
        name="none",
        holidays=frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(4_100)),
    )
    with pytest.raises(ValueError, match="without working days"):
        deadlines.add_working_days(date(2026, 1, 1), 1, empty)


@pytest.mark.parametrize(
    "severity, due",
    [
        ("critical", datetime(2026, 11, 23, 13, 0, tzinfo=UTC)),
        ("high", datetime(2026, 11, 24, 23, 0, tzinfo=UTC)),
        ("medium", datetime(2026, 11, 30, 23, 0, tzinfo=UTC)),
    ],
)
def test_an_alert_is_acknowledged_by_its_severity(severity, due):
    assert deadlines.acknowledgement_clock(severity, MONDAY, PARIS).due_at == due


@pytest.mark.parametrize("severity", ["low", "info", "planetary"])
def test_a_small_alert_needs_no_acknowledgement(severity):
    assert deadlines.acknowledgement_clock(severity, MONDAY, PARIS) is None


def test_reminders_come_at_half_four_fifths_full_and_over_time():
    clock = deadlines.handover_clock(State.SENT, MONDAY, about())
    assert [(p, (at - MONDAY).total_seconds() / 3_600) for p, at in clock.reminders()] == [
        (50, 12), (80, 19.2), (100, 24), (120, 28.8),
    ]  # fmt: skip
    assert clock.percent(MONDAY + timedelta(hours=6)) == 25
    assert clock.percent(MONDAY - timedelta(hours=6)) == 0
    assert deadlines.rules_version() == 1


def seconds(year, month, day):
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


def test_everything_is_kept_exactly_long_enough():
    assert retention.longest(NOW) == NOW + MAX_RETENTION_S
    assert retention.alert_end(date(2027, 2, 21), NOW) == seconds(2028, 2, 22)
    assert retention.notice_end(date(2027, 12, 14), date(2027, 2, 21), NOW) == seconds(2028, 12, 15)
    assert retention.notice_end(None, date(2027, 2, 21), NOW) == seconds(2028, 2, 22)
    assert retention.notice_end(None, None, NOW) == seconds(2027, 11, 24)
    assert retention.sender_copy_end(date(2027, 12, 14), NOW) == seconds(2028, 6, 15)
    assert retention.ended_notice_end(NOW) == NOW + 30 * 86_400
    assert retention.draft_end(NOW) == NOW + 90 * 86_400
    assert retention.audit_end(NOW) == seconds(2031, 11, 24)


def test_no_end_leaves_the_bounds_of_the_protocol():
    assert retention.notice_end(date(9_998, 1, 1), None, NOW) == NOW + MAX_RETENTION_S
    assert retention.notice_end(date(9_999, 12, 31), None, NOW) == NOW + MAX_RETENTION_S
    assert retention.alert_end(date(2001, 1, 1), NOW) == NOW + 86_400


def test_a_month_later_is_never_a_day_that_does_not_exist():
    assert retention.add_months(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert retention.add_months(date(2027, 2, 28), 12) == date(2028, 2, 28)
