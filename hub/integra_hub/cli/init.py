"""``integra-hub init``: how does a hub begin?"""

from __future__ import annotations

import click

from integra_node.cli.frame import Invocation


@click.command()
@click.option("--org", required=True, help="Name of the organisation, for ever: a-z, 0-9, . and -.")
@click.option("--federation", required=True, help="Name of the federation.")
@click.option("--url", required=True, help="https://host[:port] at which members reach the hub.")
@click.option("--status-host", default="127.0.0.1", show_default=True)
@click.option("--status-port", type=click.IntRange(0, 65_535), default=8800, show_default=True)
@click.option("--federation-host", default="0.0.0.0", show_default=True)  # noqa: S104 - members call from outside
@click.option("--federation-port", type=click.IntRange(0, 65_535), default=9800, show_default=True)
@click.option("--allow-network", multiple=True, help="Private network in which members are called.")
@click.pass_obj
def init(
    invocation: Invocation,
    org: str,
    federation: str,
    url: str,
    status_host: str,
    status_port: int,
    federation_host: str,
    federation_port: int,
    allow_network: tuple[str, ...],
) -> None:
    """Make keys, certificate and settings, and the request that the founders need."""
    from integra_hub.config import first_text
    from integra_hub.home import set_up
    from integra_node.clock import system_clock
    from integra_node.join_request import REQUEST_FILE

    text = first_text(
        org=org,
        federation_name=federation,
        status_host=status_host,
        status_port=status_port,
        federation_host=federation_host,
        federation_port=federation_port,
        allow_networks=allow_network,
    )
    request = set_up(invocation.home, text, url=url, now=system_clock())
    path = invocation.home / REQUEST_FILE
    invocation.tell(
        {"org": request.org, "request": str(path), "fingerprint": request.fingerprint()},
        *request.describe(),
        "",
        f"Give {path} to the founders of {federation}.",
        "Then: integra-hub roster publish NOTE --fingerprint HEX",
    )
