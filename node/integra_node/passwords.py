"""How are passwords kept? Argon2id hashes, made and compared; slow on purpose.

Both functions block for about half a second and take the profile's memory: callers on an event loop
run them in a bounded pool.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from nacl.exceptions import InvalidkeyError
from nacl.pwhash import argon2id


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordProfile:
    """The cost of one hash: passes over the memory, and the memory in bytes."""

    passes: int
    memory_bytes: int


# RFC 9106, section 4, second recommended option: 64 MiB, three passes.
RFC_9106_LOW_MEMORY: Final = PasswordProfile(passes=3, memory_bytes=64 * 1024 * 1024)

KEY_BYTES: Final = 32
SALT_BYTES: Final = 16

_PARAMETERS: Final = re.compile(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$")

_EASY_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789E"  # 32 divides 256: no bias


def hash_password(password: str, profile: PasswordProfile = RFC_9106_LOW_MEMORY) -> str:
    """Return the encoded Argon2id hash of a password under a fresh random salt."""
    encoded = argon2id.str(
        password.encode(), opslimit=profile.passes, memlimit=profile.memory_bytes
    )
    return encoded.rstrip(b"\0").decode("ascii")


def matches(password: str, encoded: str) -> bool:
    """Whether a password is the one that was hashed; takes the time of the hash either way."""
    try:
        return argon2id.verify(encoded.encode("ascii"), password.encode())
    except InvalidkeyError:
        return False


def needs_rehash(encoded: str, profile: PasswordProfile) -> bool:
    """Whether a stored hash was made at another cost than today's."""
    found = _PARAMETERS.match(encoded)
    wanted = (profile.memory_bytes // 1024, profile.passes)
    return found is None or (int(found[1]), int(found[2])) != wanted


def encoded_of_nobody(profile: PasswordProfile) -> str:
    """Return a hash that no password has, to compare with when there is no such account.

    Comparing takes as long as for a real account, so the time tells nobody which names exist.
    """
    cost = f"m={profile.memory_bytes // 1024},t={profile.passes},p=1"
    return f"$argon2id$v=19${cost}${'A' * 22}${'A' * 43}"


def temporary_password(random: Callable[[int], bytes]) -> str:
    """Return 16 letters and digits in groups of four: 80 bits, no look-alikes."""
    letters = [_EASY_LETTERS[byte % len(_EASY_LETTERS)] for byte in random(16)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 16, 4))


def key_from_secret(secret: str, salt: bytes, profile: PasswordProfile) -> bytes:
    """Return the 32-byte Argon2id key of a secret under a salt of 16 bytes; slow like a hash."""
    return argon2id.kdf(
        KEY_BYTES, secret.encode(), salt, opslimit=profile.passes, memlimit=profile.memory_bytes
    )
