"""How does a command write texts and times to a terminal?"""

from __future__ import annotations

from datetime import UTC, datetime


def clean(text: str) -> str:
    """Return a text that cannot move the cursor of a terminal."""
    return "".join(c for c in text if c.isprintable() or c == "\n")


def utc(at: int) -> str:
    """Return unix seconds as RFC 3339, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
