"""Which earlier versions of a practice say the same as this one, word for word?

A confirmation and a deprecation repeat a text; what others made of it, such as a translation, holds
for the repeated text as well.  The texts themselves are compared: nobody's word is taken for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from integra_node.actions.published import content_of
from integra_node.rules.practice import is_same_text
from integra_node.store import publications
from integra_protocol.bodies import parse_ref
from integra_protocol.errors import IntegraError

if TYPE_CHECKING:
    from integra_node.actions.library import Published
    from integra_node.store.database import Tx
    from integra_protocol.canonical import Value

MAX_COMPARED: Final = 10  # versions, back from the one that is read


def spots_with_same_text(tx: Tx, found: Published) -> frozenset[tuple[str, int]]:
    """Return (origin, index) of a version and of those right before it with the same text."""
    spots = {(found.origin, found.index)}
    if found.confirms is None and found.deprecation is None:
        return frozenset(spots)
    text = _text(tx, found.origin, found.index)
    older = [parse_ref(one.ref) for one in found.versions]
    for one in [one for one in older if one.index < found.index][:MAX_COMPARED]:
        other = _text(tx, one.origin, one.index)
        if text is None or other is None or not is_same_text(text, other):
            break
        spots.add((one.origin, one.index))
    return frozenset(spots)


def _text(tx: Tx, origin: str, index: int) -> dict[str, Value] | None:
    held = publications.find(tx, origin, index)
    try:
        return None if held is None else dict(content_of(held).data)
    except IntegraError:
        return None  # erased: nothing to compare with
