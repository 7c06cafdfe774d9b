"""Are we up to date with our partners, and if not, since when and why?"""

from __future__ import annotations

import asyncio

from aiohttp import web

from integra_node.actions.federation_status import federation_status
from integra_node.search.engine import INDEX_FOLDER
from integra_node.search.progress import read_progress
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
    progress = await asyncio.to_thread(read_progress, context.config.home / INDEX_FOLDER)
    return await page(
        request,
        "partners.html",
        found=found,
        now=now,
        indexed=sum(context.index.counts_by_org().values()),
        progress=progress,
        waits=context.index.is_stale,
    )
