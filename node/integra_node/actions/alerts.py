"""How does an alert of ours go out: cleared by a second person, signed, superseded, retracted?

What is published stands in the log, signed by an officer, and is never changed: only followed by a
newer version, or by one without a body that takes it back.  Each function is one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from integra_node.actions import alert_recipients as recipients
from integra_node.actions import notices, opening
from integra_node.actions.alert_drafts import (
    IMPORTED_BY,
    KIND,
    OwnAlert,
    begin,
    record,
    save,
    today_of,
)
from integra_node.actions.alerts_received import apply_alerts
from integra_node.actions.incoming import Incoming
from integra_node.actions.officers import check_may_sign
from integra_node.actions.publishing import NewEntry, append
from integra_node.rules import alert_draft as texts
from integra_node.rules.alert import (
    AlertEvent,
    AlertState,
    AlertStateError,
    from_wire,
    next_state,
    retraction_to_wire,
    to_wire,
    with_defaults,
)
from integra_node.rules.alert_draft import NO_ANSWERS, AlertDraft
from integra_node.rules.alert_screening import NO_DECISIONS, is_given_back, parse_decisions
from integra_node.rules.markings import Tlp, audience
from integra_node.rules.notice_kinds import NoticeKind
from integra_node.rules.permissions import Action, require_second_person
from integra_node.rules.problems import Problem, error, require_none
from integra_node.rules.retention import alert_end, within_bounds
from integra_node.store import rosters
from integra_protocol.entry import EVERYONE
from integra_protocol.errors import NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.publishing import Appended, Officer
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_protocol.canonical import Value
    from integra_protocol.entry import Header

_OPEN = (AlertState.DRAFT, AlertState.CLEARED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """The newest published version of an alert of ours."""

    header: Header
    tlp: Tlp
    readers: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edition:
    """A version that is about to be published."""

    data: Mapping[str, Value]
    label: Tlp
    audience: tuple[str, ...]
    retention_end: int
    officer: Officer


def clear(
    tx: Tx,
    us: Us,
    alert_id: str,
    answers: Mapping[str, object],
    *,
    words: Mapping[str, object] = NO_DECISIONS,
    etag: int | None = None,
    staff: Staff,
    now: int,
) -> OwnAlert:
    """Clear what somebody else wrote, with the bias questions answered.

    ``words`` has a decision about each finding of the screening, by its id.  When one of them has
    to go the alert stays a draft with the decisions, and its author is told.

    Raises:
        SecondPersonError: the person wrote it.
        NotAllowedError, NotFoundError, AlertStateError, PreconditionFailedError: as ``edit``.
        InvalidFieldsError: something is missing, a question is not answered, or nobody has
            decided about words that may point at a person.
    """
    held = begin(tx, us, alert_id, Action.CLEAR_ALERT, etag, staff)
    target = next_state(held.state, AlertEvent.CLEAR).target
    require_second_person(staff.account_id, [held.row.author_id])
    decided = parse_decisions(words)
    if is_given_back(held.draft.alert, decided):
        return _give_back(tx, us, held, decided, staff, now)
    draft = replace(held.draft, bias=texts.parse_answers(answers), words=decided)
    require_none(problems_of(tx, us, replace(held, draft=draft), now=now))
    after = save(tx, us, held, draft, now=now, status=target.value, second_id=staff.account_id)
    record(tx, after, staff.account_id, now, event="cleared")
    return after


def _give_back(
    tx: Tx, us: Us, held: OwnAlert, words: Mapping[str, str], staff: Staff, now: int
) -> OwnAlert:
    """Keep what has to be taken out, and tell who wrote it; the state stays the same."""
    after = save(tx, us, held, replace(held.draft, words=words), now=now)
    record(tx, after, staff.account_id, now, event="given_back")
    author = {held.row.author_id} - {IMPORTED_BY}
    kind = NoticeKind.ALERT_GIVEN_BACK
    notices.tell(tx, author, kind, held.row.id, now=now, again=True)
    return after


def publish(
    tx: Tx,
    us: Us,
    alert_id: str,
    *,
    officer: Officer,
    etag: int | None = None,
    staff: Staff,
    now: int,
) -> OwnAlert:
    """Publish a cleared alert under an officer's signature.

    ``officer`` was unlocked with the PIN before the transaction.

    Raises:
        NotAllowedError, NotFoundError, AlertStateError, PreconditionFailedError: as ``edit``.
        NoOfficerKeyError: the key is not the person's, or was revoked.
        InvalidFieldsError: something is missing, or a recipient cannot receive it.
        WaitingError, BehindError, StaleError, NoRoleError, UnknownKeyError: our log takes no
            alert now.
    """
    held = begin(tx, us, alert_id, Action.PUBLISH_ALERT, etag, staff)
    target = next_state(held.state, AlertEvent.PUBLISH).target
    check_may_sign(tx, officer, staff=staff)
    draft = replace(held.draft, alert=with_defaults(held.draft.alert, today_of(us, now)))
    held = replace(held, draft=draft)
    require_none(problems_of(tx, us, held, now=now))
    label, day = draft.alert.tlp, draft.alert.expires_at or today_of(us, now)
    edition = _Edition(
        data=to_wire(draft.alert, held.row.id, held.row.version, draft.readers),
        label=label,
        audience=audience(label, draft.audience, draft.readers, us.org),
        retention_end=alert_end(day, now),
        officer=officer,
    )
    appended = _append(tx, us, held, edition, now)
    after = save(
        tx,
        us,
        held,
        draft,
        now=now,
        status=target.value,
        origin=appended.ref.origin,
        idx=appended.ref.index,
    )
    record(tx, after, staff.account_id, now, op="disclose", event="published", officer=officer.id)
    return after


def begin_version(tx: Tx, us: Us, alert_id: str, *, staff: Staff, now: int) -> OwnAlert:
    """Start the version that will supersede what is published, which stands until then.

    Raises:
        NotAllowedError: the person does not write alerts.
        NotFoundError: there is no such alert of ours.
        AlertStateError: it is not published.
    """
    held = begin(tx, us, alert_id, Action.WRITE_ALERT, None, staff)
    if held.state is not AlertState.PUBLISHED:
        raise AlertStateError("only what is published gets a new version")
    # The day it ends is asked anew: the old one may have passed.
    text = held.draft.alert.model_copy(update={"valid_from": None, "expires_at": None})
    after = save(
        tx,
        us,
        held,
        replace(held.draft, alert=text, bias=NO_ANSWERS, words=NO_DECISIONS),
        now=now,
        status=AlertState.DRAFT.value,
        version=held.row.version + 1,
        author_id=staff.account_id,
        second_id=None,
    )
    record(tx, after, staff.account_id, now, op="collect", event="new_version")
    return after


def retract(
    tx: Tx,
    us: Us,
    alert_id: str,
    *,
    reason: str,
    sure: bool = False,
    officer: Officer,
    etag: int | None = None,
    staff: Staff,
    now: int,
) -> OwnAlert:
    """Take back what was published: a new version with a reason and no body, to whoever got it.

    ``sure``: the person has looked at words of the reason that may point at somebody.

    Raises:
        NotAllowedError, NotFoundError, AlertStateError, PreconditionFailedError: as ``edit``.
        NoOfficerKeyError: the key is not the person's, or was revoked.
        InvalidFieldsError: no reason, or one that may point at a person and nobody is sure.
        WaitingError, BehindError, StaleError, NoRoleError, UnknownKeyError: as ``publish``.
    """
    held = begin(tx, us, alert_id, Action.RETRACT_ALERT, etag, staff)
    standing = _retractable(tx, us, held)
    check_may_sign(tx, officer, staff=staff)
    why = texts.parse_reason(reason)
    require_none(texts.problems_of_reason(why, held.draft.alert.language) if not sure else ())
    version = max(held.row.version, standing.version + 1)
    edition = _retraction(held, standing, version, why, officer, now)
    appended = _append(tx, us, held, edition, now)
    after = save(
        tx,
        us,
        held,
        replace(held.draft, reason=why),
        now=now,
        status=AlertState.RETRACTED.value,
        version=version,
        origin=appended.ref.origin,
        idx=appended.ref.index,
    )
    record(tx, after, staff.account_id, now, op="disclose", event="retracted", officer=officer.id)
    wrote = {one for one in (held.row.author_id, held.row.second_id) if one is not None}
    told = wrote - {IMPORTED_BY, staff.account_id}
    notices.tell(tx, told, NoticeKind.ALERT_RETRACTED, after.ref, now=now)
    return replace(after, draft=texts.without_text(after.draft))


def problems_of(tx: Tx, us: Us, held: OwnAlert, *, now: int) -> tuple[Problem, ...]:
    """Return what forbids publishing, or asks for a look."""
    draft, today = held.draft, today_of(us, now)
    found = texts.problems_to_publish(draft, us.org, today)
    return (
        *found,
        *recipients.problems_of(tx, rosters.current(tx), draft),
        *_shrinking(_standing(tx, us, held), draft),
    )


def problems_before_clear(tx: Tx, us: Us, held: OwnAlert, *, now: int) -> tuple[Problem, ...]:
    """Return what its author still has to mend."""
    return tuple(
        p for p in problems_of(tx, us, held, now=now) if not p.path.startswith(("bias.", "words."))
    )


def _retraction(
    held: OwnAlert, standing: _Standing, version: int, why: str, officer: Officer, now: int
) -> _Edition:
    """Return the version without a body, for whoever got what stands."""
    return _Edition(
        data=retraction_to_wire(held.row.id, version, standing.tlp, why, standing.readers),
        label=standing.tlp,
        audience=standing.header.audience,
        retention_end=within_bounds(standing.header.retention_end, now),
        officer=officer,
    )


def _retractable(tx: Tx, us: Us, held: OwnAlert) -> _Standing:
    """Return the version that a retraction takes back.

    Raises:
        AlertStateError: nothing is published, or it was retracted or erased.
    """
    standing = _standing(tx, us, held)
    # A published version is taken back even while its successor is being written.
    next_state(
        AlertState.PUBLISHED if standing and held.state in _OPEN else held.state,
        AlertEvent.RETRACT,
    )
    if standing is None:
        raise AlertStateError("what was published is erased")
    return standing


def _append(tx: Tx, us: Us, held: OwnAlert, edition: _Edition, now: int) -> Appended:
    """Append a version to our log and apply it here as any receiver will."""
    sealed = edition.label.is_sealed
    new = NewEntry(
        kind=KIND,
        data=edition.data,
        audience=edition.audience,
        retention_end=edition.retention_end,
        sealed=sealed,
        officer=edition.officer,
        targets=_targets(us, held, _standing(tx, us, held), edition.audience),
        subject_id=held.row.subject_id if sealed else None,
    )
    done = append(tx, us, new, now=now)
    incoming = Incoming(
        log_id=done.log_id,
        origin=done.ref.origin,
        org=us.org,
        header=done.header,
        content=done.content,
        subject_id=done.subject_id,
        now=now,
    )
    apply_alerts(tx, us, [incoming])
    return done


def _standing(tx: Tx, us: Us, held: OwnAlert) -> _Standing | None:
    """Return the newest published version, None when there is none or it was erased."""
    if held.row.origin is None or held.row.idx is None:
        return None
    try:
        header, content, _ = opening.read_stored(tx, us, held.row.origin, held.row.idx)
    except NotFoundError:
        return None
    found = from_wire(content.data)
    return _Standing(header=header, tlp=found.tlp, readers=found.readers, version=found.version)


def _targets(
    us: Us, held: OwnAlert, standing: _Standing | None, to: tuple[str, ...]
) -> tuple[int, ...]:
    """Return the version that this one follows, unless some of the audience may not know of it."""
    if standing is None or held.row.origin != us.origin:
        return ()
    known_to_all = standing.header.audience == EVERYONE or set(to) <= set(standing.header.audience)
    return (standing.header.index,) if known_to_all else ()


def _shrinking(standing: _Standing | None, draft: AlertDraft) -> tuple[Problem, ...]:
    """Whoever got the last version gets this one too: nobody is left with what no longer holds."""
    if standing is None or not draft.alert.tlp.is_sealed:
        return ()
    if set(standing.header.audience) <= set(draft.audience):
        return ()
    return (error("audience", "audience_shrinks"),)
