"""By when must the next step of a handover or an alert happen, and which text says so?

Days are counted in the zone of the agency that must act; instants are UTC.  The clocks are data
(``data/clocks.json``) with a version, each with its source.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final, TypedDict

from integra_node.rules.handover import State

SATURDAY: Final = 5  # of date.weekday()
REMINDER_PERCENT: Final = (50, 80, 100, 120)
_MAX_WORKING_DAYS: Final = 400
_CORRECTION: Final = "correction"


class Unit(StrEnum):
    """What a duration is counted in; months of 30 days do not exist here."""

    HOUR = "hour"
    CALENDAR_DAY = "calendar_day"
    WORKING_DAY = "working_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Which days nobody works: Saturday, Sunday and the holidays named."""

    name: str = "weekends"
    holidays: frozenset[date] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        """Return whether somebody works on the day."""
        return day.weekday() < SATURDAY and day not in self.holidays


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How long a step may take; ``source`` names the text, ``legal`` whether it is a law."""

    duration: int
    unit: Unit
    source: str
    legal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One running deadline.

    Attributes:
        rule: How long and on which basis.
        starts_event: What started it, a stable word.
        starts_at: When it started, UTC.
        due_at: When the step must have happened, UTC; never after ``release_at``.
        rule_due_at: When the rule alone would have it happen, UTC.
        release_at: The first instant of the release day, UTC, or None.
        calendar: The name of the calendar that was counted in.
    """

    rule: Rule
    starts_event: str
    starts_at: datetime
    due_at: datetime
    rule_due_at: datetime
    release_at: datetime | None
    calendar: str

    @property
    def is_capped(self) -> bool:
        """Whether the release comes before the rule's own end."""
        return self.due_at < self.rule_due_at

    def percent(self, now: datetime) -> int:
        """Return how much of the time is used, 0 at the start, 100 when due, and on above it."""
        length = (self.due_at - self.starts_at).total_seconds()
        used = (now - self.starts_at).total_seconds()
        return max(0, round(100 * used / length)) if length > 0 else 100

    def reminders(self) -> tuple[tuple[int, datetime], ...]:
        """Return (percent, instant) for each reminder: 50, 80, 100 and 120 percent."""
        length = self.due_at - self.starts_at
        return tuple((part, self.starts_at + length * part / 100) for part in REMINDER_PERCENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the clocks of one handover depend on.

    Attributes:
        urgency: A code of list ``urgency``.
        instruments: Codes of list ``instrument``, those of the legal basis.
        release_on: The day of release, if there is one.
        procedure_received_on: When the certificate of the official procedure arrived, if it did.
        zone: The zone of the agency that must act.
        calendar: The days on which it works.
    """

    urgency: str
    instruments: tuple[str, ...]
    release_on: date | None
    procedure_received_on: date | None
    zone: tzinfo
    calendar: Calendar = field(default_factory=Calendar)


def handover_clock(
    state: State, entered_at: datetime, circumstances: Circumstances
) -> Clock | None:
    """Return the deadline of the state, None where nothing is waited for.

    Args:
        state: Where the handover is.
        entered_at: Since when, with a zone.
        circumstances: What else decides.
    """
    if state is State.UNDER_REVIEW:
        return decision_clock(entered_at, circumstances)
    rule = _state_rule(state, circumstances.urgency)
    if rule is None:
        return None
    return _clock(rule, f"handover_{state.value}", entered_at, circumstances)


def decision_clock(entered_at: datetime, circumstances: Circumstances) -> Clock:
    """Return by when the recipient decides: the shortest clock of the instruments named.

    A statutory clock runs from the receipt of the certificate, when that is known.
    """
    received = circumstances.procedure_received_on
    clocks: list[Clock] = []
    for instrument in circumstances.instruments or ("DOMESTIC",):
        # A code that only newer nodes know has the clock of what is agreed.
        rule = _rules().get(f"decision.{instrument}") or _rules()["decision.DOMESTIC"]
        starts_at, event = entered_at, "handover_under_review"
        if rule.legal and received is not None:
            starts_at, event = _midnight(received, circumstances.zone), "certificate_received"
        clocks.append(_clock(rule, event, starts_at, circumstances))
    return min(clocks, key=lambda clock: clock.due_at)


def statutory_decision_day(instrument: str, received_on: date, calendar: Calendar) -> date | None:
    """Return the last day of a statutory decision, None when the instrument sets none."""
    rule = _rules().get(f"decision.{instrument}")
    if rule is None or not rule.legal:
        return None
    return _last_day(rule, received_on, calendar)


def acknowledgement_clock(
    severity: str, published_at: datetime, zone: tzinfo, calendar: Calendar | None = None
) -> Clock | None:
    """Return by when an alert must be acknowledged, None below severity ``medium``."""
    rule = _rules().get(f"alert.{severity}") if severity != _CORRECTION else None
    if rule is None:
        return None
    return _clock(rule, "alert_published", published_at, _plain(zone, calendar))


def correction_clock(told_at: datetime, zone: tzinfo, calendar: Calendar | None = None) -> Clock:
    """Return by when an alert that is false, or stigmatised a group, is corrected or retracted."""
    rule = _rules()[f"alert.{_CORRECTION}"]
    return _clock(rule, "alert_said_to_be_false", told_at, _plain(zone, calendar))


def add_working_days(start: date, days: int, calendar: Calendar) -> date:
    """Return the day that is so many working days (0..400) after the start.

    Raises:
        ValueError: days outside that range, or a calendar without working days.
    """
    if not 0 <= days <= _MAX_WORKING_DAYS:
        raise ValueError("0 to 400 working days")
    day, left = start, days
    for _ in range(10 * _MAX_WORKING_DAYS):
        if left == 0:
            return day
        day += timedelta(days=1)
        left -= calendar.is_working(day)
    raise ValueError("a calendar without working days")


def rules_version() -> int:
    """Return the version of the clocks, from 1."""
    return _document()["version"]


def _plain(zone: tzinfo, calendar: Calendar | None) -> Circumstances:
    return Circumstances(
        urgency="",
        instruments=(),
        release_on=None,
        procedure_received_on=None,
        zone=zone,
        calendar=calendar or Calendar(),
    )


def _state_rule(state: State, urgency: str) -> Rule | None:
    rules = _rules()
    return rules.get(f"{state.value}.{urgency}") or rules.get(state.value)


def _clock(rule: Rule, event: str, starts_at: datetime, about: Circumstances) -> Clock:
    start = starts_at.astimezone(UTC)
    due = _due(rule, start, about)
    release = _midnight(about.release_on, about.zone) if about.release_on else None
    capped = due if release is None else max(start, min(due, release))
    return Clock(
        rule=rule,
        starts_event=event,
        starts_at=start,
        due_at=capped,
        rule_due_at=due,
        release_at=release,
        calendar=about.calendar.name,
    )


def _due(rule: Rule, start: datetime, about: Circumstances) -> datetime:
    if rule.unit is Unit.HOUR:
        return start + timedelta(hours=rule.duration)
    last = _last_day(rule, start.astimezone(about.zone).date(), about.calendar)
    return _midnight(last + timedelta(days=1), about.zone)


def _last_day(rule: Rule, start: date, calendar: Calendar) -> date:
    if rule.unit is Unit.WORKING_DAY:
        return add_working_days(start, rule.duration, calendar)
    return start + timedelta(days=rule.duration)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


class _RuleData(TypedDict):
    duration: int
    unit: str
    source: str
    legal: bool


class _ClockData(TypedDict):
    version: int
    clocks: dict[str, _RuleData]


@cache
def _rules() -> Mapping[str, Rule]:
    return {
        name: Rule(
            duration=item["duration"],
            unit=Unit(item["unit"]),
            source=item["source"],
            legal=item["legal"],
        )
        for name, item in _document()["clocks"].items()
    }


@cache
def _document() -> _ClockData:
    source = resources.files("integra_node.rules").joinpath("data", "clocks.json")
    document: _ClockData = json.loads(source.read_text(encoding="utf-8"))
    return document
