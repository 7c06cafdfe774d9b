"""What have others said about our practices that somebody here should see or answer?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions.published import content_of, ref_of
from integra_node.actions.response_reading import spots_that_stand
from integra_node.rules.permissions import Action
from integra_node.rules.practice import headline_from_wire
from integra_node.rules.retention import DAY_S
from integra_node.store import publications, responses
from integra_node.store.responses import REVIEW, TRANSLATION
from integra_protocol.bodies import COMMENT, QUESTION, REPORT, EntryRef, format_ref
from integra_protocol.errors import IntegraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integra_node.actions.library import Published
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_node.store.responses import Placed

NEWS_DAYS: Final = 30
MAX_NEWS: Final = 50
NEWS: Final = frozenset({REVIEW, REPORT, COMMENT, TRANSLATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """That somebody said something about a practice of ours, ``title``; ``at`` unix seconds."""

    ref: str
    about: str
    title: str
    org: str
    form: str
    at: int


def mark_read(tx: Tx, found: Published, *, staff: Staff, now: int) -> None:
    """Take what is said about a practice off this person's list of news.

    Raises:
        NotAllowedError: the person does not write practices.
    """
    staff.require(Action.WRITE_PRACTICE)
    rows = responses.about(tx, spots_that_stand(found), NEWS)
    places = [(one.response.log_id, one.response.idx) for one in rows]
    responses.note_reading(tx, places, staff.account_id, now=now)


def news_about_us(tx: Tx, us: Us, *, now: int, staff: Staff) -> tuple[News, ...]:
    """Return what others said about our practices lately and this person has not read.

    Raises:
        NotAllowedError: the person does not write practices.
    """
    staff.require(Action.WRITE_PRACTICE)
    after = now - NEWS_DAYS * DAY_S
    rows = responses.about_org(tx, us.org, NEWS, after=after, limit=MAX_NEWS)
    read = responses.read_by(tx, staff.account_id, {one.response.log_id for one in rows})
    return _news(tx, [one for one in rows if (one.response.log_id, one.response.idx) not in read])


def questions_to_us(tx: Tx, us: Us, *, staff: Staff) -> tuple[News, ...]:
    """Return the questions about our practices that nobody of us has answered.

    Raises:
        NotAllowedError: the person does not answer questions.
    """
    staff.require(Action.ANSWER_QUESTION)
    rows = responses.about_org(tx, us.org, {QUESTION}, after=0, limit=MAX_NEWS)
    answers = responses.answers_to(tx, [one.spot for one in rows])
    answered = {one.response.question for one in answers if one.org == us.org}
    return _news(tx, [one for one in rows if one.spot not in answered])


def _news(tx: Tx, rows: Sequence[Placed]) -> tuple[News, ...]:
    held = publications.find_many(tx, {one.response.target for one in rows})
    found = []
    for one in rows:
        if (standing := held.get(one.response.target)) is None:
            continue
        try:
            title = headline_from_wire(content_of(standing).data).title
        except IntegraError:
            continue  # erased, or not to be read: there is nothing to go to
        found.append(
            News(
                ref=format_ref(EntryRef(origin=one.origin, index=one.response.idx)),
                about=ref_of(standing),
                title=title,
                org=one.org,
                form=one.response.form,
                at=one.published_at,
            )
        )
    return tuple(found)
