"""Request tokens: one request, one receiver, one minute, one body."""

import json
from base64 import urlsafe_b64encode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from integra_protocol.errors import ClockSkewError, InputError, ProtocolError
from integra_protocol.keys import SigningKey, short_key_id
from integra_protocol.token import Claims, check_body, check_token, open_token, sign_token
from protocol_entries import EAST, NORTH, REQ_KEY, TIME, WEST, counting_random, kat_seed

URL = "/v1/log/hmp-northgate.example/1/batch?from=0&max=512&wait=30"
KID = short_key_id(REQ_KEY.public)
OTHER_KEY = SigningKey.from_seed(bytes(32))
HEADER = {"alg": "EdDSA", "typ": "integra-req+jwt", "kid": KID}
CLAIMS = {
    "iss": EAST,
    "aud": NORTH,
    "iat": TIME,
    "exp": TIME + 60,
    "jti": "0123456789abcdef" * 2,
    "m": "GET",
    "u": URL,
    "d": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
    "rv": 3,
}


def req_keys(org: str) -> dict[str, bytes]:
    return {KID: REQ_KEY.public} if org == EAST else {}


def sign(**changes: object) -> str:
    fields = {
        "issuer": EAST,
        "audience": NORTH,
        "method": "GET",
        "url": URL,
        "body": b"",
        "now": TIME,
        "key": REQ_KEY,
        "roster_version": 3,
        "random": counting_random(),
    }
    return sign_token(**(fields | changes))


def check(value: str | None, **changes: object) -> Claims:
    request = {
        "audience": NORTH,
        "method": "GET",
        "url": URL,
        "body": b"",
        "now": TIME,
        "req_keys": req_keys,
    }
    return check_token(value, **(request | changes))


def verdict(value: str | None, **changes: object) -> str:
    try:
        check(value, **changes)
    except ProtocolError as error:
        return error.code
    return "ok"


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def forge(header: object = HEADER, claims: object = CLAIMS, key: SigningKey = REQ_KEY) -> str:
    """Return a token whose signature is good, whatever it says; text goes in as it is."""
    parts = [
        part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)
    ]
    signing_input = ".".join(map(b64, parts))
    return f"Integra {signing_input}.{b64(key.sign(signing_input.encode()))}"


def test_a_token_says_who_sent_what() -> None:
    claims = check(sign())
    assert (claims.issuer, claims.audience, claims.method, claims.url) == (EAST, NORTH, "GET", URL)
    assert (claims.issued_at, claims.expires_at, claims.roster_version) == (TIME, TIME + 60, 3)
    assert len(claims.token_id) == 32


def test_a_token_has_the_header_and_claims_of_the_specification() -> None:
    token = sign().removeprefix("Integra ")
    assert jwt.get_unverified_header(token) == HEADER
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims | {"jti": ""} == CLAIMS | {"jti": ""}


def test_another_library_signs_a_token_that_is_accepted() -> None:
    private = Ed25519PrivateKey.from_private_bytes(kat_seed("req"))
    token = jwt.encode(
        CLAIMS, private, algorithm="EdDSA", headers={"typ": HEADER["typ"], "kid": KID}
    )
    assert check(f"Integra {token}").token_id == CLAIMS["jti"]


def test_no_token_is_used_for_a_second_request() -> None:
    random = counting_random()
    assert check(sign(random=random)).token_id != check(sign(random=random)).token_id


def test_the_body_is_covered() -> None:
    value = sign(method="POST", body=b"body")
    assert verdict(value, method="POST", body=b"body") == "ok"
    assert verdict(value, method="POST", body=b"bodY") == "token_bad"
    assert verdict(value, method="POST") == "token_bad"


def test_the_request_line_is_checked_before_the_body_is_read() -> None:
    claims = open_token(
        sign(body=b"body"), audience=NORTH, method="GET", url=URL, now=TIME, req_keys=req_keys
    )
    check_body(claims, b"body")


