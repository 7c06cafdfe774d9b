"""What of what is new belongs to searches that people saved, and who is told?

Each new document is looked at once, together with those that came with it, by all saved questions:
what it costs depends on how much is new and how many questions there are, not on how large the
library is.  What was found and how far was looked is kept in one transaction, so that a crash
neither loses nor repeats a notice.
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


def keep(tx: Tx, us: Us, news: News, found: Mapping[str, tuple[str, ...]], *, now: int) -> bool:
    """Note what was found and tell who wants to know at once; False if somebody else did already."""
    mark = partners.setting_of(tx, _MARK)
    if (int(mark) if mark is not None else -1) != news.after:
        return False
    partners.set_setting(tx, _MARK, str(news.upto))
    for search_id, refs in found.items():
        row = saved_searches.find(tx, search_id, for_update=True)
        if row is not None:  # else it was dropped while we looked
            when = row.next_at if row.owed else next_time(row.notify, now=now, zone=us.zone)
            row = replace(row, fresh=_merged(tx, row, refs), owed=True, next_at=when)
            _tell(tx, us, row, now=now)
    return True


def tell_due(tx: Tx, us: Us, *, now: int) -> int:
    """Tell what is owed to people whose time of day has come; return how many were looked at."""
    rows = saved_searches.due(tx, now=now, limit=TOLD_AT_ONCE)
    for row in rows:
        _tell(tx, us, row, now=now)
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


def _tell(tx: Tx, us: Us, row: SavedSearch, *, now: int) -> None:
    """Store a search that something was found for; tell it if it is time and still wanted."""
    if row.notify == Notify.NEVER or _reader(tx, us, row.account_id) is None:
        saved_searches.replace(tx, replace(row, fresh=(), owed=False))
        return
    if row.next_at > now:
        saved_searches.replace(tx, row)
        return
    standing = len(library.list_refs(tx, row.fresh))
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
