"""What JSON did a program send, where the rules of the domain check the fields themselves?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web
from pydantic_core import from_json

from integra_node.web.bodies import JSON_MEDIA, read_bytes
from integra_node.web.refusals import BadJsonError

LINES_MEDIA: Final = "application/x-ndjson"


async def read_object(request: web.Request) -> tuple[bytes, Mapping[str, object]]:
    """Read a JSON object; return its bytes too.

    Raises:
        WrongMediaError, BodyTooLargeError: as ``bodies.read_bytes``.
        BadJsonError: it is not JSON, or not an object.
    """
    data = await read_bytes(request, JSON_MEDIA)
    return data, _object(_parse(data))


async def read_objects(request: web.Request) -> tuple[bytes, Sequence[Mapping[str, object]]]:
    """Read a list of JSON objects, or JSON Lines; return the bytes too.

    Raises:
        WrongMediaError, BodyTooLargeError: as ``bodies.read_bytes``.
        BadJsonError: it is not JSON, or holds something that is not an object.
    """
    if request.content_type == LINES_MEDIA:
        data = await read_bytes(request, LINES_MEDIA)
        return data, [_object(_parse(line)) for line in data.split(b"\n") if line.strip()]
    data = await read_bytes(request, JSON_MEDIA)
    values = _parse(data)
    if not isinstance(values, list):
        raise BadJsonError
    return data, [_object(value) for value in values]


def _parse(data: bytes) -> object:
    try:
        value: object = from_json(data, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        raise BadJsonError from error
    return value


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BadJsonError
    return value
