"""How is a roster read from its signed lines, and how are the lines written?

The form and the rules are those of docs/protocol.md section 2.  A text is read line by line into
``RosterLines``, written again and compared: whatever is not the one way to write it (order,
duplicates, spaces, leading zeros) differs and is refused.  Then come the rules that no single line
can show.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from integra_protocol.canonical import b64decode, b64encode, parse_decimal, sha256
from integra_protocol.errors import BadCanonicalError, ProtocolError, TooLargeError
from integra_protocol.keys import (
    KIND_COSIGNATURE,
    KIND_NOTE,
    NoteKey,
    parse_org,
    parse_origin,
    parse_vkey,
)
from integra_protocol.limits import (
    HASH_BYTES,
    MAX_MEMBERS,
    MAX_ROSTER_BYTES,
    MAX_ROSTER_LIFETIME_S,
    MAX_SIZE,
)
from integra_protocol.merkle import leaf_hash
from integra_protocol.roster import (
    CAPS,
    RELAY,
    KemLine,
    Limit,
    LogLine,
    Member,
    RoleLine,
    Roster,
    RosterLines,
    Status,
    org_of,
)

NO_PREVIOUS: Final = sha256(b"")

_TITLE: Final = "integra-roster/v1"
_MIN_FOUNDERS: Final = 3
_MAX_FOUNDERS: Final = 16
_MAX_KEYS_OF_ORG: Final = 2  # witness or req lines of one organisation
_MAX_PINS: Final = 2
_MAX_PORT: Final = 65_535
_FEDERATION: Final = re.compile(r"[a-z0-9.-]{3,64}")
_KEY_ID: Final = re.compile(r"[0-9a-f]{8}")
_URL: Final = re.compile(r"https://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::([1-9][0-9]{0,4}))?")
_T = TypeVar("_T")


def parse_roster(text: str) -> Roster:
    """Return the roster that ``text`` states; its signatures are another question.

    Raises:
        TooLargeError: the text is longer than 1 MiB.
        BadCanonicalError: a line is not of its form, or not in its one place.
        ProtocolError: the lines are well formed and break a rule of section 2.
    """
    if len(text) > MAX_ROSTER_BYTES or len(text.encode()) > MAX_ROSTER_BYTES:
        raise TooLargeError(f"a roster has at most {MAX_ROSTER_BYTES} bytes")
    lines = _read(_Cursor(text))
    if render(lines) != text:
        raise BadCanonicalError(
            "the roster's lines are not sorted, repeated or not in shortest form"
        )
    _check_founders(lines)
    _check_keys(lines)
    _check_members(lines)
    _check_logs(lines)
    _check_roles(lines)
    _check_quorum(lines)
    return checked(lines, text)


def checked(lines: RosterLines, text: str) -> Roster:
    """Return ``lines`` with their text as a ``Roster``; only for lines that were just checked."""
    values = {field.name: getattr(lines, field.name) for field in dataclasses.fields(RosterLines)}
    return Roster(text=text, **values)


def render(lines: RosterLines) -> str:
    """Return the one text of ``lines``, ending in a newline (section 2, the block of lines)."""
    return "".join(f"{line}\n" for line in _rendered(lines))


def text_hash(text: str) -> bytes:
    """Return the 32-byte SHA-256 of a roster text: the next version names it."""
    return sha256(text.encode())


def roster_log_leaf(text: str) -> bytes:
    """Return the leaf hash of a roster text in the roster log (section 2, roster log)."""
    return leaf_hash(text.encode())


# ------------------------------------------------------------------ writing


def _rendered(lines: RosterLines) -> Iterator[str]:
    yield _TITLE
    yield lines.federation
    yield str(lines.version)
    yield b64encode(lines.previous_hash)
    yield f"{lines.issued} {lines.expires}"
    yield f"threshold {lines.threshold}"
    yield from (f"founder {vkey}" for vkey in sorted(key.vkey() for key in lines.founders))
    yield f"hublog {lines.hublog.vkey()}"
    yield f"quorum {lines.quorum}"
    yield from _rendered_keys("witness", lines.witnesses.items())
    yield from (_rendered_member(lines.members[org]) for org in sorted(lines.members))
    for origin in sorted(lines.logs):
        yield from (
            f"log {origin} {line.key.vkey()} {line.start} {_dash(line.until)}"
            for line in lines.logs[origin]
        )
    for org, kem in sorted(lines.kems.items(), key=_first):
        yield f"kem {org} {kem.key_id} {b64encode(kem.hash)}"
    yield from _rendered_keys("req", lines.reqs.items())
    for origin, cap in sorted(lines.roles):
        yield from (
            f"role {origin} {cap} {line.start} {_dash(line.until)}"
            for line in lines.roles[origin, cap]
        )
    for org, limit in sorted(lines.limits.items(), key=_first):
        yield f"limit {org} {limit.entries_per_day} {limit.bytes_per_day}"


def _rendered_keys(word: str, groups: Iterable[tuple[str, tuple[NoteKey, ...]]]) -> Iterator[str]:
    for org, keys in sorted(groups, key=_first):
        yield from (f"{word} {org} {vkey}" for vkey in sorted(key.vkey() for key in keys))


def _rendered_member(member: Member) -> str:
    pins = ",".join(b64encode(pin) for pin in member.pins)
    return f"member {member.org} {member.status} {member.url or '-'} {pins or '-'}"


def _dash(until: int | None) -> str:
    return "-" if until is None else str(until)


def _first(item: tuple[str, object]) -> str:
    return item[0]


# ------------------------------------------------------------------ reading


class _Cursor:
    """The lines of one text, taken from the front."""

    def __init__(self, text: str) -> None:
        if not text.endswith("\n"):
            raise BadCanonicalError("a roster ends in a newline")
        self._lines = text[:-1].split("\n")
        self._next = 0

    def line(self) -> str:
        """Return the next line, and step over it."""
        if self.at_end():
            raise BadCanonicalError("the roster ends too early")
        self._next += 1
        return self._lines[self._next - 1]

    def fields(self, word: str, count: int) -> list[str]:
        """Return the ``count`` fields of the next line, which begins with ``word``."""
        fields = self.line().split(" ")
        if fields[0] != word or len(fields) != count + 1:
            raise BadCanonicalError(f"line {self._next} of the roster is not a {word} line")
        return fields[1:]

    def group(self, word: str, count: int) -> Iterator[list[str]]:
        """Yield the fields of each following line that begins with ``word``."""
        while not self.at_end() and self._lines[self._next].startswith(f"{word} "):
            yield self.fields(word, count)

    def at_end(self) -> bool:
        """Return True when no line is left."""
        return self._next == len(self._lines)


def _read(cursor: _Cursor) -> RosterLines:
    if cursor.line() != _TITLE:
        raise BadCanonicalError("not a roster of version 1")
    federation = _matching(_FEDERATION, cursor.line(), "federation name")
    version = _number(cursor.line())
    previous_hash = _hash(cursor.line())
    issued, _, expires = cursor.line().partition(" ")
    lines = RosterLines(
        federation=federation,
        version=version,
        previous_hash=previous_hash,
        issued=_number(issued),
        expires=_number(expires),
        threshold=_number(cursor.fields("threshold", 1)[0]),
        founders=tuple(parse_vkey(vkey) for (vkey,) in cursor.group("founder", 1)),
        hublog=parse_vkey(cursor.fields("hublog", 1)[0]),
        quorum=_number(cursor.fields("quorum", 1)[0]),
        witnesses=_grouped(_org_key(fields) for fields in cursor.group("witness", 2)),
        members=dict(_member(fields) for fields in cursor.group("member", 4)),
        logs=_grouped(_log(fields) for fields in cursor.group("log", 4)),
        kems=dict(_kem(fields) for fields in cursor.group("kem", 3)),
        reqs=_grouped(_org_key(fields) for fields in cursor.group("req", 2)),
        roles=_grouped(_role(fields) for fields in cursor.group("role", 4)),
        limits=dict(_limit(fields) for fields in cursor.group("limit", 3)),
    )
    if not cursor.at_end():
        raise BadCanonicalError("a line of the roster is unknown or not in its place")
    return lines


_K = TypeVar("_K")


def _grouped(pairs: Iterable[tuple[_K, _T]]) -> dict[_K, tuple[_T, ...]]:
    groups: dict[_K, list[_T]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in groups.items()}


def _org_key(fields: list[str]) -> tuple[str, NoteKey]:
    org, vkey = fields
    return parse_org(org), parse_vkey(vkey)


def _member(fields: list[str]) -> tuple[str, Member]:
    org, status, url, pins = fields
    if status not in set(Status):
        raise BadCanonicalError("a member is active, suspended or left")
    return parse_org(org), Member(
        org=org, status=Status(status), url=_optional(url, _url), pins=_optional(pins, _pins) or ()
    )


def _log(fields: list[str]) -> tuple[str, LogLine]:
    origin, vkey, start, until = fields
    parse_origin(origin)
    return origin, LogLine(
        origin=origin, key=parse_vkey(vkey), start=_number(start), until=_optional(until, _number)
    )


def _kem(fields: list[str]) -> tuple[str, KemLine]:
    org, key_id, digest = fields
    return parse_org(org), KemLine(
        key_id=_matching(_KEY_ID, key_id, "key id"),
        hash=_hash(digest),
    )


def _role(fields: list[str]) -> tuple[tuple[str, str], RoleLine]:
    origin, cap, start, until = fields
    if cap not in CAPS:
        raise BadCanonicalError("a role line names no known capability")
    _, epoch = parse_origin(origin, lowest_epoch=0)
    if (epoch == 0) != (cap == RELAY):
        raise BadCanonicalError("relay, and no other capability, stands on a line of log 0")
    return (origin, cap), RoleLine(
        origin=origin, cap=cap, start=_number(start), until=_optional(until, _number)
    )


def _limit(fields: list[str]) -> tuple[str, Limit]:
    org, entries, size = fields
    return parse_org(org), Limit(entries_per_day=_number(entries), bytes_per_day=_number(size))


def _optional(text: str, read: Callable[[str], _T]) -> _T | None:
    return None if text == "-" else read(text)


def _matching(pattern: re.Pattern[str], text: str, what: str) -> str:
    if pattern.fullmatch(text) is None:
        raise BadCanonicalError(f"a {what} of the roster is not well formed")
    return text


def _number(text: str) -> int:
    return parse_decimal(text, high=MAX_SIZE)


def _hash(text: str) -> bytes:
    digest = b64decode(text)
    if len(digest) != HASH_BYTES:
        raise BadCanonicalError("a hash of the roster has not 32 bytes")
    return digest


def _url(text: str) -> str:
    match = _URL.fullmatch(text)
    if match is None or int(match[1] or 0) > _MAX_PORT:
        raise BadCanonicalError("a base URL is https://host[:port], lower case, nothing after it")
    return text


def _pins(text: str) -> tuple[bytes, ...]:
    pins = tuple(_hash(pin) for pin in text.split(","))
    if len(pins) > _MAX_PINS:
        raise BadCanonicalError(f"a member has at most {_MAX_PINS} pins")
    return pins


# ------------------------------------------------------------------ rules over several lines


def _check_founders(lines: RosterLines) -> None:
    count, threshold = len(lines.founders), lines.threshold
    alone = lines.is_test and count == threshold == 1
    if not alone and not (2 <= threshold <= count and _MIN_FOUNDERS <= count <= _MAX_FOUNDERS):
        raise ProtocolError("the threshold or the number of founders is out of bounds")
    if lines.version < 1 or (lines.version == 1) != (lines.previous_hash == NO_PREVIOUS):
        raise ProtocolError("only version 1 follows nothing")
    if not 0 < lines.expires - lines.issued <= MAX_ROSTER_LIFETIME_S:
        raise ProtocolError("a roster holds for at most 400 days")


def _check_keys(lines: RosterLines) -> None:
    """Refuse a key under a name or kind that is not its line's, and any key used twice."""
    for key, name, kind in _named_keys(lines):
        if key.kind != kind or (key.name != name if name else not _is_founder(key.name)):
            raise ProtocolError(f"the key named {key.name} is not of its line's name and kind")
    publics = [key.public for key, _, _ in _named_keys(lines)]
    publics.extend(kem.hash for kem in lines.kems.values())
    if len(set(publics)) != len(publics):
        raise ProtocolError("the same key stands twice in the roster")
    for keys in (*lines.witnesses.values(), *lines.reqs.values()):
        if len(keys) > _MAX_KEYS_OF_ORG:
            raise ProtocolError("an organisation has at most two keys of one use")
    if any(kem.key_id != kem.hash[:4].hex() for kem in lines.kems.values()):
        raise ProtocolError("a kem line's key id is not that of its hash")


