"""Has somebody else changed it since it was read? The check behind every ``If-Match``."""

from __future__ import annotations

from integra_protocol.errors import ConflictError


class PreconditionFailedError(ConflictError):
    """The thing has changed since it was read."""

    code = "precondition_failed"
    status = 412


def check_etag(held: int, read: int | None) -> None:
    """Raise when the caller saw an older version than the one held; None asks for no check.

    Raises:
        PreconditionFailedError: it has changed.
    """
    if read is not None and read != held:
        raise PreconditionFailedError
