"""Is a file one that may travel with a practice, and is there nothing in it that runs by itself?

What a file is follows from its bytes, never from its name.  PDF and ODT are looked through for
scripts, macros and actions on opening; what cannot be looked through (encrypted, broken) is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Final

from integra_node.rules.problems import InvalidFieldsError, Problem, error
from integra_protocol.limits import MAX_PART_BYTES, MAX_PARTS

MAX_BYTES: Final = MAX_PARTS * MAX_PART_BYTES  # 15 MiB, of all files of one practice together
FIELD: Final = "file"
_MAX_NAME: Final = 255
_MAX_OPENED: Final = 8 * 1024 * 1024  # bytes that are unpacked to look through them
_MAX_MEMBERS: Final = 2_000
_PDF: Final = "application/pdf"
_ODT: Final = "application/vnd.oasis.opendocument.text"
_TEXT: Final = "text/plain"
_SUFFIXES: Final = {
    _PDF: (".pdf",),
    _ODT: (".odt",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    _TEXT: (".txt",),
}
_BAD_IN_NAME: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f/\\:\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM: Final = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
# Long names are no chance among packed bytes; short ones count outside of packed parts only.
_RUNS_LONG: Final = re.compile(
    rb"/(JavaScript|Launch|OpenAction|RichMedia|EmbeddedFile|SubmitForm|ImportData)(?![A-Za-z0-9])"
)
_RUNS_SHORT: Final = re.compile(rb"/(JS|AA|XFA)(?![A-Za-z0-9])")
_ENCRYPTED: Final = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
_ODT_RUNS: Final = (b"script:event-listener", b"vnd.sun.star.script:", b"<script:", b"macro:")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def media_of(name: str, data: bytes) -> str:
    """Return the media type of a file that may travel.

    Raises:
        InvalidFieldsError: it is empty, too large, of another kind, named as another kind, encrypted,
            or holds something that runs: code ``file_active`` says what.
    """
    if not data:
        raise _refused("file_empty")
    if len(data) > MAX_BYTES:
        raise _refused("file_too_large", max=MAX_BYTES // 2**20)
    media = _sniffed(data)
    if not name.lower().endswith(_SUFFIXES[media]):
        raise _refused("file_name_differs")
    if media == _PDF:
        _check_pdf(data)
    if media == _ODT:
        _check_odt(data)
    return media


def clean_name(name: str) -> str:
    """Return the last part of a file name, as it may travel.

    Raises:
        InvalidFieldsError: nothing is left of it, or it is longer than 255 characters.
    """
    last = re.split(r"[/\\]", name)[-1].strip()
    if not last or last in {".", ".."} or len(last) > _MAX_NAME or _BAD_IN_NAME.search(last):
        raise _refused("file_name")
    return last


def _sniffed(data: bytes) -> str:
    if data.startswith(b"%PDF-"):
        return _PDF
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"PK\x03\x04") and data[30:77] == b"mimetype" + _ODT.encode():
        return _ODT
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _refused("file_kind") from None
    if _CONTROL.search(text):
        raise _refused("file_kind")
    return _TEXT


def _check_pdf(data: bytes) -> None:
    plain = _unescaped(data)
    if _ENCRYPTED.search(plain):
        raise _refused("file_encrypted")
    outside = _unescaped(_STREAM.sub(b"", data))
    found = _RUNS_LONG.search(plain) or _RUNS_SHORT.search(outside)
    if found is None:
        inside = _unescaped(_object_streams(data))
        found = _RUNS_LONG.search(inside) or _RUNS_SHORT.search(inside)
    if found is not None:
        raise _refused("file_active", what=found[1].decode())


def _object_streams(data: bytes) -> bytes:
    """Return the objects that stand packed in a PDF, unpacked up to a bound."""
    opened = bytearray()
    for stream in _STREAM.finditer(data):
        head = _unescaped(data[max(0, stream.start() - 1_024) : stream.start()])
        head = head[head.rfind(b" obj") :] if b" obj" in head else head
        if b"/ObjStm" not in head:
            continue
        try:
            opened += zlib.decompressobj().decompress(stream[1], _MAX_OPENED - len(opened) + 1)
        except zlib.error:
            raise _refused("file_unreadable") from None
        if len(opened) > _MAX_OPENED:
            raise _refused("file_unreadable")
    return bytes(opened)


def _check_odt(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
            if len(members) > _MAX_MEMBERS:
                raise _refused("file_unreadable")
            _check_members(packed, members)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        raise _refused("file_unreadable") from None


def _check_members(packed: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    room = _MAX_OPENED
    for member in members:
        folder = member.filename.partition("/")[0].lower()
        if folder in {"basic", "scripts", "dialogs"}:
            raise _refused("file_active", what=member.filename.partition("/")[0])
        if member.filename.startswith("Object") or not member.filename.endswith(".xml"):
            continue
        if member.file_size > room:
            raise _refused("file_unreadable")
        with packed.open(member) as opened:
            text = opened.read(room + 1)
        room -= len(text)
        if room < 0:
            raise _refused("file_unreadable")
        found = next((mark for mark in _ODT_RUNS if mark in text.lower()), None)
        if found is not None:
            raise _refused("file_active", what=found.decode().strip("<:"))


def _unescaped(data: bytes) -> bytes:
    """Return names of a PDF without their escapes: "/J#61vaScript"."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data)


def _refused(code: str, **params: str | int) -> InvalidFieldsError:
    problem: Problem = error(FIELD, code, **params)
    return InvalidFieldsError([problem])