ELSEWHERE = {
    "another receiver": {"audience": WEST},
    "another method": {"method": "POST"},
    "lower case method": {"method": "get"},
    "another path": {"url": URL.replace("/1/", "/2/")},
    "another query": {"url": URL + "&x"},
    "an equal path otherwise spelled": {"url": URL.replace("hmp", "%68mp")},
}


@pytest.mark.parametrize("change", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_a_token_is_no_good_for(change) -> None:
    assert verdict(sign(), **change) == "token_bad"


@pytest.mark.parametrize(
    "shift, expected",
    [(-121, "clock_skew"), (-120, "ok"), (0, "ok"), (180, "ok"), (181, "clock_skew")],
)
def test_a_token_lives_for_a_minute_and_two_of_skew(shift, expected) -> None:
    assert verdict(sign(), now=TIME + shift) == expected


def test_a_skewed_caller_is_told_the_time() -> None:
    with pytest.raises(ClockSkewError) as caught:
        check(sign(), now=TIME + 1000)
    assert caught.value.time == TIME + 1000


def test_the_time_is_only_told_to_who_signed() -> None:
    assert verdict(forge(key=OTHER_KEY), now=TIME + 1000) == "token_bad"


def without(fields: dict[str, object], key: str) -> dict[str, object]:
    return {other: fields[other] for other in fields if other != key}


CASES = {
    "no token": (None, "token_missing"),
    "empty": ("", "token_bad"),
    "only the scheme": ("Integra ", "token_bad"),
    "another scheme": (sign().replace("Integra", "Bearer"), "token_bad"),
    "lower case scheme": (sign().replace("Integra", "integra"), "token_bad"),
    "two spaces": (sign().replace(" ", "  "), "token_bad"),
    "trailing newline": (sign() + "\n", "token_bad"),
    "padded signature": (sign() + "=", "token_bad"),
    "not ASCII": (sign() + "é", "token_bad"),
    "two parts": (sign().rpartition(".")[0], "token_bad"),
    "four parts": (sign() + ".AAAA", "token_bad"),
    "empty signature": (sign().rpartition(".")[0] + ".", "token_bad"),
    "over 2 KiB": (forge(claims=CLAIMS | {"u": "x" * 2_000}), "token_bad"),
    "not a member": (forge(claims=CLAIMS | {"iss": WEST}), "not_member"),
    "issuer no organisation": (forge(claims=CLAIMS | {"iss": "East!"}), "token_bad"),
    "issuer a list": (forge(claims=CLAIMS | {"iss": [EAST]}), "token_bad"),
    "receiver a list": (forge(claims=CLAIMS | {"aud": [NORTH]}), "token_bad"),
    "signed by another": (forge(key=OTHER_KEY), "token_bad"),
    "another kid": (forge(header=HEADER | {"kid": "00000000"}), "token_bad"),
    "kid a number": (forge(header=HEADER | {"kid": 1}), "token_bad"),
    "alg none": (forge(header=HEADER | {"alg": "none"}), "token_bad"),
    "alg HS256": (forge(header=HEADER | {"alg": "HS256"}), "token_bad"),
    "typ JWT": (forge(header=HEADER | {"typ": "JWT"}), "token_bad"),
    "no typ": (forge(header=without(HEADER, "typ")), "token_bad"),
    "crit": (forge(header=HEADER | {"crit": ["b64"], "b64": False}), "token_bad"),
    "jwk": (forge(header=HEADER | {"jwk": {}}), "token_bad"),
    "header a list": (forge(header=[]), "token_bad"),
    "header not JSON": (forge(header=b"{"), "token_bad"),
    "header in UTF-16": (forge(header=json.dumps(HEADER).encode("utf-16")), "token_bad"),
    "header nested": (forge(header=b"[" * 700), "token_bad"),
    "claims nested": (forge(claims=b"[" * 700), "token_bad"),
    "claims a list": (forge(claims=[]), "token_bad"),
    "claims not UTF-8": (forge(claims=b"\xff"), "token_bad"),
    "a claim twice": (
        forge(claims=json.dumps(CLAIMS).encode()[:-1] + b', "aud": "x"}'),
        "token_bad",
    ),
    "a header field twice": (
        forge(header=json.dumps(HEADER).encode()[:-1] + b', "alg": "none"}'),
        "token_bad",
    ),
    "a claim more": (forge(claims=CLAIMS | {"nbf": TIME}), "token_bad"),
    "two minutes": (forge(claims=CLAIMS | {"exp": TIME + 61}), "token_bad"),
    "ten years": (forge(claims=CLAIMS | {"exp": TIME + 315_576_000}), "token_bad"),
    "exp before iat": (forge(claims=CLAIMS | {"exp": TIME - 1}), "token_bad"),
    "iat a float": (forge(claims=CLAIMS | {"iat": float(TIME)}), "token_bad"),
    "iat true": (forge(claims=CLAIMS | {"iat": True, "exp": 1}), "token_bad"),
    "iat a text": (forge(claims=CLAIMS | {"iat": str(TIME)}), "token_bad"),
    "iat huge": (forge(claims=CLAIMS | {"iat": 10**400, "exp": 10**400}), "token_bad"),
    "iat not a number": (
        forge(claims=json.dumps(CLAIMS).encode().replace(str(TIME).encode(), b"NaN", 1)),
        "token_bad",
    ),
    "jti short": (forge(claims=CLAIMS | {"jti": "0" * 31}), "token_bad"),
    "jti upper case": (forge(claims=CLAIMS | {"jti": "A" * 32}), "token_bad"),
    "jti with newline": (forge(claims=CLAIMS | {"jti": "0" * 32 + "\n"}), "token_bad"),
    "d padded": (forge(claims=CLAIMS | {"d": CLAIMS["d"] + "="}), "token_bad"),
    "d a number": (forge(claims=CLAIMS | {"d": 0}), "token_bad"),
    "rv negative": (forge(claims=CLAIMS | {"rv": -1}), "token_bad"),
}
CASES |= {f"without {key}": (forge(claims=without(CLAIMS, key)), "token_bad") for key in CLAIMS}


@pytest.mark.parametrize("value, expected", CASES.values(), ids=CASES.keys())
def test_a_token_is_refused_for(value, expected) -> None:
    assert verdict(value) == expected


def test_a_forged_token_without_fault_is_accepted() -> None:
    assert verdict(forge()) == "ok"


def test_the_key_of_one_member_does_not_speak_for_another() -> None:
    def both(org: str) -> dict[str, bytes]:
        return {EAST: {KID: REQ_KEY.public}, WEST: {"11111111": OTHER_KEY.public}}.get(org, {})

    assert verdict(forge(claims=CLAIMS | {"iss": WEST}), req_keys=both) == "token_bad"


def test_a_token_cut_anywhere_is_refused() -> None:
    value = sign()
    assert {verdict(value[:end]) for end in range(len(value))} == {"token_bad"}


def test_a_token_with_one_changed_character_is_refused() -> None:
    value = sign()
    for position in range(len(value)):
        changed = "A" if value[position] != "A" else "B"
        assert verdict(value[:position] + changed + value[position + 1 :]) != "ok"


def test_a_url_too_long_for_a_token_is_the_callers_fault() -> None:
    with pytest.raises(InputError):
        sign(url="/" + "x" * 2_000)


@given(st.text(max_size=200))
def test_any_text_is_a_token_or_a_protocol_error(value) -> None:
    assert verdict(f"Integra {value}") in {"token_bad", "not_member"}


@given(
    st.dictionaries(
        st.sampled_from(sorted(CLAIMS)),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
    )
)
def test_any_claims_are_judged(change) -> None:
    expected = {"ok", "token_bad", "not_member", "clock_skew"}
    assert verdict(forge(claims=CLAIMS | change)) in expected
