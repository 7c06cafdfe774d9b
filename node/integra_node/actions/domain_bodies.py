"""Does a sealed body that follows the protocol also make sense to us? If not, it is ``bad-body``.

Checked before anything is stored or acknowledged (docs/protocol.md section 4, *On receipt*).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from integra_node.rules import alert, notice
from integra_node.rules.handover_words import received_words
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
    _check_readers(tx, notice.from_wire(content.data).readers)


def _check_alert(tx: Tx, content: Content) -> None:
    _check_readers(tx, alert.from_wire(content.data).readers)


def _check_readers(tx: Tx, readers: Sequence[str]) -> None:
    if readers and not officer_keys.active(tx, readers):
        raise BadBodyError("no-reader", "none of the readers named is an officer here")


def _check_reply(_tx: Tx, content: Content) -> None:
    received_words(content.data)


CHECKS: Final[Mapping[str, Check]] = {
    "alert": _check_alert,
    "handover": _check_handover,
    "reply": _check_reply,
}
