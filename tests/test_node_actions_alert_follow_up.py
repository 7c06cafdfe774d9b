"""Is somebody told when an alert was not acknowledged in time, and when one of ours is called false?"""

from datetime import UTC, datetime

import pytest

from alert_agencies import body, make_three, read, retract, send, supersede
from handover_pair import sync
from integra_node.actions import alert_answers, alert_follow_up, alert_reading, notices
from integra_node.rules.deadlines import correction_clock
from integra_node.rules.permissions import Role
from integra_node.store.alerts import Wanted
from integra_protocol.errors import NotAllowedError
from members import NOW

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def three(tmp_path):
    agencies = make_three(tmp_path)
    agencies[1].add("lia", Role.LIAISON, pin=None)
    agencies[1].add("gil", Role.DUTY_OFFICER, pin=None)
    sync(*agencies)
    yield agencies
    for agency in agencies:
        agency.database.close()


def arrived(three, severity="critical"):
    pt, fr, _ = three
    done = send(pt, body(severity=severity, expires_at="2026-10-01"))
    sync(*three)
    assert read(fr, done.ref).duty.must_ack
    return done


def late_at(agency, now):
    wanted, staff = Wanted(statuses=("current",), owed_before=now), agency.people["lia"]
    return agency.read(lambda tx: alert_reading.list_for(tx, agency.us, wanted, staff=staff))


def told(agency, username):
    staff = agency.people[username]
    found = agency.read(lambda tx: notices.list_for(tx, unseen_only=True, staff=staff))
    return [(one.kind, one.ref) for one in found]


def escalate(agency, now):
    return agency.write(lambda tx: alert_follow_up.escalate(tx, agency.us, now=now))


def acknowledge(agency, ref):
    staff = agency.people["gil"]
    agency.write(
        lambda tx: alert_answers.acknowledge(tx, agency.us, ref, staff=staff, now=agency.now)
    )


@pytest.mark.parametrize(
    "severity, seconds", [("critical", 4 * HOUR), ("high", None), ("medium", None)]
)
def test_the_clock_runs_from_the_arrival(three, severity, seconds):
    _, fr, _ = three
    done = arrived(three, severity)
    due = read(fr, done.ref).duty.due_at
    if seconds is not None:
        assert due == fr.now + seconds
    assert late_at(fr, due) == ()
    assert [one.ref for one in late_at(fr, due + 1)] == [done.ref]


def test_the_liaison_is_told_once_when_the_time_has_run_out_and_nobody_before(three):
    _, fr, _ = three
    done = arrived(three)
    assert escalate(fr, fr.now + 4 * HOUR) == 0
    assert told(fr, "lia") == []
    assert escalate(fr, fr.now + 4 * HOUR + 1) == 1
    escalate(fr, fr.now + 5 * HOUR)
    assert told(fr, "lia") == [("alert_overdue", done.ref)]
    assert told(fr, "gil") == []


def test_where_there_is_no_liaison_the_duty_officers_are_told(three):
    pt, fr, uni = three
    pt.add("gil", Role.DUTY_OFFICER, pin=None)
    done = send(uni, body(severity="critical", expires_at="2026-10-01"))
    sync(*three)
    escalate(pt, pt.now + DAY)
    assert told(pt, "gil") == [("alert_overdue", done.ref)]
    assert told(fr, "gil") == []


def test_an_acknowledgement_takes_it_from_everybodys_list(three):
    _, fr, _ = three
    done = arrived(three)
    escalate(fr, fr.now + DAY)
    acknowledge(fr, done.ref)
    assert told(fr, "lia") == []
    assert late_at(fr, fr.now + DAY) == ()
    assert escalate(fr, fr.now + DAY) == 0


@pytest.mark.parametrize("end", [retract, supersede])
def test_what_is_over_is_not_chased(three, end):
    pt, fr, _ = three
    done = arrived(three)
    escalate(fr, fr.now + DAY)
    end(pt, done.row.id, "It was wrong." if end is retract else body(severity="low"))
    sync(*three)
    assert ("alert_overdue", done.ref) not in told(fr, "lia")
    assert escalate(fr, fr.now + DAY) == 0


def test_an_alert_that_a_member_calls_false_is_due_for_correction_in_a_working_day(three):
    pt, fr, _ = three
    done = send(pt)
    sync(*three)
    _say(fr, done.ref, "false")
    sync(*three)
    (one,) = _called_false(pt, "ana")
    assert one.id == done.row.id
    clock = correction_clock(datetime.fromtimestamp(pt.now, UTC), pt.us.zone)
    assert one.due_at == int(clock.due_at.timestamp())
    assert pt.now < one.due_at <= pt.now + 4 * DAY
    with pytest.raises(NotAllowedError):
        _called_false(pt, "rui")


def test_a_member_that_says_something_else_later_no_longer_calls_it_false(three):
    pt, fr, _ = three
    done = send(pt)
    sync(*three)
    _say(fr, done.ref, "false")
    fr.now += 60
    _say(fr, done.ref, "seen")
    sync(*three)
    pt.now = fr.now
    assert _called_false(pt, "ana") == ()


def test_a_retracted_alert_waits_for_no_correction(three):
    pt, fr, _ = three
    done = send(pt)
    sync(*three)
    _say(fr, done.ref, "false")
    sync(*three)
    retract(pt, done.row.id, "It was wrong.")
    assert _called_false(pt, "ana") == ()


def _say(agency, ref, what):
    staff = agency.people["ana"]
    agency.write(
        lambda tx: alert_answers.give_feedback(
            tx, agency.us, ref, what, staff=staff, now=agency.now
        )
    )


def _called_false(agency, username):
    staff = agency.people[username]
    return agency.read(lambda tx: alert_follow_up.called_false(tx, agency.us, staff=staff))


def test_the_moment_of_tests_is_a_day_of_work():
    assert datetime.fromtimestamp(NOW, UTC).weekday() < 5
