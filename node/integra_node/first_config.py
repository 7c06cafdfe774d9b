"""What does the first ``integra.toml`` say? Every setting that people touch, each with its reason."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Literal

from integra_protocol.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstConfig:
    """The answers from which the first settings are written."""

    org: str
    federation_name: str
    profile: Literal["casework", "knowledge"] = "knowledge"
    regime: Literal["LED", "GDPR"] = "GDPR"
    country: str = "EU"
    time_zone: str = "UTC"
    language: str = "en"
    agency_name: str = ""
    staff_host: str = "127.0.0.1"
    staff_port: int = 8801
    staff_url: str = ""
    federation_host: str = "0.0.0.0"  # noqa: S104 - members call from outside
    federation_port: int = 9800
    allow_networks: tuple[str, ...] = field(default=())

    def text(self) -> str:
        """Return the file, TOML.

        Raises:
            InputError: a value has characters that cannot stand there.
        """
        return _TEMPLATE.format(
            org=quote(self.org),
            federation_name=quote(self.federation_name),
            profile=quote(self.profile),
            regime=quote(self.regime),
            country=quote(self.country),
            time_zone=quote(self.time_zone),
            language=quote(self.language),
            agency_name=quote(self.agency_name or self.org),
            staff_host=quote(self.staff_host),
            staff_port=self.staff_port,
            staff_url=quote(self.staff_url),
            federation=federation_section(
                self.federation_host, self.federation_port, self.allow_networks
            ),
        )


def federation_section(host: str, port: int, allow_networks: tuple[str, ...]) -> str:
    """Return the section about talking to other members, the same for nodes and hubs.

    Raises:
        InputError: a value has characters that cannot stand there.
    """
    return _FEDERATION.format(
        host=quote(host),
        port=port,
        allow_networks=", ".join(quote(network) for network in allow_networks),
    )


def quote(text: str) -> str:
    """Return text as a TOML string.

    Raises:
        InputError: it has a character that cannot be printed.
    """
    if not text.isprintable():
        raise InputError("a setting has a character that cannot be printed")
    return json.dumps(text, ensure_ascii=False)


_FEDERATION = """\
[federation]
# Where this computer listens for other members. They reach it at the address in the roster.
host = {host}
port = {port}
tls_certificate = "keys/tls.crt"
tls_key = "keys/tls.key"
# Of roster version 1, as the founders read it out; written when you join.
fingerprint = ""
# Private networks in which members may be called. None, unless you know that one is there.
allow_networks = [{allow_networks}]
"""

_TEMPLATE = """\
# Settings of this node. A name that is not known is an error, so that no misspelt setting is
# silently ignored. Each one can be overridden from the environment: INTEGRA_STAFF__PORT=8443.

# Never changed: these names are in every entry that this organisation signs.
org = {org}
federation_name = {federation_name}

# "casework" has cases, consents and handovers; "knowledge" has practices and alerts only.
profile = {profile}
# The law under which personal data is processed here: "LED" (police and justice) or "GDPR".
regime = {regime}
country = {country}
time_zone = {time_zone}
# Of pages, for whoever has not chosen one.
language = {language}

[staff]
# Pages and API for your own staff: inside the agency only. Plain http is served on this
# computer alone; elsewhere set tls_certificate and tls_key, or a proxy and trusted_proxies.
host = {staff_host}
port = {staff_port}
# As browsers see it; empty: made of host and port.
public_url = {staff_url}

{federation}
[doors]
# Other systems may take what is marked for them: TLP:CLEAR, and with a token of the class "member"
# TLP:GREEN alerts. Nothing is open unless it is named here: "taxii" (alerts, with a token), and
# without a token "oai", "dcat", "atom-practices", "atom-alerts". See docs/doors.md.
open = []
# Plain http is served on this computer alone; elsewhere set tls_certificate and tls_key, or a
# proxy, with public_url and trusted_proxies.
host = "127.0.0.1"
port = 8900
public_url = ""
requests_per_minute = 300

[database]
# Empty: SQLite in this folder. Else postgresql+psycopg://user@host/name
url = ""

[mail]
# The agency's mail server. Messages say that something waits, never what. Empty: none are sent.
# `integra mail test ADDRESS` tries the settings out.
host = ""
port = 587
# "starttls", "tls", or "none" to a server on this computer.
security = "starttls"
username = ""
# Sent from this address, and to addresses of these domains only.
sender = ""
domains = []

[ui]
agency_name = {agency_name}
contact_email = ""
contact_phone = ""
dpo_contact = ""
"""
