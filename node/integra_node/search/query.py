"""What does a reader's line of words ask for?

Words are optional and ranked; ``"a phrase"`` stands together, ``+word`` must occur, ``-word`` must
not, ``word*`` stands for all words that begin so, ``title:word`` (or the reader's word for it) looks
in titles only.  Each word is analysed in every language that
documents are in, so that it need not be known whose word it is.  Concepts of the thesaurus named
by neighbouring words are searched for as well, whatever the language of the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from integra_node.search.contract import MAX_QUERY_CHARS
from integra_node.search.text import Form, analyser_for, base_language, clean, fold, query_forms
from integra_node.search.vocabulary import Vocabulary

MAX_CLAUSES: Final = 64
"""Words and phrases of a query that count."""

MAX_COSTLY: Final = 8
"""Phrases and prefixes of a query that count: each costs as much as many words."""

MIN_PREFIX_CHARS: Final = 3
MAX_PHRASE_WORDS: Final = 16

_QUOTES: Final = '"“”„«»'
_TITLE: Final = "title|titre|título|titulo|titolo|titel|заглавие|τίτλος|τιτλος"
_ATOM: Final = re.compile(
    rf"(?P<sign>[+-]?)(?:(?P<title>(?i:{_TITLE})):(?=\S))?(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)(?:[{_QUOTES}]|$)"
    rf"|(?P<word>[^\s{_QUOTES}]+))"
)

Occur = Literal["should", "must", "not"]
Field = Literal["text", "title"]
Phrase = tuple[tuple[int, str], ...]
"""Terms with their distance from the first, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One word, phrase or prefix of a query."""

    occur: Occur
    start: int
    """First character in the query."""
    end: int
    field: Field = "text"
    weight: float = 1.0
    """How often it was written."""
    surface: str = ""
    """The folded word; empty for a phrase."""
    terms: tuple[str, ...] = ()
    """A word's stems, any of them counts."""
    phrases: tuple[Phrase, ...] = ()
    """A phrase's readings, any of them counts."""
    prefix: str = ""
    concepts: tuple[str, ...] = ()
    """Concepts this word is part of the name of; one of them satisfies ``+``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A query ready to be run."""

    text: str
    clauses: tuple[Clause, ...]
    concepts: tuple[str, ...]
    concept_weight: float = 1.0
    """What the weight of every concept is multiplied by."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is asked for."""
        return not self.clauses


def parse_query(
    q: str,
    *,
    languages: Sequence[str],
    reader_languages: Sequence[str],
    vocabulary: Vocabulary | None,
) -> Plan:
    """Return the plan of q; no input is an error.

    Args:
        q: what the reader typed; characters after the first 2,000 are ignored.
        languages: those documents are in.
        reader_languages: whose stop words are dropped; all of languages if empty.
        vocabulary: None for a search without thesaurus.
    """
    text = clean(q, MAX_QUERY_CHARS)
    codes = tuple(dict.fromkeys(map(base_language, [*reader_languages, *languages])))
    weak_in = tuple(map(base_language, reader_languages)) or codes
    clauses = _affordable(_merged(_without_weak(_clauses(text, codes, weak_in))))
    concepts: tuple[str, ...] = ()
    if vocabulary is not None:
        named_in = tuple(dict.fromkeys([*codes, *vocabulary.languages]))
        clauses = _with_concepts(clauses, text, named_in, vocabulary)
        concepts = tuple(dict.fromkeys(id_ for clause in clauses for id_ in clause.concepts))
    return Plan(text=text, clauses=tuple(clauses), concepts=concepts)


_Weighed = tuple[Clause, bool]  # the bool: it carries meaning


def _clauses(text: str, codes: Sequence[str], weak_in: Sequence[str]) -> Iterator[_Weighed]:
    for atom in _ATOM.finditer(text):
        occur: Occur = {"+": "must", "-": "not"}.get(atom["sign"], "should")  # type: ignore[assignment]  # the values are the literals
        field: Field = "title" if atom["title"] else "text"
        if atom["phrase"] is not None:
            found = _phrase(text, atom.span("phrase"), occur, codes)
        else:
            found = _words(text, atom.span("word"), occur, codes, weak_in)
        yield from ((replace(clause, field=field), means) for clause, means in found)


