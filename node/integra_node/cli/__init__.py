"""Which commands does ``integra`` have? One file a noun, imported only when it is used."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from integra_node.cli.frame import LazyGroup, shared_options

NOUNS: Final = {
    "alert": "integra_node.cli.alert:alert",
    "init": "integra_node.cli.init:init",
    "join": "integra_node.cli.join:join",
    "serve": "integra_node.cli.serve:serve",
    "mail": "integra_node.cli.mail:mail",
    "migrate": "integra_node.cli.serve:migrate",
    "door": "integra_node.cli.door:door",
    "health": "integra_node.cli.serve:health",
    "peer": "integra_node.cli.peer:peer",
    "handover": "integra_node.cli.handover:handover",
    "log": "integra_node.cli.log:log",
    "officer": "integra_node.cli.officer:officer",
    "practice": "integra_node.cli.practice:practice",
    "user": "integra_node.cli.user:user",
    "search": "integra_node.cli.search:search",
    "vocabulary": "integra_node.cli.vocabulary:vocabulary",
}


@click.group(cls=LazyGroup, nouns=NOUNS, params=shared_options(Path()))
@click.version_option(package_name="integra")
def main() -> None:
    """Run a node of Integra, and everything that an administrator does with it."""
