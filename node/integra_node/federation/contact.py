"""How does the talk go with a member that has no log of its own, such as a hub?

Of every other member the following of its log tells; a hub is only pushed to and asked for rosters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.store import partners

if TYPE_CHECKING:
    from integra_node.federation.context import Federation
    from integra_protocol.roster import Roster


async def note_contact(context: Federation, roster: Roster, org: str, *, error: str = "") -> None:
    """Write down that a member without a log answered, or with ``error`` why it did not."""
    if roster.origins_of(org):
        return
    now = context.clock()
    if error:
        await context.database.write(
            lambda tx: partners.record_failure(tx, org, now=now, error=error, next_attempt=now)
        )
        return
    await context.database.write(lambda tx: partners.record_success(tx, org, now=now))
