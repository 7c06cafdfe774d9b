"""What is a judged collection, and how good is a ranking of it?

Reads the two collections in the SMART format, Cranfield and CISI, and computes the usual measures.
Neither collection is part of the product.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from pathlib import Path
from statistics import fmean
from typing import Final

CUT: Final = 10
HELD_OUT: Final = 5
"""Every so many-th query is held out: nothing was ever tuned on it."""

_ITEM: Final = re.compile(r"^\.I +(\d+)\s*$", re.MULTILINE)
_FIELD: Final = re.compile(r"^\.([A-Z])\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One document of a collection."""

    id: str
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question with the grade of every relevant document, above 0."""

    id: str
    text: str
    grades: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Documents and judged questions."""

    name: str
    texts: tuple[Text, ...]
    queries: tuple[Query, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Means over queries, each 0 to 1."""

    average_precision: float
    ndcg: float
    precision: float
    queries: int


def read_collections(folder: Path) -> list[Collection]:
    """Return Cranfield and CISI, as far as they lie in folder.

    Raises:
        FileNotFoundError: there is neither.
    """
    found = [
        read(folder / name)
        for name, read in (("cranfield", read_cranfield), ("cisi", read_cisi))
        if (folder / name).is_dir()
    ]
    if not found:
        raise FileNotFoundError(f"there is no cranfield or cisi in {folder}")
    return found


def read_cranfield(folder: Path) -> Collection:
    """Return the 1,400 abstracts; a query's number in the judgements is its place."""
    grades: dict[str, dict[str, float]] = {}
    for line in _lines(folder / "cranqrel"):
        query, document, code = line.split()
        if int(code) > 0:
            grades.setdefault(query, {})[document] = 1.0
    asked = ((str(at), fields) for at, (_, fields) in enumerate(_items(folder / "cran.qry"), 1))
    return _collection("Cranfield", folder / "cran.all.1400", asked, grades)


def read_cisi(folder: Path) -> Collection:
    """Return the 1,460 documents and the 76 queries that were judged."""
    grades: dict[str, dict[str, float]] = {}
    for line in _lines(folder / "CISI.REL"):
        query, document = line.split()[:2]
        grades.setdefault(query, {})[document] = 1.0
    return _collection("CISI", folder / "CISI.ALL", _items(folder / "CISI.QRY"), grades)


def _collection(
    name: str,
    documents: Path,
    asked: Iterable[tuple[str, Mapping[str, str]]],
    grades: Mapping[str, Mapping[str, float]],
) -> Collection:
    # Cranfield's abstracts begin with their title once more: that is how the collection is
    texts = [
        Text(id=id_, title=fields.get("T", ""), body=fields.get("W", ""))
        for id_, fields in _items(documents)
    ]
    queries = [
        Query(id=id_, text=" ".join(filter(None, (fields.get("T"), fields.get("W")))), grades=known)
        for id_, fields in asked
        if (known := grades.get(id_))
    ]
    return Collection(name=name, texts=tuple(texts), queries=tuple(queries))


def _items(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    parts = _ITEM.split(path.read_text(encoding="latin-1"))[1:]
    for id_, text in zip(parts[::2], parts[1::2], strict=True):
        pieces = _FIELD.split(text)[1:]
        fields: dict[str, str] = {}
        for name, value in zip(pieces[::2], pieces[1::2], strict=True):
            fields.setdefault(name, " ".join(value.split()))
        yield str(int(id_)), fields


def _lines(path: Path) -> Iterator[str]:
    return (line for line in path.read_text(encoding="latin-1").splitlines() if line.strip())


def average_precision(ranked: Sequence[str], relevant: Iterable[str]) -> float:
    """Return the mean of the precisions at each relevant document."""
    wanted, found, total = set(relevant), 0, 0.0
    for place, id_ in enumerate(ranked, 1):
        if id_ in wanted:
            found += 1
            total += found / place
    return total / len(wanted)


def ndcg(ranked: Sequence[str], grades: Mapping[str, float], cut: int = CUT) -> float:
    """Return the discounted gain of the first results beside the best possible."""
    best = sorted(grades.values(), reverse=True)
    return _gain([grades.get(id_, 0.0) for id_ in ranked[:cut]]) / _gain(best[:cut])


def _gain(grades: Iterable[float]) -> float:
    return sum(grade / log2(place + 1) for place, grade in enumerate(grades, 1))


def measure(queries: Sequence[Query], rank: Callable[[Query], Sequence[str]]) -> Measures:
    """Return how good the rankings of all queries are."""
    ranked = [(query, rank(query)) for query in queries]
    return Measures(
        average_precision=fmean(average_precision(ids, q.grades) for q, ids in ranked),
        ndcg=fmean(ndcg(ids, q.grades) for q, ids in ranked),
        precision=fmean(sum(id_ in q.grades for id_ in ids[:CUT]) / CUT for q, ids in ranked),
        queries=len(ranked),
    )


def parts(queries: Sequence[Query]) -> dict[str, list[Query]]:
    """Return all queries, those that may be tuned on, and those held out."""
    held = list(queries[HELD_OUT - 1 :: HELD_OUT])
    return {
        "all": list(queries),
        "seen": [query for query in queries if query not in held],
        "held out": held,
    }
