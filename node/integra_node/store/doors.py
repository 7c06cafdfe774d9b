"""What stands on the shelves for other systems, in which order, and since when?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, delete, func, select, update

from integra_node.store.schema.doors import door_item, door_progress, door_set, door_shelf
from integra_node.store.upsert import insert_all_new, insert_new

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from integra_node.store.database import Tx

_ONLY: Final = 1
Key = tuple[str, str, str, str]
ItemKey = tuple[str, str, str]  # organisation, kind, id
MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Up to which change publications are shelved, and when that was last made visible."""

    watermark: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item on one shelf; (log_id, idx) is the version that is shown.

    ``added_us`` in unix microseconds, ``created_at`` in unix seconds, ``modified_ms`` in
    unix milliseconds; ``is_open`` is False for what was there and is no more.
    """

    shelf: str
    kind: str
    org: str
    item_id: str
    uuid: str
    seq: int
    added_us: int
    log_id: int | None
    idx: int | None
    is_open: bool
    generation: int
    created_at: int
    modified_ms: int

    @property
    def key(self) -> Key:
        """What it is found by: shelf, kind, organisation, id."""
        return self.shelf, self.kind, self.org, self.item_id

    @property
    def added_at(self) -> int:
        """The second in which it came to stand where it stands."""
        return self.added_us // MICRO


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """An item that goes to the end of its shelf; its ``seq`` and ``added_us`` are given there.

    ``sets`` are those in which it is from now on; None leaves that as it is.
    """

    item: Item
    is_new: bool
    sets: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Which part of a shelf: ``after`` and ``up_to`` are numbers, times in unix microseconds.

    ``since_us`` and ``until_us`` belong to the stretch; ``newest_first`` turns the order round, and
    ``after`` is then where it ends: only lower numbers follow.
    """

    shelf: str
    kinds: Sequence[str]
    after: int | None = None
    since_us: int | None = None
    until_us: int | None = None
    in_set: str = ""
    newest_first: bool = False
    limit: int = 100


def progress(tx: Tx, *, lock: bool = False) -> Progress:
    """Return how far shelving has come; ``lock`` keeps a second process from doing the same."""
    query = select(door_progress.c.watermark, door_progress.c.at).where(door_progress.c.id == _ONLY)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return Progress(watermark=row.watermark, at=row.at) if row else Progress(watermark=0, at=0)


def advance(tx: Tx, watermark: int, at: int) -> None:
    """Remember how far shelving has come."""
    values = {"watermark": watermark, "at": at}
    if not insert_new(tx, door_progress, {"id": _ONLY, **values}):
        tx.execute(update(door_progress).where(door_progress.c.id == _ONLY).values(**values))


def make_shelves(tx: Tx, names: Iterable[str]) -> None:
    """Make the shelves that are not there yet."""
    empty = {"last_seq": 0, "last_us": 0, "visible_seq": 0}
    insert_all_new(tx, door_shelf, [{"name": name, **empty} for name in names])


def put(tx: Tx, placings: Sequence[Placing], *, at: int) -> None:
    """Put items at the ends of their shelves, in order; ``at`` is a second that is not over."""
    by_shelf: dict[str, list[Placing]] = {}
    for one in placings:
        by_shelf.setdefault(one.item.shelf, []).append(one)
    for shelf, held in by_shelf.items():
        seq, added_us = _take_places(tx, shelf, len(held), at)
        rows = [
            {**_row(one.item), "seq": seq + n, "added_us": added_us + n}
            for n, one in enumerate(held)
        ]
        new = [row for row, one in zip(rows, held, strict=True) if one.is_new]
        old = [_bound(row) for row, one in zip(rows, held, strict=True) if not one.is_new]
        if new:
            tx.execute(door_item.insert(), new)
        if old:
            tx.execute(_REPLACE, old)
        sets = {seq + n: one.sets for n, one in enumerate(held) if one.sets is not None}
        _replace_sets(tx, shelf, sets)


def show(tx: Tx) -> None:
    """Let readers see everything that was put there."""
    tx.execute(update(door_shelf).values(visible_seq=door_shelf.c.last_seq))


