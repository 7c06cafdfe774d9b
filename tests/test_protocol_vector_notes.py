"""Do tree, notes and kem key reproduce the protocol's frozen vector byte for byte?

docs/protocol.md section 15.
"""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from integra_protocol.canonical import (
    b64decode,
    b64encode,
    decode_map,
    domain,
    lp,
    take_bytes,
    u64,
)
from integra_protocol.checkpoint import (
    Checkpoint,
    add_cosignatures,
    cosign_checkpoint,
    open_checkpoint,
    sign_checkpoint,
)
from integra_protocol.errors import BadBodyError
from integra_protocol.keys import KIND_COSIGNATURE, KIND_NOTE, KemPrivateKey, NoteKey, SigningKey
from integra_protocol.limits import MAX_HEADER_BYTES
from integra_protocol.merkle import Frontier, leaf_hash

VECTOR = json.loads((Path(__file__).parent / "vectors" / "protocol-vector.json").read_text())
ORIGIN = VECTOR["origin"]
COSIGNED_AT = 1_767_225_660
VKEY = "hmp-northgate.example/log/1+d3925bcc+AS5eQZDNFt98pEfO691puBIMSTj93JwXCNFQFdlCfSa9"


def seed(name: str) -> bytes:
    return sha256(f"integra kat {name}".encode()).digest()


LOG = SigningKey.from_seed(seed("org"))
WITNESS = SigningKey.from_seed(seed("witness"))
KEM = KemPrivateKey.from_seed(seed("kem"))
LOG_KEY = NoteKey(name=ORIGIN, kind=KIND_NOTE, public=LOG.public)
LEAVES = [bytes.fromhex(leaf) for leaf in VECTOR["leaves"]]
CHECKPOINT = Checkpoint(origin=ORIGIN, size=4, root=bytes.fromhex(VECTOR["root"]))
HEADER = decode_map(bytes.fromhex(VECTOR["header2"]), max_bytes=MAX_HEADER_BYTES)
COMMITMENT = take_bytes(HEADER, "bc", length=32)


def wrap_info(origin: str, index: int, commitment: bytes, org: str) -> bytes:
    parts = (origin.encode(), u64(index), commitment, org.encode(), KEM.key_id.encode())
    return domain("wrap") + lp(*parts)


def test_the_leaves_are_the_hashes_of_the_headers():
    assert leaf_hash(bytes.fromhex(VECTOR["header1"])) == LEAVES[1]
    assert leaf_hash(bytes.fromhex(VECTOR["header2"])) == LEAVES[2]
    assert [LEAVES[0], LEAVES[3]] == [sha256(b"cover 0").digest(), sha256(b"cover 1").digest()]


def test_the_root_is_that_of_the_leaves():
    assert Frontier.empty().extend(LEAVES).root() == CHECKPOINT.root


def test_the_checkpoint_has_its_text_and_signature():
    assert CHECKPOINT.text() == VECTOR["checkpoint_text"]
    line = f"— {ORIGIN} {VECTOR['log_signature']}\n"
    assert sign_checkpoint(CHECKPOINT, LOG).decode() == f"{CHECKPOINT.text()}\n{line}"


def test_the_log_key_has_its_spelling():
    assert LOG_KEY.vkey() == VKEY


def test_the_cosignature_is_the_witness_key_s():
    witness = NoteKey(name=VECTOR["witness"], kind=KIND_COSIGNATURE, public=WITNESS.public)
    cosignature = cosign_checkpoint(CHECKPOINT, "hub.example", WITNESS, COSIGNED_AT)
    assert cosignature.line.encode() == f"— {witness.name} {VECTOR['cosignature']}\n"
    note = add_cosignatures(
        open_checkpoint(sign_checkpoint(CHECKPOINT, LOG), LOG_KEY), [cosignature]
    )
    assert open_checkpoint(note.data, LOG_KEY, [witness]) == note


def test_the_kem_key_and_its_id_are_those_of_the_seed():
    assert b64encode(KEM.public_bytes) == VECTOR["kem_public"]
    assert KEM.key_id == VECTOR["kem_key_id"]


def test_the_frozen_wrap_opens_at_its_place():
    info = wrap_info(ORIGIN, 2, COMMITMENT, VECTOR["recipient"])
    assert info.hex() == VECTOR["wrap_info"]
    assert KEM.open(b64decode(VECTOR["wrap"]), info).hex() == VECTOR["cek"]


@pytest.mark.parametrize(
    "info",
    [
        wrap_info("other.example/log/1", 2, b"", ""),
        wrap_info(ORIGIN, 1, COMMITMENT, VECTOR["recipient"]),
        wrap_info(ORIGIN, 2, bytes(32), VECTOR["recipient"]),
        wrap_info(ORIGIN, 2, COMMITMENT, "other.example"),
        b"",
    ],
    ids=["origin", "index", "commitment", "recipient", "none"],
)
def test_the_frozen_wrap_opens_nowhere_else(info):
    with pytest.raises(BadBodyError):
        KEM.open(b64decode(VECTOR["wrap"]), info)
