"""What happens when a log is convicted of showing two faces? It is quarantined; nothing else is.

Evidence is two notes signed by the log itself, so it does not matter who brought it
(docs/protocol.md section 9).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.store import audit, evidences, log
from integra_protocol.roster import org_of
from integra_protocol.witness import Evidence, check_evidence, evidence_to_json

if TYPE_CHECKING:
    from integra_node.store.database import Tx
    from integra_protocol.roster import Roster

QUARANTINED = "quarantined"
MAX_KEPT = 8  # for one log: the first piece convicts, a liar must not fill our disk


def take(tx: Tx, roster: Roster, found: Evidence, *, now: int) -> bool:
    """Check evidence, store it for ever, quarantine its log; return whether it is new.

    Raises:
        ProtocolError: it convicts nobody.
    """
    origin = check_evidence(found, roster.log_key)
    if evidences.count_of(tx, origin) >= MAX_KEPT:
        return False
    if not evidences.save(tx, origin=origin, body=evidence_to_json(found), now=now):
        return False
    held = log.find(tx, origin, for_update=True) or log.create(
        tx, origin=origin, org=org_of(origin), now=now
    )
    if roster.logs.get(origin) and roster.until(origin) is None:
        log.set_head(tx, held.id, state=QUARANTINED)
    audit.record(
        tx,
        now=now,
        actor=org_of(origin),
        op="admin",
        object=origin,
        details={"event": "quarantined"},
    )
    return True
