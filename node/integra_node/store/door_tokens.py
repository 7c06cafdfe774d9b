"""Which tokens open the doors to other systems, whose are they, and until when?

Only the SHA-256 of a token is stored: who reads the database can list tokens and cannot use them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import bindparam, select, update

from integra_node.store.database import Tx
from integra_node.store.schema.doors import door_token
from integra_node.store.upsert import upsert

TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorToken:
    """One token; times in unix seconds."""

    name: str
    reader_class: str
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    used_at: int | None

    def counts(self, now: int) -> bool:
        """Whether it opens anything at ``now``."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def save(tx: Tx, new: DoorToken, *, hashed: bytes) -> None:
    """Store a token, in the place of an older one of the same name."""
    upsert(tx, door_token, [{**asdict(new), "token_hash": hashed}])


def by_hash(tx: Tx, hashed: bytes) -> DoorToken | None:
    """Return the token with this hash, whether it still counts or not."""
    row = tx.execute(_BY_HASH, {"hashed": hashed}).one_or_none()
    return None if row is None else DoorToken(**row._asdict())


def by_name(tx: Tx, name: str) -> DoorToken | None:
    """Return the token of this name."""
    row = tx.execute(_TOKENS.where(door_token.c.name == name)).one_or_none()
    return None if row is None else DoorToken(**row._asdict())


def every(tx: Tx) -> tuple[DoorToken, ...]:
    """Return all tokens by name."""
    rows = tx.execute(_TOKENS.order_by(door_token.c.name))
    return tuple(DoorToken(**row._asdict()) for row in rows)


def revoke(tx: Tx, name: str, *, now: int) -> None:
    """Let a token count no more."""
    tx.execute(update(door_token).where(door_token.c.name == name).values(revoked_at=now))


def note_use(tx: Tx, name: str, *, now: int) -> None:
    """Remember when a token was used last."""
    tx.execute(update(door_token).where(door_token.c.name == name).values(used_at=now))


_TOKENS: Final = select(*(column for column in door_token.c if column.name != "token_hash"))
_BY_HASH: Final = _TOKENS.where(door_token.c.token_hash == bindparam("hashed"))
