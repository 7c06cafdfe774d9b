"""How do the doors write times? RFC 3339 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(at: int) -> str:
    """Return unix seconds as ``2026-11-02T08:00:00Z``."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(at: int) -> str:
    """Return the day of unix seconds in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
