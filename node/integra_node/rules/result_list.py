"""How does a list of results stand in a file that leaves the node: CSV, or JSON?"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from integra_node.rules.practice_export import CSV_START, csv_rows

MAX_ROWS: Final = 500
COLUMNS: Final = (
    "ref", "kind", "title", "summary", "language", "org", "country", "evidence", "tlp",
    "published_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One result; ``published_at`` in unix seconds, ``evidence`` 0 to 5 or None."""

    ref: str
    kind: str
    title: str
    summary: str
    language: str
    org: str
    country: tuple[str, ...]
    evidence: int | None
    tlp: str
    published_at: int


def csv_text(rows: Iterable[ResultRow]) -> str:
    """Return the list as CSV, with the mark by which spreadsheets know UTF-8, no cell a formula."""
    return CSV_START + csv_rows([COLUMNS, *(_cells(row) for row in rows)])


def json_text(rows: Iterable[ResultRow]) -> str:
    """Return the list as one JSON object with ``items``; what is unknown is left out."""
    items = [
        {
            name: value
            for name, value in {
                "ref": row.ref,
                "kind": row.kind,
                "title": row.title,
                "summary": row.summary or None,
                "language": row.language,
                "org": row.org,
                "country": list(row.country),
                "evidence": row.evidence,
                "tlp": row.tlp,
                "published_at": _moment(row.published_at),
            }.items()
            if value is not None
        }
        for row in rows
    ]
    return json.dumps({"items": items}, ensure_ascii=False, indent=1) + "\n"


def _cells(row: ResultRow) -> Sequence[str]:
    return (
        row.ref,
        row.kind,
        row.title,
        row.summary,
        row.language,
        row.org,
        " ".join(row.country),
        "" if row.evidence is None else str(row.evidence),
        row.tlp,
        _moment(row.published_at),
    )


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
