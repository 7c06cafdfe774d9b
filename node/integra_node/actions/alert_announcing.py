"""Who is written to about an alert that has arrived? Those who want mail and whom it interests.

A notice is made for them alone, because on the pages new alerts have a list of their own.  It is
over when they have read the alert, or when a newer version has taken its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions import notices
from integra_node.rules.notice_kinds import NoticeKind
from integra_node.rules.permissions import Action, Profile, Role, actions_of
from integra_node.rules.retention import DAY_S
from integra_node.store import accounts, alert_interests, mailboxes, officer_keys

if TYPE_CHECKING:
    from collections.abc import Collection

    from integra_node.actions.us import Us
    from integra_node.store.accounts import Account
    from integra_node.store.database import Tx

NEW_FOR_S: Final = 7 * DAY_S
"""What is older when it arrives is history that a node catches up with: nobody is written to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One version that is in force: where it stands, who alone may read it if it is RED, its age."""

    log_id: int
    index: int
    ref: str
    readers: tuple[str, ...]
    published_at: int


def announce(tx: Tx, us: Us, arrived: Collection[Arrived], *, now: int) -> None:
    """Make a notice of each new alert for everybody who wants mail and whom it interests."""
    new = [one for one in arrived if one.published_at > now - NEW_FOR_S]
    if not new:
        return
    for account_id in mailboxes.written_to(tx):
        account = accounts.by_id(tx, account_id)
        allowed = _allowed(us, account) if account is not None else frozenset()
        if account is None or Action.READ_ALERT not in allowed:
            continue
        owes = Action.ACKNOWLEDGE_ALERT in allowed
        for one in _of_interest(tx, account, new, owes=owes):
            notices.tell(tx, [account_id], NoticeKind.ALERT_NEW, one.ref, now=now)


def _allowed(us: Us, account: Account) -> frozenset[Action]:
    return actions_of({Role(role) for role in account.roles}, Profile(us.profile))


def _of_interest(
    tx: Tx, account: Account, new: Collection[Arrived], *, owes: bool
) -> list[Arrived]:
    interest = alert_interests.find(tx, account.id)
    officer = _officer_of(tx, account)
    found: list[Arrived] = []
    for log_id in sorted({one.log_id for one in new}):
        here = [one for one in new if one.log_id == log_id]
        places = [one.index for one in here]
        wanted = alert_interests.of_interest(tx, interest, log_id, places, or_owed=owes)
        found += [one for one in here if one.index in wanted]
    return [one for one in found if not one.readers or officer in one.readers]


def _officer_of(tx: Tx, account: Account) -> str:
    """Return the pseudonym of who holds this account while it counts, else an empty text."""
    key = officer_keys.find(tx, account.officer_id) if account.officer_id else None
    if key is None or key.is_revoked or key.account_id != account.id:
        return ""
    return key.officer
