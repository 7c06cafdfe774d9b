"""``integra search``: ask the library on the command line, or build the index anew."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import click

from integra_node.cli.frame import Invocation
from integra_node.cli.opened import open_index, open_node

if TYPE_CHECKING:
    from integra_node.actions.library import Found, FoundPage
    from integra_node.search.progress import Progress
    from integra_node.store.database import Tx

REBUILD: Final = "rebuild"
CATCH_UP: Final = "catch-up"
NICE: Final = 15
SAID_EVERY: Final = 1_000  # documents


@click.command()
@click.argument("words", nargs=-1)
@click.option("--kind", multiple=True)
@click.option("--language", multiple=True)
@click.option("--setting", multiple=True)
@click.option("--stage", multiple=True)
@click.option("--country", multiple=True)
@click.option("--org", multiple=True)
@click.option("--tlp", multiple=True)
@click.option("--evidence-min", type=click.IntRange(0, 5))
@click.option(
    "--sort",
    type=click.Choice(["relevance", "newest", "evidence"]),
    default="relevance",
    show_default=True,
)
@click.option("--page", default=1, type=click.IntRange(1, 50), show_default=True)
@click.option(
    "--expand/--only-these-words",
    default=True,
    show_default=True,
    help="Search for the concepts named by WORDS in other languages too.",
)
@click.option("--feedback", is_flag=True, help="Show texts that share words with the best too.")
@click.option("--nice", is_flag=True, hidden=True)
@click.option("--per-page", default=10, type=click.IntRange(1, 50), show_default=True)
@click.pass_obj
def search(
    invocation: Invocation,
    /,
    words: tuple[str, ...],
    nice: bool,  # noqa: FBT001 - a click option
    **asked: Any,  # noqa: ANN401 - click's options
) -> None:
    """Search the library for WORDS; ``integra search rebuild`` builds the index anew.

    ``integra search catch-up`` adds what is missing in it; a running node does that by itself.

    To search for the word itself write it in quotation marks: '"rebuild"'.
    """
    if nice:
        os.nice(NICE)  # whoever waits for an answer comes first
    if words == (REBUILD,):
        _rebuild(invocation)
        return
    if words == (CATCH_UP,):
        _catch_up(invocation)
        return
    found = _find(invocation, " ".join(words), asked)
    results = found.results
    said = {
        "total": results.total,
        "suggestion": results.suggestion,
        "expanded": list(results.expanded),
        "results": [_item(one) for one in found.items],
        "facets": {
            name: [{"value": one.value, "count": one.count} for one in values]
            for name, values in results.facets.items()
        },
    }
    more = [f"Did you mean: {results.suggestion}"] if results.suggestion else []
    if results.expanded:
        more.append(f"Also searched for: {', '.join(results.expanded)}")
    invocation.tell(said, f"{results.total} found", *more, *map(_line, found.items))


def _find(invocation: Invocation, words: str, asked: Mapping[str, Any]) -> FoundPage:
    from integra_node.actions.indexing import EVERY_READER
    from integra_node.actions.library import find
    from integra_node.search.audience import audience_for
    from integra_node.search.contract import SearchRequest

    request = SearchRequest(q=words, **asked)
    audience = audience_for({EVERY_READER})
    with open_node(invocation.home) as opened, open_index(opened) as index:
        return opened.database.read_now(lambda tx: find(tx, index, audience, request))


def _catch_up(invocation: Invocation) -> None:
    with open_node(invocation.home) as opened, open_index(opened) as index:
        watermark = index.watermark()
    invocation.tell({"watermark": watermark}, f"The index holds everything up to {watermark}.")


def _rebuild(invocation: Invocation) -> None:
    from integra_node.actions.indexing import (
        EVERY_READER,
        count_documents,
        every_document,
        newest_change,
    )
    from integra_node.search.audience import audience_for
    from integra_node.search.engine import INDEX_FOLDER
    from integra_node.search.progress import reported

    with open_node(invocation.home) as opened, open_index(opened, catch_up=False) as index:
        folder = opened.config.home / INDEX_FOLDER

        def build(tx: Tx) -> None:
            every = every_document(tx, opened.us)
            counted = reported(every, folder, count_documents(tx), _say_progress)
            index.build(counted, newest_change(tx))

        opened.database.read_now(build)
        count = index.count(audience_for({EVERY_READER}))
    invocation.tell({"documents": count}, f"The index was built anew: {count} documents.")


def _say_progress(progress: Progress) -> None:
    if progress.done % SAID_EVERY == 0 or progress.done == progress.total:
        click.echo(f"{progress.done:,} of {progress.total:,}", err=True)


def _item(one: Found) -> dict[str, Any]:
    return {
        "ref": one.mark.ref,
        "kind": one.kind,
        "title": one.headline.title,
        "snippet": _plain(one.hit.snippet),
        "language": one.headline.language,
        "org": one.mark.org,
        "country": list(one.headline.country),
        "evidence": one.headline.evidence,
        "published_at": one.mark.published_at,
        "score": one.hit.score,
    }


def _line(one: Found) -> str:
    title = "".join(c for c in one.headline.title if c.isprintable())
    return f"{one.mark.ref:32} {one.headline.language:3} {title}"


def _plain(segments: tuple[tuple[str, bool], ...]) -> str:
    return "".join(text for text, _ in segments)
