"""How is the index kept on disk, brought up to date, and asked?

The folder is a disposable projection of the store, for this node's eyes only (mode 0700).  Whatever
is wrong with it, it is emptied and filled again from watermark 0.  One thread of one process
writes; any number of threads read, each search within one unchanging snapshot.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
import shutil
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from whoosh import columns, fields
from whoosh.filedb.filetables import FileFormatError
from whoosh.index import TOC, FileIndex
from whoosh.index import IndexError as WhooshIndexError
from whoosh.reading import SegmentReader
from whoosh.util.filelock import try_for
from whoosh.writing import CLEAR, SegmentWriter

from integra_node.search.answering import Answerer
from integra_node.search.audience import Audience
from integra_node.search.codec import CODEC_VERSION, MappedStorage, PackedCodec, TermsField
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
from integra_node.search.indexing import INDEXING_VERSION, fields_of, latest_of
from integra_node.search.ranking import concept_counts
from integra_node.search.snapshot import CodeBook, Segment, Snapshot
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
from integra_node.search.text import ANALYSER_VERSION
from integra_node.search.vocabulary import Vocabulary
from integra_protocol.errors import UnavailableError

MAX_SEGMENTS: Final = 10
"""Segments after which small ones are merged: each costs every search a little."""

LOCK_TIMEOUT_S: Final = 10.0
POOL_MB: Final = 96
"""Memory for postings while writing, in MB; beyond it they go to disk."""


_NAME: Final = "MAIN"
_LOCK: Final = _NAME + "_WRITELOCK"
_MIN_MERGE: Final = 5  # segments merged together, however large
_MERGE_RATIO: Final = 4  # beyond them a segment joins only if it is less than so many times larger
_OPEN_TRIES: Final = (
    5  # another process may delete a segment between its name being read and opened
)

# What reading damaged files has been seen to raise, in pickle, struct, mmap and Whoosh itself.
_UNREADABLE: Final = (
    ArithmeticError, AssertionError, AttributeError, BufferError, EOFError, ImportError,
    FileFormatError, LookupError, MemoryError, OSError, TypeError, ValueError, WhooshIndexError,
    pickle.UnpicklingError, struct.error, zlib.error,
)  # fmt: skip

_log = logging.getLogger(__name__)


class WhooshIndex:
    """A `SearchIndex` on Whoosh's files."""

    def __init__(self, folder: Path, vocabulary: Vocabulary) -> None:
        """Open the index in folder, or begin an empty one where there is none that can be used.

        Raises:
            UnavailableError: folder is not ours, or the disk failed.
        """
        self._folder = folder
        self._vocabulary = vocabulary
        self._schema = _schema()
        self._write_lock = threading.Lock()  # guards _stamp, _snapshot and _book when they change
        own_folder(folder)
        self._storage = MappedStorage(str(folder))
        self._book = CodeBook()
        self._spellers: dict[int, Speller] = {}
        opened = self._open()
        self._stamp, self._snapshot = opened if opened is not None else self._begin()

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
        with self._writing() as writer:
            for ref in {*removed, *latest}:
                self._delete(writer, ref)
            for ref in set(latest).difference(removed):
                writer.add_document(**fields_of(latest[ref], self._vocabulary))
            writer.commit(mergetype=_merge_small)
            self._committed(watermark)

    def build(self, documents: Iterable[Document], watermark: int) -> None:
        """Replace everything by documents, each ref given once; the former index serves meanwhile.

        Raises:
            UnavailableError: another writer is at work, or the disk failed; nothing has changed.
        """
        vocabulary = self._vocabulary
        with self._writing() as writer:
            for document in documents:
                writer.add_document(**fields_of(document, vocabulary))
            writer.commit(mergetype=CLEAR)
            self._committed(watermark, vocabulary=vocabulary.version)

    def compact(self) -> None:
        """Merge all segments into one and drop what was deleted, for a quiet hour.

        Raises:
            UnavailableError: another writer is at work, or the disk failed; nothing has changed.
        """
        with self._writing() as writer:
            writer.commit(optimize=True)
            self._committed(self._stamp.watermark)

    def refresh(self) -> bool:
        """Take up what another process has committed; tell whether there was something.

        Raises:
            UnavailableError: the files cannot be read.
        """
        with self._write_lock:
            if TOC._latest_generation(self._storage, _NAME) == self._snapshot.generation:  # noqa: SLF001
                return False
            opened = self._open()
            if opened is None:
                raise UnavailableError("the search index is being rebuilt")
            self._stamp, self._snapshot = opened
            return True

    def search(self, audience: Audience, request: SearchRequest) -> SearchResults:
        """Return what audience may see and request asks for."""
        return self._answerer(audience).answer(request)

    def refs(self, audience: Audience, request: SearchRequest, limit: int) -> tuple[str, ...]:
        """Return the refs of the first results, at most `MAX_LISTED`; pages are not regarded."""
        return self._answerer(audience).refs(request, min(max(limit, 0), MAX_LISTED))

    def similar(self, audience: Audience, ref: str, limit: int = 5) -> tuple[str, ...]:
        """Return the refs of visible documents most like ref; none if ref itself is not visible."""
        answerer = self._answerer(audience)
        numbers = answerer.view.find("ref", ref).ids
        return answerer.similar(numbers[0], min(max(limit, 0), MAX_SIMILAR)) if numbers else ()

    def suggest(self, audience: Audience, prefix: str, limit: int = 8) -> tuple[str, ...]:
        """Return words of visible documents that begin like the last word of prefix."""
        view = self._snapshot.view(audience)
        return completions(prefix, view, min(max(limit, 0), MAX_SUGGESTIONS))

    def count(self, audience: Audience) -> int:
        """Return how many documents audience may see."""
        return self._snapshot.view(audience).count

    def concepts(self, audience: Audience) -> dict[str, int]:
        """Return how many visible documents speak of each concept or of one below it."""
        return concept_counts(self._snapshot.view(audience), self._vocabulary)

    def counts_by_org(self) -> dict[str, int]:
        """Return how many documents of each organisation are held, to compare with the store."""
        return self._snapshot.counts_by_org()

    def close(self) -> None:
        """Let go of the files; the index cannot be used afterwards."""
        with self._write_lock:
            self._spellers.clear()
            self._snapshot = Snapshot(generation=-1, segments=(), deleted=(), book=CodeBook())

    def _answerer(self, audience: Audience) -> Answerer:
        snapshot = self._snapshot
        return Answerer(
            view=snapshot.view(audience),
            vocabulary=self._vocabulary,
            speller=lambda: self._speller(snapshot),
        )

    # ------------------------------------------------------------------ opening

    def _open(self) -> tuple[Stamp, Snapshot] | None:
        """Return the index on disk; None if it cannot be trusted."""
        stamp = read_stamp(self._folder)
        if stamp is None or stamp.made_by != self._made_by():
            return None
        for _ in range(_OPEN_TRIES):
            generation = TOC._latest_generation(self._storage, _NAME)  # noqa: SLF001
            if not is_intact(self._folder, stamp, generation=generation, boot=boot_id()):
                return None
            try:
                return stamp, self._load()
            except _UNREADABLE as error:
                _log.warning("search index unreadable error=%s", type(error).__name__)
        return None

    def _load(self) -> Snapshot:
        toc = TOC.read(self._storage, _NAME, schema=self._schema)
        known = {segment.id: segment for segment in getattr(self, "_snapshot", _NOTHING).segments}
        segments = [
            known.get(one.segment_id()) or Segment(self._storage, one, self._schema, self._book)
            for one in toc.segments
        ]
        return Snapshot(
            generation=toc.generation,
            segments=segments,
            deleted=[frozenset(one.deleted_docs()) for one in toc.segments],
            book=self._book,
        )

    def _begin(self) -> tuple[Stamp, Snapshot]:
        """Empty the folder and begin an index at watermark 0.

        What looked broken may have been another process between its commit and its stamp: once
        the lock is ours it is looked at again.
        """
        with self._locked():
            opened = self._open()
            if opened is not None:
                return opened
            _empty(self._folder)
            self._book = CodeBook()
            FileIndex.create(self._storage, self._schema, _NAME)
            snapshot = self._load()
            return self._write_stamp(0, snapshot, self._vocabulary.version), snapshot

    def _made_by(self) -> str:
        versions = (CODEC_VERSION, INDEXING_VERSION, ANALYSER_VERSION)
        return hashlib.sha256(repr(versions).encode()).hexdigest()[:16]

    # ------------------------------------------------------------------ writing

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock that keeps other processes from writing.

        Raises:
            UnavailableError: it could not be had in time, or the disk failed.
        """
        try:
            lock = self._storage.lock(_LOCK)
            if not try_for(lock.acquire, timeout=LOCK_TIMEOUT_S, delay=0.05):
                raise UnavailableError("another process is writing the search index")
            try:
                yield
            finally:
                lock.release()
        except OSError as error:
            raise UnavailableError("the search index cannot be written") from error

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        """Give a writer over the latest generation; what is not committed is dropped."""
        with self._write_lock, self._locked():
            self._take_up()
            _remove_tree(self._folder / (_NAME + ".tmp"))
            writer = SegmentWriter(
                FileIndex(self._storage, self._schema, _NAME),
                _lk=False,
                codec=PackedCodec(),
                compound=False,
                limitmb=POOL_MB,
            )
            try:
                yield writer
            finally:
                if not writer.is_closed:
                    writer.cancel()

    def _take_up(self) -> None:
        """Follow another process's commits before deleting by document number."""
        if TOC._latest_generation(self._storage, _NAME) != self._snapshot.generation:  # noqa: SLF001
            opened = self._open()
            if opened is None:
                raise UnavailableError("the search index has to be opened again")
            self._stamp, self._snapshot = opened

    def _delete(self, writer: Any, ref: str) -> None:  # noqa: ANN401  whoosh has no types
        for base, postings in self._snapshot.postings("ref", ref):
            for number in postings.ids:
                writer.delete_document(base + number)

    def _committed(self, watermark: int, *, vocabulary: str = "") -> None:
        """Take up what was committed; vocabulary: all documents are annotated by this version."""
        snapshot = self._load()
        version = vocabulary or self._stamp.vocabulary
        self._stamp = self._write_stamp(watermark, snapshot, version)
        self._snapshot = snapshot
        self._spellers.clear()

    def _write_stamp(self, watermark: int, snapshot: Snapshot, vocabulary: str) -> Stamp:
        held = {segment.id for segment in snapshot.segments}
        toc = TOC._filename(_NAME, snapshot.generation)  # noqa: SLF001  the name is the format
        names = [
            path.name for path in self._folder.iterdir() if path.name.partition(".")[0] in held
        ]
        stamp = Stamp(
            watermark=watermark,
            made_by=self._made_by(),
            vocabulary=vocabulary,
            generation=snapshot.generation,
            boot=boot_id(),
            files=sizes(self._folder, [*names, toc]),
        )
        write_stamp(self._folder, stamp)
        return stamp

    def _speller(self, snapshot: Snapshot) -> Speller:
        speller = self._spellers.get(snapshot.generation)
        if speller is None:
            speller = Speller(snapshot.surfaces())
            self._spellers = {snapshot.generation: speller}
        return speller


