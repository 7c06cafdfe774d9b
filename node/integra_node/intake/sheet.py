"""What are the rows of the first sheet of an XLSX file? Nothing is computed, followed or run.

The archive is looked at before anything is unpacked.  A formula counts as the value that the
spreadsheet saved beside it; one without such a value is told and never computed here.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Final

import openpyxl

from integra_node.intake.refusal import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_FILE_BYTES,
    MAX_MEMBERS,
    MAX_RATIO,
    MAX_ROWS,
    MAX_UNPACKED_BYTES,
    UnreadableError,
)
from integra_node.intake.table import Table

NO_VALUE: Final = "\x00formula"  # of a formula that nobody computed; no text holds this character
_MEGABYTE: Final = 2**20
# What the library raises on files that are no spreadsheets, or broken ones.
_BROKEN: Final = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError, zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error,
    NotImplementedError,
)  # fmt: skip


def read_xlsx(data: bytes) -> Table:
    """Return the first sheet of a workbook as a table.

    Raises:
        UnreadableError: at once or from ``rows``: no workbook, or over a bound.
    """
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableError("file_too_large", max=MAX_FILE_BYTES // _MEGABYTE)
    try:
        _check_archive(data)
        rows = _rows(data)
        number, header = next(rows, (0, ()))
    except UnreadableError:
        raise
    except _BROKEN as error:
        raise UnreadableError("not_xlsx") from error
    if not number:
        raise UnreadableError("file_empty")
    return Table(header=tuple(one.strip() for one in header), rows=_guarded(rows))


def _check_archive(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise UnreadableError("archive_members", max=MAX_MEMBERS)
    # The library reads no more of a member than is declared here.
    if sum(one.file_size for one in members) > MAX_UNPACKED_BYTES:
        raise UnreadableError("archive_bomb", max=MAX_UNPACKED_BYTES // _MEGABYTE)
    for one in members:
        if one.file_size > _MEGABYTE and one.file_size > MAX_RATIO * max(one.compress_size, 1):
            raise UnreadableError("archive_bomb", max=MAX_UNPACKED_BYTES // _MEGABYTE)


def _guarded(rows: Iterator[tuple[int, tuple[str, ...]]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    try:
        yield from rows
    except UnreadableError:
        raise
    except _BROKEN as error:
        raise UnreadableError("not_xlsx") from error


def _rows(data: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    values = _open(data, values=True)
    formulas = _open(data, values=False) if _has_formulas(data) else None
    try:
        pairs = zip(_sheet(values), _sheet(formulas), strict=True) if formulas else (
            (row, row) for row in _sheet(values)
        )  # fmt: skip
        for number, (row, written) in enumerate(pairs, 1):
            if number > MAX_ROWS + 1:
                raise UnreadableError("too_many_rows", max=MAX_ROWS)
            cells = [_text(v, f) for v, f in zip(row, written, strict=True)]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                _check_cells(cells, number)
                yield number, tuple(cells)
    finally:
        values.close()
        if formulas is not None:
            formulas.close()


def _check_cells(cells: list[str], number: int) -> None:
    if len(cells) > MAX_COLUMNS:
        raise UnreadableError("too_many_columns", max=MAX_COLUMNS)
    if max(map(len, cells)) > MAX_CELL:
        raise UnreadableError("cell_too_long", line=number, max=MAX_CELL)


def _open(data: bytes, *, values: bool) -> openpyxl.Workbook:
    return openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=values, keep_links=False
    )


def _sheet(book: openpyxl.Workbook) -> Iterator[tuple[Any, ...]]:
    sheets = book.worksheets
    if not sheets:
        raise UnreadableError("not_xlsx")
    # One row and one column more than allowed, so that what is over the bound is noticed.
    found: Iterator[tuple[Any, ...]] = sheets[0].iter_rows(
        max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS + 1, values_only=True
    )
    return found


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for one in archive.infolist():
            if not one.filename.startswith("xl/worksheets/"):
                continue
            with archive.open(one) as member:
                tail = b""
                while chunk := member.read(_MEGABYTE):
                    if b"<f" in tail + chunk or b":f" in tail + chunk:
                        return True
                    tail = chunk[-2:]
    return False


def _text(value: object, written: object) -> str:
    if value is None:
        return NO_VALUE if isinstance(written, str) and written.startswith("=") else ""
    match value:
        case bool():
            return "1" if value else "0"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 2**53 else str(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
        case date() | time():
            return value.isoformat()
    return str(value)
