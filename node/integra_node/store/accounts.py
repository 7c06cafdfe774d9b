"""Who works here, with which roles, and may they sign in?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Row, Select, bindparam, delete, func, select, update

from integra_node.store.database import Tx
from integra_node.store.schema.accounts import account, account_role


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account; times are unix seconds, ``roles`` the words of ``rules.permissions.Role``."""

    id: str
    username: str
    display_name: str
    language: str
    must_change: bool
    officer_id: str | None
    failures: int
    locked_until: int
    disabled_at: int | None
    created_at: int
    signed_in_at: int | None
    roles: frozenset[str]

    def is_locked(self, now: int) -> bool:
        """Whether wrong passwords keep it shut at ``now``."""
        return now < self.locked_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    """The encoded Argon2id hash of one account; its ``repr`` hides the hash."""

    account_id: str
    encoded: str

    def __repr__(self) -> str:
        return f"Password(account_id={self.account_id!r})"


def insert(tx: Tx, new: Account, *, encoded: str) -> None:
    """Add an account; a taken username fails on its unique column."""
    tx.execute(
        account.insert().values(
            id=new.id,
            username=new.username,
            display_name=new.display_name,
            language=new.language,
            password=encoded,
            must_change=int(new.must_change),
            officer_id=new.officer_id,
            failures=new.failures,
            locked_until=new.locked_until,
            disabled_at=new.disabled_at,
            created_at=new.created_at,
            signed_in_at=new.signed_in_at,
        )
    )
    set_roles(tx, new.id, new.roles)


def by_id(tx: Tx, account_id: str) -> Account | None:
    """Return one account by its id."""
    row = tx.execute(_BY_ID, {"name": account_id}).one_or_none()
    return None if row is None else _account(row, frozenset(_roles(tx, account_id)))


def by_username(tx: Tx, username: str) -> Account | None:
    """Return one account by its folded username."""
    return _one(tx, _accounts().where(account.c.username == username))


def everybody(tx: Tx) -> tuple[Account, ...]:
    """Return every account by username; an agency has hundreds, not millions."""
    rows = tx.execute(_accounts().order_by(account.c.username)).all()
    roles = _all_roles(tx)
    return tuple(_account(row, roles.get(row.id, frozenset())) for row in rows)


def usernames(tx: Tx, account_ids: Iterable[str]) -> dict[str, str]:
    """Return the usernames of those ids that are accounts."""
    query = select(account.c.id, account.c.username).where(account.c.id.in_(set(account_ids)))
    return {row.id: row.username for row in tx.execute(query)}


def with_role(tx: Tx, role: str) -> tuple[str, ...]:
    """Return the ids of enabled accounts that hold a role."""
    query = (
        select(account.c.id)
        .join(account_role)
        .where(account_role.c.role == role, account.c.disabled_at.is_(None))
        .order_by(account.c.id)
    )
    return tuple(tx.execute(query).scalars())


def count(tx: Tx) -> int:
    """Return how many accounts there are."""
    return tx.execute(select(func.count()).select_from(account)).scalar_one()


def password_of(tx: Tx, account_id: str) -> Password | None:
    """Return the encoded password of an account."""
    query = select(account.c.id, account.c.password).where(account.c.id == account_id)
    row = tx.execute(query).one_or_none()
    return Password(account_id=row.id, encoded=row.password) if row else None


def password_by_username(tx: Tx, username: str) -> Password | None:
    """Return the encoded password of the account with a folded username."""
    query = select(account.c.id, account.c.password).where(account.c.username == username)
    row = tx.execute(query).one_or_none()
    return Password(account_id=row.id, encoded=row.password) if row else None


def set_password(tx: Tx, account_id: str, encoded: str, *, must_change: bool) -> None:
    """Replace the password and forget earlier failures."""
    _update(
        tx,
        account_id,
        password=encoded,
        must_change=int(must_change),
        failures=0,
        locked_until=0,
    )


def rehash(tx: Tx, account_id: str, encoded: str) -> None:
    """Replace the stored hash of the same password by one of today's strength."""
    _update(tx, account_id, password=encoded)


def set_failures(tx: Tx, account_id: str, failures: int, *, locked_until: int) -> None:
    """Store how many wrong passwords in a row, and until when nothing is accepted."""
    _update(tx, account_id, failures=failures, locked_until=locked_until)


def set_signed_in(tx: Tx, account_id: str, now: int) -> None:
    """Store the time of a right password and forget the wrong ones."""
    _update(tx, account_id, signed_in_at=now, failures=0, locked_until=0)


def set_disabled(tx: Tx, account_id: str, disabled_at: int | None) -> None:
    """Shut an account, or open it again with None."""
    _update(tx, account_id, disabled_at=disabled_at)


def set_language(tx: Tx, account_id: str, language: str) -> None:
    """Store the language that a person reads the pages in."""
    _update(tx, account_id, language=language)


def set_names(tx: Tx, account_id: str, *, display_name: str) -> None:
    """Store how a person is called on the pages of the own organisation."""
    _update(tx, account_id, display_name=display_name)


def set_officer(tx: Tx, account_id: str, officer_id: str | None) -> None:
    """Tie the account to the officer whose key its holder signs with."""
    _update(tx, account_id, officer_id=officer_id)


def set_roles(tx: Tx, account_id: str, roles: Iterable[str]) -> None:
    """Replace all roles of an account."""
    tx.execute(delete(account_role).where(account_role.c.account_id == account_id))
    rows = [{"account_id": account_id, "role": role} for role in sorted(set(roles))]
    if rows:
        tx.execute(account_role.insert(), rows)


def _update(tx: Tx, account_id: str, **values: object) -> None:
    tx.execute(update(account).where(account.c.id == account_id).values(**values))


def _accounts() -> Select[*tuple[object, ...]]:
    return select(*(column for column in account.c if column.name != "password"))


def _one(tx: Tx, query: Select[*tuple[object, ...]]) -> Account | None:
    row = tx.execute(query).one_or_none()
    if row is None:
        return None
    return _account(row, frozenset(_roles(tx, row.id)))


def _roles(tx: Tx, account_id: str) -> Iterable[str]:
    return tx.execute(_ROLES, {"name": account_id}).scalars()


def _all_roles(tx: Tx) -> dict[str, frozenset[str]]:
    query = select(account_role.c.account_id, account_role.c.role)
    found: dict[str, set[str]] = {}
    for row in tx.execute(query):
        found.setdefault(row.account_id, set()).add(row.role)
    return {key: frozenset(roles) for key, roles in found.items()}


def _account(row: Row[*tuple[object, ...]], roles: frozenset[str]) -> Account:
    values = {**row._mapping, "must_change": bool(row.must_change)}  # noqa: SLF001 - public name
    return Account(**values, roles=roles)


# Asked with every request.
_BY_ID: Final = _accounts().where(account.c.id == bindparam("name"))
_ROLES: Final = select(account_role.c.role).where(account_role.c.account_id == bindparam("name"))
