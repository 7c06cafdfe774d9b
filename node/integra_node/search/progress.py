"""How far is the index, while it is built anew by another process?"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

PROGRESS_NAME: Final = "progress.json"
EVERY: Final = 200
"""Documents between two reports."""

_MAX_BYTES: Final = 1_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Documents done, of about so many."""

    done: int
    total: int


def reported(
    items: Iterable[T], folder: Path, total: int, tell: Callable[[Progress], None]
) -> Iterator[T]:
    """Yield items, and leave word in folder how far that is, until all are done or it fails."""
    done = 0
    try:
        _write(folder, Progress(done=0, total=total))
        for done, item in enumerate(items, 1):
            yield item
            if done % EVERY == 0:
                progress = Progress(done=done, total=max(done, total))
                _write(folder, progress)
                tell(progress)
        tell(Progress(done=done, total=max(done, total)))
    finally:
        (folder / PROGRESS_NAME).unlink(missing_ok=True)


def read_progress(folder: Path) -> Progress | None:
    """Return how far a rebuild is; None when none is under way."""
    try:
        with (folder / PROGRESS_NAME).open("rb") as file:
            value = json.loads(file.read(_MAX_BYTES))
        match value:
            case {
                "done": int() as done,
                "total": int() as total,
                "process": int() as process,
            } if process > 0:
                os.kill(process, 0)
                return Progress(done=done, total=total)
    except PermissionError:  # somebody else's process: not ours
        return None
    except (OSError, OverflowError, ValueError, RecursionError):
        return None
    return None


def _write(folder: Path, progress: Progress) -> None:
    text = json.dumps({"done": progress.done, "total": progress.total, "process": os.getpid()})
    temporary = folder / (PROGRESS_NAME + ".new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(folder / PROGRESS_NAME)
