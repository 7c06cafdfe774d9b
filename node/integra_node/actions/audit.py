"""What does the data protection officer see of what was done here?"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from integra_node.rules.permissions import Action
from integra_node.rules.staff import Staff
from integra_node.store import accounts, audit
from integra_node.store.audit import AuditFilter, ChainVerdict, Record
from integra_node.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Rows newest first; ``next`` is the cursor of older ones; ``names`` of actors by account id."""

    records: tuple[Record, ...]
    names: dict[str, str]
    ops: tuple[str, ...]
    next: int | None


def read_page(
    tx: Tx, wanted: AuditFilter, *, before: int | None, limit: int, staff: Staff
) -> AuditPage:
    """Return one page of the audit log.

    Raises:
        NotAllowedError: the actor may not read it.
    """
    staff.require(Action.READ_AUDIT)
    found = audit.page(tx, wanted, before=before, limit=limit + 1)
    records = found[:limit]
    return AuditPage(
        records=records,
        names=accounts.usernames(tx, {record.actor for record in records}),
        ops=audit.ops(tx),
        next=records[-1].seq if len(found) > limit else None,
    )


def begin_export(tx: Tx, wanted: AuditFilter, *, form: str, staff: Staff, now: int) -> None:
    """Note who takes the audit log out of the node, before anything leaves.

    Raises:
        NotAllowedError: the actor may not export it.
    """
    staff.require(Action.EXPORT_AUDIT)
    asked = {key: value for key, value in asdict(wanted).items() if value not in (None, "")}
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op="print_export",
        object="audit",
        details={"format": form, "filter": asked},
    )


def export_block(tx: Tx, wanted: AuditFilter, *, after: int, staff: Staff) -> tuple[Record, ...]:
    """Return the next rows of an export, oldest first; empty at the end.

    Raises:
        NotAllowedError: the actor may not export it.
    """
    staff.require(Action.EXPORT_AUDIT)
    return audit.walk(tx, wanted, after=after)


def verify_chain(tx: Tx, *, staff: Staff) -> ChainVerdict:
    """Compute the whole chain again.

    Raises:
        NotAllowedError: the actor may not read it.
    """
    staff.require(Action.READ_AUDIT)
    return audit.verify(tx)
