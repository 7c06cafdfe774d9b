"""Which words of a practice may point at a person, and what has a second person said about each?

Practices describe groups and composite cases.  Words are pointed at, never removed: the second
person says of each that it points at nobody and may stay, or that its author has to take it out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from integra_node.rules.alert_screening import KEEP, REMOVE
from integra_node.rules.practice import Practice, practice_json
from integra_node.rules.problems import Problem, error, warning
from integra_node.rules.screening import Finding, distinct, screen
from integra_node.rules.wire import texts

# What holds no words of its author: codes, dates, addresses of reports, references, file digests.
_CODES: Final = frozenset(
    {"language", "country", "since", "until", "settings", "stages", "level", "ideology_scope"}
    | {"target_groups", "professions", "need_domains", "methods", "translations", "licence"}
    | {"tlp", "lineage.adapted_from", "evidence.report_url", "evidence.who_evaluated"}
    | {"cost.band", "cost.currency"}
)


def findings(practice: Practice) -> tuple[Finding, ...]:
    """Return the words of a practice that may point at a person, each text in its own language."""
    found: list[Finding] = []
    for path, text in texts(practice_json(practice)):
        if path in _CODES or path.partition(".")[0] in _CODES:
            continue
        last = path.rpartition(".")[2]
        found += screen([(path, text)], last if last in practice.title else practice.language)
    return tuple(found)


def looks(practice: Practice) -> tuple[Problem, ...]:
    """Return a warning for each text with such words, for its author."""
    first = {(one.path, one.kind): one for one in findings(practice)}
    return tuple(
        warning(one.path, "identifies_person", what=one.kind.value) for one in first.values()
    )


def is_given_back(found: Iterable[Finding], decisions: Mapping[str, str]) -> bool:
    """Say whether a second person wants some of these words taken out."""
    return any(decisions.get(one.id) == REMOVE for one in found)


def problems_of_decisions(
    found: Iterable[Finding], decisions: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Return what forbids publishing: words about which nobody decided, or that have to go."""
    return tuple(
        error(f"words.{one.id}", "words_to_go" if word == REMOVE else "words_undecided")
        for one in distinct(found)
        if (word := decisions.get(one.id)) != KEEP
    )


def stored(found: Iterable[Finding], decisions: Mapping[str, str]) -> str:
    """Return the decisions about what was found as they are kept with a draft: no words."""
    return json.dumps({one.id: decisions.get(one.id, "") for one in distinct(found)})


def parse_stored(text: str | None) -> Mapping[str, str]:
    """Return the decisions that are kept with a draft, by the id of a finding."""
    kept: dict[str, str] = json.loads(text) if text else {}
    return kept
