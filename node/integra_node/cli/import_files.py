"""What stands in the files that somebody wants to take in? JSON objects, each with its source."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from integra_node.rules.practice_export import OWNER, PUBLISHED
from integra_protocol.errors import InputError

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_FILES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One body with where it came from, for messages, and its source, for importing it once."""

    place: str
    source_id: str
    body: Mapping[str, object]


def read_items(paths: Iterable[Path], owner: str) -> Iterator[Item]:
    """Yield the bodies of files: one JSON object, a list of them, or JSON Lines (``.jsonl``).

    A folder stands for all its files.  ``source_id`` and ``owner_hint`` are taken out of a body;
    with ``owner`` only those whose hint it is are yielded.

    Raises:
        InputError: too many files, or one is too large or not JSON.
    """
    for path in _files(paths):
        for number, body in enumerate(_bodies(path), 1):
            hint = body.pop(OWNER, "")
            body.pop(PUBLISHED, None)
            if owner and hint != owner:
                continue
            source = body.pop("source_id", f"{path.parent.name}/{path.name}#{number}"[-128:])
            yield Item(place=f"{path} no. {number}", source_id=str(source), body=body)


def _files(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.iterdir() if p.suffix in {".json", ".jsonl"})
        else:
            found.append(path)
    if len(found) > MAX_FILES:
        raise InputError(f"more than {MAX_FILES} files at once")
    return found


def _bodies(path: Path) -> Iterator[dict[str, object]]:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise InputError(f"{path} is over {MAX_FILE_BYTES // 2**20} MiB")
    try:
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines() if path.suffix == ".jsonl" else [text]
        values = [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read as JSON: {error}") from error
    for value in values:
        for body in value if isinstance(value, list) else [value]:
            if not isinstance(body, dict):
                raise InputError(f"{path} holds something that is not a JSON object")
            yield body
