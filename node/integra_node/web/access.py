"""Who may call a route? Every route says so, or it does not exist."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from aiohttp import web
from pydantic import BaseModel

from integra_node.rules.permissions import Action

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Kind = Literal["page", "api", "file"]
DEFAULT_MAX_BYTES: Final = 1024 * 1024
REQUEST_TIMEOUT_S: Final = 30


class Anybody(Enum):
    """Who may call, where no single action decides."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"


PUBLIC: Final = Anybody.PUBLIC
SIGNED_IN: Final = Anybody.SIGNED_IN
Access = Action | Anybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of the route table.

    Attributes:
        method: ``GET`` (also answers ``HEAD``), ``POST``, ``PUT`` or ``DELETE``.
        path: In aiohttp's notation, ``/accounts/{id}``.
        handler: Decodes, calls one action, answers.
        access: The action that the caller needs, or PUBLIC or SIGNED_IN.
        kind: ``page`` uses cookies and forms, ``api`` bearer tokens and JSON, ``file`` neither.
        casework: Whether the route exists only on nodes of the profile ``casework``.
        before_password_change: Whether a person may come here who must first choose a password.
        max_bytes: The largest body, in bytes.
        upload: For ``page``: whether the form brings a file, as ``multipart/form-data``.
        timeout_s: How long it may take, in seconds.
        summary: For ``api``: one sentence of the description, in English.
        body: For ``api``: the model of the request's JSON.
        query: For ``api``: the model of the query parameters.
        answer: For ``api``: the model of the answer's JSON; None means no content.
        media: For ``api``: the media types of an answer that is a file.
        status: For ``api``: the HTTP status of success.
        if_match: For ``api``: whether ``If-Match`` is needed.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    handler: Handler
    access: Access
    kind: Kind = "page"
    casework: bool = False
    before_password_change: bool = False
    max_bytes: int = DEFAULT_MAX_BYTES
    upload: bool = False
    timeout_s: int = REQUEST_TIMEOUT_S
    summary: str = ""
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    media: tuple[str, ...] = ()
    status: int = 200
    if_match: bool = False


def page(method: Literal["GET", "POST"], path: str, handler: Handler, access: Access) -> Route:
    """Return the route of a page."""
    return Route(method=method, path=path, handler=handler, access=access)
