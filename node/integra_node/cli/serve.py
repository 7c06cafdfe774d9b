"""``integra serve``, ``integra migrate`` and ``integra health``: run the node, prepare it, ask it."""

from __future__ import annotations

import asyncio
import json
from urllib.error import URLError
from urllib.request import urlopen

import click

from integra_node.cli.frame import Invocation
from integra_node.config import load_config
from integra_protocol.errors import UnavailableError


@click.command()
@click.option("--verbose", is_flag=True, help="Log what libraries say, too.")
@click.pass_obj
def serve(invocation: Invocation, *, verbose: bool) -> None:
    """Run the node until it is told to stop (SIGTERM, Ctrl-C)."""
    from integra_node import app
    from integra_node.operations.logging import set_up_logging
    from integra_node.operations.single import only_one

    set_up_logging(verbose=verbose)
    config = load_config(invocation.home)
    with only_one(config.home):
        asyncio.run(app.serve(config))


@click.command()
@click.pass_obj
def migrate(invocation: Invocation) -> None:
    """Bring the database to the version of this program."""
    from integra_node.store import migrate as migrations

    migrations.migrate(load_config(invocation.home).database_url)
    invocation.tell({"migrated": True}, "The database is at the version of this program.")


@click.command()
@click.pass_obj
def health(invocation: Invocation) -> None:
    """Ask the running node whether it is well; exit code 1 when it is not."""
    config = load_config(invocation.home)
    address = f"http://{config.staff.host}:{config.staff.port}/readyz"
    if config.staff.tls_certificate:
        address = f"{config.staff_url}/readyz"
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310 - the address is our own setting
            found = json.loads(answer.read(65_536))
    except (URLError, OSError, ValueError) as error:
        raise UnavailableError(f"the node does not answer at {address}: {error}") from error
    invocation.tell(found, f"The node is {found.get('status', 'unknown')}.")
