"""How is a file read without risk? By a process of its own, row after row as it finds them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import PurePath
from typing import Any, Final

from integra_node.intake.refusal import MAX_CELL, MAX_COLUMNS, UnreadableError

TIMEOUT_S: Final = 180
# A row of the longest cells, each character as an escape of twelve; the pipe holds no more at once.
_LONGEST_LINE: Final = 12 * MAX_CELL * MAX_COLUMNS
KINDS: Final = {".csv": "csv", ".txt": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx",
                ".json": "json", ".jsonl": "json", ".ndjson": "json"}  # fmt: skip


def kind_of(name: str) -> str:
    """Return how a file of this name is read: csv, xlsx or json.

    Raises:
        UnreadableError: its ending is none that is known.
    """
    found = KINDS.get(PurePath(name).suffix.casefold())
    if found is None:
        raise UnreadableError("unknown_ending")
    return found


async def read_file(data: bytes, kind: str, encoding: str = "") -> AsyncIterator[Any]:
    """Yield what the file holds: ``{"header": ...}`` of a table, then ``[number, row]`` each.

    Raises:
        UnreadableError: it is refused, or it was too much for the process that read it.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-m", "integra_node.intake", kind, encoding,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_LONGEST_LINE,
    )  # fmt: skip
    feeding = asyncio.create_task(_feed(process, data))
    try:
        async with asyncio.timeout(TIMEOUT_S):
            async for value in _values(process):
                yield value
    except TimeoutError as error:
        raise UnreadableError("unreadable") from error
    finally:
        feeding.cancel()
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _feed(process: asyncio.subprocess.Process, data: bytes) -> None:
    if process.stdin is None:
        return
    with suppress(ConnectionError):  # it has read enough, or has ended: its answer says so
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()


async def _values(process: asyncio.subprocess.Process) -> AsyncIterator[Any]:
    if process.stdout is None:
        return
    async for line in process.stdout:
        value = json.loads(line)
        if isinstance(value, dict) and "refused" in value:
            raise UnreadableError(value["refused"], **value["params"])
        if isinstance(value, dict) and "end" in value:
            return
        yield value
    # It ended without a word: it ran out of memory or time.
    raise UnreadableError("unreadable")
