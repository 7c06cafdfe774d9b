"""Which alerts stand here, what do they ask of us, who has read them, and who has answered?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, case, func, or_, select

from integra_node.store import alert_interests
from integra_node.store.schema.alerts import alert_duty, alert_reading
from integra_node.store.schema.library import acknowledgement, draft, publication
from integra_node.store.schema.log import log
from integra_node.store.upsert import insert_all_new, insert_new, upsert

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from integra_node.rules.alert_interest import Interest
    from integra_node.store.database import Tx

KIND: Final = "alert"
MAX_PAGE: Final = 200  # rows
TO_ACKNOWLEDGE, UNREAD, DONE = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What one version of an alert asks of this node; ``due_at`` in unix seconds."""

    log_id: int
    idx: int
    severity: str
    type: str
    must_ack: bool
    due_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an organisation said about an alert: ack, seen, not-seen, false, delivered, bad-body.

    ``account_id`` is ours; (reply_origin, reply_idx) is the entry that says it.  ``band`` says with
    seen how often, a code of list ``count_band``.
    """

    log_id: int
    idx: int
    org: str
    what: str
    account_id: str | None
    at: int
    reply_origin: str | None
    reply_idx: int | None
    band: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One alert in a list; ``rank`` is TO_ACKNOWLEDGE, UNREAD or DONE for one account."""

    origin: str
    idx: int
    severity: str
    type: str
    must_ack: bool
    due_at: int | None
    acked_at: int | None
    read_at: int | None
    readers: str | None
    rank: int
    change: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits for one person: what they can acknowledge, and what is new and of interest."""

    acknowledges: bool
    interest: Interest


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines: empty means any; ``before`` is (rank, change) of the last line shown.

    ``owed_before``: only what somebody has to acknowledge and what was due before that moment.
    """

    statuses: Collection[str] = ()
    severities: Collection[str] = ()
    types: Collection[str] = ()
    tlps: Collection[str] = ()
    orgs: Collection[str] = ()
    max_rank: int = DONE
    owed_before: int | None = None
    waiting: Waiting | None = None
    before: tuple[int, int] | None = None
    limit: int = 50


def add_duties(tx: Tx, duties: Iterable[Duty]) -> None:
    """Store what alerts ask of us; those that stand already stay as they are."""
    insert_all_new(tx, alert_duty, [{**asdict(d), "must_ack": int(d.must_ack)} for d in duties])


def duty_of(tx: Tx, log_id: int, idx: int) -> Duty | None:
    """Return what one version asks of us."""
    row = tx.execute(
        select(alert_duty).where(alert_duty.c.log_id == log_id, alert_duty.c.idx == idx)
    ).one_or_none()
    if row is None:
        return None
    return Duty(**{**row._asdict(), "must_ack": bool(row.must_ack)})


def page(tx: Tx, wanted: Wanted, *, us: str, account_id: str, officer: str) -> tuple[Line, ...]:
    """Return alerts for one account: first what must be acknowledged, then unread, then the rest.

    TLP:RED only where ``officer`` is one of its readers; our own are left out then, since its
    readers are officers of the recipient.

    Args:
        tx: the transaction.
        wanted: which.
        us: our organisation.
        account_id: whose reading marks count.
        officer: the pseudonym of the same person, or empty.
    """
    rank = _rank(us)
    statement = _chosen(wanted, us, account_id, officer, rank)
    if wanted.before is not None:
        at, change = wanted.before
        after = and_(rank == at, publication.c.change < change)
        statement = statement.where(or_(rank > at, after))
    statement = statement.order_by(rank, publication.c.change.desc())
    rows = tx.execute(statement.limit(min(wanted.limit, MAX_PAGE)))
    lines = (Line(**{**row._asdict(), "must_ack": bool(row.must_ack)}) for row in rows)
    return tuple(line for line in lines if _names(line.readers, officer))


def count(tx: Tx, wanted: Wanted, *, us: str, account_id: str, officer: str) -> int:
    """Count what ``page`` would return, up to ``wanted.limit``, without putting it into order."""
    chosen = _chosen(wanted, us, account_id, officer, _rank(us)).limit(min(wanted.limit, MAX_PAGE))
    return sum(_names(row.readers, officer) for row in tx.execute(chosen))


