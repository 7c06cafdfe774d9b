"""What does a tantivy index hold at one moment, and which of it may a reader see?

The counterpart of `snapshot`: a `TantivySnapshot` is one generation, a `TantivyView` the part of it
one audience may see.  How rare a word is counts over the visible documents alone, as with the
default engine; only the average length of a text, a single number, is that of all documents.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from math import log1p
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from tantivy import (
    DocAddress,
    Filter,
    Index,
    Occur,
    Order,
    Query,
    Schema,
    SchemaBuilder,
    Searcher,
    TextAnalyzerBuilder,
    Tokenizer,
)

from integra_node.search.audience import Audience
from integra_node.search.contract import FACETS
from integra_node.search.indexing import unpacked_texts
from integra_node.search.query import Clause, Phrase
from integra_node.search.ranking import MAX_PREFIX_WORDS, words_from
from integra_node.search.snapshot import MAX_VIEWS

GAP: Final = "_"
"""Stands where a word without term was; never a word itself."""

MAX_VALUES_COUNTED: Final = 5_000
"""Values of one facet that are told apart."""

_ANALYSER: Final = "terms"
_RAW: Final = "raw"

Scored: TypeAlias = "list[tuple[float, DocAddress]]"


def schema() -> Schema:
    """Return the fields of an index."""
    builder = SchemaBuilder()
    builder.add_text_field("ref", stored=True, tokenizer_name=_RAW, index_option="basic")
    builder.add_text_field("text", tokenizer_name=_ANALYSER, index_option="position")
    builder.add_text_field("title", tokenizer_name=_ANALYSER, index_option="position")
    builder.add_text_field("surface", tokenizer_name=_RAW, index_option="basic")
    builder.add_text_field("concept", tokenizer_name=_ANALYSER, index_option="freq")
    builder.add_text_field("audience", tokenizer_name=_RAW, index_option="basic")
    for name in FACETS:
        builder.add_text_field(
            name, stored=name == "language", tokenizer_name=_RAW, index_option="basic", fast=True
        )
    builder.add_unsigned_field("newest", fast=True)
    builder.add_bytes_field("texts", stored=True)
    return builder.build()


def new_index(fields: Schema, folder: Path | None) -> Index:
    """Return the index in folder, or one in memory; of equally good results the newer is first."""
    path = None if folder is None else str(folder)
    index = Index(fields, path=path, sort_by_field="newest", sort_order=Order.Desc)
    index.config_reader("manual")  # we know when there is something new; nobody watches the folder
    # our own analysers have made the terms: they are only cut apart
    builder = TextAnalyzerBuilder(Tokenizer.whitespace())
    index.register_tokenizer(_ANALYSER, builder.filter(Filter.custom_stopword([GAP])).build())
    return index


def any_of(queries: Sequence[Query]) -> Query:
    """Return what answers one of queries, at its best score."""
    return queries[0] if len(queries) == 1 else Query.disjunction_max_query(queries)


def all_of(queries: Iterable[Query]) -> Query:
    """Return what answers all of queries."""
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def unscored(query: Query) -> Query:
    """Return query as a mere condition."""
    return Query.const_score_query(query, 0.0)


class Stored(NamedTuple):
    """What is stored of a document."""

    ref: str
    language: str
    texts: list[str]
    """Title, summary and body."""


class TantivySnapshot:
    """One generation of the index."""

    def __init__(self, searcher: Searcher, index_schema: Schema, size: int) -> None:
        """Keep a searcher; size is how many documents it holds, deleted ones included."""
        self.searcher = searcher
        self.schema = index_schema
        self.size = size
        self.has_deleted = size != searcher.num_docs
        self._views: OrderedDict[Audience, TantivyView] = OrderedDict()
        self._lock = threading.Lock()  # guards _views
        self._memo: dict[str, tuple[str, ...]] = {}

    def view(self, audience: Audience) -> TantivyView:
        """Return what audience may see; the latest views are kept."""
        with self._lock:
            view = self._views.get(audience)
            if view is not None:
                self._views.move_to_end(audience)
                return view
        view = TantivyView(self, audience)
        with self._lock:
            self._views[audience] = view
            while len(self._views) > MAX_VIEWS:
                self._views.popitem(last=False)
        return view

    def languages(self) -> tuple[str, ...]:
        """Return the languages that documents are in."""
        return self._once("languages", lambda: self._terms("language"))

    def surfaces(self) -> tuple[str, ...]:
        """Return all folded words as written, sorted."""
        return self._once("surfaces", lambda: self._terms("surface"))

    def counts_by_org(self) -> dict[str, int]:
        """Return how many documents of each organisation are there, whoever may see them."""
        return dict(sorted(self.values(Query.all_query(), ["org"])["org"]))

    def values(self, query: Query, facets: Iterable[str]) -> dict[str, list[tuple[str, int]]]:
        """Return how many answers of query have each value of facets."""
        asked = {name: {"terms": {"field": name, "size": MAX_VALUES_COUNTED}} for name in facets}
        if not asked or not self.searcher.num_docs:
            return {name: [] for name in asked}
        found = self.searcher.aggregate(query, asked)
        return {
            name: [(one["key"], one["doc_count"]) for one in found[name]["buckets"]]
            for name in asked
        }

    def texts(self, address: DocAddress) -> list[str]:
        """Return title, summary and body of a document."""
        return unpacked_texts(self.stored(address, "texts"))

    def row(self, address: DocAddress) -> Stored:
        """Return what is stored of a document, read once."""
        found = self.searcher.doc(address)
        return Stored(
            ref=str(found.get_first("ref")),
            language=str(found.get_first("language")),
            texts=unpacked_texts(bytes(found.get_first("texts") or b"")),
        )

    def stored(self, address: DocAddress, field: str) -> Any:  # noqa: ANN401  bytes or str by field
        """Return the value of a stored field."""
        return self.searcher.doc(address).get_first(field)

    def _terms(self, field: str) -> tuple[str, ...]:
        return tuple(sorted(term for term, _ in self.searcher.terms_with_prefix(field, "")))

    def _once(self, name: str, make: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        # two threads may both compute it; the results are equal
        if name not in self._memo:
            self._memo[name] = make()
        return self._memo[name]


class TantivyView:
    """What one audience may see of a snapshot."""

    def __init__(self, snapshot: TantivySnapshot, audience: Audience) -> None:
        self.snapshot = snapshot
        self._schema, self._searcher = snapshot.schema, snapshot.searcher
        tokens = sorted(audience.tokens)
        self._visible = unscored(Query.term_set_query(self._schema, "audience", tokens))
        self._sees_all = False
        self.count = self.seen(Query.all_query()) if tokens else 0
        self._sees_all = bool(tokens) and self.count == self._searcher.num_docs

    def restricted(self, query: Query) -> Query:
        """Return query for the visible documents alone."""
        return query if self._sees_all else all_of([query, self._visible])

    def seen(self, query: Query) -> int:
        """Return how many visible documents answer query."""
        found = self._searcher.search(self.restricted(query), 1, count=True)
        return int(found.count)  # type: ignore[attr-defined]  # missing in the stub

    def best(self, query: Query, limit: int) -> Scored:
        """Return the score and place of the best visible answers."""
        return self._searcher.search(self.restricted(query), limit, count=False).hits

    def best_of(self, query: Query, limit: int) -> tuple[int, Scored]:
        """Return how many visible answers there are, and the best of them."""
        found = self._searcher.search(self.restricted(query), limit, count=True)
        return int(found.count), found.hits  # type: ignore[attr-defined]  # missing in the stub

    def newest(self, query: Query, limit: int) -> tuple[int, Scored]:
        """Return how many visible answers there are, and the newest of them, without score."""
        asked = self.restricted(query)
        found = self._searcher.search(asked, limit, count=True, order_by_field="newest")
        hits = [(0.0, address) for _, address in found.hits]
        return int(found.count), hits  # type: ignore[attr-defined]  # missing in the stub

    def holding(self, field: str, terms: Sequence[str]) -> int:
        """Return how many visible documents hold one of terms, whose languages differ."""
        if self._sees_all:
            most = sum(self._searcher.doc_freq(field, term) for term in terms)
            if not most or not self.snapshot.has_deleted:
                return min(most, self.count)
        return self.seen(Query.term_set_query(self._schema, field, list(terms)))

    def rarity(self, holders: int) -> float:
        """Return the weight of a term that so many visible documents hold."""
        return log1p((self.count - holders + 0.5) / (holders + 0.5))

    def term(self, field: str, term: str, weight: float, holders: int) -> Query:
        """Return the scored query of one term, as rare as if only holders had it."""
        option = "freq" if field == "concept" else "position"
        query = Query.term_query(self._schema, field, term, option)
        own = self._own_rarity(self._searcher.doc_freq(field, term))
        return Query.boost_query(query, weight * self.rarity(holders) / own)

    def clause(self, clause: Clause) -> Query | None:
        """Return the scored query of a clause; None if no visible document answers it."""
        if clause.phrases:
            return self._phrases(clause)
        field = clause.field
        surface = "surface" if field == "text" else field
        terms = [term for term in clause.terms if self._searcher.doc_freq(field, term)]
        holders = self.holding(field, terms) if terms else 0
        if clause.prefix:
            return self._prefix(clause, terms, surface)
        if holders:
            return any_of([self.term(field, term, clause.weight, holders) for term in terms])
        if clause.surface and (holders := self.holding(surface, [clause.surface])):
            condition = Query.term_query(self._schema, surface, clause.surface)
            return Query.const_score_query(condition, clause.weight * self.rarity(holders))
        return None

    def concept_condition(self, concepts: Sequence[str]) -> Query:
        """Return what speaks of one of concepts or of one below it."""
        terms = [term for id_ in concepts for term in (id_, "^" + id_)]
        return unscored(Query.term_set_query(self._schema, "concept", terms))

    def concept_counts(self) -> dict[str, int]:
        """Return how many visible documents speak of each concept or of one below it."""
        found = self._searcher.terms_with_prefix("concept", "", self._filter())
        counts = {term: count for term, count in found if count}
        ids = {term.removeprefix("^") for term in counts}
        both = {id_ for id_ in ids if id_ in counts and "^" + id_ in counts}
        return {
            id_: self.seen(self.concept_condition([id_]))
            if id_ in both
            else counts.get(id_, 0) or counts["^" + id_]
            for id_ in sorted(ids)
        }

    def filtered(self, field: str, values: Sequence[str]) -> Query:
        """Return the condition that a field has one of values."""
        return unscored(Query.term_set_query(self._schema, field, list(values)))

    def find(self, ref: str) -> DocAddress | None:
        """Return the place of a visible document."""
        found = self.best(Query.term_query(self._schema, "ref", ref), 1)
        return found[0][1] if found else None

    # ------------------------------------------------------------------ words

    def count_word(self, word: str) -> int:
        """Return how many visible documents hold the folded word."""
        return self.holding("surface", [word])

    def starting(self, prefix: str, most: int) -> list[tuple[str, int]]:
        """Return the commonest folded words that begin with prefix, and who holds each."""
        return self._searcher.terms_with_prefix("surface", prefix, self._filter(), most)

    def texts_with(self, word: str) -> Sequence[str]:
        """Return the texts of one visible document that holds the folded word."""
        found = self.best(Query.term_query(self._schema, "surface", word), 1)
        return self.snapshot.texts(found[0][1]) if found else ()

    def _filter(self) -> Query | None:
        if self._sees_all:
            # counts without a filter include what was deleted and is not yet gone
            return Query.all_query() if self.snapshot.has_deleted else None
        return self._visible

    def _own_rarity(self, holders: int) -> float:
        """Return the weight that tantivy itself gives a term with so many holders."""
        return log1p((self.snapshot.size - holders + 0.5) / (holders + 0.5))

    def _phrases(self, clause: Clause) -> Query | None:
        found = [query for phrase in clause.phrases if (query := self._phrase(clause, phrase))]
        return any_of(found) if found else None

    def _phrase(self, clause: Clause, phrase: Phrase) -> Query | None:
        field = clause.field
        if len(phrase) == 1:
            term = phrase[0][1]
            holders = self.holding(field, [term])
            return self.term(field, term, clause.weight, holders) if holders else None
        query = Query.phrase_query(self._schema, field, list(phrase))
        holders = self.seen(query)
        if not holders:
            return None
        own = sum(self._own_rarity(self._searcher.doc_freq(field, term)) for _, term in phrase)
        return Query.boost_query(query, clause.weight * self.rarity(holders) / own)

    def _prefix(self, clause: Clause, terms: Sequence[str], surface: str) -> Query | None:
        words = words_from(clause.prefix, self.snapshot.surfaces())[:MAX_PREFIX_WORDS]
        found = [
            Query.term_set_query(self._schema, field, list(some))
            for field, some in ((clause.field, terms), (surface, words))
            if some
        ]
        holders = self.seen(any_of(found)) if found else 0
        if not holders:
            return None
        return Query.const_score_query(any_of(found), clause.weight * self.rarity(holders))
