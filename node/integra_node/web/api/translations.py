"""How does a program see in which languages a practice can be read, and translate it?"""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from integra_node.actions import library, translations
from integra_node.actions.library import Published
from integra_node.actions.translations import Reading, Text
from integra_node.rules.translation import texts_of
from integra_node.store.database import Tx
from integra_node.web.api.answers import ApiModel, json_answer
from integra_node.web.api.responses import Words, said
from integra_node.web.api.session import utc_text
from integra_node.web.context import context_of
from integra_node.web.visit import staff_of, visit_of
from integra_protocol.errors import NotFoundError


class TextItem(ApiModel):
    """One way to read it; ``ref`` is that of a translation by an entry of its own."""

    ref: str | None = None
    language: str
    method: str | None = None
    org: str
    reviewed_by_role: str | None = None
    at: str


class TranslationsAnswer(ApiModel):
    """The original first; ``texts`` are those of the original by their places."""

    language: str
    items: list[TextItem]
    texts: dict[str, str]


class TranslationBody(ApiModel):
    """A translation: ``texts`` by the places that the list of translations names."""

    language: str
    method: str
    reviewed_by_role: str | None = None
    texts: Annotated[dict[str, str], Field(min_length=1)]
    points_at_nobody: Words = Field(default_factory=list)


async def list_all(request: web.Request) -> web.Response:
    """List the languages in which a version can be read."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    language = visit_of(request).language

    def load(tx: Tx) -> tuple[Published, Reading | None]:
        found = library.read_published(tx, context.us, ref, staff=staff)
        return found, translations.reading(tx, found, wanted="", language=language, staff=staff)

    found, reading = await context.database.read(load)
    if reading is None or found.body is None:
        raise NotFoundError("there is no text to read")
    return json_answer(
        TranslationsAnswer(
            language=found.body.language,
            items=[_item(one) for one in reading.offered],
            texts=texts_of(found.body),
        )
    )


async def create(request: web.Request) -> web.Response:
    """Translate a version."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    return await said(
        request,
        lambda tx, body: translations.translate(tx, context.us, ref, body, staff=staff, now=now),
    )


def _item(one: Text) -> TextItem:
    return TextItem(
        ref=one.ref or None,
        language=one.language,
        method=one.method or None,
        org=one.org,
        reviewed_by_role=one.reviewed_by or None,
        at=utc_text(one.at),
    )
