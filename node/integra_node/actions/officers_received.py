"""What follows from an officer's certificate or its revocation, in any log?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.store import log
from integra_protocol.bodies import parse_officer, parse_officer_revocation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integra_node.actions.incoming import Incoming
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx


def apply_certificates(tx: Tx, _us: Us, incoming: Sequence[Incoming]) -> None:
    """Remember which key an officer has from this index on."""
    for one in incoming:
        cert = parse_officer(one.content)
        log.add_officer_line(
            tx, one.log_id, index=one.index, officer=cert.id, role=cert.role, public=cert.public
        )


def apply_revocations(tx: Tx, _us: Us, incoming: Sequence[Incoming]) -> None:
    """Remember that an officer has no key from this index on; never retroactively."""
    for one in incoming:
        revoked = parse_officer_revocation(one.content)
        log.add_officer_line(
            tx, one.log_id, index=one.index, officer=revoked.id, role="", public=None
        )
