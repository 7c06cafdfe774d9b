"""What does a search engine of ours take in, and what does it answer?

The store's side hands over `Document`s, the pages' side a `SearchRequest`; whatever engine lies
beneath keeps the promises written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from integra_node.search.audience import Audience, checked_tokens
from integra_node.search.vocabulary import Vocabulary
from integra_protocol.errors import InputError

MAX_TITLE_CHARS: Final = 500
MAX_SUMMARY_CHARS: Final = 5_000
MAX_BODY_CHARS: Final = 200_000
MAX_VALUE_CHARS: Final = 200
"""Characters of a filter value, code or ref."""
MAX_VALUES: Final = 64
"""Values of one multi-valued field or filter."""
MAX_QUERY_CHARS: Final = 2_000
MAX_PAGE: Final = 50
MAX_PER_PAGE: Final = 50
MAX_BATCH: Final = 10_000
"""Documents and removals of one `SearchIndex.apply`."""
MAX_SUGGESTIONS: Final = 20
MAX_SIMILAR: Final = 20
MAX_LISTED: Final = 10_000
"""Refs of one `SearchIndex.refs`."""

Sort = Literal["relevance", "newest", "evidence"]
Segments = tuple[tuple[str, bool], ...]
"""Consecutive pieces of plain text; true marks what matched.  Never markup."""

FACETS: Final = ("kind", "language", "setting", "stage", "country", "org", "evidence", "tlp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One published item as the store hands it over.

    Raises:
        InputError: a code or ref is overlong, a list too long, an audience token malformed.
    """

    ref: str
    """Unique: "org~epoch~index"."""
    seq: int
    """Change number of the row; of two versions the higher counts."""
    kind: str
    language: str
    title: str
    summary: str
    body: str
    audience: frozenset[str]
    """Visible to whoever holds one of these tokens; without any, to nobody."""
    org: str
    country: tuple[str, ...]
    settings: tuple[str, ...]
    stages: tuple[str, ...]
    evidence: int
    """0 to 5; -1 for none."""
    tlp: str
    published_at: int
    """Unix seconds."""

    def __post_init__(self) -> None:
        checked_tokens(self.audience)
        _check_texts((self.ref, self.kind, self.language, self.org, self.tlp))
        for values in (self.country, self.settings, self.stages):
            _check_values(values)
        if not self.ref or not -1 <= self.evidence <= 5:
            raise InputError("a document has no ref or an evidence level outside -1 to 5")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """One question.  Filters: any value within a field, all fields together; empty is no filter.

    Raises:
        InputError: a bound is broken.
    """

    q: str = ""
    kind: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    setting: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    org: tuple[str, ...] = ()
    tlp: tuple[str, ...] = ()
    concept: tuple[str, ...] = ()
    """Ids of the thesaurus: documents that speak of one of them or of one below it."""
    evidence_min: int | None = None
    """0 to 5."""
    sort: Sort = "relevance"
    page: int = 1
    """1 to 50."""
    per_page: int = 10
    """1 to 50."""
    expand: bool = True
    """Find other languages by the thesaurus."""
    feedback: bool = False
    """Search a second time with the words the first results have in common: finds more, slower."""
    reader_languages: tuple[str, ...] = ()
    """BCP 47, best first: which labels to name."""

    def __post_init__(self) -> None:
        if len(self.q) > MAX_QUERY_CHARS:
            raise InputError("the query is too long")
        if not 1 <= self.page <= MAX_PAGE or not 1 <= self.per_page <= MAX_PER_PAGE:
            raise InputError("pages go from 1 to 50, with 1 to 50 results each")
        if self.evidence_min is not None and not 0 <= self.evidence_min <= 5:
            raise InputError("an evidence level is 0 to 5")
        if self.sort not in {"relevance", "newest", "evidence"}:
            raise InputError("results are sorted by relevance, newest or evidence")
        _check_values(self.reader_languages)
        _check_values(self.concept)
        for values in self.filters().values():
            _check_values(values)

    def filters(self) -> dict[str, tuple[str, ...]]:
        """Return the facets that are filtered by value; evidence and concept are not among them."""
        named = {
            "kind": self.kind,
            "language": self.language,
            "setting": self.setting,
            "stage": self.stage,
            "country": self.country,
            "org": self.org,
            "tlp": self.tlp,
        }
        return {name: values for name, values in named.items() if values}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One result, to be fetched and checked again in the store before it is shown."""

    ref: str
    score: float
    """Comparable within one answer only; 0.0 where there was nothing to rank by."""
    language: str
    title: Segments
    snippet: Segments


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """How many results have this value, all filters but the field's own applied."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """How many results there would be without this filter."""

    drop_filter: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResults:
    """One answer; everything in it is drawn from documents the audience may see."""

    total: int
    hits: tuple[Hit, ...]
    facets: dict[str, tuple[FacetValue, ...]]
    suggestion: str | None
    """The query with unknown words respelt so that there are hits."""
    expanded: tuple[str, ...]
    """Labels of the concepts that were searched for besides the words."""
    concepts: tuple[str, ...]
    """Ids of the concepts that words of the query name."""
    relaxations: tuple[Relaxation, ...]
    """Only when nothing was found."""


