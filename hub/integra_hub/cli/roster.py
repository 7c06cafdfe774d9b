"""``integra-hub roster``: how do founders make a roster, and how does it become the newest?

draft, show, sign (each founder, offline), combine, publish.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from integra_hub.cli.draft import draft
from integra_hub.cli.showing import all_founders, show_roster
from integra_node.cli.frame import EXISTING_FILE, FILE, Invocation

if TYPE_CHECKING:
    from integra_protocol.roster import Roster

_PREVIOUS = click.option(
    "--previous", type=EXISTING_FILE, help="The roster before it, to see what changes."
)
_OUT = click.option("--out", type=FILE, required=True, help="The note to write, made new.")
_FILE = click.argument("file", type=EXISTING_FILE)


@click.group()
def roster() -> None:
    """The list of members and their keys, which the founders sign."""


roster.add_command(draft)


@roster.command()
@_FILE
@_PREVIOUS
@click.pass_obj
def show(invocation: Invocation, file: Path, previous: Path | None) -> None:
    """Say in plain sentences what a roster states, and its fingerprint."""
    from integra_hub.roster_files import open_roster

    show_roster(invocation, open_roster(file), _opened(previous))


@roster.command()
@_FILE
@click.option("--key", type=EXISTING_FILE, required=True, help="Your founder's key.")
@_PREVIOUS
@_OUT
@click.option("--yes", is_flag=True, help="Do not ask: it was read and compared already.")
@click.pass_obj
def sign(
    invocation: Invocation,
    file: Path,
    key: Path,
    previous: Path | None,
    out: Path,
    yes: bool,  # noqa: FBT001 - same
) -> None:
    """Sign a roster as one founder, after reading what it says."""
    from integra_hub.founders import load_founder
    from integra_hub.roster_files import open_roster, write_new
    from integra_protocol.errors import InputError
    from integra_protocol.roster_change import sign_roster

    founder, before, opened = load_founder(key), _opened(previous), open_roster(file)
    if founder.public not in all_founders(opened.roster, before):
        raise InputError(f"{founder.name} is no founder of this roster; give --previous if before")
    if not yes:
        show_roster(invocation, opened, before)
        click.confirm(f"Sign it as {founder.name}?", abort=True, err=True)
    write_new(out, sign_roster(opened.roster, founder.name, founder.key))
    invocation.tell(
        {"signed_by": founder.name, "note": str(out)}, f"{out} is signed by {founder.name}."
    )


@roster.command()
@click.argument("files", type=EXISTING_FILE, nargs=-1, required=True)
@_PREVIOUS
@_OUT
@click.pass_obj
def combine(
    invocation: Invocation, files: tuple[Path, ...], previous: Path | None, out: Path
) -> None:
    """Put the signatures of several founders under one text."""
    from integra_hub.roster_files import open_roster, write_new
    from integra_protocol.roster_change import combine as combine_notes
    from integra_protocol.roster_trust import parse_roster_note

    opened = [open_roster(path) for path in files]
    founders = all_founders(opened[0].roster, _opened(previous))
    data = combine_notes([one.note for one in opened if one.lines], founders)
    write_new(out, data)
    made, count = opened[0].roster, len(parse_roster_note(data).lines)
    invocation.tell(
        {"note": str(out), "signatures": count, "threshold": made.threshold},
        f"{out} carries {count} signatures; {made.threshold} of its own founders are needed.",
    )


@roster.command()
@_FILE
@click.option("--fingerprint", default="", help="Of version 1: 64 hex digits, typed once.")
@click.pass_obj
def publish(invocation: Invocation, file: Path, fingerprint: str) -> None:
    """Make a signed roster the newest of this hub, for every member to fetch."""
    from integra_hub import home, rosters
    from integra_hub.config import CONFIG_FILE, load_config
    from integra_node.clock import system_clock
    from integra_node.join_request import parse_fingerprint
    from integra_node.joining import read_roster, write_fingerprint
    from integra_node.store.database import Database
    from integra_node.store.migrate import migrate

    config = load_config(invocation.home)
    digits = parse_fingerprint(fingerprint or config.federation.fingerprint)
    note, own, hublog = read_roster(file), home.own_request(config), home.hublog_key(config)
    migrate(config.database_url)
    database = Database.open(config.database_url)
    try:
        held = database.write_now(
            lambda tx: rosters.publish(
                tx, note, own=own, hublog=hublog, fingerprint=digits, now=system_clock()
            )
        )
    finally:
        database.close()
    write_fingerprint(invocation.home / CONFIG_FILE, digits)
    invocation.tell(
        {"federation": held.federation, "version": held.version},
        f"Version {held.version} of {held.federation} is the newest.",
    )


def _opened(previous: Path | None) -> Roster | None:
    from integra_hub.roster_files import open_roster

    return None if previous is None else open_roster(previous).roster
