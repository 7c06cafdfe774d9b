"""``integra join``: how does a node take the founders' roster?"""

from __future__ import annotations

from pathlib import Path

import click

from integra_node.cli.frame import EXISTING_FILE, Invocation


@click.command()
@click.option(
    "--roster",
    "files",
    type=EXISTING_FILE,
    multiple=True,
    required=True,
    help="The signed roster, version 1; following versions may be given after it, in order.",
)
@click.option("--fingerprint", required=True, help="64 hex digits, as the founders read them out.")
@click.pass_obj
def join(invocation: Invocation, files: tuple[Path, ...], fingerprint: str) -> None:
    """Take the roster with this fingerprint, and make the database ready."""
    from integra_node.clock import system_clock
    from integra_node.config import CONFIG_FILE, load_config
    from integra_node.join_request import parse_fingerprint
    from integra_node.joining import (
        own_request,
        read_roster,
        take_first_rosters,
        write_fingerprint,
    )
    from integra_node.store.database import Database
    from integra_node.store.migrate import migrate

    digits = parse_fingerprint(fingerprint)
    config = load_config(invocation.home)
    notes = [read_roster(path) for path in files]
    migrate(config.database_url)
    database = Database.open(config.database_url)
    try:
        roster, named = database.write_now(
            lambda tx: take_first_rosters(
                tx, notes, own=own_request(config), fingerprint=digits, now=system_clock()
            )
        )
    finally:
        database.close()
    write_fingerprint(invocation.home / CONFIG_FILE, digits)
    invocation.tell(
        {"org": config.org, "version": roster.version, "member": named},
        f"Roster version {roster.version} of {roster.federation} is accepted.",
        f"{config.org} is named in it. Next: integra serve"
        if named
        else f"{config.org} is not named in it yet: the node waits for a version that names it.",
    )
