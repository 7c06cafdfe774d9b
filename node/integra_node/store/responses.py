"""What did members say about practices, and about which version of which?

The words stay in their entries; a row here says what an entry is about.  Whether it still counts
says its row of ``publication``, so that what ends a publication (erasure, a closed log, a newer
version) ends a response in the same way.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, exists, func, or_, select

from integra_node.store.schema.library import publication
from integra_node.store.schema.log import log
from integra_node.store.schema.responses import response, response_reading
from integra_node.store.upsert import insert_all_new

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Select

    from integra_node.store.database import Tx

Spot = tuple[str, int]
"""Origin and index of an entry."""

REVIEW, TRANSLATION = "review", "translation"
MAX_PAGE = 200  # rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One entry about a practice; ``question_*`` of an answer, ``method`` of a translation."""

    log_id: int
    idx: int
    form: str
    target_origin: str
    target_idx: int
    question_origin: str | None = None
    question_idx: int | None = None
    country: str | None = None
    method: str | None = None

    @property
    def target(self) -> Spot:
        """Where the version of the practice stands."""
        return self.target_origin, self.target_idx

    @property
    def question(self) -> Spot | None:
        """Where the question stands that this answers."""
        if self.question_origin is None or self.question_idx is None:
            return None
        return self.question_origin, self.question_idx


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A response with its own place, organisation, language, and change number."""

    response: Response
    origin: str
    org: str
    item_id: str
    version: int
    status: str
    language: str
    published_at: int
    change: int

    @property
    def spot(self) -> Spot:
        """Where it stands."""
        return self.origin, self.response.idx


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """That an organisation reviewed a version: its country, and where that version stands."""

    org: str
    country: str | None
    target: Spot


def add(tx: Tx, rows: Iterable[Response]) -> None:
    """Store responses; those that stand already stay as they are."""
    insert_all_new(tx, response, [asdict(row) for row in rows])


def find(tx: Tx, origin: str, idx: int) -> Placed | None:
    """Return one response by where it stands."""
    row = tx.execute(_placed().where(log.c.origin == origin, response.c.idx == idx)).one_or_none()
    return None if row is None else _read(row)


def about(
    tx: Tx,
    targets: Collection[Spot],
    forms: Collection[str],
    *,
    before: int | None = None,
    limit: int = MAX_PAGE,
) -> tuple[Placed, ...]:
    """Return what counts now and speaks of one of the targets, newest first.

    ``before`` is the change number of the last one shown.
    """
    if not targets or not forms:
        return ()
    statement = _placed().where(
        publication.c.status == "current", response.c.form.in_(sorted(forms)), _aims(targets)
    )
    if before is not None:
        statement = statement.where(publication.c.change < before)
    rows = tx.execute(statement.order_by(publication.c.change.desc()).limit(min(limit, MAX_PAGE)))
    return tuple(_read(row) for row in rows)


def repeated(
    tx: Tx, log_id: int, target: Spot, form: str, language: str | None = None
) -> tuple[Placed, ...]:
    """Return what one log says in one form about one version and counts now.

    ``language`` narrows it to translations into that language.
    """
    statement = _placed().where(
        response.c.log_id == log_id,
        response.c.form == form,
        response.c.target_origin == target[0],
        response.c.target_idx == target[1],
        publication.c.status == "current",
    )
    if language is not None:
        statement = statement.where(publication.c.language == language)
    return tuple(_read(row) for row in tx.execute(statement))


def translations_of(
    tx: Tx, targets: Collection[Spot], *, limit: int | None = None
) -> tuple[Placed, ...]:
    """Return translations of versions that count now, newest first; all without ``limit``."""
    if not targets:
        return ()
    rows = tx.execute(
        _placed()
        .where(response.c.form == TRANSLATION, publication.c.status == "current", _aims(targets))
        .order_by(publication.c.change.desc())
        .limit(limit)
    )
    return tuple(_read(row) for row in rows)


def placed_at(tx: Tx, places: Collection[tuple[int, int]]) -> tuple[Placed, ...]:
    """Return responses by log row and index; what is not there is left out."""
    if not places:
        return ()
    wanted = [and_(response.c.log_id == log_id, response.c.idx == idx) for log_id, idx in places]
    return tuple(_read(row) for row in tx.execute(_placed().where(or_(*wanted))))


def latest_of_each(tx: Tx, targets: Collection[Spot], form: str) -> tuple[Placed, ...]:
    """Return the newest response of each organisation, newest first: nobody speaks twice."""
    if not targets:
        return ()
    latest = (
        select(func.max(publication.c.change))
        .select_from(response)
        .join(publication, _same_place())
        .join(log, log.c.id == response.c.log_id)
        .where(publication.c.status == "current", response.c.form == form, _aims(targets))
        .group_by(log.c.org)
    )
    rows = tx.execute(
        _placed().where(publication.c.change.in_(latest)).order_by(publication.c.change.desc())
    )
    return tuple(_read(row) for row in rows)


def answers_to(tx: Tx, questions: Collection[Spot]) -> tuple[Placed, ...]:
    """Return the answers to questions that count now, oldest first."""
    if not questions:
        return ()
    chosen = [
        and_(response.c.question_origin == origin, response.c.question_idx.in_(sorted(indexes)))
        for origin, indexes in _by_origin(questions).items()
    ]
    targets = [and_(response.c.form == "answer", publication.c.status == "current", or_(*chosen))]
    rows = tx.execute(_placed().where(*targets).order_by(publication.c.change).limit(MAX_PAGE))
    return tuple(_read(row) for row in rows)


def counts(tx: Tx, targets: Collection[Spot]) -> dict[str, int]:
    """Count what counts now and speaks of one of the targets, by form."""
    if not targets:
        return {}
    rows = tx.execute(
        select(response.c.form, func.count())
        .join(publication, _same_place())
        .where(publication.c.status == "current", _aims(targets))
        .group_by(response.c.form)
    )
    return {row[0]: row[1] for row in rows}


def reviews_of(tx: Tx, targets: Collection[Spot]) -> tuple[Reviewer, ...]:
    """Return who reviewed versions, oldest first: one review of each log and version counts."""
    if not targets:
        return ()
    rows = tx.execute(
        select(log.c.org, response.c.country, response.c.target_origin, response.c.target_idx)
        .select_from(response)
        .join(publication, _same_place())
        .join(log, log.c.id == response.c.log_id)
        .where(response.c.form == REVIEW, publication.c.status == "current", _aims(targets))
        .order_by(publication.c.change)
    )
    return tuple(
        Reviewer(org=row.org, country=row.country, target=(row.target_origin, row.target_idx))
        for row in rows
    )


def own_of(
    tx: Tx, org: str, targets: Collection[Spot], form: str, *, language: str | None = None
) -> Placed | None:
    """Return the newest of an organisation's own responses of a form that counts now."""
    if not targets:
        return None
    statement = _placed().where(
        log.c.org == org,
        publication.c.status == "current",
        response.c.form == form,
        _aims(targets),
    )
    if language is not None:
        statement = statement.where(publication.c.language == language)
    row = tx.execute(statement.order_by(publication.c.change.desc()).limit(1)).one_or_none()
    return None if row is None else _read(row)


