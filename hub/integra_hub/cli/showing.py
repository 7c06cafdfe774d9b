"""How is a roster shown to those who are about to sign it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integra_hub.roster_files import RosterFile
    from integra_node.cli.frame import Invocation
    from integra_protocol.keys import NoteKey
    from integra_protocol.roster import Roster


def show_roster(invocation: Invocation, file: RosterFile, previous: Roster | None) -> None:
    """Say in sentences what a roster states, what it changes, who signed, and its fingerprint."""
    from integra_node.join_request import in_groups
    from integra_protocol.roster_text import text_hash
    from integra_protocol.roster_words import changes, describe

    roster = file.roster
    changed = changes(previous, roster) if previous else ()
    signers = file.signers(all_founders(roster, previous))
    fingerprint = text_hash(roster.text).hex()
    lines = [*describe(roster), ""]
    if previous is not None:
        lines += [f"Against version {previous.version}:", *(changed or ("Nothing changes.",)), ""]
    lines.append(f"Signed by {', '.join(signers)}." if signers else "Nobody has signed it.")
    lines.append(f"Fingerprint, to be read out: {in_groups(fingerprint)}")
    invocation.tell(
        {
            "federation": roster.federation,
            "version": roster.version,
            "fingerprint": fingerprint,
            "signed_by": list(signers),
            "threshold": roster.threshold,
            "quorum": roster.quorum,
            "members": sorted(roster.members),
            "changes": list(changed),
        },
        *lines,
    )


def all_founders(roster: Roster, previous: Roster | None) -> tuple[NoteKey, ...]:
    """Return the founders whose signatures count for this version: its own, and those before."""
    held = previous.founders if previous else ()
    return (*roster.founders, *(key for key in held if key not in roster.founders))
