"""What has to be put into the search index, and what taken out? Rows above the index's watermark.

Only what every reader of this node may see is handed over: clear items of other members and our
own.  Nothing about a person ever is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from integra_node.actions.published import content_of, is_for_every_reader, ref_of
from integra_node.actions.terms import KIND as TERMS
from integra_node.actions.translated import Translated, due_for_index
from integra_node.rules import alert, practice
from integra_node.rules.alert import Alert
from integra_node.rules.practice import Practice
from integra_node.search.contract import Document
from integra_node.store import changes, publications
from integra_node.store.responses import TRANSLATION
from integra_protocol.errors import IntegraError, NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_node.store.publications import Standing
    from integra_protocol.content import Content

LOG: Final = logging.getLogger(__name__)
EVERY_READER: Final = "all"
"""The audience token that everybody holds who may search."""

NO_EVIDENCE: Final = -1
BATCH: Final = 500  # rows read at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What to apply to the index, which is then complete up to ``watermark``."""

    documents: tuple[Document, ...]
    removed: tuple[str, ...]
    watermark: int
    with_terms: bool = False
    """Whether somebody's list of words for the thesaurus changed."""


def documents_after(tx: Tx, us: Us, watermark: int, limit: int) -> Batch:
    """Return what changed above ``watermark``, at most ``limit`` items; never fails on content.

    An item whose content cannot be read is taken out of the index and logged: a partner's odd text
    must not stop the search for everything else.
    """
    documents: list[Document] = []
    removed: list[str] = []
    with_terms = False
    changed = publications.changed_since(tx, watermark, limit)
    for standing in changed:
        watermark = standing.publication.change
        with_terms = with_terms or standing.publication.kind == TERMS
        if standing.publication.kind in {TERMS, TRANSLATION}:
            continue  # translations come with the version that they are of, below
        found = _document(us, standing)
        if found is None:
            removed.append(ref_of(standing))
        else:
            documents.append(found)
    gone, translated = due_for_index(tx, changed)
    removed += gone
    documents += [one for t in translated if (one := _translation_document(us, t)) is not None]
    return Batch(
        documents=tuple(documents),
        removed=tuple(removed),
        watermark=watermark,
        with_terms=with_terms,
    )


def every_document(tx: Tx, us: Us) -> Iterator[Document]:
    """Yield all that belongs into the index, once, for building it anew within one snapshot."""
    watermark = 0
    seen: set[str] = set()  # a translation is due when it changes and when its practice does
    while (batch := documents_after(tx, us, watermark, BATCH)).watermark > watermark:
        for document in batch.documents:
            if document.ref not in seen:
                seen.add(document.ref)
                yield document
        watermark = batch.watermark


def count_documents(tx: Tx) -> int:
    """Return about how many documents ``every_document`` yields, to show how far it is."""
    return publications.count_current(tx, tuple(_READERS))


def newest_change(tx: Tx) -> int:
    """Return the change number up to which ``every_document`` of the same snapshot is complete."""
    return changes.current_change(tx)


def _document(us: Us, standing: Standing) -> Document | None:
    row = standing.publication
    read = _READERS.get(row.kind)
    if read is None or row.status != "current" or not is_for_every_reader(standing):
        return None
    try:
        return read(standing, content_of(standing))
    except NotFoundError:
        return None
    except IntegraError as error:
        LOG.warning("not searchable org=%s ref=%s code=%s", us.org, ref_of(standing), error.code)
        return None


def _practice_document(standing: Standing, content: Content) -> Document | None:
    body = practice.from_wire(content.data).body
    if body is None:
        return None
    row = standing.publication
    return practice_document(
        body,
        ref=ref_of(standing),
        org=standing.org,
        change=row.change,
        tlp=row.tlp,
        published_at=row.published_at,
    )


def practice_document(
    body: Practice, *, ref: str, org: str, change: int, tlp: str, published_at: int
) -> Document:
    """Return what the index takes in of a practice that every reader may see."""
    language = body.language
    return Document(
        ref=ref,
        seq=change,
        kind="practice",
        language=language,
        title=body.title[language],
        summary=(body.summary or {}).get(language, ""),
        body=_text(body, body.title, body.summary),
        audience=frozenset({EVERY_READER}),
        org=org,
        country=body.country,
        settings=body.settings,
        stages=body.stages,
        evidence=body.evidence.level if body.evidence else NO_EVIDENCE,
        tlp=tlp,
        published_at=published_at,
    )


def _translation_document(us: Us, one: Translated) -> Document | None:
    """Return a translation as a practice of its own in that language: so its words are found."""
    original = _document(us, one.target)
    if original is None:
        return None
    texts = dict(one.translation.texts)
    return replace(
        original,
        ref=ref_of(one.standing),
        seq=max(one.standing.publication.change, one.target.publication.change),
        language=one.translation.language,
        title=texts.pop("title"),
        summary=texts.pop("summary", ""),
        body="\n".join(texts.values()),
    )


def _text(body: Practice | Alert, *shown: Mapping[str, str] | None) -> str:
    """Return everything but what is shown apart: the own language first, then translations."""
    maps = [texts for texts in _language_maps(body) if not any(texts is one for one in shown)]
    own = [texts[body.language] for texts in maps if body.language in texts]
    others = [
        text
        for texts in _language_maps(body)
        for language, text in texts.items()
        if language != body.language
    ]
    return "\n".join([*own, *others])


def _language_maps(value: object) -> Iterator[Mapping[str, str]]:
    match value:
        case BaseModel():
            for name in type(value).model_fields:
                yield from _language_maps(getattr(value, name))
        case tuple():
            for item in value:
                yield from _language_maps(item)
        case dict():
            yield value


def _alert_document(standing: Standing, content: Content) -> Document | None:
    body = alert.from_wire(content.data).body
    if body is None:
        return None
    row, language = standing.publication, body.language
    return Document(
        ref=ref_of(standing),
        seq=row.change,
        kind=row.kind,
        language=language,
        title=body.title[language],
        summary=body.body.get(language, ""),
        body=_text(body, body.title, body.body),
        audience=frozenset({EVERY_READER}),
        org=standing.org,
        country=(),
        settings=body.settings,
        stages=(),
        evidence=NO_EVIDENCE,
        tlp=row.tlp,
        published_at=row.published_at,
    )


_READERS: Final[Mapping[str, Callable[[Standing, Content], Document | None]]] = {
    "alert": _alert_document,
    "practice": _practice_document,
}
