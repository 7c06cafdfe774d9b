"""How do people save a search, and let it go again?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from integra_node.actions import notices
from integra_node.rules.mail import next_digest
from integra_node.rules.notice_kinds import NoticeKind
from integra_node.rules.permissions import Action
from integra_node.rules.problems import InvalidFieldsError, error, require_none
from integra_node.rules.question import (
    MAX_SAVED,
    MORNING_HOUR,
    Notify,
    Question,
    parse_question,
    saved_problems,
)
from integra_node.store import changes, saved_searches
from integra_node.store import notices as told
from integra_node.store.saved_searches import SavedSearch
from integra_protocol.errors import NotFoundError

if TYPE_CHECKING:
    from datetime import tzinfo

    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx

_ID_BYTES: Final = 8


def save(
    tx: Tx,
    question: Question,
    *,
    name: str,
    notify: str,
    staff: Staff,
    now: int,
    zone: tzinfo,
    random: Callable[[int], bytes],
) -> SavedSearch:
    """Keep a question; only what comes from now on counts as new.

    Raises:
        NotAllowedError: the person does not search.
        InvalidFieldsError: see `saved_problems`; or there are 50 already.
    """
    staff.require(Action.SEARCH)
    require_none(saved_problems(name, notify, question))
    if saved_searches.count(tx, staff.account_id) >= MAX_SAVED:
        raise InvalidFieldsError([error("", "too_many_saved", max=MAX_SAVED)])
    row = SavedSearch(
        id="w" + random(_ID_BYTES).hex(),
        account_id=staff.account_id,
        name=name,
        question=question.text(),
        notify=notify,
        since=changes.current_change(tx),
        fresh=(),
        owed=False,
        next_at=next_time(notify, now=now, zone=zone),
        created_at=now,
    )
    saved_searches.add(tx, row)
    return row


def change(
    tx: Tx, search_id: str, *, name: str, notify: str, staff: Staff, now: int, zone: tzinfo
) -> SavedSearch:
    """Give a saved search another name or another time of notice.

    Raises:
        NotFoundError: this person has no such search.
        InvalidFieldsError: see `saved_problems`.
    """
    row = read(tx, search_id, staff=staff, for_update=True)
    require_none(saved_problems(name, notify, parse_question(row.question)))
    again = row.notify == Notify.NEVER and notify != Notify.NEVER
    row = replace(
        row,
        name=name,
        notify=notify,
        # Nobody looked while it was off: what came meanwhile is not told late.
        since=changes.current_change(tx) if again else row.since,
        next_at=next_time(notify, now=now, zone=zone),
    )
    saved_searches.replace(tx, row)
    return row


def drop(tx: Tx, search_id: str, *, staff: Staff, now: int) -> None:
    """Delete a saved search and take its notice from the list.

    Raises:
        NotFoundError: this person has no such search.
    """
    row = read(tx, search_id, staff=staff, for_update=True)
    saved_searches.remove(tx, row.id)
    notices.settle(tx, NoticeKind.SAVED_SEARCH, row.id, now=now)


def mark_seen(tx: Tx, search_id: str, *, staff: Staff, now: int) -> None:
    """Count what is new for a saved search as seen.

    Raises:
        NotFoundError: this person has no such search.
    """
    row = read(tx, search_id, staff=staff, for_update=True)
    saved_searches.replace(tx, replace(row, fresh=(), owed=False))
    if told.find(tx, staff.account_id, NoticeKind.SAVED_SEARCH, row.id) is not None:
        notices.confirm(tx, NoticeKind.SAVED_SEARCH, row.id, staff=staff, now=now)


def read(tx: Tx, search_id: str, *, staff: Staff, for_update: bool = False) -> SavedSearch:
    """Return one of one's own.

    Raises:
        NotAllowedError: the person does not search.
        NotFoundError: this person has no such search.
    """
    staff.require(Action.SEARCH)
    row = saved_searches.find(tx, search_id, account_id=staff.account_id, for_update=for_update)
    if row is None:
        raise NotFoundError("there is no such saved search of this person")
    return row


def list_own(tx: Tx, *, staff: Staff) -> tuple[SavedSearch, ...]:
    """Return one's own, newest first, at most 50.

    Raises:
        NotAllowedError: the person does not search.
    """
    staff.require(Action.SEARCH)
    return saved_searches.of_account(tx, staff.account_id)


def next_time(notify: str, *, now: int, zone: tzinfo) -> int:
    """Return before when nothing is told: the next morning for daily notices, else at once."""
    return next_digest(now, MORNING_HOUR, zone) if notify == Notify.DAILY else now
