"""Who sent this HTTP request, meant for whom, and is it exactly what was signed?

docs/protocol.md section 11.  The library checks the signature and nothing else; every claim is
compared here, byte for byte, against the request and the ``now`` passed in.  The caller records
``token_id`` after all checks: a refused token must not be able to burn an id.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NoReturn

import jwt
from jwt.algorithms import Algorithm

from integra_protocol.errors import (
    BadCanonicalError,
    ClockSkewError,
    InputError,
    NotMemberError,
    TokenBadError,
    TokenMissingError,
)
from integra_protocol.keys import SigningKey, parse_org, short_key_id, verify_ed25519
from integra_protocol.limits import MAX_SIZE, MAX_TOKEN_BYTES, TOKEN_LIFETIME_S, TOKEN_SKEW_S

SCHEME: Final = "Integra "

_TYPE: Final = "integra-req+jwt"
_ALGORITHM: Final = "EdDSA"
_TOKEN_ID_BYTES: Final = 16
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TOKEN_ID: Final = re.compile(r"[0-9a-f]{32}")
_HEADER_FIELDS: Final = frozenset({"alg", "kid", "typ"})
_CLAIMS: Final = frozenset({"iss", "aud", "iat", "exp", "jti", "m", "u", "d", "rv"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a verified token says; times in unix seconds, ``body_hash`` base64url of SHA-256."""

    issuer: str
    audience: str
    issued_at: int
    expires_at: int
    token_id: str
    method: str
    url: str
    body_hash: str
    roster_version: int


def sign_token(
    *,
    issuer: str,
    audience: str,
    method: str,
    url: str,
    body: bytes,
    now: int,
    key: SigningKey,
    roster_version: int,
    random: Callable[[int], bytes],
) -> str:
    """Return the value of the ``Authorization`` header for one request of ``issuer``.

    ``url`` is the raw path with query as sent, ``body`` the request body, empty included,
    ``now`` unix seconds corrected for that partner; ``random`` is asked for 16 bytes.

    Raises:
        InputError: the token would be over 2,048 bytes.
    """
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": audience,
        "iat": now,
        "exp": now + TOKEN_LIFETIME_S,
        "jti": random(_TOKEN_ID_BYTES).hex(),
        "m": method,
        "u": url,
        "d": _body_hash(body),
        "rv": roster_version,
    }
    token = _compact(claims, key)
    if len(token) > MAX_TOKEN_BYTES:
        raise InputError("token over 2,048 bytes")
    return SCHEME + token


def check_token(
    header_value: str | None,
    *,
    audience: str,
    method: str,
    url: str,
    body: bytes,
    now: int,
    req_keys: Callable[[str], Mapping[str, bytes]],
) -> Claims:
    """Verify the token of a request whose body has been read.

    Raises:
        TokenMissingError, TokenBadError, ClockSkewError, NotMemberError: as ``open_token`` and
            ``check_body``.
    """
    claims = open_token(
        header_value, audience=audience, method=method, url=url, now=now, req_keys=req_keys
    )
    check_body(claims, body)
    return claims


def open_token(
    header_value: str | None,
    *,
    audience: str,
    method: str,
    url: str,
    now: int,
    req_keys: Callable[[str], Mapping[str, bytes]],
) -> Claims:
    """Verify a token against the request line, before the body is read; then ``check_body``.

    ``url`` is the raw path with query; ``req_keys`` gives an organisation's request keys, key id
    to 32 bytes, and nothing when it is not in the roster.

    Raises:
        TokenMissingError: no token.
        NotMemberError: the issuer is not in the roster.
        TokenBadError: anything else about the token is not as section 11 says.
        ClockSkewError: all is well but the time.
    """
    if header_value is None:
        raise TokenMissingError
    token = _token_of(header_value)
    header_segment, payload_segment, _ = token.split(".")
    kid = _key_id(_load(header_segment))
    claims = _claims(_load(payload_segment))
    keys = req_keys(claims.issuer)
    if not keys:
        raise NotMemberError
    if kid not in keys:
        raise TokenBadError("unknown kid")
    _check_signature(token, keys[kid])
    if claims.audience != audience:
        raise TokenBadError("aud is another organisation")
    if claims.method != method or claims.url != url:
        raise TokenBadError("m or u differs from the request line")
    _check_time(claims, now)
    return claims


def check_body(claims: Claims, body: bytes) -> None:
    """Check that the token was made for exactly this body.

    Raises:
        TokenBadError: it was not.
    """
    if claims.body_hash != _body_hash(body):
        raise TokenBadError("d differs from the body")


