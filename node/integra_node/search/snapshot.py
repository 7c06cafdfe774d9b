"""What does the index hold at one moment, and which of it may a reader see?

A `Snapshot` is one generation of the index: its segments as one row of document numbers, with the
columns that filters, facets and ranking need in memory.  A `View` is the part of it one audience
may see.  Both never change and are shared between threads.
"""

from __future__ import annotations

import json
import threading
import zlib
from array import array
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress, islice, repeat, takewhile
from typing import Any, Final, Generic, NamedTuple, TypeVar

from integra_node.search.audience import Audience
from integra_node.search.codec import Postings, read_extent, unpack

MAX_VIEWS: Final = 32
"""Audiences whose view is kept; one view takes 33 bytes a document."""

K1: Final = 1.6
B: Final = 0.75
"""Okapi BM25: how soon repeats stop counting, and how much length does."""

GROUPS: Final = (("kind", "language", "evidence", "tlp"), ("setting", "stage"), ("org", "country"))
"""Facets counted together, because few combinations of their values occur."""

_LANGUAGE: Final = GROUPS[0].index("language")

T = TypeVar("T")

_START_BITS: Final = 18
_START_LEAD: Final = 1 << 16  # a phrase may begin before the first word of a text

Values = tuple[tuple[str, ...], ...]
"""The values of one document in the facets of one group, several in a multi-valued facet."""


class Meta(NamedTuple):
    """What the meta column holds of each document, as JSON."""

    ref: str
    audience: list[str]
    groups: list[list[list[str]]]
    published_at: int
    evidence: int
    length: int
    """Words that count, at least 1."""

    def encode(self) -> bytes:
        """Return the column's bytes."""
        return json.dumps(self, ensure_ascii=False, separators=(",", ":")).encode()


class Codes(Generic[T]):
    """Numbers for values that many documents share; only ever grows."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._numbers: dict[T, int] = {}
        self._lock = threading.Lock()

    def number(self, value: T) -> int:
        """Return the number of value, giving it the next one if it is new."""
        number = self._numbers.get(value)
        if number is None:
            with self._lock:
                number = self._numbers.setdefault(value, len(self.values))
                if number == len(self.values):
                    self.values.append(value)
        return number


class CodeBook:
    """The numbers used in the columns of one open index."""

    def __init__(self) -> None:
        self.audiences: Codes[frozenset[str]] = Codes()
        self.groups: tuple[Codes[Values], ...] = tuple(Codes() for _ in GROUPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """One value for each document, by document number."""

    refs: list[str]
    audiences: array[int]
    groups: tuple[array[int], ...]
    published: array[int]
    evidence: array[int]
    lengths: array[int]


def read_columns(rows: Iterable[bytes], book: CodeBook) -> Columns:
    """Return the columns that the rows of the meta column spell out."""
    columns = _empty_columns()
    for row in rows:
        meta = Meta(*json.loads(row))
        columns.refs.append(meta.ref)
        columns.audiences.append(book.audiences.number(frozenset(meta.audience)))
        for codes, column, values in zip(book.groups, columns.groups, meta.groups, strict=True):
            column.append(codes.number(tuple(map(tuple, values))))
        columns.published.append(meta.published_at)
        columns.evidence.append(meta.evidence)
        columns.lengths.append(meta.length)
    return columns


def _empty_columns() -> Columns:
    return Columns(
        refs=[],
        audiences=array("I"),
        groups=tuple(array("I") for _ in GROUPS),
        published=array("q"),
        evidence=array("b"),
        lengths=array("I"),
    )


class Segment:
    """One immutable part of the index: term dictionary, posting lists, columns, texts."""

    def __init__(self, storage: Any, segment: Any, schema: Any, book: CodeBook) -> None:  # noqa: ANN401
        codec = segment.codec()
        self.id: str = segment.segment_id()
        self.size: int = segment.doc_count_all()
        self._terms = codec.terms_reader(storage, segment)
        self._postings = segment.open_file(storage, codec.POSTS_EXT)
        documents = codec.per_document_reader(storage, segment)
        meta = documents.column_reader("meta", schema["meta"].column_type)
        self.columns = read_columns(meta, book)
        self._texts = documents.column_reader("texts", schema["texts"].column_type)

    def postings(self, field: str, term: str) -> Postings | None:
        """Return the posting list of term, in this segment's document numbers."""
        key = (field, term.encode())
        if key not in self._terms:
            return None
        return unpack(read_extent(self._postings, self._terms.term_info(*key)))

    def terms_from(self, field: str, prefix: str) -> Iterator[str]:
        """Yield the terms of field that begin with prefix, in order."""
        start = prefix.encode()
        for name, term in self._terms.terms_from(field, start):
            if name != field or not term.startswith(start):
                return
            yield term.decode()

    def texts(self, number: int) -> list[str]:
        """Return title, summary and body of a document."""
        texts: list[str] = json.loads(zlib.decompress(self._texts[number]))
        return texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The visible documents that hold a term, in the snapshot's document numbers."""

    ids: Sequence[int]
    counts: Sequence[int]
    """Occurrences in each."""