def unseen(tx: Tx, before: int) -> tuple[Item, ...]:
    """Return items put on a shelf before a second and never shown: a run was killed in between."""
    query = _columns().where(
        door_item.c.seq > door_shelf.c.visible_seq, door_item.c.added_us < before * MICRO
    )
    return tuple(_read(row) for row in tx.execute(query.order_by(door_item.c.seq)))


def find(tx: Tx, shelf: str, kind: str, org: str, item_id: str) -> Item | None:
    """Return one item, visible or not."""
    return _one(tx, _key(shelf, kind, org, item_id))


def find_all(tx: Tx, keys: Sequence[ItemKey], kinds: Iterable[str]) -> dict[Key, Item]:
    """Return these items, visible or not, and everything of some kinds."""
    wanted: list[ColumnElement[bool]] = [door_item.c.kind.in_(sorted(kinds))]
    for org, kind in {(org, kind) for org, kind, _ in keys}:
        ids = [one[2] for one in keys if one[:2] == (org, kind)]
        named = and_(door_item.c.org == org, door_item.c.kind == kind)
        wanted.append(and_(named, door_item.c.item_id.in_(ids)))
    every_shelf = door_item.c.shelf.in_(select(door_shelf.c.name))  # so that the key is used
    found: dict[Key, Item] = {}
    for where in wanted:
        for row in tx.execute(_plain().where(every_shelf, where)):
            item = _read(row)
            found[item.key] = item
    return found


def with_uuid(tx: Tx, shelf: str, uuids: Sequence[str]) -> tuple[Item, ...]:
    """Return items of a shelf by their UUID, in its order."""
    query = _items(shelf).where(door_item.c.uuid.in_(list(uuids))).order_by(door_item.c.seq)
    return tuple(_read(row) for row in tx.execute(query))


def stretch(tx: Tx, wanted: Stretch) -> tuple[Item, ...]:
    """Return items of a shelf in its order, with at most ``limit`` of them."""
    query = _items(wanted.shelf).where(door_item.c.kind.in_(list(wanted.kinds)))
    if wanted.after is not None:
        ahead = door_item.c.seq < wanted.after
        query = query.where(ahead if wanted.newest_first else door_item.c.seq > wanted.after)
    lower, upper = _bounds(tx, wanted)
    if lower is not None:
        query = query.where(door_item.c.seq >= lower)
    if upper is not None:
        query = query.where(door_item.c.seq <= upper)
    if wanted.in_set:
        query = query.join(door_set, door_set.c.item == door_item.c.id).where(
            door_set.c.name == wanted.in_set
        )
    order = door_item.c.seq.desc() if wanted.newest_first else door_item.c.seq
    rows = tx.execute(query.order_by(order).limit(wanted.limit))
    return tuple(_read(row) for row in rows)