class _Ed25519(Algorithm):
    """EdDSA by the one verifier whose verdicts count; keys are those of ``keys.py``, never JWK."""

    def prepare_key(self, key: object) -> object:
        return key

    def sign(self, msg: bytes, key: SigningKey) -> bytes:
        return key.sign(msg)

    def verify(self, msg: bytes, key: bytes, sig: bytes) -> bool:
        return verify_ed25519(key, msg, sig)

    @staticmethod
    def to_jwk(key_obj: object, as_dict: bool = False) -> NoReturn:  # noqa: FBT001, FBT002 - inherited
        del key_obj, as_dict
        raise RuntimeError("request keys are not JWK")

    @staticmethod
    def from_jwk(jwk: object) -> NoReturn:
        del jwk
        raise RuntimeError("request keys are not JWK")


def _only_ours() -> jwt.PyJWS:
    jws = jwt.PyJWS(algorithms=[])
    jws.register_algorithm(_ALGORITHM, _Ed25519())
    return jws


_JWS: Final = _only_ours()


def _compact(claims: dict[str, object], key: SigningKey) -> str:
    return _JWS.encode(
        json.dumps(claims, separators=(",", ":")).encode(),
        key,  # type: ignore[arg-type]  # prepare_key of our own algorithm takes it as it is
        algorithm=_ALGORITHM,
        headers={"typ": _TYPE, "kid": short_key_id(key.public)},
    )


def _check_signature(token: str, public: bytes) -> None:
    try:
        _JWS.decode(token, public, algorithms=[_ALGORITHM])
    except jwt.PyJWTError as error:
        raise TokenBadError("signature does not verify") from error


def _check_time(claims: Claims, now: int) -> None:
    if not claims.issued_at - TOKEN_SKEW_S <= now <= claims.expires_at + TOKEN_SKEW_S:
        raise ClockSkewError(now)


def _token_of(header_value: str) -> str:
    if not header_value.startswith(SCHEME):
        raise TokenBadError("another scheme")
    token = header_value.removeprefix(SCHEME)
    if len(token) > MAX_TOKEN_BYTES:
        raise TokenBadError("token over 2,048 bytes")
    if _TOKEN.fullmatch(token) is None:
        raise TokenBadError("not a compact token")
    return token


def _load(segment: str) -> dict[str, object]:
    try:
        data = b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
        # Bytes must be UTF-8 here: json would guess UTF-16 and UTF-32 as well.
        fields = json.loads(data.decode(), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise TokenBadError("not base64url of JSON") from error
    if not isinstance(fields, dict):
        raise TokenBadError("not a JSON object")
    return fields


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise TokenBadError("a field twice")
    return fields


def _key_id(header: dict[str, object]) -> str:
    kid = header.get("kid")
    if header.keys() != _HEADER_FIELDS or not isinstance(kid, str):
        raise TokenBadError("header is not alg, kid, typ")
    if header["alg"] != _ALGORITHM or header["typ"] != _TYPE:
        raise TokenBadError("another alg or typ")
    return kid


def _claims(fields: dict[str, object]) -> Claims:
    if fields.keys() != _CLAIMS:
        raise TokenBadError("a claim is missing or unknown")
    claims = Claims(
        issuer=_issuer(fields),
        audience=_text(fields, "aud"),
        issued_at=_number(fields, "iat"),
        expires_at=_number(fields, "exp"),
        token_id=_text(fields, "jti"),
        method=_text(fields, "m"),
        url=_text(fields, "u"),
        body_hash=_text(fields, "d"),
        roster_version=_number(fields, "rv"),
    )
    if not 0 <= claims.expires_at - claims.issued_at <= TOKEN_LIFETIME_S:
        raise TokenBadError("exp is not within 60 s of iat")
    if _TOKEN_ID.fullmatch(claims.token_id) is None:
        raise TokenBadError("jti is not 32 hex digits")
    return claims


def _issuer(fields: dict[str, object]) -> str:
    try:
        return parse_org(_text(fields, "iss"))
    except BadCanonicalError as error:
        raise TokenBadError("iss is not an organisation") from error


def _text(fields: dict[str, object], key: str) -> str:
    value = fields[key]
    if not isinstance(value, str):
        raise TokenBadError(f"{key} is not a text")
    return value


def _number(fields: dict[str, object], key: str) -> int:
    value = fields[key]
    if type(value) is not int or not 0 <= value <= MAX_SIZE:
        raise TokenBadError(f"{key} is not a number in range")
    return value


def _body_hash(body: bytes) -> str:
    return urlsafe_b64encode(sha256(body).digest()).rstrip(b"=").decode()
