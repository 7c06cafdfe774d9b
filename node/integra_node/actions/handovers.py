"""How is a handover notice written, changed and copied, before anybody else sees it?

A draft belongs to its author; it is sealed under a subject key of its own from the first save.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions import handover_contents as contents
from integra_node.actions.changed import check_etag
from integra_node.actions.handover_clocks import today_of
from integra_node.actions.publishing import org_has_cap
from integra_node.rules.handover import EDITABLE, UNSENT, HandoverStateError, State
from integra_node.rules.markings import MAX_RED_READERS, Tlp
from integra_node.rules.notice import Notice, Party, parse_notice
from integra_node.rules.notice_checks import RecipientInfo, problems_before_submit
from integra_node.rules.permissions import Action, Profile
from integra_node.rules.problems import InvalidFieldsError, Problem, error
from integra_node.store import audit, handovers, rosters, subject_keys
from integra_node.store.handovers import Handover
from integra_protocol.errors import BadCanonicalError, NotFoundError
from integra_protocol.keys import parse_officer_id

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx

_ID_BYTES: Final = 16
_REFERENCE_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What somebody wrote: the notice and their own case reference, which is never sent.

    ``readers`` are the recipient's officers who alone may read a TLP:RED notice.
    """

    notice: Notice
    case_reference: str = ""
    readers: tuple[str, ...] = ()


def read_entered(
    body: Mapping[str, object], case_reference: str = "", readers: Sequence[str] = ()
) -> Entered:
    """Return a notice as it was entered.

    Raises:
        InvalidFieldsError: with every field that breaks a rule.
    """
    reference = " ".join(case_reference.split())
    if len(reference) > contents.MAX_REFERENCE or not reference.isprintable():
        raise InvalidFieldsError([error("case_reference", "too_long", max=contents.MAX_REFERENCE)])
    return Entered(notice=parse_notice(body), case_reference=reference, readers=_readers(readers))


def create(tx: Tx, us: Us, entered: Entered, *, staff: Staff, now: int) -> Handover:
    """Start a draft.

    Raises:
        NotAllowedError: the actor does not write handovers.
    """
    staff.require(Action.WRITE_HANDOVER)
    subject_id = subject_keys.make(tx, master=us.keys.master, random=us.random, now=now)
    handover_id = new_id(us)
    notice = _completed(us, entered.notice)
    row = Handover(
        id=handover_id,
        side=handovers.SENDER,
        state=State.DRAFT.value,
        state_since=now,
        etag=1,
        peer_org=notice.env.recipient.org,
        notice_id=_notice_id(us, now),
        version=1,
        envelope=contents.envelope_text(notice),
        body=contents.seal_draft(tx, us, handover_id, subject_id, notice, entered.readers),
        subject_id=subject_id,
        case_reference=contents.seal_reference(
            tx, us, handover_id, subject_id, entered.case_reference
        ),
        author_id=staff.account_id,
        reviewer_id=None,
        owner_id=None,
        origin=None,
        idx=None,
        opened_at=None,
        due_at=None,
        created_at=now,
        updated_at=now,
    )
    handovers.insert(tx, row)
    _log(tx, staff, now, row, "created")
    return row


def edit(
    tx: Tx, us: Us, handover_id: str, entered: Entered, *, etag: int | None, staff: Staff, now: int
) -> Handover:
    """Replace what a draft says.

    Raises:
        NotFoundError: there is no such draft of the actor.
        PreconditionFailedError: it has another ``etag`` by now.
        HandoverStateError: it was submitted already.
    """
    staff.require(Action.WRITE_HANDOVER)
    row = own_draft(tx, handover_id, staff=staff)
    check_etag(row.etag, etag)
    if State(row.state) not in EDITABLE or row.subject_id is None:
        raise HandoverStateError("only a draft can be changed")
    notice = _completed(us, entered.notice)
    handovers.change(
        tx,
        row,
        now=now,
        peer_org=notice.env.recipient.org,
        envelope=contents.envelope_text(notice),
        body=contents.seal_draft(tx, us, row.id, row.subject_id, notice, entered.readers),
        case_reference=contents.seal_reference(
            tx, us, row.id, row.subject_id, entered.case_reference
        ),
    )
    _log(tx, staff, now, row, "changed")
    return get(tx, handover_id)


