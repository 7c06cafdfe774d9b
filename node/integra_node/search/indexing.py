"""What does the index keep of a document?"""

from __future__ import annotations

import json
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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

INDEXING_VERSION: Final = 1
"""Raised with every change of what is kept: an index of another version is rebuilt."""

_GAP: Final = 16  # word numbers between title, summary and body, more than a phrase is long
_MIN_SURFACE_CHARS: Final = 3

Fields: TypeAlias = "dict[str, Mapping[str, array[int] | int] | bytes]"


def fields_of(document: Document, vocabulary: Vocabulary) -> Fields:
    """Return the fields of document: analysed words, concepts, columns, texts to show."""
    texts = [
        clean(document.title, MAX_TITLE_CHARS),
        clean(document.summary, MAX_SUMMARY_CHARS),
        clean(document.body, MAX_BODY_CHARS),
    ]
    analyser = analyser_for(document.language)
    forms = [analyser.forms(text) for text in texts]
    words = list(_numbered(forms))
    return {
        "ref": {document.ref: 1},
        "text": _positions(words),
        "surface": _surfaces(words),
        "concept": _concepts(forms, document.language, vocabulary),
        "meta": _meta(document, len(words)).encode(),
        "texts": zlib.compress(json.dumps(texts, ensure_ascii=False).encode(), 3),
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


def _surfaces(words: Sequence[tuple[int, Form]]) -> dict[str, int]:
    written = {form.surface for _, form in words}
    return {surface: 1 for surface in written if len(surface) >= _MIN_SURFACE_CHARS}


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
