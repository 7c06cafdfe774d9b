"""What of what is new belongs to searches that people saved, and who is told?

Each new document is looked at once, together with those that came with it, by all saved questions:
what it costs depends on how much is new and how many questions there are, not on how large the
library is.  What was found for a search and how far it was asked is kept in one transaction, so
that a crash neither loses nor repeats a notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from integra_node.actions import library, notices
from integra_node.actions.indexing import documents_after
from integra_node.actions.saved_searches import next_time
from integra_node.rules.notice_kinds import NoticeKind
from integra_node.rules.permissions import Action, Profile, Role
from integra_node.rules.question import Notify, Question, parse_question
from integra_node.rules.staff import Staff
from integra_node.search.contract import SearchRequest
from integra_node.store import accounts, partners, saved_searches
from integra_node.store import notices as told
from integra_protocol.errors import InputError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.search.audience import Audience
    from integra_node.search.contract import Document, SearchIndex
    from integra_node.store.database import Tx
    from integra_node.store.saved_searches import SavedSearch, Watched

AT_ONCE: Final = 200  # documents looked at together
MAX_FRESH: Final = 100
"""Refs kept for one search; older ones fall out."""
TOLD_AT_ONCE: Final = 100
KEPT_AT_ONCE: Final = 200
"""Saved searches written in one transaction."""
SOURCE_LANGUAGE: Final = "en"
_MARK: Final = "saved_searches_watermark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One saved question with whose eyes it is for."""

    id: str
    since: int
    audience: Audience
    request: SearchRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Documents that nobody's question was asked of yet; then everything up to ``upto`` was."""

    documents: tuple[Document, ...]
    asked: tuple[Asked, ...]
    after: int
    upto: int


def read_news(tx: Tx, us: Us, indexed: int) -> News | None:
    """Return what is new up to the watermark of the index; None if nothing is.

    At the very first time everything there is counts as known.
    """
    mark = partners.setting_of(tx, _MARK)
    after = int(mark) if mark is not None else -1
    if indexed <= after:
        return None
    asked = tuple(_asked(tx, us, saved_searches.watched(tx))) if after >= 0 else ()
    if not asked:
        return News(documents=(), asked=(), after=after, upto=indexed)
    batch = documents_after(tx, us, after, AT_ONCE)
    more = after < batch.watermark < indexed
    return News(
        documents=tuple(one for one in batch.documents if one.seq <= indexed),
        asked=asked,
        after=after,
        upto=batch.watermark if more else indexed,
    )


def answers(index: SearchIndex, news: News) -> dict[str, tuple[str, ...]]:
    """Return by saved search which new documents answer it; index holds those and no others."""
    numbers = {one.ref: one.seq for one in news.documents}
    asked: dict[tuple[Audience, SearchRequest], tuple[str, ...]] = {}
    found = {}
    for one in news.asked:
        key = one.audience, one.request
        if key not in asked:
            asked[key] = index.refs(one.audience, one.request, AT_ONCE)
        refs = tuple(ref for ref in asked[key] if numbers[ref] > one.since)
        if refs:
            found[one.id] = refs
    return found


def portions(found: Mapping[str, tuple[str, ...]]) -> list[dict[str, tuple[str, ...]]]:
    """Return what was found in portions that do not keep other writers waiting; at least one."""
    items = list(found.items())
    return [dict(items[at : at + KEPT_AT_ONCE]) for at in range(0, len(items), KEPT_AT_ONCE)] or [
        {}
    ]


def keep(
    tx: Tx, us: Us, news: News, found: Mapping[str, tuple[str, ...]], *, is_last: bool, now: int
) -> bool:
    """Note what was found and tell who wants to know at once; False if somebody else did already.

    Each search remembers how far it was asked, so that a portion kept twice changes nothing; with
    the last one everything is asked up to ``news.upto``.
    """
    mark = partners.setting_of(tx, _MARK)
    if (int(mark) if mark is not None else -1) != news.after:
        return False
    numbers = {one.ref: one.seq for one in news.documents}
    look = _Look(tx, us)
    for search_id, refs in found.items():
        row = saved_searches.find(tx, search_id, for_update=True)
        fresh = tuple(ref for ref in refs if row is not None and numbers[ref] > row.since)
        if row is not None and fresh:  # else it was dropped, or this portion was kept before
            when = row.next_at if row.owed else next_time(row.notify, now=now, zone=us.zone)
            row = replace(
                row, fresh=_merged(tx, row, fresh), owed=True, next_at=when, since=news.upto
            )
            _tell(tx, look, row, now=now)
    if is_last:
        partners.set_setting(tx, _MARK, str(news.upto))
    return True


