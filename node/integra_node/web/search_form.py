"""What does a reader ask of the library, and how is it written in an address?

An address may have been typed, kept or shortened by anybody: what makes no sense in it is left out,
and what remains is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, get_args
from urllib.parse import parse_qsl, urlencode

from integra_node.rules import question
from integra_node.rules.question import Question
from integra_node.search.contract import (
    MAX_PAGE,
    MAX_QUERY_CHARS,
    MAX_VALUE_CHARS,
    MAX_VALUES,
    FacetValue,
    SearchRequest,
    SearchResults,
    Sort,
)
from integra_node.web.code_names import CodeNames
from integra_node.web.pager import Pager
from integra_node.web.refusals import BadFormError

PATH: Final = "/search"
PER_PAGE: Final = 10
MAX_CARRIED: Final = 64_000  # characters
MAX_FIELDS: Final = 1_000
FILTERS: Final = ("language", "setting", "stage", "country", "org")
# Filters that have no boxes on the page: links lead to them, and they can be dropped.
CARRIED: Final = ("kind", "concept")
ORDER: Final = question.FILTERS
MOST_VALUES: Final = 12  # of one facet on the page; chosen ones are always there
SORTS: Final[tuple[Sort, ...]] = get_args(Sort)
_LEVELS: Final = frozenset("012345")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One box of a facet."""

    value: str
    name: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question as the address says it; ``saved`` names the saved search it comes from."""

    q: str
    filters: tuple[tuple[str, tuple[str, ...]], ...]
    evidence_min: int | None
    sort: Sort
    page: int
    expand: bool
    feedback: bool = False  # search a second time, with the words of the first results
    only_new: bool = False
    saved: str = ""

    @property
    def is_anything(self) -> bool:
        """Whether words or a filter were given."""
        return bool(self.q or self.filters or self.evidence_min is not None)

    @property
    def question(self) -> Question:
        """What can be kept of it and asked again."""
        return Question(
            q=self.q,
            filters=self.filters,
            evidence_min=self.evidence_min,
            sort=self.sort,
            expand=self.expand,
        )

    def chosen(self, name: str) -> tuple[str, ...]:
        """Return the values chosen of a filter."""
        return dict(self.filters).get(name, ())

    def request(self, reader_languages: tuple[str, ...]) -> SearchRequest:
        """Return the question for the index."""
        return SearchRequest(
            q=self.q,
            evidence_min=self.evidence_min,
            sort=self.sort,
            page=self.page,
            per_page=PER_PAGE,
            expand=self.expand,
            feedback=self.feedback,
            reader_languages=reader_languages,
            language=self.chosen("language"),
            setting=self.chosen("setting"),
            stage=self.chosen("stage"),
            country=self.chosen("country"),
            org=self.chosen("org"),
            kind=self.chosen("kind"),
            concept=self.chosen("concept"),
        )

    def address(
        self,
        *,
        without: str = "",
        page: int = 1,
        q: str | None = None,
        sort: Sort | None = None,
        expand: bool | None = None,
        feedback: bool | None = None,
        path: str = PATH,
    ) -> str:
        """Return the address of this question with something changed."""
        same = not without and path == PATH and q is None and sort is None
        same = same and expand is None and feedback is None
        changed = replace(
            self,
            saved=self.saved if same else "",
            q=self.q if q is None else q,
            filters=tuple(one for one in self.filters if one[0] != without),
            evidence_min=None if without == "evidence" else self.evidence_min,
            sort=sort or self.sort,
            expand=self.expand if expand is None else expand,
            feedback=self.feedback if feedback is None else feedback,
            only_new=self.only_new and without != "new",
            page=page,
        )
        return f"{path}?{urlencode(changed.pairs())}"

    @property
    def carried(self) -> str:
        """The question for a hidden field, as ``read_carried`` takes it."""
        return self.address(path="").removeprefix("?")

    def pairs(self) -> list[tuple[str, str]]:
        """Return names and values of the address."""
        pairs = [("q", self.q), *((n, value) for n, values in self.filters for value in values)]
        if self.evidence_min is not None:
            pairs.append(("evidence_min", str(self.evidence_min)))
        if self.sort != SORTS[0]:
            pairs.append(("sort", self.sort))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        if not self.expand:
            pairs.append(("expand", "0"))
        if self.feedback:
            pairs.append(("feedback", "1"))
        if self.only_new:
            pairs.append(("new", "1"))
        return [(n, v) for n, v in [*pairs, ("saved", self.saved)] if v]

    def pager(self, total: int) -> Pager:
        """Return the pages of the answer; at most 50 can be looked at."""
        last = min(MAX_PAGE, -(-total // PER_PAGE))
        return Pager(page=self.page, last=last, href=lambda number: self.address(page=number))


def read_address(pairs: Iterable[tuple[str, str]]) -> Asked:
    """Return the question in an address."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value.strip())
    evidence = _last(given, "evidence_min")
    sort = _last(given, "sort")
    return Asked(
        q=_last(given, "q")[:MAX_QUERY_CHARS],
        filters=tuple((n, v) for n in ORDER if (v := _values(given.get(n, ())))),
        evidence_min=int(evidence) if evidence in _LEVELS else None,
        sort=next((known for known in SORTS if known == sort), SORTS[0]),
        page=_page(_last(given, "page")),
        expand=_last(given, "expand") != "0",
        feedback=_last(given, "feedback") == "1",
        only_new=_last(given, "new") == "1",
        saved=_last(given, "saved")[:MAX_VALUE_CHARS],
    )