def _named_keys(lines: RosterLines) -> Iterator[tuple[NoteKey, str | None, int]]:
    """Yield each key with the name (None: any founder's) and the kind that it must have."""
    yield from ((key, None, KIND_NOTE) for key in lines.founders)
    yield lines.hublog, f"{lines.federation}/roster", KIND_NOTE
    for org, keys in lines.witnesses.items():
        yield from ((key, f"{org}/w", KIND_COSIGNATURE) for key in keys)
    for org, keys in lines.reqs.items():
        yield from ((key, f"{org}/r", KIND_NOTE) for key in keys)
    for origin, ranges in lines.logs.items():
        yield from ((line.key, origin, KIND_NOTE) for line in ranges)


def _is_founder(name: str) -> bool:
    return name.endswith("/founder") and name != "/founder"


def _check_members(lines: RosterLines) -> None:
    if len(lines.members) > MAX_MEMBERS:
        raise ProtocolError(f"a federation has at most {MAX_MEMBERS} members")
    named = {*lines.witnesses, *lines.kems, *lines.reqs, *lines.limits}
    named.update(org_of(origin) for origin in lines.logs)
    named.update(org_of(origin) for origin, _ in lines.roles)
    if not named <= lines.members.keys():
        raise ProtocolError("a line names an organisation without a member line")
    for origin, ranges in lines.logs.items():
        member = lines.members[org_of(origin)]
        if ranges[-1].until is not None:
            continue
        if member.status is not Status.ACTIVE:
            raise ProtocolError(f"{member.org} is {member.status} and its log is not closed")
        if member.org not in lines.kems:
            raise ProtocolError(f"{member.org} is active and has no kem line")


