"""Which practice says that it was adapted from which?

One row for each version that names an entry of some log; whether that entry is held here, and
whether the version still counts, is asked of ``publication`` when a family is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, or_, select

from integra_node.store.schema.library import adaptation, publication
from integra_node.store.schema.log import log
from integra_node.store.upsert import insert_all_new

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from integra_node.store.database import Tx

Item = tuple[int, str]
"""One practice whatever its version: number of the log, id within it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptation:
    """A current version (``origin``, ``idx``) of ``child`` that was made from ``parent``."""

    parent: Item
    child: Item
    origin: str
    idx: int


def add(tx: Tx, rows: Iterable[tuple[int, int, str, int]]) -> None:
    """Remember (log, index) of versions and (origin, index) of what they were adapted from."""
    names = ("log_id", "idx", "parent_origin", "parent_idx")
    insert_all_new(tx, adaptation, [dict(zip(names, row, strict=True)) for row in rows])


def drop(tx: Tx, log_id: int, indexes: Sequence[int]) -> None:
    """Forget what erased versions were adapted from."""
    for index in indexes:
        tx.execute(
            delete(adaptation).where(adaptation.c.log_id == log_id, adaptation.c.idx == index)
        )


def parent(tx: Tx, log_id: int, idx: int) -> tuple[str, int] | None:
    """Return (origin, index) of what a version was adapted from, if it says so."""
    row = tx.execute(
        select(adaptation.c.parent_origin, adaptation.c.parent_idx).where(
            adaptation.c.log_id == log_id, adaptation.c.idx == idx
        )
    ).one_or_none()
    return None if row is None else (row.parent_origin, row.parent_idx)


def children(tx: Tx, items: Sequence[Item], limit: int) -> tuple[Adaptation, ...]:
    """Return up to ``limit`` adaptations of any version of these practices, in a fixed order."""
    if not items:
        return ()
    wanted = or_(
        *(
            and_(_MADE_FROM.c.log_id == log_id, _MADE_FROM.c.item_id == item_id)
            for log_id, item_id in items
        )
    )
    rows = tx.execute(_CHILDREN.where(wanted).limit(limit))
    return tuple(
        Adaptation(
            parent=(row.parent_log_id, row.parent_item),
            child=(row.log_id, row.item_id),
            origin=row.origin,
            idx=row.idx,
        )
        for row in rows
    )


def current_of(tx: Tx, org: str, before: int, limit: int) -> tuple[tuple[str, int], ...]:
    """Return (origin, index) of an organisation's adaptations from before a moment, oldest first."""
    rows = tx.execute(
        select(log.c.origin, publication.c.idx)
        .select_from(adaptation)
        .join(publication, _IS_CHILD)
        .join(log, log.c.id == publication.c.log_id)
        .where(
            log.c.org == org,
            publication.c.status == "current",
            publication.c.published_at <= before,
        )
        .order_by(publication.c.published_at, publication.c.idx)
        .limit(limit)
    )
    return tuple((row.origin, row.idx) for row in rows)


_MADE_FROM = publication.alias("made_from")
_PARENT_LOG = log.alias("parent_log")
_IS_CHILD = and_(publication.c.log_id == adaptation.c.log_id, publication.c.idx == adaptation.c.idx)
_CHILDREN = (
    select(
        _MADE_FROM.c.log_id.label("parent_log_id"),
        _MADE_FROM.c.item_id.label("parent_item"),
        publication.c.log_id,
        publication.c.item_id,
        publication.c.idx,
        log.c.origin,
    )
    .select_from(_MADE_FROM)
    .join(_PARENT_LOG, _PARENT_LOG.c.id == _MADE_FROM.c.log_id)
    .join(
        adaptation,
        and_(
            adaptation.c.parent_origin == _PARENT_LOG.c.origin,
            adaptation.c.parent_idx == _MADE_FROM.c.idx,
        ),
    )
    .join(publication, _IS_CHILD)
    .join(log, log.c.id == publication.c.log_id)
    .where(_MADE_FROM.c.kind == "practice", publication.c.status == "current")
    .order_by(publication.c.published_at, publication.c.log_id, publication.c.idx)
)
