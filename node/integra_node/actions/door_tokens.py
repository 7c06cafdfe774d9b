"""Who gets a token for the doors to other systems, and when does it stop counting?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from integra_node.rules.door import check_token
from integra_node.rules.permissions import Action
from integra_node.rules.retention import DAY_S
from integra_node.store import audit, door_tokens
from integra_node.store.door_tokens import TOKEN_BYTES, DoorToken
from integra_node.store.sessions import token_hash
from integra_protocol.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from integra_node.rules.door import ReaderClass
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx

HEX_CHARS: Final = 2 * TOKEN_BYTES


def issue(
    tx: Tx,
    name: str,
    reader_class: ReaderClass,
    *,
    days: int | None,
    staff: Staff,
    now: int,
    random: Callable[[int], bytes],
) -> tuple[DoorToken, str]:
    """Make a token; return it with its secret text, which is stored nowhere.

    Raises:
        NotAllowedError: the person does not configure the node.
        InvalidFieldsError: the name is no word, or the life is too long.
        ConflictError: there is one of this name that still counts.
    """
    staff.require(Action.CONFIGURE)
    check_token(name, days)
    held = door_tokens.by_name(tx, name)
    if held is not None and held.counts(now):
        raise ConflictError(f"there is a token {name}: revoke it first")
    secret = random(TOKEN_BYTES)
    made = DoorToken(
        name=name,
        reader_class=reader_class.value,
        created_at=now,
        expires_at=now + days * DAY_S if days is not None else None,
        revoked_at=None,
        used_at=None,
    )
    door_tokens.save(tx, made, hashed=token_hash(secret))
    details = {"event": "door token", "class": made.reader_class, "days": days}
    audit.record(
        tx, now=now, actor=staff.account_id, op="admin", object=f"door:{name}", details=details
    )
    return made, secret.hex()


def revoke(tx: Tx, name: str, *, staff: Staff, now: int) -> None:
    """Let a token count no more, at once.

    Raises:
        NotAllowedError: the person does not configure the node.
        NotFoundError: there is none of this name that counts.
    """
    staff.require(Action.CONFIGURE)
    held = door_tokens.by_name(tx, name)
    if held is None or not held.counts(now):
        raise NotFoundError(f"there is no token {name}")
    door_tokens.revoke(tx, name, now=now)
    details = {"event": "door token revoked"}
    audit.record(
        tx, now=now, actor=staff.account_id, op="admin", object=f"door:{name}", details=details
    )


def every(tx: Tx, *, staff: Staff) -> tuple[DoorToken, ...]:
    """Return all tokens by name, those that count no more too.

    Raises:
        NotAllowedError: the person does not configure the node.
    """
    staff.require(Action.CONFIGURE)
    return door_tokens.every(tx)


def holder(tx: Tx, text: str, *, now: int) -> DoorToken | None:
    """Return the token that somebody shows, if it counts now."""
    if len(text) != HEX_CHARS or not text.isascii():
        return None
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        return None
    found = door_tokens.by_hash(tx, token_hash(secret))
    return found if found is not None and found.counts(now) else None
