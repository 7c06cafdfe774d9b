"""Which concepts of the field does a text speak of, in whatever language?

The thesaurus is a SKOS concept scheme in JSON-LD.  Labels are analysed like any text of their
language; the longest run of words that is a label is a concept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Final

from integra_node.search.text import Form, analyser_for, base_language, clean
from integra_protocol.errors import InputError

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_CONCEPTS: Final = 20_000
MAX_ADDITIONS: Final = 5_000
MAX_LABELS: Final = 200
"""Labels of one concept, over all languages."""
MAX_LABEL_CHARS: Final = 200
MAX_LABEL_WORDS: Final = 12
MAX_MEANINGS: Final = 4
"""Concepts that one label may name."""
_MIN_LABEL_CHARS: Final = 3  # "VE" is a word of other languages too

ANY_LANGUAGE: Final = ""
"""Stands for "labels of all languages" in `Vocabulary.match`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One concept of the thesaurus."""

    id: str
    preferred: Mapping[str, str]
    """Language to label."""
    alternative: Mapping[str, tuple[str, ...]]
    broader: tuple[str, ...]
    needs_review: tuple[str, ...]
    """Languages whose label a native speaker has yet to confirm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A run of words, start included and end not, that names a concept."""

    start: int
    end: int
    concept: str


# first term to (other terms, concept, the label as written, folded)
_Labels = dict[str, list[tuple[tuple[str, ...], str, tuple[str, ...]]]]


class Vocabulary:
    """A thesaurus ready for matching; unchanging, shared between threads."""

    def __init__(self, concepts: Iterable[Concept], version: str) -> None:
        self.version = version
        self.concepts: Mapping[str, Concept] = {concept.id: concept for concept in concepts}
        self._broader = {id_: self._closure(id_) for id_ in self.concepts}
        self._labels = self._by_language()
        self.languages: tuple[str, ...] = tuple(sorted(code for code in self._labels if code))
        """Languages that labels are in, ISO 639-1."""

    def broader(self, concept: str) -> frozenset[str]:
        """Return all concepts above concept, itself not included."""
        return self._broader.get(concept, frozenset())

    def match(self, forms: Sequence[Form], language: str) -> list[Mention]:
        """Return the concepts named in forms, longest label first, never overlapping.

        Args:
            forms: the analysed text.
            language: whose labels count, ISO 639-1; one without labels, or `ANY_LANGUAGE`, means
                the labels of all languages, as written.
        """
        labels = self._labels.get(language) or self._labels[ANY_LANGUAGE]
        index = 1 if labels is self._labels[ANY_LANGUAGE] else 0
        terms = [form[index] for form in forms if form.term]
        places = [place for place, form in enumerate(forms) if form.term]
        return list(_matches(labels, terms, places))

    def label(self, concept: str, languages: Sequence[str]) -> tuple[str, str]:
        """Return the preferred label of concept and its language: the first of languages, or any."""
        preferred = self.concepts[concept].preferred
        code = next((code for code in languages if code in preferred), next(iter(preferred)))
        return preferred[code], code

    def labels(self, concept: str, languages: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the preferred labels of concept, those of languages first, without repeats."""
        preferred = self.concepts[concept].preferred
        order = [*(code for code in languages if code in preferred), *preferred]
        return tuple(dict.fromkeys(preferred[code] for code in order))

    def _closure(self, concept: str) -> frozenset[str]:
        found: set[str] = set()
        waiting = list(self.concepts[concept].broader)
        while waiting:
            above = waiting.pop()
            if above not in found:
                found.add(above)
                waiting.extend(self.concepts[above].broader)
        return frozenset(found - {concept})

    def _by_language(self) -> dict[str, _Labels]:
        labels: dict[str, _Labels] = {ANY_LANGUAGE: {}}
        for concept in self.concepts.values():
            for language, text in _all_labels(concept):
                forms = [form for form in analyser_for(language).forms(text) if form.term]
                if forms and len(text) >= _MIN_LABEL_CHARS:
                    terms = tuple(form.term for form in forms)
                    surfaces = tuple(form.surface for form in forms)
                    _add(labels.setdefault(language, {}), terms, concept.id, surfaces)
                    _add(labels[ANY_LANGUAGE], surfaces, concept.id, surfaces)
        for entries in (entry for table in labels.values() for entry in table.values()):
            entries.sort(key=lambda entry: -len(entry[0]))
        return labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """What somebody adds: a new concept, or further names of one that is known."""

    id: str
    preferred: Mapping[str, str]
    alternative: Mapping[str, tuple[str, ...]]
    broader: tuple[str, ...]
    """Counts for a new concept only."""


