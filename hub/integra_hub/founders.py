"""Where is a founder's key, and how is it read? One file, kept offline, readable by its owner."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from integra_node.keys import SEED_BYTES, write_secret
from integra_protocol.canonical import b64decode, b64encode
from integra_protocol.errors import BadCanonicalError, ConflictError, InputError
from integra_protocol.keys import KIND_NOTE, NoteKey, SigningKey, parse_key_name, parse_vkey

SUFFIX: Final = "/founder"
_TITLE: Final = "integra-founder-key/v1"
_MAX_BYTES: Final = 1_024
_MAX_NAME: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Founder:
    """One founder with the secret half of the key."""

    name: str
    key: SigningKey

    @property
    def public(self) -> NoteKey:
        """What the roster names."""
        return NoteKey(name=self.name, kind=KIND_NOTE, public=self.key.public)


def make_founder(path: Path, name: str, random: Callable[[int], bytes] = os.urandom) -> Founder:
    """Make a key file (0600) for the founder ``name``; overwrite nothing.

    Raises:
        InputError: the name cannot stand in a note, or has more than 64 characters.
        ConflictError: the file is there already.
    """
    full = name if name.endswith(SUFFIX) else name + SUFFIX
    try:
        parse_key_name(full)
    except BadCanonicalError as error:
        raise InputError("a founder's name has no blank and no plus") from error
    if len(full) > _MAX_NAME or full == SUFFIX:
        raise InputError(f"a founder's name has 1 to {_MAX_NAME - len(SUFFIX)} characters")
    seed = random(SEED_BYTES)
    text = f"{_TITLE}\n{full}\n{b64encode(seed)}\n"
    try:
        write_secret(path, text.encode())
    except FileExistsError as error:
        raise ConflictError(f"{path} is there already: nothing is overwritten") from error
    return Founder(name=full, key=SigningKey.from_seed(seed))


def load_founder(path: Path) -> Founder:
    """Read a key file.

    Raises:
        InputError: it cannot be read, is readable by others, or holds no founder's key.
    """
    text = _read(path)
    if path.stat().st_mode & 0o077:
        raise InputError(f"{path} can be read by others: run `chmod 600 {path}`")
    rows = text.split("\n")
    if len(rows) != 4 or rows[0] != _TITLE or rows[3]:
        raise InputError(f"{path} holds no founder's key")
    try:
        seed = b64decode(rows[2])
    except BadCanonicalError as error:
        raise InputError(f"{path} holds no founder's key") from error
    return Founder(name=parse_key_name(rows[1]), key=SigningKey.from_seed(seed))


def parse_founder(text: str) -> NoteKey:
    """Return the public key of a founder, given as verifier key or as a file that holds one.

    Raises:
        InputError: neither.
    """
    value = _read(Path(text)).strip() if Path(text).is_file() else text
    try:
        return parse_vkey(value.removeprefix("founder "))
    except BadCanonicalError as error:
        raise InputError(f"{text} is no founder's public key, and no file with one") from error


def parse_hublog(text: str) -> NoteKey:
    """Return the verifier key of a roster log.

    Raises:
        InputError: it is none.
    """
    try:
        return parse_vkey(text)
    except BadCanonicalError as error:
        raise InputError("not the verifier key of a roster log") from error


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_MAX_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read") from error
