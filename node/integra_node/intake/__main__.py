"""``python -m integra_node.intake KIND [ENCODING]``: reads a file from standard input, rows out.

A process of its own, with little memory and little time: whatever a hostile file does to a reader,
it does it here.  Each line is one JSON value: ``{"header": ...}`` first for a table, then
``[number, row]``, and ``{"end": true}`` or ``{"refused": reason, "params": ...}`` last.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from typing import Any, Final

from integra_node.intake.refusal import MAX_FILE_BYTES, UnreadableError

MAX_MEMORY_BYTES: Final = 2 * 1024**3
MAX_CPU_S: Final = 100


def main(arguments: list[str]) -> int:
    """Read and write; return the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    kind, encoding = arguments[0], (arguments[1:] or [""])[0]
    data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    try:
        for value in _values(kind, encoding, data):
            _write(value)
        _write({"end": True})
    except UnreadableError as refused:
        _write({"refused": refused.reason, "params": dict(refused.params)})
    except MemoryError:
        _write({"refused": "unreadable", "params": {}})
    return 0


def _values(kind: str, encoding: str, data: bytes) -> Iterator[Any]:
    if kind == "json":
        from integra_node.intake.objects import read_json  # noqa: PLC0415 - only what this file needs

        yield from read_json(data)
        return
    if kind == "xlsx":
        from integra_node.intake.sheet import read_xlsx  # noqa: PLC0415 - same

        table = read_xlsx(data)
    else:
        from integra_node.intake.table import read_csv  # noqa: PLC0415 - same

        table = read_csv(data, encoding)
    about = {"encoding": table.encoding, "separator": table.separator}
    yield {"header": table.header, **about}
    yield from table.rows


def _write(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
