"""Which translations can be found, and of which practices? For the search index and its results.

A translation is found while the version that it is of stands; whoever looks decides nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integra_node.actions.published import content_of, ref_of
from integra_node.rules import practice
from integra_node.rules.translation import translation_from_wire
from integra_node.store import publications, responses
from integra_node.store.responses import TRANSLATION
from integra_protocol.bodies import EntryRef, format_ref
from integra_protocol.errors import IntegraError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from integra_node.rules.practice import Practice, PracticeHeadline
    from integra_node.rules.translation import Translation
    from integra_node.store.database import Tx
    from integra_node.store.publications import Standing
    from integra_node.store.responses import Placed, Spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """A translation with the version that it is of, as the search index and results need them."""

    standing: Standing
    target: Standing
    translation: Translation
    body: Practice

    @property
    def ref(self) -> str:
        """Where the translation stands."""
        return ref_of(self.standing)

    @property
    def headline(self) -> PracticeHeadline:
        """What lists show of it."""
        evidence = self.body.evidence
        return practice.PracticeHeadline(
            language=self.translation.language,
            title=self.translation.texts["title"],
            country=self.body.country,
            evidence=evidence.level if evidence else None,
        )


def read_many(tx: Tx, standings: Iterable[Standing]) -> dict[str, Translated]:
    """Return the translations among publications, by ref, whose version stands."""
    rows = [one for one in standings if one.publication.kind == TRANSLATION]
    placed = {
        _ref(one): one
        for one in responses.placed_at(
            tx, [(one.publication.log_id, one.publication.idx) for one in rows]
        )
    }
    targets = publications.find_many(tx, {one.response.target for one in placed.values()})
    pairs = [
        (one, target)
        for one in rows
        if ref_of(one) in placed
        and (target := targets.get(placed[ref_of(one)].response.target)) is not None
    ]
    return {ref_of(one.standing): one for one in _joined(pairs)}


def due_for_index(tx: Tx, changed: Sequence[Standing]) -> tuple[list[str], list[Translated]]:
    """Return the refs to take out and the translations to put in for rows that changed.

    A translation is due when it changed, and when its version did: whichever is later, so that a
    pass over all changes meets each of them once.
    """
    rows = [one for one in changed if one.publication.kind == TRANSLATION]
    practices = {
        (one.origin, one.publication.idx): one
        for one in changed
        if one.publication.kind == "practice"
    }
    moved = responses.translations_of(tx, practices)
    held = publications.find_many(tx, [one.spot for one in moved])
    late = [
        held[one.spot]
        for one in moved
        if one.spot in held and one.change < practices[one.response.target].publication.change
    ]
    readable = read_many(tx, [*rows, *late])
    put = [
        one
        for one in readable.values()
        if one.standing.publication.status == "current" and _is_due(one, practices)
    ]
    kept = {ref_of(one.standing) for one in put}
    return [ref_of(one) for one in (*rows, *late) if ref_of(one) not in kept], put


def _is_due(one: Translated, practices: Mapping[Spot, Standing]) -> bool:
    spot = one.target.origin, one.target.publication.idx
    own, its = one.standing.publication.change, one.target.publication.change
    return own > its or spot in practices


def _joined(pairs: Iterable[tuple[Standing, Standing]]) -> Iterator[Translated]:
    for standing, target in pairs:
        if target.publication.kind != "practice" or target.publication.status != "current":
            continue
        try:
            body = practice.from_wire(content_of(target).data).body
            translation = translation_from_wire(content_of(standing).data)
        except IntegraError:
            continue  # erased, or not to be read: nothing to find
        if body is not None:
            yield Translated(standing=standing, target=target, translation=translation, body=body)


def _ref(one: Placed) -> str:
    return format_ref(EntryRef(origin=one.origin, index=one.response.idx))
