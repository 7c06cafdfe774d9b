"""Is this note the next roster, and is the roster that is held still fresh?

The rules, in the order in which they are checked (docs/protocol.md section 2, "Accepting"):

1. the note is within its bounds, and no founder's line in it is bad;
2. version 1 has the fingerprint that the operator typed; any later version is signed by at least
   ``threshold`` distinct founder keys of the version before;
3. it is signed by at least its own ``threshold`` of its own founder keys;
4. its version follows by one and it names the hash of the version before;
5. no log or role line was dropped or changed, except that an open one may be closed; no member
   line and no organisation's last req line is gone.

Expiry and age are asked afterwards, of the last accepted version only: an expired version between
two others is still a step of the chain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from integra_protocol.errors import BadSignatureError, ProtocolError, VersionConflictError
from integra_protocol.limits import MAX_ROSTER_BYTES, ROSTER_GRACE_S, STALE_AFTER_S
from integra_protocol.merkle import Frontier
from integra_protocol.note import Note, parse_note, verify_lines
from integra_protocol.roster import LogLine, RoleLine, Roster
from integra_protocol.roster_text import parse_roster, roster_log_leaf, text_hash

_Line = TypeVar("_Line", LogLine, RoleLine)


class RivalRosterError(VersionConflictError):
    """Two different texts of one version, both rightly signed: to be shown to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedRoster:
    """The newest roster whose whole chain was verified from the typed fingerprint on.

    ``note`` is the signed note as received, ``previous`` the version before (None for version 1),
    ``frontier`` the roster log over all versions: its size is the version.
    """

    roster: Roster
    note: bytes
    previous: Roster | None
    frontier: Frontier

    @classmethod
    def genesis(cls, note: bytes, fingerprint: str) -> TrustedRoster:
        """Return the chain that begins with ``note``.

        Args:
            note: the signed note of version 1.
            fingerprint: the 64 hex digits of the text's SHA-256, as the operator typed them.

        Raises:
            ProtocolError: the note is malformed, breaks a rule, is not version 1, is not the
                text of the fingerprint, or too few of its founders signed it.
        """
        parsed = parse_roster_note(note)
        if text_hash(parsed.text).hex() != fingerprint.strip().lower():
            raise BadSignatureError("this roster does not have the fingerprint that was given")
        roster = parse_roster(parsed.text)
        _check_threshold(parsed, roster)
        if roster.version != 1:
            raise VersionConflictError("a chain of rosters begins with version 1")
        return cls(
            roster=roster,
            note=note,
            previous=None,
            frontier=Frontier.empty().append(roster_log_leaf(roster.text)),
        )

    def accept(self, note: bytes) -> TrustedRoster:
        """Return the chain with ``note`` as its next version; the caller stores it before use.

        Raises:
            RivalRosterError: the note is a rightly signed other text of the version held.
            VersionConflictError: the note is of any other version than the next.
            ProtocolError: the note is malformed, breaks a rule, or too few founders signed it.
        """
        parsed = parse_roster_note(note)
        if parsed.text == self.roster.text:
            raise VersionConflictError("this roster is the one that is held")
        if self._is_rival(parsed):
            raise RivalRosterError(f"two rosters of version {self.roster.version} are signed")
        roster = _accepted(parsed, self.roster)
        return TrustedRoster(
            roster=roster,
            note=note,
            previous=self.roster,
            frontier=self.frontier.append(roster_log_leaf(roster.text)),
        )

    def _is_rival(self, parsed: Note) -> bool:
        """Return True for another text that would have been accepted in place of the one held."""
        if self.previous is None or _stated_version(parsed.text) != str(self.roster.version):
            return False
        _accepted(parsed, self.previous)
        return True


def replay(notes: Iterable[bytes], fingerprint: str) -> tuple[TrustedRoster, ...]:
    """Return the chain after each of ``notes``, which are the versions from 1 on, in order.

    Raises:
        ProtocolError: as ``genesis`` and ``accept``; or there is no note.
    """
    chain: list[TrustedRoster] = []
    for note in notes:
        chain.append(chain[-1].accept(note) if chain else TrustedRoster.genesis(note, fingerprint))
    if not chain:
        raise ProtocolError("a chain of rosters has at least one version")
    return tuple(chain)


