"""What must I do today? The first page after sign-in, made of blocks that each subject fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from integra_node.actions import accounts, practices
from integra_node.rules.messages import N_
from integra_node.rules.permissions import Action
from integra_node.rules.practice import PracticeState
from integra_node.rules.staff import Staff
from integra_node.store.database import Tx
from integra_node.web.context import context_of
from integra_node.web.rendering import page
from integra_node.web.visit import staff_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayItem:
    """One thing that waits: ``due`` in unix seconds; ``note`` an untranslated text, or empty."""

    text: str
    path: str
    due: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One question of the page: who may see it, and what answers it at a moment."""

    title: str
    action: Action
    load: Callable[[Tx, Staff, int], tuple[TodayItem, ...]]
    more: str = ""


def locked_accounts(tx: Tx, staff: Staff, now: int) -> tuple[TodayItem, ...]:
    """Return the accounts whose holders cannot get in."""
    return tuple(
        TodayItem(
            text=account.display_name,
            path=f"/accounts/{account.id}",
            due=account.locked_until,
            note=N_("locked until"),
        )
        for account in accounts.list_accounts(tx, staff=staff)
        if account.is_locked(now) and account.disabled_at is None
    )


def waiting_practices(tx: Tx, staff: Staff, _now: int) -> tuple[TodayItem, ...]:
    """Return the practices of colleagues that this person can publish."""
    return tuple(
        TodayItem(
            text=row.title, path=f"/practices/{row.id}", due=row.updated_at, note=N_("handed in on")
        )
        for row in practices.list_waiting(tx, staff=staff)
    )


def returned_practices(tx: Tx, staff: Staff, _now: int) -> tuple[TodayItem, ...]:
    """Return the drafts of this person that a colleague gave back."""
    drafts = practices.list_own(tx, statuses=[PracticeState.DRAFT], mine=True, staff=staff)
    return tuple(
        TodayItem(
            text=row.title,
            path=f"/practices/{row.id}",
            due=row.updated_at,
            note=N_("given back on"),
        )
        for row in drafts
        if row.reason
    )


BLOCKS: Final[tuple[Block, ...]] = (
    Block(
        title=N_("Practices waiting for you as the second person"),
        action=Action.PUBLISH_PRACTICE,
        load=waiting_practices,
        more="/practices",
    ),
    Block(
        title=N_("Your practices that were given back"),
        action=Action.WRITE_PRACTICE,
        load=returned_practices,
        more="/practices",
    ),
    Block(
        title=N_("Locked accounts"),
        action=Action.MANAGE_ACCOUNTS,
        load=locked_accounts,
        more="/accounts",
    ),
)


async def show(request: web.Request) -> web.Response:
    """Show what waits for this person."""
    context, staff = context_of(request), staff_of(request)
    now = context.clock()
    blocks = [block for block in BLOCKS if staff.may(block.action)]
    loaded = await context.database.read(
        lambda tx: [(block, block.load(tx, staff, now)) for block in blocks]
    )
    return await page(request, "today.html", blocks=loaded, now=now)
