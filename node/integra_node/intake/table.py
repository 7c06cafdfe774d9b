"""What are the rows of a CSV file, in whichever encoding and with whichever separator it was saved?"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from integra_node.intake.refusal import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_FILE_BYTES,
    MAX_ROWS,
    UnreadableError,
)

# As people may say it; the three of Windows are what spreadsheets save in the Union's alphabets.
ENCODINGS: Final = ("utf-8", "windows-1252", "windows-1253", "windows-1251")
SEPARATORS: Final = (";", ",", "\t")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE: Final = 65_536  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The header of a file and its rows with their numbers, the header's being 1."""

    header: tuple[str, ...]
    rows: Iterator[tuple[int, tuple[str, ...]]]
    encoding: str = ""
    separator: str = ""


def read_csv(data: bytes, encoding: str = "") -> Table:
    """Return a CSV file as a table; an empty ``encoding`` is guessed.

    Raises:
        UnreadableError: at once or from ``rows``: over a bound, another encoding, broken quotes.
    """
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableError("file_too_large", max=MAX_FILE_BYTES // 2**20)
    used = encoding if encoding in ENCODINGS else guess_encoding(data)
    text = _decoded(data, used)
    if not text.strip():
        raise UnreadableError("file_empty")
    separator = _separator(text)
    records = _records(text, separator)
    _, header = next(records)
    if len(header) > MAX_COLUMNS:
        raise UnreadableError("too_many_columns", max=MAX_COLUMNS)
    return Table(
        header=tuple(one.strip() for one in header),
        rows=records,
        encoding=used.removesuffix("-sig"),
        separator=separator,
    )


def guess_encoding(data: bytes) -> str:
    """Return which encoding a text is in: its mark, UTF-8 if it fits, else by its letters.

    In Windows-1251 the most frequent letters of Bulgarian stand where Windows-1253 has rare ones,
    and the other way round; in Windows-1252 letters beyond ASCII are few and stand alone.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess_windows(data)
    return "utf-8"


def _guess_windows(data: bytes) -> str:
    sample = data[:_SAMPLE] if any(one > 0x7F for one in data[:_SAMPLE]) else data
    counts = [sample.count(one) for one in range(256)]
    high = sum(counts[0xC0:])
    letters = sum(counts[0x41:0x5B]) + sum(counts[0x61:0x7B])
    if high * 2 < letters:
        return "windows-1252"
    cyrillic = counts[0xE0] + counts[0xEE]  # а, о; in Greek ΰ, ξ
    greek = counts[0xE1] + counts[0xEF] + counts[0xDC]  # α, ο, ά; in Bulgarian б, п, Ь
    return "windows-1251" if cyrillic > greek else "windows-1253"


def _decoded(data: bytes, encoding: str) -> str:
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        told = encoding.removesuffix("-sig")
        raise UnreadableError("wrong_encoding", encoding=told, line=line) from error


def _separator(text: str) -> str:
    """Return which separator stands most often in the first line, outside quotes."""
    outside = "".join(text.lstrip().partition("\n")[0].split('"')[::2])
    return max(SEPARATORS, key=outside.count)


def _records(text: str, separator: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    number = 0
    try:
        for record in islice(reader, MAX_ROWS + 2):
            number += 1
            if number > MAX_ROWS + 1:
                raise UnreadableError("too_many_rows", max=MAX_ROWS)
            if any(cell.strip() for cell in record):
                yield number, tuple(record[: MAX_COLUMNS + 1])
    except csv.Error as error:
        line = reader.line_num
        if "field limit" in str(error):
            raise UnreadableError("cell_too_long", line=line, max=MAX_CELL) from error
        raise UnreadableError("broken_quotes", line=line) from error
