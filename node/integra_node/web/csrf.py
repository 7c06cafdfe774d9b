"""Was a form sent from a page that we gave to this very browser?

Each form carries HMAC-SHA256 under the secret that the browser holds in a cookie nobody else can
read: the session's token, or before sign-in a random visitor secret.  Where the browser also says
from which site a request comes, another site is refused without looking further.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Final

from integra_protocol.errors import NotAllowedError

FIELD: Final = "csrf"
_OWN_SITE: Final = frozenset({"same-origin", "none"})


class ForeignFormError(NotAllowedError):
    """The form does not come from a page of this browser's session."""

    code = "foreign_form"


def token_for(secret: bytes) -> str:
    """Return the value of the hidden field for the holder of a cookie secret."""
    digest = hmac.digest(secret, b"integra form v1", hashlib.sha256)
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def check(headers: Mapping[str, str], *, origin: str, secret: bytes | None, given: str) -> None:
    """Refuse a form that another site made the browser send.

    Args:
        headers: of the request.
        origin: our own, such as ``https://integra.agency.example``.
        secret: from the browser's cookie, if it sent one.
        given: the hidden field.

    Raises:
        ForeignFormError: it does.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None and site not in _OWN_SITE:
        raise ForeignFormError
    # "null" comes from our own pages too: they tell no referrer.
    if headers.get("Origin", "null") not in {"null", origin}:
        raise ForeignFormError
    expected = token_for(secret) if secret else ""
    if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
        raise ForeignFormError