def _words(
    text: str, span: tuple[int, int], occur: Occur, codes: Sequence[str], weak_in: Sequence[str]
) -> Iterator[_Weighed]:
    chunk = text[span[0] : span[1]]
    tokens = list(analyser_for("").tokens(chunk))
    if len(tokens) > 1 and occur != "should":
        yield from _phrase(text, span, occur, codes)
        return
    for at, token in enumerate(tokens):
        start, end = span[0] + token.start, span[0] + token.end
        clause = _word(text[start:end], occur, start, end, codes)
        if at == len(tokens) - 1 and chunk.endswith("*"):
            clause = _as_prefix(clause)
        yield clause, not any(_is_stop(text[start:end], code) for code in weak_in)


def _word(word: str, occur: Occur, start: int, end: int, codes: Sequence[str]) -> Clause:
    forms = [form for code in codes for form in query_forms(word, code) if form.term]
    terms = tuple(dict.fromkeys(form.term for form in forms))
    surface = forms[0].surface if forms else fold(word)
    return Clause(occur=occur, start=start, end=end, surface=surface, terms=terms)


def _is_stop(word: str, code: str) -> bool:
    return any(not form.term for form in analyser_for(code).forms(word)[:1])


def _as_prefix(clause: Clause) -> Clause:
    if len(clause.surface) < MIN_PREFIX_CHARS:
        return clause
    return replace(clause, prefix=clause.surface)


def _phrase(
    text: str, span: tuple[int, int], occur: Occur, codes: Sequence[str]
) -> Iterator[_Weighed]:
    chunk = text[span[0] : span[1]]
    readings = dict.fromkeys(
        _spaced(analyser_for(code).forms(words)[:MAX_PHRASE_WORDS])
        for code in codes
        for words in (chunk, fold(chunk))
    )
    phrases = tuple(phrase for phrase in readings if phrase)
    if not phrases:
        return
    clause = Clause(occur=occur, start=span[0], end=span[1], phrases=phrases)
    if max(map(len, phrases)) == 1:
        terms = tuple(dict.fromkeys(phrase[0][1] for phrase in phrases))
        clause = replace(clause, phrases=(), terms=terms)
    yield clause, True


def _spaced(forms: Sequence[Form]) -> Phrase:
    places = [(at, form.term) for at, form in enumerate(forms) if form.term]
    return tuple((at - places[0][0], term) for at, term in places)


def _without_weak(weighed: Iterable[_Weighed]) -> list[Clause]:
    """Return the clauses that mean something, or all if none does; at most 64."""
    found = [pair for pair, _ in zip(weighed, range(MAX_CLAUSES), strict=False)]
    strong = [clause for clause, means in found if means and _asks(clause)]
    return strong or [clause for clause, _ in found if _asks(clause)]


def _asks(clause: Clause) -> bool:
    return bool(clause.terms or clause.phrases or clause.prefix)


def _merged(clauses: Iterable[Clause]) -> list[Clause]:
    """Return each clause once, weighted by how often it was written."""
    merged: dict[tuple[object, ...], Clause] = {}
    for clause in clauses:
        key = (clause.occur, clause.field, clause.terms, clause.phrases, clause.prefix)
        known = merged.get(key)
        merged[key] = clause if known is None else replace(known, weight=known.weight + 1.0)
    return list(merged.values())


def _affordable(clauses: Iterable[Clause]) -> list[Clause]:
    left = MAX_COSTLY
    kept = []
    for clause in clauses:
        left -= bool(clause.phrases or clause.prefix)
        if left >= 0 or (clause.terms and not clause.prefix):
            kept.append(clause)
    return kept


def _with_concepts(
    clauses: Sequence[Clause], text: str, codes: Sequence[str], vocabulary: Vocabulary
) -> list[Clause]:
    """Return clauses with the concepts that neighbouring plain words name together."""
    plain = [
        c for c in clauses if c.occur != "not" and c.field == "text" and c.surface and not c.prefix
    ]
    named: dict[int, set[str]] = {}
    lengths: dict[int, int] = {}
    for code in codes:
        forms = [
            (analyser_for(code).forms(text[c.start : c.end]) or [Form("", "")])[0] for c in plain
        ]
        for mention in vocabulary.match(forms, code):
            for clause in plain[mention.start : mention.end]:
                named.setdefault(clause.start, set()).add(mention.concept)
                length = mention.end - mention.start
                lengths[clause.start] = max(lengths.get(clause.start, 1), length)
    return [
        replace(
            clause,
            concepts=tuple(sorted(named[clause.start])),
            # a word of a name of several words means little alone
            weight=clause.weight / lengths[clause.start],
        )
        if clause.start in named and clause.occur != "not"
        else clause
        for clause in clauses
    ]
