"""How does a signed roster become the federation's newest? The hub accepts it and signs its log.

docs/protocol.md section 2, "Roster log": leaf i is the text of version i + 1, and the checkpoint
is signed by the hublog key.  The founders' signatures alone make a roster valid; the hub's only
say that there is none after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.actions import rosters_received
from integra_node.joining import check_own_lines
from integra_node.store import rosters
from integra_protocol.checkpoint import Checkpoint, sign_checkpoint
from integra_protocol.errors import InputError

if TYPE_CHECKING:
    from integra_node.join_request import JoinRequest
    from integra_node.store.database import Tx
    from integra_protocol.keys import SigningKey
    from integra_protocol.roster import Roster


def publish(
    tx: Tx, note: bytes, *, own: JoinRequest, hublog: SigningKey, fingerprint: str, now: int
) -> Roster:
    """Accept a roster note and sign the roster log at it; the same note again changes nothing.

    Args:
        tx: the transaction.
        note: the next version, signed by enough founders.
        own: what the roster must say of this hub.
        hublog: the key of the roster log.
        fingerprint: of version 1, 64 hex digits.
        now: unix seconds.

    Raises:
        InputError: the roster is of another federation, or does not name this hub with its keys.
        ProtocolError: not the next version, or not signed by enough founders.
    """
    rosters_received.accept(tx, note, fingerprint=fingerprint, now=now)
    roster = rosters.current(tx)
    if roster.federation != own.federation:
        raise InputError(f"this roster is of {roster.federation}, the hub of {own.federation}")
    if not check_own_lines(roster, own):
        raise InputError(f"the roster does not name {own.org}")
    sign_log(tx, hublog=hublog, fingerprint=fingerprint)
    return roster


def sign_log(tx: Tx, *, hublog: SigningKey, fingerprint: str) -> bool:
    """Sign the roster log at the newest accepted version; return whether that was missing.

    A version may come from a partner, too: then the hub signs when it notices.
    """
    chain = rosters_received.trusted(tx, fingerprint)
    roster = chain.roster
    if roster.hublog.public != hublog.public:
        return False  # founders have named another hub
    if rosters.checkpoint_note(tx, roster.version) is not None:
        return False
    checkpoint = Checkpoint(
        origin=roster.hublog.name, size=roster.version, root=chain.frontier.root()
    )
    note = sign_checkpoint(checkpoint, hublog)
    rosters_received.accept_checkpoint(tx, note, fingerprint=fingerprint)
    return True
