"""How do founders draft the next roster, and how do their signatures come together?

A draft is ordinary ``RosterLines``, edited by the functions below; ``draft_first`` and
``draft_next`` turn it into a text that keeps every rule of docs/protocol.md section 2, so that
nobody signs what members would refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from integra_protocol.canonical import sha256
from integra_protocol.errors import InputError, IntegraError
from integra_protocol.keys import NoteKey, SigningKey, parse_origin
from integra_protocol.limits import KEM_PUBLIC_BYTES, MAX_NOTE_SIGNATURES
from integra_protocol.note import Note, sign_note, verify_lines
from integra_protocol.roster import (
    RELAY,
    KemLine,
    Limit,
    LogLine,
    Member,
    RoleLine,
    Roster,
    RosterLines,
    Status,
)
from integra_protocol.roster_text import NO_PREVIOUS, parse_roster, render, text_hash
from integra_protocol.roster_trust import check_step

_T = TypeVar("_T")


def draft_first(lines: RosterLines) -> Roster:
    """Return version 1 with these lines, ready to be signed.

    Raises:
        InputError: the lines break a rule of section 2.
    """
    return _parsed(replace(lines, version=1, previous_hash=NO_PREVIOUS))


def draft_next(previous: Roster, lines: RosterLines, *, issued: int, expires: int) -> Roster:
    """Return the version after ``previous`` with these lines, ready to be signed.

    Args:
        previous: the newest accepted roster.
        lines: what the next one shall say; version, hash and times are set here.
        issued: unix seconds, not before ``previous.issued``: cosignatures are judged by it.
        expires: unix seconds, at most 400 days after ``issued``.

    Raises:
        InputError: the lines break a rule, or drop what must stay.
    """
    if issued < previous.issued:
        raise InputError("a roster is not issued before the one that it follows")
    drafted = _parsed(
        replace(
            lines,
            version=previous.version + 1,
            previous_hash=text_hash(previous.text),
            issued=issued,
            expires=expires,
        )
    )
    try:
        check_step(previous, drafted)
    except IntegraError as error:
        raise InputError(error.detail) from error
    return drafted


def lines_of(roster: Roster) -> RosterLines:
    """Return the lines of ``roster`` as a draft to edit."""
    return RosterLines(
        federation=roster.federation,
        version=roster.version,
        previous_hash=roster.previous_hash,
        issued=roster.issued,
        expires=roster.expires,
        threshold=roster.threshold,
        founders=roster.founders,
        hublog=roster.hublog,
        quorum=roster.quorum,
        witnesses=roster.witnesses,
        members=roster.members,
        logs=roster.logs,
        kems=roster.kems,
        reqs=roster.reqs,
        roles=roster.roles,
        limits=roster.limits,
    )


def sign_roster(roster: Roster, name: str, key: SigningKey) -> bytes:
    """Return a note of ``roster`` with the one signature of founder ``name``.

    Raises:
        InputError: the name cannot stand in a note.
    """
    return Note(text=roster.text, lines=(sign_note(roster.text, name, key),)).encode()


def combine(notes: Iterable[Note], founders: Iterable[NoteKey]) -> bytes:
    """Return one note with the verified line of each of ``founders`` found in ``notes``.

    Args:
        notes: notes of one and the same text.
        founders: the founders of the previous and of this version.

    Raises:
        InputError: the texts differ, there is no line, or there are more than 32.
        BadSignatureError: a founder's line does not verify.
    """
    collected = tuple(notes)
    texts = {note.text for note in collected}
    if len(texts) != 1:
        raise InputError("only signatures over one and the same text can be combined")
    text = texts.pop()
    offered = [line for note in collected for line in note.lines]
    by_key = {key.public: line for key, line in verify_lines(text, offered, founders)}
    lines = tuple(sorted(by_key.values(), key=lambda line: (line.name, line.key_id)))
    if not 1 <= len(lines) <= MAX_NOTE_SIGNATURES:
        raise InputError("a roster note has 1 to 32 signatures of founders")
    return Note(text=text, lines=lines).encode()


# ------------------------------------------------------------------ edits of a draft


def with_member(lines: RosterLines, member: Member) -> RosterLines:
    """Return the draft with this member line, new or in place of the organisation's old one."""
    return replace(lines, members={**lines.members, member.org: member})


def with_status(
    lines: RosterLines, org: str, status: Status, *, until: Mapping[str, int]
) -> RosterLines:
    """Return the draft in which ``org`` is suspended or has left, its logs closed.

    Args:
        lines: the draft.
        org: a member.
        status: what it becomes.
        until: for each log of it that is open, the size of a witnessed note.

    Raises:
        InputError: no such member.
    """
    member = lines.members.get(org)
    if member is None:
        raise InputError(f"{org} is not a member")
    changed = with_member(lines, replace(member, status=status))
    for origin, size in until.items():
        changed = with_log_closed(changed, origin, size)
    return changed


