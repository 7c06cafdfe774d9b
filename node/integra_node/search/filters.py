"""Which results pass the filters, and how many would each value of a facet leave?

Combinations of values are counted instead of documents: few occur.  The counts of a facet ignore
the facet's own filter, so that a reader sees the alternatives to what is ticked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import compress
from typing import Final

from integra_node.search.contract import FACETS, FacetValue, SearchRequest
from integra_node.search.snapshot import GROUPS, Snapshot, Values

MAX_FACET_VALUES: Final = 100

_PLACES: Final = {
    name: (at, names.index(name)) for at, names in enumerate(GROUPS) for name in names
}


class Filters:
    """The filters of one request over one snapshot."""

    def __init__(
        self, request: SearchRequest, snapshot: Snapshot, within: Collection[int] | None
    ) -> None:
        """Prepare the filters; within is what speaks of the concepts asked for, None for all."""
        self._snapshot = snapshot
        self._within = within
        self._passing = {
            name: self._table(name, frozenset(values).__contains__)
            for name, values in request.filters().items()
        }
        least = request.evidence_min
        if least is not None:
            self._passing["evidence"] = self._table("evidence", lambda value: int(value) >= least)

    @property
    def names(self) -> tuple[str, ...]:
        """The facets that are filtered by."""
        return tuple(self._passing) + (("concept",) if self._within is not None else ())

    def apply(self, ids: Sequence[int], ignoring: str = "") -> Sequence[int]:
        """Return those of ids that pass all filters but the one called ignoring."""
        within = self._within
        if within is not None and ignoring != "concept":
            ids = [number for number in ids if number in within]
        for name, table in self._passing.items():
            if name != ignoring and ids:
                column = self._snapshot.columns.groups[_PLACES[name][0]]
                ids = list(compress(ids, [table[column[number]] for number in ids]))
        return ids

    def facets(
        self, matched: Sequence[int], passed: Sequence[int]
    ) -> dict[str, tuple[FacetValue, ...]]:
        """Return the counts of all facets.

        Args:
            matched: the visible documents that answer the query.
            passed: those of them that pass all filters.
        """
        counts: dict[str, Counter[str]] = {}
        for group, names in enumerate(GROUPS):
            free = [name for name in names if name not in self._passing]
            counts.update(self._count(group, free, passed))
            for name in names:
                if name in self._passing:
                    counts.update(self._count(group, [name], self.apply(matched, ignoring=name)))
        return {name: _sorted(counts[name]) for name in FACETS}

    def _table(self, name: str, passes: Callable[[str], bool]) -> bytes:
        group, place = _PLACES[name]
        combinations = self._snapshot.book.groups[group].values
        return bytes(any(map(passes, values[place])) for values in tuple(combinations))

    def _count(
        self, group: int, names: Iterable[str], ids: Sequence[int]
    ) -> dict[str, Counter[str]]:
        column = self._snapshot.columns.groups[group]
        used = Counter(map(column.__getitem__, ids))
        combinations: Sequence[Values] = self._snapshot.book.groups[group].values
        counts: dict[str, Counter[str]] = {name: Counter() for name in names}
        for name, counter in counts.items():
            place = _PLACES[name][1]
            for code, count in used.items():
                for value in combinations[code][place]:
                    counter[value] += count
        return counts


def _sorted(counts: Counter[str]) -> tuple[FacetValue, ...]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(FacetValue(value=value, count=n) for value, n in ordered[:MAX_FACET_VALUES])
