"""What does a person want to be shown of new alerts?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.rules.permissions import Action
from integra_node.store import alert_interests

if TYPE_CHECKING:
    from integra_node.rules.alert_interest import Interest
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx


def read(tx: Tx, *, staff: Staff) -> Interest:
    """Return what this person wants to be shown.

    Raises:
        NotAllowedError: the person does not read alerts.
    """
    staff.require(Action.READ_ALERT)
    return alert_interests.find(tx, staff.account_id)


def save(tx: Tx, interest: Interest, *, staff: Staff, now: int) -> None:
    """Remember what this person wants to be shown.

    Raises:
        NotAllowedError: the person does not read alerts.
    """
    staff.require(Action.READ_ALERT)
    alert_interests.save(tx, staff.account_id, interest, now=now)
