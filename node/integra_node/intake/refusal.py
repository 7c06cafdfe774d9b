"""Why can a file not be read, and which bounds does it have to keep?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from integra_protocol.errors import InputError

MAX_FILE_BYTES: Final = 32 * 1024 * 1024
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 200
MAX_CELL: Final = 40_000  # characters
MAX_RECORD: Final = 300_000  # characters of one JSON object
MAX_DEPTH: Final = 12  # maps and lists in each other
MAX_MEMBERS: Final = 2_000  # of an archive
MAX_UNPACKED_BYTES: Final = 200 * 1024 * 1024
MAX_RATIO: Final = 200  # of what is unpacked to what is packed, of one member over a megabyte


class UnreadableError(InputError):
    """A file that is not what it should be; ``reason`` is a stable word with values for its text."""

    code = "unreadable_file"

    def __init__(self, reason: str, **params: str | int) -> None:
        super().__init__(f"{reason} {params}" if params else reason)
        self.reason = reason
        self.params: Mapping[str, str | int] = params
