"""Do names and keys have one form, and does every key refuse what is not its own?"""

import base64
import json
import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzing import cuts, flips, refuses_or_returns
from integra_protocol.errors import BadBodyError, BadCanonicalError, InputError
from integra_protocol.keys import (
    KIND_COSIGNATURE,
    KIND_NOTE,
    KemPrivateKey,
    NoteKey,
    SigningKey,
    check_kem_public,
    format_origin,
    is_valid_public,
    kem_seal,
    parse_key_name,
    parse_officer_id,
    parse_org,
    parse_origin,
    parse_vkey,
    short_key_id,
    verify_ed25519,
)

VECTORS = Path(__file__).parent / "vectors"
RFC8032 = json.loads((VECTORS / "rfc8032.json").read_text())["cases"]
SEED = sha256(b"a test's key").digest()
KEY = SigningKey.from_seed(SEED)
KEM = KemPrivateKey.from_seed(SEED)
AGE_INFO = b"age-encryption.org/mlkem768x25519"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def foreign(folder: str) -> Path:
    return Path(os.environ["INTEGRA_VECTORS"]) / folder


@pytest.mark.parametrize("text", ["abc", "a.b", "0-9", "hmp-northgate.example", "a" * 64])
def test_the_name_of_an_organisation_is_read(text):
    assert parse_org(text) == text


@pytest.mark.parametrize(
    "text", ["", "a", "ab", "a" * 65, "Abc", "-bc", "ab.", "a b", "a/b", "äbc", "abc\n", "a_c", "*"]
)
def test_another_name_of_an_organisation_is_refused(text):
    with pytest.raises(BadCanonicalError):
        parse_org(text)


@given(
    st.from_regex(r"[a-z0-9][a-z0-9.-]{1,62}[a-z0-9]", fullmatch=True), st.integers(1, 2**53 - 1)
)
def test_an_origin_comes_back(org, epoch):
    assert parse_origin(format_origin(org, epoch)) == (org, epoch)


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "abc/log/",
        "abc/log/0",
        "abc/log/01",
        "abc/log/-1",
        "abc/log/1/log/1",
        "ABC/log/1",
        "abc/log/9007199254740992",
        "abc/log/1\n",
        "/log/1",
        "abc/roster",
    ],
)
def test_another_origin_is_refused(text):
    with pytest.raises(BadCanonicalError):
        parse_origin(text)


def test_the_origin_without_log_is_read_only_where_it_may_stand():
    assert parse_origin("hub.example/log/0", lowest_epoch=0) == ("hub.example", 0)


@pytest.mark.parametrize("text", ["4711", "A.b_c-d", "x" * 64])
def test_the_pseudonym_of_an_officer_is_read(text):
    assert parse_officer_id(text) == text


@pytest.mark.parametrize("text", ["", "x" * 65, "a b", "é", "a\n", "a,b"])
def test_another_pseudonym_is_refused(text):
    with pytest.raises(BadCanonicalError):
        parse_officer_id(text)