def with_log(lines: RosterLines, origin: str, key: NoteKey) -> RosterLines:
    """Return the draft with a new open log, from size 0.

    Raises:
        InputError: the log is there already.
    """
    if origin in lines.logs:
        raise InputError(f"{origin} is there already")
    opened = (LogLine(origin=origin, key=key, start=0, until=None),)
    return replace(lines, logs={**lines.logs, origin: opened})


def with_log_closed(lines: RosterLines, origin: str, size: int) -> RosterLines:
    """Return the draft in which ``origin`` and all that it may do end at ``size`` leaves.

    Raises:
        InputError: no such open log.
    """
    *earlier, last = _open_ranges(lines, origin)
    closed = (*earlier, replace(last, until=size))
    roles = {
        key: tuple(_ended(line, size) for line in ranges) if key[0] == origin else ranges
        for key, ranges in lines.roles.items()
    }
    return replace(lines, logs={**lines.logs, origin: closed}, roles=roles)


def with_log_key(lines: RosterLines, origin: str, key: NoteKey, size: int) -> RosterLines:
    """Return the draft in which ``key`` signs ``origin`` above ``size``, a size not reached yet.

    Raises:
        InputError: no such open log.
    """
    *earlier, last = _open_ranges(lines, origin)
    added = LogLine(origin=origin, key=key, start=size, until=None)
    ranges = (*earlier, replace(last, until=size), added)
    return replace(lines, logs={**lines.logs, origin: ranges})


def with_kem(lines: RosterLines, org: str, public: bytes) -> RosterLines:
    """Return the draft in which others seal to the 1,216-byte key ``public`` of ``org``.

    Raises:
        InputError: the key has another length.
    """
    if len(public) != KEM_PUBLIC_BYTES:
        raise InputError(f"a kem key has {KEM_PUBLIC_BYTES} bytes")
    digest = sha256(public)
    return replace(lines, kems={**lines.kems, org: KemLine(key_id=digest[:4].hex(), hash=digest)})


def with_reqs(lines: RosterLines, org: str, keys: tuple[NoteKey, ...]) -> RosterLines:
    """Return the draft in which ``keys`` (one or two) sign the request tokens of ``org``."""
    return replace(lines, reqs=_set(lines.reqs, org, keys))


def with_witnesses(lines: RosterLines, org: str, keys: tuple[NoteKey, ...]) -> RosterLines:
    """Return the draft in which ``keys`` (none to two) are the witness keys of ``org``."""
    return replace(lines, witnesses=_set(lines.witnesses, org, keys))


def with_role(lines: RosterLines, origin: str, cap: str, start: int = 0) -> RosterLines:
    """Return the draft in which ``origin`` holds ``cap`` from index ``start`` on.

    Raises:
        InputError: it holds it already, or the capability is relay and not on a log 0.
    """
    if (parse_origin(origin, lowest_epoch=0)[1] == 0) != (cap == RELAY):
        raise InputError("relay, and no other capability, stands on a line of log 0")
    held = lines.roles.get((origin, cap), ())
    if held and held[-1].until is None:
        raise InputError(f"{origin} holds {cap} already")
    added = RoleLine(origin=origin, cap=cap, start=start, until=None)
    return replace(lines, roles={**lines.roles, (origin, cap): (*held, added)})


def with_role_ended(lines: RosterLines, origin: str, cap: str, index: int) -> RosterLines:
    """Return the draft in which ``origin`` holds ``cap`` below ``index`` only.

    Raises:
        InputError: it does not hold it.
    """
    held = lines.roles.get((origin, cap), ())
    if not held or held[-1].until is not None:
        raise InputError(f"{origin} does not hold {cap}")
    ended = (*held[:-1], replace(held[-1], until=index))
    return replace(lines, roles={**lines.roles, (origin, cap): ended})


def with_limit(lines: RosterLines, org: str, limit: Limit | None) -> RosterLines:
    """Return the draft with this pacing of ``org``; None is the default."""
    limits = {name: held for name, held in lines.limits.items() if name != org}
    return replace(lines, limits=limits if limit is None else {**limits, org: limit})


def _parsed(lines: RosterLines) -> Roster:
    try:
        return parse_roster(render(lines))
    except IntegraError as error:
        raise InputError(error.detail) from error


def _open_ranges(lines: RosterLines, origin: str) -> tuple[LogLine, ...]:
    ranges = lines.logs.get(origin, ())
    if not ranges or ranges[-1].until is not None:
        raise InputError(f"{origin} is not an open log")
    return ranges


def _ended(line: RoleLine, size: int) -> RoleLine:
    return replace(line, until=max(size, line.start)) if line.until is None else line


def _set(
    groups: Mapping[str, tuple[_T, ...]], org: str, values: tuple[_T, ...]
) -> Mapping[str, tuple[_T, ...]]:
    others = {name: held for name, held in groups.items() if name != org}
    return {**others, org: values} if values else others
