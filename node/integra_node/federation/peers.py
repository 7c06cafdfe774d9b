"""How do we call another member? The module that opens connections to members.

https only, to the address of the roster and to nobody else: the pin is checked after the handshake
and before the request is written, redirects are errors, bodies are never decompressed, every
answer is read under a byte cap and a deadline, and private addresses are refused unless the
administrator allowed them (docs/protocol.md section 10).
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from integra_protocol.canonical import sha256
from integra_protocol.errors import UnavailableError
from integra_protocol.limits import (
    CONNECT_TIMEOUT_S,
    MAX_CLOCK_CORRECTION_S,
    MAX_OTHER_BODY_BYTES,
    REQUEST_TIMEOUT_S,
)
from integra_protocol.token import sign_token

if TYPE_CHECKING:
    from asyncio import Transport
    from collections.abc import Callable, Sequence

    from integra_node.actions.us import Us
    from integra_protocol.roster import Member, Roster

BATCH_MEDIA: Final = "application/vnd.integra.batch+msgpack"
CONTENT_MEDIA: Final = "application/vnd.integra.content+msgpack"
NOTE_MEDIA: Final = "text/plain; charset=utf-8"
JSON_MEDIA: Final = "application/json"

Network = IPv4Network | IPv6Network


class PeerError(UnavailableError):
    """A partner could not be reached, or its answer was no answer; ``reason`` is a stable word."""

    code = "partner_unavailable"

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a partner answered; ``error`` is its code when it refused."""

    status: int
    body: bytes
    media: str
    error: str = ""
    detail: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Say whether it is a success."""
        return 200 <= self.status < 300


class Peers:
    """Calls to other members, one connection pool each; owned by the event loop."""

    def __init__(
        self,
        us: Us,
        *,
        clock: Callable[[], int],
        allow_networks: Sequence[Network] = (),
        ca_file: str | None = None,
    ) -> None:
        self._us = us
        self._clock = clock
        self._allow = tuple(allow_networks)
        self._ca = ca_file
        self._sessions: dict[tuple[str, str, tuple[bytes, ...]], aiohttp.ClientSession] = {}
        self._correction_s: dict[str, int] = {}
        self._verifying: ssl.SSLContext | None = None

    async def call(
        self,
        roster: Roster,
        org: str,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        media: str = JSON_MEDIA,
        max_bytes: int = MAX_OTHER_BODY_BYTES,
        timeout_s: float = REQUEST_TIMEOUT_S,
        signed: bool = True,
    ) -> Answer:
        """Make one request to a member; a clock that is off is corrected once.

        Raises:
            PeerError: no address, no connection, wrong pin, redirect, too much, too late.
        """
        member = roster.member(org)
        if member is None or member.url is None:
            raise PeerError("no_address", f"{org} has no address in the roster")
        answer = await self._send(
            roster, member, method, path, body, media, max_bytes, timeout_s, signed=signed
        )
        if answer.error == "clock_skew" and self._correct_clock(org, answer):
            answer = await self._send(
                roster, member, method, path, body, media, max_bytes, timeout_s, signed=signed
            )
        return answer

    async def close(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def _send(
        self,
        roster: Roster,
        member: Member,
        method: str,
        path: str,
        body: bytes,
        media: str,
        max_bytes: int,
        timeout_s: float,
        *,
        signed: bool,
    ) -> Answer:
        headers = {"Accept-Encoding": "identity"}
        if body or method == "POST":
            headers["Content-Type"] = media
        if signed:
            headers["Authorization"] = self._token(roster, member.org, method, path, body)
        session = self._session(member)
        try:
            async with (
                asyncio.timeout(timeout_s),
                session.request(
                    method,
                    f"{member.url}{path}",
                    data=body or None,
                    headers=headers,
                    allow_redirects=False,
                ) as response,
            ):
                return await _read(response, max_bytes)
        except TimeoutError as error:
            raise PeerError("timeout", f"{member.org} did not answer in time") from error
        except aiohttp.ClientError as error:
            raise PeerError(_reason(error), f"{member.org}: {_reason(error)}") from error
        except OSError as error:
            raise PeerError("unreachable", f"{member.org} cannot be reached") from error

    def _token(self, roster: Roster, org: str, method: str, path: str, body: bytes) -> str:
        return sign_token(
            issuer=self._us.org,
            audience=org,
            method=method,
            url=path,
            body=body,
            now=self._clock() + self._correction_s.get(org, 0),
            key=self._us.keys.request,
            roster_version=roster.version,
            random=self._us.random,
        )

    def _correct_clock(self, org: str, answer: Answer) -> bool:
        told = answer.detail.get("time")
        if not isinstance(told, int):
            return False
        skew = told - self._clock()
        if abs(skew) > MAX_CLOCK_CORRECTION_S or self._correction_s.get(org) == skew:
            return False
        self._correction_s[org] = skew
        return True

    def _session(self, member: Member) -> aiohttp.ClientSession:
        key = (member.org, member.url or "", member.pins)
        if key not in self._sessions:
            check: ssl.SSLContext | aiohttp.Fingerprint
            check = _SpkiPin(member.pins) if member.pins else self._verifying_context()
            connector = aiohttp.TCPConnector(
                ssl=check, resolver=GuardedResolver(self._allow), limit=16, keepalive_timeout=75
            )
            check_literal(member.url or "", self._allow)
            self._sessions[key] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT_S),
                trust_env=False,
            )
        return self._sessions[key]

    def _verifying_context(self) -> ssl.SSLContext:
        if self._verifying is None:
            self._verifying = ssl.create_default_context(cafile=self._ca)
            self._verifying.minimum_version = ssl.TLSVersion.TLSv1_3
        return self._verifying


class _SpkiPin(aiohttp.Fingerprint):
    """Accepts a connection only when the server's public key is one of the roster's pins."""

    def __init__(self, pins: tuple[bytes, ...]) -> None:
        super().__init__(pins[0])
        self._pins = pins

    def check(self, transport: Transport) -> None:
        """Check the key of the server before anything is written to it.

        Raises:
            aiohttp.ServerFingerprintMismatch: another key, or not TLS 1.3.
        """
        connection = transport.get_extra_info("ssl_object")
        certificate = connection.getpeercert(binary_form=True)
        pin = spki_pin(certificate)
        if pin not in self._pins or connection.version() != "TLSv1.3":
            host, port, *_ = transport.get_extra_info("peername")
            raise aiohttp.ServerFingerprintMismatch(self._pins[0], pin, host, port)


class GuardedResolver(AbstractResolver):
    """Resolves names, and refuses addresses that no member outside this machine can have."""

    def __init__(self, allow: tuple[Network, ...]) -> None:
        self._inner = aiohttp.ThreadedResolver()
        self._allow = allow

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of ``host``.

        Raises:
            OSError: one of them is private and not allowed.
        """
        found = await self._inner.resolve(host, port, family)
        for result in found:
            check_address(result["host"], self._allow)
        return found

    async def close(self) -> None:
        """Nothing is held."""
        await self._inner.close()