def parse_roster_note(data: bytes) -> Note:
    """Return the text and lines of a roster note of at most 1 MiB, nothing verified.

    Raises:
        TooLargeError: more than 1 MiB or 32 signature lines.
        BadCanonicalError: not a note.
    """
    return parse_note(data, max_bytes=MAX_ROSTER_BYTES)


def is_stale(
    trusted: TrustedRoster,
    *,
    now: int,
    confirmed_at: int | None,
    previous_confirmed_at: int | None,
    accepted_at: int,
) -> bool:
    """Return True when membership is not confirmed enough to append new entries (section 2).

    Args:
        trusted: the chain that is held.
        now: unix seconds.
        confirmed_at: ``Roster.confirmed_at`` of the newest roster checkpoint of this version.
        previous_confirmed_at: the same for the version before; it counts for 24 hours.
        accepted_at: when this node accepted the version held, unix seconds.
    """
    if trusted.roster.is_expired(now):
        return True
    if trusted.roster.quorum == 0:
        return False
    times = [confirmed_at]
    if now - accepted_at <= ROSTER_GRACE_S:
        times.append(previous_confirmed_at)
    return all(time is None or now - time > STALE_AFTER_S for time in times)


def check_step(old: Roster, new: Roster) -> None:
    """Check that ``new`` keeps what no later version may drop (section 2, "Judged by index").

    Raises:
        VersionConflictError: not the next version, or of another text before it.
        ProtocolError: a line that stays for ever is dropped or changed.
    """
    if new.version != old.version + 1:
        raise VersionConflictError(f"version {new.version} does not follow {old.version}")
    if new.previous_hash != text_hash(old.text):
        raise VersionConflictError("the roster follows another text than the one that is held")
    if new.federation != old.federation:
        raise ProtocolError("a federation keeps its name")
    for origin, logs in old.logs.items():
        _check_kept_log(origin, logs, new.logs.get(origin, ()))
    for key, roles in old.roles.items():
        held = {line.start: line for line in new.roles.get(key, ())}
        if not all(_is_kept(line, held.get(line.start)) for line in roles):
            raise ProtocolError(f"a role line of {key[0]} was dropped or changed")
    if not old.members.keys() <= new.members.keys():
        raise ProtocolError("a member line was dropped")
    if not old.reqs.keys() <= new.reqs.keys():
        raise ProtocolError("an organisation lost its last req line")


def _check_kept_log(origin: str, old: tuple[LogLine, ...], new: tuple[LogLine, ...]) -> None:
    if len(new) < len(old) or not all(map(_is_kept, old, new)):
        raise ProtocolError(f"a log line of {origin} was dropped or changed")
    if len(new) > len(old) and old[-1].until is not None:
        raise ProtocolError(f"{origin} is closed; readmission is a new epoch")


def _is_kept(old: _Line, new: _Line | None) -> bool:
    if new is None:
        return False
    return new == old or (old.until is None and replace(new, until=None) == old)


def _accepted(parsed: Note, old: Roster) -> Roster:
    _check_threshold(parsed, old)  # before the text is read any deeper
    roster = parse_roster(parsed.text)
    _check_threshold(parsed, roster)
    check_step(old, roster)
    return roster


def _check_threshold(parsed: Note, roster: Roster) -> None:
    """Count distinct public keys, never lines or names: one key is one founder."""
    verified = verify_lines(parsed.text, parsed.lines, roster.founders)
    count = len({key.public for key, _ in verified})
    if count < roster.threshold:
        raise BadSignatureError(
            f"{count} founders of version {roster.version} signed, {roster.threshold} are needed"
        )


def _stated_version(text: str) -> str:
    lines = text.split("\n", 3)
    return lines[2] if len(lines) > 3 else ""