def _check_logs(lines: RosterLines) -> None:
    """Check that ranges of one log follow one another from 0, and one log an org is open."""
    open_orgs: set[str] = set()
    for origin, ranges in lines.logs.items():
        reached: int | None = 0
        for line in ranges:
            if line.start != reached or (line.until is not None and line.until < line.start):
                raise ProtocolError(f"the ranges of {origin} do not follow one another from 0")
            reached = line.until
        if reached is None:
            if org_of(origin) in open_orgs:
                raise ProtocolError(f"two logs of {org_of(origin)} are open")
            open_orgs.add(org_of(origin))


def _check_roles(lines: RosterLines) -> None:
    for (origin, cap), ranges in lines.roles.items():
        if cap == RELAY:
            if any(line.start != 0 for line in ranges):
                raise ProtocolError("relay holds from index 0")
        elif origin not in lines.logs:
            raise ProtocolError(f"a role line names the unknown log {origin}")
        starts = [line.start for line in ranges]
        if any(a >= b for a, b in itertools.pairwise(starts)):
            raise ProtocolError(f"the ranges of {cap} of {origin} are not in order")
        if any(line.until is not None and line.until < line.start for line in ranges):
            raise ProtocolError(f"{cap} of {origin} ends before it begins")


def _check_quorum(lines: RosterLines) -> None:
    active = len(lines.witness_orgs(f"{lines.federation}/roster"))
    if not (1 <= lines.quorum <= active - 1 or (lines.is_test and lines.quorum == 0)):
        raise ProtocolError("the quorum is not between 1 and one less than the witnesses")
