"""How do people get an account, roles and a new password, and how do they lose them?"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from integra_node.rules.accounts import SessionLimits, username_problems
from integra_node.rules.permissions import Action, Role, check_roles
from integra_node.rules.problems import InvalidFieldsError, error, require_none
from integra_node.rules.staff import Staff
from integra_node.store import accounts, audit, library_visits, saved_searches, sessions
from integra_node.store.accounts import Account
from integra_node.store.database import Tx
from integra_node.store.sessions import Session
from integra_protocol.errors import ConflictError, NotFoundError

MAX_DISPLAY_NAME: Final = 120  # characters
_ID_BYTES: Final = 8


class OwnAccountError(ConflictError):
    """Nobody changes their own roles or shuts themselves out: another administrator does."""

    code = "own_account"


class StalePasswordError(ConflictError):
    """The password was changed by somebody else in the meantime."""

    code = "stale_password"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What is entered for a new account; ``encoded`` is the hash of its first password."""

    username: str
    display_name: str
    roles: frozenset[Role]
    encoded: str
    language: str = ""
    must_change: bool = True


def create_account(
    tx: Tx, new: NewAccount, *, staff: Staff, now: int, random: Callable[[int], bytes]
) -> Account:
    """Add an account.

    Raises:
        NotAllowedError: the actor does not manage accounts.
        InvalidFieldsError: a bad or taken username, a missing name, roles that exclude each other.
    """
    staff.require(Action.MANAGE_ACCOUNTS)
    username = fold_username(new.username)
    problems = [*username_problems(username), *check_roles(new.roles, staff.profile)]
    if not 1 <= len(new.display_name.strip()) <= MAX_DISPLAY_NAME:
        problems.append(error("display_name", "required"))
    require_none(problems)
    if accounts.by_username(tx, username) is not None:
        raise InvalidFieldsError([error("username", "username_taken")])
    made = Account(
        id="u" + random(_ID_BYTES).hex(),
        username=username,
        display_name=new.display_name.strip(),
        language=new.language,
        must_change=new.must_change,
        officer_id=None,
        failures=0,
        locked_until=0,
        disabled_at=None,
        created_at=now,
        signed_in_at=None,
        roles=frozenset(new.roles),
    )
    accounts.insert(tx, made, encoded=new.encoded)
    _log(tx, staff, now, made.id, "account_created", roles=sorted(made.roles))
    return made


def change_roles(
    tx: Tx, account_id: str, roles: Collection[Role], *, staff: Staff, now: int
) -> None:
    """Replace somebody's roles; what they may do changes with their next request.

    Raises:
        NotAllowedError: the actor does not manage accounts.
        OwnAccountError: it is the actor's own account.
        InvalidFieldsError: no role, or roles that exclude each other.
    """
    account = _another(tx, account_id, staff)
    require_none(check_roles(roles, staff.profile))
    accounts.set_roles(tx, account.id, roles)
    _log(
        tx,
        staff,
        now,
        account.id,
        "roles_changed",
        before=sorted(account.roles),
        after=sorted(roles),
    )


def reset_password(tx: Tx, account_id: str, encoded: str, *, staff: Staff, now: int) -> None:
    """Give somebody a temporary password, end their sessions and lift a lock.

    Raises:
        NotAllowedError: the actor does not manage accounts.
        OwnAccountError: it is the actor's own account.
    """
    account = _another(tx, account_id, staff)
    accounts.set_password(tx, account.id, encoded, must_change=True)
    sessions.end_all(tx, account.id, now)
    _log(tx, staff, now, account.id, "password_reset")


def unlock(tx: Tx, account_id: str, *, staff: Staff, now: int) -> None:
    """Lift the lock that wrong passwords have put on an account."""
    account = _managed(tx, account_id, staff)
    accounts.set_failures(tx, account.id, 0, locked_until=0)
    _log(tx, staff, now, account.id, "unlocked")


def disable(tx: Tx, account_id: str, *, staff: Staff, now: int) -> None:
    """Shut an account at once: every session ends, no password opens it.

    What its holder looked for again is forgotten.

    Raises:
        NotAllowedError: the actor does not manage accounts.
        OwnAccountError: it is the actor's own account.
    """
    account = _another(tx, account_id, staff)
    if account.disabled_at is None:
        accounts.set_disabled(tx, account.id, now)
        ended = sessions.end_all(tx, account.id, now)
        saved_searches.remove_all(tx, account.id)
        library_visits.remove(tx, account.id)
        _log(tx, staff, now, account.id, "disabled", sessions_ended=ended)


