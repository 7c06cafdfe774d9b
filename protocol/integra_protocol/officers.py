"""Which officer's key counts at which index of a log?

docs/protocol.md section 7: the latest ``officer`` or ``officer-rev`` entry below an index decides,
and nothing else: no date, no later revocation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from integra_protocol.bodies import ROLE, OfficerCert, parse_officer, parse_officer_revocation
from integra_protocol.canonical import Value, domain, lp
from integra_protocol.content import Content, verify_officer_signature
from integra_protocol.entry import Header
from integra_protocol.errors import BadBodyError, BadCanonicalError, InputError
from integra_protocol.keys import SigningKey, is_valid_public, parse_officer_id, verify_ed25519

_CERT_DOMAIN: Final = domain("cert")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerLine:
    """One ``officer`` (with 32 bytes of key) or ``officer-rev`` (without) entry of one log."""

    index: int
    officer: str
    public: bytes | None


def certify(org: str, officer_id: str, role: str, key: SigningKey) -> dict[str, Value]:
    """Return the data of an ``officer`` entry, with the officer's proof of holding the key.

    Raises:
        InputError: not an officer id, or a role that is not 1..128 printable ASCII characters.
    """
    try:
        parse_officer_id(officer_id)
    except BadCanonicalError as error:
        raise InputError("officer id is not 1..64 of A-Z a-z 0-9 . _ -") from error
    if ROLE.fullmatch(role) is None:
        raise InputError("role is not 1..128 printable ASCII characters")
    osig_self = key.sign(_cert_message(org, officer_id, key.public))
    return {"id": officer_id, "pub": key.public, "role": role, "osig_self": osig_self}


def check_certificate(org: str, cert: OfficerCert) -> None:
    """Check that the certified key is sound and signed for this organisation itself.

    Raises:
        BadBodyError: ``bad-officer``.
    """
    if not is_valid_public(cert.public):
        raise BadBodyError("bad-officer", "not a valid key")
    if not verify_ed25519(cert.public, _cert_message(org, cert.id, cert.public), cert.osig_self):
        raise BadBodyError("bad-officer", "self-signature does not verify")


def officer_line(header: Header, content: Content) -> OfficerLine | None:
    """Return the line that an entry adds to its log's officers, None for every other kind.

    Raises:
        BadBodyError: an ``officer`` or ``officer-rev`` that is not valid.
    """
    if content.kind == "officer":
        cert = parse_officer(content)
        check_certificate(header.issuer, cert)
        return OfficerLine(index=header.index, officer=cert.id, public=cert.public)
    if content.kind == "officer-rev":
        revoked = parse_officer_revocation(content)
        return OfficerLine(index=header.index, officer=revoked.id, public=None)
    return None


def key_at(lines: Iterable[OfficerLine], officer: str, index: int) -> OfficerLine | None:
    """Return the line that certifies ``officer`` for an entry at ``index``.

    ``lines`` are those of the entry's own log, in any order.  None when there is no line below
    ``index`` or the latest one revokes.
    """
    below = (line for line in lines if line.officer == officer and line.index < index)
    latest = max(below, key=lambda line: line.index, default=None)
    return latest if latest is not None and latest.public is not None else None


def check_officer_signature(
    header: Header, content: Content, salt: bytes, lines: Iterable[OfficerLine]
) -> OfficerLine | None:
    """Check the signature of a content, if it has one, and return the certificate that counts.

    Raises:
        BadBodyError: ``bad-officer``, not certified at this index or the signature is not good.
    """
    if content.officer is None:
        return None
    line = key_at(lines, content.officer, header.index)
    if line is None or line.public is None:
        raise BadBodyError("bad-officer", "officer is not certified at this index")
    if not verify_officer_signature(content, header.audience, salt, line.public):
        raise BadBodyError("bad-officer", "officer signature does not verify")
    return line


def _cert_message(org: str, officer_id: str, public: bytes) -> bytes:
    return _CERT_DOMAIN + lp(org.encode(), officer_id.encode(), public)
