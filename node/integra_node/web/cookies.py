"""Which cookies do we set, under which names?

Cookies do not know ports, so on loopback http the name carries the organisation: one browser can be
signed in at several nodes of one computer.  Over https the ``__Host-`` prefix makes the browser
refuse a cookie that another host or path has set.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from integra_node.store.sessions import TOKEN_BYTES
from integra_protocol.errors import InputError

_TOKEN_CHARS: Final = 43  # base64url of 32 bytes without padding
LANGUAGE_AGE_S: Final = 365 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookies:
    """The names of our cookies and whether they travel over https only."""

    session: str
    visitor: str
    language: str
    secure: bool

    @classmethod
    def of(cls, *, org: str, staff_url: str) -> Cookies:
        """Return the cookies of a node whose pages are at ``staff_url``.

        Raises:
            InputError: plain http on a host that is not this computer: sessions could be read on
                the way.
        """
        address = urlsplit(staff_url)
        if address.scheme == "https":
            name = "__Host-integra"
        elif is_loopback(address.hostname or ""):
            name = f"integra-{org}"
        else:
            raise InputError("staff pages need https, except on a loopback address")
        return cls(
            session=name,
            visitor=f"{name}-visit",
            language=f"{name}-language",
            secure=address.scheme == "https",
        )

    def read_secret(self, request: web.Request, name: str) -> bytes | None:
        """Return the 32 bytes in a cookie, or None if it is absent or malformed."""
        return parse_token(request.cookies.get(name, ""))

    def set_secret(self, response: web.StreamResponse, name: str, secret: bytes) -> None:
        """Give the browser a secret that it keeps until it is closed."""
        self._set(response, name, format_token(secret), max_age=None)

    def set_language(self, response: web.StreamResponse, language: str) -> None:
        """Let the browser remember the language for a year."""
        self._set(response, self.language, language, max_age=LANGUAGE_AGE_S)

    def clear(self, response: web.StreamResponse, name: str) -> None:
        """Have the browser forget a cookie."""
        response.del_cookie(
            name, path="/", secure=self.secure or None, httponly=True, samesite="Lax"
        )

    def _set(
        self, response: web.StreamResponse, name: str, value: str, *, max_age: int | None
    ) -> None:
        response.set_cookie(
            name,
            value,
            max_age=max_age,
            path="/",
            httponly=True,
            samesite="Lax",
            secure=self.secure or None,
        )


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this computer."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def format_token(secret: bytes) -> str:
    """Return the 43 characters of a 32-byte secret."""
    return urlsafe_b64encode(secret).rstrip(b"=").decode()


def parse_token(text: str) -> bytes | None:
    """Return the 32 bytes of a token, or None if the text is not one."""
    if len(text) != _TOKEN_CHARS or not text.isascii():
        return None
    try:
        secret = urlsafe_b64decode(text + "=")
    except (binascii.Error, ValueError):
        return None
    return secret if len(secret) == TOKEN_BYTES and format_token(secret) == text else None
