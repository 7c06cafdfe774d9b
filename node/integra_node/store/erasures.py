"""Which holders were asked to erase something, and which have answered?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, or_, select, update

from integra_node.store import adaptations
from integra_node.store.changes import next_change
from integra_node.store.schema.handovers import handover
from integra_node.store.schema.library import acknowledgement, publication
from integra_node.store.schema.log import IS_ERASE, entry, erasure, log, own_answer
from integra_node.store.upsert import insert_all_new
from integra_protocol.bodies import parse_erase
from integra_protocol.content import split_clear_blob
from integra_protocol.entry import parse_header

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integra_node.store.database import Tx


def ask(tx: Tx, log_id: int, index: int, orgs: Iterable[str], *, now: int) -> None:
    """Remember that the ``erase`` at ``index`` of our log waits for these holders."""
    rows = [{"log_id": log_id, "idx": index, "org": org, "asked_at": now} for org in orgs]
    insert_all_new(tx, erasure, rows)


def answer(tx: Tx, log_id: int, index: int, org: str, *, ack_index: int | None, now: int) -> bool:
    """Remember that a holder says: all targets are erased here; say whether it was still owed."""
    found = tx.execute(
        update(erasure)
        .where(
            erasure.c.log_id == log_id,
            erasure.c.idx == index,
            erasure.c.org == org,
            erasure.c.acked_at.is_(None),
        )
        .values(acked_at=now, ack_idx=ack_index)
    )
    return found.rowcount == 1


def remember_answer(tx: Tx, target_origin: str, target_index: int, index: int) -> None:
    """Remember that an entry of ours answers another: when that is erased, so is ours."""
    row = {"target_origin": target_origin, "target_idx": target_index, "idx": index}
    insert_all_new(tx, own_answer, [row])


def own_answers(tx: Tx, target_origin: str, indexes: Iterable[int]) -> list[int]:
    """Return our answers to these entries that still have a body."""
    rows = tx.execute(
        select(own_answer.c.idx).where(
            own_answer.c.target_origin == target_origin,
            own_answer.c.target_idx.in_(list(indexes)),
        )
    )
    return sorted(rows.scalars())


def board(tx: Tx) -> list[Row[Any]]:
    """Return every asked holder with when it was asked and when it answered, oldest first."""
    return list(tx.execute(select(erasure).order_by(erasure.c.asked_at, erasure.c.org)))


def drop_publications(tx: Tx, log_id: int, indexes: Iterable[int], status: str) -> None:
    """Take publications out of every list and of search; their title and body are gone."""
    wanted = list(indexes)
    adaptations.drop(tx, log_id, wanted)
    for index in wanted:
        tx.execute(
            update(publication)
            .where(publication.c.log_id == log_id, publication.c.idx == index)
            .values(status=status, subject_id=None, change=next_change(tx))
        )
        tx.execute(
            delete(acknowledgement).where(
                acknowledgement.c.log_id == log_id, acknowledgement.c.idx == index
            )
        )


def orphaned_subjects(tx: Tx, origin: str, indexes: Iterable[int]) -> list[int]:
    """Return the subject keys of handovers whose notice is among these entries."""
    rows = tx.execute(
        select(handover.c.subject_id).where(
            handover.c.origin == origin,
            handover.c.idx.in_(list(indexes)),
            handover.c.subject_id.is_not(None),
        )
    )
    return [int(subject) for subject in rows.scalars()]


def named_by_erases(tx: Tx, org: str, origin: str) -> dict[int, set[tuple[str, ...]]]:
    """Return which indexes of ``origin`` the ``erase`` entries of ``org`` name, for which audience."""
    rows = tx.execute(
        select(entry.c.header, entry.c.blob)
        .join(log, log.c.id == entry.c.log_id)
        .where(log.c.org == org, IS_ERASE, entry.c.mark.is_(None))
        .where(entry.c.blob.is_not(None))
    )
    found: dict[int, set[tuple[str, ...]]] = {}
    for data, blob in rows:
        header = parse_header(data)
        _, content = split_clear_blob(header, blob)
        if parse_erase(content).origin == origin:
            for index in header.targets:
                found.setdefault(index, set()).add(header.audience)
    return found


def is_erased(tx: Tx, log_id: int, index: int) -> bool:
    """Say whether an entry is erased or ended here."""
    return (
        tx.execute(
            select(entry.c.idx).where(
                entry.c.log_id == log_id,
                entry.c.idx == index,
                or_(entry.c.state == 1, entry.c.state == 2),
            )
        ).first()
        is not None
    )
