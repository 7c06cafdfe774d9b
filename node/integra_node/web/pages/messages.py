"""What was I told, and have I confirmed it? Retractions of alerts I read, and what else waits."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from integra_node.actions import alert_retractions, notices
from integra_node.actions.alert_retractions import Retraction
from integra_node.rules.messages import N_
from integra_node.rules.notice_kinds import NOTICE_PATHS, NOTICE_TEXTS, NoticeKind
from integra_node.rules.staff import Staff
from integra_node.store import saved_searches
from integra_node.store.database import Tx
from integra_node.store.notices import Notice
from integra_node.web.bodies import form_of
from integra_node.web.code_names import CodeNames
from integra_node.web.context import WebContext, context_of
from integra_node.web.rendering import page, see_other
from integra_node.web.visit import staff_of, visit_of

_OTHER = N_("Something happened that this version cannot show")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One notice as its reader may see it: ``text`` is not yet translated."""

    notice: Notice
    text: str
    path: str
    retraction: Retraction | None
    about: str = ""
    """What the person calls it themselves."""


def text_of(notice: Notice) -> str:
    """Return what a notice says, not yet translated."""
    kind = _kind(notice)
    return NOTICE_TEXTS[kind] if kind is not None else _OTHER


async def show(request: web.Request) -> web.Response:
    """Show what I was told, newest first."""
    context, staff = context_of(request), staff_of(request)
    found = await context.database.read(lambda tx: _load(tx, context, staff))
    return await page(
        request,
        "messages.html",
        waiting=[one for one in found if one.notice.seen_at is None],
        seen=[one for one in found if one.notice.seen_at is not None],
        names=CodeNames(language=visit_of(request).language),
    )


async def confirm(request: web.Request) -> web.Response:
    """Note that I have seen a message."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    now, kind, ref = context.clock(), form.text("kind"), form.text("ref")
    await context.database.write(lambda tx: notices.confirm(tx, kind, ref, staff=staff, now=now))
    return see_other("/messages")


def _load(tx: Tx, context: WebContext, staff: Staff) -> list[Message]:
    held = notices.list_for(tx, unseen_only=False, staff=staff)
    return [_message(tx, context, one, staff) for one in held]


def _message(tx: Tx, context: WebContext, notice: Notice, staff: Staff) -> Message:
    kind = _kind(notice)
    retraction = None
    if kind is NoticeKind.ALERT_RETRACTED:
        retraction = alert_retractions.find(tx, context.us, notice.ref, staff=staff)
    return Message(
        notice=notice,
        text=text_of(notice),
        path=NOTICE_PATHS[kind].format(ref=notice.ref) if kind is not None else "",
        retraction=retraction,
        about=_about(tx, notice, kind),
    )


def _about(tx: Tx, notice: Notice, kind: NoticeKind | None) -> str:
    """Return the name of a saved search, which only its owner is shown."""
    if kind is not NoticeKind.SAVED_SEARCH:
        return ""
    row = saved_searches.find(tx, notice.ref, account_id=notice.account_id)
    return row.name if row is not None else ""


def _kind(notice: Notice) -> NoticeKind | None:
    return NoticeKind(notice.kind) if notice.kind in set(NoticeKind) else None
