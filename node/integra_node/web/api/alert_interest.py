"""How does a program say which new alerts its user wants to be shown?"""

from __future__ import annotations

from aiohttp import web

from integra_node.actions import alert_interests
from integra_node.rules.alert_interest import parse_interest
from integra_node.web.api.answers import json_answer
from integra_node.web.api.json_bodies import read_object
from integra_node.web.context import context_of
from integra_node.web.visit import staff_of


async def show(request: web.Request) -> web.Response:
    """Say what is chosen."""
    context, staff = context_of(request), staff_of(request)
    return json_answer(
        await context.database.read(lambda tx: alert_interests.read(tx, staff=staff))
    )


async def save(request: web.Request) -> web.Response:
    """Remember a choice."""
    context, staff, now = context_of(request), staff_of(request), context_of(request).clock()
    _, body = await read_object(request)
    interest = parse_interest(body)
    await context.database.write(
        lambda tx: alert_interests.save(tx, interest, staff=staff, now=now)
    )
    return json_answer(interest)
