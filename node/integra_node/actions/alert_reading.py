"""Which alerts are there for somebody of ours, and what does one say?

A sealed alert is opened in memory for who reads it, and the audit log says so.  TLP:RED exists only
for the officers whom it names; for everybody else there is nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from integra_node.actions import opening
from integra_node.actions.published import ref_of
from integra_node.rules.alert import ReceivedAlert, Severity, from_wire
from integra_node.rules.codes import codes_of
from integra_node.rules.markings import Tlp
from integra_node.rules.notice_kinds import NoticeKind
from integra_node.rules.permissions import Action
from integra_node.store import (
    accounts,
    alert_interests,
    alerts,
    audit,
    drafts,
    notices,
    officer_keys,
    publications,
)
from integra_node.store.alerts import TO_ACKNOWLEDGE, Answer, Duty, Line, Waiting, Wanted
from integra_protocol.bodies import EntryRef, format_ref, parse_ref
from integra_protocol.entry import parse_header
from integra_protocol.errors import BadBodyError, NotAllowedError, NotFoundError, ProtocolError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_node.store.publications import Publication, Standing
    from integra_protocol.canonical import Value

KIND: Final = alerts.KIND
LISTED: Final = ("current", "retracted")
CURRENT: Final = ("current",)
MAX_BANNERS: Final = 5
MAX_COUNTED: Final = 200


class NotForPrintError(NotAllowedError):
    """TLP:RED is read on the screen by those it names, and never printed or exported."""

    code = "red_not_printed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAlert:
    """One line of a list; ``title`` is empty when the alert was retracted or cannot be read.

    Attributes:
        line: What the store says of it.
        ref: ``org~epoch~index``.
        org: Who published it.
        title: In its own language.
        language: Of the title.
        tlp: Its label.
        status: current, superseded, retracted or expired.
        published_at: As the issuer says, unix seconds.
        expires_at: When it ends, unix seconds.
        witnessed: Whether a quorum vouches for it.
    """

    line: Line
    ref: str
    org: str
    title: str
    language: str
    tlp: Tlp
    status: str
    published_at: int
    expires_at: int | None
    witnessed: bool

    @property
    def cursor(self) -> str:
        """The cursor of what comes after it."""
        return f"{self.line.rank}-{self.line.change}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of an alert in the list of all its versions."""

    ref: str
    version: int
    status: str
    published_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many organisations say one word of an alert, and how often they have seen it, by band."""

    what: str
    orgs: int
    bands: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """One version of an alert to read.

    Attributes:
        ref: ``org~epoch~index``.
        org: Who published it.
        origin: The log.
        index: The place in the log.
        received: What it says; its body is None when it, or a later version, was retracted.
        status: current, superseded, retracted, expired or erased.
        reason: Why it was retracted, by this version or a later one.
        published_at: As the issuer says, unix seconds.
        expires_at: When it ends, unix seconds.
        audience: Who got it; ``("*",)`` is every member.
        officer: The pseudonym of the officer who signed it.
        signed: Whether a signed checkpoint of its log covers it.
        witnessed: Whether such a checkpoint carries a quorum of cosignatures.
        duty: What it asks of us; None for our own.
        answers: What was said about it, oldest first.
        people: Usernames of accounts of ours among the answers.
        versions: All that are held, newest first.
        own_id: The local id when it is ours.
    """

    ref: str
    org: str
    origin: str
    index: int
    received: ReceivedAlert
    status: str
    reason: str
    published_at: int
    expires_at: int | None
    audience: tuple[str, ...]
    officer: str
    signed: bool
    witnessed: bool
    duty: Duty | None
    answers: tuple[Answer, ...]
    people: dict[str, str]
    versions: tuple[Version, ...]
    own_id: str

    @property
    def newest(self) -> Version:
        """The version that counts now."""
        return self.versions[0]

    def tally(self, *words: str) -> tuple[Tally, ...]:
        """Return for each of the words how many organisations say it last, ours included."""
        last = {one.org: one for one in self.answers if one.what in words}
        said = {what: [one for one in last.values() if one.what == what] for what in words}
        return tuple(
            Tally(what=what, orgs=len(found), bands=_bands(found))
            for what, found in said.items()
            if found
        )

    def answer(self, org: str, *words: str) -> Answer | None:
        """Return the last thing that an organisation said, of these words."""
        found = [one for one in self.answers if one.org == org and one.what in words]
        return found[-1] if found else None


def read(tx: Tx, us: Us, ref: str, *, staff: Staff, now: int) -> AlertView:
    """Open one published version of any member for somebody, and remember that they read it.

    Raises:
        NotAllowedError: the person does not read alerts.
        NotFoundError: there is none for them, or it was erased.
    """
    found = visible(tx, us, ref, staff=staff)
    view = _view(tx, us, found)
    row = found.publication
    alerts.note_reading(tx, row.log_id, row.idx, staff.account_id, now=now)
    notices.set_seen(tx, staff.account_id, NoticeKind.ALERT_NEW.value, view.ref, now=now)
    if Tlp(row.tlp).is_sealed:
        _log(tx, staff, now, view, "consult")
    return view


def print_out(tx: Tx, us: Us, ref: str, *, staff: Staff, now: int) -> AlertView:
    """Like ``read``, for paper.

    Raises:
        NotForPrintError: it is TLP:RED.
        NotAllowedError, NotFoundError: as ``read``.
    """
    found = visible(tx, us, ref, staff=staff)
    if not Tlp(found.publication.tlp).may_export:
        raise NotForPrintError("TLP:RED is not printed")
    view = _view(tx, us, found)
    row = found.publication
    alerts.note_reading(tx, row.log_id, row.idx, staff.account_id, now=now)
    _log(tx, staff, now, view, "print_export")
    return view


def visible(tx: Tx, us: Us, ref: str, *, staff: Staff) -> Standing:
    """Return one published version if this person may read it.

    Raises:
        NotAllowedError: the person does not read alerts.
        NotFoundError: there is none for them.
    """
    staff.require(Action.READ_ALERT)
    found = _by_ref(tx, ref)
    if found is None or found.publication.kind != KIND or not _may_see(tx, us, found, staff):
        raise NotFoundError("there is no such alert")
    return found


def reason_and_versions(tx: Tx, us: Us, found: Standing) -> tuple[str, tuple[Version, ...]]:
    """Return why an alert was retracted, and all its versions, newest first; nothing is noted."""
    versions = _versions(tx, found)
    return _reason_of(tx, us, versions[0]), versions


def is_taken_back(tx: Tx, origin: str, index: int) -> bool:
    """Say whether this entry is a version of an alert that a later one retracts."""
    found = publications.find(tx, origin, index)
    if found is None or found.publication.kind != KIND:
        return False
    return found.publication.status != "retracted" and _versions(tx, found)[0].status == "retracted"


def find_clear(tx: Tx, us: Us, ref: str) -> AlertView:
    """Return an alert that every member may read, for the machine's command line.

    Raises:
        NotFoundError: there is none.
        NotAllowedError: it is sealed: whoever may read it does so on the staff pages.
    """
    found = _by_ref(tx, ref)
    if found is None or found.publication.kind != KIND:
        raise NotFoundError("there is no such alert")
    if Tlp(found.publication.tlp).is_sealed:
        raise NotAllowedError("a sealed alert is read on the staff pages, where that is logged")
    return _view(tx, us, found)


def list_for(tx: Tx, us: Us, wanted: Wanted, *, staff: Staff) -> tuple[ListedAlert, ...]:
    """Return alerts for somebody: first what must be acknowledged, then unread, then the rest.

    Raises:
        NotAllowedError: the person does not read alerts.
    """
    staff.require(Action.READ_ALERT)
    lines = _lines(tx, us, wanted, staff)
    standing = publications.find_many(tx, [(line.origin, line.idx) for line in lines])
    pairs = ((line, standing.get((line.origin, line.idx))) for line in lines)
    return tuple(_listed(tx, us, line, found) for line, found in pairs if found is not None)


def count_waiting(tx: Tx, us: Us, *, staff: Staff) -> int:
    """Count, up to 200, what this person can acknowledge, or has not read and wants to be shown."""
    wanted = Wanted(statuses=CURRENT, waiting=waiting_of(tx, staff), limit=MAX_COUNTED)
    return alerts.count(
        tx, wanted, us=us.org, account_id=staff.account_id, officer=_officer_of(tx, staff)
    )


def waiting_of(tx: Tx, staff: Staff) -> Waiting:
    """Return what counts as waiting for this person: duties of the house, and what interests them."""
    interest = alert_interests.find(tx, staff.account_id)
    return Waiting(acknowledges=staff.may(Action.ACKNOWLEDGE_ALERT), interest=interest)


def list_critical(tx: Tx, us: Us, *, staff: Staff) -> tuple[ListedAlert, ...]:
    """Return the critical alerts that nobody here has acknowledged, at most five."""
    wanted = Wanted(
        statuses=("current",),
        severities=(Severity.CRITICAL.value,),
        max_rank=TO_ACKNOWLEDGE,
        limit=MAX_BANNERS,
    )
    return list_for(tx, us, wanted, staff=staff)


def _lines(tx: Tx, us: Us, wanted: Wanted, staff: Staff) -> tuple[Line, ...]:
    officer = _officer_of(tx, staff)
    return alerts.page(tx, wanted, us=us.org, account_id=staff.account_id, officer=officer)


def _officer_of(tx: Tx, staff: Staff) -> str:
    """Return the pseudonym of who reads while it counts, else an empty text."""
    key = officer_keys.find(tx, staff.officer_id) if staff.officer_id else None
    if key is None or key.is_revoked or key.account_id != staff.account_id:
        return ""
    return key.officer


def _may_see(tx: Tx, us: Us, found: Standing, staff: Staff) -> bool:
    row = found.publication
    if row.readers is None:
        return True
    if found.org != us.org:
        return _officer_of(tx, staff) in row.readers.split(",")
    own = drafts.find(tx, row.item_id)
    return own is not None and staff.account_id in {own.author_id, own.second_id}


def _view(tx: Tx, us: Us, found: Standing) -> AlertView:
    row = found.publication
    _, content, _ = opening.read_stored(tx, us, found.origin, row.idx)
    received = _understood(found, content.data)
    versions = _versions(tx, found)
    received, reason = _as_it_stands(tx, us, received, versions[0])
    said = alerts.answers_to(tx, row.log_id, row.idx)
    own = drafts.find(tx, row.item_id) if found.org == us.org else None
    return AlertView(
        ref=ref_of(found),
        org=found.org,
        origin=found.origin,
        index=row.idx,
        received=received,
        status=row.status,
        reason=reason,
        published_at=row.published_at,
        expires_at=row.expires_at,
        audience=parse_header(found.header).audience,
        officer=content.officer or "",
        signed=found.signed,
        witnessed=found.witnessed,
        duty=alerts.duty_of(tx, row.log_id, row.idx) if found.org != us.org else None,
        answers=said,
        people=accounts.usernames(tx, [one.account_id for one in said if one.account_id]),
        versions=versions,
        own_id=own.id if own is not None and own.kind == KIND else "",
    )


def _bands(said: Iterable[Answer]) -> tuple[tuple[str, int], ...]:
    counts = Counter(one.band for one in said if one.band)
    return tuple((band, counts[band]) for band in codes_of("count_band") if counts[band])


def _understood(found: Standing, data: Mapping[str, Value]) -> ReceivedAlert:
    try:
        return from_wire(data)
    except ProtocolError as fault:
        raise NotFoundError(f"what {found.org} published here cannot be read") from fault


def _as_it_stands(
    tx: Tx, us: Us, received: ReceivedAlert, newest: Version
) -> tuple[ReceivedAlert, str]:
    """Return the alert with its body gone when the item was retracted, and why it was."""
    if received.body is None:
        return received, received.reason or ""
    if newest.status != "retracted":
        return received, ""
    return replace(received, body=None), _reason_of(tx, us, newest)


def _reason_of(tx: Tx, us: Us, newest: Version) -> str:
    place = parse_ref(newest.ref)
    try:
        _, content, _ = opening.read_stored(tx, us, place.origin, place.index)
        return from_wire(content.data).reason or ""
    except (NotFoundError, ProtocolError):
        return ""


def _versions(tx: Tx, found: Standing) -> tuple[Version, ...]:
    row = found.publication
    logs = alerts.log_ids_of(tx, found.org)
    held = [one for one in publications.versions_of(tx, logs, [row.item_id]) if one.kind == KIND]
    return tuple(_version(one, logs[one.log_id]) for one in _newest_first(held, logs))


def _newest_first(held: list[Publication], logs: dict[int, str]) -> list[Publication]:
    def age(row: Publication) -> tuple[int, int]:
        epoch = int(logs[row.log_id].rpartition("/")[2])
        return epoch, row.idx

    return sorted(held, key=age, reverse=True)


def _version(row: Publication, origin: str) -> Version:
    return Version(
        ref=format_ref(EntryRef(origin=origin, index=row.idx)),
        version=row.version,
        status=row.status,
        published_at=row.published_at,
    )


def _by_ref(tx: Tx, ref: str) -> Standing | None:
    try:
        place = parse_ref(ref)
    except BadBodyError:
        return None
    return publications.find(tx, place.origin, place.index)


def _listed(tx: Tx, us: Us, line: Line, found: Standing) -> ListedAlert:
    row = found.publication
    # An older version of what was retracted has lost its title too.
    gone = row.status == "superseded" and _versions(tx, found)[0].status == "retracted"
    title = "" if gone or row.status == "retracted" else _title(tx, us, found)
    return ListedAlert(
        line=line,
        ref=ref_of(found),
        org=found.org,
        title=title,
        language=row.language,
        tlp=Tlp(row.tlp),
        status=row.status,
        published_at=row.published_at,
        expires_at=row.expires_at,
        witnessed=found.witnessed,
    )


def _title(tx: Tx, us: Us, found: Standing) -> str:
    try:
        _, content, _ = opening.read_stored(tx, us, found.origin, found.publication.idx)
        body = from_wire(content.data).body
    except (NotFoundError, ProtocolError):
        return ""
    return body.title[body.language] if body is not None else ""


def _log(tx: Tx, staff: Staff, now: int, view: AlertView, op: str) -> None:
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op=op,
        object=f"{KIND}:{view.origin} {view.index}",
        details={"tlp": view.received.tlp.value},
    )
