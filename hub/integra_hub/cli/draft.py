"""``integra-hub roster draft``: how do decisions of the founders become a text to sign?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from integra_hub.cli.showing import show_roster
from integra_node.cli.frame import EXISTING_FILE, FILE, Invocation

if TYPE_CHECKING:
    from integra_hub.drafting import Decisions

_SIZE = click.IntRange(min=0)
_POSITIVE = click.IntRange(min=1)
_PLACE = (str, str, _SIZE)


@click.command()
@click.option("--federation", default="", help="Name, for version 1.")
@click.option("--previous", type=EXISTING_FILE, help="The newest roster, which this one follows.")
@click.option("--request", "--add", "add", type=EXISTING_FILE, multiple=True, help="A new member.")
@click.option("--renew", type=EXISTING_FILE, multiple=True, help="A member's new keys or address.")
@click.option("--founder", multiple=True, help="Public key of a new founder, or a file with it.")
@click.option("--drop-founder", multiple=True, help="Name of a founder who goes.")
@click.option("--threshold", type=_POSITIVE, help="In version 1, default: a majority.")
@click.option("--quorum", type=_SIZE, help="In version 1, default: a majority.")
@click.option("--hublog", default="", help="Verifier key of another hub's roster log.")
@click.option("--suspend", multiple=True, metavar="ORG", help="Needs --until for its log.")
@click.option("--leave", multiple=True, metavar="ORG", help="Needs --until for its log.")
@click.option(
    "--until",
    type=(str, _SIZE),
    multiple=True,
    metavar="ORIGIN SIZE",
    help="Close a log at the size of a witnessed note.",
)
@click.option("--grant", type=_PLACE, multiple=True, metavar="ORIGIN CAP INDEX")
@click.option("--end", type=_PLACE, multiple=True, metavar="ORIGIN CAP INDEX")
@click.option(
    "--limit",
    type=(str, _POSITIVE, _POSITIVE),
    multiple=True,
    metavar="ORG|all ENTRIES BYTES",
    help="Pacing of a member for one day.",
)
@click.option("--days", type=click.IntRange(1, 400), default=365, show_default=True)
@click.option("--out", type=FILE, required=True, help="The text to write, made new.")
@click.pass_obj
def draft(invocation: Invocation, /, **answers: Any) -> None:  # noqa: ANN401 - click's own
    """Write the text of version 1 (--federation), or of the version after --previous."""
    from integra_hub import drafting
    from integra_hub.roster_files import open_roster, write_new
    from integra_node.clock import system_clock
    from integra_protocol.errors import InputError

    decisions = _decisions(answers)
    now, days = system_clock(), answers["days"]
    previous = None
    if answers["previous"] is not None:
        previous = open_roster(answers["previous"]).roster
        made = drafting.following(previous, decisions, issued=now, days=days)
    elif answers["federation"]:
        made = drafting.first(answers["federation"], decisions, issued=now, days=days)
    else:
        raise InputError("give --federation for version 1, or --previous for the version after it")
    write_new(answers["out"], made.text.encode())
    for request in (*decisions.add, *decisions.renew):
        invocation.warn("\n".join(("Compare by telephone:", *request.describe(), "")))
    show_roster(invocation, open_roster(answers["out"]), previous)


def _decisions(answers: Mapping[str, Any]) -> Decisions:
    from integra_hub.drafting import Decisions
    from integra_hub.founders import parse_founder, parse_hublog
    from integra_hub.roster_files import open_request
    from integra_protocol.roster import Limit

    limits = {
        org: Limit(entries_per_day=entries, bytes_per_day=size)
        for org, entries, size in answers["limit"]
    }
    return Decisions(
        add=tuple(open_request(path) for path in answers["add"]),
        renew=tuple(open_request(path) for path in answers["renew"]),
        suspend=answers["suspend"],
        leave=answers["leave"],
        until=dict(answers["until"]),
        grant_caps=answers["grant"],
        end_caps=answers["end"],
        limit_of_all=limits.pop("all", None),
        limits=limits,
        add_founders=tuple(parse_founder(text) for text in answers["founder"]),
        drop_founders=answers["drop_founder"],
        hublog=parse_hublog(answers["hublog"]) if answers["hublog"] else None,
        threshold=answers["threshold"],
        quorum=answers["quorum"],
    )
