"""What does every page and call work with? The parts that the composition root hands over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from integra_node.actions.us import Us
from integra_node.clock import Clock
from integra_node.config import Config
from integra_node.passwords import RFC_9106_LOW_MEMORY, PasswordProfile
from integra_node.search.contract import SearchIndex
from integra_node.store.database import Database


class Waker(Protocol):
    """Counts what happened; who names the count it has seen misses nothing in between."""

    count: int

    async def wait(self, seen: int, timeout_s: float) -> int:
        """Return the count once it is above ``seen``, or unchanged after ``timeout_s``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """The parts.

    Attributes:
        database: The two doors to the records.
        config: The checked settings.
        clock: Tells unix seconds.
        monotonic: Tells seconds that never go back, for rates.
        random: Returns that many unpredictable bytes.
        version: Of the program, for the foot of each page.
        us: Who we are in the federation.
        index: The search index.
        grown: Wakes who waits for something new to be committed.
        publishing_state: Says in one word how far the signing of our own log is.
        password_profile: The cost of a password hash; only tests make it cheaper.
    """

    database: Database
    config: Config
    clock: Clock
    monotonic: Callable[[], float]
    random: Callable[[int], bytes]
    version: str
    us: Us
    index: SearchIndex
    grown: Waker
    publishing_state: Callable[[], str]
    password_profile: PasswordProfile = field(default=RFC_9106_LOW_MEMORY)


CONTEXT = web.AppKey("context", WebContext)


def context_of(request: web.Request) -> WebContext:
    """Return the parts for one request."""
    return request.config_dict[CONTEXT]
