"""How does the federation look from here? One row a partner, in the words of docs/protocol.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integra_node.actions import membership, own_log
from integra_node.rules.permissions import Action
from integra_node.store import erasures, evidences, log, partners, rosters
from integra_protocol.errors import WaitingError
from integra_protocol.roster import Status

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_node.store.log import LogRow
    from integra_node.store.partners import PartnerRow
    from integra_protocol.roster import Member, Roster

CALM_S = 120  # a partner that failed for less than this is not yet "behind"
ACK_DUE_S = 72 * 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerStatus:
    """One member; sizes in leaves, times in unix seconds.

    ``state`` is current, behind (cannot be reached, we may miss something), stuck (answers, but
    wrongly), quarantined (convicted of two faces), suspended or left.
    """

    org: str
    state: str
    status: str
    url: str | None
    relay: bool
    size: int
    witnessed_size: int
    grown_at: int | None
    last_success: int | None
    failing_since: int | None
    next_attempt: int | None
    last_error: str | None
    queued: int
    skew_s: int | None
    troubles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationStatus:
    """The whole picture, our own log included."""

    org: str
    origin: str
    federation: str
    roster_version: int
    roster_confirmed_at: int | None
    roster_expires: int
    stale: bool
    waiting: bool
    behind: bool
    size: int
    signed_size: int
    witnessed_size: int
    quorum: int
    partners: tuple[PartnerStatus, ...]
    overdue_erasures: int
    evidence: int

    @property
    def current(self) -> int:
        """How many partners we are up to date with."""
        return sum(p.state == "current" for p in self.partners)


def federation_status(tx: Tx, us: Us, *, staff: Staff, now: int) -> FederationStatus:
    """Return the state of every partner and of our own log.

    Raises:
        NotAllowedError: this role does not see partners.
        WaitingError: no roster was accepted yet.
    """
    staff.require(Action.SEE_PARTNERS)
    roster = rosters.current(tx)
    own = log.find(tx, us.origin)
    return FederationStatus(
        org=us.org,
        origin=us.origin,
        federation=roster.federation,
        roster_version=roster.version,
        roster_confirmed_at=membership.roster_confirmed_at(tx, roster),
        roster_expires=roster.expires,
        stale=membership.is_stale(tx, roster, now=now),
        waiting=membership.is_waiting(roster, us),
        behind=own_log.is_behind(tx),
        size=own.size if own else 0,
        signed_size=own.note_size if own else 0,
        witnessed_size=own.witnessed_size if own else 0,
        quorum=roster.quorum,
        partners=partner_list(tx, us, roster, now=now),
        overdue_erasures=sum(
            row.acked_at is None and now - row.asked_at > ACK_DUE_S for row in erasures.board(tx)
        ),
        evidence=len(evidences.all_found(tx)),
    )


def partner_list(tx: Tx, us: Us, roster: Roster, *, now: int) -> tuple[PartnerStatus, ...]:
    """Return the state of every other member of the roster, by name."""
    contacts = partners.all_partners(tx)
    troubles = partners.troubles(tx)
    own = log.find(tx, us.origin)
    relays = roster.relays()
    return tuple(
        _partner(
            member,
            _newest_log(tx, roster, org),
            contacts.get(org),
            relay=org in relays,
            queued=_queued(tx, us, own, org) if org in relays else 0,
            troubles=sum(row.org == org for row in troubles),
            now=now,
        )
        for org, member in sorted(roster.members.items())
        if org != us.org
    )


def _partner(  # what is known of one member
    member: Member,
    held: LogRow | None,
    contact: PartnerRow | None,
    *,
    relay: bool,
    queued: int,
    troubles: int,
    now: int,
) -> PartnerStatus:
    return PartnerStatus(
        org=member.org,
        state=_state(member, held, contact, troubles, now),
        status=member.status.value,
        url=member.url,
        relay=relay,
        size=held.size if held else 0,
        witnessed_size=held.witnessed_size if held else 0,
        grown_at=held.grown_at if held and held.size else None,
        last_success=contact.last_success if contact else None,
        failing_since=contact.failing_since if contact else None,
        next_attempt=contact.next_attempt if contact else None,
        last_error=contact.last_error if contact else None,
        queued=queued,
        skew_s=contact.skew_s if contact else None,
        troubles=troubles,
    )


def _state(
    member: Member, held: LogRow | None, contact: PartnerRow | None, troubles: int, now: int
) -> str:
    if held is not None and held.state == "quarantined":
        return "quarantined"
    if member.status is not Status.ACTIVE:
        return member.status.value
    failing = contact.failing_since if contact else None
    if failing is not None and now - failing > CALM_S:
        return "stuck" if troubles else "behind"
    return "behind" if contact is None or contact.last_success is None else "current"


def _newest_log(tx: Tx, roster: Roster, org: str) -> LogRow | None:
    origins = roster.origins_of(org)
    return log.find(tx, origins[-1]) if origins else None


def _queued(tx: Tx, us: Us, own: LogRow | None, org: str) -> int:
    if own is None:
        return 0
    return max(0, own.note_size - partners.pushed_size(tx, us.origin, org))


def partners_current(tx: Tx, us: Us, *, now: int) -> tuple[int, int] | None:
    """Return with how many partners we are up to date, of how many; None before any roster."""
    try:
        roster = rosters.current(tx)
    except WaitingError:
        return None
    found = partner_list(tx, us, roster, now=now)
    return sum(one.state == "current" for one in found), len(found)
