"""Which imports are under way, what stands in their rows, and how far are they?

A row is read once, checked once and taken in once; ``position`` says how far the present step is,
and goes forward in the transaction of what it counts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from integra_node.rules.problems import Problem, Severity
from integra_node.store.schema.imports import import_columns, import_job, import_row
from integra_node.store.upsert import upsert

if TYPE_CHECKING:
    from integra_node.store.database import Tx

MAX_PAGE: Final = 200  # rows
# What the machine does next, without anybody.
WORKING: Final = ("reading", "checking", "running")
_SHOWN: Final = tuple(column for column in import_job.c if column.name != "content")
_SET_ROW: Final = update(import_row).where(
    import_row.c.job_id == bindparam("job"), import_row.c.number == bindparam("row")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One import; times in unix seconds, ``position`` and ``total`` in rows."""

    id: str
    account_id: str
    kind: str
    name: str
    status: str
    hand_in: bool
    language: str
    encoding: str
    header: tuple[str, ...]
    columns: tuple[str, ...]
    cursor: str
    position: int
    total: int
    failure: Mapping[str, Any]
    created_at: int
    updated_at: int

    @property
    def is_working(self) -> bool:
        """Whether the machine goes on by itself."""
        return self.status in WORKING


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One row: ``data`` as it was read, ``outcome`` empty until it is checked."""

    number: int
    data: Mapping[str, Any]
    source_id: str = ""
    title: str = ""
    outcome: str = ""
    problems: tuple[Problem, ...] = ()
    draft_id: str | None = None


def add_job(tx: Tx, job: Job, content: bytes | None) -> None:
    """Store a new import with the file that it reads."""
    values = {name: getattr(job, name) for name in Job.__dataclass_fields__}
    tx.execute(insert(import_job).values(**_stored(values), content=content))


def find_job(tx: Tx, job_id: str, *, for_update: bool = False) -> Job | None:
    """Return one import."""
    statement = select(*_SHOWN).where(import_job.c.id == job_id)
    row = tx.execute(statement.with_for_update() if for_update else statement).one_or_none()
    return None if row is None else _job(row)


def jobs_of(tx: Tx, account_id: str, limit: int = 20) -> tuple[Job, ...]:
    """Return the imports of one person, newest first."""
    rows = tx.execute(
        select(*_SHOWN)
        .where(import_job.c.account_id == account_id)
        .order_by(import_job.c.created_at.desc(), import_job.c.id)
        .limit(limit)
    )
    return tuple(_job(row) for row in rows)


def working(tx: Tx) -> tuple[Job, ...]:
    """Return the imports on which the machine goes on, oldest first."""
    rows = tx.execute(
        select(*_SHOWN)
        .where(import_job.c.status.in_(WORKING))
        .order_by(import_job.c.created_at, import_job.c.id)
        .limit(MAX_PAGE)
    )
    return tuple(_job(row) for row in rows)


def content_of(tx: Tx, job_id: str) -> bytes:
    """Return the file of an import; empty when it is gone."""
    found = tx.execute(select(import_job.c.content).where(import_job.c.id == job_id)).scalar()
    return bytes(found or b"")


def change_job(tx: Tx, job_id: str, *, now: int, **values: Any) -> None:  # noqa: ANN401 - columns
    """Change columns of an import."""
    statement = update(import_job).where(import_job.c.id == job_id)
    tx.execute(statement.values(**_stored(values), updated_at=now))


def delete_job(tx: Tx, job_id: str) -> None:
    """Delete an import with its rows."""
    clear_rows(tx, job_id)
    tx.execute(delete(import_job).where(import_job.c.id == job_id))


def old_jobs(tx: Tx, before: int, limit: int) -> tuple[str, ...]:
    """Return the ids of imports on which nothing was done since a moment."""
    statement = select(import_job.c.id).where(import_job.c.updated_at < before).limit(limit)
    return tuple(tx.execute(statement).scalars())


def add_rows(tx: Tx, job_id: str, rows: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Store rows as they were read."""
    values = [
        {
            "job_id": job_id,
            "number": number,
            "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")),
            "source_id": "",
            "title": "",
            "outcome": "",
            "problems": "[]",
        }
        for number, data in rows
    ]
    if values:
        tx.execute(insert(import_row), values)


def clear_rows(tx: Tx, job_id: str) -> None:
    """Delete the rows of an import."""
    tx.execute(delete(import_row).where(import_row.c.job_id == job_id))


