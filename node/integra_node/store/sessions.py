"""Which sessions are open, whose are they, and until when?

Page sessions and API tokens are the same rows.  Only the SHA-256 of a token is stored: who reads
the database can list sessions and cannot use them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Row, Select, bindparam, delete, or_, select, update

from integra_node.store.database import Tx
from integra_node.store.schema.accounts import session

Kind = Literal["page", "api"]
MAX_AGENT: Final = 200  # characters kept of what a browser calls itself
TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session; times are unix seconds."""

    id: str
    account_id: str
    kind: str
    agent: str
    created_at: int
    seen_at: int
    expires_at: int
    ended_at: int | None

    def is_open(self, now: int, *, idle_s: int | None = None) -> bool:
        """Whether it counts at ``now``; ``idle_s`` is how long it may go unused."""
        if self.ended_at is not None or now >= self.expires_at:
            return False
        return idle_s is None or now - self.seen_at < idle_s


def token_hash(token: bytes) -> bytes:
    """Return the 32 bytes under which a token is stored.

    A plain hash is enough: a token is 32 random bytes, there is nothing to guess.
    """
    return hashlib.sha256(token).digest()


def insert(tx: Tx, new: Session, *, hashed: bytes) -> None:
    """Add a session."""
    tx.execute(
        session.insert().values(
            id=new.id,
            token_hash=hashed,
            account_id=new.account_id,
            kind=new.kind,
            agent=new.agent[:MAX_AGENT],
            created_at=new.created_at,
            seen_at=new.seen_at,
            expires_at=new.expires_at,
            ended_at=new.ended_at,
        )
    )


def by_token(tx: Tx, hashed: bytes) -> Session | None:
    """Return the session of a token, open or not."""
    row = tx.execute(_BY_TOKEN, {"hashed": hashed}).one_or_none()
    return _session(row) if row else None


def by_id(tx: Tx, session_id: str) -> Session | None:
    """Return one session, open or not."""
    row = tx.execute(_sessions().where(session.c.id == session_id)).one_or_none()
    return _session(row) if row else None


def open_of(tx: Tx, account_id: str, now: int, *, page_idle_s: int) -> tuple[Session, ...]:
    """Return the open sessions of an account, last used first."""
    query = (
        _sessions()
        .where(
            session.c.account_id == account_id,
            session.c.ended_at.is_(None),
            session.c.expires_at > now,
        )
        .where(or_(session.c.kind != "page", session.c.seen_at > now - page_idle_s))
        .order_by(session.c.seen_at.desc())
    )
    return tuple(_session(row) for row in tx.execute(query))


def touch(tx: Tx, session_id: str, now: int) -> None:
    """Note that a session was used."""
    tx.execute(update(session).where(session.c.id == session_id).values(seen_at=now))


def end(tx: Tx, session_id: str, now: int) -> None:
    """End one session."""
    query = update(session).where(session.c.id == session_id, session.c.ended_at.is_(None))
    tx.execute(query.values(ended_at=now))


def end_all(tx: Tx, account_id: str, now: int, *, keep: str | None = None) -> int:
    """End every open session of an account but ``keep``; return how many that were."""
    query = update(session).where(
        session.c.account_id == account_id, session.c.ended_at.is_(None), session.c.expires_at > now
    )
    if keep is not None:
        query = query.where(session.c.id != keep)
    return tx.execute(query.values(ended_at=now)).rowcount


def purge(tx: Tx, before: int) -> int:
    """Delete sessions that expired or ended before a time; return how many."""
    query = delete(session).where(or_(session.c.expires_at < before, session.c.ended_at < before))
    return tx.execute(query).rowcount


def _sessions() -> Select[*tuple[object, ...]]:
    return select(*(column for column in session.c if column.name != "token_hash"))


def _session(row: Row[*tuple[object, ...]]) -> Session:
    return Session(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


# Asked with every request.
_BY_TOKEN: Final = _sessions().where(session.c.token_hash == bindparam("hashed"))
