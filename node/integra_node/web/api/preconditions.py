"""Which version does a program want to change? ``If-Match`` and ``Idempotency-Key``."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from aiohttp import web

from integra_node.actions.changed import PreconditionFailedError
from integra_node.web.refusals import PreconditionMissingError

_ETAG: Final = re.compile(r'"([0-9]{1,12})"')


def etag_of(request: web.Request, *, required: bool) -> int | None:
    """Return the version in ``If-Match``; None when there is none or it is ``*``.

    Raises:
        PreconditionMissingError: there is none and one is required.
        PreconditionFailedError: it is none of ours.
    """
    given = request.headers.get("If-Match", "").strip()
    if not given:
        if required:
            raise PreconditionMissingError
        return None
    if given == "*":
        return None
    found = _ETAG.fullmatch(given)
    if found is None:
        raise PreconditionFailedError
    return int(found[1])


def idempotency_key(request: web.Request) -> str:
    """Return the caller's key, or an empty text."""
    return request.headers.get("Idempotency-Key", "")


def call_digest(request: web.Request, body: bytes) -> bytes:
    """Return the SHA-256 of what makes this call what it is: method, address and body."""
    call = f"{request.method} {request.path_qs}\n".encode()
    return hashlib.sha256(call + body).digest()
