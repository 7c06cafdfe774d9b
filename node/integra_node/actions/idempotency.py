"""Was this call made before? The same key and body get the same answer, and one effect only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from integra_node.store import idempotency
from integra_protocol.errors import ConflictError, InputError

if TYPE_CHECKING:
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx

KEPT_S: Final = 86_400
MAX_KEY: Final = 128  # characters


class IdempotencyConflictError(ConflictError):
    """The key was used for another call."""

    code = "idempotency_conflict"


def once(tx: Tx, key: str, digest: bytes, act: Callable[[], str], *, staff: Staff, now: int) -> str:
    """Do ``act`` and remember its answer, or return what was answered before.

    Args:
        tx: the transaction of the act itself.
        key: what the caller chose, 1 to 128 printable ASCII characters; empty: just act.
        digest: SHA-256 of everything that makes the call what it is.
        act: does it and returns the answer, JSON text.
        staff: whose key it is.
        now: unix seconds.

    Raises:
        InputError: the key is malformed.
        IdempotencyConflictError: the key was used for another call, or just now for this one.
    """
    if not key:
        return act()
    if len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        raise InputError("an Idempotency-Key is 1 to 128 printable ASCII characters")
    held = idempotency.find(tx, staff.account_id, key, now=now)
    if held is not None:
        if held.digest != digest:
            raise IdempotencyConflictError("the key was used for another call")
        return held.answer
    idempotency.forget(tx, now=now)
    answer = act()
    ends = now + KEPT_S
    if not idempotency.add(
        tx, staff.account_id, key, digest=digest, answer=answer, expires_at=ends
    ):
        raise IdempotencyConflictError("the same call is being answered just now")
    return answer
