"""How is an alert of our own written, and who here may see it before it goes out?

One row of ``draft`` is one alert for life.  Its working text is sealed under a subject key of its
own from the first save, whatever its label: a GREEN alert may become AMBER while it is written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from integra_node import vault
from integra_node.actions.changed import check_etag
from integra_node.rules import alert_draft as texts
from integra_node.rules.alert import AlertEvent, AlertState, next_state
from integra_node.rules.alert_draft import AlertDraft
from integra_node.rules.markings import Tlp
from integra_node.rules.permissions import Action
from integra_node.rules.problems import InvalidFieldsError, error
from integra_node.store import audit, drafts, subject_keys
from integra_node.store.drafts import Draft
from integra_protocol.bodies import EntryRef, format_ref, parse_ref
from integra_protocol.errors import BadBodyError, NotAllowedError, NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx

KIND: Final = "alert"
ID_BYTES: Final = 16
MAX_SOURCE: Final = 128  # characters
IMPORTED_BY: Final = "operator"


class NotAuthorError(NotAllowedError):
    """Only the person who writes a draft changes it."""

    code = "not_author"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAlert:
    """An alert of ours: its row, and its working text open in memory."""

    row: Draft
    draft: AlertDraft

    @property
    def ref(self) -> str:
        """The name of the newest published version; empty when there is none."""
        if self.row.origin is None or self.row.idx is None:
            return ""
        return format_ref(EntryRef(origin=self.row.origin, index=self.row.idx))

    @property
    def state(self) -> AlertState:
        """Where the working text is."""
        return AlertState(self.row.status)


def create(
    tx: Tx, us: Us, draft: AlertDraft, *, source_id: str = "", staff: Staff, now: int
) -> OwnAlert:
    """Start an alert; with a ``source_id`` that was used before, return what it made then.

    Raises:
        NotAllowedError: the person does not write alerts.
        InvalidFieldsError: the source is too long.
    """
    staff.require(Action.WRITE_ALERT)
    return _create(tx, us, draft, source_id, staff.account_id, now)


def create_as_operator(
    tx: Tx, us: Us, draft: AlertDraft, *, source_id: str, actor: str, now: int
) -> OwnAlert:
    """Take a draft in from a file at the machine's command line: the operator's act, audited.

    Raises:
        InvalidFieldsError: the source is too long.
    """
    return _create(tx, us, draft, source_id, actor, now)


def edit(
    tx: Tx, us: Us, alert_id: str, draft: AlertDraft, *, etag: int | None, staff: Staff, now: int
) -> OwnAlert:
    """Replace the text of a draft; a clearance is taken back, since it was for the old text.

    What the operator took in from a file becomes the alert of whoever changes it first.

    Raises:
        NotAllowedError: the person is not its author.
        NotFoundError: there is no such alert of ours.
        AlertStateError: it is published.
        PreconditionFailedError: it has changed since version ``etag`` was read.
    """
    held = begin(tx, us, alert_id, Action.WRITE_ALERT, etag, staff)
    if held.row.author_id not in {staff.account_id, IMPORTED_BY}:
        raise NotAuthorError("only its author changes a draft")
    target = next_state(held.state, AlertEvent.EDIT).target
    after = save(
        tx,
        us,
        held,
        draft,
        now=now,
        status=target.value,
        author_id=staff.account_id,
        second_id=None,
    )
    record(tx, after, staff.account_id, now, event="edited")
    return after


def read_own(tx: Tx, us: Us, alert_id: str, *, staff: Staff) -> OwnAlert:
    """Return an alert of our own by its id, or by the ref of its newest version.

    Raises:
        NotFoundError: there is none for this person: they do not write alerts, or it is RED and
            others work on it.
    """
    if not staff.may(Action.WRITE_ALERT):
        raise NotFoundError("there is no such alert of this organisation")
    held = find(tx, us, alert_id)
    if not may_open(held, staff):
        raise NotFoundError("there is no such alert of this organisation")
    return held


def list_own(
    tx: Tx,
    us: Us,
    *,
    statuses: Sequence[AlertState] = (),
    before: tuple[int, str] | None = None,
    limit: int = 50,
    staff: Staff,
) -> tuple[OwnAlert, ...]:
    """Return alerts of our own organisation, newest change first, without RED ones of others.

    Raises:
        NotAllowedError: the person does not write alerts.
    """
    staff.require(Action.WRITE_ALERT)
    rows = drafts.newest(tx, KIND, statuses=statuses, before=before, limit=limit)
    found = (_opened(tx, us, row) for row in rows)
    return tuple(one for one in found if may_open(one, staff))


def list_for_operator(tx: Tx, *, limit: int) -> tuple[Draft, ...]:
    """Return the rows of our own alerts, without their texts, for the machine's command line."""
    return drafts.newest(tx, KIND, limit=limit)


def may_open(held: OwnAlert, staff: Staff) -> bool:
    """Say whether a person of ours may see the working text; RED is for who works on it."""
    if held.draft.alert.tlp is not Tlp.RED or held.state is AlertState.DRAFT:
        return True
    return staff.account_id in {held.row.author_id, held.row.second_id} or (
        held.state is AlertState.CLEARED and staff.may(Action.PUBLISH_ALERT)
    )


