"""What has been told to whom inside the application, and what of it has been confirmed?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, select, update

from integra_node.store.schema.notices import notice
from integra_node.store.upsert import insert_all_new, upsert

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from integra_node.store.database import Tx

MAX_PAGE: Final = 200  # rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that one person is told; times in unix seconds, ``seen_at`` None until confirmed."""

    account_id: str
    kind: str
    ref: str
    count: int
    created_at: int
    seen_at: int | None = None


def add(tx: Tx, notices: Iterable[Notice]) -> None:
    """Store notices; who was told of the same thing before is not told again."""
    insert_all_new(tx, notice, [asdict(one) for one in notices])


def renew(tx: Tx, notices: Iterable[Notice]) -> None:
    """Store notices in the place of older ones about the same thing, confirmed or not."""
    upsert(tx, notice, [asdict(one) for one in notices])


def of_account(
    tx: Tx,
    account_id: str,
    *,
    unseen_only: bool,
    without: Iterable[str] = (),
    limit: int = MAX_PAGE,
) -> tuple[Notice, ...]:
    """Return what one person was told, newest first, at most 200; no kind of ``without``."""
    statement = select(notice).where(
        notice.c.account_id == account_id, notice.c.kind.not_in(list(without))
    )
    if unseen_only:
        statement = statement.where(notice.c.seen_at.is_(None))
    ordered = statement.order_by(notice.c.created_at.desc(), notice.c.kind, notice.c.ref)
    rows = tx.execute(ordered.limit(min(limit, MAX_PAGE)))
    return tuple(Notice(**row._asdict()) for row in rows)


def count_unseen(tx: Tx, account_id: str, *, without: Iterable[str] = ()) -> int:
    """Count what one person has not confirmed; no kind of ``without``."""
    statement = select(func.count()).where(
        notice.c.account_id == account_id,
        notice.c.seen_at.is_(None),
        notice.c.kind.not_in(list(without)),
    )
    return tx.execute(statement).scalar_one()


def find(tx: Tx, account_id: str, kind: str, ref: str) -> Notice | None:
    """Return one notice of one person."""
    row = tx.execute(select(notice).where(_is(account_id, kind, ref))).one_or_none()
    return None if row is None else Notice(**row._asdict())


def set_seen(tx: Tx, account_id: str, kind: str, ref: str, *, now: int) -> None:
    """Remember when it was confirmed first."""
    tx.execute(
        update(notice)
        .where(_is(account_id, kind, ref), notice.c.seen_at.is_(None))
        .values(seen_at=now)
    )


def settle(tx: Tx, kind: str, ref: str, *, now: int) -> None:
    """Count a notice as seen by everybody who has not confirmed it: it is over."""
    tx.execute(
        update(notice)
        .where(notice.c.kind == kind, notice.c.ref == ref, notice.c.seen_at.is_(None))
        .values(seen_at=now)
    )


def _is(account_id: str, kind: str, ref: str) -> ColumnElement[bool]:
    return and_(notice.c.account_id == account_id, notice.c.kind == kind, notice.c.ref == ref)
