"""Which rows of the audit log does somebody want to see? From fields to a filter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from integra_node.rules.problems import Problem, error
from integra_node.store.audit import AuditFilter
from integra_node.web.forms import FormData

_MAX_TEXT = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """A filter, and what was wrong with the fields it came from."""

    wanted: AuditFilter
    problems: tuple[Problem, ...]


def read_query(form: FormData, zone: ZoneInfo) -> AuditQuery:
    """Return the filter of a form; days are whole days of the agency's time zone."""
    problems: list[Problem] = []
    since = _start_of_day(form, "since", zone, problems, add_days=0)
    until = _start_of_day(form, "until", zone, problems, add_days=1)
    wanted = AuditFilter(
        since=since,
        until=until,
        actor=form.text("actor")[:_MAX_TEXT],
        op=form.text("op")[:_MAX_TEXT],
        object=form.text("object")[:_MAX_TEXT],
        subject=form.text("subject")[:_MAX_TEXT],
    )
    return AuditQuery(wanted=wanted, problems=tuple(problems))


def _start_of_day(
    form: FormData, name: str, zone: ZoneInfo, problems: list[Problem], *, add_days: int
) -> int | None:
    typed = form.date(name) or form.text(name)
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed) + timedelta(days=add_days)
        return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
    except (ValueError, OverflowError):
        problems.append(error(name, "bad_date"))
        return None
