"""Does a text lie anywhere on a disk where it must not be, in any spelling that computers give it?

    tools/canary.py HOME... --canary TEXT [--canary TEXT] [--file TEXTS] [--control]

Every file below each HOME is read (databases, write-ahead logs, indexes, logs, temporary files,
captured output), and every cell of each SQLite database, because a long value is split over its
pages.  The text is looked for as UTF-8 and UTF-16, composed and decomposed, as it is, lower and
upper case; plain, as hex, as base64 at three offsets, escaped as in JSON, percent-encoded; and all
of this again inside gzip, zlib and zip.  Exit code: 0 nowhere, 1 found, 2 wrong use.
``--control`` first plants each spelling in a folder of its own and demands that all are found.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import io
import json
import os
import re
import sqlite3
import struct
import sys
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

MIN_CHARACTERS: Final = 8  # shorter texts are met by chance
WINDOW_BYTES: Final = 4 * 1024 * 1024
INPUT_BYTES: Final = 64 * 1024
MAX_INFLATED_BYTES: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = 3  # compressed inside compressed
SQLITE_MAGIC: Final = b"SQLite format 3\0"
PACKED: Final = re.compile(rb"\x1f\x8b\x08|PK\x03\x04|\x78[\x01\x5e\x9c\xda]")
GZIP_BITS: Final = 31
ZLIB_BITS: Final = 15
RAW_BITS: Final = -15
ZIP_HEADER_BYTES: Final = 30


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a canary was found; ``spelling`` says how it was written."""

    path: str
    spelling: str
    canary: str


Reader = Callable[[int, int], bytes]
"""Gives up to so many bytes from an offset; fewer at the end."""


def search(paths: Iterable[Path], canaries: Iterable[str]) -> list[Place]:
    """Return every place below ``paths`` where one of the texts is found, sorted.

    Raises:
        ValueError: no text, or one of fewer than 8 characters.
        OSError: a path cannot be read.
    """
    known = needles(canaries)
    found: set[Place] = set()
    for path in paths:
        for file in _files(path):
            found |= {Place(str(file), *what) for what in _in_file(file, known)}
    return sorted(found)


def needles(canaries: Iterable[str]) -> dict[bytes, tuple[str, str]]:
    """Return each byte string to look for, with how it is spelled and which canary it is."""
    found: dict[bytes, tuple[str, str]] = {}
    for canary in canaries:
        if len(canary) < MIN_CHARACTERS:
            raise ValueError(f"a canary has at least {MIN_CHARACTERS} characters")
        for form, text in _forms(canary).items():
            for spelling, data in _spellings(text).items():
                found.setdefault(data, (f"{form} {spelling}", canary))
    if not found:
        raise ValueError("no canary")
    return found


_NORMAL_FORMS: Final[tuple[Literal["NFC", "NFD"], ...]] = ("NFC", "NFD")


def _forms(canary: str) -> dict[str, str]:
    forms: dict[str, str] = {}
    for normal in _NORMAL_FORMS:
        text = unicodedata.normalize(normal, canary)
        forms |= {normal: text, f"{normal} lower": text.lower(), f"{normal} upper": text.upper()}
    return forms


def _spellings(text: str) -> dict[str, bytes]:
    escaped = json.dumps(text)[1:-1]
    capital = re.sub(r"\\u[0-9a-f]{4}", lambda one: "\\u" + one[0][2:].upper(), escaped)
    found = {
        "json": escaped.encode(),
        "json capital": capital.encode(),
        "percent": quote(text, safe="").encode(),
    }
    for code in ("utf-8", "utf-16-le", "utf-16-be"):
        raw = text.encode(code)
        found |= {code: raw, f"{code} hex": raw.hex().encode()}
        found[f"{code} HEX"] = raw.hex().upper().encode()
        for offset in range(3):
            core = _base64_core(raw, offset)
            found[f"{code} base64+{offset}"] = core
            found[f"{code} base64url+{offset}"] = core.translate(bytes.maketrans(b"+/", b"-_"))
    return found


def _base64_core(raw: bytes, offset: int) -> bytes:
    """Return the digits that do not depend on what stands before and after ``raw``."""
    encoded = base64.b64encode(bytes(offset) + raw)
    return encoded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]


# ------------------------------------------------------------------ where to look


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, _, names in os.walk(path):
        for name in sorted(names):
            file = Path(folder, name)
            if file.is_file() and not file.is_symlink():
                yield file


