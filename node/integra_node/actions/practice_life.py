"""How does a published practice age: confirmed by its owner, or deprecated for a better one?

Both are a new version whose text is the one that stands in the log already, cleared by two persons
when it was written; so one person does it, and every partner sees who stands by what, and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions.changed import check_etag
from integra_node.actions.practice_rows import KIND, change, find, published_ref, record
from integra_node.actions.practices import append_editions
from integra_node.actions.published import content_of, is_for_every_reader
from integra_node.rules.lineage import (
    RESULT_MONTHS,
    STALE_MONTHS,
    published_before,
    result_due,
    stale_since,
    told_from_wire,
)
from integra_node.rules.permissions import Action
from integra_node.rules.practice import (
    Deprecation,
    PracticeEvent,
    PracticeState,
    confirming,
    deprecating,
    next_state,
    parse_deprecation,
)
from integra_node.rules.problems import InvalidFieldsError, error
from integra_node.rules.retention import DAY_S
from integra_node.store import adaptations, publications
from integra_protocol.bodies import parse_ref
from integra_protocol.errors import BadBodyError, IntegraError, NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.lineage import Told
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_node.store.drafts import Draft
    from integra_node.store.publications import Standing
    from integra_protocol.canonical import Value

ASKED_BEFORE_S: Final = 60 * DAY_S  # an owner is asked so long before partners see the stale mark
MAX_LISTED: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A practice of ours that waits for a word of its owner, by when (unix seconds)."""

    id: str
    title: str
    due: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """What takes the place of a deprecated practice; without ``told`` it is not held here."""

    ref: str
    told: Told | None


def confirm(
    tx: Tx, us: Us, practice_id: str, *, etag: int | None = None, staff: Staff, now: int
) -> Draft:
    """Say to every member that a practice of ours still holds.

    Raises:
        NotAllowedError: the person does not publish practices.
        NotFoundError: there is no such practice of ours, or its text was erased.
        PracticeStateError: it is not published, or its next version is being written.
        PreconditionFailedError: it has changed since version ``etag`` was read.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes no practice now.
    """
    held = _begin(tx, practice_id, PracticeEvent.CONFIRM, etag, staff)
    data = confirming(_standing_text(tx, held), held.version)
    return _append(tx, us, held, data, PracticeState.PUBLISHED, "", staff, now)


def deprecate(
    tx: Tx,
    us: Us,
    practice_id: str,
    *,
    reason: str,
    successor: str = "",
    etag: int | None = None,
    staff: Staff,
    now: int,
) -> Draft:
    """Say to every member that a practice of ours should not be begun any more, and what instead.

    ``successor`` is the ref of a practice of any member, or empty.

    Raises:
        NotAllowedError, NotFoundError, PracticeStateError, PreconditionFailedError: as ``confirm``.
        InvalidFieldsError: no reason, or the successor is not a practice that stands here.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes no practice now.
    """
    held = _begin(tx, practice_id, PracticeEvent.DEPRECATE, etag, staff)
    named = successor.strip()
    told = parse_deprecation({"reason": reason, **({"successor": named} if named else {})})
    if named and not _may_succeed(tx, held, named):
        raise InvalidFieldsError([error("successor", "no_such_practice")])
    data = deprecating(_standing_text(tx, held), held.version, told)
    return _append(tx, us, held, data, PracticeState.DEPRECATED, told.reason, staff, now)


def successor_of(tx: Tx, deprecation: Deprecation | None) -> Successor | None:
    """Return what a deprecated practice points to, with its title when it stands here."""
    if deprecation is None or deprecation.successor is None:
        return None
    held = _find(tx, deprecation.successor)
    newest = _newest(tx, held) if held else None
    return Successor(ref=deprecation.successor, told=_told(newest) if newest else None)


