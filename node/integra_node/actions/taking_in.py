"""What becomes of practices that come from elsewhere? Drafts, or texts for a second person.

Each source has one practice of ours.  When its text is what it was, nothing happens; when it has
changed, the draft is replaced, or what was published gets its next version.  What a person has
written meanwhile is never written over, and nothing is published here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from integra_node.actions.practice_rows import KIND, encoded, new_row, record_all, texts_of
from integra_node.rules.practice import Practice, PracticeState
from integra_node.rules.practice_export import own_id
from integra_node.rules.problems import Problem, error
from integra_node.rules.wire import to_value
from integra_node.store import drafts
from integra_node.store.drafts import Draft
from integra_protocol.canonical import encode

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx

Outcome = Literal["new", "changed", "unchanged", "wrong"]
_WRITTEN: Final = (PracticeState.DRAFT, PracticeState.SUBMITTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A practice from elsewhere, and the name that it has there."""

    source_id: str
    practice: Practice

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text as it would be stored."""
        return hashlib.sha256(encoded(self.practice)).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes, or became, of one; ``problem`` says why it is wrong."""

    outcome: Outcome
    draft_id: str | None = None
    problem: Problem | None = None


def foresee(tx: Tx, us: Us, incoming: Sequence[Incoming], *, author: str) -> tuple[Fate, ...]:
    """Say what ``take_in`` would do."""
    held = _held(tx, us, [one.source_id for one in incoming], for_update=False)
    return tuple(_fate(one, held.get(one.source_id), author) for one in incoming)


def take_in(
    tx: Tx, us: Us, incoming: Sequence[Incoming], *, author: str, hand_in: bool, now: int
) -> tuple[Fate, ...]:
    """Make drafts of practices, or texts that wait for a second person with ``hand_in``.

    Every source id stands once in ``incoming``.
    """
    held = _held(tx, us, [one.source_id for one in incoming], for_update=True)
    status = PracticeState.SUBMITTED if hand_in else PracticeState.DRAFT
    made: list[Draft] = []
    changed: list[Draft] = []
    fates: list[Fate] = []
    for one in incoming:
        row = held.get(one.source_id)
        fate = _fate(one, row, author)
        if fate.outcome == "new":
            new = new_row(us, one.practice, status, author, now)
            made.append(replace(new, source_id=one.source_id, digest=one.digest))
            fate = replace(fate, draft_id=new.id)
        elif fate.outcome == "changed" and row is not None:
            changed.append(_change(tx, row, one, author, status, now))
        fates.append(fate)
    drafts.add_all(tx, made)
    record_all(tx, made, author, now, op="collect", event="imported")
    record_all(tx, changed, author, now, op="alter", event="imported")
    return tuple(fates)


def _fate(one: Incoming, row: Draft | None, author: str) -> Fate:
    if row is None:
        return Fate(outcome="new")
    text = hashlib.sha256(row.body).digest()
    if one.digest in {row.digest, text}:
        return Fate(outcome="unchanged", draft_id=row.id)
    if row.status in _WRITTEN and row.author_id != author:
        return _wrong(row, "import_colleague")
    if row.status in _WRITTEN and row.digest != text:
        return _wrong(row, "import_edited")
    if row.status == PracticeState.WITHDRAWN:
        return _wrong(row, "import_withdrawn")
    return Fate(outcome="changed", draft_id=row.id)


def _wrong(row: Draft, code: str) -> Fate:
    return Fate(outcome="wrong", draft_id=row.id, problem=error("", code))


def _change(
    tx: Tx, row: Draft, one: Incoming, author: str, status: PracticeState, now: int
) -> Draft:
    wire = encode(to_value(one.practice)) if status is PracticeState.SUBMITTED else None
    values: dict[str, object] = {
        **texts_of(one.practice),
        "wire": wire,
        "status": status.value,
        "version": row.version if row.status in _WRITTEN else row.version + 1,
        "author_id": author,
        "second_id": None,
        "reason": "",
        "digest": one.digest,
    }
    etag = drafts.change(tx, row, now=now, **values)
    return replace(row, etag=etag, updated_at=now, **values)  # type: ignore[arg-type]  # columns


def _held(tx: Tx, us: Us, source_ids: Collection[str], *, for_update: bool) -> dict[str, Draft]:
    found = drafts.find_sources(tx, source_ids, for_update=for_update)
    own = {own_id(one, us.org): one for one in source_ids if one not in found}
    own.pop("", None)
    if own:
        rows = drafts.find_many(tx, list(own), for_update=for_update)
        found |= {own[row_id]: row for row_id, row in rows.items()}
    return {source: row for source, row in found.items() if row.kind == KIND}