def sets_of(tx: Tx, shelf: str, items: Iterable[Item]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the sets of items of a shelf by (organisation, id)."""
    wanted = [item.seq for item in items]
    rows = tx.execute(
        select(door_item.c.org, door_item.c.item_id, door_set.c.name)
        .join(door_set, door_set.c.item == door_item.c.id)
        .where(door_item.c.shelf == shelf, door_item.c.seq.in_(wanted))
        .order_by(door_set.c.name)
    )
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for org, item_id, name in rows:
        found[org, item_id] = (*found.get((org, item_id), ()), name)
    return found


def sets_on(tx: Tx, shelf: str) -> tuple[str, ...]:
    """Return the sets of everything visible on a shelf, sorted."""
    query = (
        select(door_set.c.name)
        .distinct()
        .join(door_item, door_item.c.id == door_set.c.item)
        .join(door_shelf, door_shelf.c.name == door_item.c.shelf)
        .where(door_item.c.shelf == shelf, door_item.c.seq <= door_shelf.c.visible_seq)
    )
    return tuple(sorted(tx.execute(query).scalars()))


def earliest(tx: Tx, shelf: str) -> int | None:
    """Return the second of the first item of a shelf, or None for an empty one."""
    first = tx.execute(
        select(func.min(door_item.c.added_us)).where(door_item.c.shelf == shelf)
    ).scalar_one()
    return None if first is None else int(first) // MICRO


def _take_places(tx: Tx, shelf: str, count: int, at: int) -> tuple[int, int]:
    """Return the first number and the first microsecond of ``count`` places that nobody had."""
    row = tx.execute(
        select(door_shelf.c.last_seq, door_shelf.c.last_us)
        .where(door_shelf.c.name == shelf)
        .with_for_update()
    ).one()
    seq, added_us = row.last_seq + 1, max(at * MICRO, row.last_us + 1)
    last = {"last_seq": seq + count - 1, "last_us": added_us + count - 1}
    tx.execute(update(door_shelf).where(door_shelf.c.name == shelf).values(**last))
    return seq, added_us


def _replace_sets(tx: Tx, shelf: str, sets: Mapping[int, frozenset[str]]) -> None:
    named = {seq: names for seq, names in sets.items() if names}
    if not sets:
        return
    place = and_(door_item.c.shelf == shelf, door_item.c.seq.in_(list(sets)))
    ids = {
        row.seq: row.id for row in tx.execute(select(door_item.c.id, door_item.c.seq).where(place))
    }
    tx.execute(delete(door_set).where(door_set.c.item.in_(list(ids.values()))))
    rows = [{"name": name, "item": ids[seq]} for seq, names in named.items() for name in names]
    insert_all_new(tx, door_set, rows)


def _row(item: Item) -> dict[str, Any]:
    return {**asdict(item), "is_open": int(item.is_open)}


def _bound(row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name}_" if name in _KEY else name: value for name, value in row.items()}


def _bounds(tx: Tx, wanted: Stretch) -> tuple[int | None, int | None]:
    """Turn times into numbers: both rise together, and numbers are what a shelf is ordered by."""
    lower = upper = None
    if wanted.since_us is not None:
        later = door_item.c.added_us >= wanted.since_us
        lower = _number_at(tx, wanted.shelf, later, door_item.c.added_us)
        if lower is None:
            return 1, 0
    if wanted.until_us is not None:
        sooner = door_item.c.added_us <= wanted.until_us
        upper = _number_at(tx, wanted.shelf, sooner, door_item.c.added_us.desc())
        if upper is None:
            return 1, 0
    return lower, upper


def _number_at(
    tx: Tx, shelf: str, where: ColumnElement[bool], order: ColumnElement[Any]
) -> int | None:
    query = select(door_item.c.seq).where(door_item.c.shelf == shelf, where)
    return tx.execute(query.order_by(order).limit(1)).scalar_one_or_none()


def _items(shelf: str) -> Select[Any]:
    return _columns().where(door_item.c.shelf == shelf, door_item.c.seq <= door_shelf.c.visible_seq)


def _columns() -> Select[Any]:
    return _plain().join(door_shelf, door_shelf.c.name == door_item.c.shelf)


def _plain() -> Select[Any]:
    return select(*(column for column in door_item.c if column.name != "id"))


def _key(shelf: str, kind: str, org: str, item_id: str) -> ColumnElement[bool]:
    return and_(
        door_item.c.shelf == shelf,
        door_item.c.kind == kind,
        door_item.c.org == org,
        door_item.c.item_id == item_id,
    )


def _one(tx: Tx, where: ColumnElement[bool]) -> Item | None:
    row = tx.execute(_plain().where(where)).one_or_none()
    return None if row is None else _read(row)


def _read(row: Any) -> Item:  # noqa: ANN401 - a row of door_item without its number
    return Item(**{**row._asdict(), "is_open": bool(row.is_open)})


_KEY: Final = ("shelf", "kind", "org", "item_id")
_REPLACE: Final = (
    update(door_item)
    .where(*(door_item.c[name] == bindparam(f"{name}_") for name in _KEY))
    .values(
        {
            column.name: bindparam(column.name)
            for column in door_item.c
            if column.name not in {*_KEY, "id"}
        }
    )
)
