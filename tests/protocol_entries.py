"""Small valid headers, contents and keys that the tests of the protocol start from."""

import hashlib
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from integra_protocol.content import Content, clear_blob, make_content
from integra_protocol.entry import Header, commitment
from integra_protocol.keys import KemPrivateKey, SigningKey

VECTOR = json.loads((Path(__file__).parent / "vectors" / "protocol-vector.json").read_text())

NORTH = "hmp-northgate.example"
EAST = "probation-east.example"
WEST = "probation-west.example"
ORIGIN = f"{NORTH}/log/1"
EAST_ORIGIN = f"{EAST}/log/1"
TIME = 1_767_225_600
SALT = bytes(range(32))


def kat_seed(name: str) -> bytes:
    return hashlib.sha256(f"integra kat {name}".encode()).digest()


OFFICER_KEY = SigningKey.from_seed(kat_seed("officer"))
REQ_KEY = SigningKey.from_seed(kat_seed("req"))
EAST_KEM = KemPrivateKey.from_seed(kat_seed("kem"))
NORTH_KEM = KemPrivateKey.from_seed(kat_seed("kem of the issuer"))


def counting_random() -> Callable[[int], bytes]:
    """Return a source of bytes that never repeats and is the same in every run."""
    counter = itertools.count()
    return lambda size: hashlib.shake_256(next(counter).to_bytes(8, "big")).digest(size)


def make_header(**changes: object) -> Header:
    header = Header(
        audience=("*",),
        commitment=bytes(32),
        blob_length=100,
        ciphertext_hash=None,
        index=7,
        kind="alert",
        origin=ORIGIN,
        targets=(),
        time=TIME,
        retention_end=TIME + 31_536_000,
    )
    return replace(header, **changes)


def sealed_header(*audience: str, **changes: object) -> Header:
    fields = {"kind": "sealed", "ciphertext_hash": bytes(32), "audience": audience or (EAST,)}
    return make_header(**(fields | changes))


def make_body(
    kind: str, data: dict[str, object], *, audience: tuple[str, ...] = ("*",), signed: bool = False
) -> tuple[Content, bytes]:
    return make_content(
        kind,
        data,
        audience=audience,
        salt=SALT,
        officer="4711" if signed else None,
        signer=OFFICER_KEY if signed else None,
    )


def clear_entry(kind: str, data: dict[str, object], **changes: object) -> tuple[Header, bytes]:
    """Return a header and its clear blob that belong together."""
    signed = bool(changes.pop("signed", False))
    audience = changes.get("audience", ("*",))
    _, content_bytes = make_body(kind, data, audience=audience, signed=signed)
    blob = clear_blob(SALT, content_bytes)
    header = make_header(
        kind=kind,
        commitment=commitment(SALT, content_bytes),
        blob_length=len(blob),
        **changes,
    )
    return header, blob