def tell_due(tx: Tx, us: Us, *, now: int) -> int:
    """Tell what is owed to people whose time of day has come; return how many were looked at."""
    rows = saved_searches.due(tx, now=now, limit=TOLD_AT_ONCE)
    look = _Look(tx, us)
    for row in rows:
        _tell(tx, look, row, now=now)
    return len(rows)


def request_of(question: Question, language: str) -> SearchRequest:
    """Return a question as the index takes it.

    Raises:
        InputError: a bound is broken.
    """
    return SearchRequest(
        q=question.q,
        evidence_min=question.evidence_min,
        expand=question.expand,
        sort="newest",
        reader_languages=(language or SOURCE_LANGUAGE,),
        **dict(question.filters),  # type: ignore[arg-type]  # names of FILTERS
    )


class _Look:
    """What one transaction has looked up already: which refs stand, and who may search."""

    def __init__(self, tx: Tx, us: Us) -> None:
        self._tx = tx
        self._us = us
        self._items: dict[str, str] = {}
        self._readers: dict[str, bool] = {}

    def count(self, refs: Iterable[str]) -> int:
        """Return how many items these refs are of; what does not stand counts nothing."""
        for ref in refs:
            if ref not in self._items:
                listed = library.list_refs(self._tx, [ref])
                self._items[ref] = listed[0].mark.ref if listed else ""
        return len({self._items[ref] for ref in refs} - {""})

    def may_search(self, account_id: str) -> bool:
        """Say whether this person may still search."""
        if account_id not in self._readers:
            reader = _reader(self._tx, self._us, account_id)
            self._readers[account_id] = reader is not None
        return self._readers[account_id]


def _tell(tx: Tx, look: _Look, row: SavedSearch, *, now: int) -> None:
    """Store a search that something was found for; tell it if it is time and still wanted."""
    if row.notify == Notify.NEVER or not look.may_search(row.account_id):
        saved_searches.replace(tx, replace(row, fresh=(), owed=False))
        return
    if row.next_at > now:
        saved_searches.replace(tx, row)
        return
    standing = look.count(row.fresh)
    if standing:
        kind = NoticeKind.SAVED_SEARCH
        notices.tell(tx, [row.account_id], kind, row.id, now=now, count=standing, again=True)
    saved_searches.replace(tx, replace(row, owed=False))


def _merged(tx: Tx, row: SavedSearch, refs: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is new for a search, without what the person has confirmed already."""
    notice = told.find(tx, row.account_id, NoticeKind.SAVED_SEARCH, row.id)
    confirmed = notice is not None and notice.seen_at is not None and not row.owed
    kept = () if confirmed else row.fresh
    return tuple(dict.fromkeys((*kept, *refs)))[-MAX_FRESH:]


def _asked(tx: Tx, us: Us, watched: Iterable[Watched]) -> Iterable[Asked]:
    readers: dict[str, Staff | None] = {}
    for one in watched:
        if one.account_id not in readers:
            readers[one.account_id] = _reader(tx, us, one.account_id)
        reader = readers[one.account_id]
        if reader is None:
            continue
        try:
            request = request_of(parse_question(one.question), one.language)
        except InputError:
            continue  # of a version with other bounds
        yield Asked(
            id=one.id, since=one.since, audience=library.audience_of(reader), request=request
        )


def _reader(tx: Tx, us: Us, account_id: str) -> Staff | None:
    """Return who a saved search is for; None if they may not search any more."""
    account = accounts.by_id(tx, account_id)
    if account is None or account.disabled_at is not None:
        return None
    known = frozenset(Role)
    staff = Staff(
        account_id=account.id,
        username=account.username,
        roles=frozenset(Role(role) for role in account.roles if role in known),
        profile=Profile(us.profile),
        language=account.language or SOURCE_LANGUAGE,
    )
    return staff if staff.may(Action.SEARCH) else None
