"""What would the next roster say? Join requests and decisions of the founders become its lines.

The rules of docs/protocol.md section 2 are checked by ``draft_first`` and ``draft_next``: nobody
gets to sign what members would refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from integra_node.join_request import JoinRequest
from integra_protocol import roster_change as change
from integra_protocol.errors import InputError
from integra_protocol.keys import NoteKey, format_origin
from integra_protocol.roster import (
    RELAY,
    Limit,
    Member,
    Roster,
    RosterLines,
    Status,
)
from integra_protocol.roster_text import NO_PREVIOUS

DAY_S: Final = 86_400
MAX_DAYS: Final = 400
_HUB_EPOCH: Final = 0
_CAPS: Final[Mapping[str, tuple[str, ...]]] = {
    "casework": ("alert", "handover", "practice", "summary"),
    "knowledge": ("alert", "practice"),
    "hub": (RELAY,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What the founders decide about the next version, besides join requests.

    ``until`` gives, for each log that is closed, the size of a witnessed note.  ``threshold``
    and ``quorum`` are None where they stay, or in version 1 take their default: a majority.
    """

    add: tuple[JoinRequest, ...] = ()
    renew: tuple[JoinRequest, ...] = ()
    suspend: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    until: Mapping[str, int]
    end_caps: tuple[tuple[str, str, int], ...] = ()
    grant_caps: tuple[tuple[str, str, int], ...] = ()
    limits: Mapping[str, Limit]
    limit_of_all: Limit | None = None
    add_founders: tuple[NoteKey, ...] = ()
    drop_founders: tuple[str, ...] = ()
    hublog: NoteKey | None = None
    threshold: int | None = None
    quorum: int | None = None


def first(federation: str, decisions: Decisions, *, issued: int, days: int) -> Roster:
    """Return version 1 of a federation, ready to be signed.

    Args:
        federation: its name.
        decisions: exactly one of the requests is a hub's.
        issued: unix seconds.
        days: how long it holds, 1 to 400.

    Raises:
        InputError: the lines break a rule, or there is not one hub.
    """
    hubs = [one.hublog for one in decisions.add if one.hublog is not None]
    hublog = decisions.hublog or (hubs[0] if len(hubs) == 1 else None)
    if hublog is None:
        raise InputError("version 1 needs the join request of one hub")
    lines = RosterLines(
        federation=federation,
        version=1,
        previous_hash=NO_PREVIOUS,
        issued=issued,
        expires=issued + _lifetime(days),
        threshold=0,
        founders=(),
        hublog=hublog,
        quorum=0,
        witnesses={},
        members={},
        logs={},
        kems={},
        reqs={},
        roles={},
        limits={},
    )
    lines = _decided(lines, decisions)
    threshold = decisions.threshold or len(lines.founders) // 2 + 1
    quorum = _default_quorum(lines) if decisions.quorum is None else decisions.quorum
    return change.draft_first(replace(lines, threshold=threshold, quorum=quorum))


def following(previous: Roster, decisions: Decisions, *, issued: int, days: int) -> Roster:
    """Return the version after ``previous``, ready to be signed.

    Raises:
        InputError: a decision does not fit the roster, or the lines break a rule.
    """
    lines = _decided(change.lines_of(previous), decisions)
    return change.draft_next(previous, lines, issued=issued, expires=issued + _lifetime(days))


def _decided(lines: RosterLines, decisions: Decisions) -> RosterLines:
    lines = _with_founders(lines, decisions)
    for request in (*decisions.add, *decisions.renew):
        if request.federation != lines.federation:
            raise InputError(f"the request of {request.org} is for {request.federation}")
    for request in decisions.add:
        lines = _added(lines, request)
    for request in decisions.renew:
        lines = _renewed(lines, request)
    lines = _closed(lines, decisions)
    for origin, cap, index in decisions.end_caps:
        lines = change.with_role_ended(lines, origin, cap, index)
    for origin, cap, index in decisions.grant_caps:
        lines = change.with_role(lines, origin, cap, index)
    return _limited(lines, decisions)


