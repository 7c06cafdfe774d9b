"""What does the library speak of? Its concepts as a tree, and each with what speaks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from aiohttp import web

from integra_node.actions import library
from integra_node.search.concept_tree import Branch, concept_tree
from integra_node.search.contract import MAX_PAGE, SearchRequest
from integra_node.web.asked_words import Concept, concept_of
from integra_node.web.code_names import CodeNames
from integra_node.web.context import context_of
from integra_node.web.pager import Pager
from integra_node.web.rendering import page
from integra_node.web.sorting import sort_key
from integra_node.web.visit import staff_of, visit_of
from integra_protocol.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integra_node.search.vocabulary import Vocabulary

PER_PAGE: Final = 10
MAX_LEVELS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One concept of the tree with those below it, in the reader's order."""

    id: str
    label: str
    language: str
    count: int
    children: tuple[Node, ...]


async def show_tree(request: web.Request) -> web.Response:
    """Show every concept that something speaks of, under those above it."""
    context, language = context_of(request), visit_of(request).language
    tree = concept_tree(
        context.index.vocabulary,
        context.index.concepts(library.audience_of(staff_of(request))),
        (language,),
    )
    nodes = _ordered(tree, language)
    return await page(
        request,
        "concepts.html",
        trees=[one for one in nodes if one.children],
        leaves=[one for one in nodes if not one.children],
    )


async def show(request: web.Request) -> web.Response:
    """Show one concept: what lies above and below it, and what speaks of it."""
    context, staff = context_of(request), staff_of(request)
    names = CodeNames(language=visit_of(request).language)
    vocabulary, id_ = context.index.vocabulary, request.match_info["id"]
    if id_ not in vocabulary.concepts:
        raise NotFoundError("there is no such concept")
    number = _page(request.query.get("page", ""))
    wanted = SearchRequest(
        concept=(id_,),
        sort="newest",
        page=number,
        per_page=PER_PAGE,
        reader_languages=(names.language,),
    )
    found = await context.database.read(
        lambda tx: library.search(tx, context.index, wanted, staff=staff)
    )
    counts = context.index.concepts(library.audience_of(staff))
    total = found.results.total
    return await page(
        request,
        "concept.html",
        concept=concept_of(id_, names.language, vocabulary),
        also=vocabulary.concepts[id_].alternative.get(names.language, ()),
        above=_above(id_, names.language, vocabulary),
        below=_below(id_, counts, names.language, vocabulary),
        items=found.items,
        total=total,
        names=names,
        pager=Pager(
            page=number,
            last=min(MAX_PAGE, -(-total // PER_PAGE)),
            href=lambda n: f"/browse/concepts/{quote(id_)}?{urlencode({'page': n})}",
        ),
    )


def _ordered(branches: Iterable[Branch], language: str) -> tuple[Node, ...]:
    nodes = (
        Node(
            id=one.concept,
            label=one.label,
            language=one.language,
            count=one.count,
            children=_ordered(one.children, language),
        )
        for one in branches
    )
    return tuple(sorted(nodes, key=lambda one: sort_key(one.label, language)))


def _above(id_: str, language: str, vocabulary: Vocabulary) -> list[Concept]:
    """Return the first way up from a concept, topmost first."""
    way: list[str] = []
    while len(way) < MAX_LEVELS:
        broader = vocabulary.concepts[way[-1] if way else id_].broader
        if not broader or broader[0] in (*way, id_):
            break
        way.append(broader[0])
    return [concept_of(one, language, vocabulary) for one in reversed(way)]


def _below(
    id_: str, counts: dict[str, int], language: str, vocabulary: Vocabulary
) -> list[tuple[Concept, int]]:
    """Return the concepts right below one that something visible speaks of."""
    found = [
        (concept_of(one, language, vocabulary), count)
        for one, count in counts.items()
        if one in vocabulary.concepts and id_ in vocabulary.concepts[one].broader
    ]
    return sorted(found, key=lambda pair: sort_key(pair[0].label, language))


def _page(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    return min(max(number, 1), MAX_PAGE)
