"""What follows from a review, remark or translation of some member, ours included?

It is stored whether or not the practice is here: that may arrive later, or be withdrawn, and what
is shown is asked of both.  The newest entry of an item decides, never the version that is claimed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from integra_node.rules.responses import country_from_wire, remark_from_wire, review_from_wire
from integra_node.rules.retention import DAY_S
from integra_node.rules.translation import translation_from_wire
from integra_node.store import audit, log, publications, responses
from integra_node.store.publications import Publication
from integra_node.store.responses import REVIEW, TRANSLATION
from integra_protocol.bodies import (
    REMARK_FORMS,
    parse_remark,
    parse_review,
    parse_translation,
)
from integra_protocol.bodies import Response as Said
from integra_protocol.errors import BadBodyError
from integra_protocol.keys import parse_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integra_node.actions.incoming import Incoming
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_protocol.content import Content

LOG: Final = logging.getLogger(__name__)
KINDS: Final = frozenset({"remark", REVIEW, TRANSLATION})
_PARSERS: Final[Mapping[str, Callable[[Content], Said]]] = {
    "remark": parse_remark,
    REVIEW: parse_review,
    TRANSLATION: parse_translation,
}
_SHOWN: Final = REMARK_FORMS | {REVIEW, TRANSLATION}


def apply_responses(tx: Tx, us: Us, incoming: Sequence[Incoming]) -> None:
    """Store what can be read; a newer version ends the older ones of the same item."""
    for one in incoming:
        said = _PARSERS[one.content.kind](one.content)
        if said.form not in _SHOWN:
            continue  # kept as bytes, for a later version of this program
        try:
            row, language = _row(one, said)
        except BadBodyError as fault:
            log.set_mark(tx, one.log_id, one.index, f"bad:{fault.why}")
            LOG.warning("response not understood origin=%s index=%d", one.origin, one.index)
            continue
        _store(tx, one, said, row, language)
        _record(tx, us, one, said)


def _row(one: Incoming, said: Said) -> tuple[responses.Response, str]:
    """Return the row of a response and its language.

    Raises:
        BadBodyError: its own fields break their rules.
    """
    data, country, method = one.content.data, None, None
    if said.form == REVIEW:
        language, country = review_from_wire(data).language, country_from_wire(data)
    elif said.form == TRANSLATION:
        translation = translation_from_wire(data)
        language, method = translation.language, translation.method
    else:
        language = remark_from_wire(data).language
    row = responses.Response(
        log_id=one.log_id,
        idx=one.index,
        form=said.form,
        target_origin=said.target.origin,
        target_idx=said.target.index,
        question_origin=said.question.origin if said.question else None,
        question_idx=said.question.index if said.question else None,
        country=country,
        method=method,
    )
    return row, language


def _store(tx: Tx, one: Incoming, said: Said, row: responses.Response, language: str) -> None:
    versions = [
        other
        for other in publications.versions_of(tx, [one.log_id], [said.id])
        if other.kind == one.content.kind
    ]
    is_newest = all(other.idx <= one.index for other in versions)
    publication = Publication(
        log_id=one.log_id,
        idx=one.index,
        kind=one.content.kind,
        item_id=said.id,
        version=said.version,
        status="current" if is_newest else "superseded",
        tlp="CLEAR" if one.content.data.get("tlp") == "CLEAR" else "GREEN",
        language=language,
        published_at=min(one.header.time, one.now + DAY_S),  # the issuer's word, within reason
        expires_at=None,
        subject_id=None,
        readers=None,
        change=0,
    )
    publications.add(tx, [publication])
    responses.add(tx, [row])
    ended = {
        (v.log_id, v.idx) for v in versions if v.idx < one.index and v.status == "current"
    } | _repeated(tx, one, said, language)
    publications.set_status(tx, sorted(ended), "superseded")


def _repeated(tx: Tx, one: Incoming, said: Said, language: str) -> set[tuple[int, int]]:
    """Return what this log said before under another id: one review, one text a language."""
    if said.form not in {REVIEW, TRANSLATION}:
        return set()
    chosen = language if said.form == TRANSLATION else None
    target = said.target.origin, said.target.index
    rows = responses.repeated(tx, one.log_id, target, said.form, chosen)
    return {(one.log_id, row.response.idx) for row in rows if row.response.idx < one.index}


def _record(tx: Tx, us: Us, one: Incoming, said: Said) -> None:
    """Note what others say about practices of ours; what they say about others' is library."""
    if one.org == us.org or parse_origin(said.target.origin)[0] != us.org:
        return
    audit.record(
        tx,
        now=one.now,
        actor=one.org,
        op="receive",
        object=f"{one.origin} {one.index}",
        details={"form": said.form, "about": f"{said.target.origin} {said.target.index}"},
    )
