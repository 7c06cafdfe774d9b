"""Who are we? What every action needs to know about its own organisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from integra_node.keys import OrgKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Us:
    """This organisation: its name, its log, its keys, and the source of randomness."""

    org: str
    origin: str
    profile: Literal["knowledge", "casework"]
    regime: Literal["LED", "GDPR"]
    zone: ZoneInfo
    keys: OrgKeys
    random: Callable[[int], bytes] = field(repr=False)