def overdue(tx: Tx, *, us: str, now: int) -> tuple[tuple[str, int], ...]:
    """Return (origin, index) of what nobody here acknowledged in time, the oldest first, 200."""
    acked = acknowledgement
    joined = (
        publication.join(log, log.c.id == publication.c.log_id)
        .join(alert_duty, _same_place(alert_duty))
        .outerjoin(acked, and_(_same_place(acked), acked.c.org == us, acked.c.what == "ack"))
    )
    rows = tx.execute(
        select(log.c.origin, publication.c.idx)
        .select_from(joined)
        .where(publication.c.kind == KIND, _is_owed(us), alert_duty.c.due_at < now)
        .order_by(alert_duty.c.due_at)
        .limit(MAX_PAGE)
    )
    return tuple((row.origin, row.idx) for row in rows)


def called_false(tx: Tx, us: str) -> tuple[tuple[str, int, int], ...]:
    """Return (origin, index, since when) of alerts of ours in force that a member calls false."""
    said, later = acknowledgement, acknowledgement.alias("later")
    taken_back = (
        select(later.c.at)
        .where(
            later.c.log_id == said.c.log_id,
            later.c.idx == said.c.idx,
            later.c.org == said.c.org,
            later.c.what.in_(("seen", "not-seen")),
            or_(
                later.c.at > said.c.at,
                # Both came in one batch: their places in their author's log decide.
                and_(later.c.at == said.c.at, later.c.reply_idx > said.c.reply_idx),
            ),
        )
        .exists()
    )
    rows = tx.execute(
        select(log.c.origin, publication.c.idx, func.min(said.c.at).label("since"))
        .select_from(
            publication.join(log, log.c.id == publication.c.log_id).join(said, _same_place(said))
        )
        .where(
            publication.c.kind == KIND,
            publication.c.status == "current",
            log.c.org == us,
            said.c.what == "false",
            ~taken_back,
        )
        .group_by(log.c.origin, publication.c.idx)
        .order_by("since")
        .limit(MAX_PAGE)
    )
    return tuple((row.origin, row.idx, row.since) for row in rows)


def note_reading(tx: Tx, log_id: int, idx: int, account_id: str, *, now: int) -> None:
    """Remember when somebody read an alert first."""
    row = {"log_id": log_id, "idx": idx, "account_id": account_id, "at": now}
    insert_new(tx, alert_reading, row)


def readers_of(tx: Tx, places: Iterable[tuple[int, int]]) -> frozenset[str]:
    """Return who here has opened one of these versions, given as (log row, index)."""
    found: set[str] = set()
    for log_id, idx in places:
        found |= set(tx.execute(_READERS_OF, {"log": log_id, "at": idx}).scalars())
    return frozenset(found)


def first_read_at(tx: Tx, places: Collection[tuple[int, int]], account_id: str) -> int | None:
    """Return when somebody first opened one of these versions, None if never."""
    rows = tx.execute(
        select(alert_reading.c.log_id, alert_reading.c.idx, alert_reading.c.at).where(
            alert_reading.c.account_id == account_id,
            alert_reading.c.idx.in_({idx for _, idx in places}),
        )
    )
    return min((row.at for row in rows if (row.log_id, row.idx) in places), default=None)


def add_answer(tx: Tx, answer: Answer) -> bool:
    """Store an answer; say whether it was new."""
    return insert_new(tx, acknowledgement, asdict(answer))


def replace_answer(tx: Tx, answer: Answer) -> None:
    """Store an answer, in the place of an older one that said the same."""
    upsert(tx, acknowledgement, [asdict(answer)])


def answers_to(tx: Tx, log_id: int, idx: int) -> tuple[Answer, ...]:
    """Return what was said about one version, oldest first."""
    rows = tx.execute(
        select(acknowledgement)
        .where(acknowledgement.c.log_id == log_id, acknowledgement.c.idx == idx)
        .order_by(
            acknowledgement.c.at,
            acknowledgement.c.org,
            acknowledgement.c.reply_origin,
            acknowledgement.c.reply_idx,
            acknowledgement.c.what,
        )
    )
    return tuple(Answer(**row._asdict()) for row in rows)


