"""How is this hub set up? ``hub.toml`` in its home folder, every value checked at start."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from integra_node.config import DatabaseSettings, FederationSettings, Port
from integra_node.first_config import federation_section, quote
from integra_protocol.errors import InputError

CONFIG_FILE: Final = "hub.toml"


class StatusListener(BaseModel):
    """Where the status page is served; it shows nothing personal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: Port = 8800


class HubConfig(BaseModel):
    """The checked settings of one hub; ``home`` is where they were read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path
    org: str
    federation_name: str
    federation: FederationSettings = FederationSettings()
    status: StatusListener = StatusListener()
    database: DatabaseSettings = DatabaseSettings()

    @property
    def database_url(self) -> str:
        """A SQLAlchemy URL."""
        return self.database.url or f"sqlite:///{self.home / 'integra.db'}"

    @property
    def status_url(self) -> str:
        """The address of the status page, without a final slash."""
        return f"http://{self.status.host}:{self.status.port}"

    def path(self, relative: Path) -> Path:
        """Return a configured path; what is not absolute counts from the home folder."""
        return self.home / relative


def load_config(home: Path) -> HubConfig:
    """Read and check the settings of the hub in ``home``.

    Raises:
        InputError: there is no ``hub.toml``, it is not TOML, or a value is wrong; the detail names
            the setting.
    """
    path = home / CONFIG_FILE
    try:
        text = path.read_text()
    except OSError as error:
        raise InputError(
            f"there is no readable {CONFIG_FILE} in {home}: run `integra-hub init --home {home}`"
        ) from error
    return read_config(text, home.resolve())


def read_config(text: str, home: Path) -> HubConfig:
    """Return the checked settings that ``text`` states.

    Raises:
        InputError: as ``load_config``.
    """
    try:
        return HubConfig.model_validate({**tomllib.loads(text), "home": home})
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{home / CONFIG_FILE} is not valid TOML: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
        )
        raise InputError(f"{CONFIG_FILE}: {wrong}") from error


def first_text(
    *,
    org: str,
    federation_name: str,
    status_host: str,
    status_port: int,
    federation_host: str,
    federation_port: int,
    allow_networks: tuple[str, ...],
) -> str:
    """Return the first ``hub.toml``.

    Raises:
        InputError: a value has characters that cannot stand there.
    """
    return _TEMPLATE.format(
        org=quote(org),
        federation_name=quote(federation_name),
        status_host=quote(status_host),
        status_port=status_port,
        federation=federation_section(federation_host, federation_port, allow_networks),
    )


_TEMPLATE: Final = """\
# Settings of this hub. A name that is not known is an error, so that no misspelt setting is
# silently ignored.

# Never changed: the roster names them.
org = {org}
federation_name = {federation_name}

[status]
# The status page: plain http, nothing personal. Put a proxy before it to show it elsewhere.
host = {status_host}
port = {status_port}

{federation}
[database]
# Empty: SQLite in this folder. Else postgresql+psycopg://user@host/name
url = ""
"""
