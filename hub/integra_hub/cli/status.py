"""``integra-hub status``: how does the federation look from this hub?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from integra_node.cli.frame import Invocation

if TYPE_CHECKING:
    from integra_hub.status import HubStatus


@click.command()
@click.pass_obj
def status(invocation: Invocation) -> None:
    """Show members, sizes, and whether the roster is confirmed."""
    from integra_hub.config import load_config
    from integra_hub.status import gather
    from integra_node.clock import system_clock
    from integra_node.store.database import Database
    from integra_node.store.migrate import check_current

    config = load_config(invocation.home)
    database = Database.open(config.database_url)
    try:
        check_current(database)
        found = database.read_now(
            lambda tx: gather(
                tx, federation=config.federation_name, hub=config.org, now=system_clock()
            )
        )
    finally:
        database.close()
    invocation.tell(found.as_json(), *_lines(found))


def _lines(found: HubStatus) -> list[str]:
    state = "stale" if found.stale else "confirmed"
    lines = [f"{found.federation}: roster version {found.roster_version}, {state}."]
    for member in found.members:
        lines.append(f"{member.org}: {member.status}" + (", hub" if member.is_hub else ""))
        lines += [
            f"  {log.origin}: {log.size} entries, {log.state},"
            f" {'witnessed' if log.witnessed else 'not witnessed'}"
            for log in member.logs
        ]
    return lines
