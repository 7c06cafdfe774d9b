"""How does a program see what its user was told, and confirm it? Kinds and references, no content."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from integra_node.actions import notices
from integra_node.rules.notice_kinds import MAX_REF_CHARS
from integra_node.web.api.answers import ApiModel, json_answer, no_content
from integra_node.web.api.session import utc_text
from integra_node.web.bodies import read_json, read_query
from integra_node.web.context import context_of
from integra_node.web.visit import staff_of


class MessagesParameters(ApiModel):
    """Which messages: ``all`` also those that were confirmed."""

    all: bool = False


class MessageItem(ApiModel):
    """One thing I was told; times in RFC 3339, UTC. ``ref`` names what it is about."""

    kind: str
    ref: str
    count: int
    created_at: str
    seen_at: str | None = None


class MessagesAnswer(ApiModel):
    """What I was told, newest first, at most 200."""

    items: list[MessageItem]


class ConfirmBody(ApiModel):
    """Which message was seen."""

    kind: Annotated[str, Field(max_length=64)]
    ref: Annotated[str, Field(max_length=MAX_REF_CHARS)]


async def list_all(request: web.Request) -> web.Response:
    """List what I was told."""
    asked, staff = read_query(request, MessagesParameters), staff_of(request)
    found = await context_of(request).database.read(
        lambda tx: notices.list_for(tx, unseen_only=not asked.all, staff=staff)
    )
    items = [
        MessageItem(
            kind=one.kind,
            ref=one.ref,
            count=one.count,
            created_at=utc_text(one.created_at),
            seen_at=utc_text(one.seen_at) if one.seen_at is not None else None,
        )
        for one in found
    ]
    return json_answer(MessagesAnswer(items=items))


async def confirm(request: web.Request) -> web.Response:
    """Note that I have seen a message."""
    context, staff = context_of(request), staff_of(request)
    body, now = await read_json(request, ConfirmBody), context.clock()
    await context.database.write(
        lambda tx: notices.confirm(tx, body.kind, body.ref, staff=staff, now=now)
    )
    return no_content()
