"""Which passwords and PINs are good enough, when is an account locked, and when does a session end?"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from integra_node.rules.problems import Problem, error

MIN_PASSWORD_CHARS: Final = 12
MIN_PIN_CHARS: Final = 8
MAX_SECRET_CHARS: Final = 256  # of a password or PIN; hashing costs time by length
FREE_TRIES: Final = 5
MAX_PIN_TRIES: Final = 5
MAX_NAME_CHARS: Final = 64

_USERNAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_LOCK_S: Final = (60, 5 * 60, 15 * 60, 60 * 60)  # after the 5th, 6th, 7th and every further failure


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """How long somebody stays signed in, seconds; the first limit that is reached ends the session."""

    lifetime_s: int = 8 * 3_600
    idle_s: int = 30 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Wrong tries in a row and when the last one was, unix seconds."""

    count: int = 0
    last_at: int = 0


def username_problems(username: str) -> tuple[Problem, ...]:
    """Return why this cannot be a user name: 1..64 of ``a-z 0-9 . _ -``, ends with letter or digit."""
    return () if _USERNAME.fullmatch(username) else (error("username", "bad_username"),)


def password_problems(password: str, username: str) -> tuple[Problem, ...]:
    """Return why this cannot be a password: 12..256 characters, not built on the user name."""
    if len(password) < MIN_PASSWORD_CHARS:
        return (error("password", "password_too_short", min=MIN_PASSWORD_CHARS),)
    if len(password) > MAX_SECRET_CHARS:
        return (error("password", "too_long", max=MAX_SECRET_CHARS),)
    if _is_repeated(password, username):
        return (error("password", "password_is_username"),)
    if len(set(password)) == 1:
        return (error("password", "secret_one_character"),)
    return ()


def pin_problems(pin: str) -> tuple[Problem, ...]:
    """Return why this cannot be a signing PIN: 8..256 characters, not all the same."""
    if len(pin) < MIN_PIN_CHARS:
        return (error("pin", "pin_too_short", min=MIN_PIN_CHARS),)
    if len(pin) > MAX_SECRET_CHARS:
        return (error("pin", "too_long", max=MAX_SECRET_CHARS),)
    if len(set(pin)) == 1:
        return (error("pin", "secret_one_character"),)
    return ()


def normal_secret(secret: str) -> str:
    """Return the password or PIN in NFKC, so that every keyboard gives the same characters."""
    return unicodedata.normalize("NFKC", secret[: 4 * MAX_SECRET_CHARS])


def lock_seconds(failures: int) -> int:
    """Return for how many seconds an account is locked after so many wrong tries in a row."""
    step = failures - FREE_TRIES
    return 0 if step < 0 else _LOCK_S[min(step, len(_LOCK_S) - 1)]


def locked_until(failures: Failures) -> int:
    """Return until when no try is taken, unix seconds; 0 when tries are taken."""
    seconds = lock_seconds(failures.count)
    return failures.last_at + seconds if seconds else 0


def is_locked(failures: Failures, now: int) -> bool:
    """Return whether a try is refused now, unix seconds."""
    return now < locked_until(failures)


def is_pin_locked(wrong_tries: int) -> bool:
    """Return whether the officer key is locked for good: a new key and revocation are needed."""
    return wrong_tries >= MAX_PIN_TRIES


def session_ends_at(created_at: int, last_seen_at: int, limits: SessionLimits) -> int:
    """Return when the session ends if nothing more happens, unix seconds."""
    return min(created_at + limits.lifetime_s, last_seen_at + limits.idle_s)


def _is_repeated(password: str, username: str) -> bool:
    if not username:
        return False
    folded, name = password.casefold(), username.casefold()
    return not folded.replace(name, "").strip("0123456789.!-_ ")