def log_ids_of(tx: Tx, org: str) -> dict[int, str]:
    """Return row number and origin of every log of an organisation, one an epoch."""
    rows = tx.execute(select(log.c.id, log.c.origin).where(log.c.org == org))
    return {row.id: row.origin for row in rows}


def untouched_drafts(tx: Tx, moment: int) -> tuple[tuple[str, int], ...]:
    """Return id and subject key of drafts that were never published nor changed since then."""
    rows = tx.execute(
        select(draft.c.id, draft.c.subject_id)
        .where(
            draft.c.kind == KIND,
            draft.c.idx.is_(None),
            draft.c.subject_id.is_not(None),
            draft.c.updated_at < moment,
        )
        .order_by(draft.c.updated_at)
        .limit(MAX_PAGE)
    )
    return tuple((row.id, row.subject_id) for row in rows)


def _chosen(
    wanted: Wanted, us: str, account_id: str, officer: str, rank: ColumnElement[int]
) -> Select[Any]:
    statement = _lines(us, account_id, rank).where(
        publication.c.kind == KIND, _visible(us, officer), *_filters(wanted)
    )
    if wanted.max_rank < DONE:
        statement = statement.where(rank <= wanted.max_rank)
    if wanted.waiting is not None:
        statement = statement.where(_waits(wanted.waiting, us))
    if wanted.owed_before is not None:
        late = alert_duty.c.due_at < wanted.owed_before
        statement = statement.where(rank == TO_ACKNOWLEDGE, late)
    return statement


def _lines(us: str, account_id: str, rank: ColumnElement[int]) -> Select[Any]:
    acked, read = acknowledgement, alert_reading
    joined = (
        publication.join(log, log.c.id == publication.c.log_id)
        .join(alert_duty, _same_place(alert_duty))
        .outerjoin(acked, and_(_same_place(acked), acked.c.org == us, acked.c.what == "ack"))
        .outerjoin(read, and_(_same_place(read), read.c.account_id == account_id))
    )
    return select(
        log.c.origin,
        publication.c.idx,
        alert_duty.c.severity,
        alert_duty.c.type,
        alert_duty.c.must_ack,
        alert_duty.c.due_at,
        acked.c.at.label("acked_at"),
        read.c.at.label("read_at"),
        publication.c.readers,
        rank.label("rank"),
        publication.c.change,
    ).select_from(joined)


def _same_place(table: Any) -> ColumnElement[bool]:  # noqa: ANN401 - any table keyed by place
    return and_(table.c.log_id == publication.c.log_id, table.c.idx == publication.c.idx)


def _waits(waiting: Waiting, us: str) -> ColumnElement[bool]:
    unread = and_(alert_reading.c.at.is_(None), log.c.org != us)
    new = and_(unread, alert_interests.matches(waiting.interest))
    return or_(_is_owed(us), new) if waiting.acknowledges else new


def _is_owed(us: str) -> ColumnElement[bool]:
    return and_(
        alert_duty.c.must_ack == 1,
        acknowledgement.c.at.is_(None),
        log.c.org != us,
        publication.c.status == "current",
    )


def _rank(us: str) -> ColumnElement[int]:
    owed = _is_owed(us)
    unread = and_(
        alert_reading.c.at.is_(None), log.c.org != us, publication.c.status != "superseded"
    )
    return case((owed, TO_ACKNOWLEDGE), (unread, UNREAD), else_=DONE)


def _visible(us: str, officer: str) -> ColumnElement[bool]:
    if not officer:
        return publication.c.readers.is_(None)
    listed = ("," + publication.c.readers + ",").contains(f",{officer},", autoescape=True)
    return or_(publication.c.readers.is_(None), and_(listed, log.c.org != us))


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    chosen = (
        (publication.c.status, wanted.statuses),
        (alert_duty.c.severity, wanted.severities),
        (alert_duty.c.type, wanted.types),
        (publication.c.tlp, wanted.tlps),
        (log.c.org, wanted.orgs),
    )
    return [column.in_(sorted(values)) for column, values in chosen if values]


def _names(readers: str | None, officer: str) -> bool:
    # SQLite compares without case; pseudonyms differ by it.
    return readers is None or officer in readers.split(",")


_READERS_OF: Final = select(alert_reading.c.account_id).where(
    alert_reading.c.log_id == bindparam("log"), alert_reading.c.idx == bindparam("at")
)
