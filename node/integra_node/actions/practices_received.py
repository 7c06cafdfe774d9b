"""What follows from a practice, or a list of words, that some member published?"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeGuard

from integra_node.rules.lineage import parent_of
from integra_node.rules.retention import DAY_S
from integra_node.store import adaptations, publications
from integra_node.store.publications import Publication
from integra_protocol.bodies import parse_edition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integra_node.actions.incoming import Incoming
    from integra_node.store.database import Tx

UNKNOWN_LANGUAGE = "und"
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")


def apply_practices(tx: Tx, incoming: Sequence[Incoming]) -> None:
    """Store published practices or lists of one log; a newer version replaces the older ones.

    A version with status ``withdrawn`` takes every older one out of the library in this same
    transaction.  The newest index decides, never the version number that a sender claims.
    """
    rows = [_row(one) for one in incoming]
    newest = {row.item_id: row.idx for row in rows}
    log_id = incoming[0].log_id
    older = publications.versions_of(tx, [log_id], newest)
    replaced = [
        (old.log_id, old.idx)
        for old in older
        if old.idx < newest[old.item_id] and old.status == "current"
    ]
    ahead = {old.item_id: old.idx for old in older if old.idx > newest[old.item_id]}
    publications.add(tx, [_as_of(row, newest, ahead) for row in rows])
    publications.set_status(tx, replaced, "superseded")
    adaptations.add(tx, [made for one in incoming if (made := _adaptation(one)) is not None])


def _adaptation(one: Incoming) -> tuple[int, int, str, int] | None:
    origin = parent_of(one.content.data)
    return None if origin is None else (one.log_id, one.index, origin.origin, origin.index)


def _row(one: Incoming) -> Publication:
    edition = parse_edition(one.content)
    language = one.content.data.get("language")
    tlp = one.content.data.get("tlp")
    return Publication(
        log_id=one.log_id,
        idx=one.index,
        kind=one.content.kind,
        item_id=edition.id,
        version=edition.version,
        status="current" if edition.status == "published" else "withdrawn",
        tlp=tlp if isinstance(tlp, str) and tlp in {"CLEAR", "GREEN"} else "GREEN",
        language=language if _is_language(language) else UNKNOWN_LANGUAGE,
        published_at=min(one.header.time, one.now + DAY_S),  # the issuer's word, within reason
        expires_at=None,
        subject_id=None,
        readers=None,
        change=0,
    )


def _is_language(word: object) -> TypeGuard[str]:
    return isinstance(word, str) and _LANGUAGE.fullmatch(word) is not None


def _as_of(row: Publication, newest: dict[str, int], ahead: dict[str, int]) -> Publication:
    if row.status != "current" or (row.idx == newest[row.item_id] and row.item_id not in ahead):
        return row
    return replace(row, status="superseded")
