"""Which files do pages load? Ours and the agency's theme, read once and named by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from integra_protocol.errors import InputError, NotFoundError

FOREVER: Final = "public, max-age=31536000, immutable"
MAX_THEME_BYTES: Final = 256 * 1024
THEME: Final = "theme.css"
_FOLDER: Final = Path(__file__).parent / "static"
_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """One file; ``version`` is the start of its SHA-256."""

    data: bytes
    media_type: str
    version: str


def load_static(theme: Path | None) -> dict[str, StaticFile]:
    """Read every file that pages may load.

    Raises:
        InputError: the theme cannot be read or is over 256 KiB.
    """
    paths = [path for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES]
    files = {path.name: _file(path.read_bytes(), path.suffix) for path in paths}
    if theme is not None:
        files[THEME] = _file(_read_theme(theme), ".css")
    return files


async def send(request: web.Request) -> web.Response:
    """Answer with one static file."""
    found = request.config_dict[STATIC].get(request.match_info["name"])
    if found is None:
        raise NotFoundError
    return web.Response(
        body=found.data,
        content_type=found.media_type,
        charset="utf-8" if found.media_type.startswith("text/") else None,
        headers={"Cache-Control": FOREVER, "ETag": f'"{found.version}"'},
    )


STATIC = web.AppKey("static", dict[str, StaticFile])


def asset(files: Mapping[str, StaticFile], name: str) -> str:
    """Return the address of a static file, with the version that makes it cacheable for ever."""
    return f"/static/{name}?v={files[name].version}"


def _file(data: bytes, suffix: str) -> StaticFile:
    version = hashlib.sha256(data).hexdigest()[:12]
    return StaticFile(data=data, media_type=_TYPES[suffix], version=version)


def _read_theme(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"ui.theme_css cannot be read: {error.strerror}") from error
    if len(data) > MAX_THEME_BYTES:
        raise InputError("ui.theme_css is over 256 KiB")
    return data
