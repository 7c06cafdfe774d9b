"""``integra user``: who may sign in, with which roles?

The machine's operator acts as an administrator without an account; every step is in the audit log
under the name ``operator``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import click

from integra_node import clock
from integra_node.cli.frame import Invocation
from integra_node.passwords import hash_password, temporary_password
from integra_node.rules.accounts import SessionLimits, normal_secret, password_problems
from integra_node.rules.permissions import Profile, Role
from integra_node.rules.problems import require_none
from integra_node.rules.staff import Staff, operator
from integra_node.store.accounts import Account
from integra_node.store.database import Database, Tx
from integra_protocol.errors import InputError, NotFoundError

T = TypeVar("T")
ROLE: Final = click.Choice([role.value for role in Role])
_STATES: Final = {True: "disabled", False: "active"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the commands work with: an opened database, who acts, the time and randomness."""

    database: Database
    staff: Staff
    now: int
    random: Callable[[int], bytes]


def add_user(
    desk: Desk,
    *,
    username: str,
    name: str,
    roles: frozenset[Role],
    password: str | None = None,
) -> tuple[Account, str | None]:
    """Add an account; without ``password`` return also the temporary one that it got.

    Raises:
        InvalidFieldsError: a bad or taken username, a weak password, roles that exclude each other.
    """
    from integra_node.actions.accounts import NewAccount, create_account

    if password is not None:
        require_none(password_problems(normal_secret(password), username))
    secret = password or temporary_password(desk.random)
    new = NewAccount(
        username=username,
        display_name=name or username,
        roles=roles,
        encoded=hash_password(normal_secret(secret)),
        must_change=password is None,
    )
    made = desk.database.write_now(
        lambda tx: create_account(tx, new, staff=desk.staff, now=desk.now, random=desk.random)
    )
    return made, None if password else secret


def reset_user(desk: Desk, username: str) -> str:
    """Give somebody a temporary password, end their sessions, and return the password."""
    from integra_node.actions.accounts import reset_password

    secret = temporary_password(desk.random)
    encoded = hash_password(secret)
    _with_account(
        desk,
        username,
        lambda tx, account: reset_password(tx, account.id, encoded, staff=desk.staff, now=desk.now),
    )
    return secret


def change_user(desk: Desk, username: str, action: Callable[..., T], *values: object) -> T:
    """Run one of ``actions.accounts`` on the account with this username.

    Raises:
        NotFoundError: there is no such account.
    """
    return _with_account(
        desk,
        username,
        lambda tx, account: action(tx, account.id, *values, staff=desk.staff, now=desk.now),
    )


def list_users(desk: Desk) -> tuple[Account, ...]:
    """Return every account."""
    from integra_node.actions.accounts import list_accounts

    return desk.database.read_now(lambda tx: list_accounts(tx, staff=desk.staff))


@click.group()
def user() -> None:
    """Add, list and shut accounts of staff."""


@user.command("add")
@click.argument("username")
@click.option("--name", default="", help="As colleagues know the person; default: the username.")
@click.option("--role", "roles", type=ROLE, multiple=True, required=True)
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, one line."
)
@click.pass_obj
def add(
    called: Invocation, username: str, name: str, roles: tuple[str, ...], *, password_stdin: bool
) -> None:
    """Add an account; prints a temporary password unless one is given on standard input."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    if password_stdin and not password:
        raise InputError("there is no password on standard input")
    with _desk(called) as desk:
        held = frozenset(Role(role) for role in roles)
        made, secret = add_user(desk, username=username, name=name, roles=held, password=password)
    told: dict[str, Any] = {"id": made.id, "username": made.username, "roles": sorted(made.roles)}
    if secret is None:
        called.tell(told, f"{made.username} may sign in.")
    else:
        called.tell({**told, "password": secret}, *_temporary(made.username, secret))


@user.command("list")
@click.pass_obj
def list_(called: Invocation) -> None:
    """List every account."""
    with _desk(called) as desk:
        found = list_users(desk)
    called.tell({"users": [_described(a) for a in found]}, *(_line(a) for a in found))


@user.command("reset")
@click.argument("username")
@click.pass_obj
def reset(called: Invocation, username: str) -> None:
    """Give somebody a temporary password and end their sessions."""
    with _desk(called) as desk:
        secret = reset_user(desk, username)
    called.tell({"username": username, "password": secret}, *_temporary(username, secret))


@user.command("roles")
@click.argument("username")
@click.argument("roles", type=ROLE, nargs=-1, required=True)
@click.pass_obj
def roles_(called: Invocation, username: str, roles: tuple[str, ...]) -> None:
    """Replace somebody's roles by ROLES."""
    from integra_node.actions.accounts import change_roles

    with _desk(called) as desk:
        change_user(desk, username, change_roles, frozenset(Role(role) for role in roles))
    called.tell(
        {"username": username, "roles": sorted(roles)},
        f"{username} is now: {', '.join(sorted(roles))}.",
    )


