"""``integra mail``: does the mail server take what this node sends?"""

from __future__ import annotations

import click

from integra_node.cli.frame import Invocation


@click.group()
def mail() -> None:
    """Try out the e-mail settings."""


@mail.command()
@click.argument("address")
@click.pass_obj
def test(invocation: Invocation, address: str) -> None:
    """Send a trial message to ADDRESS, which must belong to one of your domains."""
    import asyncio

    from integra_node.clock import system_clock
    from integra_node.config import load_config
    from integra_node.operations.smtp import send
    from integra_node.rules.mail import Delivery, mailbox_problems
    from integra_node.rules.problems import require_none
    from integra_node.web.letters import trial
    from integra_protocol.errors import InputError

    config = load_config(invocation.home)
    if not config.mail.host:
        raise InputError("no mail server is set: fill in [mail] in integra.toml")
    require_none(mailbox_problems(address, Delivery.AT_ONCE, 0, config.mail.domains))
    asyncio.run(send(config, trial(config, address, now=system_clock())))
    place = f"{config.mail.host} port {config.mail.port}"
    invocation.tell({"sent": True, "server": place}, f"{place} took a message to {address}")
