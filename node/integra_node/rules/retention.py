"""Until when is something kept?  The ``x`` of every entry (docs/protocol.md section 3), in seconds."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from integra_protocol.limits import MAX_RETENTION_S

DAY_S: Final = 86_400
DRAFT_DAYS: Final = 90
ENDED_NOTICE_DAYS: Final = 30
SAFETY_MONTHS: Final = 6
ALERT_MONTHS: Final = 12
NOTICE_MONTHS_RECIPIENT: Final = 12
NOTICE_MONTHS_SENDER: Final = 6
AUDIT_YEARS: Final = 5
CONSENT_YEARS: Final = 5
KEY_COPY_DAYS: Final = 35  # backups of the key table


def longest(now: int) -> int:
    """Return the latest end that an entry of this second may have: ten years.

    For practices (kept by a newer version), officers, revocations, code lists and directories.
    """
    return now + MAX_RETENTION_S


def alert_end(expires_at: date, now: int) -> int:
    """Return the end of an alert and of the feedback on it: its last day and 12 months."""
    return within_bounds(end_of_day(add_months(expires_at, ALERT_MONTHS)), now)


def notice_end(supervision_ends_on: date | None, valid_until: date | None, now: int) -> int:
    """Return the end of a handover and of all its replies: end of supervision and 12 months.

    Without supervision the validity of the notice counts; with neither, this day.
    """
    days = [day for day in (supervision_ends_on, valid_until) if day is not None]
    last = max(days, default=datetime.fromtimestamp(now, UTC).date())
    return within_bounds(end_of_day(add_months(last, NOTICE_MONTHS_RECIPIENT)), now)


def sender_copy_end(supervision_ends_on: date, now: int) -> int:
    """Return until when the sender keeps its own copy: end of supervision and 6 months."""
    return within_bounds(end_of_day(add_months(supervision_ends_on, NOTICE_MONTHS_SENDER)), now)


def ended_notice_end(ended_at: int) -> int:
    """Return until when a refused, withdrawn or misdirected notice is kept: 30 days."""
    return ended_at + ENDED_NOTICE_DAYS * DAY_S


def draft_end(changed_at: int) -> int:
    """Return until when an untouched draft is kept: 90 days."""
    return changed_at + DRAFT_DAYS * DAY_S


def audit_end(written_at: int) -> int:
    """Return until when a line of the audit log is kept: five years."""
    written = datetime.fromtimestamp(written_at, UTC).date()
    return end_of_day(add_months(written, 12 * AUDIT_YEARS))


def within_bounds(end: int, now: int) -> int:
    """Return the end moved into what the protocol allows: over a day and at most ten years on."""
    return max(now + DAY_S, min(end, longest(now)))


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = min(day.year + years, 9_998)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def end_of_day(day: date) -> int:
    """Return the first second after the day in UTC, unix seconds."""
    return int(datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC).timestamp())
