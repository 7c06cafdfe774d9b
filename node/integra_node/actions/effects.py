"""Which action follows from an entry of each kind? One table.

An effect runs in the transaction that stores the entry, is keyed by (origin, index), and does the
same whether it is applied once or twice.  Effects get runs of consecutive entries of one kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from integra_node.actions.alerts_received import apply_alerts, apply_feedback
from integra_node.actions.erasure import apply_acks, apply_erases, apply_receipts
from integra_node.actions.files_received import apply_parts
from integra_node.actions.handovers_received import apply_handovers
from integra_node.actions.incoming import Incoming
from integra_node.actions.officers_received import apply_certificates, apply_revocations
from integra_node.actions.practices_received import apply_practices
from integra_node.actions.replies import apply_replies
from integra_node.actions.responses_received import apply_responses

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx

Effect = Callable[["Tx", "Us", Sequence[Incoming]], None]

EFFECTS: Final[Mapping[str, Effect]] = {
    "ack": apply_acks,
    "alert": apply_alerts,
    "alert-feedback": apply_feedback,
    "codes": lambda tx, _us, incoming: apply_practices(tx, incoming),
    "erase": apply_erases,
    "handover": apply_handovers,
    "officer": apply_certificates,
    "officer-rev": apply_revocations,
    "part": lambda tx, _us, incoming: apply_parts(tx, incoming),
    "practice": lambda tx, _us, incoming: apply_practices(tx, incoming),
    "receipt": apply_receipts,
    "remark": apply_responses,
    "reply": apply_replies,
    "review": apply_responses,
    "translation": apply_responses,
}


def apply_all(tx: Tx, us: Us, incoming: Sequence[Incoming]) -> None:
    """Apply entries in the order of the log."""
    start = 0
    for at in range(1, len(incoming) + 1):
        if at < len(incoming) and incoming[at].content.kind == incoming[start].content.kind:
            continue
        effect = EFFECTS.get(incoming[start].content.kind)
        if effect is not None:
            effect(tx, us, incoming[start:at])
        start = at
