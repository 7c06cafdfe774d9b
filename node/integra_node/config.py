"""How is this node set up? ``integra.toml`` in the home folder, overridden by ``INTEGRA_...``.

Every value is checked at start; an unknown name is an error, because a misspelt setting that is
silently ignored is worse than a node that says what it does not understand.
"""

from __future__ import annotations

import tomllib
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from integra_node.search.engine import DEFAULT_ENGINE, MISSING, Engine, is_installed
from integra_protocol.errors import InputError

CONFIG_FILE = "integra.toml"

Port = Annotated[int, Field(ge=0, le=65_535)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StaffListener(_Section):
    """Where staff pages and the API are served: inside the agency only."""

    host: str = "127.0.0.1"
    port: Port = 8800
    public_url: str = ""  # as browsers see it; empty: http://host:port
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()


class FederationSettings(_Section):
    """How this node talks to other members."""

    host: str = "127.0.0.1"
    port: Port = 9800
    tls_certificate: Path = Path("keys/tls.crt")
    tls_key: Path = Path("keys/tls.key")
    fingerprint: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")  # of roster version 1
    relays: tuple[str, ...] | None = None  # empty list: none; absent: every relay of the roster
    relay_only_unreachable: bool = False  # push only what members without an address need
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()  # private ranges that may be called
    ca_file: Path | None = None
    tick_s: int = Field(default=0, ge=0, le=3_600)
    batch_leaves: int = Field(default=512, ge=1, le=512)
    wait_s: int = Field(default=25, ge=0, le=30)
    body_timeout_s: int = Field(default=30, ge=1, le=60)  # how long a partner may take to send


DoorName = Literal["taxii", "oai", "dcat", "atom-practices", "atom-alerts"]


class DoorSettings(_Section):
    """Which doors to other systems are open, and where; none, unless one is named."""

    open: tuple[DoorName, ...] = ()
    host: str = "127.0.0.1"
    port: Port = 8900
    public_url: str = ""  # as others see it; empty: http://host:port
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    requests_per_minute: int = Field(default=300, ge=1, le=100_000)  # of one token or address

    @property
    def url(self) -> str:
        """The address that other systems use, without a final slash."""
        scheme = "https" if self.tls_certificate else "http"
        return (self.public_url or f"{scheme}://{self.host}:{self.port}").rstrip("/")


class HarvestSource(_Section):
    """A repository that may be asked over OAI-PMH; ``set`` narrows what is asked for."""

    url: str = Field(pattern=r"^https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?/[^\s<>\"]{0,400}$")
    name: str = ""
    set: str = Field(default="", pattern=r"^[A-Za-z0-9_.:-]{0,100}$")
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")  # of texts that do not say theirs


class ImportSettings(_Section):
    """From where practices may be brought in, beside files: nowhere, unless it is named."""

    sources: tuple[HarvestSource, ...] = ()
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()  # private ranges that may be called
    ca_file: Path | None = None


class DatabaseSettings(_Section):
    """Where the records are."""

    url: str = ""  # empty: SQLite file integra.db in the home folder


class SearchSettings(_Section):
    """Which search engine keeps the disposable index."""

    engine: Engine = DEFAULT_ENGINE

    @field_validator("engine")
    @classmethod
    def _is_installed(cls, value: Engine) -> Engine:
        if not is_installed(value):
            raise ValueError(MISSING)
        return value


class MailSettings(_Section):
    """Which server takes e-mail; without a host none is sent. No message says what it is about."""

    host: str = ""
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"  # none: on this computer only
    ca_file: Path | None = None  # empty: the authorities that this computer trusts
    username: str = ""
    password_file: Path | None = None
    sender: str = ""
    domains: tuple[str, ...] = ()  # to addresses of these only

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.host:
            return self
        if "@" not in self.sender or not self.sender.isascii() or not self.sender.isprintable():
            raise ValueError("sender: the address from which mail is sent")
        if not self.domains or any(one != one.lower() or "@" in one for one in self.domains):
            raise ValueError("domains: those of your staff's addresses, in lower case")
        if self.security == "none" and self.host not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError('security: "none" only to a mail server on this computer')
        return self


class UiSettings(_Section):
    """How the staff pages present the agency."""

    agency_name: str = ""
    theme_css: Path | None = None
    contact_email: str = ""
    contact_phone: str = ""
    dpo_contact: str = ""


class Config(BaseSettings):
    """The checked settings of one node; ``home`` is where they were read."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="INTEGRA_", env_nested_delimiter="__"
    )

    home: Path
    org: str
    federation_name: str
    epoch: int = Field(default=1, ge=1)
    profile: Literal["knowledge", "casework"] = "knowledge"
    regime: Literal["LED", "GDPR"] = "GDPR"
    country: str = Field(default="EU", pattern=r"^[A-Z]{2}$")
    time_zone: str = "UTC"
    language: str = "en"
    staff: StaffListener = StaffListener()
    federation: FederationSettings = FederationSettings()
    doors: DoorSettings = DoorSettings()
    imports: ImportSettings = ImportSettings()
    database: DatabaseSettings = DatabaseSettings()
    search: SearchSettings = SearchSettings()
    mail: MailSettings = MailSettings()
    ui: UiSettings = UiSettings()

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                "not a time zone of the tz database, for example Europe/Lisbon"
            ) from error
        return value

    @property
    def origin(self) -> str:
        """The name of our own log: org, ``/log/``, epoch."""
        return f"{self.org}/log/{self.epoch}"

    @property
    def agency_name(self) -> str:
        """What the header of every page says."""
        return self.ui.agency_name or self.org

    @property
    def zone(self) -> ZoneInfo:
        """The agency's time zone, in which pages show times and working days are counted."""
        return ZoneInfo(self.time_zone)

    @property
    def database_url(self) -> str:
        """A SQLAlchemy URL."""
        return self.database.url or f"sqlite:///{self.home / 'integra.db'}"

    @property
    def staff_url(self) -> str:
        """The address that browsers use, without a final slash."""
        scheme = "https" if self.staff.tls_certificate else "http"
        return (self.staff.public_url or f"{scheme}://{self.staff.host}:{self.staff.port}").rstrip(
            "/"
        )

    def path(self, relative: Path) -> Path:
        """Return a configured path; what is not absolute counts from the home folder."""
        return self.home / relative

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - given by name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - given by name
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order: environment, then the file; the home folder is the only thing given in code."""
        home = init_settings().get("home")
        if not isinstance(home, Path):
            raise TypeError("home must be a path")
        file = TomlConfigSettingsSource(settings_cls, home / CONFIG_FILE)
        return (init_settings, env_settings, file)


def load_config(home: Path) -> Config:
    """Read and check the settings of the node in ``home``.

    Raises:
        InputError: there is no ``integra.toml``, it is not TOML, or a value is wrong; the detail
            names the setting.
    """
    if not (home / CONFIG_FILE).is_file():
        raise InputError(
            f"there is no {CONFIG_FILE} in {home}: run `integra init --home {home}` first"
        )
    try:
        return Config(home=home.resolve())
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{home / CONFIG_FILE} is not valid TOML: {error}") from error
    except ValidationError as error:
        raise InputError(_say(error)) from error


def _say(error: ValidationError) -> str:
    lines = [f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors()]
    return f"{CONFIG_FILE}: " + "; ".join(lines)
