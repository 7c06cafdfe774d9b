"""Where does somebody get mail, and how far have they been written to?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from integra_node.store.schema.accounts import account
from integra_node.store.schema.mailboxes import mailbox
from integra_node.store.schema.notices import notice
from integra_node.store.upsert import upsert

if TYPE_CHECKING:
    from integra_node.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One person's settings; times in unix seconds, the columns of the table."""

    account_id: str
    address: str
    delivery: str
    hour: int
    told_until: int
    next_at: int
    failures: int
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A mailbox with something to tell: how many notices, made up to ``until``."""

    mailbox: Mailbox
    language: str
    count: int
    until: int


def find(tx: Tx, account_id: str) -> Mailbox | None:
    """Return somebody's settings, if they ever made any."""
    row = tx.execute(select(mailbox).where(mailbox.c.account_id == account_id)).one_or_none()
    return None if row is None else Mailbox(**row._asdict())


def save(tx: Tx, box: Mailbox) -> None:
    """Store settings, in the place of older ones."""
    upsert(tx, mailbox, [asdict(box)])


def owed(tx: Tx, *, now: int, settled: int, limit: int) -> list[Owed]:
    """Return mailboxes that are due and whose owner has not seen something yet, oldest first.

    ``settled``: only notices made up to this moment count.
    """
    rows = tx.execute(
        select(
            *mailbox.c,
            account.c.language,
            func.count().label("number"),
            func.max(notice.c.created_at).label("until"),
        )
        .join(account, account.c.id == mailbox.c.account_id)
        .join(notice, notice.c.account_id == mailbox.c.account_id)
        .where(
            mailbox.c.delivery != "never",
            mailbox.c.next_at <= now,
            account.c.disabled_at.is_(None),
            notice.c.seen_at.is_(None),
            notice.c.created_at > mailbox.c.told_until,
            notice.c.created_at <= settled,
        )
        .group_by(mailbox.c.account_id, account.c.language)
        .order_by(mailbox.c.next_at, mailbox.c.account_id)
        .limit(limit)
    )
    return [
        Owed(
            mailbox=Mailbox(**{name: getattr(row, name) for name in mailbox.c.keys()}),  # noqa: SIM118 - columns
            language=row.language,
            count=row.number,
            until=row.until,
        )
        for row in rows
    ]


def written_to(tx: Tx) -> tuple[str, ...]:
    """Return the enabled accounts whose holders want mail."""
    rows = tx.execute(
        select(mailbox.c.account_id)
        .join(account, account.c.id == mailbox.c.account_id)
        .where(mailbox.c.delivery != "never", account.c.disabled_at.is_(None))
        .order_by(mailbox.c.account_id)
    )
    return tuple(rows.scalars())


def told(tx: Tx, account_id: str, *, until: int, next_at: int) -> None:
    """Remember that a message about everything up to ``until`` was taken by the mail server."""
    _change(tx, account_id, told_until=until, next_at=next_at, failures=0, trouble="")


def failed(tx: Tx, account_id: str, *, failures: int, trouble: str, next_at: int) -> None:
    """Remember that a message did not go out."""
    _change(tx, account_id, failures=failures, trouble=trouble, next_at=next_at)


def in_trouble(tx: Tx) -> int:
    """Count mailboxes whose last message did not go out."""
    statement = select(func.count()).where(mailbox.c.trouble != "", mailbox.c.delivery != "never")
    return tx.execute(statement).scalar_one()


def _change(tx: Tx, account_id: str, **values: int | str) -> None:
    tx.execute(update(mailbox).where(mailbox.c.account_id == account_id).values(**values))
