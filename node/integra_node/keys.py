"""Where are the organisation's keys? One file each in ``keys/``, readable by the node alone.

The kinds of keys and what each one may sign are in docs/protocol.md section 1.  A file holds the
32-byte seed in base64; nothing here ever prints one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from integra_protocol.canonical import b64decode, b64encode
from integra_protocol.errors import BadCanonicalError, InputError
from integra_protocol.keys import KemPrivateKey, SigningKey

SEED_BYTES: Final = 32
_NAMES: Final = ("log", "witness", "request", "kem", "master")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgKeys:
    """The secret keys of this organisation."""

    log: SigningKey
    witness: SigningKey
    request: SigningKey
    kem: KemPrivateKey
    master: bytes = field(repr=False)


def make_keys(folder: Path, random: Callable[[int], bytes] = os.urandom) -> OrgKeys:
    """Make all keys in ``folder`` (created 0700); a key that is there already is kept."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in _NAMES:
        make_seed(folder, name, random)
    return load_keys(folder)


def make_seed(folder: Path, name: str, random: Callable[[int], bytes] = os.urandom) -> None:
    """Make the key ``name`` in ``folder`` unless it is there already."""
    path = _path(folder, name)
    if not path.exists():
        write_secret(path, b64encode(random(SEED_BYTES)).encode() + b"\n")


def load_seed(folder: Path, name: str) -> bytes:
    """Return the 32-byte seed of the key ``name``.

    Raises:
        InputError: the file is missing, readable by others, or does not hold a seed.
    """
    return _read_seed(_path(folder, name))


def load_keys(folder: Path) -> OrgKeys:
    """Read all keys.

    Raises:
        InputError: a file is missing, readable by others, or does not hold a seed.
    """
    seeds = {name: load_seed(folder, name) for name in _NAMES}
    return OrgKeys(
        log=SigningKey.from_seed(seeds["log"]),
        witness=SigningKey.from_seed(seeds["witness"]),
        request=SigningKey.from_seed(seeds["request"]),
        kem=KemPrivateKey.from_seed(seeds["kem"]),
        master=seeds["master"],
    )


def write_secret(path: Path, data: bytes) -> None:
    """Write a new file that only its owner may read, durably; never overwrite one."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.key"


def _read_seed(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        text = path.read_text().strip()
    except OSError as error:
        raise InputError(f"the key file {path} cannot be read: {error.strerror}") from error
    if mode & 0o077:
        raise InputError(f"the key file {path} can be read by others: run `chmod 600 {path}`")
    try:
        seed = b64decode(text)
    except BadCanonicalError as error:
        raise InputError(f"the key file {path} does not hold a key") from error
    if len(seed) != SEED_BYTES:
        raise InputError(f"the key file {path} does not hold a key of {SEED_BYTES} bytes")
    return seed