class SearchIndex(Protocol):
    """A full-text index: a disposable projection of the store, with a watermark."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The thesaurus that documents are annotated with and queries expanded by."""

    @property
    def is_stale(self) -> bool:
        """Whether documents are annotated by another thesaurus than queries: time to build anew.

        Everything is found by its words meanwhile, and by what the two have in common.
        """

    def adopt(self, vocabulary: Vocabulary) -> None:
        """Expand queries and annotate what comes by another thesaurus from now on."""

    def watermark(self) -> int:
        """Return the change number up to which the index is complete; 0 when it is empty."""

    def apply(self, documents: Sequence[Document], removed: Sequence[str], watermark: int) -> None:
        """Add or replace documents and remove refs in one commit, then move the watermark.

        Applying the same again changes nothing.

        Raises:
            UnavailableError: another writer is at work, or the disk failed.
        """

    def build(self, documents: Iterable[Document], watermark: int) -> None:
        """Replace everything by documents; large batches, for starting from zero."""

    def search(self, audience: Audience, request: SearchRequest) -> SearchResults:
        """Return what audience may see and request asks for."""

    def refs(self, audience: Audience, request: SearchRequest, limit: int) -> tuple[str, ...]:
        """Return the refs of the first results, at most `MAX_LISTED`; pages are not regarded.

        For exports and notices, which need no snippets and counts.
        """

    def suggest(self, audience: Audience, prefix: str, limit: int = 8) -> tuple[str, ...]:
        """Return words of visible documents that begin like the last word of prefix."""

    def similar(self, audience: Audience, ref: str, limit: int = 5) -> tuple[str, ...]:
        """Return the refs of visible documents most like ref; none if ref itself is not visible."""

    def count(self, audience: Audience) -> int:
        """Return how many documents audience may see."""

    def concepts(self, audience: Audience) -> dict[str, int]:
        """Return how many visible documents speak of each concept or of one below it.

        Concepts that none speaks of are left out.
        """

    def counts_by_org(self) -> dict[str, int]:
        """Return how many documents of each organisation are held, to compare with the store."""

    def compact(self) -> None:
        """Give back what removed documents take up, for a quiet hour.

        Raises:
            UnavailableError: another writer is at work, or the disk failed.
        """

    def refresh(self) -> bool:
        """Take up what another process has committed; tell whether there was something.

        Raises:
            UnavailableError: the files cannot be read.
        """

    def close(self) -> None:
        """Let go of the files; the index cannot be used afterwards."""


def _check_values(values: tuple[str, ...]) -> None:
    if len(values) > MAX_VALUES:
        raise InputError("too many values in one field")
    _check_texts(values)


def _check_texts(values: tuple[str, ...]) -> None:
    if any(len(value) > MAX_VALUE_CHARS for value in values):
        raise InputError("a value is too long")
