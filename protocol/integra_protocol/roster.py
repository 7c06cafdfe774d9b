"""Who is a member, with which keys and rights, up to which log sizes (docs/protocol.md section 2)?

Every right is judged by log index or log size, never by time, so that all members judge alike
whenever they look.  ``roster_text`` reads and writes the signed lines, ``roster_trust`` accepts the
next version, ``roster_change`` drafts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from integra_protocol.checkpoint import Cosignature
from integra_protocol.errors import BadSignatureError, UnknownLogError
from integra_protocol.keys import NoteKey, short_key_id
from integra_protocol.limits import DEFAULT_BYTES_PER_DAY, DEFAULT_ENTRIES_PER_DAY

CAPS: Final = ("alert", "handover", "match", "practice", "relay", "summary")
RELAY: Final = "relay"


class Status(StrEnum):
    """What a member line says of its organisation."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One ``member`` line; ``pins`` are 32-byte SHA-256 digests of TLS public keys (SPKI)."""

    org: str
    status: Status
    url: str | None
    pins: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One ``log`` line: ``key`` signs the sizes ``start < size <= until`` of ``origin``.

    ``until`` is None while the range is open.
    """

    origin: str
    key: NoteKey
    start: int
    until: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLine:
    """One ``role`` line: ``cap`` holds for the indexes ``start <= index < until`` of ``origin``."""

    origin: str
    cap: str
    start: int
    until: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KemLine:
    """One ``kem`` line: the 32-byte SHA-256 of the 1,216-byte public key, and its short name."""

    key_id: str
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Pacing of one organisation for a UTC day; never a matter of validity."""

    entries_per_day: int
    bytes_per_day: int


