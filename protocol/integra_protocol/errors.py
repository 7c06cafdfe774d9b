"""Which ways can something be refused, whose fault is it, and which code does the other side see?

Families say whose fault it was: ``InputError`` the local caller's, ``ProtocolError`` the remote
party's, then the outcomes that are nobody's fault.  ``code`` is stable text, ``status`` the HTTP
status; the codes of ``ProtocolError`` are the closed list of docs/protocol.md section 13.
``detail`` is for people and never holds bodies, keys, tokens or names of persons.
"""

from __future__ import annotations

from typing import ClassVar


class IntegraError(Exception):
    """Base of every expected failure; never raised directly."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)
        self.detail = detail


class InputError(IntegraError):
    """The local caller gave something that cannot be accepted."""

    code = "invalid"
    status = 400


class NotAllowedError(IntegraError):
    """The caller is known and may not do this."""

    code = "not_allowed"
    status = 403


class NotFoundError(IntegraError):
    """There is no such thing, or the caller may not know that there is."""

    code = "not_found"
    status = 404


class ConflictError(IntegraError):
    """The thing has changed or is in a state in which this cannot be done."""

    code = "conflict"
    status = 409


class UnavailableError(IntegraError):
    """It cannot be done now; the same call may succeed later."""

    code = "unavailable"
    status = 503


class ProtocolError(IntegraError):
    """A remote party broke the rules of the wire protocol."""

    code = "bad_request"
    status = 400


class BadCanonicalError(ProtocolError):
    """Bytes that are not the one canonical encoding, or exceed a bound of it."""

    code = "bad_canonical"


class BadElementError(ProtocolError):
    """A group element that is not valid (section 12)."""

    code = "bad_element"


class BadProofError(ProtocolError):
    """A Merkle proof of the wrong form."""

    code = "bad_proof"


class BadBodyError(ProtocolError):
    """A sealed or clear body fails the rules of its kind (section 4); answered by a ``reply``.

    ``why`` is the stable reason carried by that reply.
    """

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(detail or why)
        self.why = why


class TokenMissingError(ProtocolError):
    """No request token (section 11)."""

    code = "token_missing"
    status = 401


class TokenBadError(ProtocolError):
    """A request token that fails a check of section 11."""

    code = "token_bad"
    status = 401


class ClockSkewError(ProtocolError):
    """A request token outside its time window; ``time`` is the answering clock, unix seconds."""

    code = "clock_skew"
    status = 401

    def __init__(self, time: int, detail: str = "") -> None:
        super().__init__(detail)
        self.time = time


class ReplayError(ProtocolError):
    """A request token that was used before."""

    code = "replay"
    status = 401


class NotMemberError(ProtocolError):
    """The caller is not in the roster."""

    code = "not_member"
    status = 403


class SuspendedError(ProtocolError):
    """The caller is suspended or has left (section 6)."""

    code = "suspended"
    status = 403


class NoRoleError(ProtocolError):
    """The caller or the origin lacks the capability that this needs."""

    code = "no_role"
    status = 403


class BadSignatureError(ProtocolError):
    """A signature that decides acceptance does not verify."""

    code = "bad_signature"
    status = 403


class UnknownLogError(ProtocolError):
    """No such log is known here."""

    code = "unknown_log"
    status = 404


class UnknownIndexError(ProtocolError):
    """No such entry, or the caller is outside its audience."""

    code = "unknown_index"
    status = 404


class UnknownVersionError(ProtocolError):
    """No roster of that version is held here."""

    code = "unknown_version"
    status = 404


class UnknownKeyError(ProtocolError):
    """No key with that id is held here."""

    code = "unknown_key"
    status = 404


class SizeConflictError(ProtocolError):
    """A size that does not fit; ``size`` is the one from which to go on, in leaves."""

    code = "size_conflict"
    status = 409

    def __init__(self, size: int, detail: str = "") -> None:
        super().__init__(detail)
        self.size = size


class VersionConflictError(ProtocolError):
    """A roster version that is not the next one, or differs from the one held."""

    code = "version_conflict"
    status = 409


class TooLargeError(ProtocolError):
    """More bytes or items than the bound of section 14."""

    code = "too_large"
    status = 413


class BadMediaError(ProtocolError):
    """A media type that is not the one of the route."""

    code = "bad_media"
    status = 415


class EncodingRefusedError(ProtocolError):
    """A body with a content encoding."""

    code = "encoding_refused"
    status = 415


class InconsistentError(ProtocolError):
    """A consistency proof that does not lead from the held tree to the offered one."""

    code = "inconsistent"
    status = 422


class RootMismatchError(ProtocolError):
    """The same size with another root."""

    code = "root_mismatch"
    status = 422


class RateError(ProtocolError):
    """Too many requests; ``retry_after_s`` says when to come again."""

    code = "rate"
    status = 429

    def __init__(self, retry_after_s: int = 1, detail: str = "") -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class StaleError(ProtocolError):
    """The answering node's roster is stale (section 2)."""

    code = "stale"
    status = 503


class BehindError(ProtocolError):
    """The answering node has lost its own tail or witness records (section 5)."""

    code = "behind"
    status = 503


class WaitingError(ProtocolError):
    """The answering node is not yet in an accepted roster."""

    code = "waiting"
    status = 503


class BusyError(ProtocolError):
    """The answering node has no free place for this caller."""

    code = "busy"
    status = 503

    def __init__(self, retry_after_s: int = 1, detail: str = "") -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s
