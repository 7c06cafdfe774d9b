"""How does this node answer an alert of another member: acknowledged, seen here too, false?

An answer is the organisation's word: one for each, whoever of us gives it first.  To a clear alert
it goes to everybody, to a sealed one sealed to its issuer (docs/protocol.md section 4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from integra_node.actions import notices
from integra_node.actions.alert_reading import visible
from integra_node.actions.publishing import NewEntry, append
from integra_node.rules.codes import is_known
from integra_node.rules.notice_kinds import NoticeKind
from integra_node.rules.permissions import Action
from integra_node.rules.problems import InvalidFieldsError, error
from integra_node.rules.retention import within_bounds
from integra_node.store import alerts, audit, rosters
from integra_node.store.alerts import Answer
from integra_protocol.bodies import format_ref
from integra_protocol.entry import EVERYONE, parse_header
from integra_protocol.errors import ConflictError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_node.store.publications import Standing
    from integra_protocol.bodies import EntryRef

ACK: Final = "ack"
SEEN: Final = "seen"
_WORDS: Final = "alert_feedback"
_BANDS: Final = "count_band"
_ENDED: Final = frozenset({"retracted", "erased"})


class OwnAlertError(ConflictError):
    """Our own alert: only others answer it."""

    code = "own_alert"


class AlertEndedError(ConflictError):
    """The alert was retracted or erased: there is nothing left to answer."""

    code = "alert_ended"


def acknowledge(tx: Tx, us: Us, ref: str, *, staff: Staff, now: int) -> Answer:
    """Acknowledge an alert for this organisation; a second time changes nothing.

    Raises:
        NotAllowedError: the person does not acknowledge alerts.
        NotFoundError: there is no such alert for them.
        OwnAlertError, AlertEndedError: there is nothing to acknowledge.
        WaitingError, BehindError, StaleError: our log takes nothing now.
    """
    staff.require(Action.ACKNOWLEDGE_ALERT)
    answer = _answer(tx, us, ref, ACK, staff, now)
    notices.settle(tx, NoticeKind.ALERT_OVERDUE, ref, now=now)
    return answer


def give_feedback(
    tx: Tx, us: Us, ref: str, what: str, *, band: str = "", staff: Staff, now: int
) -> Answer:
    """Tell the issuer what we know: ``seen`` here too, ``not-seen``, or ``false``.

    ``band`` says with ``seen`` how often, a code of list ``count_band``; beside another word it is
    left out.

    Raises:
        NotAllowedError: the person does not give feedback.
        InvalidFieldsError: another word.
        NotFoundError, OwnAlertError, AlertEndedError, WaitingError, BehindError, StaleError: as
            ``acknowledge``.
    """
    staff.require(Action.GIVE_ALERT_FEEDBACK)
    if what == ACK or not is_known(_WORDS, what):
        raise InvalidFieldsError([error("what", "unknown_code" if what else "required")])
    if band and not is_known(_BANDS, band):
        raise InvalidFieldsError([error("band", "unknown_code")])
    return _answer(tx, us, ref, what, staff, now, band if what == SEEN else "")


def _answer(tx: Tx, us: Us, ref: str, what: str, staff: Staff, now: int, band: str = "") -> Answer:
    found = visible(tx, us, ref, staff=staff)
    if found.org == us.org:
        raise OwnAlertError
    row = found.publication
    if row.status in _ENDED:
        raise AlertEndedError
    newest = _newest_of_us(tx, us, found)
    if what in newest and (newest[what].band or "") == band:
        return newest[what]
    entry = _append(tx, us, found, what, band, now)
    answer = Answer(
        log_id=row.log_id,
        idx=row.idx,
        org=us.org,
        what=what,
        account_id=staff.account_id,
        at=now,
        reply_origin=entry.origin if entry else None,
        reply_idx=entry.index if entry else None,
        band=band or None,
    )
    alerts.replace_answer(tx, answer)
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op="disclose",
        object=f"alert:{found.origin} {row.idx}",
        details={"answer": what, "ref": format_ref(entry) if entry else ""},
    )
    return answer


def _newest_of_us(tx: Tx, us: Us, found: Standing) -> dict[str, Answer]:
    """Return what still counts of our own answers: the acknowledgement, and the last word."""
    row = found.publication
    ours = [one for one in alerts.answers_to(tx, row.log_id, row.idx) if one.org == us.org]
    words = [one for one in ours if one.what != ACK]
    kept = [one for one in ours if one.what == ACK] + words[-1:]
    return {one.what: one for one in kept}


def _append(tx: Tx, us: Us, found: Standing, what: str, band: str, now: int) -> EntryRef | None:
    """Append our answer; None when its reader is no member any more and it was sealed."""
    header = parse_header(found.header)
    if header.sealed and not rosters.current(tx).is_active(found.org):
        return None
    new = NewEntry(
        kind="alert-feedback",
        data={
            "o": found.origin,
            "i": header.index,
            "what": what,
            **({"band": band} if band else {}),
        },
        audience=(found.org,) if header.sealed else EVERYONE,
        retention_end=within_bounds(header.retention_end, now),
        sealed=header.sealed,
        subject_id=found.publication.subject_id,
    )
    return append(tx, us, new, now=now).ref
