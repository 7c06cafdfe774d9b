"""What stands in the band at the top of each page, and with which counts?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from integra_node.actions import alert_reading, handover_views, practice_lists
from integra_node.actions.us import Us
from integra_node.rules.messages import N_
from integra_node.rules.permissions import Action
from integra_node.rules.staff import Staff
from integra_node.store.database import Tx

Counter = Callable[[Tx, Us, Staff], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One link: shown to who may do ``action``; ``count`` tells how many things wait there."""

    path: str
    text: str
    action: Action
    count: Counter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NavLink:
    """One link as a page shows it; ``text`` is not yet translated."""

    path: str
    text: str
    count: int
    current: bool


NAVIGATION: Final[tuple[NavItem, ...]] = (
    NavItem(path="/today", text=N_("Today"), action=Action.SEE_TODAY),
    NavItem(path="/search", text=N_("Library"), action=Action.SEARCH),
    NavItem(
        path="/practices",
        text=N_("Our practices"),
        action=Action.WRITE_PRACTICE,
        count=lambda tx, _us, staff: practice_lists.count_waiting(tx, staff),
    ),
    NavItem(
        path="/handovers",
        text=N_("Handovers"),
        action=Action.READ_HANDOVER_LIST,
        count=handover_views.count_waiting,
    ),
    NavItem(
        path="/alerts",
        text=N_("Alerts"),
        action=Action.READ_ALERT,
        count=lambda tx, us, staff: alert_reading.count_waiting(tx, us, staff=staff),
    ),
    NavItem(path="/partners", text=N_("Partners"), action=Action.SEE_PARTNERS),
    NavItem(path="/accounts", text=N_("Accounts"), action=Action.MANAGE_ACCOUNTS),
    NavItem(path="/audit", text=N_("Audit log"), action=Action.READ_AUDIT),
)


_LIBRARY: Final = (
    "/browse",
    "/export",
    "/organisations",
    "/practices/compare",
    "/responses",
    "/searches",
)


def section_of(path: str) -> str:
    """Return the path of the link under which a page stands.

    What is published belongs to the library, ours too; a ref has a tilde, an id of a draft none.
    """
    parts = path.split("/")
    if parts[1] == "practices" and len(parts) > 2 and "~" in parts[2]:
        return "/search"
    if any(path == one or path.startswith(f"{one}/") for one in _LIBRARY):
        return "/search"
    return "/practices" if parts[1] == "imports" else f"/{parts[1]}"


def items_for(staff: Staff) -> tuple[NavItem, ...]:
    """Return the links that somebody sees."""
    return tuple(item for item in NAVIGATION if staff.may(item.action))


def links(
    tx: Tx | None, us: Us, items: Iterable[NavItem], staff: Staff, path: str
) -> tuple[NavLink, ...]:
    """Return the links of a page at ``path``; without ``tx`` nothing is counted."""
    return tuple(
        NavLink(
            path=item.path,
            text=item.text,
            count=item.count(tx, us, staff) if item.count is not None and tx is not None else 0,
            current=section_of(path) == item.path,
        )
        for item in items
    )