def check_address(address: str, allow: Sequence[Network]) -> None:
    """Refuse loopback, private, link-local, multicast and reserved addresses that are not allowed.

    Raises:
        OSError: the address may not be called.
    """
    parsed = ip_address(address)
    if parsed.is_global and not parsed.is_multicast:
        return
    if not any(parsed.version == network.version and parsed in network for network in allow):
        raise OSError(f"{address} is not a public address and not allowed in the settings")


def spki_pin(certificate: bytes) -> bytes:
    """Return SHA-256 of the SubjectPublicKeyInfo of a DER certificate, 32 bytes."""
    public = x509.load_der_x509_certificate(certificate).public_key()
    return sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def check_literal(url: str, allow: Sequence[Network]) -> None:
    """Refuse an address that is written as a number and may not be called.

    Raises:
        PeerError: it may not.
    """
    host = urlsplit(url).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return  # a name: the resolver checks what it stands for
    try:
        check_address(host, allow)
    except OSError as error:
        raise PeerError("address_refused", str(error)) from error


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> Answer:
    if 300 <= response.status < 400 and response.status != 304:
        raise PeerError("redirect", "a redirect is not followed")
    if response.headers.get("Content-Encoding"):
        raise PeerError("encoding_refused", "an encoded answer is not read")
    limit = max_bytes if response.status < 300 else MAX_OTHER_BODY_BYTES
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise PeerError("too_large", f"more than {limit} bytes")
    media = response.content_type
    detail = _error_detail(bytes(body), media) if response.status >= 400 else {}
    error = detail.get("error")
    return Answer(
        status=response.status,
        body=bytes(body),
        media=media,
        error=error if isinstance(error, str) else "",
        detail=detail,
    )


def _error_detail(body: bytes, media: str) -> dict[str, Any]:
    if media != JSON_MEDIA or len(body) > 4_096:
        return {}
    try:
        detail = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return detail if isinstance(detail, dict) else {}


def _reason(error: aiohttp.ClientError) -> str:
    if isinstance(error, aiohttp.ServerFingerprintMismatch):
        return "wrong_pin"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "tls_failed"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "unreachable"
    return "broken_answer"
