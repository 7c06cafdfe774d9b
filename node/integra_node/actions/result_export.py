"""How does a list of results leave the node? Up to 500, each read and checked again in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from integra_node.actions import library
from integra_node.rules.permissions import Action
from integra_node.rules.result_list import MAX_ROWS, ResultRow
from integra_node.store import audit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integra_node.actions.library import Listed
    from integra_node.rules.staff import Staff
    from integra_node.search.contract import SearchIndex, SearchRequest
    from integra_node.store.database import Tx

BLOCK: Final = 100  # results read in one transaction


def begin(tx: Tx, *, form: str, staff: Staff, now: int) -> None:
    """Note who takes a list of results out of the node, before anything leaves.

    Raises:
        NotAllowedError: the person does not search or export.
    """
    staff.require(Action.SEARCH)
    staff.require(Action.EXPORT_LIBRARY)
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op="print_export",
        object="library",
        details={"format": form, "what": "results"},  # never the words that were searched for
    )


def refs(index: SearchIndex, request: SearchRequest, *, staff: Staff) -> tuple[str, ...]:
    """Return what a list holds: the first 500 results that this person may see.

    Raises:
        NotAllowedError: the person does not search or export.
        UnavailableError: the index cannot be read.
    """
    staff.require(Action.EXPORT_LIBRARY)
    return index.refs(library.audience_of(staff), request, MAX_ROWS)


def blocks(found: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """Yield refs in the order found, as many at once as one transaction reads."""
    return (found[at : at + BLOCK] for at in range(0, len(found), BLOCK))


def rows(tx: Tx, block: tuple[str, ...], *, staff: Staff) -> list[ResultRow]:
    """Return what of a block still stands.

    Raises:
        NotAllowedError: the person does not export.
    """
    staff.require(Action.EXPORT_LIBRARY)
    return [_row(one) for one in library.list_refs(tx, block, full=True)]


def _row(one: Listed) -> ResultRow:
    language = one.headline.language
    summary = (one.body.summary or {}).get(language, "") if one.body is not None else ""
    return ResultRow(
        ref=one.mark.ref,
        kind=one.kind,
        title=one.headline.title,
        summary=summary,
        language=language,
        org=one.mark.org,
        country=one.headline.country,
        evidence=one.headline.evidence,
        tlp=one.mark.tlp,
        published_at=one.mark.published_at,
    )
