"""Which signing keys do our officers have, and is each still good?

The seed of a key lies here sealed twice, under the officer's PIN and under the node's master key;
a revoked key loses its seed in the transaction that revokes it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Row, select, update

from integra_node.store.database import Tx
from integra_node.store.schema.keys import officer_key
from integra_node.store.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerKey:
    """The key of one officer; times in unix seconds, ``public`` 32 bytes Ed25519."""

    officer: str
    account_id: str
    public: bytes
    sealed_seed: bytes | None = field(repr=False)
    wrong_tries: int
    certified_at: int
    revoked_at: int | None

    @property
    def is_revoked(self) -> bool:
        """Whether it signs nothing any more."""
        return self.revoked_at is not None


def save(tx: Tx, key: OfficerKey) -> None:
    """Store an officer's key, in place of an earlier one of the same officer."""
    row = {
        "officer": key.officer,
        "account_id": key.account_id,
        "public": key.public,
        "sealed_seed": key.sealed_seed,
        "wrong_tries": key.wrong_tries,
        "certified_at": key.certified_at,
        "revoked_at": key.revoked_at,
    }
    upsert(tx, officer_key, [row])


def find(tx: Tx, officer: str | None, *, for_update: bool = False) -> OfficerKey | None:
    """Return the key of an officer, locked until the end of the transaction when asked."""
    query = select(officer_key).where(officer_key.c.officer == officer)
    row = tx.execute(query.with_for_update() if for_update else query).one_or_none()
    return None if row is None else _key(row)


def everybody(tx: Tx) -> tuple[OfficerKey, ...]:
    """Return every key, by officer."""
    rows = tx.execute(select(officer_key).order_by(officer_key.c.officer))
    return tuple(_key(row) for row in rows)


def active(tx: Tx, officers: Collection[str]) -> frozenset[str]:
    """Return those of the officers whose key is not revoked."""
    query = select(officer_key.c.officer).where(
        officer_key.c.officer.in_(list(officers)), officer_key.c.revoked_at.is_(None)
    )
    return frozenset(tx.execute(query).scalars())


def set_wrong_tries(tx: Tx, officer: str, tries: int) -> None:
    """Store how many PINs in a row were wrong."""
    _update(tx, officer, wrong_tries=tries)


def revoke(tx: Tx, officer: str, now: int) -> None:
    """Throw the seed away and remember since when the key is revoked."""
    _update(tx, officer, sealed_seed=None, revoked_at=now)


def _update(tx: Tx, officer: str, **values: object) -> None:
    tx.execute(update(officer_key).where(officer_key.c.officer == officer).values(**values))


def _key(row: Row[*tuple[object, ...]]) -> OfficerKey:
    return OfficerKey(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