def reset_rows(tx: Tx, job_id: str) -> None:
    """Forget what was found in the rows of an import; they will be checked again."""
    statement = update(import_row).where(import_row.c.job_id == job_id)
    tx.execute(statement.values(outcome="", problems="[]", source_id="", title=""))


def rows_after(
    tx: Tx, job_id: str, after: int, limit: int, *, outcomes: Collection[str] = ()
) -> tuple[ImportRow, ...]:
    """Return rows with a number above ``after``, in order; with these outcomes, or any."""
    statement = select(import_row).where(import_row.c.job_id == job_id, import_row.c.number > after)
    if outcomes:
        statement = statement.where(import_row.c.outcome.in_(list(outcomes)))
    found = tx.execute(statement.order_by(import_row.c.number).limit(min(limit, 500)))
    return tuple(_row(row) for row in found)


def with_problems_after(tx: Tx, job_id: str, after: int, limit: int) -> tuple[ImportRow, ...]:
    """Return rows about which there is something to say, above a number, in order."""
    statement = select(import_row).where(
        import_row.c.job_id == job_id, import_row.c.number > after, import_row.c.problems != "[]"
    )
    found = tx.execute(statement.order_by(import_row.c.number).limit(min(limit, MAX_PAGE)))
    return tuple(_row(row) for row in found)


def set_rows(tx: Tx, job_id: str, rows: Sequence[ImportRow], *, keep_data: bool) -> None:
    """Store what was found in rows, or what became of them."""
    values = [
        {
            "job": job_id,
            "row": one.number,
            "source_id": one.source_id,
            "title": one.title,
            "outcome": one.outcome,
            "problems": _problems_text(one.problems),
            "draft_id": one.draft_id,
            **({} if keep_data else {"data": "{}"}),
        }
        for one in rows
    ]
    if values:
        tx.execute(_SET_ROW, values)


def empty_rows(tx: Tx, job_id: str) -> None:
    """Delete what was read of the rows; the report stays."""
    tx.execute(update(import_row).where(import_row.c.job_id == job_id).values(data="{}"))


def first_rows_with(tx: Tx, job_id: str, source_ids: Collection[str]) -> dict[str, int]:
    """Return for each of these source ids the lowest checked row of the import that has it."""
    found = tx.execute(
        select(import_row.c.source_id, func.min(import_row.c.number))
        .where(import_row.c.job_id == job_id, import_row.c.source_id.in_(list(source_ids)))
        .group_by(import_row.c.source_id)
    )
    return {row[0]: row[1] for row in found}


def counts(tx: Tx, job_id: str) -> dict[str, int]:
    """Count the rows of an import by outcome."""
    found = tx.execute(
        select(import_row.c.outcome, func.count())
        .where(import_row.c.job_id == job_id)
        .group_by(import_row.c.outcome)
    )
    return {row[0]: row[1] for row in found}


def remembered_columns(tx: Tx, signature: str) -> tuple[str, ...]:
    """Return which column was which in the last table with this header; empty if none was."""
    found = tx.execute(
        select(import_columns.c.columns).where(import_columns.c.signature == signature)
    ).scalar()
    return tuple(json.loads(found)) if found else ()


def remember_columns(tx: Tx, signature: str, columns: Sequence[str], *, now: int) -> None:
    """Remember which column is which in tables with this header."""
    upsert(
        tx,
        import_columns,
        [{"signature": signature, "columns": json.dumps(list(columns)), "used_at": now}],
    )


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    stored = dict(values)
    for name in ("header", "columns", "failure"):
        if name in stored:
            stored[name] = json.dumps(stored[name], ensure_ascii=False)
    if "hand_in" in stored:
        stored["hand_in"] = int(stored["hand_in"])
    return stored


def _job(row: Row[Any]) -> Job:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return Job(
        **{
            **values,
            "header": tuple(json.loads(values["header"])),
            "columns": tuple(json.loads(values["columns"])),
            "failure": json.loads(values["failure"]),
            "hand_in": bool(values["hand_in"]),
        }
    )


def _row(row: Row[Any]) -> ImportRow:
    return ImportRow(
        number=row.number,
        data=json.loads(row.data),
        source_id=row.source_id,
        title=row.title,
        outcome=row.outcome,
        problems=tuple(
            Problem(path=path, code=code, severity=Severity(severity), params=params)
            for path, code, severity, params in json.loads(row.problems)
        ),
        draft_id=row.draft_id,
    )


def _problems_text(problems: Iterable[Problem]) -> str:
    return json.dumps(
        [[one.path, one.code, one.severity.value, dict(one.params)] for one in problems],
        ensure_ascii=False,
        separators=(",", ":"),
    )
