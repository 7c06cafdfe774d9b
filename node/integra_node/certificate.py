"""How does a member prove that it answers at its address? By a self-signed certificate, pinned.

The roster holds the SHA-256 of the public key (SPKI); name and expiry of the certificate decide
nothing (docs/protocol.md section 10).
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from integra_node.keys import write_secret
from integra_protocol.canonical import sha256
from integra_protocol.errors import InputError

LIFETIME: Final = timedelta(days=3_652)
CERTIFICATE_FILE: Final = "tls.crt"
KEY_FILE: Final = "tls.key"
_CLOCKS_DIFFER: Final = timedelta(days=1)
_MAX_COMMON_NAME: Final = 64


def make_certificate(folder: Path, *, org: str, url: str | None, now: int) -> None:
    """Make ``tls.key`` (EC P-256, 0600) and ``tls.crt`` in ``folder`` unless they are there.

    Args:
        folder: an existing folder.
        org: the name in the certificate.
        url: the base URL whose host the certificate names, None for no host.
        now: unix seconds; the certificate holds from the day before for 10 years.
    """
    if (folder / KEY_FILE).exists() and (folder / CERTIFICATE_FILE).exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key, org, url, datetime.fromtimestamp(now, UTC))
    for name in (KEY_FILE, CERTIFICATE_FILE):  # half a pair is of no use to anybody
        (folder / name).unlink(missing_ok=True)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_secret(folder / KEY_FILE, pem)
    write_secret(folder / CERTIFICATE_FILE, certificate.public_bytes(Encoding.PEM))
    os.chmod(folder / CERTIFICATE_FILE, 0o644)  # noqa: PTH101 - a certificate is public


def certificate_pin(path: Path) -> bytes:
    """Return the 32-byte SHA-256 of the public key of a PEM certificate.

    Raises:
        InputError: the file cannot be read or holds no certificate.
    """
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise InputError(f"the certificate {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} holds no certificate") from error
    return sha256(
        certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


def _certificate(
    key: ec.EllipticCurvePrivateKey, org: str, url: str | None, start: datetime
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, org[:_MAX_COMMON_NAME])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - _CLOCKS_DIFFER)
        .not_valid_after(start + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    host = urlsplit(url).hostname if url else None
    if host:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(host)]), critical=False
        )
    return builder.sign(key, SHA256())


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