def about_org(
    tx: Tx, org: str, forms: Collection[str], *, after: int, limit: int
) -> tuple[Placed, ...]:
    """Return what others say about practices of an organisation that stand, newest first.

    Args:
        tx: the transaction.
        org: whose practices.
        forms: of which forms.
        after: only what was published later, unix seconds.
        limit: at most so many.
    """
    target_log, target, newest = log.alias(), publication.alias(), publication.alias()
    stands = exists().where(
        newest.c.log_id == target.c.log_id,
        newest.c.item_id == target.c.item_id,
        newest.c.kind == "practice",
        newest.c.status == "current",
    )
    rows = tx.execute(
        _placed()
        .join(target_log, target_log.c.origin == response.c.target_origin)
        .join(
            target,
            and_(target.c.log_id == target_log.c.id, target.c.idx == response.c.target_idx),
        )
        .where(
            target_log.c.org == org,
            target.c.kind == "practice",
            stands,
            log.c.org != org,
            publication.c.status == "current",
            publication.c.published_at > after,
            response.c.form.in_(sorted(forms)),
        )
        .order_by(publication.c.change.desc())
        .limit(limit)
    )
    return tuple(_read(row) for row in rows)


def note_reading(tx: Tx, places: Iterable[tuple[int, int]], account_id: str, *, now: int) -> None:
    """Remember when somebody read responses (log row, index) first."""
    rows = [
        {"log_id": log_id, "idx": idx, "account_id": account_id, "at": now}
        for log_id, idx in places
    ]
    insert_all_new(tx, response_reading, rows)


def read_by(tx: Tx, account_id: str, log_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return which responses of some logs an account has read."""
    rows = tx.execute(
        select(response_reading.c.log_id, response_reading.c.idx).where(
            response_reading.c.account_id == account_id,
            response_reading.c.log_id.in_(sorted(log_ids)),
        )
    )
    return {(row.log_id, row.idx) for row in rows}


def _placed() -> Select[Any]:
    return (
        select(
            response,
            log.c.origin,
            log.c.org,
            publication.c.item_id,
            publication.c.version,
            publication.c.status,
            publication.c.language,
            publication.c.published_at,
            publication.c.change,
        )
        .select_from(response)
        .join(publication, _same_place())
        .join(log, log.c.id == response.c.log_id)
    )


def _same_place() -> ColumnElement[bool]:
    return and_(response.c.log_id == publication.c.log_id, response.c.idx == publication.c.idx)


def _aims(targets: Collection[Spot]) -> ColumnElement[bool]:
    return or_(
        *(
            and_(response.c.target_origin == origin, response.c.target_idx.in_(sorted(indexes)))
            for origin, indexes in _by_origin(targets).items()
        )
    )


def _by_origin(spots: Iterable[Spot]) -> Mapping[str, set[int]]:
    found: dict[str, set[int]] = {}
    for origin, idx in spots:
        found.setdefault(origin, set()).add(idx)
    return found


def _read(row: Row[Any]) -> Placed:
    return Placed(
        response=Response(**{name: getattr(row, name) for name in _FIELDS}),
        **{name: getattr(row, name) for name in _PLACED},
    )


_FIELDS: Sequence[str] = tuple(Response.__dataclass_fields__)
_PLACED: Sequence[str] = tuple(n for n in Placed.__dataclass_fields__ if n != "response")
