"""How does a member that can no longer append answer? By a receipt outside its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.store import audit, erasures, log
from integra_protocol.bodies import parse_receipt
from integra_protocol.content import parse_content
from integra_protocol.errors import BadBodyError, ProtocolError, UnknownIndexError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx


def take_outside(tx: Tx, us: Us, org: str, body: bytes, *, now: int) -> None:
    """Take the receipt of a suspended or former member (docs/protocol.md section 8).

    Raises:
        ProtocolError: not a receipt for an ``erase`` of ours.
    """
    content = parse_content(body)
    if content.kind != "receipt":
        raise ProtocolError("only a receipt is taken here")
    try:
        receipt = parse_receipt(content)
    except BadBodyError as error:
        raise ProtocolError(error.detail) from error
    own = log.find(tx, us.origin)
    if own is None or receipt.target.origin != us.origin or receipt.target.index >= own.size:
        raise UnknownIndexError
    index = receipt.target.index
    if not erasures.answer(tx, own.id, index, org, ack_index=None, now=now):
        return  # not asked, or answered before: nothing that anybody would have to read
    place = f"{receipt.target.origin} {receipt.target.index}"
    details = {"receipt": receipt.what, "where": "outside the log"}
    audit.record(tx, now=now, actor=org, op="receive", object=place, details=details)
