"""What else is there: like this practice, of this concept, by which member?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions import library
from integra_node.actions.published import PUBLIC_LABELS
from integra_node.rules.permissions import Action
from integra_node.search.contract import MAX_SIMILAR
from integra_node.store import publications, rosters
from integra_protocol.errors import WaitingError
from integra_protocol.roster import Status

if TYPE_CHECKING:
    from integra_node.actions.library import Listed
    from integra_node.rules.staff import Staff
    from integra_node.search.contract import SearchIndex
    from integra_node.store.database import Tx

SIMILAR: Final = 5
ALERT: Final = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """One member with what it published that every reader may read; ``newest_at`` in unix seconds."""

    org: str
    practices: int
    alerts: int
    newest_at: int | None
    is_suspended: bool


def similar(
    tx: Tx, index: SearchIndex, ref: str, *, staff: Staff, limit: int = SIMILAR
) -> tuple[Listed, ...]:
    """Return the practices most like a published one, best first; none if it does not stand.

    Raises:
        NotAllowedError: the person does not search or read practices.
        UnavailableError: the index cannot be read.
    """
    staff.require(Action.READ_PRACTICE)
    # Alerts, translations of this one and what was withdrawn a moment ago fall out afterwards.
    wanted = min(2 * limit, MAX_SIMILAR)
    refs = index.similar(library.audience_of(staff), ref, wanted)
    found = library.list_refs(tx, refs)
    others = (one for one in found if one.kind == library.KIND and one.mark.ref != ref)
    return tuple(others)[:limit]


def organisations(tx: Tx, *, staff: Staff) -> tuple[Organisation, ...]:
    """Return the members of the federation, without hubs; none before any roster.

    Raises:
        NotAllowedError: the person does not search.
    """
    staff.require(Action.SEARCH)
    try:
        roster = rosters.current(tx)
    except WaitingError:
        return ()
    practices = publications.published_by_org(tx, library.KIND, labels=PUBLIC_LABELS)
    alerts = publications.published_by_org(tx, ALERT, labels=PUBLIC_LABELS)
    relays = roster.relays()
    return tuple(
        _organisation(org, practices, alerts, is_suspended=member.status is Status.SUSPENDED)
        for org, member in roster.members.items()
        if member.status is not Status.LEFT and org not in relays
    )


def _organisation(
    org: str,
    practices: dict[str, tuple[int, int]],
    alerts: dict[str, tuple[int, int]],
    *,
    is_suspended: bool,
) -> Organisation:
    some, others = practices.get(org), alerts.get(org)
    return Organisation(
        org=org,
        practices=some[0] if some else 0,
        alerts=others[0] if others else 0,
        newest_at=max((one[1] for one in (some, others) if one), default=None),
        is_suspended=is_suspended,
    )
