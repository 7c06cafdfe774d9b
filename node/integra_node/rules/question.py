"""What does somebody ask of the library, when the question is kept to be asked again?"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from integra_node.rules.problems import Problem, error
from integra_protocol.errors import InputError

MAX_SAVED: Final = 50
"""Saved searches of one person."""
MAX_NAME_CHARS: Final = 80
MAX_QUESTION_CHARS: Final = 8_000
"""Characters of JSON."""
MORNING_HOUR: Final = 6
"""When daily notices are given, in the agency's zone."""
FILTERS: Final = ("kind", "language", "setting", "stage", "country", "org", "concept")


class Notify(StrEnum):
    """When somebody wants to hear that there is something new."""

    NEVER = "never"
    AT_ONCE = "at_once"
    DAILY = "daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Words and filters; ``filters`` are pairs of a name of `FILTERS` and values, never empty."""

    q: str = ""
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    evidence_min: int | None = None
    """0 to 5."""
    sort: str = "relevance"
    expand: bool = True

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of a filter."""
        return dict(self.filters).get(name, ())

    def text(self) -> str:
        """Return the question as JSON."""
        held = {
            "q": self.q,
            "filters": {name: list(values) for name, values in self.filters},
            "evidence_min": self.evidence_min,
            "sort": self.sort,
            "expand": self.expand,
        }
        return json.dumps(held, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def parse_question(text: str) -> Question:
    """Return a question that `Question.text` wrote.

    Raises:
        InputError: it is something else.
    """
    try:
        held = json.loads(text)
        filters = held["filters"]
        return Question(
            q=str(held["q"]),
            filters=tuple(
                (name, tuple(map(str, filters[name]))) for name in FILTERS if filters.get(name)
            ),
            evidence_min=None if held["evidence_min"] is None else int(held["evidence_min"]),
            sort=str(held["sort"]),
            expand=bool(held["expand"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as failure:
        raise InputError("a stored question cannot be read") from failure


def saved_problems(name: str, notify: str, question: Question) -> tuple[Problem, ...]:
    """Return why a search cannot be saved so."""
    problems = []
    if not name:
        problems.append(error("name", "required"))
    elif len(name) > MAX_NAME_CHARS:
        problems.append(error("name", "too_long", max=MAX_NAME_CHARS))
    if notify not in frozenset(Notify):
        problems.append(error("notify", "unknown_code"))
    if len(question.text()) > MAX_QUESTION_CHARS:
        problems.append(error("", "body_too_large"))
    return tuple(problems)
