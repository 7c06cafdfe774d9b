"""How do people put files to a practice, and take those of others along? Never shown in a page."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from integra_node.actions import practice_files
from integra_node.actions.practice_files import Given
from integra_node.rules.practice import PracticeState
from integra_node.rules.problems import InvalidFieldsError
from integra_node.store.drafts import Draft
from integra_node.web.bodies import form_of
from integra_node.web.context import context_of
from integra_node.web.forms import FormView
from integra_node.web.pages.practices import etag_in, read_own
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page, see_other
from integra_node.web.uploads import upload_of
from integra_node.web.visit import staff_of


async def show_all(request: web.Request) -> web.Response:
    """List the files of a practice of ours; its author adds and removes them."""
    return await _files_page(request, FormView(), status=200)


async def upload(request: web.Request) -> web.Response:
    """Put a file to a draft."""
    form, sent = form_of(request), upload_of(request)
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    now, etag = context.clock(), etag_in(form)
    try:
        await context.database.write(
            lambda tx: practice_files.add(
                tx, id_, sent.name, sent.data, etag=etag, staff=staff, now=now
            )
        )
    except InvalidFieldsError as error:
        return await _files_page(request, rejected(request, form, error.problems), status=400)
    return see_other(f"/practices/{id_}/files?done=added")


async def remove(request: web.Request) -> web.Response:
    """Take a file away from a draft."""
    id_, digest = request.match_info["id"], request.match_info["file"]
    etag = etag_in(form_of(request))
    context, staff, now = context_of(request), staff_of(request), context_of(request).clock()
    await context.database.write(
        lambda tx: practice_files.remove(tx, id_, digest, etag=etag, staff=staff, now=now)
    )
    return see_other(f"/practices/{id_}/files?done=removed")


async def download(request: web.Request) -> web.Response:
    """Give a file to keep: of a published version by its ref, or of our own practice by its id."""
    context, staff = context_of(request), staff_of(request)
    id_, digest = request.match_info["id"], request.match_info["file"]
    given = await context.database.read(
        lambda tx: practice_files.take_out(tx, context.us, id_, digest, staff=staff)
    )
    return file_answer(given)


def file_answer(given: Given) -> web.Response:
    """Return a file as something to save, which no browser opens by itself as part of our pages."""
    plain = "".join(one if one.isascii() and one.isalnum() else "_" for one in given.name[:-4])
    end = given.name.rpartition(".")[2].lower()
    return web.Response(
        body=given.data,
        content_type=given.media,
        headers={
            "Content-Disposition": (
                f'attachment; filename="{plain or "file"}.{end}"; '
                f"filename*=UTF-8''{quote(given.name, safe='')}"
            ),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


async def _files_page(request: web.Request, view: FormView, *, status: int) -> web.Response:
    row = await read_own(request)
    files = await context_of(request).database.read(lambda tx: practice_files.of_draft(tx, row.id))
    return await page(
        request,
        "practice_files.html",
        status=status,
        row=row,
        files=files,
        form=view,
        may_change=_may_change(request, row),
        done=request.query.get("done", "") if request.method == "GET" else "",
    )


def _may_change(request: web.Request, row: Draft) -> bool:
    return row.status == PracticeState.DRAFT and row.author_id == staff_of(request).account_id
