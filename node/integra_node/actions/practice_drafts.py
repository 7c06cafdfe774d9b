"""How is a practice of our own written: begun, edited, handed in, given back, begun anew?

Each function here is one transaction and one row or more in the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integra_node.actions import notices
from integra_node.actions.changed import check_etag
from integra_node.actions.practice_rows import (
    IMPORTED_BY,
    KIND,
    change,
    find,
    new_row,
    parse_all,
    read_body,
    read_reason,
    record,
    record_all,
    screened,
    texts_of,
)
from integra_node.rules.notice_kinds import NoticeKind
from integra_node.rules.permissions import Action, require_second_person
from integra_node.rules.practice import (
    PracticeEvent,
    PracticeState,
    PracticeStateError,
    PracticeTransition,
    next_state,
    parse_practice,
    problems_before_submit,
)
from integra_node.rules.problems import require_none
from integra_node.rules.wire import to_value
from integra_node.store import drafts
from integra_node.store.drafts import Draft
from integra_protocol.canonical import encode
from integra_protocol.errors import NotAllowedError, NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx


class NotAuthorError(NotAllowedError):
    """Only the person who writes a draft changes it."""

    code = "not_author"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An event that may happen to a practice of ours, which is locked until it has."""

    held: Draft
    transition: PracticeTransition


def create(tx: Tx, us: Us, body: Mapping[str, object], *, staff: Staff, now: int) -> Draft:
    """Start a practice: only title and language are needed.

    Raises:
        NotAllowedError: the person does not write practices.
        InvalidFieldsError: a field breaks its rule.
    """
    return create_all(tx, us, [body], submit=False, staff=staff, now=now)[0]


def create_all(
    tx: Tx,
    us: Us,
    bodies: Sequence[Mapping[str, object]],
    *,
    submit: bool,
    staff: Staff,
    now: int,
) -> tuple[Draft, ...]:
    """Start up to 500 practices, all or none; with ``submit`` they wait for a second person.

    Raises:
        NotAllowedError: the person does not write practices.
        InvalidFieldsError: a field breaks its rule; paths begin with the number of the body.
    """
    staff.require(Action.WRITE_PRACTICE)
    parsed = parse_all(bodies, submit=submit)
    status = PracticeState.SUBMITTED if submit else PracticeState.DRAFT
    rows = [new_row(us, one, status, staff.account_id, now) for one in parsed]
    drafts.add_all(tx, rows)
    record_all(tx, rows, staff.account_id, now, op="collect", event=status.value)
    return tuple(rows)


def edit(
    tx: Tx,
    practice_id: str,
    body: Mapping[str, object],
    *,
    etag: int | None,
    staff: Staff,
    now: int,
) -> Draft:
    """Replace the text of a draft.

    Raises:
        NotAllowedError: the person is not its author.
        NotFoundError: there is no such practice of ours.
        PracticeStateError: it is not a draft.
        PreconditionFailedError: it has changed since version ``etag`` was read.
        InvalidFieldsError: a field breaks its rule.
    """
    step = begin(tx, practice_id, PracticeEvent.EDIT, etag=etag, staff=staff)
    _require_author(step.held, staff)
    changed = texts_of(parse_practice(body))
    after = change(tx, step.held, now=now, **changed)
    record(tx, after, staff.account_id, now, event="edited")
    return after


def submit(tx: Tx, practice_id: str, *, etag: int | None = None, staff: Staff, now: int) -> Draft:
    """Hand a draft to a second person.

    Raises:
        NotAllowedError: the person is not its author.
        NotFoundError, PracticeStateError, PreconditionFailedError: as ``edit``.
        InvalidFieldsError: something is missing that readers need.
    """
    step = begin(tx, practice_id, PracticeEvent.SUBMIT, etag=etag, staff=staff)
    _require_author(step.held, staff)
    body = read_body(step.held)
    require_none(problems_before_submit(body))
    after = change(
        tx,
        step.held,
        now=now,
        status=step.transition.target.value,
        reason="",
        wire=encode(to_value(body)),
        words=screened(body),
    )
    record(tx, after, staff.account_id, now, event="submitted")
    notices.settle(tx, NoticeKind.PRACTICE_GIVEN_BACK, after.id, now=now)
    return after


def give_back(
    tx: Tx, practice_id: str, *, reason: str, etag: int | None = None, staff: Staff, now: int
) -> Draft:
    """Make a submitted practice a draft again: its author takes it back, or another asks for more.

    Raises:
        NotAllowedError, NotFoundError, PracticeStateError, PreconditionFailedError: as ``edit``.
        InvalidFieldsError: another person gave no reason.
    """
    step = begin(tx, practice_id, PracticeEvent.RETURN, etag=etag, staff=staff)
    own = staff.account_id == step.held.author_id
    why = read_reason(reason, required=not own)
    after = change(tx, step.held, now=now, status=step.transition.target.value, reason=why)
    record(tx, after, staff.account_id, now, event="returned", justification=why)
    if not own:
        author = {step.held.author_id} - {IMPORTED_BY}
        notices.tell(tx, author, NoticeKind.PRACTICE_GIVEN_BACK, after.id, now=now, again=True)
    return after


def begin_version(tx: Tx, practice_id: str, *, staff: Staff, now: int) -> Draft:
    """Start the next version of what was published; the former one stays until that is published.

    Raises:
        NotAllowedError: the person does not write practices.
        NotFoundError: there is no such practice of ours.
        PracticeStateError: it is not published.
    """
    staff.require(Action.WRITE_PRACTICE)
    held = find(tx, practice_id)
    if held.status not in {PracticeState.PUBLISHED, PracticeState.DEPRECATED}:
        raise PracticeStateError("only what is published gets a new version")
    after = change(
        tx,
        held,
        now=now,
        status=PracticeState.DRAFT.value,
        version=held.version + 1,
        author_id=staff.account_id,
        second_id=None,
        reason="",
    )
    record(tx, after, staff.account_id, now, op="collect", event="new_version")
    return after


def begin(
    tx: Tx, practice_id: str, event: PracticeEvent, *, etag: int | None, staff: Staff
) -> Step:
    """Find a practice of ours by its id and check that this person may do this to it now.

    Raises:
        NotAllowedError, NotFoundError, PracticeStateError, PreconditionFailedError: as ``edit``.
    """
    staff.require(Action.WRITE_PRACTICE)
    held = drafts.find(tx, practice_id, for_update=True)
    step = step_of(held, event, staff)
    check_etag(step.held.etag, etag)
    return step


def step_of(held: Draft | None, event: PracticeEvent, staff: Staff) -> Step:
    """Check that this person may do this to what was found.

    Raises:
        NotFoundError: nothing was found, or no practice.
        NotAllowedError: it is not for this person; or for a second one, and they wrote it.
        PracticeStateError: it cannot happen in its state.
    """
    if held is None or held.kind != KIND:
        raise NotFoundError("there is no such practice of this organisation")
    transition = next_state(PracticeState(held.status), event)
    staff.require(transition.action)
    if transition.second_person:
        require_second_person(staff.account_id, [held.author_id])
    return Step(held=held, transition=transition)


def _require_author(held: Draft, staff: Staff) -> None:
    if held.author_id != staff.account_id:
        raise NotAuthorError("only its author changes a draft")