@pytest.mark.parametrize("text", ["", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\nb", "a\x7fb"])
def test_another_name_of_a_key_is_refused(text):
    with pytest.raises(BadCanonicalError):
        parse_key_name(text)


@pytest.mark.parametrize("case", RFC8032, ids=lambda case: case["name"])
def test_signatures_are_those_of_rfc_8032(case):
    key = SigningKey.from_seed(bytes.fromhex(case["seed"]))
    message = bytes.fromhex(case["message"])
    assert key.public.hex() == case["public"]
    assert key.sign(message).hex() == case["signature"]
    assert verify_ed25519(key.public, message, key.sign(message))


@pytest.mark.vectors
def test_the_verdict_on_every_odd_signature_is_frozen():
    cases = json.loads((foreign("ed25519") / "ed25519vectors.json").read_text())
    accepted = [
        case["number"]
        for case in cases
        if verify_ed25519(
            bytes.fromhex(case["key"]), case["msg"].encode(), bytes.fromhex(case["sig"])
        )
    ]
    assert len(cases) == 914
    assert accepted == json.loads((VECTORS / "ed25519-accepted.json").read_text())["accepted"]


def test_a_signature_with_a_flipped_bit_or_another_message_is_none():
    signature = KEY.sign(b"message")
    assert not verify_ed25519(KEY.public, b"massage", signature)
    assert not any(verify_ed25519(KEY.public, b"message", twin) for twin in flips(signature))


@pytest.mark.parametrize(
    "public, signature",
    [(b"", b"\0" * 64), (b"\0" * 31, b"\0" * 64), (KEY.public, b"\0" * 63), (KEY.public, b"")],
)
def test_keys_and_signatures_of_other_lengths_are_no_signatures(public, signature):
    assert not verify_ed25519(public, b"", signature)


def test_only_points_of_the_main_subgroup_are_valid_keys():
    assert is_valid_public(KEY.public)
    for bad in (b"", b"\0" * 32, b"\1" + b"\0" * 31, b"\xff" * 32, KEY.public[:31]):
        assert not is_valid_public(bad)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_seed_of_another_length_is_refused(length):
    with pytest.raises(InputError):
        SigningKey.from_seed(b"s" * length)
    with pytest.raises(InputError):
        KemPrivateKey.from_seed(b"s" * length)


def test_secrets_do_not_show():
    for key in (KEY, KEM):
        assert SEED.hex() not in repr(key)
        assert repr(SEED)[2:-1] not in repr(key)
        assert "_secret" not in repr(key)
        assert "_key" not in repr(key)


@pytest.mark.parametrize("kind", [KIND_NOTE, KIND_COSIGNATURE])
def test_a_verifier_key_comes_back(kind):
    key = NoteKey(name="abc/w", kind=kind, public=KEY.public)
    assert parse_vkey(key.vkey()) == key


def test_verifier_keys_of_others_come_back():
    foreign_notes = json.loads((VECTORS / "signed-note.json").read_text())
    vkeys = [vkey for case in foreign_notes["cases"] for vkey in case["vkeys"]]
    for text in (*vkeys, *foreign_notes["vkeys"]):
        assert parse_vkey(text).vkey() == text


def vkey(*, kind: int = 1, public: bytes = KEY.public, key_id: str | None = None) -> str:
    tail = bytes((kind,)) + public
    hint = sha256(b"abc\n" + tail).hexdigest()[:8] if key_id is None else key_id
    return f"abc+{hint}+{base64.b64encode(tail).decode()}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "abc+00000000",
        vkey(kind=2),
        vkey(kind=6),
        vkey(public=KEY.public + b"\0"),
        vkey(public=KEY.public[:31]),
        vkey(public=b"\0" * 32),
        vkey(key_id="00000000"),
        vkey(key_id=""),
        vkey().upper(),
        vkey() + "\n",
        vkey()[:-1],
        "+" + vkey().partition("+")[2],
        "a c+" + vkey().partition("+")[2],
    ],
)
def test_another_verifier_key_is_refused(text):
    with pytest.raises(BadCanonicalError):
        parse_vkey(text)


def test_broken_verifier_keys_give_a_key_or_a_refusal():
    for cut in cuts(vkey().encode()):
        with pytest.raises(BadCanonicalError):
            parse_vkey(cut.decode())
    refuses_or_returns(lambda data: parse_vkey(data.decode("latin-1")), [vkey().encode()])


def test_key_ids_are_the_first_eight_digits_of_the_hash():
    assert short_key_id(b"") == "e3b0c442"
    assert KEM.key_id == sha256(KEM.public_bytes).hexdigest()[:8]


