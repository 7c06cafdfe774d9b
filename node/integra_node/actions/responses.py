"""How does this organisation say something about a practice: review, report, comment, question?

Each is an entry of our own log for every member.  A review is signed by an officer; the rest is the
organisation's word.  Taking back erases it at every holder; nobody but its author can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from integra_node.actions import library
from integra_node.actions.erasure import erase
from integra_node.actions.incoming import Incoming
from integra_node.actions.officers import check_may_sign
from integra_node.actions.practice_rows import read_reason
from integra_node.actions.publishing import Appended, NewEntry, Officer, append
from integra_node.actions.responses_received import apply_responses
from integra_node.rules.permissions import Action
from integra_node.rules.problems import InvalidFieldsError, error
from integra_node.rules.responses import (
    ASKED_FORMS,
    Place,
    parse_remark,
    parse_review,
    remark_to_wire,
    review_to_wire,
)
from integra_node.rules.retention import longest
from integra_node.store import audit, publications, responses
from integra_node.store.responses import REVIEW, TRANSLATION
from integra_protocol.bodies import ANSWER, COMMENT, QUESTION, EntryRef, format_ref, parse_ref
from integra_protocol.entry import EVERYONE
from integra_protocol.errors import BadBodyError, ConflictError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integra_node.actions.library import Published
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_node.store.responses import Placed, Spot
    from integra_protocol.canonical import Value

ID_BYTES: Final = 16
MAX_ERASED: Final = 64  # targets of one entry
TAKEN_BACK: Final = "taken back by its author"
"""What all members read of it; the reason itself stays here, for an ``erase`` stands for ever."""

_TAKES_BACK: Final[Mapping[str, Action]] = {
    ANSWER: Action.ANSWER_QUESTION,
    REVIEW: Action.REVIEW_PRACTICE,
    TRANSLATION: Action.TRANSLATE_PRACTICE,
}


class OwnPracticeError(ConflictError):
    """A practice of our own: only others review it, report on it and ask about it."""

    code = "own_practice"


class PracticeEndedError(ConflictError):
    """The practice was withdrawn, erased or replaced: nothing is said about this version now."""

    code = "practice_ended"


class NotOursError(ConflictError):
    """What another organisation said, or what a former log of ours holds: not ours to take back."""

    code = "not_ours"


def review(
    tx: Tx,
    us: Us,
    ref: str,
    body: Mapping[str, object],
    *,
    officer: Officer,
    country: str | None,
    staff: Staff,
    now: int,
) -> str:
    """Review another organisation's practice, or replace our earlier review; return its ref.

    Args:
        tx: the transaction.
        us: who we are.
        ref: the version of the practice.
        body: as ``rules.responses.Review``.
        officer: whose key was unlocked with the PIN.
        country: ours; None when we stand for several.
        staff: who reviews.
        now: unix seconds.

    Raises:
        NotAllowedError: the person does not review.
        NoOfficerKeyError: the key is not the person's, or was revoked.
        NotFoundError, OwnPracticeError, PracticeEndedError: see ``open_practice``.
        InvalidFieldsError: a field breaks its rule.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes nothing now.
    """
    staff.require(Action.REVIEW_PRACTICE)
    check_may_sign(tx, officer, staff=staff)
    found = open_practice(tx, us, ref, staff=staff, others_only=True)
    parsed = parse_review(body)
    held = responses.own_of(tx, us.org, spots_of(found), REVIEW)
    place = place_of(us, found, held)
    new = NewEntry(
        kind=REVIEW,
        data=review_to_wire(parsed, place, country),
        audience=EVERYONE,
        retention_end=longest(now),
        officer=officer,
        targets=former(us, held),
    )
    return publish(tx, us, new, REVIEW, staff=staff, now=now)


def remark(tx: Tx, us: Us, ref: str, body: Mapping[str, object], *, staff: Staff, now: int) -> str:
    """Report use, comment, or ask the organisation whose practice it is; return the ref.

    Raises:
        NotAllowedError: the person does not comment.
        NotFoundError, OwnPracticeError, PracticeEndedError: see ``open_practice``.
        InvalidFieldsError: a field breaks its rule.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes nothing now.
    """
    staff.require(Action.REMARK_PRACTICE)
    parsed = parse_remark(body)
    if parsed.form not in ASKED_FORMS:
        raise InvalidFieldsError([error("form", "unknown_code")])
    found = open_practice(tx, us, ref, staff=staff, others_only=parsed.form != COMMENT)
    data = remark_to_wire(parsed, place_of(us, found, None), None)
    return publish(tx, us, _remark(data, now), parsed.form, staff=staff, now=now)


def answer(
    tx: Tx, us: Us, question: str, body: Mapping[str, object], *, staff: Staff, now: int
) -> str:
    """Answer a question about a practice of ours; return the ref.

    Raises:
        NotAllowedError: the person does not answer.
        NotFoundError: there is no such question about a practice of ours, or not any more.
        InvalidFieldsError: a field breaks its rule.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes nothing now.
    """
    staff.require(Action.ANSWER_QUESTION)
    asked = find_placed(tx, question)
    if asked.response.form != QUESTION or asked.status != "current":
        raise NotFoundError("there is no such question")
    target = format_ref(
        EntryRef(origin=asked.response.target_origin, index=asked.response.target_idx)
    )
    found = library.read_published(tx, us, target, staff=staff)
    if found.mark.org != us.org or found.newest.status != "current":
        raise NotFoundError("there is no such question about a practice of ours")
    parsed = parse_remark({**body, "form": ANSWER})
    data = remark_to_wire(parsed, place_of(us, found, None), question)
    return publish(tx, us, _remark(data, now), ANSWER, staff=staff, now=now)


def take_back(tx: Tx, us: Us, ref: str, *, reason: str, staff: Staff, now: int) -> Placed:
    """Erase everywhere what this organisation said, with all earlier versions of it.

    Raises:
        NotAllowedError: the person may not do this with such a thing.
        NotFoundError: there is none, or it was taken back already.
        NotOursError: another organisation said it.
        InvalidFieldsError: no reason.
        WaitingError, BehindError: our log takes nothing now.
    """
    held = find_placed(tx, ref)
    staff.require(_TAKES_BACK.get(held.response.form, Action.REMARK_PRACTICE))
    if held.origin != us.origin:
        raise NotOursError
    if held.status not in {"current", "superseded"}:
        raise NotFoundError("this was taken back already")
    why = read_reason(reason, required=True)
    indexes = _versions(tx, held)
    for start in range(0, len(indexes), MAX_ERASED):
        some = indexes[start : start + MAX_ERASED]
        erase(tx, us, some, actor=staff.account_id, why=TAKEN_BACK, now=now)
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op="disclose",
        object=f"response:{ref}",
        details={"event": "taken_back", "form": held.response.form},
        justification=why,
    )
    return held


def open_practice(
    tx: Tx, us: Us, ref: str, *, staff: Staff, others_only: bool = False
) -> Published:
    """Return the version of a practice that something is to be said about.

    Raises:
        NotAllowedError: the person does not read practices.
        NotFoundError: there is none.
        OwnPracticeError: it is ours, and only others may say this.
        PracticeEndedError: it does not stand any more, or there is a newer version.
    """
    found = library.read_published(tx, us, ref, staff=staff)
    if others_only and found.mark.org == us.org:
        raise OwnPracticeError
    if found.mark.status != "current" or found.body is None:
        raise PracticeEndedError
    return found


def find_placed(tx: Tx, ref: str) -> Placed:
    """Return what somebody said, by its ref.

    Raises:
        NotFoundError: there is none.
    """
    try:
        place = parse_ref(ref)
    except BadBodyError as fault:
        raise NotFoundError("this is no reference") from fault
    held = responses.find(tx, place.origin, place.index)
    if held is None:
        raise NotFoundError("nobody said this")
    return held


def spots_of(found: Published) -> tuple[Spot, ...]:
    """Return where all versions of a practice stand."""
    refs = [parse_ref(one.ref) for one in found.versions]
    return tuple((ref.origin, ref.index) for ref in refs)


def place_of(us: Us, found: Published, held: Placed | None) -> Place:
    """Return what a new response belongs to; the next version of ``held`` if there is one."""
    return Place(
        ref=found.mark.ref,
        id=held.item_id if held else us.random(ID_BYTES).hex(),
        version=held.version + 1 if held else 1,
        tlp=found.mark.tlp,
    )


def former(us: Us, held: Placed | None) -> tuple[int, ...]:
    """Return the targets of an entry that replaces ``held``."""
    return (held.response.idx,) if held and held.origin == us.origin else ()


def publish(tx: Tx, us: Us, new: NewEntry, form: str, *, staff: Staff, now: int) -> str:
    """Append a response, apply it as every receiver will, and return its ref.

    Raises:
        WaitingError, BehindError, StaleError, NoRoleError: our log takes nothing now.
    """
    done = append(tx, us, new, now=now)
    apply_responses(tx, us, [_incoming(us, done, now)])
    ref = format_ref(done.ref)
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op="disclose",
        object=f"response:{ref}",
        details={"event": "published", "form": form, "about": str(new.data["ref"])},
    )
    return ref


def _remark(data: Mapping[str, Value], now: int) -> NewEntry:
    return NewEntry(kind="remark", data=data, audience=EVERYONE, retention_end=longest(now))


def _incoming(us: Us, done: Appended, now: int) -> Incoming:
    return Incoming(
        log_id=done.log_id,
        origin=done.ref.origin,
        org=us.org,
        header=done.header,
        content=done.content,
        subject_id=None,
        now=now,
    )


def _versions(tx: Tx, held: Placed) -> Sequence[int]:
    log_id, form = held.response.log_id, held.response.form
    kind = form if form in {REVIEW, TRANSLATION} else "remark"
    return sorted(
        row.idx
        for row in publications.versions_of(tx, [log_id], [held.item_id])
        if row.kind == kind and row.status in {"current", "superseded"}
    )
