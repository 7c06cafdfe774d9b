"""What does the machine do with an import: keep what was read, check it, take it in?

Each function is one transaction over a few hundred rows and moves the import on by exactly those,
so that whoever is killed between two of them goes on where the last one ended.  Each begins by
looking whether the import still stands where the caller thought.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from integra_node.actions import taking_in
from integra_node.actions.taking_in import Incoming
from integra_node.rules.permissions import Action, Profile, Role, may
from integra_node.rules.practice_import import (
    Entry,
    Judged,
    entry_of_cells,
    entry_of_record,
    guess_columns,
    judge,
    signature,
)
from integra_node.rules.problems import Problem, error
from integra_node.store import accounts, imports
from integra_node.store.imports import ImportRow, Job

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx

BATCH: Final = 200  # rows
KEPT_S: Final = 30 * 86_400  # an import that nobody touches
GOOD: Final = ("new", "changed")

Read = tuple[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One row with what was found in it without looking at the records."""

    row: ImportRow
    entry: Entry
    judged: Judged


def begin_reading(tx: Tx, job: Job, *, now: int) -> bool:
    """Begin to read a file from its start; say whether it is still wanted."""
    if not _stands(tx, job):
        return False
    imports.clear_rows(tx, job.id)
    imports.change_job(tx, job.id, now=now, position=0, total=0)
    return True


def keep_header(tx: Tx, job_id: str, about: Mapping[str, Any], *, now: int) -> None:
    """Keep what the columns are called and which they seem to be: as last time, else a guess."""
    header = tuple(str(one) for one in about["header"])
    columns = imports.remembered_columns(tx, signature(header)) or guess_columns(header)
    imports.change_job(
        tx, job_id, now=now, header=header, columns=columns, encoding=about["encoding"]
    )


def keep_rows(tx: Tx, job_id: str, rows: Sequence[Read], *, cursor: str = "", now: int) -> bool:
    """Keep rows as they were read; say whether the import still stands."""
    job = imports.find_job(tx, job_id, for_update=True)
    if job is None or job.status != "reading":
        return False
    imports.add_rows(tx, job_id, rows)
    last = rows[-1][0] if rows else job.position
    imports.change_job(
        tx, job_id, now=now, position=last, total=job.total + len(rows), cursor=cursor
    )
    return True


def end_reading(tx: Tx, job_id: str, *, now: int) -> None:
    """Go on: to the question which column is which, or to the check."""
    job = imports.find_job(tx, job_id, for_update=True)
    if job is None or job.status != "reading":
        return
    if not job.total:
        fail(tx, job_id, "file_empty", {}, now=now)
        return
    status = "mapping" if job.header else "checking"
    imports.change_job(tx, job_id, now=now, status=status, position=0, content=None)


def fail(tx: Tx, job_id: str, reason: str, params: Mapping[str, Any], *, now: int) -> None:
    """End an import before its end: nothing of it is kept but why."""
    imports.clear_rows(tx, job_id)
    failure = {"reason": reason, "params": dict(params)}
    imports.change_job(
        tx, job_id, now=now, status="failed", failure=failure, content=None, total=0, position=0
    )


def check(job: Job, rows: Sequence[ImportRow]) -> tuple[Checked, ...]:
    """Return what can be said about rows without the records; costs the time, and no transaction."""
    return tuple(_check(job, row) for row in rows)


def keep_checked(tx: Tx, us: Us, job: Job, checked: Sequence[Checked], *, now: int) -> None:
    """Store what was found, after looking which of them are known already."""
    if not _stands(tx, job):
        return
    if not checked:
        imports.change_job(tx, job.id, now=now, status="checked", position=0)
        return
    imports.set_rows(tx, job.id, _fates(tx, us, job, checked), keep_data=True)
    imports.change_job(tx, job.id, now=now, position=checked[-1].row.number)


