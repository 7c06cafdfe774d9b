"""What changed from one version of a practice to another? As far as both are still held.

Earlier versions stay in the log as entries of their own until they are erased or their time is
over; once a practice is withdrawn, none of its texts is shown beside another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions import library
from integra_node.actions.practice_lists import read_own
from integra_node.actions.practice_rows import published_ref, read_body
from integra_node.rules.differences import differences
from integra_protocol.errors import NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.library import Published, Version
    from integra_node.actions.us import Us
    from integra_node.rules.differences import Difference
    from integra_node.rules.practice import Practice
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx

WITHDRAWN: Final = "withdrawn"
READABLE: Final = frozenset({"current", "superseded"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Two versions of one practice, and what differs.

    Attributes:
        practice: The later one.
        versions: All that can be chosen, newest first.
        before: Ref of the earlier one; empty when there is none.
        after: Ref of the later one.
        found: What differs; None when a text is not there any more, or there is one version only.
    """

    practice: Published
    versions: tuple[Version, ...]
    before: str
    after: str
    found: tuple[Difference, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChanges:
    """What a draft of ours changes of what is published."""

    title: str
    language: str
    ref: str
    found: tuple[Difference, ...]


def changes(
    tx: Tx, us: Us, ref: str, *, before: str = "", after: str = "", staff: Staff
) -> Changes:
    """Return what changed from one version to another; unless chosen, the last two.

    Raises:
        NotAllowedError: the person does not read practices.
        NotFoundError: there is no such practice, or the versions are not both of it.
    """
    asked = library.read_published(tx, us, ref, staff=staff)
    choice = tuple(one for one in asked.versions if one.status in READABLE)
    if asked.newest.status == WITHDRAWN or not choice:
        return Changes(practice=asked, versions=(), before="", after="", found=None)
    refs = [one.ref for one in choice]
    later = after or refs[0]
    earlier = before or next(iter(refs[_place(refs, later) + 1 :]), "")
    if not earlier:
        return Changes(practice=asked, versions=choice, before="", after=later, found=None)
    _place(refs, earlier)
    new = library.read_published(tx, us, later, staff=staff)
    old = library.read_published(tx, us, earlier, staff=staff)
    return Changes(
        practice=new,
        versions=choice,
        before=earlier,
        after=later,
        found=_found(old.body, new.body),
    )


def changes_of_draft(tx: Tx, us: Us, practice_id: str, *, staff: Staff) -> DraftChanges:
    """Return what the working text of our own practice changes of its published version.

    Raises:
        NotFoundError: there is none, nothing of it is published or held any more, or the person
            does not write practices and so may not know.
    """
    row = read_own(tx, practice_id, staff=staff)
    ref = published_ref(row)
    if not ref:
        raise NotFoundError("nothing of this practice is published yet")
    published = library.read_published(tx, us, ref, staff=staff)
    found = _found(published.body, read_body(row))
    if found is None or published.newest.status == WITHDRAWN:
        raise NotFoundError("there is no text to compare with any more")
    return DraftChanges(title=row.title, language=row.language, ref=ref, found=found)


def _place(refs: list[str], ref: str) -> int:
    if ref not in refs:
        raise NotFoundError("there is no such version of this practice")
    return refs.index(ref)


def _found(old: Practice | None, new: Practice | None) -> tuple[Difference, ...] | None:
    return None if old is None or new is None else differences(old, new)
