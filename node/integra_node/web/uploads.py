"""Which file did somebody send with a form? Read as it comes, up to the bound of its route."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import BodyPartReader, web

from integra_node.web.bodies import FORM, MAX_BYTES
from integra_node.web.forms import FormData, checked
from integra_node.web.refusals import BadFormError, BodyTooLargeError, WrongMediaError

UPLOAD_MEDIA: Final = "multipart/form-data"
MAX_PARTS: Final = 50
MAX_FIELD_BYTES: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as the browser named it; ``data`` is empty when none was chosen."""

    name: str
    data: bytes


UPLOAD = web.RequestKey("upload", Upload)


async def read_upload(request: web.Request, check: Callable[[FormData], None]) -> None:
    """Read a form with one file, its last field; ``check`` sees the fields before the file is read.

    Raises:
        WrongMediaError: it is no such form, or encoded.
        BodyTooLargeError: it is over the bound of its route.
        BadFormError: it is malformed.
    """
    if request.content_type != UPLOAD_MEDIA or request.headers.get("Content-Encoding"):
        raise WrongMediaError
    if request.content_length is not None and request.content_length > request[MAX_BYTES]:
        raise BodyTooLargeError
    try:
        fields, part = await _fields(request)
        request[FORM] = checked(fields)
        check(request[FORM])
        name, data = "", b""
        if part is not None:
            name, data = part.filename or "", await _bytes_of(part, request[MAX_BYTES])
    except (ValueError, LookupError) as error:
        raise BadFormError from error
    request[UPLOAD] = Upload(name=name, data=data)


def upload_of(request: web.Request) -> Upload:
    """Return the file that was read before the handler was called."""
    if UPLOAD not in request:
        raise BadFormError
    return request[UPLOAD]


async def _fields(request: web.Request) -> tuple[list[tuple[str, str]], BodyPartReader | None]:
    reader = await request.multipart()
    fields: list[tuple[str, str]] = []
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader) or len(fields) > MAX_PARTS:
            raise BadFormError
        if part.filename is not None:
            return fields, part
        value = await _bytes_of(part, MAX_FIELD_BYTES)
        fields.append((part.name or "", value.decode().replace("\r\n", "\n")))
    return fields, None


async def _bytes_of(part: BodyPartReader, bound: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(65_536):
        data += chunk
        if len(data) > bound:
            raise BodyTooLargeError
    return bytes(data)
