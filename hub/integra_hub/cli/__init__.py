"""Which commands does ``integra-hub`` have? One file a noun, imported only when it is used."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from integra_node.cli.frame import LazyGroup, shared_options

NOUNS: Final = {
    "founder": "integra_hub.cli.founder:founder",
    "init": "integra_hub.cli.init:init",
    "roster": "integra_hub.cli.roster:roster",
    "serve": "integra_hub.cli.serve:serve",
    "status": "integra_hub.cli.status:status",
}


@click.group(cls=LazyGroup, nouns=NOUNS, params=shared_options(Path()))
@click.version_option(package_name="integra")
def main() -> None:
    """Run the hub of a federation, and hold the founders' ceremony."""
