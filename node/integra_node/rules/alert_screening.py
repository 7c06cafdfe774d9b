"""Which words of an alert may point at a person, and what has a second person said about each?

Alerts are about phenomena.  Words are pointed at, never removed: the second reader says of each that
it points at nobody and may stay, or that its author has to take it out.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from integra_node.rules.alert import Alert, alert_json
from integra_node.rules.fields import Body
from integra_node.rules.problems import Problem, error, warning
from integra_node.rules.screening import Finding, distinct, screen
from integra_node.rules.wire import read_entered, texts

KEEP: Final = "keep"
REMOVE: Final = "remove"
NO_DECISIONS: Final[Mapping[str, str]] = {}
_MAX_DECISIONS: Final = 1_000
_CODES: Final = frozenset(
    {"language", "type", "severity", "tlp", "europol_handling", "source_kind", "grading"}
    | {"settings", "professions", "valid_from", "expires_at"}
)


class _Decisions(Body):
    words: Annotated[dict[str, Literal["keep", "remove"]], Field(max_length=_MAX_DECISIONS)]


def findings(alert: Alert) -> tuple[Finding, ...]:
    """Return the words of an alert that may point at a person, each text in its own language."""
    found: list[Finding] = []
    for path, text in texts(alert_json(alert)):
        if path.partition(".")[0] in _CODES:
            continue
        last = path.rpartition(".")[2]
        language = last if last.isalpha() else alert.language
        found += screen([(path, text)], language)
    return tuple(found)


def parse_decisions(given: Mapping[str, object]) -> Mapping[str, str]:
    """Return decisions by the id of a finding; what nobody has decided yet is left out.

    Raises:
        InvalidFieldsError: another word than ``keep`` or ``remove``.
    """
    chosen = {key: word for key, word in given.items() if word not in ("", None)}
    return dict(read_entered(_Decisions, {"words": chosen}).words) if chosen else NO_DECISIONS


def is_given_back(alert: Alert, decisions: Mapping[str, str]) -> bool:
    """Say whether a second person wants some of these words taken out."""
    return any(decisions.get(one.id) == REMOVE for one in findings(alert))


def looks(alert: Alert) -> tuple[Problem, ...]:
    """Return a warning for each text with such words, for its author."""
    first = {(one.path, one.kind): one for one in findings(alert)}
    return tuple(
        warning(one.path, "identifies_person", what=one.kind.value) for one in first.values()
    )


def problems_of_decisions(alert: Alert, decisions: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return what forbids publishing: words about which nobody decided, or that have to go."""
    return tuple(
        error(f"words.{one.id}", "words_to_go" if word == REMOVE else "words_undecided")
        for one in distinct(findings(alert))
        if (word := decisions.get(one.id)) != KEEP
    )
