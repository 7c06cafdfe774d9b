"""How does a program put a file to a practice, and see which there are?"""

from __future__ import annotations

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from integra_node.actions import library, practice_files, practice_lists
from integra_node.rules.staff import Staff
from integra_node.store.database import Tx
from integra_node.web.api.answers import ApiModel, json_answer
from integra_node.web.api.preconditions import etag_of
from integra_node.web.bodies import read_bytes, read_query
from integra_node.web.context import WebContext, context_of
from integra_node.web.visit import staff_of

BYTES_MEDIA: Final = "application/octet-stream"


class FileParameters(ApiModel):
    """The name of the file, with its ending."""

    name: Annotated[str, Field(min_length=1, max_length=255)]


class FileItem(ApiModel):
    """A file; ``digest`` is its SHA-256, ``state`` here, arriving or gone."""

    digest: str
    name: str
    media: str
    size: int
    state: str


class FilesAnswer(ApiModel):
    """The files of one practice."""

    items: list[FileItem]


async def add(request: web.Request) -> web.Response:
    """Put a file to a draft."""
    name, etag = read_query(request, FileParameters).name, etag_of(request, required=False)
    data = await read_bytes(request, BYTES_MEDIA)
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()

    def act(tx: Tx) -> FilesAnswer:
        practice_files.add(tx, id_, name, data, etag=etag, staff=staff, now=now)
        return _files(tx, context, id_, staff)

    return json_answer(await context.database.write(act), status=201)


async def list_all(request: web.Request) -> web.Response:
    """List the files of a practice."""
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    return json_answer(await context.database.read(lambda tx: _files(tx, context, id_, staff)))


def _files(tx: Tx, context: WebContext, id_: str, staff: Staff) -> FilesAnswer:
    if "~" in id_:
        found = library.read_published(tx, context.us, id_, staff=staff)
        named = practice_files.of_published(tx, context.us, found)
        return FilesAnswer(
            items=[
                FileItem(
                    digest=one.digest,
                    name=one.name,
                    media=one.media,
                    size=one.size,
                    state=one.state,
                )
                for one in named
            ]
        )
    row = practice_lists.read_own(tx, id_, staff=staff)
    return FilesAnswer(
        items=[
            FileItem(
                digest=one.digest.hex(),
                name=one.name,
                media=one.media,
                size=one.size,
                state="here",
            )
            for one in practice_files.of_draft(tx, row.id)
        ]
    )
