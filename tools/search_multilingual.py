"""Does a question in one language find practices in the others?

Asks the questions of ``tests/data/multilingual_queries.json`` of the sample library, with the
thesaurus off and on.  Part of ``search_quality.py``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

from integra_node.actions.indexing import practice_document
from integra_node.rules.practice import parse_practice
from integra_node.search.audience import audience_for
from integra_node.search.contract import Document, SearchIndex, SearchRequest
from judged import ndcg

ROOT: Final = Path(__file__).resolve().parent.parent
QUERIES: Final = ROOT / "tests" / "data" / "multilingual_queries.json"
LIBRARY: Final = ROOT / "examples" / "library" / "practices"
FIRST: Final = 5
MOST_WITHOUT: Final = 10
LEAST_WITH: Final = 40
MOST_LOST: Final = 0.01
_EVERYBODY: Final = audience_for({"all"})
_NOT_PRACTICE: Final = frozenset({"source_id", "owner_hint"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question and the grades, 2 or 1, of the practices that answer it."""

    id: str
    language: str
    text: str
    own: Mapping[str, float]
    foreign: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the questions find among the first five."""

    with_foreign: tuple[str, ...]
    """Ids of the questions with a relevant practice of another language there."""
    own_ndcg: float
    """Mean over the questions that have relevant practices in their own language."""
    questions: int


def read_questions() -> tuple[Question, ...]:
    """Return all questions."""
    return tuple(Question(**one) for one in json.loads(QUERIES.read_bytes())["queries"])


def fingerprint() -> str:
    """Return the SHA-256 of the file of questions."""
    return hashlib.sha256(QUERIES.read_bytes()).hexdigest()


def library() -> Iterator[Document]:
    """Yield the practices of the sample library as the index takes them in, by source_id."""
    for path in sorted(LIBRARY.glob("*.json")):
        data = json.loads(path.read_bytes())
        body = parse_practice({k: v for k, v in data.items() if k not in _NOT_PRACTICE})
        yield practice_document(
            body, ref=data["source_id"], org="sample", change=1, tlp="CLEAR", published_at=0
        )


def ask(index: SearchIndex, *, expand: bool) -> Outcome:
    """Ask everything of an index that holds the library."""
    questions = read_questions()
    with_foreign, own = [], []
    for one in questions:
        request = SearchRequest(q=one.text, expand=expand, reader_languages=(one.language,))
        first = index.refs(_EVERYBODY, request, FIRST)
        if any(ref in one.foreign for ref in first):
            with_foreign.append(one.id)
        if one.own:
            own.append(ndcg(first, one.own, FIRST))
    return Outcome(with_foreign=tuple(with_foreign), own_ndcg=fmean(own), questions=len(questions))


def report(name: str, index: SearchIndex) -> list[str]:
    """Print what index finds with the thesaurus off and on; return what misses a bar."""
    index.build(library(), 1)
    off, on = ask(index, expand=False), ask(index, expand=True)
    for word, outcome in (("off", off), ("on", on)):
        print(
            f"{name}, thesaurus {word:3}  {len(outcome.with_foreign):2} of {outcome.questions} find "
            f"another language in the first five; own language nDCG@5 {outcome.own_ndcg:.3f}"
        )
    missed = []
    if len(off.with_foreign) > MOST_WITHOUT:
        missed.append(f"{name}: more than {MOST_WITHOUT} without thesaurus")
    if len(on.with_foreign) < LEAST_WITH:
        missed.append(f"{name}: fewer than {LEAST_WITH} with thesaurus")
    if on.own_ndcg < off.own_ndcg - MOST_LOST:
        missed.append(f"{name}: the own language loses more than {MOST_LOST}")
    return missed
