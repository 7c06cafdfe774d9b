"""How does a published practice stand in a file that leaves the node: JSON Lines, or CSV?

Both can be imported again.  A line of JSON is the whole practice; a row of CSV is one language of it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from integra_node.rules import practice_flat
from integra_node.rules.practice import Practice, practice_json
from integra_node.rules.wire import Json

# What stands before a practice in a file and is no field of it.
PUBLISHED: Final = "published"
OWNER: Final = "owner_hint"
ABOUT: Final = ("org", "ref", "version", "published_at")
COLUMNS: Final = (*practice_flat.COLUMNS, *ABOUT)
# The mark at the start is what makes spreadsheets read UTF-8.
CSV_START: Final = "\ufeff"
# A spreadsheet would run a cell that starts so.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_PREFIX: Final = "integra:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A published practice as files show it; ``published_at`` in unix seconds."""

    org: str
    item_id: str
    ref: str
    version: int
    published_at: int
    body: Practice


def source_of(org: str, item_id: str) -> str:
    """Return the source id under which an exported practice is known when it comes back."""
    return f"{_PREFIX}{org}:{item_id}"[:128]


def own_id(source_id: str, org: str) -> str:
    """Return the id of our own practice that a source id names; empty when it names none."""
    prefix = source_of(org, "")
    return source_id.removeprefix(prefix) if source_id.startswith(prefix) else ""


def json_line(one: Exported) -> str:
    """Return one line of JSON Lines, with its line end."""
    record: dict[str, Json] = {
        practice_flat.SOURCE: source_of(one.org, one.item_id),
        OWNER: one.org,
        PUBLISHED: {
            "ref": one.ref,
            "version": one.version,
            "published_at": _moment(one.published_at),
        },
        **practice_json(one.body),
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"


def csv_header() -> str:
    """Return the first line of the CSV, with the mark by which spreadsheets know UTF-8."""
    return CSV_START + csv_rows([COLUMNS])


def csv_line(one: Exported) -> str:
    """Return one practice as a row of the CSV."""
    row = practice_flat.to_row(practice_json(one.body)) | {
        practice_flat.SOURCE: source_of(one.org, one.item_id),
        "org": one.org,
        "ref": one.ref,
        "version": str(one.version),
        "published_at": _moment(one.published_at),
    }
    return csv_rows([[row[name] for name in COLUMNS]])


def csv_rows(rows: Iterable[Iterable[str]]) -> str:
    """Return rows of CSV in which no cell is a formula to a spreadsheet."""
    text = io.StringIO()
    csv.writer(text).writerows([defused(cell) for cell in row] for row in rows)
    return text.getvalue()


def defused(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def undefused(cell: str) -> str:
    """Return what ``defused`` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