def take_in(
    tx: Tx, us: Us, profile: Profile, job: Job, rows: Sequence[Checked], *, now: int
) -> None:
    """Take in rows that were found good; what has changed since the check is looked at again."""
    if not _stands(tx, job):
        return
    if not _may_import(tx, job.account_id, profile):
        fail(tx, job.id, "not_allowed", {}, now=now)
        return
    if not rows:
        imports.empty_rows(tx, job.id)
        imports.change_job(tx, job.id, now=now, status="done", position=job.total)
        return
    incoming = [
        Incoming(source_id=one.entry.source_id, practice=one.judged.practice)
        for one in rows
        if one.judged.practice is not None
    ]
    fates = iter(
        taking_in.take_in(tx, us, incoming, author=job.account_id, hand_in=job.hand_in, now=now)
    )
    done = [
        _with_fate(one.row, next(fates))
        if one.judged.practice is not None
        else replace(one.row, outcome="wrong", problems=one.judged.problems)
        for one in rows
    ]
    imports.set_rows(tx, job.id, done, keep_data=False)
    imports.change_job(tx, job.id, now=now, position=done[-1].number)


def old_jobs(tx: Tx, *, now: int) -> tuple[str, ...]:
    """Return a few imports that nobody touched for 30 days."""
    return imports.old_jobs(tx, now - KEPT_S, 5)


def forget_old(tx: Tx, *, now: int) -> int:
    """Delete a few imports that nobody touched for 30 days; return how many."""
    found = old_jobs(tx, now=now)
    for job_id in found:
        imports.delete_job(tx, job_id)
    return len(found)


def _stands(tx: Tx, job: Job) -> bool:
    held = imports.find_job(tx, job.id, for_update=True)
    return held is not None and (held.status, held.position) == (job.status, job.position)


def _check(job: Job, row: ImportRow) -> Checked:
    if "cells" in row.data:
        entry = entry_of_cells(row.data["cells"], job.columns, job.language)
    else:
        entry = entry_of_record(row.data.get("record", {}))
    judged = judge(entry, hand_in=job.hand_in)
    title = "".join(one for one in entry.title if one.isprintable())
    named = replace(row, source_id=entry.source_id, title=title, outcome="wrong")
    return Checked(row=named, entry=entry, judged=judged)


def _fates(tx: Tx, us: Us, job: Job, checked: Sequence[Checked]) -> list[ImportRow]:
    earlier = imports.first_rows_with(tx, job.id, {c.row.source_id for c in checked})
    found: dict[int, ImportRow] = {}
    wanted: list[tuple[ImportRow, Incoming]] = []
    for one in checked:
        first = earlier.setdefault(one.row.source_id, one.row.number)
        row = replace(one.row, problems=one.judged.problems)
        if one.row.data.get("gone"):
            row = replace(row, outcome="gone", problems=())
        elif one.judged.practice is not None and first != row.number:
            row = _wrong(row, error("source_id", "source_twice", row=first))
        elif one.judged.practice is not None:
            source = Incoming(source_id=row.source_id, practice=one.judged.practice)
            wanted.append((row, source))
        found[row.number] = row
    fates = taking_in.foresee(tx, us, [one for _, one in wanted], author=job.account_id)
    for (row, _), fate in zip(wanted, fates, strict=True):
        found[row.number] = _with_fate(row, fate)
    return list(found.values())


def _with_fate(row: ImportRow, fate: taking_in.Fate) -> ImportRow:
    if fate.problem is not None:
        return replace(_wrong(row, fate.problem), draft_id=fate.draft_id)
    return replace(row, outcome=fate.outcome, draft_id=fate.draft_id)


def _wrong(row: ImportRow, problem: Problem) -> ImportRow:
    return replace(row, outcome="wrong", problems=(problem, *row.problems))


def _may_import(tx: Tx, account_id: str, profile: Profile) -> bool:
    held = accounts.by_id(tx, account_id)
    if held is None or held.disabled_at is not None:
        return False
    return may({Role(one) for one in held.roles}, Action.IMPORT_PRACTICE, profile)
