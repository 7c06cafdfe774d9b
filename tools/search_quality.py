"""How well does the search rank? MAP, nDCG@10 and P@10 beside plain BM25, for each engine.

Usage: ``search_quality.py [COLLECTIONS_FOLDER] [--engine NAME]``.  The folder holds ``cranfield/``
and ``cisi/`` in the SMART format; neither comes with the product.  Every fifth query is held out and
reported apart.  Then asks questions in seven languages of the sample library; without a folder that
is all.  Ends with 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from math import log1p
from pathlib import Path
from typing import Final, get_args

import search_multilingual
from integra_node.search import feedback, ranking, snapshot
from integra_node.search.audience import audience_for
from integra_node.search.contract import MAX_QUERY_CHARS, Document, SearchIndex, SearchRequest
from integra_node.search.engine import Engine, open_index
from integra_node.search.text import ANALYSER_VERSION
from integra_node.search.vocabulary import load_vocabulary
from judged import Collection, Measures, Query, measure, parts, read_collections

DEPTH: Final = 1_500  # results looked at: all documents of either collection
PLAIN_K1, PLAIN_B = 1.2, 0.75
BARS: Final[Mapping[tuple[str, bool], tuple[float, float]]] = {
    ("Cranfield", False): (0.315, 0.39),
    ("Cranfield", True): (0.33, 0.41),
    ("CISI", False): (0.215, 0.0),
    ("CISI", True): (0.23, 0.0),
}
"""Collection and whether with feedback, to the least MAP and nDCG@10 of the default engine."""

SHARE: Final = 0.95
"""What part of the default engine's figures the other must reach."""

_WORD: Final = re.compile(r"\w+")
_EVERYBODY: Final = audience_for({"all"})

Rank = Callable[[Query], Sequence[str]]


def plain_bm25(collection: Collection) -> Rank:
    """Return Okapi BM25 over lower-case words, without stemming or stop words."""
    counts = {text.id: Counter(_words(f"{text.title} {text.body}")) for text in collection.texts}
    postings: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for id_, words in counts.items():
        for word, count in words.items():
            postings[word].append((id_, count))
    lengths = {id_: words.total() for id_, words in counts.items()}
    average = sum(lengths.values()) / len(lengths)

    def rank(query: Query) -> Sequence[str]:
        scores: dict[str, float] = defaultdict(float)
        for word, times in Counter(_words(query.text)).items():
            held = postings.get(word, [])
            rarity = log1p((len(lengths) - len(held) + 0.5) / (len(held) + 0.5))
            for id_, count in held:
                norm = PLAIN_K1 * (1 - PLAIN_B + PLAIN_B * lengths[id_] / average)
                scores[id_] += times * rarity * count * (PLAIN_K1 + 1) / (count + norm)
        return sorted(scores, key=lambda id_: (-scores[id_], id_))

    return rank


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def fill(index: SearchIndex, collection: Collection) -> None:
    """Put a collection into index."""
    index.build(
        (
            Document(
                ref=text.id, seq=1, kind="practice", language="en", title=text.title, summary="",
                body=text.body, audience=frozenset({"all"}), org="o", country=(), settings=(),
                stages=(), evidence=-1, tlp="CLEAR", published_at=0,
            )
            for text in collection.texts
        ),
        1,
    )  # fmt: skip


def searched(index: SearchIndex, *, with_feedback: bool) -> Rank:
    """Return the search as a reader gets it."""

    def rank(query: Query) -> Sequence[str]:
        request = SearchRequest(
            q=query.text[:MAX_QUERY_CHARS], reader_languages=("en",), feedback=with_feedback
        )
        return index.refs(_EVERYBODY, request, DEPTH)

    return rank


def compare(collection: Collection, engines: Sequence[Engine], folder: Path) -> list[str]:
    """Print the table of one collection; return what misses a bar."""
    print(f"\n{collection.name}: {len(collection.texts)} documents")
    print(f"{'run':34} {'queries':>16} {'MAP':>6} {'nDCG@10':>8} {'P@10':>6}")
    _table("plain BM25, words as written", collection, plain_bm25(collection))
    default: dict[bool, Measures] = {}
    missed = []
    for engine in engines:
        index = open_index(folder / engine / collection.name, load_vocabulary(), engine)
        fill(index, collection)
        for with_feedback in (False, True):
            name = f"{engine}, {'feedback' if with_feedback else 'as it is'}"
            found = _table(name, collection, searched(index, with_feedback=with_feedback))
            bar, ndcg = BARS[collection.name, with_feedback]
            if engine == "whoosh":
                default[with_feedback] = found
            elif with_feedback in default:
                bar = SHARE * default[with_feedback].average_precision
                ndcg = SHARE * default[with_feedback].ndcg
            else:
                bar, ndcg = SHARE * bar, SHARE * ndcg
            if found.average_precision < bar or found.ndcg < ndcg:
                missed.append(
                    f"{collection.name}, {name}: MAP below {bar:.3f} or nDCG@10 {ndcg:.3f}"
                )
        index.close()
    return missed


def _table(name: str, collection: Collection, rank: Rank) -> Measures:
    ranked = {query.id: rank(query) for query in collection.queries}
    found = {
        part: measure(queries, lambda query: ranked[query.id])
        for part, queries in parts(collection.queries).items()
    }
    for part, one in found.items():
        line = f"{one.average_precision:6.3f} {one.ndcg:8.3f} {one.precision:6.3f}"
        print(f"{name:34} {part:>10} {one.queries:5} {line}", flush=True)
        name = ""
    return found["all"]


def say_settings(engines: Sequence[Engine]) -> None:
    """Print what the figures depend on."""
    versions = {"whoosh": "whoosh-reloaded", "tantivy": "tantivy"}
    print("engines: ", ", ".join(f"{name} {version(versions[name])}" for name in engines))
    print(f"default ranking: BM25 k1 {snapshot.K1}, b {snapshot.B} (tantivy: 1.2, 0.75, fixed)")
    print(f"analysis: version {ANALYSER_VERSION}, stop words, stemming, folding; any word counts")
    print(
        f"thesaurus: on; a concept weighs {ranking.CONCEPT_WEIGHT}, one below it "
        f"{ranking.NARROWER_WEIGHT} of a word"
    )
    print(
        f"feedback: RM3, {feedback.DOCUMENTS} documents, {feedback.TERMS} words, "
        f"{feedback.ORIGINAL_SHARE} of the weight stays with the words asked for"
    )
    print(f"relevance: binary; nothing was tuned on every {5}th query (held out)")


def main(argv: Sequence[str]) -> int:
    """Measure and print; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--engine", choices=get_args(Engine), action="append")
    options = parser.parse_args(argv)
    engines: tuple[Engine, ...] = tuple(options.engine or get_args(Engine))
    say_settings(engines)
    with tempfile.TemporaryDirectory(prefix="search-quality-") as folder:
        missed = [
            sentence
            for collection in (read_collections(options.folder) if options.folder else ())
            for sentence in compare(collection, engines, Path(folder))
        ]
        print(f"\n{search_multilingual.QUERIES.name}: SHA-256 {search_multilingual.fingerprint()}")
        for engine in engines:
            index = open_index(Path(folder) / engine / "library", load_vocabulary(), engine)
            missed += search_multilingual.report(engine, index)
            index.close()
    print("\n" + ("\n".join(missed) if missed else "all bars are met"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
