"""How does a program see the state of the federation?"""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from integra_node.actions.federation_status import federation_status
from integra_node.web.api.answers import ApiModel, json_answer
from integra_node.web.context import context_of
from integra_node.web.visit import staff_of


class PartnerAnswer(ApiModel):
    """One member; sizes in leaves, times in unix seconds."""

    org: str
    state: str
    status: str
    url: str | None
    relay: bool
    size: int
    witnessed_size: int
    grown_at: int | None
    last_success: int | None
    failing_since: int | None
    next_attempt: int | None
    last_error: str | None
    queued: int
    skew_s: int | None
    troubles: int


class FederationAnswer(ApiModel):
    """Our own log and every partner."""

    org: str
    origin: str
    federation: str
    roster_version: int
    roster_confirmed_at: int | None
    roster_expires: int
    stale: bool
    waiting: bool
    behind: bool
    size: int
    signed_size: int
    witnessed_size: int
    quorum: int
    partners: list[PartnerAnswer]
    overdue_erasures: int
    evidence: int


async def show(request: web.Request) -> web.Response:
    """Tell the state of our log and of every partner."""
    context, staff = context_of(request), staff_of(request)
    found = await context.database.read(
        lambda tx: federation_status(tx, context.us, staff=staff, now=context.clock())
    )
    return json_answer(FederationAnswer.model_validate(asdict(found)))