class View:
    """What one audience may see of a snapshot."""

    def __init__(self, snapshot: Snapshot, audience: Audience) -> None:
        held = audience.tokens
        shown = bytes(not held.isdisjoint(tokens) for tokens in snapshot.book.audiences.values)
        visible = bytearray(map(shown.__getitem__, snapshot.columns.audiences))
        for number in snapshot.deleted:
            visible[number] = 0
        lengths = snapshot.columns.lengths
        self.snapshot = snapshot
        self.visible = bytes(visible)
        self.count = self.visible.count(1)
        self._all = self.count == len(lengths)
        average = sum(compress(lengths, visible)) / max(self.count, 1) or 1.0
        base, slope = K1 * (1 - B), K1 * B / average
        self.norms = [base + slope * length for length in lengths]

    def ids(self) -> list[int]:
        """Return the numbers of all visible documents."""
        return list(compress(range(len(self.visible)), self.visible))

    def find(self, field: str, term: str) -> Found:
        """Return the visible documents that hold term."""
        ids: list[int] = []
        counts: list[int] = []
        for base, postings in self.snapshot.postings(field, term):
            ids.extend(_shifted(postings.ids, base))
            counts.extend(postings.counts or array("B", b"\x01") * len(postings.ids))
        if not self._all and ids:
            mask = list(map(self.visible.__getitem__, ids))
            ids, counts = list(compress(ids, mask)), list(compress(counts, mask))
        return Found(ids=ids, counts=counts)

    def starts(self, field: str, term: str, offset: int, wanted: frozenset[int]) -> set[int]:
        """Return where a phrase with term at offset could start in the wanted documents.

        A start is one number of document and word, so that phrases are intersections of sets;
        `document_of` gives the document back.
        """
        starts: set[int] = set()
        for base, postings in self.snapshot.postings(field, term):
            if postings.positions is None:
                continue
            ids = _shifted(postings.ids, base)
            counts = postings.counts
            numbers = chain.from_iterable(map(repeat, ids, counts)) if counts else iter(ids)
            lead = _START_LEAD - offset
            starts.update(
                (number << _START_BITS) + place + lead
                for number, place in zip(numbers, postings.positions, strict=True)
                if number in wanted
            )
        return starts

    def count_word(self, word: str) -> int:
        """Return how many visible documents hold the folded word."""
        return len(self.find("surface", word).ids)

    def starting(self, prefix: str, most: int) -> Iterator[tuple[str, int]]:
        """Yield folded words that begin with prefix and how many visible documents hold each."""
        words = self.snapshot.surfaces()
        near = islice(words, bisect_left(words, prefix), None)
        for word in islice(takewhile(lambda one: one.startswith(prefix), near), most):
            yield word, self.count_word(word)

    def texts_with(self, word: str) -> Sequence[str]:
        """Return the texts of one visible document that holds the folded word."""
        for number in self.find("surface", word).ids[:1]:
            return self.snapshot.texts(number)
        return ()


def document_of(start: int) -> int:
    """Return the document number in one of `View.starts`."""
    return start >> _START_BITS


