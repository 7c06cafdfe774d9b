"""What is a block of the page "today"? One question, who may ask it, and what waits there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from integra_node.actions.us import Us
from integra_node.rules.permissions import Action
from integra_node.rules.staff import Staff
from integra_node.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayItem:
    """One thing that waits: ``due`` in unix seconds; ``note`` an untranslated text, or empty.

    ``label`` is an untranslated text that stands where there is no ``text`` of somebody's;
    ``count`` tells how many things there are behind it, where that is more than itself.
    """

    text: str
    path: str
    due: int | None = None
    note: str = ""
    label: str = ""
    count: int = 0


def _nothing(_tx: Tx, _us: Us, _staff: Staff, _now: int) -> tuple[TodayItem, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One question of the page: who may see it, and what answers it at a moment."""

    title: str
    action: Action
    load: Callable[[Tx, Us, Staff, int], tuple[TodayItem, ...]] = field(default=_nothing)
    more: str = ""
