"""Is an address that came with a request one of our own?"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

HOME: Final = "/today"
MAX_PATH: Final = 1_000  # characters


def own_path(text: str, default: str = HOME) -> str:
    """Return a path of this service, or ``default`` for anything that could lead elsewhere."""
    if not text.startswith("/") or text.startswith("//") or len(text) > MAX_PATH:
        return default
    # Browsers read a backslash as a slash and drop control characters before they read.
    if "\\" in text or not text.isprintable() or " " in text:
        return default
    parts = urlsplit(text)
    return default if parts.scheme or parts.netloc else text
