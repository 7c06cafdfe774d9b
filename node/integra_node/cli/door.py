"""``integra door``: which other systems may take alerts and practices from this node?"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from integra_node.cli.frame import Invocation
from integra_node.cli.opened import open_node

if TYPE_CHECKING:
    from integra_node.rules.staff import Staff
    from integra_node.store.door_tokens import DoorToken


@click.group()
def door() -> None:
    """Give and take back tokens of the doors to other systems."""


@door.command("token")
@click.argument("name")
@click.option(
    "--class",
    "reader_class",
    type=click.Choice(["outsider", "member"]),
    required=True,
    help="outsider: TLP:CLEAR only. member: TLP:GREEN too.",
)
@click.option("--days", type=int, help="How long it counts; default: until it is revoked.")
@click.pass_obj
def token(invocation: Invocation, name: str, reader_class: str, days: int | None) -> None:
    """Make a token for the system NAME; it is printed now and never again."""
    from integra_node.actions.door_tokens import issue
    from integra_node.clock import system_clock
    from integra_node.rules.door import ReaderClass

    with open_node(invocation.home) as opened:
        made, secret = opened.database.write_now(
            lambda tx: issue(
                tx,
                name,
                ReaderClass(reader_class),
                days=days,
                staff=_operator(opened.us.profile),
                now=system_clock(),
                random=os.urandom,
            )
        )
    invocation.tell(
        {**_described(made), "token": secret},
        f"Token of {made.name} ({made.reader_class}), shown only now: {secret}",
    )


@door.command("list")
@click.pass_obj
def list_(invocation: Invocation) -> None:
    """List every token: class, when it was made and used, whether it counts."""
    from integra_node.actions.door_tokens import every
    from integra_node.clock import system_clock

    with open_node(invocation.home) as opened:
        staff = _operator(opened.us.profile)
        found = opened.database.read_now(lambda tx: every(tx, staff=staff))
    now = system_clock()
    lines = [_line(one, now) for one in found]
    invocation.tell({"tokens": [_described(one) for one in found]}, *(lines or ["No tokens."]))


@door.command("revoke")
@click.argument("name")
@click.pass_obj
def revoke_(invocation: Invocation, name: str) -> None:
    """Let the token of NAME count no more, at once."""
    from integra_node.actions.door_tokens import revoke
    from integra_node.clock import system_clock

    with open_node(invocation.home) as opened:
        staff, now = _operator(opened.us.profile), system_clock()
        opened.database.write_now(lambda tx: revoke(tx, name, staff=staff, now=now))
    invocation.tell({"name": name, "done": "revoked"}, f"{name} is revoked.")


def _operator(profile: str) -> Staff:
    from integra_node.rules.permissions import Profile
    from integra_node.rules.staff import operator

    return operator(Profile(profile))


def _described(one: DoorToken) -> dict[str, Any]:
    return {
        "name": one.name,
        "class": one.reader_class,
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "revoked_at": one.revoked_at,
        "used_at": one.used_at,
    }


def _line(one: DoorToken, now: int) -> str:
    state = "counts" if one.counts(now) else "ended"
    used = _utc(one.used_at) if one.used_at else "never"
    return f"{one.name:40} {one.reader_class:8} {state:6} last used {used}"


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
