"""How does a program read the audit log?"""

from __future__ import annotations

import json
from typing import Annotated

from aiohttp import web
from pydantic import Field, JsonValue

from integra_node.actions import audit
from integra_node.store.audit import AuditFilter, Record
from integra_node.web.api.answers import ApiModel, json_answer
from integra_node.web.api.session import utc_text
from integra_node.web.bodies import read_query
from integra_node.web.context import context_of
from integra_node.web.visit import staff_of

Text = Annotated[str, Field(max_length=200)]
Moment = Annotated[int, Field(ge=0, le=2**53)]


class AuditParameters(ApiModel):
    """Which rows: ``since`` and ``until`` (not included) in unix seconds, ``before`` a cursor."""

    since: Moment | None = None
    until: Moment | None = None
    actor: Text = ""
    op: Text = ""
    object: Text = ""
    subject: Text = ""
    before: Moment | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class AuditItem(ApiModel):
    """One row; ``hash`` is SHA-256 over ``previous`` and the canonical row, both hexadecimal."""

    seq: int
    at: str
    actor: str
    op: str
    object: str
    subject: str
    details: dict[str, JsonValue]
    justification: str
    previous: str
    hash: str


class AuditAnswer(ApiModel):
    """Rows newest first; ``next`` is the value of ``before`` for older ones."""

    items: list[AuditItem]
    next: int | None = None


async def show(request: web.Request) -> web.Response:
    """List rows of the audit log."""
    context, staff = context_of(request), staff_of(request)
    asked = read_query(request, AuditParameters)
    wanted = AuditFilter(**asked.model_dump(exclude={"before", "limit"}))
    found = await context.database.read(
        lambda tx: audit.read_page(tx, wanted, before=asked.before, limit=asked.limit, staff=staff)
    )
    return json_answer(AuditAnswer(items=[_item(row) for row in found.records], next=found.next))


def _item(row: Record) -> AuditItem:
    return AuditItem(
        seq=row.seq,
        at=utc_text(row.at),
        actor=row.actor,
        op=row.op,
        object=row.object,
        subject=row.subject,
        details=json.loads(row.details),
        justification=row.justification,
        previous=row.previous.hex(),
        hash=row.hash.hex(),
    )
