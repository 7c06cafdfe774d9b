"""How does a program take the whole library along?"""

from __future__ import annotations

from typing import Literal

from aiohttp import web

from integra_node.web.api.answers import ApiModel
from integra_node.web.bodies import read_json
from integra_node.web.library_files import FORMS, send


class ExportBody(ApiModel):
    """As what: ``jsonl`` (whole practices, can be imported again) or ``csv`` (one language)."""

    format: Literal["jsonl", "csv"] = "jsonl"


async def export(request: web.Request) -> web.StreamResponse:
    """Send every practice that the caller may read."""
    body = await read_json(request, ExportBody)
    return await send(request, FORMS[body.format])
