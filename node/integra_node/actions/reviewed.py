"""By how many organisations of how many countries was a practice reviewed? Computed, typed by nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions.published import ref_of
from integra_node.store import responses

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from integra_node.store.database import Tx
    from integra_node.store.publications import Standing
    from integra_node.store.responses import Placed

PRACTICE: Final = "practice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """How many organisations of how many countries reviewed it, ``earlier`` an older version."""

    orgs: int
    countries: int
    earlier: int = 0


NOBODY: Final = Reviewed(orgs=0, countries=0)


def reviewed_of(tx: Tx, standings: Iterable[Standing]) -> dict[str, Reviewed]:
    """Return the mark of reviews by ref, of practices that are the newest of their items."""
    held = {
        (one.publication.log_id, one.publication.item_id): one
        for one in standings
        if one.publication.kind == PRACTICE
    }
    by_item: dict[tuple[int, str], list[_Voice]] = {}
    for one in responses.reviewers(tx, held):
        by_item.setdefault(one.item, []).append(_Voice(one.org, one.country, one.target_idx))
    return {
        ref_of(held[item]): _mark(voices, held[item].publication.idx)
        for item, voices in by_item.items()
        if item in held
    }


def mark_of(reviews: Iterable[Placed], newest: int) -> Reviewed:
    """Return the mark that reviews make, one of each organisation; ``newest``: the version's index."""
    return _mark(
        [_Voice(one.org, one.response.country, one.response.target_idx) for one in reviews], newest
    )


@dataclass(frozen=True, slots=True)
class _Voice:
    org: str
    country: str | None
    target_idx: int


def _mark(voices: Sequence[_Voice], newest: int) -> Reviewed:
    return Reviewed(
        orgs=len({one.org for one in voices}),
        countries=len({one.country for one in voices if one.country}),
        earlier=sum(one.target_idx != newest for one in voices),
    )
