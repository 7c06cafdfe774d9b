"""Are we up to date with our partners, and if not, since when and why?"""

from __future__ import annotations

from aiohttp import web

from integra_node.actions.federation_status import federation_status
from integra_node.web.context import context_of
from integra_node.web.rendering import page
from integra_node.web.visit import staff_of


async def show(request: web.Request) -> web.Response:
    """Show every partner with the state of its log and of the connection."""
    context, staff = context_of(request), staff_of(request)
    now = context.clock()
    found = await context.database.read(
        lambda tx: federation_status(tx, context.us, staff=staff, now=now)
    )
    return await page(request, "partners.html", found=found, now=now)
