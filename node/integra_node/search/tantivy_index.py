"""How is the index kept on disk by tantivy, brought up to date, and asked?

The folder is a disposable projection of the store, for this node's eyes only (mode 0700), as with
the default engine.  A writer lives for one commit: it holds the lock that other processes wait for,
and waits for its merges before the stamp says that all is well.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import re
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tantivy import Document as Row
from tantivy import Index, IndexWriter, PreTokenizedString, Token

from integra_node.search.audience import Audience
from integra_node.search.contract import (
    MAX_BATCH,
    MAX_LISTED,
    MAX_SIMILAR,
    MAX_SUGGESTIONS,
    Document,
    SearchRequest,
    SearchResults,
)
from integra_node.search.folder import own_folder
from integra_node.search.indexing import INDEXING_VERSION, Analysed, analysed, latest_of
from integra_node.search.spelling import Speller, completions
from integra_node.search.stamp import (
    STAMP_NAME,
    Stamp,
    boot_id,
    is_intact,
    read_stamp,
    sizes,
    write_stamp,
)
from integra_node.search.tantivy_answering import TantivyAnswerer
from integra_node.search.tantivy_view import GAP, TantivySnapshot, new_index, schema
from integra_node.search.text import ANALYSER_VERSION, Form, base_language
from integra_node.search.vocabulary import Vocabulary
from integra_protocol.errors import UnavailableError

FORMAT_VERSION: Final = 1
"""Raised with every change of the fields: an index of another version is rebuilt."""

LOCK_TIMEOUT_S: Final = 10.0
HEAP_BYTES: Final = 64_000_000
"""Memory for postings while writing; beyond it they go to disk."""

MAX_MENTIONS: Final = 1_000
"""Mentions of one concept in one document that count."""

_LOCK: Final = "integra.lock"
_META: Final = "meta.json"
_SEGMENT: Final = re.compile(r"[0-9a-f]{32}\.[a-z0-9.]+")
_BOOKKEEPING: Final = (".managed.json", ".tantivy-meta.lock", ".tantivy-writer.lock")
_TRY_S: Final = 0.05
_NEWEST_BITS: Final = 28  # below the second of publication: what puts equals in a fixed order

# What reading damaged files has been seen to raise.
_UNREADABLE: Final = (AttributeError, KeyError, OSError, TypeError, ValueError)

_log = logging.getLogger(__name__)


class TantivyIndex:
    """A `SearchIndex` on tantivy's files."""

    def __init__(self, folder: Path, vocabulary: Vocabulary) -> None:
        """Open the index in folder, or begin an empty one where there is none that can be used.

        Raises:
            UnavailableError: folder is not ours, or the disk failed.
        """
        self._folder = folder
        self._vocabulary = vocabulary
        self._schema = schema()
        self._write_lock = threading.Lock()  # guards _stamp, _index and _snapshot when they change
        self._pause = threading.Event()  # never set: waiting for it is waiting
        self._spellers: dict[int, Speller] = {}
        own_folder(folder)
        opened = self._open()
        self._stamp, self._index, self._snapshot = opened or self._begin()

    @property
    def vocabulary(self) -> Vocabulary:
        """The thesaurus that documents are annotated with and queries expanded by."""
        return self._vocabulary

    @property
    def is_stale(self) -> bool:
        """Whether documents are annotated by another thesaurus than queries: time to build anew."""
        return self._stamp.vocabulary != self._vocabulary.version

    def adopt(self, vocabulary: Vocabulary) -> None:
        """Expand queries and annotate what comes by another thesaurus from now on."""
        self._vocabulary = vocabulary

    def watermark(self) -> int:
        """Return the change number up to which the index is complete; 0 when it is empty."""
        return self._stamp.watermark

    def apply(self, documents: Sequence[Document], removed: Sequence[str], watermark: int) -> None:
        """Add or replace documents and remove refs in one commit, then move the watermark.

        Raises:
            UnavailableError: another writer is at work, or the disk failed; nothing has changed.
            ValueError: more than `MAX_BATCH` documents and removals.
        """
        if len(documents) + len(removed) > MAX_BATCH:
            raise ValueError("too many documents in one batch")
        latest = latest_of(documents)
        with self._writing(watermark) as writer:
            for ref in {*removed, *latest}:
                writer.delete_documents_by_term("ref", ref)
            for ref in set(latest).difference(removed):
                writer.add_document(_row(latest[ref], self._vocabulary))

    def build(self, documents: Iterable[Document], watermark: int) -> None:
        """Replace everything by documents, each ref given once; the former index serves meanwhile.

        Raises:
            UnavailableError: another writer is at work, or the disk failed; nothing has changed.
        """
        vocabulary = self._vocabulary
        with self._writing(watermark, vocabulary=vocabulary.version) as writer:
            writer.delete_all_documents()
            for document in documents:
                writer.add_document(_row(document, vocabulary))

    def compact(self) -> None:
        """Delete files that no generation needs; tantivy merges by itself as it commits.

        Raises:
            UnavailableError: another writer is at work, or the disk failed; nothing has changed.
        """
        with self._writing(self._stamp.watermark) as writer:
            writer.garbage_collect_files()

    def refresh(self) -> bool:
        """Take up what another process has committed; tell whether there was something.

        Raises:
            UnavailableError: the files cannot be read.
        """
        with self._write_lock:
            return self._take_up()

    def search(self, audience: Audience, request: SearchRequest) -> SearchResults:
        """Return what audience may see and request asks for."""
        return self._answerer(audience).answer(request)

    def refs(self, audience: Audience, request: SearchRequest, limit: int) -> tuple[str, ...]:
        """Return the refs of the first results, at most `MAX_LISTED`; pages are not regarded."""
        return self._answerer(audience).refs(request, min(max(limit, 0), MAX_LISTED))

    def similar(self, audience: Audience, ref: str, limit: int = 5) -> tuple[str, ...]:
        """Return the refs of visible documents most like ref; none if ref itself is not visible."""
        answerer = self._answerer(audience)
        address = answerer.view.find(ref)
        most = min(max(limit, 0), MAX_SIMILAR)
        return answerer.similar(address, most) if address is not None else ()

    def suggest(self, audience: Audience, prefix: str, limit: int = 8) -> tuple[str, ...]:
        """Return words of visible documents that begin like the last word of prefix."""
        view = self._snapshot.view(audience)
        return completions(prefix, view, min(max(limit, 0), MAX_SUGGESTIONS))

    def count(self, audience: Audience) -> int:
        """Return how many documents audience may see."""
        return self._snapshot.view(audience).count

    def concepts(self, audience: Audience) -> dict[str, int]:
        """Return how many visible documents speak of each concept or of one below it."""
        return self._snapshot.view(audience).concept_counts()

    def counts_by_org(self) -> dict[str, int]:
        """Return how many documents of each organisation are held, to compare with the store."""
        return self._snapshot.counts_by_org()

    def close(self) -> None:
        """Let go of the files; the index cannot be used afterwards."""
        with self._write_lock:
            self._spellers.clear()
            self._index = new_index(self._schema, None)
            self._snapshot = TantivySnapshot(self._index.searcher(), self._schema, 0)

    def _answerer(self, audience: Audience) -> TantivyAnswerer:
        snapshot = self._snapshot
        return TantivyAnswerer(
            view=snapshot.view(audience),
            vocabulary=self._vocabulary,
            speller=lambda: self._speller(snapshot),
        )

    def _speller(self, snapshot: TantivySnapshot) -> Speller:
        speller = self._spellers.get(id(snapshot))
        if speller is None:
            speller = Speller(snapshot.surfaces())
            self._spellers = {id(snapshot): speller}
        return speller

    # ------------------------------------------------------------------ opening

    def _open(self) -> tuple[Stamp, Index, TantivySnapshot] | None:
        """Return the index on disk; None if it cannot be trusted."""
        stamp = read_stamp(self._folder)
        if stamp is None or stamp.made_by != self._made_by():
            return None
        try:
            generation = _generation(self._folder)
            if not is_intact(self._folder, stamp, generation=generation, boot=boot_id()):
                return None
            index = new_index(self._schema, self._folder)
            return stamp, index, self._snapshot_of(index)
        except _UNREADABLE as error:
            _log.warning("search index unreadable error=%s", type(error).__name__)
            return None

    def _snapshot_of(self, index: Index) -> TantivySnapshot:
        return TantivySnapshot(index.searcher(), self._schema, _size(self._folder))

    def _begin(self) -> tuple[Stamp, Index, TantivySnapshot]:
        """Empty the folder and begin an index at watermark 0.

        What looked broken may have been another process between its commit and its stamp: once
        the lock is ours it is looked at again.
        """
        with self._locked():
            opened = self._open()
            if opened is not None:
                return opened
            _empty(self._folder)
            index = new_index(self._schema, self._folder)
            return self._write_stamp(0, self._vocabulary.version), index, self._snapshot_of(index)

    def _made_by(self) -> str:
        versions = (
            *(FORMAT_VERSION, INDEXING_VERSION, ANALYSER_VERSION),
            version("tantivy"),
        )
        return hashlib.sha256(repr(versions).encode()).hexdigest()[:16]

    # ------------------------------------------------------------------ writing

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock that keeps other processes from writing; it dies with the process.

        Raises:
            UnavailableError: it could not be had in time, or the disk failed.
        """
        try:
            with (self._folder / _LOCK).open("w") as file:
                tries = max(1, round(LOCK_TIMEOUT_S / _TRY_S))
                if not any(self._try_lock(file.fileno()) for _ in range(tries)):
                    raise UnavailableError("another process is writing the search index")
                yield
        except OSError as error:
            raise UnavailableError("the search index cannot be written") from error

    def _try_lock(self, descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._pause.wait(_TRY_S)
            return False
        return True

    @contextmanager
    def _writing(self, watermark: int, *, vocabulary: str = "") -> Iterator[IndexWriter]:
        """Give a writer over the latest generation and commit; on an error nothing has changed.

        Args:
            watermark: what the index is complete up to afterwards.
            vocabulary: the version that all documents are annotated by afterwards, if it changes.
        """
        with self._write_lock, self._locked():
            self._take_up()
            writer = self._writer()
            try:
                yield writer
                self._commit(writer)
            except ValueError as error:
                # what tantivy raises when the disk fails
                raise UnavailableError("the search index cannot be written") from error
            finally:
                # without it the lock would be held as long as somebody looks at the exception
                with contextlib.suppress(ValueError, RuntimeError):
                    writer.wait_merging_threads()
            self._show()
            self._stamp = self._write_stamp(watermark, vocabulary or self._stamp.vocabulary)

    def _writer(self) -> IndexWriter:
        try:
            return self._index.writer(HEAP_BYTES, 1)
        except ValueError as error:
            raise UnavailableError("the search index cannot be written") from error

    def _commit(self, writer: IndexWriter) -> None:
        writer.commit()
        self._show()

    def _show(self) -> None:
        """Let searches see what was committed."""
        self._index.reload()
        self._snapshot = self._snapshot_of(self._index)
        self._spellers.clear()

    def _take_up(self) -> bool:
        """Follow another process's commits; tell whether there were any."""
        if read_stamp(self._folder) == self._stamp:
            return False
        opened = self._open()
        if opened is None:
            raise UnavailableError("the search index has to be opened again")
        self._stamp, self._index, self._snapshot = opened
        self._spellers.clear()
        return True

    def _write_stamp(self, watermark: int, vocabulary: str) -> Stamp:
        held = [path.name for path in self._folder.iterdir() if _is_kept(path)]
        stamp = Stamp(
            watermark=watermark,
            made_by=self._made_by(),
            vocabulary=vocabulary,
            generation=_generation(self._folder),
            boot=boot_id(),
            files=sizes(self._folder, held),
        )
        write_stamp(self._folder, stamp)
        return stamp