def copy(tx: Tx, us: Us, handover_id: str, *, staff: Staff, now: int) -> Handover:
    """Start a draft with what an earlier notice of ours says, for the same or another recipient.

    Raises:
        NotFoundError: there is none that the actor may read, or it was erased.
    """
    staff.require(Action.READ_HANDOVER)
    row = get(tx, handover_id)
    if row.side != handovers.SENDER or not may_read_draft(row, staff):
        raise NotFoundError
    notice = contents.open_notice(tx, us, row)
    subject = notice.subj.model_copy(update={"pairwise_ref": None})
    entered = Entered(
        notice=notice.model_copy(update={"subj": subject}),
        case_reference=contents.open_reference(tx, us, row),
        readers=contents.readers_of(tx, us, row),
    )
    return create(tx, us, entered, staff=staff, now=now)


def new_id(us: Us) -> str:
    """Return a fresh local id, a UUID that says nothing."""
    return str(uuid.UUID(bytes=us.random(_ID_BYTES), version=4))


def get(tx: Tx, handover_id: str, *, for_update: bool = False) -> Handover:
    """Return a handover by its local id.

    Raises:
        NotFoundError: there is none.
    """
    row = handovers.find(tx, handover_id, for_update=for_update)
    if row is None:
        raise NotFoundError
    return row


def own_draft(tx: Tx, handover_id: str, *, staff: Staff) -> Handover:
    """Return a draft of the actor, locked.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
    """
    row = get(tx, handover_id, for_update=True)
    if row.side != handovers.SENDER or row.author_id != staff.account_id:
        raise NotFoundError
    return row


def may_read_draft(row: Handover, staff: Staff) -> bool:
    """Say whether the actor may see a notice of ours: a mere draft is its author's alone."""
    return row.state != State.DRAFT.value or row.author_id == staff.account_id


def problems_of(
    tx: Tx, us: Us, notice: Notice, readers: Sequence[str], *, now: int
) -> tuple[Problem, ...]:
    """Return what forbids submitting and sending this notice today, and what asks for a look."""
    recipient = recipient_info(tx, notice.env.recipient.org)
    found = problems_before_submit(notice, today_of(us, now), recipient)
    if notice.env.handling.tlp is not Tlp.RED:
        wrong = [error("readers", "readers_only_for_red")] if readers else []
    else:
        fits = 1 <= len(readers) <= MAX_RED_READERS
        wrong = [] if fits else [error("readers", "red_readers", max=MAX_RED_READERS)]
    return (*found, *wrong)


def recipient_info(tx: Tx, org: str) -> RecipientInfo:
    """Return what the roster says of a recipient; without the capability it takes no notice."""
    takes = org_has_cap(rosters.current(tx), org, "handover")
    return RecipientInfo(org=org, profile=Profile.CASEWORK if takes else Profile.KNOWLEDGE)


def recipients(tx: Tx, us: Us) -> tuple[str, ...]:
    """Return the members that take handovers, ours excepted, sorted."""
    roster = rosters.current(tx)
    return tuple(
        org
        for org in sorted(roster.members)
        if org != us.org and roster.is_active(org) and org_has_cap(roster, org, "handover")
    )


def is_unsent(row: Handover) -> bool:
    """Say whether nobody outside has seen it."""
    return State(row.state) in UNSENT


def _readers(names: Sequence[str]) -> tuple[str, ...]:
    found = tuple(name.strip() for name in names if name.strip())
    if len(found) > MAX_RED_READERS or len(set(found)) != len(found):
        raise InvalidFieldsError([error("readers", "red_readers", max=MAX_RED_READERS)])
    try:
        return tuple(parse_officer_id(name) for name in found)
    except BadCanonicalError:
        raise InvalidFieldsError([error("readers", "bad_format")]) from None


def _completed(us: Us, notice: Notice) -> Notice:
    """Return the notice with what the node itself knows, so that the preview is what is sent."""
    sender = notice.env.sender
    party = Party(
        org=us.org, unit=sender.unit if sender else None, mailbox=sender.mailbox if sender else None
    )
    env = notice.env.model_copy(
        update={"sender": party, "regime_sender": notice.env.regime_sender or us.regime}
    )
    subject = notice.subj
    if subject.pairwise_ref is None:
        reference = f"p-{us.random(_REFERENCE_BYTES).hex()}"
        subject = subject.model_copy(update={"pairwise_ref": reference})
    return notice.model_copy(update={"env": env, "subj": subject})


def _notice_id(us: Us, now: int) -> str:
    """Return a URN with a UUID of version 7 (RFC 9562 5.7)."""
    value = int.from_bytes(us.random(_ID_BYTES), "big")
    value = (now * 1_000) << 80 | value & ((1 << 80) - 1)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value).urn


def _log(tx: Tx, staff: Staff, now: int, row: Handover, what: str) -> None:
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op="alter" if what == "changed" else "collect",
        object=f"handover:{row.id}",
        details={"what": what},
    )
