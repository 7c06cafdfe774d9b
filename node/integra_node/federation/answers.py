"""How is a member told that a request failed? As ``{"error": code, "detail": text}``, in one place."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from aiohttp import web

from integra_node.federation import forks
from integra_node.federation.calls import CONTEXT
from integra_protocol.errors import InconsistentError, IntegraError, ProtocolError
from integra_protocol.follow import EvidenceFoundError
from integra_protocol.limits import MAX_WAIT_S, REQUEST_TIMEOUT_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LOG: Final = logging.getLogger(__name__)


class ConvictedError(InconsistentError):
    """Carries evidence out of a transaction that is undone."""

    def __init__(self, found: EvidenceFoundError) -> None:
        super().__init__(found.detail)
        self.evidence = found.evidence


@web.middleware
async def answer_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn every failure of a handler into an answer; tell all members when one is evidence."""
    try:
        async with asyncio.timeout(REQUEST_TIMEOUT_S + MAX_WAIT_S):
            return await handler(request)
    except ConvictedError as error:
        await forks.convict(request.app[CONTEXT], error.evidence)
        return _refusal(error)
    except IntegraError as error:
        return _refusal(error)
    except web.HTTPException as error:
        return _plain(error)
    except TimeoutError:
        return web.json_response({"error": "busy", "detail": ""}, status=503)
    except (asyncio.CancelledError, ConnectionError):
        raise
    except Exception:
        LOG.exception("request failed method=%s path=%s", request.method, request.path)
        return web.json_response({"error": "busy", "detail": "an error here"}, status=503)


def _refusal(error: IntegraError) -> web.Response:
    known = isinstance(error, ProtocolError)
    body: dict[str, str | int] = {
        "error": error.code if known else "busy",
        "detail": error.detail if known else "",
    }
    headers = {}
    for name, field in (("time", "time"), ("size", "size")):
        value = getattr(error, name, None)
        if isinstance(value, int):
            body[field] = value
    retry = getattr(error, "retry_after_s", None)
    if retry is not None:
        headers["Retry-After"] = str(retry)
    status = error.status if known else 503
    return web.json_response(body, status=status, headers=headers)


def _plain(error: web.HTTPException) -> web.Response:
    code = {404: "bad_request", 405: "bad_request", 413: "too_large"}.get(
        error.status, "bad_request"
    )
    return web.json_response({"error": code, "detail": ""}, status=error.status)