def read_carried(text: str) -> Asked:
    """Return the question that a form carries as an address.

    Raises:
        BadFormError: no address of ours is so long.
    """
    if len(text) > MAX_CARRIED:
        raise BadFormError
    try:
        return read_address(parse_qsl(text, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise BadFormError from error


def asked_again(kept: Question) -> Asked:
    """Return a kept question as an address says it."""
    return Asked(
        q=kept.q,
        filters=kept.filters,
        evidence_min=kept.evidence_min,
        sort=next((known for known in SORTS if known == kept.sort), SORTS[0]),
        page=1,
        expand=kept.expand,
    )


def facets(asked: Asked, results: SearchResults, names: CodeNames) -> dict[str, list[Option]]:
    """Return the boxes of each filter, most frequent first; chosen values without result too."""
    return {
        name: _options(name, asked.chosen(name), results.facets.get(name, ()), names)
        for name in FILTERS
    }


def evidence_options(results: SearchResults, names: CodeNames) -> list[tuple[str, str, int]]:
    """Return (level, name, how many have at least this level), strongest first."""
    counts = {one.value: one.count for one in results.facets.get("evidence", ())}
    found: list[tuple[str, str, int]] = []
    above = 0
    for level in ("5", "4", "3", "2", "1"):
        above += counts.get(level, 0)
        found.append((level, names.code("evidence_level", level), above))
    return [one for one in found if one[2]]


def _options(
    name: str, chosen: Sequence[str], counted: Sequence[FacetValue], names: CodeNames
) -> list[Option]:
    counts = {one.value: one.count for one in counted}
    shown = [one.value for one in counted][:MOST_VALUES]
    shown += [value for value in chosen if value not in shown]
    return [
        Option(
            value=value,
            name=_name(name, value, names),
            count=counts.get(value, 0),
            chosen=value in chosen,
        )
        for value in shown
    ]


def _name(facet: str, value: str, names: CodeNames) -> str:
    match facet:
        case "language":
            return names.tongue(value)
        case "country":
            return names.country(value)
        case "setting" | "stage":
            return names.code(facet, value)
    return value


def _last(given: dict[str, list[str]], name: str) -> str:
    return given.get(name, [""])[-1]


def _values(values: Iterable[str]) -> tuple[str, ...]:
    kept = [value for value in dict.fromkeys(values) if 0 < len(value) <= MAX_VALUE_CHARS]
    return tuple(kept[:MAX_VALUES])


def _page(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    return min(max(number, 1), MAX_PAGE)