def _row(document: Document, vocabulary: Vocabulary) -> Row:
    kept = analysed(document, vocabulary)
    row = Row()
    row.add_text("ref", document.ref)
    row.add_text("text", _spaced(kept.words))
    row.add_pre_tokenized_text("title", _title(kept.title))
    row.add_text("concept", _mentions(kept))
    values = {"surface": sorted(kept.surfaces), "audience": sorted(document.audience)}
    for field, texts in {**values, **_facets(document)}.items():
        for text in texts:
            row.add_text(field, text)
    row.add_unsigned("newest", _newest(document))
    row.add_bytes("texts", kept.packed_texts())
    return row


def _facets(document: Document) -> dict[str, Sequence[str]]:
    return {
        "kind": [document.kind],
        "language": [base_language(document.language)],
        "setting": sorted(set(document.settings)),
        "stage": sorted(set(document.stages)),
        "country": sorted(set(document.country)),
        "org": [document.org],
        "evidence": [str(document.evidence)],
        "tlp": [document.tlp],
    }


def _spaced(words: Iterable[tuple[int, Form]]) -> str:
    """Return the terms at their places, with gaps between them."""
    parts: list[str] = []
    for number, form in words:
        parts.extend([GAP] * (number - len(parts)))
        parts.append(form.term)
    return " ".join(parts)


