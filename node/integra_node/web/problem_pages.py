"""What does the caller see when something fails? A page, or for programs problem+json (RFC 9457)."""

from __future__ import annotations

import json
from typing import Final

from aiohttp import web

from integra_node.rules.problems import InvalidFieldsError
from integra_node.web.problem_texts import text_of
from integra_node.web.refusals import SignInRequiredError, sentence, title
from integra_node.web.rendering import page, say
from integra_node.web.visit import visit_of
from integra_protocol.errors import BusyError, IntegraError, RateError

PROBLEM_MEDIA: Final = "application/problem+json"


async def show_error(request: web.Request, error: IntegraError) -> web.Response:
    """Answer with an error in the form that the caller of this address expects."""
    if request.path.startswith("/api/"):
        response = problem(request, error)
    else:
        response = await _error_page(request, error)
    if isinstance(error, RateError | BusyError):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def problem(request: web.Request, error: IntegraError) -> web.Response:
    """Return the problem document of an error."""
    body: dict[str, object] = {
        "type": f"/api/docs#{error.code}",
        "title": say(request, sentence(error)),
        "status": error.status,
        "code": error.code,
        "instance": f"urn:integra:request:{visit_of(request).request_id}",
    }
    if error.detail and error.status < 500:
        body["detail"] = error.detail
    if isinstance(error, InvalidFieldsError):
        body["errors"] = [
            {
                "path": item.path,
                "code": item.code,
                "params": dict(item.params),
                "text": text_of(request, item),
            }
            for item in error.problems
        ]
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, SignInRequiredError) else None
    return web.Response(
        body=json.dumps(body, ensure_ascii=False).encode(),
        content_type=PROBLEM_MEDIA,
        status=error.status,
        headers=headers,
    )


async def _error_page(request: web.Request, error: IntegraError) -> web.Response:
    problems = error.problems if isinstance(error, InvalidFieldsError) else ()
    return await page(
        request,
        "error.html",
        status=error.status,
        title=say(request, title(error.status)),
        sentence=say(request, sentence(error)),
        problems=[text_of(request, item) for item in problems],
    )
