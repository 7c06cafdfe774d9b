"""What does an organisation send to the founders in order to become a member?

Its name, address and public keys in one file, and the fingerprint of all that, to be compared by
telephone.  The founders write them into a roster (docs/protocol.md sections 1 and 2).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from integra_protocol.canonical import b64decode, b64encode, sha256
from integra_protocol.errors import BadCanonicalError, InputError
from integra_protocol.keys import (
    KIND_COSIGNATURE,
    KIND_NOTE,
    NoteKey,
    check_kem_public,
    parse_org,
    parse_origin,
    parse_vkey,
)
from integra_protocol.limits import HASH_BYTES
from integra_protocol.roster import org_of

if TYPE_CHECKING:
    from integra_node.keys import OrgKeys

Profile = Literal["casework", "knowledge", "hub"]

REQUEST_FILE: Final = "join-request.json"
MAX_REQUEST_BYTES: Final = 16_384
_FORMAT: Final = "integra-join-request/v1"
_PROFILES: Final[tuple[Profile, ...]] = ("casework", "knowledge", "hub")
_NAMES: Final = frozenset(
    {
        "format",
        "federation",
        "org",
        "profile",
        "url",
        "pins",
        "witness",
        "request",
        "log",
        "kem",
        "hublog",
        "fingerprint",
    }
)
_URL: Final = re.compile(r"https://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9][0-9]{0,4})?")
_FEDERATION: Final = re.compile(r"[a-z0-9.-]{3,64}")
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """What an organisation asks the founders to write into the roster; public keys only.

    ``log`` and ``kem`` are None for a hub, ``hublog`` for everybody else; ``kem`` has 1,216 bytes,
    each of ``pins`` 32.  ``url`` is None for an organisation that cannot be reached.
    """

    federation: str
    org: str
    profile: Profile
    url: str | None
    pins: tuple[bytes, ...]
    witness: NoteKey
    request: NoteKey
    log: NoteKey | None
    kem: bytes | None
    hublog: NoteKey | None

    def encode(self) -> bytes:
        """Return the file that is sent to the founders."""
        fields = {**self._fields(), "fingerprint": in_groups(self.fingerprint())}
        return json.dumps(fields, indent=2, ensure_ascii=False).encode() + b"\n"

    def fingerprint(self) -> str:
        """Return 64 hex digits that stand for every field."""
        text = json.dumps(self._fields(), sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hex()

    def describe(self) -> tuple[str, ...]:
        """Return what is asked for, one line each, fit to be compared by telephone."""
        lines = [
            f"organisation  {self.org} ({self.profile})",
            f"federation    {self.federation}",
            f"address       {self.url or 'none: it cannot be reached'}",
            *(f"TLS pin       {in_groups(pin.hex())}" for pin in self.pins),
            *(f"key           {key.vkey()}" for key in self._keys()),
        ]
        if self.kem is not None:
            lines.append(f"sealing key   {in_groups(sha256(self.kem).hex())}")
        return (*lines, f"fingerprint   {in_groups(self.fingerprint())}")

    def _keys(self) -> tuple[NoteKey, ...]:
        keys = (self.log, self.witness, self.request, self.hublog)
        return tuple(key for key in keys if key is not None)

    def _fields(self) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "federation": self.federation,
            "org": self.org,
            "profile": self.profile,
            "url": self.url,
            "pins": [b64encode(pin) for pin in self.pins],
            "witness": self.witness.vkey(),
            "request": self.request.vkey(),
            "log": None if self.log is None else self.log.vkey(),
            "kem": None if self.kem is None else b64encode(self.kem),
            "hublog": None if self.hublog is None else self.hublog.vkey(),
        }


def make_request(
    *,
    federation: str,
    origin: str,
    profile: Literal["casework", "knowledge"],
    url: str | None,
    pins: Sequence[bytes],
    keys: OrgKeys,
) -> JoinRequest:
    """Return the request of a node whose own log is ``origin``.

    Raises:
        InputError: a name or the address is not well formed.
    """
    org = org_of(origin)
    return _checked(
        JoinRequest(
            federation=federation,
            org=org,
            profile=profile,
            url=url,
            pins=tuple(pins) if url else (),
            witness=NoteKey(name=f"{org}/w", kind=KIND_COSIGNATURE, public=keys.witness.public),
            request=NoteKey(name=f"{org}/r", kind=KIND_NOTE, public=keys.request.public),
            log=NoteKey(name=origin, kind=KIND_NOTE, public=keys.log.public),
            kem=keys.kem.public_bytes,
            hublog=None,
        )
    )


def make_hub_request(
    *,
    federation: str,
    org: str,
    url: str | None,
    pins: Sequence[bytes],
    witness: bytes,
    request: bytes,
    hublog: bytes,
) -> JoinRequest:
    """Return the request of a hub; the keys are public halves, 32 bytes each.

    Raises:
        InputError: a name or the address is not well formed.
    """
    return _checked(
        JoinRequest(
            federation=federation,
            org=org,
            profile="hub",
            url=url,
            pins=tuple(pins) if url else (),
            witness=NoteKey(name=f"{org}/w", kind=KIND_COSIGNATURE, public=witness),
            request=NoteKey(name=f"{org}/r", kind=KIND_NOTE, public=request),
            log=None,
            kem=None,
            hublog=NoteKey(name=f"{federation}/roster", kind=KIND_NOTE, public=hublog),
        )
    )


def parse_request(data: bytes) -> JoinRequest:
    """Return the request in a file that an organisation sent.

    Raises:
        InputError: too large, not of the form, keys under wrong names, or changed on its way.
    """
    if len(data) > MAX_REQUEST_BYTES:
        raise InputError(f"a join request has at most {MAX_REQUEST_BYTES} bytes")
    try:
        fields = json.loads(data)
        if not isinstance(fields, dict) or fields.keys() != _NAMES:
            raise InputError("this is not a join request: a field is missing or unknown")
        request = _read(fields)
    except (ValueError, RecursionError, BadCanonicalError) as error:
        raise InputError("this is not a join request") from error
    if "".join(_text(fields["fingerprint"]).split()) != request.fingerprint():
        raise InputError("the join request was changed on its way: its fingerprint differs")
    return _checked(request)


def in_groups(digits: str) -> str:
    """Return hex digits in groups of four, as they are read out."""
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


def parse_fingerprint(text: str) -> str:
    """Return the 64 hex digits of a fingerprint that a person typed, with or without groups.

    Raises:
        InputError: not 64 hex digits.
    """
    digits = re.sub(r"[\s:-]+", "", text).lower()
    if _FINGERPRINT.fullmatch(digits) is None:
        raise InputError("a fingerprint has 64 hex digits: type what the founders read out")
    return digits


def _read(fields: Mapping[str, Any]) -> JoinRequest:
    if fields["format"] != _FORMAT or fields["profile"] not in _PROFILES:
        raise InputError("this is not a join request of version 1")
    pins = fields["pins"]
    if not isinstance(pins, list) or len(pins) > 2:
        raise InputError("a join request has at most two TLS pins")
    kem = fields["kem"]
    return JoinRequest(
        federation=_text(fields["federation"]),
        org=_text(fields["org"]),
        profile=fields["profile"],
        url=None if fields["url"] is None else _text(fields["url"]),
        pins=tuple(b64decode(_text(pin)) for pin in pins),
        witness=parse_vkey(_text(fields["witness"])),
        request=parse_vkey(_text(fields["request"])),
        log=_key(fields["log"]),
        kem=None if kem is None else b64decode(_text(kem)),
        hublog=_key(fields["hublog"]),
    )


def _checked(request: JoinRequest) -> JoinRequest:
    """Return a request whose names, address and keys may stand in a roster."""
    try:
        org = parse_org(request.org)
        if request.log is not None and parse_origin(request.log.name)[0] != org:
            raise InputError("the log key is of another organisation")
        if request.kem is not None:
            check_kem_public(request.kem)
    except BadCanonicalError as error:
        raise InputError(error.detail) from error
    if _FEDERATION.fullmatch(request.federation) is None:
        raise InputError("a federation's name has 3 to 64 characters of a-z, 0-9, point and dash")
    if request.url is not None and _URL.fullmatch(request.url) is None:
        raise InputError("the address is https://host[:port], lower case, with nothing after it")
    if any(len(pin) != HASH_BYTES for pin in request.pins):
        raise InputError("a TLS pin has 32 bytes")
    _check_kinds(request)
    return request


def _check_kinds(request: JoinRequest) -> None:
    is_hub = request.profile == "hub"
    if is_hub != (request.hublog is not None) or is_hub != (request.log is None):
        raise InputError("a hub has a key for the roster log and no log; a node the other way")
    if is_hub != (request.kem is None):
        raise InputError("a node has a sealing key, a hub has none")
    expected = (
        (request.witness, f"{request.org}/w", KIND_COSIGNATURE),
        (request.request, f"{request.org}/r", KIND_NOTE),
        (request.hublog, f"{request.federation}/roster", KIND_NOTE),
        (request.log, request.log.name if request.log else "", KIND_NOTE),
    )
    for key, name, kind in expected:
        if key is not None and (key.name != name or key.kind != kind):
            raise InputError(f"a key of the request is not named {name}")


def _key(value: object) -> NoteKey | None:
    return None if value is None else parse_vkey(_text(value))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InputError("a field of the join request is not a text")
    return value
