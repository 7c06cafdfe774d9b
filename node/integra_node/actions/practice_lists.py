"""Which practices of our own are there, and which wait for whom?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from integra_node.actions.practice_rows import KIND, find
from integra_node.rules.permissions import Action
from integra_node.rules.practice import PracticeState
from integra_node.store import drafts
from integra_node.store.drafts import Draft, Whose
from integra_protocol.errors import NotFoundError

if TYPE_CHECKING:
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx


def read_own(tx: Tx, practice_id: str, *, staff: Staff) -> Draft:
    """Return a practice of our own by its id, or by the ref of its newest version.

    Raises:
        NotFoundError: there is none, or the person does not write practices and so may not know.
    """
    if not staff.may(Action.WRITE_PRACTICE):
        raise NotFoundError("there is no such practice of this organisation")
    return find(tx, practice_id, for_update=False)


def list_own(
    tx: Tx,
    *,
    statuses: Sequence[PracticeState] = (),
    mine: bool = False,
    before: tuple[int, str] | None = None,
    limit: int = 50,
    staff: Staff,
) -> tuple[Draft, ...]:
    """Return practices of our own organisation, newest change first; ``mine``: by this person.

    Raises:
        NotAllowedError: the person does not write practices.
    """
    staff.require(Action.WRITE_PRACTICE)
    author = staff.account_id if mine else ""
    return drafts.newest(tx, KIND, statuses=statuses, author_id=author, before=before, limit=limit)


def list_for_operator(tx: Tx, *, limit: int) -> tuple[Draft, ...]:
    """Return practices of our own organisation for the machine's command line."""
    return drafts.newest(tx, KIND, limit=limit)


def list_waiting(tx: Tx, *, staff: Staff, limit: int = 50) -> tuple[Draft, ...]:
    """Return what waits for this person as the second one.

    Raises:
        NotAllowedError: the person does not publish practices.
    """
    staff.require(Action.PUBLISH_PRACTICE)
    found = drafts.newest(tx, KIND, statuses=[PracticeState.SUBMITTED], limit=limit)
    return tuple(row for row in found if row.author_id != staff.account_id)


List = Literal["waiting", "mine", "others"]


def page_own(
    tx: Tx, which: List, *, offset: int, limit: int, staff: Staff
) -> tuple[tuple[Draft, ...], int]:
    """Return a part of one list of our own practices, newest change first, and how many it has.

    ``waiting`` is for this person as the second one; ``mine`` they wrote, ``others`` colleagues did.

    Raises:
        NotAllowedError: the person does not write practices.
    """
    staff.require(Action.WRITE_PRACTICE)
    if which == "waiting" and not staff.may(Action.PUBLISH_PRACTICE):
        return (), 0
    whose = Whose(
        kind=KIND,
        statuses=(PracticeState.SUBMITTED,) if which == "waiting" else (),
        author_id=staff.account_id if which == "mine" else "",
        other_than="" if which == "mine" else staff.account_id,
    )
    return drafts.page_of(tx, whose, offset=offset, limit=limit), drafts.count(tx, whose)


def count_waiting(tx: Tx, staff: Staff) -> int:
    """Count what waits for this person as the second one; for the band of every page."""
    if not staff.may(Action.PUBLISH_PRACTICE):
        return 0
    return drafts.count_waiting(
        tx, KIND, status=PracticeState.SUBMITTED, other_than=staff.account_id
    )