def _in_file(file: Path, known: Mapping[bytes, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    yield from _plain(str(file).encode(errors="surrogateescape"), known)
    with file.open("rb", buffering=0) as opened:
        number = opened.fileno()
        is_database = os.pread(number, len(SQLITE_MAGIC), 0) == SQLITE_MAGIC
        yield from _in_source(lambda at, size: os.pread(number, size, at), known, 0)
    if is_database:
        for value in _cells(file):
            yield from _in_source(_reader(value), known, 0)


def _cells(file: Path) -> Iterator[bytes]:
    """Yield every text and every byte string that an SQLite database holds."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
        database.text_factory = bytes
        names = [name.decode() for (name,) in database.execute(_TABLES)]
        for name in names:
            quoted = name.replace('"', '""')
            for row in database.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 - its own names
                yield from (value for value in row if isinstance(value, bytes))


_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table'"


def _reader(data: bytes) -> Reader:
    return lambda at, size: data[at : at + size]


def _in_source(
    read: Reader, known: Mapping[bytes, tuple[str, str]], depth: int
) -> Iterator[tuple[str, str]]:
    """Yield what is found in a source, window after window, and in what is packed in it."""
    overlap = max(map(len, known))
    at = 0
    while window := read(at, WINDOW_BYTES + overlap):
        yield from _plain(window, known)
        if depth < MAX_DEPTH:
            for match in PACKED.finditer(window[: WINDOW_BYTES + 3]):
                yield from _in_packed(read, at + match.start(), match[0], known, depth)
        if len(window) <= WINDOW_BYTES:
            return
        at += WINDOW_BYTES


def _plain(data: bytes, known: Mapping[bytes, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    yield from (what for needle, what in known.items() if needle in data)


def _in_packed(
    read: Reader, at: int, magic: bytes, known: Mapping[bytes, tuple[str, str]], depth: int
) -> Iterator[tuple[str, str]]:
    bits = GZIP_BITS
    if magic.startswith(b"\x78"):
        bits = ZLIB_BITS
    elif magic.startswith(b"PK"):
        header = read(at, ZIP_HEADER_BYTES)
        if len(header) < ZIP_HEADER_BYTES:
            return
        bits = RAW_BITS
        at += ZIP_HEADER_BYTES + sum(struct.unpack("<HH", header[26:30]))
    inflated = _inflate(read, at, bits)
    if len(inflated) > MAX_INFLATED_BYTES:
        yield "not searched: unpacks to more than 64 MiB", ""
    packed = {needle: (f"{how} in packed", text) for needle, (how, text) in known.items()}
    yield from _in_source(_reader(inflated), packed, depth + 1)


def _inflate(read: Reader, at: int, bits: int) -> bytes:
    """Return what unpacks from an offset, up to the first fault or one byte over the bound."""
    engine = zlib.decompressobj(bits)
    found = bytearray()
    while not engine.eof and len(found) <= MAX_INFLATED_BYTES:
        data = engine.unconsumed_tail or read(at, INPUT_BYTES)
        if not data:
            break
        if not engine.unconsumed_tail:
            at += len(data)
        try:
            found += engine.decompress(data, INPUT_BYTES)
        except zlib.error:
            break
    return bytes(found[: MAX_INFLATED_BYTES + 1])


# ------------------------------------------------------------------ the control


def check_control() -> list[str]:
    """Plant every spelling in files of their own; return the names of those that are not found."""
    canary = "Zoé Kanarienvögelchen d’été"
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        for name, data in control_files(canary).items():
            file = Path(folder, name.replace(" ", "_").replace("+", "_"))
            file.write_bytes(data)
            if not search([file], [canary]):
                missed.append(name)
        if not _is_found_in_database(folder, canary):
            missed.append("database")
    return missed


def control_files(canary: str) -> dict[str, bytes]:
    """Return what a control folder holds: each spelling in noise, and each kind of packing."""
    files = {}
    for form, text in _forms(canary).items():
        for spelling, data in _spellings(text).items():
            files[f"{form} {spelling}"] = b"\x00\xffnoise" + data + b"noise\xff\x00"
    plain = b"noise " * 50 + canary.encode() + b" noise" * 50
    files["gzip"] = b"before" + gzip.compress(plain) + b"after"
    for level in (1, 6, 9):
        files[f"zlib {level}"] = b"before" + zlib.compress(plain, level) + b"after"
    members = io.BytesIO()
    with zipfile.ZipFile(members, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("noise.txt", "noise")
        archive.writestr("member.txt", plain)
    files["zip"] = members.getvalue()
    files["zip in gzip"] = gzip.compress(members.getvalue())
    files["window"] = bytes(WINDOW_BYTES - 5) + canary.encode()
    return files


def _is_found_in_database(folder: str, canary: str) -> bool:
    """Say whether a text is found that a database splits over two of its pages."""
    file = Path(folder, "control.db")
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE noise (value BLOB)")
        values = [(b"x" * length + canary.encode(),) for length in range(4_000, 4_200)]
        database.executemany("INSERT INTO noise VALUES (?)", values)
        database.commit()
    return [canary.encode() in one for one in _cells(file)] == [True] * len(values)


# ------------------------------------------------------------------ command


def main(arguments: list[str]) -> int:
    """Search, print the places, return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("homes", nargs="*", type=Path, metavar="HOME")
    parser.add_argument("--canary", action="append", default=[], metavar="TEXT")
    parser.add_argument("--file", type=Path, metavar="TEXTS", help="one canary on each line")
    parser.add_argument("--control", action="store_true", help="prove first that all is found")
    given = parser.parse_args(arguments)
    if given.control and not _report_control():
        return 1
    if given.control and not given.homes:
        return 0
    canaries = list(given.canary)
    try:
        if given.file is not None:
            canaries += given.file.read_text(encoding="utf-8").split("\n")
        places = search(given.homes, [text for text in canaries if text])
    except (OSError, ValueError, sqlite3.Error) as error:
        print(error, file=sys.stderr)
        return 2
    for place in places:
        print(f"{place.path}: {place.spelling}: {place.canary}")
    print(f"{len(places)} places")
    return 1 if places else 0


def _report_control() -> bool:
    missed = check_control()
    print(f"control: {len(control_files('Kanarienvogel'))} ways, {len(missed)} missed")
    for name in missed:
        print(f"control missed: {name}")
    return not missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
