"""How does the library leave the node as a file? In blocks, each what this person may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions.published import PUBLIC_LABELS, content_of, ref_of
from integra_node.rules import practice
from integra_node.rules.permissions import Action
from integra_node.rules.practice_export import Exported
from integra_node.store import audit, publications
from integra_protocol.errors import IntegraError

if TYPE_CHECKING:
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_node.store.publications import Standing

KIND: Final = "practice"
BLOCK: Final = 100  # practices that are in memory at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some practices of an export, and the cursor for what comes after; None at the end."""

    items: tuple[Exported, ...]
    next: int | None


def begin(tx: Tx, *, form: str, staff: Staff, now: int) -> None:
    """Note who takes the library out of the node, before anything leaves.

    Raises:
        NotAllowedError: the person does not export.
    """
    staff.require(Action.EXPORT_LIBRARY)
    begin_as_operator(tx, form=form, actor=staff.account_id, now=now)


def begin_as_operator(tx: Tx, *, form: str, actor: str, now: int) -> None:
    """Like ``begin``, for the machine's command line."""
    audit.record(
        tx, now=now, actor=actor, op="print_export", object="library", details={"format": form}
    )


def block(tx: Tx, *, after: int, staff: Staff) -> Block:
    """Return the next practices that stand, in the order in which they changed.

    A practice that changes while the export runs comes again, at its end, as it is then.

    Raises:
        NotAllowedError: the person does not export.
    """
    staff.require(Action.EXPORT_LIBRARY)
    return block_as_operator(tx, after=after)


def block_as_operator(tx: Tx, *, after: int) -> Block:
    """Like ``block``, for the machine's command line."""
    rows = publications.readable(tx, KIND, labels=PUBLIC_LABELS, after=after, limit=BLOCK)
    found = (exported(row) for row in rows)
    return Block(
        items=tuple(one for one in found if one is not None),
        next=rows[-1].publication.change if rows else None,
    )


def exported(held: Standing) -> Exported | None:
    """Return a published practice as files show it; None when its text cannot be read.

    What was erased this moment, and what a partner wrote beyond all rules, is in no file.
    """
    try:
        body = practice.from_wire(content_of(held).data).body
    except IntegraError:
        return None
    if body is None:
        return None
    row = held.publication
    return Exported(
        org=held.org,
        item_id=row.item_id,
        ref=ref_of(held),
        version=row.version,
        published_at=row.published_at,
        body=body,
    )
