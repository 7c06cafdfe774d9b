"""What is a person told inside the application, and have they confirmed that they saw it?

Whoever has something to tell calls ``tell`` in the transaction in which it happens.  The rows hold
no content (``rules.notice_kinds``), so they can also be counted in an e-mail.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from integra_node.rules.notice_kinds import MAX_REF_CHARS, ONLY_MAILED, NoticeKind
from integra_node.rules.permissions import Action
from integra_node.store import audit, notices
from integra_node.store.notices import Notice
from integra_protocol.errors import NotFoundError

if TYPE_CHECKING:
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx


def tell(
    tx: Tx,
    account_ids: Iterable[str],
    kind: NoticeKind,
    ref: str,
    *,
    now: int,
    count: int = 1,
    again: bool = False,
) -> None:
    """Tell people that something happened; once a thing, unless ``again``.

    Args:
        tx: the transaction in which it happens.
        account_ids: whom.
        kind: what.
        ref: where it stands: a reference or a local id, at most 200 characters, never a title.
        now: unix seconds.
        count: how many things there are behind ``ref``.
        again: whether it stands anew for who has confirmed an older one about the same thing.

    Raises:
        ValueError: the reference is longer than any reference is.
    """
    if len(ref) > MAX_REF_CHARS:
        raise ValueError("a notice carries a reference, not a text")
    rows = [
        Notice(account_id=one, kind=kind.value, ref=ref, count=count, created_at=now)
        for one in sorted(set(account_ids))
    ]
    store = notices.renew if again else notices.add
    store(tx, rows)


def settle(tx: Tx, kind: NoticeKind, ref: str, *, now: int) -> None:
    """Take a notice from everybody's list: what it asked for has been done, or is over."""
    notices.settle(tx, kind.value, ref, now=now)


def list_for(tx: Tx, *, unseen_only: bool, staff: Staff) -> tuple[Notice, ...]:
    """Return what this person was told, newest first, at most 200.

    Raises:
        NotAllowedError: the person has no profile.
    """
    staff.require(Action.OWN_PROFILE)
    return notices.of_account(tx, staff.account_id, unseen_only=unseen_only, without=ONLY_MAILED)


def count_waiting(tx: Tx, *, staff: Staff) -> int:
    """Count what this person has not confirmed yet."""
    return notices.count_unseen(tx, staff.account_id, without=ONLY_MAILED)


def confirm(tx: Tx, kind: str, ref: str, *, staff: Staff, now: int) -> Notice:
    """Note that this person has seen a notice; a second time changes nothing.

    Raises:
        NotAllowedError: the person has no profile.
        NotFoundError: they were told no such thing.
    """
    staff.require(Action.OWN_PROFILE)
    found = notices.find(tx, staff.account_id, kind, ref)
    if found is None:
        raise NotFoundError("there is no such message for this person")
    if found.seen_at is None:
        notices.set_seen(tx, staff.account_id, kind, ref, now=now)
        audit.record(
            tx,
            now=now,
            actor=staff.account_id,
            op="consult",
            object=f"notice:{kind} {ref}",
            details={"event": "confirmed"},
        )
    return found
