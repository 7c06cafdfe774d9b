"""Which practices stand in a JSON file: one object, a list of them, or one on each line?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from integra_node.intake.refusal import (
    MAX_DEPTH,
    MAX_FILE_BYTES,
    MAX_RECORD,
    MAX_ROWS,
    UnreadableError,
)

Record = dict[str, Any]
_BLANK: Final = b" \t\r\n"


def read_json(data: bytes) -> Iterator[tuple[int, Record]]:
    """Yield the objects of a file with their numbers, from 1; of JSON Lines, those of the lines.

    Raises:
        UnreadableError: not JSON, not objects, or over a bound.
    """
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableError("file_too_large", max=MAX_FILE_BYTES // 2**20)
    data = data.removeprefix(b"\xef\xbb\xbf").strip(_BLANK)
    if not data:
        raise UnreadableError("file_empty")
    if data.startswith(b"["):
        yield from _of_list(data)
        return
    try:
        yield 1, _object(data.decode(), 1)
    except UnicodeDecodeError as error:
        raise UnreadableError("wrong_encoding", encoding="utf-8", line=1) from error
    except UnreadableError:
        if b"\n" not in data:
            raise
        yield from _of_lines(data)


def _of_lines(data: bytes) -> Iterator[tuple[int, Record]]:
    count = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip(_BLANK):
            continue
        count += 1
        if count > MAX_ROWS:
            raise UnreadableError("too_many_rows", max=MAX_ROWS)
        if len(line) > MAX_RECORD * 4:
            raise UnreadableError("record_too_long", line=number, max=MAX_RECORD)
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise UnreadableError("wrong_encoding", encoding="utf-8", line=number) from error
        yield number, _object(text, number)


def _of_list(data: bytes) -> Iterator[tuple[int, Record]]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("bad_json", line=getattr(error, "lineno", 1)) from error
    if len(found) > MAX_ROWS:
        raise UnreadableError("too_many_rows", max=MAX_ROWS)
    for number, one in enumerate(found, 1):
        yield number, _checked(one, number)


def _object(text: str, number: int) -> Record:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1) - 1 + number
        raise UnreadableError("bad_json", line=line) from error
    return _checked(found, number)


def _checked(found: object, number: int) -> Record:
    if not isinstance(found, dict):
        raise UnreadableError("not_objects", line=number)
    if _depth(found) > MAX_DEPTH:
        raise UnreadableError("record_too_deep", line=number, max=MAX_DEPTH)
    if len(json.dumps(found, ensure_ascii=False)) > MAX_RECORD:
        raise UnreadableError("record_too_long", line=number, max=MAX_RECORD)
    return found


def _depth(value: object) -> int:
    deepest, stack = 0, [(value, 1)]
    while stack:
        one, depth = stack.pop()
        below = one.values() if isinstance(one, dict) else one if isinstance(one, list) else None
        if below is None:
            continue
        deepest = max(deepest, depth)
        if deepest > MAX_DEPTH:
            return deepest
        stack.extend((item, depth + 1) for item in below)
    return deepest
