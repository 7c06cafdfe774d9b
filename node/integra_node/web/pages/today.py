"""What must I do today? The first page after sign-in, made of blocks that each subject fills."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from integra_node.actions import (
    accounts,
    library_visits,
    notices,
    practice_life,
    practice_lists,
    response_news,
)
from integra_node.actions.us import Us
from integra_node.rules.messages import N_
from integra_node.rules.permissions import Action
from integra_node.rules.practice import PracticeState
from integra_node.rules.staff import Staff
from integra_node.store.database import Tx
from integra_node.web.context import context_of
from integra_node.web.pages.messages import text_of
from integra_node.web.pages.today_alerts import ALERT_BLOCKS
from integra_node.web.pages.today_handovers import handover_blocks
from integra_node.web.rendering import page
from integra_node.web.today_blocks import Block, TodayItem
from integra_node.web.visit import staff_of, visit_of


def locked_accounts(tx: Tx, _us: Us, staff: Staff, now: int) -> tuple[TodayItem, ...]:
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


def unseen_messages(tx: Tx, _us: Us, staff: Staff, _now: int) -> tuple[TodayItem, ...]:
    """Return what this person was told and has not confirmed."""
    return tuple(
        TodayItem(text="", path="/messages", due=one.created_at, label=text_of(one))
        for one in notices.list_for(tx, unseen_only=True, staff=staff)
    )


def waiting_practices(tx: Tx, _us: Us, staff: Staff, _now: int) -> tuple[TodayItem, ...]:
    """Return the practices of colleagues that this person can publish."""
    return tuple(
        TodayItem(
            text=row.title, path=f"/practices/{row.id}", due=row.updated_at, note=N_("handed in on")
        )
        for row in practice_lists.list_waiting(tx, staff=staff)
    )


def returned_practices(tx: Tx, _us: Us, staff: Staff, _now: int) -> tuple[TodayItem, ...]:
    """Return the drafts of this person that a colleague gave back."""
    drafts = practice_lists.list_own(tx, statuses=[PracticeState.DRAFT], mine=True, staff=staff)
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


def practices_to_confirm(tx: Tx, us: Us, staff: Staff, now: int) -> tuple[TodayItem, ...]:
    """Return our practices that nobody has confirmed for two years, or soon."""
    return tuple(
        TodayItem(
            text=one.title, path=f"/practices/{one.id}", due=one.due, note=N_("to be confirmed by")
        )
        for one in practice_life.to_confirm(tx, us, staff=staff, now=now)
    )


def adaptations_without_result(tx: Tx, us: Us, staff: Staff, now: int) -> tuple[TodayItem, ...]:
    """Return our adaptations of which partners do not know yet what came of them."""
    return tuple(
        TodayItem(
            text=one.title,
            path=f"/practices/{one.id}",
            due=one.due,
            note=N_("result asked for since"),
        )
        for one in practice_life.without_result(tx, us, staff=staff, now=now)
    )


def questions(tx: Tx, us: Us, staff: Staff, _now: int) -> tuple[TodayItem, ...]:
    """Return what partners asked about our practices and nobody of us has answered."""
    return tuple(
        TodayItem(
            text=f"{one.org}: {one.title}",
            path=f"/practices/{one.about}#r-{one.ref}",
            due=one.at,
            note=N_("asked on"),
        )
        for one in response_news.questions_to_us(tx, us, staff=staff)
    )


def said_of_ours(tx: Tx, us: Us, staff: Staff, now: int) -> tuple[TodayItem, ...]:
    """Return what partners said about our practices lately and this person has not read."""
    return tuple(
        TodayItem(
            text=f"{one.org}: {one.title}",
            path=f"/practices/{one.about}#said",
            due=one.at,
            note=_SAID.get(one.form, N_("commented on")),
        )
        for one in response_news.news_about_us(tx, us, now=now, staff=staff)
    )


def new_in_library(tx: Tx, _us: Us, staff: Staff, _now: int) -> tuple[TodayItem, ...]:
    """Return that something has come into the library since this person's last visit."""
    new = library_visits.read_new(tx, staff=staff)
    if new is None or not new.refs:
        return ()
    item = TodayItem(
        text="",
        label=N_("Practices and alerts that came since your last visit"),
        path="/search?new=1",
        due=new.since_at,
        note=N_("after"),
        count=len(new.refs),
    )
    return (item,)


_SAID: Final = {
    "review": N_("reviewed on"),
    "report": N_("used there, told on"),
    "translation": N_("translated on"),
}
BLOCKS: Final[tuple[Block, ...]] = (
    Block(
        title=N_("Messages for you"),
        action=Action.OWN_PROFILE,
        load=unseen_messages,
        more="/messages",
    ),
    *ALERT_BLOCKS,
    Block(
        title=N_("Practices waiting for you as the second person"),
        action=Action.PUBLISH_PRACTICE,
        load=waiting_practices,
        more="/practices",
    ),
    Block(
        title=N_("Partners asked you"),
        action=Action.ANSWER_QUESTION,
        load=questions,
    ),
    Block(
        title=N_("New about your practices"),
        action=Action.WRITE_PRACTICE,
        load=said_of_ours,
    ),
    Block(
        title=N_("Do your practices still hold?"),
        action=Action.WRITE_PRACTICE,
        load=practices_to_confirm,
        more="/practices",
    ),
    Block(
        title=N_("Your adaptations: with which result?"),
        action=Action.WRITE_PRACTICE,
        load=adaptations_without_result,
        more="/practices",
    ),
    Block(
        title=N_("Your practices that were given back"),
        action=Action.WRITE_PRACTICE,
        load=returned_practices,
        more="/practices",
    ),
    Block(
        title=N_("New in the library"),
        action=Action.SEARCH,
        load=new_in_library,
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
        lambda tx: [
            *handover_blocks(tx, context.us, staff, now, visit_of(request).language),
            *((block, block.load(tx, context.us, staff, now)) for block in blocks),
        ]
    )
    return await page(request, "today.html", blocks=loaded, now=now)