def enable(tx: Tx, account_id: str, *, staff: Staff, now: int) -> None:
    """Open a disabled account again, with its old roles and password."""
    account = _another(tx, account_id, staff)
    if account.disabled_at is not None:
        accounts.set_disabled(tx, account.id, None)
        _log(tx, staff, now, account.id, "enabled")


def revoke_sessions(tx: Tx, account_id: str, *, staff: Staff, now: int) -> int:
    """End every session of somebody and return how many there were."""
    account = _managed(tx, account_id, staff)
    ended = sessions.end_all(tx, account.id, now)
    _log(tx, staff, now, account.id, "sessions_revoked", sessions_ended=ended)
    return ended


def revoke_session(tx: Tx, session_id: str, *, staff: Staff, now: int) -> Session:
    """End one session: one's own, or as an administrator anybody's.

    Raises:
        NotFoundError: there is none, or it is not the actor's to end.
    """
    session = sessions.by_id(tx, session_id)
    own = session is not None and session.account_id == staff.account_id
    if session is None or not (own or staff.may(Action.MANAGE_ACCOUNTS)):
        raise NotFoundError
    sessions.end(tx, session.id, now)
    _log(tx, staff, now, session.account_id, "session_revoked")
    return session


def revoke_own_sessions(tx: Tx, *, staff: Staff, now: int) -> int:
    """End all of one's own sessions but the one in use; return how many."""
    ended = sessions.end_all(tx, staff.account_id, now, keep=staff.session_id or None)
    _log(tx, staff, now, staff.account_id, "sessions_revoked", sessions_ended=ended)
    return ended


def open_sessions(
    tx: Tx, account_id: str, *, staff: Staff, now: int, limits: SessionLimits
) -> tuple[Session, ...]:
    """Return somebody's open sessions: one's own, or as an administrator anybody's."""
    if account_id != staff.account_id:
        staff.require(Action.MANAGE_ACCOUNTS)
    return sessions.open_of(tx, account_id, now, page_idle_s=limits.idle_s)


def list_accounts(tx: Tx, *, staff: Staff) -> tuple[Account, ...]:
    """Return every account.

    Raises:
        NotAllowedError: the actor does not manage accounts.
    """
    staff.require(Action.MANAGE_ACCOUNTS)
    return accounts.everybody(tx)


def read_account(tx: Tx, account_id: str, *, staff: Staff) -> Account:
    """Return one account.

    Raises:
        NotAllowedError: the actor does not manage accounts.
        NotFoundError: there is none.
    """
    return _managed(tx, account_id, staff)


def change_own_password(tx: Tx, *, checked: str, encoded: str, staff: Staff, now: int) -> None:
    """Replace one's own password and end one's other sessions.

    Args:
        tx: the transaction.
        checked: the stored hash that the old password was compared with.
        encoded: the hash of the new one.
        staff: who acts.
        now: unix seconds.

    Raises:
        StalePasswordError: the stored hash is no longer the one that was compared.
    """
    stored = accounts.password_of(tx, staff.account_id)
    if stored is None or stored.encoded != checked:
        raise StalePasswordError
    accounts.set_password(tx, staff.account_id, encoded, must_change=False)
    sessions.end_all(tx, staff.account_id, now, keep=staff.session_id or None)
    _log(tx, staff, now, staff.account_id, "password_changed")


def choose_language(tx: Tx, language: str, *, staff: Staff) -> None:
    """Store the language in which the actor reads the pages."""
    accounts.set_language(tx, staff.account_id, language)


def fold_username(typed: str) -> str:
    """Return a username as it is stored: lower case, no blanks around it."""
    return typed.strip().lower()


def _managed(tx: Tx, account_id: str, staff: Staff) -> Account:
    staff.require(Action.MANAGE_ACCOUNTS)
    account = accounts.by_id(tx, account_id)
    if account is None:
        raise NotFoundError
    return account


def _another(tx: Tx, account_id: str, staff: Staff) -> Account:
    account = _managed(tx, account_id, staff)
    if account.id == staff.account_id:
        raise OwnAccountError
    return account


def _log(tx: Tx, staff: Staff, now: int, account_id: str, what: str, **more: object) -> None:
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op="admin",
        object=f"account:{account_id}",
        details={"what": what, **more},
    )