def _title(forms: Sequence[Form]) -> PreTokenizedString:
    words = [
        Token(word, place, place)
        for place, form in enumerate(forms)
        if form.term
        for word in sorted({form.term, form.surface})
    ]
    return PreTokenizedString("", words)


def _mentions(kept: Analysed) -> str:
    return " ".join(
        " ".join([term] * min(count, MAX_MENTIONS)) for term, count in kept.concepts.items()
    )


def _newest(document: Document) -> int:
    """Return a number that is higher the later document was published, equal for hardly any two."""
    tie = zlib.crc32(document.ref.encode()) & ((1 << _NEWEST_BITS) - 1)
    return (max(document.published_at, 0) << _NEWEST_BITS) + tie


def _generation(folder: Path) -> int:
    meta = json.loads((folder / _META).read_bytes())
    return int(meta["opstamp"])


def _size(folder: Path) -> int:
    """Return how many documents the segments hold, deleted ones included."""
    meta = json.loads((folder / _META).read_bytes())
    return sum(int(segment["max_doc"]) for segment in meta["segments"])


def _is_kept(path: Path) -> bool:
    """Tell whether a file is part of what a stamp vouches for."""
    return bool(_SEGMENT.fullmatch(path.name)) or path.name == _META


def _empty(folder: Path) -> None:
    """Remove the files of an index from folder, and nothing else."""
    for path in folder.iterdir():
        ours = _is_kept(path) or path.name in _BOOKKEEPING or path.name.startswith(STAMP_NAME)
        if ours and path.is_file():
            path.unlink()
