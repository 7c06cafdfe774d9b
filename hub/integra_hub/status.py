"""How does the federation look from the hub? Sizes and times only; nothing about a person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from integra_node.actions import membership
from integra_node.store import log, partners, rosters
from integra_protocol.errors import WaitingError

if TYPE_CHECKING:
    from integra_node.store.database import Tx
    from integra_node.store.log import LogRow
    from integra_protocol.roster import Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStatus:
    """One log: leaves held, the largest signed size, and whether that is witnessed."""

    origin: str
    size: int
    signed_size: int
    witnessed: bool
    open: bool
    state: str
    grown_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberStatus:
    """One member; ``last_seen`` is unix seconds, None when it never answered or called."""

    org: str
    status: str
    reachable: bool
    is_hub: bool
    last_seen: int | None
    failing_since: int | None
    last_error: str | None
    logs: tuple[LogStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HubStatus:
    """Everything that the status page shows; times are unix seconds.

    ``confirmed_at`` is when a quorum of witnesses last confirmed the roster; the roster is stale
    when that is over 7 days ago or the roster has expired.
    """

    federation: str
    hub: str
    now: int
    roster_version: int
    roster_expires: int | None
    confirmed_at: int | None
    stale: bool
    conflicts: int
    quorum: int
    members: tuple[MemberStatus, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the status as JSON types."""
        return asdict(self)


def gather(tx: Tx, *, federation: str, hub: str, now: int) -> HubStatus:
    """Return how the federation looks from the hub's own database."""
    try:
        roster = rosters.current(tx)
    except WaitingError:
        return HubStatus(
            federation=federation,
            hub=hub,
            now=now,
            roster_version=0,
            roster_expires=None,
            confirmed_at=None,
            stale=True,
            conflicts=0,
            quorum=0,
            members=(),
        )
    return HubStatus(
        federation=roster.federation,
        hub=hub,
        now=now,
        roster_version=roster.version,
        roster_expires=roster.expires,
        confirmed_at=membership.roster_confirmed_at(tx, roster),
        stale=membership.is_stale(tx, roster, now=now),
        conflicts=rosters.conflicts(tx),
        quorum=roster.quorum,
        members=_members(tx, roster, hub, now),
    )


def _members(tx: Tx, roster: Roster, hub: str, now: int) -> tuple[MemberStatus, ...]:
    talks = partners.all_partners(tx)
    held = {row.origin: row for row in log.all_logs(tx)}
    found = []
    for org, member in sorted(roster.members.items()):
        talk = talks.get(org)
        seen = [time for time in (talk.last_success, talk.last_contact) if time] if talk else []
        if org == hub:
            seen = [now]
        found.append(
            MemberStatus(
                org=org,
                status=member.status,
                reachable=member.url is not None,
                is_hub=org in roster.relays(),
                last_seen=max(seen, default=None),
                failing_since=talk.failing_since if talk else None,
                last_error=talk.last_error if talk else None,
                logs=tuple(
                    _log(roster, origin, held.get(origin)) for origin in roster.origins_of(org)
                ),
            )
        )
    return tuple(found)


def _log(roster: Roster, origin: str, row: LogRow | None) -> LogStatus:
    is_open = roster.until(origin) is None
    if row is None:
        return LogStatus(
            origin=origin,
            size=0,
            signed_size=0,
            witnessed=False,
            open=is_open,
            state="empty",
            grown_at=None,
        )
    signed = max(row.note_size, row.ahead_size)
    return LogStatus(
        origin=origin,
        size=row.size,
        signed_size=signed,
        witnessed=row.witnessed_size >= signed,
        open=is_open,
        state="behind" if row.state == "current" and row.size < signed else row.state,
        grown_at=row.grown_at,
    )
