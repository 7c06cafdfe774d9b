"""Which practices come from one another? The family of one practice, own and partners' alike.

Everything is computed anew from what is held and may be read here, so that nobody can claim an
adaptation of somebody else, or hide one.  Partners may name each other in circles and by the
thousand: a practice is drawn once, at most 200 are, and at most 20 generations are followed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from integra_node.actions.published import content_of, is_for_every_reader
from integra_node.rules.lineage import MAX_DEPTH, MAX_MEMBERS, Told, told_from_wire
from integra_node.rules.permissions import Action
from integra_node.store import adaptations, publications
from integra_protocol.bodies import EntryRef, format_ref
from integra_protocol.errors import IntegraError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integra_node.rules.staff import Staff
    from integra_node.store.adaptations import Item
    from integra_node.store.database import Tx
    from integra_node.store.publications import Standing

KIND: Final = "practice"
STANDING: Final = "current"
WITHDRAWN: Final = "withdrawn"
NOT_HELD: Final = "not-held"
_NO_LOG: Final = 0
_NEAR: Final = MAX_MEMBERS // 2  # direct adaptations that are taken before more distant relatives


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One practice of a family.

    Attributes:
        ref: Of the version that counts; of one that is not held, what another named.
        org: Who published it.
        status: ``current``, ``withdrawn`` or ``not-held``.
        here: Whether it is the practice that was asked for.
        told: What it says, when it stands.
        children: What was adapted from it, oldest first.
    """

    ref: str
    org: str
    status: str
    here: bool
    told: Told | None
    children: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A practice with its origins and adaptations; ``is_cut``: there is more than is shown."""

    root: Member
    size: int
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    origin: str
    idx: int
    log_id: int
    status: str


@dataclass(slots=True)
class _Drawn:
    """What has been found so far: each practice once, and what was adapted from it."""

    found: dict[Item, _Found] = field(default_factory=dict)
    children: dict[Item, list[Item]] = field(default_factory=dict)
    is_cut: bool = False


def read_family(tx: Tx, ref: EntryRef, *, staff: Staff) -> Family:
    """Return the family of a practice that is held here.

    Raises:
        NotAllowedError: the person does not read practices.
        NotFoundError: there is no such practice.
    """
    staff.require(Action.READ_PRACTICE)
    held = publications.find(tx, ref.origin, ref.index)
    if held is None or held.publication.kind != KIND or not is_for_every_reader(held):
        raise NotFoundError("there is no such practice")
    drawn = _Drawn()
    line = _climb(tx, drawn, held)
    _spread(tx, drawn, line)
    root = _member(drawn, _read(tx, drawn), line[0], line[-1])
    return Family(root=root, size=len(drawn.found), is_cut=drawn.is_cut)


# ------------------------------------------------------------------ finding


def _climb(tx: Tx, drawn: _Drawn, held: Standing) -> list[Item]:
    """Follow what a practice was adapted from; return the line down to it, the eldest first."""
    line = [_take(tx, drawn, held)]
    while (named := _named_by(tx, drawn, line[-1])) is not None:
        if len(line) == MAX_DEPTH:
            drawn.is_cut = True
            break
        above = publications.find(tx, *named)
        if above is not None and _item(above) in drawn.found:
            break  # a circle: the last that was met passes for the eldest
        line.append(_not_held(drawn, *named) if above is None else _take(tx, drawn, above))
        drawn.children[line[-1]] = [line[-2]]
    return line[::-1]


def _spread(tx: Tx, drawn: _Drawn, line: Sequence[Item]) -> None:
    """Find what was adapted from the eldest, generation after generation."""
    _add(tx, drawn, [line[-1]], room=_NEAR)
    level: Sequence[Item] = [line[0]]
    for _ in range(MAX_DEPTH - 1):
        whole = _add(tx, drawn, level, room=MAX_MEMBERS - len(drawn.found))
        drawn.is_cut = drawn.is_cut or not whole
        level = [child for item in level for child in drawn.children.get(item, ())]
        if not level:
            return
    drawn.is_cut = drawn.is_cut or bool(adaptations.children(tx, level, 1))


def _add(tx: Tx, drawn: _Drawn, items: Sequence[Item], *, room: int) -> bool:
    """Take up to ``room`` adaptations of these practices; say whether those were all."""
    rows = adaptations.children(tx, items, MAX_MEMBERS + 1)
    for one in rows:
        if one.child in drawn.found:
            continue
        if room <= 0:
            return False
        room -= 1
        log_id = one.child[0]
        found = _Found(origin=one.origin, idx=one.idx, log_id=log_id, status=STANDING)
        drawn.found[one.child] = found
        drawn.children.setdefault(one.parent, []).append(one.child)
    return len(rows) <= MAX_MEMBERS


def _take(tx: Tx, drawn: _Drawn, held: Standing) -> Item:
    """Note the version of a practice that counts, or how it ended."""
    row = held.publication
    versions = publications.versions_of(tx, [row.log_id], [row.item_id])
    counts = max(versions, key=lambda one: (one.status == STANDING, one.idx))
    status = counts.status if counts.status in {STANDING, WITHDRAWN} else NOT_HELD
    drawn.found[_item(held)] = _Found(
        origin=held.origin, idx=counts.idx, log_id=row.log_id, status=status
    )
    return _item(held)


def _not_held(drawn: _Drawn, origin: str, idx: int) -> Item:
    item = (_NO_LOG, format_ref(EntryRef(origin=origin, index=idx)))
    drawn.found[item] = _Found(origin=origin, idx=idx, log_id=_NO_LOG, status=NOT_HELD)
    return item


def _named_by(tx: Tx, drawn: _Drawn, item: Item) -> tuple[str, int] | None:
    found = drawn.found[item]
    # What was withdrawn says nothing any more, not even where it came from.
    return adaptations.parent(tx, found.log_id, found.idx) if found.status == STANDING else None


def _item(held: Standing) -> Item:
    return held.publication.log_id, held.publication.item_id


# ------------------------------------------------------------------ reading


def _read(tx: Tx, drawn: _Drawn) -> dict[tuple[str, int], Told]:
    places = [(one.origin, one.idx) for one in drawn.found.values() if one.status == STANDING]
    held = publications.find_many(tx, places)
    return {place: told for place, one in held.items() if (told := _told(one)) is not None}


def _told(held: Standing) -> Told | None:
    try:
        return told_from_wire(content_of(held).data)
    except IntegraError:
        return None  # a partner's text that cannot be read here


def _member(drawn: _Drawn, told: dict[tuple[str, int], Told], item: Item, here: Item) -> Member:
    found = drawn.found[item]
    says = told.get((found.origin, found.idx))
    children = drawn.children.get(item, ())
    return Member(
        ref=format_ref(EntryRef(origin=found.origin, index=found.idx)),
        org=found.origin.partition("/")[0],
        status=found.status if says or found.status == WITHDRAWN else NOT_HELD,
        here=item == here,
        told=says,
        children=tuple(_member(drawn, told, child, here) for child in children),
    )
