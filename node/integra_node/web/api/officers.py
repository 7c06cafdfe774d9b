"""How does a program make the signing key of its own account?"""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from integra_node.actions import officers
from integra_node.web.api.answers import ApiModel, json_answer
from integra_node.web.bodies import read_json
from integra_node.web.context import context_of
from integra_node.web.own_key import make_own_key
from integra_node.web.visit import staff_of


class OfficerBody(ApiModel):
    """The password of the account, and the PIN that the new key will be under."""

    password: Annotated[str, Field(min_length=1, max_length=1_024)]
    pin: Annotated[str, Field(min_length=1, max_length=64)]


class OfficerAnswer(ApiModel):
    """The pseudonym under which partners see this officer's signatures."""

    officer_id: str


async def make(request: web.Request) -> web.Response:
    """Make one's own signing key, or a new one when the PIN is forgotten."""
    body = await read_json(request, OfficerBody)
    await make_own_key(request, password=body.password, pin=body.pin)
    context, staff = context_of(request), staff_of(request)
    held = await context.database.read(lambda tx: officers.state_of(tx, staff.account_id))
    return json_answer(OfficerAnswer(officer_id=held.account.officer_id or ""), status=201)
