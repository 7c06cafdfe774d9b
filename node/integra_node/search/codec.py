"""How do posting lists lie on disk so that Python reads them fast?

A Whoosh codec with one change: a posting list is three packed arrays (document numbers, counts,
positions) instead of compressed pickles of 128 postings.  Whole lists are read at once, because our
ranking wants them whole.  Files are memory-mapped and read without moving a position, so that
threads may share a reader, which Whoosh's own files do not allow.
"""

from __future__ import annotations

import mmap
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Any, Final

from whoosh import fields, formats
from whoosh.codec.base import PostingsWriter
from whoosh.codec.whoosh3 import W3Codec, W3TermInfo
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile, StructFile
from whoosh.matching import ListMatcher

CODEC_VERSION: Final = 1

_HEADER: Final = Struct("=BI")  # flags, number of postings
_WIDE_IDS: Final = 1  # document numbers in 4 bytes instead of 2
_COUNTS: Final = 2  # counts present; absent means that all are 1
_WIDE_COUNTS: Final = 4  # counts in 2 bytes instead of 1
_POSITIONS: Final = 8  # positions present, as many as the counts say

MAX_POSITION: Final = 0xFFFF
_MAX_COUNT: Final = 0xFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """The documents of one segment that hold a term."""

    ids: array[int]
    """Document numbers, ascending."""
    counts: array[int] | None
    """Occurrences in each; None when all are 1."""
    positions: array[int] | None
    """Word numbers, those of the first document first; None in a field without positions."""


def pack(ids: array[int], counts: array[int], positions: bytes) -> bytes:
    """Return the packed form of one posting list; positions are unsigned 16-bit numbers."""
    flags = 0
    if ids[-1] > 0xFFFF:
        flags |= _WIDE_IDS
    else:
        ids = array("H", ids)
    if max(counts) > 1:
        flags |= _COUNTS
    if max(counts) > 0xFF:
        flags |= _WIDE_COUNTS
    if positions:
        flags |= _POSITIONS
    packed = array("H" if flags & _WIDE_COUNTS else "B", counts) if flags & _COUNTS else array("B")
    return _HEADER.pack(flags, len(ids)) + ids.tobytes() + packed.tobytes() + positions


def unpack(data: bytes) -> Postings:
    """Return the posting list in data, as `pack` wrote it."""
    flags, size = _HEADER.unpack_from(data)
    ids = array("I" if flags & _WIDE_IDS else "H")
    at = _HEADER.size
    end = at + size * ids.itemsize
    ids.frombytes(data[at:end])
    counts = None
    if flags & _COUNTS:
        counts = array("H" if flags & _WIDE_COUNTS else "B")
        at, end = end, end + size * counts.itemsize
        counts.frombytes(data[at:end])
    positions = None
    if flags & _POSITIONS:
        positions = array("H")
        positions.frombytes(data[end:])
    return Postings(ids=ids, counts=counts, positions=positions)


class PackedWriter(PostingsWriter):  # type: ignore[misc]  # whoosh has no types
    """Writes posting lists one after the other into the postings file."""

    def __init__(self, postfile: Any) -> None:  # noqa: ANN401  whoosh has no types
        self._postfile = postfile
        self._clear()

    def _clear(self) -> None:
        self._ids = array("I")
        self._counts = array("I")
        self._positions: list[bytes] = []

    def written(self) -> bool:
        """Tell whether part of the current list is already on disk: never."""
        return False

    def start_postings(self, format_: object, terminfo: object) -> None:  # noqa: ARG002
        """Begin the list of one term."""
        self._clear()

    def add_posting(self, id_: int, weight: float, vbytes: bytes, _length: object = None) -> None:
        """Add one document: its number, the count as weight, the positions as value."""
        self._ids.append(id_)
        self._counts.append(min(int(weight), _MAX_COUNT))
        if vbytes:
            self._positions.append(vbytes)

    def finish_postings(self) -> W3TermInfo:
        """Write the list and return what the term dictionary has to know of it."""
        offset = self._postfile.tell()
        data = pack(self._ids, self._counts, b"".join(self._positions))
        self._postfile.write(data)
        info = W3TermInfo(
            weight=sum(self._counts),
            df=len(self._ids),
            minlength=0,
            minid=self._ids[0],
            maxid=self._ids[-1],
        )
        info.set_extent(offset, len(data))
        return info


