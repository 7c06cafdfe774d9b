"""What does the index keep of a document?"""

from __future__ import annotations

import json
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from integra_node.search.codec import MAX_POSITION
from integra_node.search.contract import (
    MAX_BODY_CHARS,
    MAX_SUMMARY_CHARS,
    MAX_TITLE_CHARS,
    Document,
)
from integra_node.search.ranking import narrower
from integra_node.search.snapshot import Meta
from integra_node.search.text import Form, analyser_for, base_language, clean
from integra_node.search.vocabulary import Vocabulary

INDEXING_VERSION: Final = 2
"""Raised with every change of what is kept: an index of another version is rebuilt."""

_GAP: Final = 16  # word numbers between title, summary and body, more than a phrase is long
_MIN_SURFACE_CHARS: Final = 3

Fields: TypeAlias = "dict[str, Mapping[str, array[int] | int] | bytes]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    """A document as every engine takes it in."""

    texts: tuple[str, str, str]
    """Title, summary and body, to show."""
    words: tuple[tuple[int, Form], ...]
    """The words that count, with their numbers."""
    title: tuple[Form, ...]
    """Every word of the title; stop words have no term."""
    concepts: Mapping[str, int]
    """Concepts and, marked, those above them, with how often they are spoken of."""

    @property
    def surfaces(self) -> frozenset[str]:
        """The folded words as written, from three characters up."""
        written = {form.surface for _, form in self.words}
        return frozenset(surface for surface in written if len(surface) >= _MIN_SURFACE_CHARS)

    def packed_texts(self) -> bytes:
        """Return texts as `unpacked_texts` reads them."""
        return zlib.compress(json.dumps(self.texts, ensure_ascii=False).encode(), 3)


def analysed(document: Document, vocabulary: Vocabulary) -> Analysed:
    """Return what is kept of document's texts."""
    texts = (
        clean(document.title, MAX_TITLE_CHARS),
        clean(document.summary, MAX_SUMMARY_CHARS),
        clean(document.body, MAX_BODY_CHARS),
    )
    analyser = analyser_for(document.language)
    forms = [analyser.forms(text) for text in texts]
    return Analysed(
        texts=texts,
        words=tuple(_numbered(forms)),
        title=tuple(forms[0]),
        concepts=_concepts(forms, document.language, vocabulary),
    )


def unpacked_texts(packed: bytes) -> list[str]:
    """Return title, summary and body."""
    texts: list[str] = json.loads(zlib.decompress(packed))
    return texts


def latest_of(documents: Iterable[Document]) -> dict[str, Document]:
    """Return each ref's document with the highest change number."""
    latest: dict[str, Document] = {}
    for document in documents:
        known = latest.get(document.ref)
        if known is None or document.seq >= known.seq:
            latest[document.ref] = document
    return latest


def fields_of(document: Document, vocabulary: Vocabulary) -> Fields:
    """Return the fields of document: analysed words, concepts, columns, texts to show."""
    kept = analysed(document, vocabulary)
    return {
        "ref": {document.ref: 1},
        "text": _positions(kept.words),
        "title": _title(kept.title),
        "surface": dict.fromkeys(kept.surfaces, 1),
        "concept": kept.concepts,
        "meta": _meta(document, len(kept.words)).encode(),
        "texts": kept.packed_texts(),
    }


def _numbered(parts: Sequence[Sequence[Form]]) -> Iterator[tuple[int, Form]]:
    """Yield the words that count with their numbers; words after the 65,535th are left out."""
    start = 0
    for forms in parts:
        for number, form in enumerate(forms, start):
            if number > MAX_POSITION:
                return
            if form.term:
                yield number, form
        start += len(forms) + _GAP


def _positions(words: Sequence[tuple[int, Form]]) -> dict[str, array[int]]:
    positions: dict[str, array[int]] = {}
    for number, form in words:
        held = positions.get(form.term)
        if held is None:
            positions[form.term] = array("H", (number,))
        else:
            held.append(number)
    return positions


def _title(forms: Sequence[Form]) -> dict[str, array[int]]:
    """Return the places of each word of a title, by its stem and as it is written."""
    positions: dict[str, array[int]] = {}
    for number, form in enumerate(forms):
        for word in {form.term, form.surface} if form.term else ():
            positions.setdefault(word, array("H")).append(number)
    return positions


def _concepts(
    parts: Sequence[Sequence[Form]], language: str, vocabulary: Vocabulary
) -> dict[str, int]:
    code = base_language(language)
    counts = Counter(one.concept for forms in parts for one in vocabulary.match(forms, code))
    above: Counter[str] = Counter()
    for concept, count in counts.items():
        above.update({narrower(broader): count for broader in vocabulary.broader(concept)})
    return dict(counts + above)


def _meta(document: Document, length: int) -> Meta:
    groups = [
        [[document.kind], [base_language(document.language)], [str(document.evidence)]],
        [list(document.settings), list(document.stages)],
        [[document.org], list(document.country)],
    ]
    groups[0].append([document.tlp])
    return Meta(
        ref=document.ref,
        audience=sorted(document.audience),
        groups=groups,
        published_at=document.published_at,
        evidence=document.evidence,
        length=max(length, 1),
    )
