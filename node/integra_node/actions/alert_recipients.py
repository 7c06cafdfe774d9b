"""Who can receive a sealed alert, and can everybody who is named?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.rules.markings import Tlp
from integra_node.rules.problems import Problem, error
from integra_node.store import log
from integra_protocol.officers import key_at

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.alert_draft import AlertDraft
    from integra_node.store.database import Tx
    from integra_protocol.roster import Roster


def offered(roster: Roster, us: Us) -> tuple[str, ...]:
    """Return the members that something can be sealed to, without our own."""
    return tuple(
        org for org in sorted(roster.members) if org != us.org and _can_receive(roster, org)
    )


def problems_of(tx: Tx, roster: Roster, draft: AlertDraft) -> tuple[Problem, ...]:
    """Return why somebody who is named cannot receive it: no active member, or no officer there."""
    problems = [
        error(f"audience.{at}", "unknown_code")
        for at, org in enumerate(draft.audience)
        if not _can_receive(roster, org)
    ]
    if draft.alert.tlp is Tlp.RED and len(draft.audience) == 1 and not problems:
        problems += [
            error(f"readers.{at}", "unknown_code")
            for at, officer in enumerate(draft.readers)
            if not _is_officer(tx, roster, draft.audience[0], officer)
        ]
    return tuple(problems)


def _can_receive(roster: Roster, org: str) -> bool:
    return roster.is_active(org) and roster.kem(org) is not None


def _is_officer(tx: Tx, roster: Roster, org: str, officer: str) -> bool:
    origin = roster.open_origin(org)
    held = log.find(tx, origin) if origin is not None else None
    if held is None:
        return False
    line = key_at(log.officer_lines(tx, held.id, officer), officer, held.size)
    return line is not None
