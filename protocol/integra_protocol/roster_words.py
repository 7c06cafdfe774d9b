"""What does a roster say, and what would a new one change, in words for those who sign it?

Founders read this before they sign (docs/protocol.md section 2).  Every line of the text shows in
``describe``, and every difference of lines in ``changes``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

from integra_protocol.keys import NoteKey
from integra_protocol.roster import Limit, LogLine, Member, RoleLine, Roster
from integra_protocol.roster_text import text_hash

_K = TypeVar("_K")
_L = TypeVar("_L", LogLine, RoleLine)
_MAX_TIME: Final = 253_402_300_799  # end of the year 9999


def describe(roster: Roster) -> tuple[str, ...]:
    """Return what ``roster`` says, one sentence a line."""
    return tuple(_described(roster))


def changes(old: Roster, new: Roster) -> tuple[str, ...]:
    """Return what ``new`` changes, one sentence a line; none for version and dates alone."""
    return tuple(_changed(old, new))


def _described(roster: Roster) -> Iterator[str]:
    yield f"Federation {roster.federation}, roster version {roster.version}."
    yield f"Fingerprint {text_hash(roster.text).hex()}."
    yield f"Issued {_date(roster.issued)}, expires {_date(roster.expires)}."
    yield f"{roster.threshold} of {len(roster.founders)} founders sign the next version."
    yield from (f"{_key(key)} is a founder." for key in roster.founders)
    yield f"{_key(roster.hublog)} signs the roster log."
    yield f"A log is witnessed by {roster.quorum} other organisations."
    for org, member in roster.members.items():
        yield _member(member)
        yield from (f"{org} cosigns with {_key(key)}." for key in roster.witnesses.get(org, ()))
        yield from (f"{org} signs requests with {_key(key)}." for key in roster.reqs.get(org, ()))
        if org in roster.kems:
            yield f"{org} is sealed to under key {roster.kems[org].key_id}."
        if org in roster.limits:
            yield f"{org} may send {_limit(roster.limits[org])}."
    for lines in roster.logs.values():
        yield from map(_log, lines)
    for roles in roster.roles.values():
        yield from map(_role, roles)


def _changed(old: Roster, new: Roster) -> Iterator[str]:
    if old.threshold != new.threshold:
        yield f"The threshold changes from {old.threshold} to {new.threshold} founders."
    founders = ({_key(key): key for key in old.founders}, {_key(key): key for key in new.founders})
    yield from _compared(*founders, "{key} becomes a founder.", "{key} is no founder any more.")
    if old.hublog != new.hublog:
        yield f"The roster log's key changes from {_key(old.hublog)} to {_key(new.hublog)}."
    if old.quorum != new.quorum:
        yield f"The quorum changes from {old.quorum} to {new.quorum} organisations."
    yield from _changed_members(old, new)
    for verb, before, after in (
        ("cosigns", old.witnesses, new.witnesses),
        ("signs requests", old.reqs, new.reqs),
    ):
        yield from _changed_keys(verb, before, after)
    for org in sorted(old.kems.keys() | new.kems.keys()):
        if old.kem(org) != new.kem(org):
            key = new.kem(org)
            key_id = "no key" if key is None else f"key {key.key_id}"
            yield f"{org} is now sealed to under {key_id}."
    yield from _changed_lines(old.logs, new.logs, _log)
    yield from _changed_lines(old.roles, new.roles, _role)
    for org in sorted(new.members):
        if old.limit(org) != new.limit(org):
            yield f"{org} may now send {_limit(new.limit(org))}."


def _changed_members(old: Roster, new: Roster) -> Iterator[str]:
    for org, member in new.members.items():
        before = old.member(org)
        if before is None:
            yield f"New: {_member(member)}"
        elif before.status != member.status:
            yield f"{org} was {before.status} and is now {member.status}."
        if before is not None and before.url != member.url:
            yield f"{org} moves from {before.url or 'no address'} to {member.url or 'no address'}."
        if before is not None and before.pins != member.pins:
            yield f"{org} has other TLS pins: {_pins(member)}."


def _changed_keys(
    verb: str, old: Mapping[str, tuple[NoteKey, ...]], new: Mapping[str, tuple[NoteKey, ...]]
) -> Iterator[str]:
    for org in sorted(old.keys() | new.keys()):
        yield from _compared(
            {_key(key): key for key in old.get(org, ())},
            {_key(key): key for key in new.get(org, ())},
            f"{org} now {verb} with {{key}}.",
            f"{org} no longer {verb} with {{key}}.",
        )


def _changed_lines(
    old: Mapping[_K, tuple[_L, ...]], new: Mapping[_K, tuple[_L, ...]], say: Callable[[_L], str]
) -> Iterator[str]:
    for key, lines in new.items():
        before = old.get(key, ())
        yield from (f"Now: {say(line)}" for line in lines if line not in before)


def _compared(
    old: Mapping[str, object], new: Mapping[str, object], added: str, gone: str
) -> Iterator[str]:
    yield from (added.format(key=key) for key in sorted(new.keys() - old.keys()))
    yield from (gone.format(key=key) for key in sorted(old.keys() - new.keys()))


def _member(member: Member) -> str:
    place = f"reached at {member.url}" if member.url else "not reached from outside"
    return f"{member.org} is {member.status}, {place}, {_pins(member)}."


def _pins(member: Member) -> str:
    if not member.pins:
        return "known by its TLS certificate's authority"
    return "TLS pin " + " or ".join(pin.hex() for pin in member.pins)


def _log(line: LogLine) -> str:
    end = "on" if line.until is None else f"to {line.until}"
    return f"{line.origin} is signed by {_key(line.key)} from size {line.start} {end}."


def _role(line: RoleLine) -> str:
    end = "on" if line.until is None else f"up to but without {line.until}"
    return f"{line.origin} may {line.cap} from index {line.start} {end}."


def _limit(limit: Limit) -> str:
    return f"{limit.entries_per_day} entries and {limit.bytes_per_day} bytes a day"


def _key(key: NoteKey) -> str:
    return f"{key.name} ({key.public.hex()})"


def _date(seconds: int) -> str:
    if seconds > _MAX_TIME:
        return f"second {seconds}"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