def widened(base: Vocabulary, additions: Sequence[Addition]) -> Vocabulary:
    """Return base with additions, at most 5,000; base itself when there are none.

    Nothing of base is lost or renamed, and no concept of it gets another place.
    """
    if not additions:
        return base
    concepts = dict(base.concepts)
    for addition in additions[:MAX_ADDITIONS]:
        known = concepts.get(addition.id)
        if known is not None:
            concepts[addition.id] = _with_names(known, addition)
        elif addition.preferred:
            empty = Concept(
                id=addition.id,
                preferred={},
                alternative={},
                broader=addition.broader,
                needs_review=(),
            )
            concepts[addition.id] = _with_names(empty, addition)
    sound = (
        replace(one, broader=tuple(above for above in one.broader if above in concepts))
        for one in concepts.values()
    )
    digest = hashlib.sha256(repr((base.version, additions)).encode())
    return Vocabulary(sound, digest.hexdigest()[:16])


def _with_names(known: Concept, addition: Addition) -> Concept:
    preferred = dict(known.preferred)
    other = {language: list(names) for language, names in known.alternative.items()}
    free = MAX_LABELS - len(preferred) - sum(map(len, other.values()))
    names = [(language, name, True) for language, name in addition.preferred.items()]
    names += [
        (language, name, False) for language, some in addition.alternative.items() for name in some
    ]
    for tag, text, first in names:
        language, name = base_language(tag), clean(text, MAX_LABEL_CHARS)
        held = [preferred.get(language), *other.get(language, ())]
        if free <= 0 or not name or name in held:
            continue
        free -= 1
        if first and language not in preferred:
            preferred[language] = name
        else:
            other.setdefault(language, []).append(name)
    alternative = {language: tuple(some) for language, some in other.items()}
    return replace(known, preferred=preferred, alternative=alternative)


def load_vocabulary() -> Vocabulary:
    """Return the thesaurus that comes with the product."""
    path = resources.files("integra_node.search") / "data" / "vocabulary.skos.jsonld"
    return parse_vocabulary(path.read_bytes())


def parse_vocabulary(data: bytes) -> Vocabulary:
    """Return the thesaurus in data, JSON-LD with the terms of W3C SKOS.

    Raises:
        InputError: not JSON, out of bounds, a repeated id, or an unknown broader concept.
    """
    if len(data) > MAX_BYTES:
        raise InputError("the vocabulary is too large")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError("the vocabulary is not JSON") from error
    items = _list(_map(document).get("concepts"))
    if not 0 < len(items) <= MAX_CONCEPTS:
        raise InputError("the vocabulary has no or too many concepts")
    concepts = [_concept(_map(item)) for item in items]
    known = {concept.id for concept in concepts}
    if len(known) != len(concepts):
        raise InputError("a concept is listed twice")
    if any(above not in known for concept in concepts for above in concept.broader):
        raise InputError("a broader concept is not in the vocabulary")
    return Vocabulary(concepts, hashlib.sha256(data).hexdigest()[:16])


def _concept(item: Mapping[str, object]) -> Concept:
    preferred = {language: _text(label) for language, label in _map(item.get("prefLabel")).items()}
    alternative = {
        language: tuple(_text(label) for label in _list(labels))
        for language, labels in _map(item.get("altLabel", {})).items()
    }
    if len(preferred) + sum(map(len, alternative.values())) > MAX_LABELS or not preferred:
        raise InputError("a concept has no or too many labels")
    return Concept(
        id=_text(item.get("id")),
        preferred=preferred,
        alternative=alternative,
        broader=tuple(_text(above) for above in _list(item.get("broader", []))),
        needs_review=tuple(_text(code) for code in _list(item.get("needsReview", []))),
    )


def _map(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise InputError("the vocabulary has the wrong shape")
    return value


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise InputError("the vocabulary has the wrong shape")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_LABEL_CHARS:
        raise InputError("the vocabulary has an empty, overlong or wrong text")
    return clean(value, MAX_LABEL_CHARS)


def _all_labels(concept: Concept) -> Iterator[tuple[str, str]]:
    yield from concept.preferred.items()
    for language, labels in concept.alternative.items():
        for label in labels:
            yield language, label


def _add(labels: _Labels, terms: tuple[str, ...], concept: str, surfaces: tuple[str, ...]) -> None:
    """Add a label; one that only stemming makes equal to another names nothing ("prison", -er)."""
    entry = (terms[1:MAX_LABEL_WORDS], concept, surfaces)
    entries = labels.setdefault(terms[0], [])
    same = [held for held in entries if held[0] == entry[0]]
    means_too = all(held[2] == surfaces and held[1] != concept for held in same)
    if means_too and len(same) < MAX_MEANINGS:
        entries.append(entry)


def _matches(labels: _Labels, terms: Sequence[str], places: Sequence[int]) -> Iterator[Mention]:
    """Yield the longest label at each place, for each concept that has it.

    Terms are without stop words.
    """
    at = 0
    while at < len(terms):
        step = 1
        for rest, concept, _ in labels.get(terms[at], ()):
            if step > 1 + len(rest):
                break  # labels come longest first
            end = at + 1 + len(rest)
            if tuple(terms[at + 1 : end]) == rest:
                yield Mention(start=places[at], end=places[end - 1] + 1, concept=concept)
                step = end - at
        at += step
