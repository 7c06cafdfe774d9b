"""What follows from an alert that some member published, ours included, and from each answer to one?

The newest entry of an item decides, never the version number that a sender claims.  Nothing here
raises for what a partner wrote.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from integra_node.actions import alert_announcing, notices
from integra_node.actions.alert_announcing import Arrived
from integra_node.rules.alert import ReceivedAlert, default_expiry, from_wire
from integra_node.rules.deadlines import acknowledgement_clock
from integra_node.rules.notice_kinds import NoticeKind
from integra_node.rules.retention import DAY_S, end_of_day
from integra_node.store import alert_interests, alerts, audit, log, publications
from integra_node.store.alerts import Answer, Duty
from integra_node.store.publications import Publication
from integra_protocol.bodies import EntryRef, format_ref, parse_feedback
from integra_protocol.entry import EVERYONE, parse_header
from integra_protocol.errors import BadBodyError
from integra_protocol.keys import parse_origin

if TYPE_CHECKING:
    from integra_node.actions.incoming import Incoming
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_protocol.bodies import Reply

LOG: Final = logging.getLogger(__name__)
KIND: Final = alerts.KIND
ANSWERED: Final = frozenset({"delivered", "bad-body"})
_STANDS: Final = frozenset({"current", "expired"})
_NO_TEXT: Final = "und"


def apply_alerts(tx: Tx, us: Us, incoming: Sequence[Incoming]) -> None:
    """Store each alert, and end the versions of the same item that it follows."""
    new: dict[tuple[str, str], Arrived] = {}
    for one in incoming:
        try:
            received = from_wire(one.content.data)
        except BadBodyError as fault:
            log.set_mark(tx, one.log_id, one.index, f"bad:{fault.why}")
            LOG.warning("alert not understood origin=%s index=%d", one.origin, one.index)
            continue
        status = _apply(tx, us, one, received)
        if status == "current" and one.org != us.org:
            new[one.org, received.id] = _arrived(one, received)
        elif status != "superseded":
            new.pop((one.org, received.id), None)
    if new:
        alert_announcing.announce(tx, us, new.values(), now=incoming[-1].now)


def apply_feedback(tx: Tx, us: Us, incoming: Sequence[Incoming]) -> None:
    """Note what other members say about an alert that is held here."""
    for one in incoming:
        feedback = parse_feedback(one.content)
        if one.org != us.org:
            _note(tx, us, one, feedback.target, feedback.what, feedback.band)


def apply_reply(tx: Tx, us: Us, one: Incoming, reply: Reply) -> bool:
    """Take a reply if it is about an alert of ours; return whether it was."""
    found = publications.find(tx, reply.target.origin, reply.target.index)
    if found is None or found.publication.kind != KIND:
        return False
    if reply.step in ANSWERED:
        _note(tx, us, one, reply.target, reply.step)
    return True


def _arrived(one: Incoming, received: ReceivedAlert) -> Arrived:
    return Arrived(
        log_id=one.log_id,
        index=one.index,
        ref=_ref(one),
        readers=received.readers,
        published_at=one.header.time,
    )


def _apply(tx: Tx, us: Us, one: Incoming, received: ReceivedAlert) -> str:
    """Store one version and return what it counts as; older ones end."""
    logs = alerts.log_ids_of(tx, one.org)
    versions = publications.versions_of(tx, logs, [received.id])
    others = [
        row for row in versions if row.kind == KIND and _place(row) != (one.log_id, one.index)
    ]
    is_newest = all(_age(logs, row) < _age(logs, one) for row in others)
    stored = _row(one, received, is_newest=is_newest)
    publications.add(tx, [stored])
    alerts.add_duties(tx, [_duty(us, one, received)])
    _add_scope(tx, one, received)
    ended = [row for row in others if _age(logs, row) < _age(logs, one) and row.status in _STANDS]
    publications.set_status(tx, [_place(row) for row in ended], "superseded")
    for row in ended:
        over = format_ref(EntryRef(origin=logs[row.log_id], index=row.idx))
        for kind in (NoticeKind.ALERT_OVERDUE, NoticeKind.ALERT_NEW):
            notices.settle(tx, kind, over, now=one.now)
    if received.body is None:
        older = [_place(row) for row in others if _age(logs, row) < _age(logs, one)]
        told = alerts.readers_of(tx, older)
        notices.tell(tx, told, NoticeKind.ALERT_RETRACTED, _ref(one), now=one.now)
    if one.org != us.org:
        audit.record(
            tx,
            now=one.now,
            actor=one.org,
            op="receive",
            object=f"{KIND}:{one.origin} {one.index}",
            details={"tlp": received.tlp.value, "version": received.version},
        )
    return stored.status


def _add_scope(tx: Tx, one: Incoming, received: ReceivedAlert) -> None:
    body = received.body
    if body is None or received.tlp.is_sealed or one.header.sealed:
        return  # nothing of what is sealed lies in clear
    alert_interests.add_scope(
        tx, one.log_id, one.index, settings=body.settings, regions=body.regions
    )


def _row(one: Incoming, received: ReceivedAlert, *, is_newest: bool) -> Publication:
    expires_at = _expires_at(one, received)
    status = "current" if received.body is not None else "retracted"
    if not is_newest:
        status = "superseded"
    elif expires_at is not None and expires_at <= one.now:
        status = "expired"
    return Publication(
        log_id=one.log_id,
        idx=one.index,
        kind=KIND,
        item_id=received.id,
        version=received.version,
        status=status,
        tlp=received.tlp.value,
        language=received.body.language if received.body else _NO_TEXT,
        published_at=min(one.header.time, one.now + DAY_S),  # the issuer's word, within reason
        expires_at=expires_at,
        subject_id=one.subject_id,
        readers=",".join(received.readers) or None,
        change=0,
    )


def _expires_at(one: Incoming, received: ReceivedAlert) -> int | None:
    """Return the first second after the alert's last day in UTC, never after its retention."""
    body = received.body
    if body is None:
        return None
    start = body.valid_from or _day(min(one.header.time, one.now))
    last = body.expires_at or default_expiry(body.severity, start)
    return min(end_of_day(last), one.header.retention_end)


