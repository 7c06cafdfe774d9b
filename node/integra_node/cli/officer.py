"""``integra officer``: who may sign, and whose signature no longer counts?

The machine's operator acts as an administrator without an account.  A PIN is read from standard
input or asked for without echo; it never stands in an argument, where other users could see it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from integra_node import clock
from integra_node.cli.frame import Invocation
from integra_node.cli.opened import open_node
from integra_node.rules.permissions import Profile
from integra_node.rules.staff import Staff, operator
from integra_protocol.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.officers import OfficerState
    from integra_node.cli.opened import Opened


@click.group()
def officer() -> None:
    """List, certify and revoke the signing keys of staff."""


@officer.command("list")
@click.pass_obj
def list_(invocation: Invocation) -> None:
    """List everybody who has or had a signing key."""
    from integra_node.actions.officers import list_officers

    with open_node(invocation.home) as opened:
        staff = _operator(opened)
        found = opened.database.read_now(lambda tx: list_officers(tx, staff=staff))
    rows = [_described(held) for held in found]
    lines = [f"{row['officer']:12} {row['state']:8} {row['username']}" for row in rows]
    invocation.tell({"officers": rows}, *(lines or ["Nobody has a signing key."]))


@officer.command()
@click.argument("username")
@click.option("--pin-stdin", is_flag=True, help="Read the PIN from standard input, one line.")
@click.pass_obj
def certify(invocation: Invocation, username: str, *, pin_stdin: bool) -> None:
    """Make a signing key for USERNAME; a key that was there is revoked."""
    from integra_node.actions import officers

    pin = _pin(pin_stdin=pin_stdin)
    with open_node(invocation.home) as opened:
        held = _held(opened, username)
        new = officers.make_key(opened.us, held, pin=pin)
        now, staff = clock.system_clock(), _operator(opened)
        opened.database.write_now(
            lambda tx: officers.certify(tx, opened.us, held.account.id, new, staff=staff, now=now)
        )
    told = {"username": username, "officer": new.officer}
    invocation.tell(told, f"{username} signs as {new.officer}.")


@officer.command()
@click.argument("username")
@click.option("--why", required=True, help="Every member reads this; do not name the person.")
@click.pass_obj
def revoke(invocation: Invocation, username: str, why: str) -> None:
    """Revoke the signing key of USERNAME at once."""
    from integra_node.actions import officers

    with open_node(invocation.home) as opened:
        held = _held(opened, username)
        now, staff = clock.system_clock(), _operator(opened)
        opened.database.write_now(
            lambda tx: officers.revoke(
                tx, opened.us, held.account.id, why=why, staff=staff, now=now
            )
        )
    invocation.tell({"username": username, "done": "revoked"}, f"The key of {username} is revoked.")


@officer.command()
@click.argument("username")
@click.pass_obj
def allow(invocation: Invocation, username: str) -> None:
    """Let USERNAME make a new key after a revocation."""
    from integra_node.actions import officers

    with open_node(invocation.home) as opened:
        held = _held(opened, username)
        now, staff = clock.system_clock(), _operator(opened)
        opened.database.write_now(
            lambda tx: officers.allow_new_key(tx, held.account.id, staff=staff, now=now)
        )
    invocation.tell({"username": username, "done": "allowed"}, f"{username} may make a new key.")


def _held(opened: Opened, username: str) -> OfficerState:
    from integra_node.actions.officers import state_of
    from integra_node.store.accounts import by_username

    account = opened.database.read_now(lambda tx: by_username(tx, username.strip().lower()))
    if account is None:
        raise NotFoundError(f"there is no account {username}")
    return opened.database.read_now(lambda tx: state_of(tx, account.id))


def _operator(opened: Opened) -> Staff:
    return operator(Profile(opened.config.profile))


def _pin(*, pin_stdin: bool) -> str:
    if pin_stdin:
        pin = sys.stdin.readline().rstrip("\r\n")
    else:
        pin = str(click.prompt("New signing PIN", hide_input=True, confirmation_prompt=True))
    if not pin:
        raise InputError("there is no PIN on standard input")
    return pin


def _described(held: OfficerState) -> dict[str, Any]:
    key = held.key
    state = "active" if held.is_active else "locked" if held.is_locked else "revoked"
    return {
        "officer": held.account.officer_id,
        "username": held.account.username,
        "state": state if key is not None else "none",
        "certified_at": key.certified_at if key is not None else None,
        "revoked_at": key.revoked_at if key is not None else None,
    }
