"""``integra init``: how does an organisation begin?"""

from __future__ import annotations

import click

from integra_node.cli.frame import Invocation


@click.command()
@click.option("--org", required=True, help="Name of the organisation, for ever: a-z, 0-9, . and -.")
@click.option("--federation", required=True, help="Name of the federation.")
@click.option(
    "--profile",
    type=click.Choice(["casework", "knowledge"]),
    default="knowledge",
    show_default=True,
    help="casework: with cases and handovers.",
)
@click.option(
    "--regime", type=click.Choice(["LED", "GDPR"]), default="GDPR", show_default=True,
    help="Law under which personal data is processed.",
)  # fmt: skip
@click.option("--country", default="EU", show_default=True, help="Two capital letters.")
@click.option("--time-zone", default="UTC", show_default=True, help="For example Europe/Lisbon.")
@click.option("--language", default="en", show_default=True, help="Language of pages.")
@click.option("--agency-name", default="", help="As pages show it; default: the organisation.")
@click.option("--url", default="", help="https://host[:port] for other members; none: unreachable.")
@click.option("--staff-host", default="127.0.0.1", show_default=True)
@click.option("--staff-port", type=click.IntRange(0, 65_535), default=8801, show_default=True)
@click.option("--staff-url", default="", help="Staff pages as browsers see them.")
@click.option("--federation-host", default="0.0.0.0", show_default=True)  # noqa: S104 - members call from outside
@click.option("--federation-port", type=click.IntRange(0, 65_535), default=9800, show_default=True)
@click.option("--allow-network", multiple=True, help="Private network in which members are called.")
@click.pass_obj
def init(
    invocation: Invocation,
    /,
    *,
    federation: str,
    url: str,
    allow_network: tuple[str, ...],
    **answers: str,
) -> None:
    """Make keys, certificate and settings, and the request to send to the founders."""
    from integra_node.clock import system_clock
    from integra_node.first_config import FirstConfig
    from integra_node.join_request import REQUEST_FILE
    from integra_node.joining import set_up

    first = FirstConfig(
        federation_name=federation,
        allow_networks=allow_network,
        **answers,  # type: ignore[arg-type]  # the options are named after the fields
    )
    request = set_up(invocation.home, first, url=url or None, now=system_clock())
    path = invocation.home / REQUEST_FILE
    invocation.tell(
        {"org": request.org, "request": str(path), "fingerprint": request.fingerprint()},
        *request.describe(),
        "",
        f"Send {path} to a founder of {federation}, and read the fingerprint out by telephone.",
        "Then: integra join --roster FILE --fingerprint HEX, as the founders tell you.",
    )
