"""From which place of a shelf does a page go on? A number that an earlier page gave."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from integra_protocol.errors import InputError
from integra_protocol.limits import MAX_SIZE

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,15}")


def place_of(text: str, name: str) -> int:
    """Return a place.

    Raises:
        InputError: it is not one that any page gave.
    """
    if not _NUMBER.fullmatch(text) or int(text) > MAX_SIZE:
        raise InputError(f"{name} is not one that was given here")
    return int(text)


def after_of(request: web.Request, name: str) -> int | None:
    """Return the place in a request's address, or None when the first page is asked for.

    Raises:
        InputError: it is no place, is there twice, or there is something else.
    """
    if set(request.query) - {name} or len(request.query) > 1:
        raise InputError(f"the only parameter is {name}")
    return place_of(request.query[name], name) if name in request.query else None
