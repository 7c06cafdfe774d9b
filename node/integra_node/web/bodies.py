"""What did the caller send? Bodies are read up to the bound of their route, then decoded."""

from __future__ import annotations

from typing import Final, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from integra_node.rules.problems import InvalidFieldsError, problems_from
from integra_node.web.forms import FormData, decode_form
from integra_node.web.refusals import BadFormError, BadJsonError, BodyTooLargeError, WrongMediaError

FORM_MEDIA: Final = "application/x-www-form-urlencoded"
JSON_MEDIA: Final = "application/json"
FORM = web.RequestKey("form", FormData)
MAX_BYTES = web.RequestKey("max_bytes", int)

M = TypeVar("M", bound=BaseModel)


async def read_form(request: web.Request) -> FormData:
    """Read and decode the form, once for each request.

    Raises:
        WrongMediaError: it is no form.
        BodyTooLargeError: it is over the bound of its route.
        BadFormError: it is malformed.
    """
    if FORM not in request:
        data = await read_bytes(request, FORM_MEDIA)
        request[FORM] = decode_form(data)
    return request[FORM]


def form_of(request: web.Request) -> FormData:
    """Return the form that was read and checked before the handler was called."""
    if FORM not in request:
        raise BadFormError
    return request[FORM]


async def read_json(request: web.Request, model: type[M]) -> M:
    """Read a JSON body into its model.

    Raises:
        WrongMediaError: it is not declared as JSON.
        BodyTooLargeError: it is over the bound of its route.
        BadJsonError: it is not JSON, or not an object.
        InvalidFieldsError: a field is missing, unknown or wrong.
    """
    data = await read_bytes(request, JSON_MEDIA)
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        if any(item["type"] in {"json_invalid", "model_type"} for item in error.errors()):
            raise BadJsonError from error
        raise InvalidFieldsError(problems_from(error)) from error


def read_query(request: web.Request, model: type[M]) -> M:
    """Read the query parameters into their model; a repeated one becomes a list.

    Raises:
        InvalidFieldsError: one is unknown or wrong.
    """
    values: dict[str, object] = {}
    for name in set(request.query):
        found = request.query.getall(name)
        values[name] = found if len(found) > 1 else found[0]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InvalidFieldsError(problems_from(error)) from error


async def read_bytes(request: web.Request, media_type: str) -> bytes:
    """Read a body of one media type, up to the bound of its route.

    Raises:
        WrongMediaError: it is declared as something else, or encoded.
        BodyTooLargeError: it is over the bound of its route.
    """
    if request.content_type != media_type or request.headers.get("Content-Encoding"):
        raise WrongMediaError
    bound = request[MAX_BYTES]
    if request.content_length is not None and request.content_length > bound:
        raise BodyTooLargeError
    data = bytearray()
    async for chunk in request.content.iter_any():
        data += chunk
        if len(data) > bound:
            raise BodyTooLargeError
    return bytes(data)