def _schema() -> fields.Schema:
    return fields.Schema(
        ref=TermsField(unique=True),
        text=TermsField(),
        title=TermsField(),
        surface=TermsField(),
        concept=TermsField(),
        meta=fields.COLUMN(columns.VarBytesColumn()),
        texts=fields.COLUMN(columns.VarBytesColumn()),
    )


_NOTHING: Final = Snapshot(generation=-1, segments=(), deleted=(), book=CodeBook())


def _merge_small(writer: Any, segments: list[Any]) -> list[Any]:  # noqa: ANN401  whoosh has no types
    """Merge the smallest segments once there are too many; large ones only with their like."""
    if len(segments) < MAX_SEGMENTS:
        return segments
    ordered = sorted(segments, key=lambda one: int(one.doc_count_all()))
    chosen, size = ordered[:_MIN_MERGE], sum(one.doc_count_all() for one in ordered[:_MIN_MERGE])
    for one in ordered[_MIN_MERGE:]:
        if one.doc_count_all() > _MERGE_RATIO * size:
            break
        chosen.append(one)
        size += one.doc_count_all()
    for one in chosen:
        reader = SegmentReader(writer.storage, writer.schema, one)
        writer.add_reader(reader)
        reader.close()
    return [one for one in segments if one not in chosen]


def _empty(folder: Path) -> None:
    """Remove the files of an index from folder, and nothing else."""
    for path in folder.iterdir():
        if path.is_dir():
            if path.name == _NAME + ".tmp":
                _remove_tree(path)
        elif path.name.startswith((_NAME + "_", f"_{_NAME}_", STAMP_NAME)) and path.name != _LOCK:
            path.unlink()


def _remove_tree(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
