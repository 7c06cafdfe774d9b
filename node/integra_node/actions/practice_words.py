"""What has a second person decided about the words of a practice that may point at somebody?

A text is screened when it is handed in, and the ids of what was found stand with it: whoever
publishes decides about each.  Nothing is taken out by itself, and nothing goes out undecided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from integra_node.actions import notices
from integra_node.actions.practice_rows import IMPORTED_BY, change, read_body, record
from integra_node.rules import practice_screening as screening
from integra_node.rules.notice_kinds import NoticeKind
from integra_node.rules.practice import Practice, PracticeState
from integra_node.rules.problems import Problem, error
from integra_node.rules.screening import Finding, distinct
from integra_node.store.drafts import Draft

if TYPE_CHECKING:
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointed:
    """Words that may point at a person; ``decision`` is keep, remove, or empty."""

    finding: Finding
    decision: str


def pointed_at(row: Draft) -> tuple[Pointed, ...]:
    """Return the words of a draft, or of what waits, that somebody has to look at."""
    if row.status not in (PracticeState.DRAFT, PracticeState.SUBMITTED):
        return ()
    decisions = screening.parse_stored(row.words)
    found = distinct(screening.findings(read_body(row)))
    return tuple(Pointed(finding=one, decision=decisions.get(one.id, "")) for one in found)


def findings_of(row: Draft) -> tuple[Finding, ...]:
    """Return what a second person has to decide about; it was looked for at the hand-in."""
    if row.words is not None and not screening.parse_stored(row.words):
        return ()
    return screening.findings(read_body(row))


def undecided_in(rows: Sequence[Draft]) -> tuple[Problem, ...]:
    """Return what forbids publishing several at once: a decision is made about one practice."""
    at = [f"{number}." if len(rows) > 1 else "" for number in range(len(rows))]
    return tuple(
        replace(one, path=f"{at[number]}{one.path}")
        for number, row in enumerate(rows)
        for one in screening.problems_of_decisions(findings_of(row), {})
    )


def said_of(found: Iterable[Finding], decisions: Mapping[str, str]) -> list[str]:
    """Return each decision for the audit log: what and where, never the words."""
    said = [f"{decisions[one.id]} {one.kind} {one.path}" for one in found if one.id in decisions]
    return said[:_MAX_SAID]


def give_back(
    tx: Tx, held: Draft, found: Sequence[Finding], words: Mapping[str, str], staff: Staff, now: int
) -> Draft:
    """Make it a draft again with the decisions, and tell who wrote it."""
    values = {"status": PracticeState.DRAFT.value, "words": screening.stored(found, words)}
    after = change(tx, held, now=now, **values)
    record(tx, after, staff.account_id, now, event="given_back", words=said_of(found, words))
    author = {held.author_id} - {IMPORTED_BY}
    notices.tell(tx, author, NoticeKind.PRACTICE_GIVEN_BACK, held.id, now=now, again=True)
    return after


def problems_of_import(
    bodies: Iterable[tuple[int, Practice]], *, many: bool
) -> tuple[Problem, ...]:
    """Return an error for each text of a file with words that nobody has looked at."""
    return tuple(
        error(f"{number}.{one.path}" if many else one.path, one.code, **one.params)
        for number, body in bodies
        for one in screening.looks(body)
    )


_MAX_SAID: Final = 100
