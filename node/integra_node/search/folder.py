"""Whose is the folder of the index?"""

from __future__ import annotations

import os
from pathlib import Path

from integra_protocol.errors import UnavailableError


def own_folder(folder: Path) -> None:
    """Make folder a directory of ours that nobody else can open.

    Raises:
        UnavailableError: it is a link, another's, or cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
        if folder.is_symlink() or status.st_uid != os.geteuid():
            raise UnavailableError("the folder of the search index is a link or another user's")
        folder.chmod(0o700)
    except OSError as error:
        raise UnavailableError("the folder of the search index cannot be used") from error
