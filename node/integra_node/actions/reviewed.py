"""By how many organisations of how many countries was a practice reviewed? Computed, typed by nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions.published import ref_of
from integra_node.store import publications, responses
from integra_node.store.responses import Reviewer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from integra_node.store.database import Tx
    from integra_node.store.publications import Standing
    from integra_node.store.responses import Placed, Spot

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
    spots = _versions(tx, held)
    by_item: dict[tuple[int, str], dict[str, Reviewer]] = {}
    for one in responses.reviews_of(tx, spots):
        by_item.setdefault(spots[one.target], {})[one.org] = one  # the newest of each
    return {
        ref_of(held[item]): _mark(voices.values(), held[item].publication.idx)
        for item, voices in by_item.items()
    }


def mark_of(reviews: Iterable[Placed], newest: int) -> Reviewed:
    """Return the mark that reviews make, one of each organisation; ``newest``: the version's index."""
    voices = (
        Reviewer(org=one.org, country=one.response.country, target=one.response.target)
        for one in reviews
    )
    return _mark(tuple(voices), newest)


def _versions(tx: Tx, held: Mapping[tuple[int, str], Standing]) -> dict[Spot, tuple[int, str]]:
    """Return where all versions of items stand, each with its item."""
    if not held:
        return {}
    rows = publications.versions_of(
        tx, {log_id for log_id, _ in held}, {item_id for _, item_id in held}
    )
    return {
        (held[item].origin, row.idx): item
        for row in rows
        if (item := (row.log_id, row.item_id)) in held and row.kind == PRACTICE
    }


def _mark(voices: Collection[Reviewer], newest: int) -> Reviewed:
    return Reviewed(
        orgs=len({one.org for one in voices}),
        countries=len({one.country for one in voices if one.country}),
        earlier=sum(one.target[1] != newest for one in voices),
    )