class Snapshot:
    """One generation of the index."""

    def __init__(
        self,
        *,
        generation: int,
        segments: Sequence[Segment],
        deleted: Sequence[Iterable[int]],
        book: CodeBook,
    ) -> None:
        self.generation = generation
        self.segments = tuple(segments)
        self.book = book
        self._bases = _bases(segments)
        self.columns = _joined([segment.columns for segment in segments])
        self.deleted = frozenset(
            base + number
            for base, numbers in zip(self._bases, deleted, strict=True)
            for number in numbers
        )
        self._views: OrderedDict[Audience, View] = OrderedDict()
        self._lock = threading.Lock()  # guards _views
        self._memo: dict[str, tuple[str, ...]] = {}

    def view(self, audience: Audience) -> View:
        """Return what audience may see; the latest views are kept."""
        with self._lock:
            view = self._views.get(audience)
            if view is not None:
                self._views.move_to_end(audience)
                return view
        view = View(self, audience)
        with self._lock:
            self._views[audience] = view
            while len(self._views) > MAX_VIEWS:
                self._views.popitem(last=False)
        return view

    def postings(self, field: str, term: str) -> Iterator[tuple[int, Postings]]:
        """Yield (number of the segment's first document, posting list) where term occurs."""
        for base, segment in zip(self._bases, self.segments, strict=True):
            postings = segment.postings(field, term)
            if postings is not None:
                yield base, postings

    def texts(self, number: int) -> list[str]:
        """Return title, summary and body of a document."""
        for base, segment in zip(self._bases, self.segments, strict=True):
            if number < base + segment.size:
                return segment.texts(number - base)
        raise IndexError(number)

    def language(self, number: int) -> str:
        """Return the language of a document, ISO 639-1."""
        return self.book.groups[0].values[self.columns.groups[0][number]][_LANGUAGE][0]

    def languages(self) -> tuple[str, ...]:
        """Return the languages that documents are in."""
        return self._once("languages", self._count_languages)

    def surfaces(self) -> tuple[str, ...]:
        """Return all folded words as written, sorted."""
        return self._once("surfaces", self._collect_surfaces)

    def counts_by_org(self) -> dict[str, int]:
        """Return how many documents of each organisation are there, whoever may see them."""
        group = next(at for at, names in enumerate(GROUPS) if "org" in names)
        place = GROUPS[group].index("org")
        column, values = self.columns.groups[group], self.book.groups[group].values
        counts: Counter[str] = Counter()
        counts.update(values[code][place][0] for code in column)
        counts.subtract(values[column[number]][place][0] for number in self.deleted)
        return {org: count for org, count in sorted(counts.items()) if count}

    def _once(self, name: str, make: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        # two threads may both compute it; the results are equal
        if name not in self._memo:
            self._memo[name] = make()
        return self._memo[name]

    def _count_languages(self) -> tuple[str, ...]:
        values = self.book.groups[0].values
        return tuple(sorted({values[code][_LANGUAGE][0] for code in set(self.columns.groups[0])}))

    def _collect_surfaces(self) -> tuple[str, ...]:
        words: set[str] = set()
        for segment in self.segments:
            words.update(segment.terms_from("surface", ""))
        return tuple(sorted(words))


def _shifted(ids: array[int], base: int) -> Sequence[int]:
    return [base + number for number in ids] if base else ids


def _bases(segments: Sequence[Segment]) -> tuple[int, ...]:
    bases = [0]
    for segment in segments:
        bases.append(bases[-1] + segment.size)
    return tuple(bases[:-1])


def _joined(parts: Sequence[Columns]) -> Columns:
    if len(parts) == 1:
        return parts[0]
    whole = _empty_columns()
    for part in parts:
        whole.refs.extend(part.refs)
        whole.audiences.extend(part.audiences)
        for column, addition in zip(whole.groups, part.groups, strict=True):
            column.extend(addition)
        whole.published.extend(part.published)
        whole.evidence.extend(part.evidence)
        whole.lengths.extend(part.lengths)
    return whole