def test_a_wrap_opens_only_whole_with_its_key_and_info():
    wrap = kem_seal(KEM.public_bytes, b"c" * 32, b"info")
    assert len(KEM.public_bytes) == 1_216
    assert len(wrap) == 1_168
    assert KEM.open(wrap, b"info") == b"c" * 32
    other = KemPrivateKey.from_seed(b"o" * 32)
    for key, data, info in [
        (other, wrap, b"info"),
        (KEM, wrap, b"inf"),
        (KEM, wrap[:-1], b"info"),
        (KEM, wrap + b"\0", b"info"),
        (KEM, b"", b"info"),
        *((KEM, wrap[:at] + bytes((wrap[at] ^ 1,)) + wrap[at + 1 :], b"info") for at in (0, 1_087)),
        *(
            (KEM, wrap[:at] + bytes((wrap[at] ^ 1,)) + wrap[at + 1 :], b"info")
            for at in (1_088, -9)
        ),
        (KEM, wrap[:1_088] + b"\0" * 32 + wrap[1_120:], b"info"),
    ]:
        with pytest.raises(BadBodyError) as refused:
            key.open(data, info)
        assert refused.value.why == "bad-wrap"


def test_the_length_is_checked_before_anything_is_opened():
    wrap = kem_seal(KEM.public_bytes, b"c" * 33, b"")
    with pytest.raises(BadBodyError):
        KEM.open(wrap, b"")
    assert KEM.open(wrap, b"", plaintext_bytes=33) == b"c" * 33


@pytest.mark.parametrize(
    "public",
    [
        b"",
        KEM.public_bytes[:-1],
        KEM.public_bytes + b"\0",
        b"\xff" * 1_216,
        b"\xff" * 1_184 + KEM.public_bytes[1_184:],
        KEM.public_bytes[:1_184] + b"\0" * 32,
    ],
    ids=["none", "short", "long", "no key", "bad lattice half", "small order"],
)
def test_another_kem_key_is_refused(public):
    with pytest.raises(BadCanonicalError):
        check_kem_public(public)


def test_a_kem_key_is_accepted():
    check_kem_public(KEM.public_bytes)


def age_stanza(name: str) -> tuple[KemPrivateKey, bytes, bytes]:
    """Return identity, wrap and file key of an age file with one X-Wing stanza."""
    head, _, body = (
        (foreign("age-hybrid") / name).read_bytes().partition(b"age-encryption.org/v1\n")
    )
    fields = dict(line.split(": ", 1) for line in head.decode().splitlines() if line)
    rows = body.split(b"\n---", 1)[0].decode().splitlines()
    at = next(i for i, row in enumerate(rows) if row.startswith("-> mlkem768x25519 "))
    enc = rows[at].removeprefix("-> mlkem768x25519 ")
    sealed = rows[at + 1]
    wrap = b"".join(base64.b64decode(text + "=" * (-len(text) % 4)) for text in (enc, sealed))
    return (
        KemPrivateKey.from_seed(bech32_bytes(fields["identity"])),
        wrap,
        bytes.fromhex(fields["file key"]),
    )


def bech32_bytes(text: str) -> bytes:
    digits = [BECH32.index(char) for char in text.lower().rpartition("1")[2][:-6]]
    number = 0
    for digit in digits:
        number = number << 5 | digit
    spare = 5 * len(digits) % 8
    return (number >> spare).to_bytes(5 * len(digits) // 8, "big")


@pytest.mark.vectors
@pytest.mark.parametrize("name", ["hybrid", "hybrid_grease", "hybrid_long_file_key"])
def test_an_x_wing_stanza_of_age_is_opened(name):
    key, wrap, file_key = age_stanza(name)
    assert key.open(wrap, AGE_INFO, plaintext_bytes=len(file_key)) == file_key


@pytest.mark.vectors
@pytest.mark.parametrize(
    "name",
    [
        "bad_tag",
        "currupted_enc_mlkem",
        "currupted_enc_x25519",
        "long_file_key",
        "long_share",
        "low_order",
        "no_match",
        "short_share",
    ],
)
def test_a_broken_x_wing_stanza_of_age_is_refused(name):
    key, wrap, _ = age_stanza(f"hybrid_{name}")
    with pytest.raises(BadBodyError):
        key.open(wrap, AGE_INFO, plaintext_bytes=16)
