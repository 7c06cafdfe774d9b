"""What do others say about a practice, and how many organisations of how many countries reviewed it?

Everything is asked of the store when it is shown: what was taken back, or whose practice was
withdrawn, is nowhere.  The mark of reviews is computed here and typed by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions.published import content_of, ref_of
from integra_node.actions.responses import find_placed
from integra_node.actions.reviewed import PRACTICE, Reviewed, mark_of
from integra_node.rules.permissions import Action
from integra_node.rules.responses import Remark, Review, remark_from_wire, review_from_wire
from integra_node.store import publications, responses
from integra_node.store.responses import REVIEW, TRANSLATION
from integra_protocol.bodies import COMMENT, QUESTION, REPORT, EntryRef, format_ref
from integra_protocol.errors import IntegraError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from integra_node.actions.library import Published
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_node.store.publications import Standing
    from integra_node.store.responses import Placed, Spot

SHOWN: Final = 20  # remarks on the page of a practice
ABOUT: Final = (REVIEW, REPORT, COMMENT, QUESTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that an organisation says.

    Attributes:
        ref: Its own name, ``org~epoch~index``.
        org: Who says it.
        form: review, report, comment, question or answer.
        at: As its author says, unix seconds.
        about: The ref of the version of the practice.
        version: Its number; 0 when that version is not held here.
        body: What is said.
        country: Of a review: that of the reviewing organisation, if it gives one.
        officer: The pseudonym of who signed it, if somebody did.
        signed: Whether a signed checkpoint of its log covers it.
        witnessed: Whether such a checkpoint carries a quorum of cosignatures.
        change: Its cursor.
        answers: Of a question, oldest first.
    """

    ref: str
    org: str
    form: str
    at: int
    about: str
    version: int
    body: Review | Remark
    country: str | None
    officer: str
    signed: bool
    witnessed: bool
    change: int
    answers: tuple[Said, ...] = ()

    @property
    def review(self) -> Review | None:
        """The body of a review."""
        return self.body if isinstance(self.body, Review) else None

    @property
    def remark(self) -> Remark | None:
        """The body of anything else."""
        return self.body if isinstance(self.body, Remark) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is said about one practice; ``counts`` by form, of all there is."""

    reviewed: Reviewed
    reviews: tuple[Said, ...]
    reports: tuple[Said, ...]
    comments: tuple[Said, ...]
    questions: tuple[Said, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidPage:
    """A page of what is said; ``next`` is the cursor for older ones, 0 when there are none."""

    items: tuple[Said, ...]
    next: int


def told_about(tx: Tx, found: Published, *, staff: Staff) -> Told:
    """Return what is said about a practice that stands; nothing of one that was withdrawn.

    Raises:
        NotAllowedError: the person does not read practices.
    """
    staff.require(Action.READ_PRACTICE)
    spots = spots_that_stand(found)
    reviews = responses.latest_of_each(tx, spots, REVIEW)
    parts = {form: responses.about(tx, spots, {form}, limit=SHOWN) for form in ABOUT[1:]}
    said = _say(tx, [*reviews, *(one for part in parts.values() for one in part)], found)
    return Told(
        reviewed=mark_of(reviews, _newest_idx(found)),
        reviews=_of(said, REVIEW),
        reports=_of(said, REPORT),
        comments=_of(said, COMMENT),
        questions=_of(said, QUESTION),
        counts=responses.counts(tx, spots),
    )


def reviewed(tx: Tx, found: Published) -> Reviewed:
    """Return the mark of reviews of one practice."""
    return mark_of(
        responses.latest_of_each(tx, spots_that_stand(found), REVIEW), _newest_idx(found)
    )


def page_about(
    tx: Tx,
    found: Published,
    forms: Collection[str],
    *,
    before: int | None,
    limit: int,
    staff: Staff,
) -> SaidPage:
    """Return what is said about a practice, newest first, all organisations' reviews included.

    Raises:
        NotAllowedError: the person does not read practices.
    """
    staff.require(Action.READ_PRACTICE)
    rows = responses.about(tx, spots_that_stand(found), forms, before=before, limit=limit)
    items = _say(tx, rows, found)
    return SaidPage(items=items, next=rows[-1].change if len(rows) == limit else 0)


def read_one(tx: Tx, ref: str, *, staff: Staff) -> Said:
    """Return one thing that somebody said and that counts now, without answers.

    Raises:
        NotAllowedError: the person does not read practices.
        NotFoundError: there is none, or its practice is not here or was withdrawn.
    """
    staff.require(Action.READ_PRACTICE)
    placed = find_placed(tx, ref)
    said = None
    if placed.status == "current" and placed.response.form != TRANSLATION:
        held = publications.find_many(tx, [placed.spot])
        said = _read(placed, held, _numbers_at(tx, placed), ())
    if said is None or said.version == 0:
        raise NotFoundError("nobody says this now")
    return said


def own_review(tx: Tx, us: Us, found: Published) -> Review | None:
    """Return what we said in our review of a practice, if we reviewed it."""
    held = responses.own_of(tx, us.org, spots_that_stand(found), REVIEW)
    said = held and _read(held, publications.find_many(tx, [held.spot]), _numbers(found), ())
    return said.review if said else None


def spots_that_stand(found: Published) -> tuple[Spot, ...]:
    """Return where the versions of a practice stand; none when it was withdrawn."""
    if found.newest.status != "current":
        return ()
    return tuple((found.origin, idx) for idx in _numbers(found))


def _numbers(found: Published) -> dict[int, int]:
    """Return index to version number of every version."""
    return {int(one.ref.rpartition("~")[2]): one.version for one in found.versions}


def _numbers_at(tx: Tx, placed: Placed) -> dict[int, int]:
    """Return the numbers of the versions of the practice that somebody spoke of, if it stands."""
    target = publications.find(tx, *placed.response.target)
    if target is None or target.publication.kind != PRACTICE:
        return {}
    log_id, item = target.publication.log_id, target.publication.item_id
    rows = [r for r in publications.versions_of(tx, [log_id], [item]) if r.kind == PRACTICE]
    if max(rows, key=lambda row: row.idx).status != "current":
        return {}
    return {row.idx: row.version for row in rows}


def _newest_idx(found: Published) -> int:
    return int(found.newest.ref.rpartition("~")[2])


def _of(said: Iterable[Said], form: str) -> tuple[Said, ...]:
    return tuple(one for one in said if one.form == form)


def _say(tx: Tx, rows: Sequence[Placed], found: Published) -> tuple[Said, ...]:
    """Read what rows say, with the answers to questions; what cannot be read is left out."""
    questions = [one.spot for one in rows if one.response.form == QUESTION]
    answers = [one for one in responses.answers_to(tx, questions) if one.org == found.mark.org]
    held = publications.find_many(tx, [one.spot for one in (*rows, *answers)])
    numbers = _numbers(found)
    by_question: dict[Spot | None, list[Said]] = {}
    for one in answers:
        if (said := _read(one, held, numbers, ())) is not None:
            by_question.setdefault(one.response.question, []).append(said)
    read = (_read(one, held, numbers, tuple(by_question.get(one.spot, ()))) for one in rows)
    return tuple(one for one in read if one is not None)


def _read(
    one: Placed,
    held: Mapping[Spot, Standing],
    numbers: Mapping[int, int],
    answers: tuple[Said, ...],
) -> Said | None:
    standing = held.get(one.spot)
    if standing is None:
        return None
    try:
        content = content_of(standing)
        from_wire = review_from_wire if one.response.form == REVIEW else remark_from_wire
        body = from_wire(content.data)
    except IntegraError:
        return None  # erased meanwhile, or not to be read: shown to nobody
    row = one.response
    return Said(
        ref=ref_of(standing),
        org=one.org,
        form=row.form,
        at=one.published_at,
        about=format_ref(EntryRef(origin=row.target_origin, index=row.target_idx)),
        version=numbers.get(row.target_idx, 0),
        body=body,
        country=row.country,
        officer=content.officer or "",
        signed=standing.signed,
        witnessed=standing.witnessed,
        change=one.change,
        answers=answers,
    )
