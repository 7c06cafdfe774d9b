"""Which alerts wait for this person today: to acknowledge, to read, to clear, to sign, to correct?"""

from __future__ import annotations

from typing import Final

from integra_node.actions import alert_drafts, alert_follow_up, alert_reading, alerts
from integra_node.actions.alert_drafts import OwnAlert
from integra_node.actions.alert_reading import ListedAlert
from integra_node.actions.us import Us
from integra_node.rules.alert import AlertState
from integra_node.rules.messages import N_
from integra_node.rules.permissions import Action
from integra_node.rules.problems import errors_of
from integra_node.rules.staff import Staff
from integra_node.store.alerts import TO_ACKNOWLEDGE, Wanted
from integra_node.store.database import Tx
from integra_node.web.today_blocks import Block, TodayItem
from integra_protocol.errors import WaitingError

MAX_DRAFTS: Final = 50
_CURRENT: Final = ("current",)
_NEVER: Final = 2**63
_BY, _LATE = N_("to be acknowledged by"), N_("should have been acknowledged by")


def to_acknowledge(tx: Tx, us: Us, staff: Staff, now: int) -> tuple[TodayItem, ...]:
    """Return the alerts that nobody here has acknowledged, what is due first before others."""
    wanted = Wanted(statuses=_CURRENT, max_rank=TO_ACKNOWLEDGE)
    found = alert_reading.list_for(tx, us, wanted, staff=staff)
    ordered = sorted(found, key=lambda one: one.line.due_at or _NEVER)
    return tuple(_owed(one, now) for one in ordered)


def overdue(tx: Tx, us: Us, staff: Staff, now: int) -> tuple[TodayItem, ...]:
    """Return the alerts that nobody here acknowledged in time."""
    wanted = Wanted(statuses=_CURRENT, owed_before=now)
    found = alert_reading.list_for(tx, us, wanted, staff=staff)
    ordered = sorted(found, key=lambda one: one.line.due_at or _NEVER)
    return tuple(_owed(one, now) for one in ordered)


def unread(tx: Tx, us: Us, staff: Staff, _now: int) -> tuple[TodayItem, ...]:
    """Return the alerts that this person has not read and wants to be shown."""
    waiting = alert_reading.waiting_of(tx, staff)
    wanted = Wanted(statuses=_CURRENT, waiting=waiting)
    owed = TO_ACKNOWLEDGE if waiting.acknowledges else None  # stands in a block of its own
    found = alert_reading.list_for(tx, us, wanted, staff=staff)
    new = (one for one in found if one.line.rank != owed)
    return tuple(_item(one, one.published_at, N_("published on")) for one in new)


def to_clear(tx: Tx, us: Us, staff: Staff, now: int) -> tuple[TodayItem, ...]:
    """Return colleagues' alerts that are whole and that no second person has read."""
    drafts = _own(tx, us, staff, AlertState.DRAFT)
    others = (one for one in drafts if one.row.author_id != staff.account_id)
    return tuple(_draft(one) for one in others if _is_whole(tx, us, one, now))


def to_sign(tx: Tx, us: Us, staff: Staff, _now: int) -> tuple[TodayItem, ...]:
    """Return alerts that are cleared and not published."""
    return tuple(_draft(one) for one in _own(tx, us, staff, AlertState.CLEARED))


def to_correct(tx: Tx, us: Us, staff: Staff, _now: int) -> tuple[TodayItem, ...]:
    """Return alerts of ours that a member calls false."""
    return tuple(
        TodayItem(
            text=one.title,
            label=N_("An alert of ours"),
            path=f"/alerts/{one.id}",
            due=one.due_at,
            note=N_("to be corrected or retracted by"),
        )
        for one in alert_follow_up.called_false(tx, us, staff=staff)
    )


def _own(tx: Tx, us: Us, staff: Staff, state: AlertState) -> tuple[OwnAlert, ...]:
    return alert_drafts.list_own(tx, us, statuses=[state], limit=MAX_DRAFTS, staff=staff)


def _is_whole(tx: Tx, us: Us, own: OwnAlert, now: int) -> bool:
    try:
        return not errors_of(alerts.problems_before_clear(tx, us, own, now=now))
    except WaitingError:
        return False  # before we are a member nobody can say who receives what


def _draft(own: OwnAlert) -> TodayItem:
    alert = own.draft.alert
    return TodayItem(
        text=alert.title[alert.language],
        path=f"/alerts/{own.row.id}",
        due=own.row.updated_at,
        note=N_("last changed on"),
    )


def _owed(one: ListedAlert, now: int) -> TodayItem:
    due = one.line.due_at
    return _item(one, due, N_("to be acknowledged") if due is None else _LATE if due < now else _BY)


def _item(one: ListedAlert, due: int | None, note: str) -> TodayItem:
    return TodayItem(text=one.title or one.ref, path=f"/alerts/{one.ref}", due=due, note=note)


ALERT_BLOCKS: Final[tuple[Block, ...]] = (
    Block(
        title=N_("Alerts that nobody has acknowledged in time"),
        action=Action.FOLLOW_UP_ALERTS,
        load=overdue,
        more="/alerts?state=overdue",
    ),
    Block(
        title=N_("Alerts to acknowledge"),
        action=Action.ACKNOWLEDGE_ALERT,
        load=to_acknowledge,
        more="/alerts?state=owed",
    ),
    Block(
        title=N_("Alerts that you have not read"),
        action=Action.READ_ALERT,
        load=unread,
        more="/alerts?unread=1",
    ),
    Block(
        title=N_("Alerts of ours that a member calls false"),
        action=Action.RETRACT_ALERT,
        load=to_correct,
        more="/alerts/own",
    ),
    Block(
        title=N_("Alerts waiting for you as second reader"),
        action=Action.CLEAR_ALERT,
        load=to_clear,
        more="/alerts/own",
    ),
    Block(
        title=N_("Cleared alerts, to be signed and published"),
        action=Action.PUBLISH_ALERT,
        load=to_sign,
        more="/alerts/own",
    ),
)
