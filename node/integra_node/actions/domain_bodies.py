"""Does a sealed body that follows the protocol also make sense to us? If not, it is ``bad-body``.

Checked before anything is stored or acknowledged (docs/protocol.md section 4, *On receipt*).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from integra_node.rules.handover_words import received_words
from integra_node.rules.notice import from_wire
from integra_node.store import officer_keys
from integra_protocol.errors import BadBodyError

if TYPE_CHECKING:
    from integra_node.store.database import Tx
    from integra_protocol.content import Content

Check = Callable[["Tx", "Content"], None]


def check_body(tx: Tx, content: Content) -> None:
    """Check the domain's own fields of a body that was opened; kinds without a rule pass.

    Raises:
        BadBodyError: ``fields``, ``bounds``, or ``no-reader`` for a TLP:RED that names nobody here.
    """
    check = CHECKS.get(content.kind)
    if check is not None:
        check(tx, content)


def _check_handover(tx: Tx, content: Content) -> None:
    readers = from_wire(content.data).readers
    if readers and not officer_keys.active(tx, readers):
        raise BadBodyError("no-reader", "none of the readers named is an officer here")


def _check_reply(_tx: Tx, content: Content) -> None:
    received_words(content.data)


CHECKS: Final[Mapping[str, Check]] = {"handover": _check_handover, "reply": _check_reply}