def to_confirm(tx: Tx, us: Us, *, staff: Staff, now: int) -> tuple[Owed, ...]:
    """Return our practices that are stale, or will be within 60 days; the oldest first.

    Raises:
        NotAllowedError: the person does not write practices.
    """
    staff.require(Action.WRITE_PRACTICE)
    before = published_before(now + ASKED_BEFORE_S, STALE_MONTHS)
    rows = publications.older_than(tx, KIND, us.org, before, MAX_LISTED)
    return tuple(
        Owed(id=row.publication.item_id, title=told.title, due=stale_since(_at(row)))
        for row in rows
        if (told := _told(row)) is not None and not told.deprecated
    )


def without_result(tx: Tx, us: Us, *, staff: Staff, now: int) -> tuple[Owed, ...]:
    """Return our adaptations that are half a year old and do not say with which result.

    Raises:
        NotAllowedError: the person does not write practices.
    """
    staff.require(Action.WRITE_PRACTICE)
    before = published_before(now, RESULT_MONTHS)
    places = adaptations.current_of(tx, us.org, before, MAX_LISTED)
    held = publications.find_many(tx, places)
    found = ((held[place], _told(held[place])) for place in places if place in held)
    return tuple(
        Owed(id=row.publication.item_id, title=told.title, due=result_due(_at(row)))
        for row, told in found
        if told is not None and told.lineage is not None and not told.lineage.result
    )


# ------------------------------------------------------------------ steps


def _begin(tx: Tx, practice_id: str, event: PracticeEvent, etag: int | None, staff: Staff) -> Draft:
    staff.require(Action.PUBLISH_PRACTICE)
    held = find(tx, practice_id)
    transition = next_state(PracticeState(held.status), event)
    staff.require(transition.action)
    check_etag(held.etag, etag)
    return held


def _standing_text(tx: Tx, held: Draft) -> dict[str, Value]:
    """Return the newest version as it stands in the log, word for word."""
    standing = _find(tx, published_ref(held))
    if standing is None:
        raise NotFoundError("there is no such practice of this organisation")
    return dict(content_of(standing).data)


def _append(
    tx: Tx,
    us: Us,
    held: Draft,
    data: dict[str, Value],
    status: PracticeState,
    reason: str,
    staff: Staff,
    now: int,
) -> Draft:
    [(origin, idx)] = append_editions(tx, us, [held], [data], now=now)
    done = change(
        tx,
        held,
        now=now,
        status=status.value,
        version=held.version + 1,
        reason=reason,
        origin=origin,
        idx=idx,
    )
    event = "deprecated" if status is PracticeState.DEPRECATED else "confirmed"
    record(tx, done, staff.account_id, now, event=event, op="disclose", justification=reason)
    return done


def _may_succeed(tx: Tx, held: Draft, named: str) -> bool:
    found = _find(tx, named)
    newest = _newest(tx, found) if found else None
    own = _find(tx, published_ref(held))
    if newest is None or own is None or _told(newest) is None:
        return False
    row, us = newest.publication, own.publication
    return (row.log_id, row.item_id) != (us.log_id, us.item_id)


# ------------------------------------------------------------------ reading


def _find(tx: Tx, ref: str) -> Standing | None:
    try:
        place = parse_ref(ref)
    except BadBodyError:
        return None
    found = publications.find(tx, place.origin, place.index)
    if found is None or found.publication.kind != KIND or not is_for_every_reader(found):
        return None
    return found


def _newest(tx: Tx, held: Standing) -> Standing | None:
    """Return the version of the same practice that counts now, if one does."""
    row = held.publication
    versions = publications.versions_of(tx, [row.log_id], [row.item_id])
    current = next((one.idx for one in versions if one.status == "current"), None)
    return None if current is None else publications.find(tx, held.origin, current)


def _told(held: Standing) -> Told | None:
    try:
        return told_from_wire(content_of(held).data)
    except IntegraError:
        return None  # erased meanwhile, or a partner's text that cannot be read here


def _at(held: Standing) -> int:
    return held.publication.published_at