def _duty(us: Us, one: Incoming, received: ReceivedAlert) -> Duty:
    """Return what is asked of us; the clock starts when the alert arrived, not when it was sent."""
    body = received.body
    severity = body.severity if body is not None else ""
    owed = body is not None and one.org != us.org
    arrived = datetime.fromtimestamp(one.now, UTC)
    clock = acknowledgement_clock(severity, arrived, us.zone) if owed else None
    return Duty(
        log_id=one.log_id,
        idx=one.index,
        severity=severity,
        type=body.type if body is not None else "",
        must_ack=owed and (clock is not None or bool(body and body.ack_required)),
        due_at=int(clock.due_at.timestamp()) if clock is not None else None,
    )


def _note(tx: Tx, us: Us, one: Incoming, target: EntryRef, what: str, band: str = "") -> None:
    found = publications.find(tx, target.origin, target.index)
    if found is None or found.publication.kind != KIND or one.org == found.org:
        return
    audience = parse_header(found.header).audience
    # Who was not told of an alert cannot answer it, and what was sealed is not answered openly.
    if audience != EVERYONE and (one.org not in audience or not one.header.sealed):
        LOG.warning("answer of an outsider origin=%s index=%d", one.origin, one.index)
        return
    alerts.replace_answer(
        tx,
        Answer(
            log_id=found.publication.log_id,
            idx=found.publication.idx,
            org=one.org,
            what=what,
            account_id=None,
            at=one.now,
            reply_origin=one.origin,
            reply_idx=one.index,
            band=band or None,
        ),
    )
    if found.org == us.org:
        audit.record(
            tx,
            now=one.now,
            actor=one.org,
            op="receive",
            object=f"{KIND}:{target.origin} {target.index}",
            details={"answer": what},
        )


def _ref(one: Incoming) -> str:
    return format_ref(EntryRef(origin=one.origin, index=one.index))


def _place(row: Publication) -> tuple[int, int]:
    return row.log_id, row.idx


def _age(logs: dict[int, str], row: Publication | Incoming) -> tuple[int, int]:
    """Return what orders the entries of one organisation: epoch, then index."""
    index = row.idx if isinstance(row, Publication) else row.index
    return parse_origin(logs[row.log_id])[1], index


def _day(at: int) -> date:
    return datetime.fromtimestamp(at, UTC).date()
