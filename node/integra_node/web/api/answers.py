"""How does an API call answer? JSON from models, UTF-8, nothing cached."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, ConfigDict


class ApiModel(BaseModel):
    """Base of what goes in and out: unknown fields are errors, values are not changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def json_answer(
    body: BaseModel, *, status: int = 200, etag: str = "", location: str = ""
) -> web.Response:
    """Return an answer; ``etag`` without quotation marks."""
    headers = {}
    if etag:
        headers["ETag"] = f'"{etag}"'
    if location:
        headers["Location"] = location
    return web.Response(
        body=json_text(body).encode(),
        content_type="application/json",
        status=status,
        headers=headers,
    )


def json_text(body: BaseModel) -> str:
    """Return an answer as JSON; what is None is left out."""
    return body.model_dump_json(exclude_none=True)


def no_content() -> web.Response:
    """Return an answer that says only that it was done."""
    return web.Response(status=204)
