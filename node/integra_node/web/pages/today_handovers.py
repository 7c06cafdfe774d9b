"""Which handovers wait for this person today?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from integra_node.actions import handover_views
from integra_node.actions.handover_views import Line
from integra_node.actions.us import Us
from integra_node.rules.codes import label
from integra_node.rules.handover import State
from integra_node.rules.messages import N_
from integra_node.rules.permissions import Action
from integra_node.rules.staff import Staff
from integra_node.store.database import Tx
from integra_node.store.handovers import RECIPIENT, SENDER
from integra_node.web.today_blocks import Block, TodayItem

_DUE = N_("due")
_SINCE = N_("sent on")

APPROVAL = Block(
    title=N_("Handovers waiting for my approval"),
    action=Action.APPROVE_HANDOVER,
    more="/handovers?box=draft",
)
TO_SEND = Block(
    title=N_("Approved handovers, to be signed and sent"),
    action=Action.SEND_HANDOVER,
    more="/handovers?box=draft",
)
OWNED = Block(
    title=N_("Handovers that I own, to be decided"),
    action=Action.READ_HANDOVER,
    more="/handovers?box=in",
)
INTAKE = Block(
    title=N_("Handovers to take in"), action=Action.TAKE_IN_HANDOVER, more="/handovers?box=in"
)
DUE = Block(
    title=N_("Handovers due today"), action=Action.READ_HANDOVER_LIST, more="/handovers?box=in"
)
UNDELIVERED = Block(
    title=N_("Sent but not delivered"),
    action=Action.READ_HANDOVER_LIST,
    more="/handovers?box=out",
)


def handover_blocks(
    tx: Tx, us: Us, staff: Staff, now: int, language: str
) -> Iterator[tuple[Block, tuple[TodayItem, ...]]]:
    """Return the blocks that this person may see, each with what waits there."""
    if staff.may(Action.APPROVE_HANDOVER):
        waiting = handover_views.waiting(tx, us, State.IN_REVIEW, SENDER, staff=staff)
        others = [line for line in waiting if line.row.author_id != staff.account_id]
        yield APPROVAL, _items(others, language)
    if staff.may(Action.SEND_HANDOVER):
        approved = handover_views.waiting(tx, us, State.APPROVED, SENDER, staff=staff)
        mine = [line for line in approved if line.row.author_id == staff.account_id]
        yield TO_SEND, _items(mine, language)
    if staff.may(Action.READ_HANDOVER):
        open_here = [
            line
            for state in (State.ACKNOWLEDGED, State.UNDER_REVIEW)
            for line in handover_views.waiting(tx, us, state, RECIPIENT, staff=staff)
        ]
        owned = [line for line in open_here if line.row.owner_id == staff.account_id]
        yield OWNED, _items(owned, language)
    if staff.may(Action.TAKE_IN_HANDOVER):
        arrived = handover_views.waiting(tx, us, State.DELIVERED, RECIPIENT, staff=staff)
        yield INTAKE, _items(arrived, language)
    if staff.may(Action.READ_HANDOVER_LIST):
        due = handover_views.due_today(tx, us, staff=staff, now=now)
        yield DUE, _items(due, language)
        sent = handover_views.waiting(tx, us, State.SENT, SENDER, staff=staff)
        yield UNDELIVERED, tuple(_item(line, language, _SINCE) for line in sent)


def _items(lines: Iterable[Line], language: str) -> tuple[TodayItem, ...]:
    return tuple(_item(line, language, _DUE) for line in lines)


def _item(line: Line, language: str, note: str) -> TodayItem:
    row, env = line.row, line.envelope.env
    said = (
        label("handover_kind", env.kind, language),
        row.peer_org,
        label("urgency", env.urgency, language),
        line.case_reference,
    )
    return TodayItem(
        text=", ".join(part for part in said if part),
        path=f"/handovers/{row.id}",
        due=row.state_since if note == _SINCE else row.due_at,
        note=note if note == _SINCE or row.due_at else "",
    )
