"""Who is at the door, and does their session still hold?

Signing in takes three steps, because the hash takes half a second and no transaction may wait for
it: ``stored_password`` reads, the caller compares, ``finish`` decides on the state of that moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from integra_node.actions import library_visits
from integra_node.actions.accounts import fold_username
from integra_node.rules.accounts import SessionLimits, lock_seconds
from integra_node.rules.permissions import Profile, Role
from integra_node.rules.staff import Staff
from integra_node.store import accounts, audit, sessions
from integra_node.store.accounts import Account, Password
from integra_node.store.database import Tx
from integra_node.store.sessions import Kind, Session

KEEP_ENDED_S: Final = 7 * 86_400
TOUCH_EVERY_S: Final = 60
_ID_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to sign in; ``token_hash`` of the token that the caller gets if it succeeds."""

    username: str
    kind: Kind
    agent: str
    token_hash: bytes
    checked: Password | None
    right: bool
    rehashed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Whose session it is."""

    account: Account
    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a token belongs to; ``is_open`` says whether it still counts."""

    account: Account
    session: Session
    is_open: bool
    needs_touch: bool


def stored_password(tx: Tx, username: str) -> Password | None:
    """Return what a typed password is compared with; None if there is no such account."""
    return accounts.password_by_username(tx, fold_username(username))


def finish(
    tx: Tx, attempt: Attempt, *, limits: SessionLimits, now: int, random: Callable[[int], bytes]
) -> SignedIn | None:
    """Open a session, or count a failure and return None.

    A locked or disabled account answers like a wrong password.  The refusal is a value and not an
    exception, because what it counts must be committed.
    """
    account = _account_of(tx, attempt)
    if account is None:
        return None
    if account.disabled_at is not None or account.is_locked(now):
        _log(tx, account, attempt, now, "locked" if account.is_locked(now) else "disabled")
        return None
    if not attempt.right:
        count_failure(tx, account.id, now=now)
        _log(tx, account, attempt, now, "wrong_password")
        return None
    session = _open(tx, account, attempt, limits=limits, now=now, random=random)
    if attempt.kind == "page":
        library_visits.signed_in(tx, account.id, now=now)
    _log(tx, account, attempt, now, "ok")
    return SignedIn(account=account, session=session)


def count_failure(tx: Tx, account_id: str, *, now: int) -> None:
    """Note a wrong password and lock the account when there were too many in a row."""
    account = accounts.by_id(tx, account_id)
    if account is None:
        return
    failures = account.failures + 1
    locked_until = now + lock_seconds(failures) if lock_seconds(failures) else 0
    accounts.set_failures(tx, account.id, failures, locked_until=locked_until)


def caller_of(tx: Tx, token_hash: bytes, *, limits: SessionLimits, now: int) -> Caller | None:
    """Return who a token belongs to, also when its session has ended; None for a strange token."""
    session = sessions.by_token(tx, token_hash)
    account = accounts.by_id(tx, session.account_id) if session else None
    if session is None or account is None:
        return None
    idle_s = limits.idle_s if session.kind == "page" else None
    return Caller(
        account=account,
        session=session,
        is_open=account.disabled_at is None and session.is_open(now, idle_s=idle_s),
        needs_touch=now - session.seen_at >= TOUCH_EVERY_S,
    )


def sign_out(tx: Tx, *, staff: Staff, now: int) -> None:
    """End the session in use."""
    sessions.end(tx, staff.session_id, now)
    ended = sessions.by_id(tx, staff.session_id)
    if ended is not None and ended.kind == "page":
        library_visits.signed_out(tx, staff.account_id, now=now)
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op="login",
        object=f"account:{staff.account_id}",
        details={"result": "signed_out"},
    )


def staff_of(account: Account, session: Session, *, profile: Profile, language: str) -> Staff:
    """Return the acting person; a role that this version does not know grants nothing."""
    known = frozenset(Role)
    return Staff(
        account_id=account.id,
        username=account.username,
        roles=frozenset(Role(role) for role in account.roles if role in known),
        profile=profile,
        officer_id=account.officer_id,
        session_id=session.id,
        language=language,
    )


def _account_of(tx: Tx, attempt: Attempt) -> Account | None:
    if attempt.checked is None:
        return None
    stored = accounts.password_of(tx, attempt.checked.account_id)
    # Between the comparison and now the password may have been reset: then nothing was proven.
    if stored is None or stored.encoded != attempt.checked.encoded:
        return None
    return accounts.by_id(tx, stored.account_id)


def _open(
    tx: Tx,
    account: Account,
    attempt: Attempt,
    *,
    limits: SessionLimits,
    now: int,
    random: Callable[[int], bytes],
) -> Session:
    session = Session(
        id="s" + random(_ID_BYTES).hex(),
        account_id=account.id,
        kind=attempt.kind,
        agent=attempt.agent,
        created_at=now,
        seen_at=now,
        expires_at=now + limits.lifetime_s,
        ended_at=None,
    )
    accounts.set_signed_in(tx, account.id, now)
    if attempt.rehashed is not None:
        accounts.rehash(tx, account.id, attempt.rehashed)
    sessions.purge(tx, now - KEEP_ENDED_S)
    sessions.insert(tx, session, hashed=attempt.token_hash)
    return session


def _log(tx: Tx, account: Account, attempt: Attempt, now: int, result: str) -> None:
    audit.record(
        tx,
        now=now,
        actor=account.id,
        op="login",
        object=f"account:{account.id}",
        details={"result": result, "kind": attempt.kind},
    )