def _with_founders(lines: RosterLines, decisions: Decisions) -> RosterLines:
    names = {key.name for key in lines.founders}
    if not names >= set(decisions.drop_founders):
        raise InputError("a founder to be dropped is not in the roster")
    kept = [key for key in lines.founders if key.name not in decisions.drop_founders]
    changed = replace(lines, founders=(*kept, *decisions.add_founders))
    if decisions.threshold is not None:
        changed = replace(changed, threshold=decisions.threshold)
    if decisions.quorum is not None:
        changed = replace(changed, quorum=decisions.quorum)
    if decisions.hublog is not None:
        changed = replace(changed, hublog=decisions.hublog)
    return changed


def _added(lines: RosterLines, request: JoinRequest) -> RosterLines:
    """Add a member, or readmit one under a new log with new keys."""
    held = lines.members.get(request.org)
    if held is not None and held.status is Status.ACTIVE:
        raise InputError(f"{request.org} is a member already: renew its keys instead")
    lines = change.with_member(lines, _member(request))
    lines = change.with_witnesses(lines, request.org, (request.witness,))
    lines = change.with_reqs(lines, request.org, (request.request,))
    if request.log is None or request.kem is None:
        origin = format_origin(request.org, _HUB_EPOCH)
    else:
        origin = request.log.name
        lines = change.with_log(lines, origin, request.log)
        lines = change.with_kem(lines, request.org, request.kem)
    for cap in _CAPS[request.profile]:
        if not (cap == RELAY and (origin, cap) in lines.roles):
            lines = change.with_role(lines, origin, cap)
    return lines


def _renewed(lines: RosterLines, request: JoinRequest) -> RosterLines:
    """Take new address, pins, witness, request and sealing keys; the old two kinds stay beside."""
    org = request.org
    if org not in lines.members:
        raise InputError(f"{org} is not a member")
    if request.log is not None and request.log not in _log_keys(lines, request.log.name):
        raise InputError(f"the log key of {org} is not changed by a renewal")
    lines = change.with_member(lines, replace(_member(request), status=lines.members[org].status))
    reqs = _overlapping(lines.reqs.get(org, ()), request.request)
    witnesses = _overlapping(lines.witnesses.get(org, ()), request.witness)
    lines = change.with_reqs(lines, org, reqs)
    lines = change.with_witnesses(lines, org, witnesses)
    return lines if request.kem is None else change.with_kem(lines, org, request.kem)


def _overlapping(held: Sequence[NoteKey], new: NoteKey) -> tuple[NoteKey, ...]:
    """Return the new key with the newest other one: at most two, so that a rotation overlaps."""
    others = [key for key in held if key != new]
    return (*others[-1:], new)


def _log_keys(lines: RosterLines, origin: str) -> Iterable[NoteKey]:
    return (line.key for line in lines.logs.get(origin, ()))


def _member(request: JoinRequest) -> Member:
    return Member(org=request.org, status=Status.ACTIVE, url=request.url, pins=request.pins)


def _closed(lines: RosterLines, decisions: Decisions) -> RosterLines:
    unused = dict(decisions.until)
    for status, orgs in ((Status.SUSPENDED, decisions.suspend), (Status.LEFT, decisions.leave)):
        for org in orgs:
            sizes = {
                origin: unused.pop(origin)
                for origin, ranges in lines.logs.items()
                if origin.startswith(f"{org}/") and ranges[-1].until is None and origin in unused
            }
            lines = change.with_status(lines, org, status, until=sizes)
    for origin, size in unused.items():
        lines = change.with_log_closed(lines, origin, size)
    return lines


def _limited(lines: RosterLines, decisions: Decisions) -> RosterLines:
    limits = dict(decisions.limits)
    if decisions.limit_of_all is not None:
        issuers = {origin.partition("/")[0] for origin in lines.logs}
        limits = {**dict.fromkeys(issuers, decisions.limit_of_all), **limits}
    for org, limit in limits.items():
        lines = change.with_limit(lines, org, limit)
    return lines


def _default_quorum(lines: RosterLines) -> int:
    """Return a majority of the other witnesses; none in a test federation of one."""
    others = len(lines.witness_orgs(f"{lines.federation}/roster")) - 1
    return others // 2 + 1 if others > 0 else 0


def _lifetime(days: int) -> int:
    if not 1 <= days <= MAX_DAYS:
        raise InputError(f"a roster holds for 1 to {MAX_DAYS} days")
    return days * DAY_S