def today_of(us: Us, now: int) -> date:
    """Return the day at this agency."""
    return datetime.fromtimestamp(now, us.zone).date()


def begin(
    tx: Tx, us: Us, alert_id: str, action: Action, etag: int | None, staff: Staff
) -> OwnAlert:
    """Lock an alert of ours for somebody who may do this to it.

    Raises:
        NotAllowedError: their roles do not allow it.
        NotFoundError: there is none, or it is RED and not for them; whoever may take alerts back
            may take that back too, without reading it.
        PreconditionFailedError: it has changed since version ``etag`` was read.
    """
    staff.require(action)
    held = find(tx, us, alert_id, for_update=True)
    if action is not Action.RETRACT_ALERT and not may_open(held, staff):
        raise NotFoundError("there is no such alert of this organisation")
    check_etag(held.row.etag, etag)
    return held


def find(tx: Tx, us: Us, alert_id: str, *, for_update: bool = False) -> OwnAlert:
    """Return an alert of our own; whoever calls decides who may see it.

    Raises:
        NotFoundError: there is none, or it was erased.
    """
    row = drafts.find(tx, alert_id, for_update=for_update)
    if row is None and "~" in alert_id:
        row = _by_ref(tx, alert_id)
    if row is None or row.kind != KIND:
        raise NotFoundError("there is no such alert of this organisation")
    return _opened(tx, us, row)


def _by_ref(tx: Tx, text: str) -> Draft | None:
    try:
        ref = parse_ref(text)
    except BadBodyError:
        return None
    return drafts.find_published(tx, ref.origin, ref.index)


def _create(tx: Tx, us: Us, draft: AlertDraft, source_id: str, author: str, now: int) -> OwnAlert:
    if len(source_id) > MAX_SOURCE:
        raise InvalidFieldsError([error("source_id", "too_long", max=MAX_SOURCE)])
    held = drafts.find_source(tx, source_id) if source_id else None
    if held is not None:
        if held.kind != KIND:
            raise InvalidFieldsError([error("source_id", "duplicate")])
        return _opened(tx, us, held)
    subject_id = subject_keys.make(tx, master=us.keys.master, random=us.random, now=now)
    alert_id = us.random(ID_BYTES).hex()
    row = Draft(
        id=alert_id,
        kind=KIND,
        status=AlertState.DRAFT.value,
        version=1,
        etag=1,
        language=draft.alert.language,
        title="",
        tlp=draft.alert.tlp.value,
        body=_sealed(tx, us, alert_id, subject_id, draft),
        subject_id=subject_id,
        author_id=author,
        second_id=None,
        reason="",
        source_id=source_id or None,
        digest=None,
        origin=None,
        idx=None,
        created_at=now,
        updated_at=now,
    )
    drafts.add(tx, row)
    made = OwnAlert(row=row, draft=draft)
    record(tx, made, author, now, op="collect", event="created")
    return made


def _opened(tx: Tx, us: Us, row: Draft) -> OwnAlert:
    key = subject_keys.open_key(tx, row.subject_id, master=us.keys.master)
    stored = json.loads(vault.unseal(key, row.body, _place(row.id)))
    draft = texts.parse_stored(stored)
    # What was taken back is not read here either; the log keeps it for who has to account for it.
    gone = row.status == AlertState.RETRACTED
    return OwnAlert(row=row, draft=texts.without_text(draft) if gone else draft)


def save(
    tx: Tx, us: Us, held: OwnAlert, draft: AlertDraft, *, now: int, **values: object
) -> OwnAlert:
    """Store a changed text and changed columns; the etag moves on.

    Raises:
        NotFoundError: it was erased.
    """
    row = held.row
    if row.subject_id is None:
        raise NotFoundError("this was erased")
    columns = {
        "language": draft.alert.language,
        "tlp": draft.alert.tlp.value,
        "body": _sealed(tx, us, row.id, row.subject_id, draft),
        **values,
    }
    etag = drafts.change(tx, row, now=now, **columns)
    after = replace(row, etag=etag, updated_at=now, **columns)  # type: ignore[arg-type]  # columns
    return OwnAlert(row=after, draft=draft)


def _sealed(tx: Tx, us: Us, alert_id: str, subject_id: int, draft: AlertDraft) -> bytes:
    key = subject_keys.open_key(tx, subject_id, master=us.keys.master)
    data = json.dumps(texts.stored_json(draft), ensure_ascii=False, sort_keys=True).encode()
    return vault.seal(key, data, _place(alert_id), us.random)


def _place(alert_id: str) -> bytes:
    return f"alert draft {alert_id}".encode()


def record(
    tx: Tx,
    held: OwnAlert,
    actor: str,
    now: int,
    *,
    event: str,
    op: str = "alter",
    officer: str = "",
) -> None:
    """Write to the audit log; no title and no reason, since the log is not sealed."""
    draft, row = held.draft, held.row
    details: dict[str, object] = {"event": event, "version": row.version, "tlp": row.tlp}
    if op == "disclose":
        details |= {"ref": held.ref, "to": list(draft.audience) or ["*"], "officer": officer}
    audit.record(tx, now=now, actor=actor, op=op, object=f"{KIND}:{row.id}", details=details)
