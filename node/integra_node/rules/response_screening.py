"""May the words of a review, remark or translation go out? Nothing classified, nobody pointed at.

What is said about a practice goes out at once, without a second person: so its author decides about
each word that the screening points at, and says so.  Nothing is removed by the program.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from integra_node.rules.fields import Body
from integra_node.rules.markings import classified_marking
from integra_node.rules.problems import Problem, error
from integra_node.rules.screening import Finding, distinct, screen
from integra_node.rules.wire import read_entered, texts

LOOKED_AT: Final = "points_at_nobody"
"""The field of what is entered that holds the ids of words that point at nobody."""

_CODES: Final = frozenset(
    {"language", "form", "setting", "group_size", "on", "scores", "verdict", "method"}
)


class _Looked(Body):
    points_at_nobody: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,40}$")], ...],
        Field(max_length=400),
    ] = ()


def looked_at(data: Mapping[str, object]) -> tuple[dict[str, object], frozenset[str]]:
    """Return what was entered without its decisions, and the ids of words that point at nobody.

    Raises:
        InvalidFieldsError: the decisions are no list of ids.
    """
    body = {key: value for key, value in data.items() if key != LOOKED_AT}
    given = {LOOKED_AT: data[LOOKED_AT]} if LOOKED_AT in data else {}
    return body, frozenset(read_entered(_Looked, given).points_at_nobody)


def findings(body: Mapping[str, object], language: str) -> tuple[Finding, ...]:
    """Return the words of a body, as JSON values, that may point at a person; each once."""
    return distinct(screen(_prose(body), language))


def text_problems(
    body: Mapping[str, object], language: str, cleared: Collection[str]
) -> tuple[Problem, ...]:
    """Return what forbids publishing: classified words, and words about which nobody decided."""
    classified = tuple(
        error(path, "classified", marking=marking)
        for path, text in _prose(body)
        if (marking := classified_marking(text))
    )
    undecided: dict[str, list[str]] = {}
    for one in findings(body, language):
        if one.id not in cleared:
            undecided.setdefault(one.path, []).append(one.id)
    # The ids tell a program what to decide about; the words themselves stand in no answer.
    pointed = (
        error(path, "points_at_person", ids=",".join(ids)) for path, ids in undecided.items()
    )
    return (*classified, *pointed)


def _prose(body: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    return ((p, t) for p, t in texts(body) if p.partition(".")[0] not in _CODES)