DEFAULT_LIMIT: Final = Limit(
    entries_per_day=DEFAULT_ENTRIES_PER_DAY, bytes_per_day=DEFAULT_BYTES_PER_DAY
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLines:
    """What the lines of one roster say, not yet checked against the rules of section 2.

    ``issued`` and ``expires`` are unix seconds.  ``logs`` and ``roles`` are in order of ``start``;
    ``roles`` is keyed by (origin, cap).  Founders edit these; only ``roster_text.parse_roster``
    makes a ``Roster`` of them.
    """

    federation: str
    version: int
    previous_hash: bytes
    issued: int
    expires: int
    threshold: int
    founders: tuple[NoteKey, ...]
    hublog: NoteKey
    quorum: int
    witnesses: Mapping[str, tuple[NoteKey, ...]]
    members: Mapping[str, Member]
    logs: Mapping[str, tuple[LogLine, ...]]
    kems: Mapping[str, KemLine]
    reqs: Mapping[str, tuple[NoteKey, ...]]
    roles: Mapping[tuple[str, str], tuple[RoleLine, ...]]
    limits: Mapping[str, Limit]

    @property
    def is_test(self) -> bool:
        """Return True for a ``.test`` federation: one founder and quorum 0 are allowed."""
        return self.federation.endswith(".test")

    def witness_orgs(self, origin: str) -> frozenset[str]:
        """Return the organisations whose cosignatures count for ``origin``.

        These are the active members with a URL and a witness line, without the log's own
        organisation; for the roster log (``<federation>/roster``) all of them.
        """
        own = "" if origin == f"{self.federation}/roster" else org_of(origin)
        return frozenset(
            org
            for org, member in self.members.items()
            if member.status is Status.ACTIVE
            and member.url is not None
            and org in self.witnesses
            and org != own
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster(RosterLines):
    """One roster text that keeps every rule of section 2; its signatures are ``TrustedRoster``'s.

    ``text`` is the signed text, byte for byte.
    """

    text: str

    def member(self, org: str) -> Member | None:
        """Return the member line of ``org``, None when it was never a member."""
        return self.members.get(org)

    def is_active(self, org: str) -> bool:
        """Return True when ``org`` is a member that is neither suspended nor gone."""
        member = self.members.get(org)
        return member is not None and member.status is Status.ACTIVE

    def origins(self) -> tuple[str, ...]:
        """Return every log origin, sorted, closed ones too."""
        return tuple(self.logs)

    def origins_of(self, org: str) -> tuple[str, ...]:
        """Return every log origin of ``org``, sorted, closed ones too."""
        return tuple(origin for origin in self.logs if org_of(origin) == org)

    def open_origin(self, org: str) -> str | None:
        """Return the one origin of ``org`` that is not closed, None when there is none."""
        for origin in self.origins_of(org):
            if self.logs[origin][-1].until is None:
                return origin
        return None

    def log_key(self, origin: str, size: int) -> NoteKey:
        """Return the key that signs checkpoints of ``size`` leaves of ``origin``.

        Size 0 belongs to the first key.

        Raises:
            UnknownLogError: no log line has this origin.
            BadSignatureError: the log is closed below ``size``: no key may sign it.
        """
        if origin == self.hublog.name:
            return self.hublog
        lines = self._lines(origin)
        if size == 0:
            return lines[0].key
        for line in lines:
            if line.start < size and (line.until is None or size <= line.until):
                return line.key
        raise BadSignatureError(f"no key signs size {size} of this log")

    def until(self, origin: str) -> int | None:
        """Return the size at which ``origin`` is closed, None while it is open.

        Raises:
            UnknownLogError: no log line has this origin.
        """
        return self._lines(origin)[-1].until

    def is_void(self, origin: str, index: int) -> bool:
        """Return True when the entry at ``index`` lies at or above the closing of its log.

        Raises:
            UnknownLogError: no log line has this origin.
        """
        until = self.until(origin)
        return until is not None and index >= until

    def has_cap(self, origin: str, cap: str, index: int) -> bool:
        """Return True when ``origin`` holds ``cap`` at ``index``."""
        for line in self.roles.get((origin, cap), ()):
            if line.start <= index and (line.until is None or index < line.until):
                return True
        return False

    def relays(self) -> tuple[str, ...]:
        """Return the active members that hold ``relay``, sorted."""
        return tuple(
            sorted(
                org_of(origin)
                for origin, cap in self.roles
                if cap == RELAY
                and self.is_active(org_of(origin))
                and self.has_cap(origin, RELAY, 0)
            )
        )

    def witness_keys(self) -> tuple[NoteKey, ...]:
        """Return every witness key: known keys of every note, whether or not they count."""
        return tuple(key for keys in self.witnesses.values() for key in keys)

    def kem(self, org: str) -> KemLine | None:
        """Return the key to seal to ``org``, None when it cannot be in a sealed audience."""
        return self.kems.get(org)

    def req_keys(self, org: str) -> Mapping[str, bytes]:
        """Return the token keys of ``org`` by key id; empty when it has none."""
        return {short_key_id(key.public): key.public for key in self.reqs.get(org, ())}

    def limit(self, org: str) -> Limit:
        """Return the pacing of ``org``."""
        return self.limits.get(org, DEFAULT_LIMIT)

    def is_expired(self, now: int) -> bool:
        """Return True when ``now`` (unix seconds) is at or after ``expires``."""
        return now >= self.expires

    def cosigners(self, origin: str, cosignatures: Iterable[Cosignature]) -> Mapping[str, int]:
        """Return the newest verified cosignature time of each organisation that counts."""
        counted = self.witness_orgs(origin)
        newest: dict[str, int] = {}
        for cosignature in cosignatures:
            if cosignature.org in counted:
                newest[cosignature.org] = max(
                    cosignature.time, newest.get(cosignature.org, cosignature.time)
                )
        return newest

    def is_witnessed(self, origin: str, cosignatures: Iterable[Cosignature]) -> bool:
        """Return True when a quorum of other organisations has cosigned."""
        return len(self.cosigners(origin, cosignatures)) >= self.quorum

    def confirmed_at(self, origin: str, cosignatures: Iterable[Cosignature]) -> int | None:
        """Return the time of the q-th newest cosignature, one an organisation.

        None when fewer than q organisations have cosigned, or when q is 0.
        """
        times = sorted(self.cosigners(origin, cosignatures).values(), reverse=True)
        return times[self.quorum - 1] if 0 < self.quorum <= len(times) else None

    def _lines(self, origin: str) -> tuple[LogLine, ...]:
        lines = self.logs.get(origin)
        if lines is None:
            raise UnknownLogError(f"no such log: {origin}")
        return lines


def org_of(origin: str) -> str:
    """Return the organisation of an origin that is already known to be well formed."""
    return origin.partition("/")[0]
