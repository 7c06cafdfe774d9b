"""``integra-hub founder``: how does a founder get a key? Offline, on the founder's own computer."""

from __future__ import annotations

from pathlib import Path

import click

from integra_node.cli.frame import FILE, Invocation


@click.group()
def founder() -> None:
    """Keys of the founders, who sign the roster."""


@founder.command()
@click.option("--name", required=True, help="For example anna; it becomes anna/founder.")
@click.option("--out", type=FILE, required=True, help="The secret key file, which is made new.")
@click.pass_obj
def new(invocation: Invocation, name: str, out: Path) -> None:
    """Make a founder's key, and show the public half for whoever drafts the roster."""
    from integra_hub.founders import make_founder

    vkey = make_founder(out, name).public.vkey()
    invocation.tell(
        {"key": str(out), "founder": vkey},
        f"founder {vkey}",
        "",
        f"{out} is secret: keep it, and a copy of it, offline. The line above is public:",
        "give it to whoever drafts the roster, and compare it by telephone.",
    )


@founder.command()
@click.argument("key", type=FILE)
@click.pass_obj
def show(invocation: Invocation, key: Path) -> None:
    """Show the public half of a key file again."""
    from integra_hub.founders import load_founder

    vkey = load_founder(key).public.vkey()
    invocation.tell({"founder": vkey}, f"founder {vkey}")
