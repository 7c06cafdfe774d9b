"""``integra peer``: how does the federation look from here?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from integra_node.cli.frame import Invocation
from integra_node.cli.opened import open_node

if TYPE_CHECKING:
    from integra_node.actions.federation_status import PartnerStatus


@click.group()
def peer() -> None:
    """Look at the other members and the connection to them."""


@peer.command("list")
@click.pass_obj
def list_(invocation: Invocation) -> None:
    """List every other member: state, entries held, last success, what is wrong."""
    from integra_node.actions.federation_status import federation_status
    from integra_node.clock import system_clock
    from integra_node.rules.permissions import Profile
    from integra_node.rules.staff import operator

    with open_node(invocation.home) as opened:
        staff = operator(Profile(opened.us.profile))
        found = opened.database.read_now(
            lambda tx: federation_status(tx, opened.us, staff=staff, now=system_clock())
        )
    invocation.tell(
        asdict(found),
        f"{found.org} in {found.federation}, roster version {found.roster_version}",
        *map(_line, found.partners),
    )


def _line(partner: PartnerStatus) -> str:
    trouble = f"  {partner.last_error}" if partner.last_error else ""
    marks = "witnessed" if partner.size and partner.witnessed_size >= partner.size else "signed"
    return f"{partner.org:24} {partner.state:12} {partner.size:>9} entries  {marks}{trouble}"
