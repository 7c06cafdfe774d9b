"""Which files stand with a practice of ours, and which parts of files stand in which log?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from integra_node.store.schema.attachments import draft_file, file_part
from integra_node.store.schema.log import entry
from integra_node.store.upsert import insert_all_new

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integra_node.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """A file of a practice of ours; ``size`` in bytes."""

    draft_id: str
    digest: bytes
    name: str
    media: str
    size: int
    added_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """An entry of kind part: which part of which file it holds."""

    log_id: int
    idx: int
    digest: bytes
    number: int
    count: int
    draft_id: str | None = None


_HEAD = [column for column in draft_file.c if column.name != "data"]


def add(tx: Tx, row: DraftFile, data: bytes) -> None:
    """Put a file to a practice of ours."""
    tx.execute(insert(draft_file), {**asdict(row), "data": data})


def remove(tx: Tx, draft_id: str, digest: bytes) -> bool:
    """Take a file away from a practice of ours; return whether it was there."""
    found = tx.execute(
        delete(draft_file).where(draft_file.c.draft_id == draft_id, draft_file.c.digest == digest)
    )
    return found.rowcount > 0


def of_draft(tx: Tx, draft_id: str) -> list[DraftFile]:
    """Return the files of a practice of ours without their bytes, by name."""
    rows = tx.execute(
        select(*_HEAD)
        .where(draft_file.c.draft_id == draft_id)
        .order_by(draft_file.c.name, draft_file.c.digest)
    )
    return [DraftFile(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


def data_of_draft(tx: Tx, draft_id: str, digest: bytes) -> bytes | None:
    """Return the bytes of a file of a practice of ours."""
    return tx.execute(
        select(draft_file.c.data).where(
            draft_file.c.draft_id == draft_id, draft_file.c.digest == digest
        )
    ).scalar_one_or_none()


def add_parts(tx: Tx, rows: Sequence[FilePart]) -> None:
    """Remember which entries are parts of files."""
    insert_all_new(tx, file_part, [asdict(row) for row in rows])


def parts_held(tx: Tx, log_id: int, digest: bytes, before: int) -> list[FilePart]:
    """Return the parts of a file that are here and stand before an entry, in their order."""
    rows = tx.execute(
        select(file_part)
        .join(entry, (entry.c.log_id == file_part.c.log_id) & (entry.c.idx == file_part.c.idx))
        .where(
            file_part.c.log_id == log_id,
            file_part.c.digest == digest,
            file_part.c.idx < before,
            entry.c.blob.is_not(None),
            entry.c.state == 0,
        )
        .order_by(file_part.c.number, file_part.c.idx)
    )
    return [FilePart(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


def sent_with(tx: Tx, log_id: int, draft_id: str) -> list[int]:
    """Return the places of the parts that were sent with a practice of ours."""
    return list(
        tx.execute(
            select(file_part.c.idx)
            .where(file_part.c.draft_id == draft_id, file_part.c.log_id == log_id)
            .order_by(file_part.c.idx)
        ).scalars()
    )


def drafts_with_files(tx: Tx, draft_ids: Sequence[str]) -> set[str]:
    """Return which of these practices of ours have files."""
    wanted = select(draft_file.c.draft_id).where(draft_file.c.draft_id.in_(list(draft_ids)))
    return set(tx.execute(wanted.distinct()).scalars())


def drafts_sent(tx: Tx, draft_ids: Sequence[str]) -> set[str]:
    """Return with which of these practices of ours files were sent before."""
    wanted = select(file_part.c.draft_id).where(file_part.c.draft_id.in_(list(draft_ids)))
    return {one for one in tx.execute(wanted.distinct()).scalars() if one is not None}


def drop_parts(tx: Tx, log_id: int, indexes: Sequence[int]) -> None:
    """Forget parts that were erased."""
    for index in indexes:
        tx.execute(delete(file_part).where(file_part.c.log_id == log_id, file_part.c.idx == index))
