"""Is this node running already? Only one process may serve a home folder."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from integra_node.clock import monotonic, sleep
from integra_protocol.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_FILE: Final = "serve.lock"
WAIT_S: Final = 10.0
LOOK_S: Final = 0.1


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the lock of a home folder; it goes with the process, however that ends.

    Raises:
        ConflictError: another process has held it for 10 seconds.
    """
    with (home / LOCK_FILE).open("w") as file:
        end = monotonic() + WAIT_S
        while not _take(file.fileno()):
            if monotonic() > end:
                raise ConflictError(f"another process already serves {home}")
            sleep(LOOK_S)  # one that is just being stopped gets the time to end
        yield


def _take(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
