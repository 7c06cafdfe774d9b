"""How does a reader see what changed between two versions, or what two practices have in common?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from integra_node.actions import library, practice_versions
from integra_node.rules.differences import fields
from integra_node.rules.messages import N_
from integra_node.rules.permissions import Action
from integra_node.search.contract import MAX_QUERY_CHARS, SearchRequest
from integra_node.web.code_names import CodeNames
from integra_node.web.context import WebContext, context_of
from integra_node.web.practice_fields import FieldWords, place_of
from integra_node.web.rendering import page
from integra_node.web.visit import staff_of, visit_of
from integra_protocol.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integra_node.actions.library import Found, Published
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx

MAX_CHOSEN: Final = 10
MAX_REF: Final = 128  # characters
_TWO: Final = N_("Choose two practices.")
_GONE: Final = N_("One of them is not in this library any more. Choose again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field of both practices: for each, the texts by language, or codes under ""."""

    label: str
    path: str
    cells: tuple[Mapping[str, str], Mapping[str, str]]

    @property
    def is_same(self) -> bool:
        """Whether both say the same."""
        return self.cells[0] == self.cells[1]


async def show_versions(request: web.Request) -> web.Response:
    """Show what changed between two versions, or what a draft of ours changes."""
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    names = CodeNames(language=visit_of(request).language)
    words = FieldWords(names=names)
    if "~" not in id_:
        draft = await context.database.read(
            lambda tx: practice_versions.changes_of_draft(tx, context.us, id_, staff=staff)
        )
        return await page(
            request, "practice_changes.html", row_id=id_, draft=draft, names=names, words=words
        )
    chosen = {name: request.query.get(name, "")[:MAX_REF] for name in ("before", "after")}
    changes = await context.database.read(
        lambda tx: practice_versions.changes(tx, context.us, id_, staff=staff, **chosen)
    )
    return await page(request, "practice_versions.html", changes=changes, names=names, words=words)


async def compare(request: web.Request) -> web.Response:
    """Show two practices side by side, or let the reader choose them."""
    context, staff = context_of(request), staff_of(request)
    refs = list(dict.fromkeys(ref[:MAX_REF] for ref in request.query.getall("ref", ())))
    refs = refs[:MAX_CHOSEN]
    q = request.query.get("q", "").strip()[:MAX_QUERY_CHARS]
    names = CodeNames(language=visit_of(request).language)
    choosing = "more" in request.query or len(refs) != 2
    chosen, results = await context.database.read(
        lambda tx: (
            _chosen(tx, context, refs, staff),
            _results(tx, context, q, names.language, staff) if choosing else (),
        )
    )
    if not choosing and len(chosen) == 2:
        words = FieldWords(names=names)
        rows = _rows(chosen, words)
        return await page(
            request, "practice_compare.html", chosen=chosen, rows=rows, names=names,
            words=words,
        )  # fmt: skip
    wrong = "" if "more" in request.query or (len(refs) == 1 and chosen) else _TWO
    wrong = _GONE if len(chosen) < len(refs) else wrong
    return await page(
        request,
        "practice_choose.html",
        status=400 if wrong and refs else 200,
        chosen=chosen,
        results=[one for one in results if one.mark.ref not in refs],
        q=q,
        wrong=wrong if refs else "",
        names=names,
    )


def _chosen(
    tx: Tx, context: WebContext, refs: Sequence[str], staff: Staff
) -> tuple[Published, ...]:
    staff.require(Action.READ_PRACTICE)
    found = []
    for ref in refs:
        try:
            one = library.read_published(tx, context.us, ref, staff=staff)
        except NotFoundError:
            continue
        if one.body is not None and one.newest.status != practice_versions.WITHDRAWN:
            found.append(one)
    return tuple(found)


def _results(tx: Tx, context: WebContext, q: str, language: str, staff: Staff) -> tuple[Found, ...]:
    if not q:
        return ()
    request = SearchRequest(q=q, kind=("practice",), reader_languages=(language,))
    return library.search(tx, context.index, request, staff=staff).items


def _rows(chosen: Sequence[Published], words: FieldWords) -> list[Row]:
    both = [fields(one.body) if one.body else {} for one in chosen]
    paths = dict.fromkeys(path for one in both for path in one)
    paths.pop("title", None)
    return [
        Row(
            label=words.label(path),
            path=path,
            cells=(both[0].get(path, {}), both[1].get(path, {})),
        )
        for path in sorted(paths, key=place_of)
    ]