class PackedCodec(W3Codec):  # type: ignore[misc]  # whoosh has no types
    """Whoosh's codec with packed posting lists."""

    length_stats = False

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> PackedWriter:  # noqa: ANN401, FBT001, FBT002
        """Return the writer of a postings file."""
        if byteids:
            raise ValueError("term vectors are not kept")
        return PackedWriter(dbfile)

    def postings_reader(
        self,
        dbfile: Any,  # noqa: ANN401
        terminfo: Any,  # noqa: ANN401
        format_: Any,  # noqa: ANN401
        term: object = None,
        scorer: object = None,
    ) -> PackedMatcher:
        """Return the list of one term as Whoosh walks it when it merges segments."""
        return PackedMatcher(unpack(read_extent(dbfile, terminfo)), format_, term, scorer)


def read_extent(postfile: Any, terminfo: Any) -> bytes:  # noqa: ANN401  whoosh has no types
    """Return the bytes of the posting list that terminfo points to."""
    offset, length = terminfo.extent()
    # Whoosh 2.7.5 reads the length back as a tuple of one
    size = length[0] if isinstance(length, tuple) else length
    data: bytes = postfile.get(offset, size)
    return data


class PackedMatcher(ListMatcher):  # type: ignore[misc]  # whoosh has no types
    """A posting list in memory; `postings` is what our ranking reads."""

    def __init__(self, postings: Postings, format_: object, term: object, scorer: object) -> None:
        self.postings = postings
        counts = postings.counts or array("B", [1]) * len(postings.ids)
        super().__init__(
            postings.ids,
            weights=counts,
            values=list(_values(postings.positions, counts)),
            format=format_,
            term=term,
            scorer=scorer,
        )


def _values(positions: array[int] | None, counts: array[int]) -> Iterator[bytes]:
    start = 0
    for count in counts:
        yield positions[start : start + count].tobytes() if positions is not None else b""
        start += count


class TermsField(fields.FieldType):  # type: ignore[misc]  # whoosh has no types
    """A field whose value is already analysed: term to positions, or term to count."""

    def __init__(self, *, unique: bool = False) -> None:
        super().__init__(formats.Positions(), None, unique=unique)

    def index(
        self, value: Mapping[str, array[int] | int], **_: object
    ) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Yield (term, count, weight, positions) as Whoosh stores them."""
        for term, places in value.items():
            if isinstance(places, int):
                yield term.encode(), places, float(places), b""
            else:
                yield term.encode(), len(places), float(len(places)), places.tobytes()


class MappedFile(StructFile):  # type: ignore[misc]  # whoosh has no types
    """A memory-mapped file; reading at a position changes nothing in it."""

    def __init__(self, data: mmap.mmap, name: str) -> None:
        super().__init__(data, name=name)
        self._data = data

    def get(self, position: int, length: int) -> bytes:
        """Return length bytes from position."""
        return self._data[position : position + length]

    def get_array(self, position: int, typecode: str, length: int) -> array[Any]:
        """Return length numbers from position, written big-endian."""
        numbers: array[Any] = array(typecode)
        numbers.frombytes(self.get(position, length * numbers.itemsize))
        if _LITTLE_ENDIAN:
            numbers.byteswap()
        return numbers


_LITTLE_ENDIAN: Final = array("H", [1]).tobytes()[0] == 1


class MappedStorage(FileStorage):  # type: ignore[misc]  # whoosh has no types
    """A folder of index files, each mapped when opened."""

    def open_file(self, name: str, **_: object) -> Any:  # noqa: ANN401  whoosh has no types
        """Return the file called name, mapped; an empty file cannot be."""
        with Path(self.folder, name).open("rb") as file:
            if file.seek(0, 2) == 0:
                return BufferFile(b"", name=name)
            return MappedFile(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), name)
