"""How does somebody bring practices in: begin, say which column is which, look, start, let go?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.rules.permissions import Action
from integra_node.rules.practice_flat import COLUMNS
from integra_node.rules.practice_import import signature
from integra_node.rules.problems import InvalidFieldsError, error
from integra_node.store import audit, imports
from integra_node.store.imports import ImportRow, Job
from integra_protocol.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx

MAX_OPEN: Final = 5  # imports of one person that are not at their end
MAX_NAME: Final = 200  # characters
ID_BYTES: Final = 16
PAGE_ROWS: Final = 50
SAMPLE_ROWS: Final = 3


class ImportStateError(ConflictError):
    """The import is at another step."""

    code = "wrong_state"


class TooManyImportsError(ConflictError):
    """The person has several imports that are not at their end."""

    code = "too_many_imports"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An import as its page shows it; ``rows`` those with problems, or the first as a sample."""

    job: Job
    counts: dict[str, int]
    rows: tuple[ImportRow, ...]
    next: int | None


def begin(
    tx: Tx,
    us: Us,
    *,
    kind: str,
    name: str,
    content: bytes | None,
    hand_in: bool,
    language: str,
    encoding: str = "",
    staff: Staff,
    now: int,
) -> Job:
    """Keep what is to be brought in; the machine reads it next.

    Raises:
        NotAllowedError: the person does not import.
        TooManyImportsError: five others of theirs are not at their end.
    """
    staff.require(Action.IMPORT_PRACTICE)
    held = imports.jobs_of(tx, staff.account_id)
    if sum(one.status not in {"done", "failed"} for one in held) >= MAX_OPEN:
        raise TooManyImportsError("finish or let go of an import first")
    shown = "".join(one for one in name if one.isprintable())[-MAX_NAME:]
    job = Job(
        id=us.random(ID_BYTES).hex(),
        account_id=staff.account_id,
        kind=kind,
        name=shown,
        status="reading",
        hand_in=hand_in,
        language=language,
        encoding=encoding,
        header=(),
        columns=(),
        cursor="",
        position=0,
        total=0,
        failure={},
        created_at=now,
        updated_at=now,
    )
    imports.add_job(tx, job, content)
    _record(tx, job, staff, now, "begun", kind=kind)
    return job


def list_own(tx: Tx, *, staff: Staff) -> tuple[Job, ...]:
    """Return the imports of this person, newest first.

    Raises:
        NotAllowedError: the person does not import.
    """
    staff.require(Action.IMPORT_PRACTICE)
    return imports.jobs_of(tx, staff.account_id)


def show(tx: Tx, job_id: str, *, after: int = 0, every: bool = False, staff: Staff) -> Shown:
    """Return an import with the rows about which there is something to say, or with ``every`` one.

    Raises:
        NotAllowedError: the person does not import.
        NotFoundError: there is none, or it is somebody else's.
    """
    job = _own(tx, job_id, staff)
    if job.status == "mapping":
        return Shown(
            job=job, counts={}, rows=imports.rows_after(tx, job_id, 0, SAMPLE_ROWS), next=None
        )
    look = imports.rows_after if every else imports.with_problems_after
    found = look(tx, job_id, after, PAGE_ROWS + 1) if not job.is_working else ()
    rows = found[:PAGE_ROWS]
    more = len(found) > PAGE_ROWS
    return Shown(
        job=job,
        counts=imports.counts(tx, job_id),
        rows=rows,
        next=rows[-1].number if more else None,
    )


def choose_columns(
    tx: Tx,
    job_id: str,
    columns: Sequence[str],
    *,
    hand_in: bool,
    language: str,
    staff: Staff,
    now: int,
) -> None:
    """Say which field each column of a table is; it is remembered, and the check begins.

    Raises:
        NotAllowedError, NotFoundError: as ``show``.
        ImportStateError: it is being read or taken in, or is at its end.
        InvalidFieldsError: no title, one field twice, or no such field.
    """
    job = _own(tx, job_id, staff, for_update=True)
    if job.status not in {"mapping", "checked"} or not job.header:
        raise ImportStateError("the columns of this import are not asked for now")
    problems = [error("columns", "no_title_column")] if "title" not in columns else []
    chosen = [one for one in columns if one]
    if len(set(chosen)) != len(chosen):
        problems.append(error("columns", "column_twice"))
    if len(columns) != len(job.header) or not set(chosen) <= set(COLUMNS):
        problems.append(error("columns", "unknown_code"))
    if problems:
        raise InvalidFieldsError(problems)
    imports.remember_columns(tx, signature(job.header), columns, now=now)
    imports.reset_rows(tx, job_id)
    imports.change_job(
        tx,
        job_id,
        now=now,
        status="checking",
        position=0,
        columns=tuple(columns),
        hand_in=hand_in,
        language=language,
    )


def start(tx: Tx, job_id: str, *, staff: Staff, now: int) -> None:
    """Take in what was found good: the machine does it next.

    Raises:
        NotAllowedError, NotFoundError: as ``show``.
        ImportStateError: it is not checked, or was started before.
    """
    job = _own(tx, job_id, staff, for_update=True)
    if job.status != "checked":
        raise ImportStateError("this import is not checked, or was started before")
    imports.change_job(tx, job_id, now=now, status="running", position=0)
    _record(tx, job, staff, now, "started", counts=imports.counts(tx, job_id))


def discard(tx: Tx, job_id: str, *, staff: Staff, now: int) -> None:
    """Let go of an import; what it has made stays.

    Raises:
        NotAllowedError, NotFoundError: as ``show``.
    """
    job = _own(tx, job_id, staff, for_update=True)
    imports.delete_job(tx, job_id)
    _record(tx, job, staff, now, "discarded", status=job.status, position=job.position)


def _own(tx: Tx, job_id: str, staff: Staff, *, for_update: bool = False) -> Job:
    staff.require(Action.IMPORT_PRACTICE)
    job = imports.find_job(tx, job_id, for_update=for_update)
    if job is None or job.account_id != staff.account_id:
        raise NotFoundError("there is no such import of yours")
    return job


def _record(tx: Tx, job: Job, staff: Staff, now: int, event: str, **details: object) -> None:
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op="collect",
        object=f"import:{job.id}",
        details={"event": event, **details},
    )
