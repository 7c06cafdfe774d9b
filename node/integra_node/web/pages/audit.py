"""How does the data protection officer read, check and export the audit log?"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from typing import Final

from aiohttp import web

from integra_node.actions import audit
from integra_node.store.audit import AuditFilter, Record
from integra_node.web.audit_query import read_query
from integra_node.web.bodies import form_of
from integra_node.web.context import context_of
from integra_node.web.forms import FormData, checked
from integra_node.web.problem_texts import rejected
from integra_node.web.refusals import BadFormError
from integra_node.web.rendering import page
from integra_node.web.visit import staff_of

PAGE_ROWS: Final = 50
_COLUMNS: Final = (
    "seq", "at", "actor", "op", "object", "subject", "details", "justification", "previous", "hash",
)  # fmt: skip
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


async def show(request: web.Request) -> web.Response:
    """Show the audit log, newest first."""
    context, staff = context_of(request), staff_of(request)
    form = checked(list(request.query.items()))
    query = read_query(form, context.config.zone)
    before = _cursor(form)
    found = await context.database.read(
        lambda tx: audit.read_page(tx, query.wanted, before=before, limit=PAGE_ROWS, staff=staff)
    )
    return await page(
        request,
        "audit.html",
        status=400 if query.problems else 200,
        found=found,
        form=rejected(request, form, query.problems),
        older=_older(form, found.next),
    )


async def verify(request: web.Request) -> web.Response:
    """Compute the chain again and show the result."""
    context, staff = context_of(request), staff_of(request)
    verdict = await context.database.read(lambda tx: audit.verify_chain(tx, staff=staff))
    return await page(request, "audit_verify.html", verdict=verdict)


async def export(request: web.Request) -> web.StreamResponse:
    """Send the chosen rows as a file; that this was done is itself a row."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    now, wanted = context.clock(), read_query(form, context.config.zone).wanted
    kind = form.text("format")
    if kind not in _FORMATS:
        raise BadFormError
    await context.database.write(
        lambda tx: audit.begin_export(tx, wanted, form=kind, staff=staff, now=now)
    )
    return await _stream(request, wanted, kind)


async def _stream(request: web.Request, wanted: AuditFilter, kind: str) -> web.StreamResponse:
    context, staff = context_of(request), staff_of(request)
    media_type, first, lines_of = _FORMATS[kind]
    name = f"audit-{context.config.org}.{kind}"
    response = web.StreamResponse(
        headers={
            "Content-Type": f"{media_type}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
    )
    await response.prepare(request)
    await response.write(first.encode())
    after = 0
    while rows := await context.database.read(
        lambda tx, after=after: audit.export_block(tx, wanted, after=after, staff=staff)  # type: ignore[misc]  # bound at once
    ):
        await response.write(lines_of(rows).encode())
        after = rows[-1].seq
    await response.write_eof()
    return response


def _json_lines(rows: Iterable[Record]) -> str:
    return "".join(f"{row.export_line()}\n" for row in rows)


def _csv_lines(rows: Iterable[Record]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([_cell(row, name) for name in _COLUMNS] for row in rows)
    return text.getvalue()


def _cell(row: Record, name: str) -> str:
    value = getattr(row, name)
    text = value.hex() if isinstance(value, bytes) else str(value)
    # A spreadsheet would run a cell that starts so.
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


_FORMATS: Final[dict[str, tuple[str, str, Callable[[Iterable[Record]], str]]]] = {
    "jsonl": ("application/jsonl", "", _json_lines),
    # The mark at the start is what makes spreadsheets read UTF-8.
    "csv": ("text/csv", "\ufeff" + ",".join(_COLUMNS) + "\r\n", _csv_lines),
}


def _cursor(form: FormData) -> int | None:
    text = form.text("before")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _older(form: FormData, cursor: int | None) -> dict[str, str]:
    if cursor is None:
        return {}
    kept = {name: value for name, value in form.items if name not in {"before", "lang"}}
    return {**kept, "before": str(cursor)}
