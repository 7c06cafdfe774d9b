"""How far is the index on disk, and may it be trusted?

A small file beside the index, written after each commit: the watermark, what the index was made by,
and which files belong to it.  What does not fit it is rebuilt.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

STAMP_NAME: Final = "watermark.json"
_MAX_BYTES: Final = 1024 * 1024
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What is true of an index since its last complete commit."""

    watermark: int
    """Change number up to which every row is in the index."""
    made_by: str
    """Versions of everything that decides how the index is read."""
    vocabulary: str
    """Version of the thesaurus that all its documents are annotated by."""
    generation: int
    boot: str
    """Which start of the machine this was written in; empty where unknown."""
    files: dict[str, int] = field(default_factory=dict)
    """Name to size in bytes."""


def write_stamp(folder: Path, stamp: Stamp) -> None:
    """Make the named files and then the stamp durable.

    Raises:
        OSError: the disk failed; the former stamp is still there.
    """
    for name in stamp.files:
        _sync(folder / name)
    temporary = folder / (STAMP_NAME + ".new")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(asdict(stamp), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / STAMP_NAME)
    _sync(folder)


def read_stamp(folder: Path) -> Stamp | None:
    """Return the stamp of folder; None if there is none that can be read."""
    try:
        with (folder / STAMP_NAME).open("rb") as file:
            return _parse(json.loads(file.read(_MAX_BYTES)))
    except (OSError, ValueError, RecursionError):
        return None


def _parse(value: object) -> Stamp | None:
    match value:
        case {
            "watermark": int() as watermark,
            "made_by": str() as made_by,
            "vocabulary": str() as vocabulary,
            "generation": int() as generation,
            "boot": str() as boot,
            "files": dict() as files,
        } if watermark >= 0 and all(isinstance(size, int) for size in files.values()):
            return Stamp(
                watermark=watermark,
                made_by=made_by,
                vocabulary=vocabulary,
                generation=generation,
                boot=boot,
                files=files,
            )
        case _:
            return None


def is_intact(folder: Path, stamp: Stamp, *, generation: int, boot: str) -> bool:
    """Tell whether the index of generation found in folder can be what stamp speaks of.

    A later generation than the stamp's is whole if only the process ended before it wrote the
    stamp; after a power cut its files may be torn, and it is not trusted.
    """
    if generation == stamp.generation:
        return all(_size(folder / name) == size for name, size in stamp.files.items())
    return generation > stamp.generation and boot != "" and boot == stamp.boot


def boot_id() -> str:
    """Return what distinguishes this start of the machine; empty where that is unknown."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def sizes(folder: Path, names: Iterable[str]) -> dict[str, int]:
    """Return the size in bytes of each file; -1 for one that is not there."""
    return {name: _size(folder / name) for name in names}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
