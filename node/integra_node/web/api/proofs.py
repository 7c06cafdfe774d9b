"""How does a program take out the portable proof of an entry?"""

from __future__ import annotations

import re
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from integra_node.actions.proofs import export_proof
from integra_node.web.api.answers import ApiModel
from integra_node.web.bodies import read_query
from integra_node.web.context import context_of
from integra_node.web.visit import staff_of
from integra_protocol.bodies import EntryRef, format_ref, parse_ref
from integra_protocol.errors import BadBodyError, NotFoundError
from integra_protocol.proof import FILE_SUFFIX

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.~-]")


class ProofParameters(ApiModel):
    """``unwitnessed=1`` asks for the proof although no quorum has cosigned it yet."""

    unwitnessed: Annotated[int, Field(ge=0, le=1)] = 0


async def show(request: web.Request) -> web.Response:
    """Send the proof file of one entry."""
    context, staff = context_of(request), staff_of(request)
    asked, ref, now = read_query(request, ProofParameters), _ref(request), context.clock()
    text = await context.database.write(
        lambda tx: export_proof(
            tx, context.us, ref, staff=staff, now=now, unwitnessed=bool(asked.unwitnessed)
        )
    )
    name = _UNSAFE.sub("-", format_ref(ref)) + FILE_SUFFIX
    return web.Response(
        body=text.encode(),
        content_type="text/plain",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _ref(request: web.Request) -> EntryRef:
    parts = (request.match_info[name] for name in ("org", "epoch", "index"))
    try:
        return parse_ref("~".join(parts))
    except BadBodyError as error:
        raise NotFoundError from error
