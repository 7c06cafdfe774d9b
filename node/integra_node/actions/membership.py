"""May this node append, and what? Member or waiting, fresh or stale, whole or behind."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from integra_node.store import partners, rosters
from integra_protocol.checkpoint import open_checkpoint
from integra_protocol.errors import (
    BehindError,
    ProtocolError,
    StaleError,
    UnavailableError,
    WaitingError,
)
from integra_protocol.limits import ROSTER_GRACE_S, STALE_AFTER_S

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_protocol.checkpoint import Cosignature
    from integra_protocol.keys import NoteKey
    from integra_protocol.roster import Roster

NEWEST_COSIGNATURE: Final = "newest-cosignature"  # setting: unix seconds
CLOCK_CONTRADICTED: Final = "clock-contradicted"  # setting: two partners' median is a day away
DAY_S: Final = 86_400
HOUR_S: Final = 3_600
BEHIND: Final = "behind"  # setting: our own log is larger elsewhere
# What a stale node still appends: section 2.  Replies count only when machine-made.
WHEN_STALE: Final = frozenset({"erase", "ack", "receipt", "officer-rev"})


class ClockError(UnavailableError):
    """Nothing is appended while the clock of this computer is wrong."""

    code = "clock_wrong"


def roster_confirmed_at(tx: Tx, roster: Roster) -> int | None:
    """Return the time at which a quorum last confirmed the newest roster, unix seconds.

    That is the q-th newest cosignature time on the roster log's note of our version; for 24 hours
    after a version was accepted that of the version before counts too (docs/protocol.md section 2).
    """
    times = [_confirmed(tx, roster, roster.version)]
    accepted = rosters.accepted_at(tx, roster.version)
    before = _confirmed(tx, roster, roster.version - 1)
    if before is not None and accepted is not None and before + ROSTER_GRACE_S > accepted:
        times.append(min(before, accepted + ROSTER_GRACE_S - STALE_AFTER_S))
    return max((t for t in times if t is not None), default=None)


def is_stale(tx: Tx, roster: Roster, *, now: int) -> bool:
    """Say whether membership is no longer confirmed: too old, expired, or contradicted."""
    if roster.is_expired(now) or rosters.conflicts(tx):
        return True
    if roster.quorum == 0:
        return False
    confirmed = roster_confirmed_at(tx, roster)
    return confirmed is None or now - confirmed > STALE_AFTER_S


def is_waiting(roster: Roster, us: Us) -> bool:
    """Say whether the accepted roster has no open log line for us."""
    return roster.open_origin(us.org) != us.origin


def may_ever_append(roster: Roster, us: Us) -> bool:
    """Say whether we are an active member with this log: a suspended one, or a hub, never answers."""
    return not is_waiting(roster, us) and roster.is_active(us.org)


def check_may_append(
    tx: Tx, us: Us, roster: Roster, kind: str, *, machine_made: bool, now: int
) -> None:
    """Check that an entry of ``kind`` may be appended to our own log now.

    Raises:
        WaitingError: we are not an active member with this log.
        BehindError: our log is larger elsewhere: a backup was restored.
        StaleError: membership is not confirmed, and this kind has to wait.
    """
    if not may_ever_append(roster, us):
        raise WaitingError("this organisation is not an active member with this log")
    if partners.setting_of(tx, BEHIND) is not None:
        raise BehindError("our own log is larger at our partners: it must be refilled first")
    _check_clock(tx, now)
    if kind in WHEN_STALE or (kind == "reply" and machine_made):
        return
    if is_stale(tx, roster, now=now):
        raise StaleError("membership was not confirmed for 7 days")


def note_cosignature_time(tx: Tx, time: int) -> None:
    """Remember the newest cosignature time seen in any log; written once an hour at most."""
    held = partners.setting_of(tx, NEWEST_COSIGNATURE)
    if held is None or time > int(held) + HOUR_S:
        partners.set_setting(tx, NEWEST_COSIGNATURE, str(time))


def _check_clock(tx: Tx, now: int) -> None:
    """Refuse to append on a clock that others contradict (docs/protocol.md section 8)."""
    newest = partners.setting_of(tx, NEWEST_COSIGNATURE)
    if newest is not None and now < int(newest) - DAY_S:
        raise ClockError("this computer's clock is more than a day behind that of the members")
    if partners.setting_of(tx, CLOCK_CONTRADICTED) is not None:
        raise ClockError("this computer's clock is more than a day away from that of the members")


def _confirmed(tx: Tx, roster: Roster, version: int) -> int | None:
    data = rosters.checkpoint_note(tx, version)
    if data is None:
        return None
    cosignatures = _cosignatures(data, roster.hublog, roster.witness_keys())
    return roster.confirmed_at(roster.hublog.name, cosignatures)


@lru_cache(maxsize=16)
def _cosignatures(
    data: bytes, hublog: NoteKey, witnesses: tuple[NoteKey, ...]
) -> tuple[Cosignature, ...]:
    try:
        return open_checkpoint(data, hublog, witnesses).cosignatures
    except ProtocolError:
        # Signed by the hub's former key: what it was worth ended with that key.
        return ()
