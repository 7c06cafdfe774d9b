"""What do all doors work with? The parts that the composition root hands over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from integra_node.clock import Clock
from integra_node.config import Config
from integra_node.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorContext:
    """The parts.

    Attributes:
        database: The two doors to the records.
        config: The checked settings.
        clock: Tells unix seconds.
        monotonic: Tells seconds that never go back, for rates.
        say: Returns a marked text in a language.
        version: Of the program.
    """

    database: Database
    config: Config
    clock: Clock
    monotonic: Callable[[], float]
    say: Callable[[str, str], str]
    version: str

    @property
    def url(self) -> str:
        """The address that other systems use, without a final slash."""
        return self.config.doors.url


CONTEXT = web.AppKey("doors", DoorContext)


def context_of(request: web.Request) -> DoorContext:
    """Return the parts for one request."""
    return request.config_dict[CONTEXT]
