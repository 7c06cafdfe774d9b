"""How do people choose their e-mail, and what is owed to whom?"""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Final

from integra_node.rules.mail import (
    SETTLED_S,
    Delivery,
    mailbox_problems,
    next_digest,
    retry_after,
)
from integra_node.rules.permissions import Action
from integra_node.rules.problems import require_none
from integra_node.store import mailboxes
from integra_node.store.mailboxes import Mailbox, Owed

if TYPE_CHECKING:
    from collections.abc import Collection

    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx

AT_MOST: Final = 50
DEFAULT_HOUR: Final = 8


def read_own(tx: Tx, *, staff: Staff) -> Mailbox:
    """Return one's own settings; nothing is delivered as long as none were made.

    Raises:
        NotAllowedError: the person has no profile.
    """
    staff.require(Action.OWN_PROFILE)
    return mailboxes.find(tx, staff.account_id) or Mailbox(
        account_id=staff.account_id,
        address="",
        delivery=Delivery.NEVER,
        hour=DEFAULT_HOUR,
        told_until=0,
        next_at=0,
        failures=0,
        trouble="",
    )


def choose(
    tx: Tx,
    *,
    address: str,
    delivery: str,
    hour: int | None,
    domains: Collection[str],
    zone: tzinfo,
    staff: Staff,
    now: int,
) -> Mailbox:
    """Change one's own settings. Only what happens from now on is told.

    Raises:
        NotAllowedError: the person has no profile.
        InvalidFieldsError: see `mailbox_problems`.
    """
    staff.require(Action.OWN_PROFILE)
    require_none(mailbox_problems(address, delivery, hour, domains))
    at = DEFAULT_HOUR if hour is None else hour
    box = Mailbox(
        account_id=staff.account_id,
        address=address,
        delivery=delivery,
        hour=at,
        told_until=now,
        next_at=next_digest(now, at, zone) if delivery == Delivery.DIGEST else now,
        failures=0,
        trouble="",
    )
    mailboxes.save(tx, box)
    return box


def owed(tx: Tx, *, now: int) -> list[Owed]:
    """Return up to 50 messages that have to go out now."""
    return mailboxes.owed(tx, now=now, settled=now - SETTLED_S, limit=AT_MOST)


def sent(tx: Tx, one: Owed, *, zone: tzinfo, now: int) -> None:
    """Note that the mail server has taken a message; the same things are not told again."""
    box = one.mailbox
    again = next_digest(now, box.hour, zone) if box.delivery == Delivery.DIGEST else now
    mailboxes.told(tx, box.account_id, until=one.until, next_at=again)


def not_sent(tx: Tx, one: Owed, trouble: str, *, now: int) -> None:
    """Note that a message did not go out, and when to try again; ``trouble`` is a stable word."""
    failures = one.mailbox.failures + 1
    mailboxes.failed(
        tx,
        one.mailbox.account_id,
        failures=failures,
        trouble=trouble,
        next_at=now + retry_after(failures),
    )
