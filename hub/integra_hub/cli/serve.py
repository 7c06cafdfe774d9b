"""``integra-hub serve``: run the hub."""

from __future__ import annotations

import click

from integra_node.cli.frame import Invocation


@click.command()
@click.option("--verbose", is_flag=True, help="Log what libraries say, too.")
@click.pass_obj
def serve(invocation: Invocation, *, verbose: bool) -> None:
    """Run the hub until it is told to stop (SIGTERM, Ctrl-C)."""
    import asyncio

    from integra_hub import app
    from integra_hub.config import load_config
    from integra_node.operations.logging import set_up_logging
    from integra_node.store.migrate import migrate

    set_up_logging(verbose=verbose)
    config = load_config(invocation.home)
    migrate(config.database_url)  # a hub has no staff whom a short pause would disturb
    asyncio.run(app.serve(config))
