"""Which piece of a text shows best why it was found?

Texts are returned in pieces, matched or not, never as markup; who displays them escapes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from integra_node.search.contract import Segments
from integra_node.search.query import Plan
from integra_node.search.text import Form, analyser_for, base_language
from integra_node.search.vocabulary import Vocabulary

SNIPPET_CHARS: Final = 280
MAX_SCANNED_CHARS: Final = 20_000
"""Characters of a text in which a snippet is looked for."""

_LEAD_CHARS: Final = 60  # shown before the first match
_WORD_CHARS: Final = 24  # how far a cut may move to spare a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What to mark in the texts found by a plan."""

    terms: frozenset[str]
    surfaces: frozenset[str]
    prefixes: tuple[str, ...]
    concepts: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    start: int
    end: int
    what: str


def marks_of(plan: Plan) -> Marks:
    """Return what to mark in the texts that plan finds."""
    wanted = [clause for clause in plan.clauses if clause.occur != "not"]
    terms = {term for clause in wanted for term in clause.terms}
    terms.update(term for clause in wanted for phrase in clause.phrases for _, term in phrase)
    return Marks(
        terms=frozenset(terms),
        surfaces=frozenset(clause.surface for clause in wanted if clause.surface),
        prefixes=tuple(clause.prefix for clause in wanted if clause.prefix),
        concepts=frozenset(plan.concepts),
    )


def marked(text: str, language: str, marks: Marks, vocabulary: Vocabulary) -> Segments:
    """Return the whole of text, in pieces."""
    matches = _matches(text, language, marks, vocabulary)
    return _pieces(text, matches, 0, len(text))


def snippet(text: str, language: str, marks: Marks, vocabulary: Vocabulary) -> Segments:
    """Return about 280 characters of text around the most different matches, in pieces."""
    text = text[:MAX_SCANNED_CHARS]
    matches = _matches(text, language, marks, vocabulary)
    start = _best_start(matches)
    start = _word_start(text, max(0, start - _LEAD_CHARS)) if start > SNIPPET_CHARS // 2 else 0
    end = _word_end(text, min(len(text), start + SNIPPET_CHARS))
    pieces = _pieces(text, matches, start, end)
    before: Segments = (("… ", False),) if start else ()
    after: Segments = ((" …", False),) if end < len(text) else ()
    return before + pieces + after


def _matches(text: str, language: str, marks: Marks, vocabulary: Vocabulary) -> list[_Match]:
    forms, places = analyser_for(language).placed(text)
    wanted = {form for form in set(forms) if _is_wanted(form, marks)}
    marked_at = {at for at, form in enumerate(forms) if form in wanted} if wanted else set()
    if marks.concepts:
        for mention in vocabulary.match(forms, base_language(language)):
            if _is_within(mention.concept, marks, vocabulary):
                marked_at.update(range(mention.start, mention.end))
    return [
        _Match(start=places[at][0], end=places[at][1], what=forms[at].term)
        for at in sorted(marked_at)
    ]


def _is_wanted(form: Form, marks: Marks) -> bool:
    return (
        (form.term in marks.terms and bool(form.term))
        or form.surface in marks.surfaces
        or (bool(marks.prefixes) and form.surface.startswith(marks.prefixes))
    )


def _is_within(concept: str, marks: Marks, vocabulary: Vocabulary) -> bool:
    return concept in marks.concepts or not marks.concepts.isdisjoint(vocabulary.broader(concept))


def _best_start(matches: Sequence[_Match]) -> int:
    """Return where the window with the most different, then the most, matches begins."""
    best, best_start, last = (0, 0), 0, 0
    for first, match in enumerate(matches):
        last = max(last, first)
        while last < len(matches) and matches[last].end <= match.start + SNIPPET_CHARS:
            last += 1
        window = matches[first:last]
        worth = (len({one.what for one in window}), len(window))
        if worth > best:
            best, best_start = worth, match.start
    return best_start


def _word_start(text: str, at: int) -> int:
    space = text.find(" ", at, at + _WORD_CHARS)
    return at if space < 0 else space + 1


def _word_end(text: str, at: int) -> int:
    if at == len(text):
        return at
    space = text.rfind(" ", at - _WORD_CHARS, at)
    return at if space < 0 else space


def _pieces(text: str, matches: Sequence[_Match], start: int, end: int) -> Segments:
    pieces: list[tuple[str, bool]] = []
    at = start
    for match in matches:
        if match.start < start or match.end > end:
            continue
        pieces.append((text[at : match.start], False))
        pieces.append((text[match.start : match.end], True))
        at = match.end
    pieces.append((text[at:end], False))
    return tuple(piece for piece in pieces if piece[0])
