"""How do practices from files come in? Published at once, each source once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from integra_node.actions.practice_rows import (
    KIND,
    change,
    encoded,
    new_row,
    parse_all,
    published_ref,
    record_all,
    texts_of,
)
from integra_node.actions.practice_words import problems_of_import
from integra_node.actions.practices import append_texts
from integra_node.rules.practice import Practice, PracticeState, PracticeStateError
from integra_node.rules.practice_export import own_id
from integra_node.rules.problems import InvalidFieldsError, error, require_none
from integra_node.rules.wire import to_value
from integra_node.store import drafts
from integra_node.store.drafts import Draft
from integra_protocol.canonical import encode

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx

MAX_SOURCE: Final = 128  # characters
_KEPT: Final = ("keep: by the operator",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did; ``ref`` names the newest version in the log."""

    id: str
    ref: str
    version: int
    outcome: Literal["new", "changed", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    row: Draft
    outcome: Literal["new", "changed", "unchanged"]


def import_practice(
    tx: Tx, us: Us, body: Mapping[str, object], *, source_id: str, actor: str, now: int
) -> Imported:
    """Publish a practice from a file at once: the operator's act, audited.

    The same body from the same source changes nothing; another body is a new version.

    Raises:
        InvalidFieldsError: a field breaks its rule, something is missing that readers need, or words
            may point at a person.
        PracticeStateError: a person works on the next version of this practice just now.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes no practice now.
    """
    return import_practices(tx, us, [(source_id, body)], actor=actor, now=now)[0]


def import_practices(
    tx: Tx,
    us: Us,
    items: Sequence[tuple[str, Mapping[str, object]]],
    *,
    keep_words: bool = False,
    actor: str,
    now: int,
) -> tuple[Imported, ...]:
    """Import up to 500 (source, body), all or none; each as ``import_practice`` says.

    ``keep_words``: somebody has read what may point at a person, and says that it may stay; the
    audit log says so too.

    Raises:
        InvalidFieldsError, PracticeStateError: as ``import_practice``.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes no practice now.
    """
    bodies = parse_all([body for _, body in items], submit=True)
    taken = [
        _take_in(tx, us, source_id, body, actor, now)
        for (source_id, _), body in zip(items, bodies, strict=True)
    ]
    fresh = [(n, body) for n, body in enumerate(bodies) if taken[n].outcome != "unchanged"]
    pointed = problems_of_import(fresh, many=len(bodies) > 1)
    if not keep_words:
        require_none(pointed)
    rows = [one.row for one in taken if one.outcome != "unchanged"]
    done = {row.id: row for row in append_texts(tx, us, rows, actor, now=now)}
    record_all(tx, done.values(), actor, now, event="imported", words=_KEPT if pointed else ())
    return tuple(_imported(done.get(one.row.id, one.row), one.outcome) for one in taken)


def _take_in(tx: Tx, us: Us, source_id: str, body: Practice, actor: str, now: int) -> _Taken:
    if not 0 < len(source_id) <= MAX_SOURCE:
        raise InvalidFieldsError([error("source_id", "too_long", max=MAX_SOURCE)])
    digest = hashlib.sha256(encoded(body)).digest()
    held = find_held(tx, us, source_id)
    if held is None:
        made = new_row(us, body, PracticeState.SUBMITTED, actor, now)
        row = replace(made, source_id=source_id, digest=digest)
        drafts.add(tx, row)
        return _Taken(row=row, outcome="new")
    if digest in {held.digest, hashlib.sha256(held.body).digest()}:
        return _Taken(row=held, outcome="unchanged")
    if held.status in {PracticeState.DRAFT, PracticeState.SUBMITTED}:
        raise PracticeStateError("a person is writing the next version of this practice")
    row = change(
        tx,
        held,
        now=now,
        version=held.version + 1,
        digest=digest,
        reason="",
        **{**texts_of(body), "wire": encode(to_value(body))},
    )
    return _Taken(row=row, outcome="changed")


def find_held(tx: Tx, us: Us, source_id: str) -> Draft | None:
    """Return what came from this source, or our own practice that was exported under this name."""
    held = drafts.find_source(tx, source_id)
    if held is None and (own := own_id(source_id, us.org)):
        held = drafts.find(tx, own, for_update=True)
    return held if held is not None and held.kind == KIND else None


def _imported(row: Draft, outcome: Literal["new", "changed", "unchanged"]) -> Imported:
    return Imported(id=row.id, ref=published_ref(row), version=row.version, outcome=outcome)
