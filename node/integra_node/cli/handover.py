"""``integra handover``: where are the handovers, without whom they are about; drafts from files.

The operator of the machine sees envelopes and states only.  Identities are opened by staff, on the
pages or over the API, with a reason.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from integra_node import clock
from integra_node.cli.frame import EXISTING_FILE, Invocation
from integra_node.cli.opened import OPERATOR, open_node
from integra_protocol.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from integra_node.cli.opened import Opened
    from integra_node.rules.staff import Staff
    from integra_node.store.handovers import Handover

MAX_FILE_BYTES: Final = 1024 * 1024
BOX: Final = click.Choice(["draft", "out", "in"])


@click.group()
def handover() -> None:
    """List handovers, show where one is, start drafts from files."""


@handover.command("list")
@click.option("--box", type=BOX, default="in", show_default=True)
@click.option("--limit", default=50, type=click.IntRange(1, 200), show_default=True)
@click.pass_obj
def list_(invocation: Invocation, box: str, limit: int) -> None:
    """List handovers, newest change first."""
    from integra_node.actions.handover_views import rows_for_operator

    with open_node(invocation.home) as opened:
        rows = opened.database.read_now(lambda tx: rows_for_operator(tx, box, limit=limit))
    lines = [_line(row) for row in rows] or ["There is nothing in this list."]
    invocation.tell({"items": [_described(row) for row in rows]}, *lines)


@handover.command()
@click.argument("handover_id", metavar="ID")
@click.pass_obj
def show(invocation: Invocation, handover_id: str) -> None:
    """Show where a handover is and what happened to it."""
    from integra_node.store import handovers

    with open_node(invocation.home) as opened:
        row = opened.database.read_now(lambda tx: handovers.find(tx, handover_id))
        if row is None:
            raise NotFoundError(f"there is no handover {handover_id}")
        steps = opened.database.read_now(lambda tx: handovers.steps_of(tx, handover_id))
    happened = [
        {"event": s.event, "state": s.state, "org": s.org, "at": s.at, "index": s.idx}
        for s in steps
    ]
    lines = [f"{_utc(s.at)}  {s.event:12} {s.state:14} {s.org}" for s in steps]
    invocation.tell({**_described(row), "steps": happened}, _line(row), *lines)


@handover.command("import")
@click.argument("file", type=EXISTING_FILE)
@click.option("--author", required=True, help="The username whose draft it becomes.")
@click.option("--case-reference", default="", help="Our own reference; never sent.")
@click.pass_obj
def import_(invocation: Invocation, file: Path, author: str, case_reference: str) -> None:
    """Start a draft from a JSON FILE; its author goes on, a second person approves."""
    from integra_node.actions import handovers
    from integra_node.store import audit
    from integra_node.store.database import Tx

    body = _body(file)
    reference = case_reference or str(body.pop("case_reference", ""))
    entered = handovers.read_entered(body, reference)
    now = clock.system_clock()
    with open_node(invocation.home) as opened:
        staff = _author(opened, author)

        def make(tx: Tx) -> Handover:
            row = handovers.create(tx, opened.us, entered, staff=staff, now=now)
            object_ = f"handover:{row.id}"
            audit.record(
                tx,
                now=now,
                actor=OPERATOR,
                op="collect",
                object=object_,
                details={"what": "import"},
            )
            return row

        made = opened.database.write_now(make)
    invocation.tell(_described(made), f"draft {made.id} of {author}")


def _body(file: Path) -> dict[str, object]:
    if file.stat().st_size > MAX_FILE_BYTES:
        raise InputError(f"{file} is larger than 1 MiB")
    try:
        body = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not JSON") from error
    if not isinstance(body, dict):
        raise InputError(f"{file} does not hold a notice")
    return body


def _author(opened: Opened, username: str) -> Staff:
    from integra_node.rules.permissions import Profile, Role
    from integra_node.rules.staff import Staff
    from integra_node.store.accounts import by_username

    account = opened.database.read_now(lambda tx: by_username(tx, username.strip().lower()))
    if account is None or account.disabled_at is not None:
        raise NotFoundError(f"there is no account {username}")
    return Staff(
        account_id=account.id,
        username=account.username,
        roles=frozenset(Role(word) for word in account.roles),
        profile=Profile(opened.config.profile),
        officer_id=account.officer_id,
    )


def _described(row: Handover) -> dict[str, Any]:
    return {
        "id": row.id,
        "side": row.side,
        "state": row.state,
        "state_since": row.state_since,
        "peer_org": row.peer_org,
        "notice_id": row.notice_id,
        "due_at": row.due_at,
        "envelope": json.loads(row.envelope),
    }


def _line(row: Handover) -> str:
    due = f"due {_utc(row.due_at)}" if row.due_at is not None else ""
    return f"{row.id}  {row.state:12} {row.peer_org:20} {due}".rstrip()


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
