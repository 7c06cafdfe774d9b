"""What else is in the library: practices like this one, and who published what, from A to Z?"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from aiohttp import web

from integra_node.actions import library, library_browsing
from integra_node.web.code_names import CodeNames
from integra_node.web.context import context_of
from integra_node.web.rendering import page
from integra_node.web.sorting import initial, sort_key
from integra_node.web.visit import staff_of, visit_of

if TYPE_CHECKING:
    from integra_node.actions.library import Listed, Published
    from integra_node.actions.library_browsing import Organisation
    from integra_node.store.database import Tx

SIMILAR: Final = 10


async def similar(request: web.Request) -> web.Response:
    """Show the practices most like a published one."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]

    def load(tx: Tx) -> tuple[Published, tuple[Listed, ...]]:
        found = library.read_published(tx, context.us, ref, staff=staff)
        like = library_browsing.similar(tx, context.index, ref, staff=staff, limit=SIMILAR)
        return found, like

    found, like = await context.database.read(load)
    return await page(
        request,
        "similar.html",
        found=found,
        like=like,
        names=CodeNames(language=visit_of(request).language),
    )


async def organisations(request: web.Request) -> web.Response:
    """Show the members from A to Z with what they published."""
    staff, language = staff_of(request), visit_of(request).language
    found = await context_of(request).database.read(
        lambda tx: library_browsing.organisations(tx, staff=staff)
    )
    return await page(request, "organisations.html", letters=_by_letter(found, language))


def _by_letter(
    found: tuple[Organisation, ...], language: str
) -> list[tuple[str, list[Organisation]]]:
    ordered = sorted(found, key=lambda one: sort_key(one.org, language))
    grouped = groupby(ordered, key=lambda one: initial(one.org, language))
    return [(letter, list(members)) for letter, members in grouped]