@user.command("disable")
@click.argument("username")
@click.pass_obj
def disable_(called: Invocation, username: str) -> None:
    """Shut an account at once, with all its sessions and its signing key."""
    from integra_node.actions.accounts import disable

    if _signs(called, username):
        _simple(called, username, _disable_officer(called), "disabled")
    else:
        _simple(called, username, disable, "disabled")


@user.command("enable")
@click.argument("username")
@click.pass_obj
def enable_(called: Invocation, username: str) -> None:
    """Open a disabled account again."""
    from integra_node.actions.accounts import enable

    _simple(called, username, enable, "enabled")


@user.command("unlock")
@click.argument("username")
@click.pass_obj
def unlock_(called: Invocation, username: str) -> None:
    """Lift the lock that wrong passwords have put on an account."""
    from integra_node.actions.accounts import unlock

    _simple(called, username, unlock, "unlocked")


@user.command("sessions")
@click.argument("username")
@click.pass_obj
def sessions_(called: Invocation, username: str) -> None:
    """List somebody's open sessions."""
    from integra_node.actions.accounts import open_sessions

    with _desk(called) as desk:
        found = change_user(desk, username, _limited(open_sessions))
    rows = [{"id": s.id, "kind": s.kind, "agent": s.agent, "seen_at": s.seen_at} for s in found]
    lines = [f"{s.id}  {s.kind:4}  last used {_utc(s.seen_at)}  {s.agent}" for s in found]
    called.tell({"sessions": rows}, *(lines or ["No open sessions."]))


@user.command("revoke")
@click.argument("username")
@click.pass_obj
def revoke(called: Invocation, username: str) -> None:
    """End all of somebody's sessions."""
    from integra_node.actions.accounts import revoke_sessions

    with _desk(called) as desk:
        ended = change_user(desk, username, revoke_sessions)
    called.tell({"username": username, "ended": ended}, f"{ended} sessions of {username} ended.")


@contextmanager
def _desk(called: Invocation) -> Iterator[Desk]:
    from integra_node.config import load_config

    config = load_config(called.home)
    database = Database.open(config.database_url)
    try:
        yield Desk(
            database=database,
            staff=operator(Profile(config.profile)),
            now=clock.system_clock(),
            random=os.urandom,
        )
    finally:
        database.close()


def _signs(called: Invocation, username: str) -> bool:
    with _desk(called) as desk:
        return _with_account(desk, username, lambda _tx, account: account.officer_id is not None)


def _disable_officer(called: Invocation) -> Callable[..., None]:
    """Return what shuts an account and revokes its key: that is an entry in our log."""
    from integra_node.actions.officers import disable_account
    from integra_node.config import load_config
    from integra_node.ourselves import make_us

    us = make_us(load_config(called.home))

    def shut(tx: Tx, account_id: str, *, staff: Staff, now: int) -> None:
        disable_account(tx, us, account_id, staff=staff, now=now)

    return shut


def _with_account(desk: Desk, username: str, fn: Callable[[Tx, Account], T]) -> T:
    from integra_node.actions.accounts import fold_username
    from integra_node.store.accounts import by_username

    def run(tx: Tx) -> T:
        account = by_username(tx, fold_username(username))
        if account is None:
            raise NotFoundError(f"there is no account {username}")
        return fn(tx, account)

    return desk.database.write_now(run)


def _simple(called: Invocation, username: str, action: Callable[..., object], done: str) -> None:
    with _desk(called) as desk:
        change_user(desk, username, action)
    called.tell({"username": username, "done": done}, f"{username} is {done}.")


def _limited(action: Callable[..., T]) -> Callable[..., T]:
    def run(tx: Tx, account_id: str, *, staff: Staff, now: int) -> T:
        return action(tx, account_id, staff=staff, now=now, limits=SessionLimits())

    return run


def _temporary(username: str, secret: str) -> tuple[str, str]:
    return (
        f"Temporary password of {username}, shown only now: {secret}",
        "It must be changed at the first sign-in.",
    )


def _described(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "username": account.username,
        "name": account.display_name,
        "roles": sorted(account.roles),
        "officer": account.officer_id,
        "state": _STATES[account.disabled_at is not None],
        "locked_until": account.locked_until or None,
        "signed_in_at": account.signed_in_at,
    }


def _line(account: Account) -> str:
    roles = ",".join(sorted(account.roles))
    state = _STATES[account.disabled_at is not None]
    return f"{account.username:24} {state:8} {roles}"


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
