"""What is in the library of practices, for somebody who reads? Any member's, ours included.

The index only proposes: every hit is fetched from the store again before it is shown, so that what
was withdrawn a second ago is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from integra_node.actions.indexing import EVERY_READER
from integra_node.actions.published import content_of, is_for_every_reader, ref_of
from integra_node.actions.reviewed import NOBODY, Reviewed, reviewed_of
from integra_node.actions.translated import Translated, read_many
from integra_node.rules import practice
from integra_node.rules.permissions import Action
from integra_node.search.audience import Audience, audience_for
from integra_node.store import drafts, publications
from integra_protocol.bodies import EntryRef, format_ref, parse_ref
from integra_protocol.errors import BadBodyError, IntegraError, NotFoundError, ProtocolError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.practice import Deprecation, Practice, PracticeHeadline
    from integra_node.rules.staff import Staff
    from integra_node.search.contract import (
        Hit,
        SearchIndex,
        SearchRequest,
        SearchResults,
    )
    from integra_node.store.database import Tx
    from integra_node.store.publications import Publication, Standing
    from integra_protocol.content import Content

KIND: Final = "practice"
MAX_PAGE: Final = 200  # items


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a published version comes from and how far its log vouches for it.

    Attributes:
        ref: ``org~epoch~index``.
        org: Who published it.
        published_at: As the issuer says, unix seconds.
        status: current, superseded, withdrawn or erased.
        tlp: CLEAR or GREEN.
        signed: Whether a signed checkpoint of its log covers it.
        witnessed: Whether such a checkpoint carries a quorum of cosignatures.
    """

    ref: str
    org: str
    published_at: int
    status: str
    tlp: str
    signed: bool
    witnessed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of a list; ``change`` is its cursor, ``body`` the text when it was asked for."""

    mark: Mark
    headline: PracticeHeadline
    change: int
    kind: str
    body: Practice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A page of what arrived; ``next`` is the cursor for what comes after."""

    items: tuple[Listed, ...]
    next: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One result of a search that still stands; ``change`` tells when it came.

    ``reviewed`` by whom a practice was; ``translation`` the text that was found, when it is one.
    """

    hit: Hit
    kind: str
    mark: Mark
    headline: PracticeHeadline
    change: int
    reviewed: Reviewed = NOBODY
    translation: Translated | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """A page of results with everything else that the index answered."""

    results: SearchResults
    items: tuple[Found, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a practice in the list of all its versions."""

    ref: str
    version: int
    status: str
    published_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A published version to read.

    Attributes:
        mark: Where it comes from.
        item_id: The practice; all its versions share it.
        version: As its issuer counts.
        body: The text; None when the version is a withdrawal or was erased.
        reason: Why it was withdrawn.
        deprecation: Why it should not be begun any more, when its owner says so.
        confirms: The version whose text this one confirms, if it does.
        officer: The pseudonym of the officer who signed it, if one did.
        origin: The log.
        index: The place in the log.
        versions: All that are held, newest first.
        own_id: The local id when it is ours.
    """

    mark: Mark
    item_id: str
    version: int
    body: Practice | None
    reason: str
    deprecation: Deprecation | None
    confirms: int | None
    officer: str
    origin: str
    index: int
    versions: tuple[Version, ...]
    own_id: str

    @property
    def newest(self) -> Version:
        """The version that counts now."""
        return self.versions[0]


def audience_of(staff: Staff) -> Audience:
    """Return whose eyes a search of this person is for.

    Raises:
        NotAllowedError: the person does not search.
    """
    staff.require(Action.SEARCH)
    return audience_for({EVERY_READER})


def search(tx: Tx, index: SearchIndex, request: SearchRequest, *, staff: Staff) -> FoundPage:
    """Search and check every hit of the page against the store.

    Raises:
        NotAllowedError: the person does not search.
        UnavailableError: the index cannot be read.
    """
    return find(tx, index, audience_of(staff), request)


def find(tx: Tx, index: SearchIndex, audience: Audience, request: SearchRequest) -> FoundPage:
    """Like ``search``, for an audience that was decided elsewhere.

    Of the best matches of a page, those that their owners advise against stand last.
    """
    results = index.search(audience, request)
    standing = _by_ref(tx, [hit.ref for hit in results.hits])
    translated = read_many(tx, standing.values())
    checked = [(hit, standing.get(hit.ref)) for hit in results.hits]
    found = [
        _found(hit, held, translated.get(hit.ref)) for hit, held in checked if held is not None
    ]
    items: dict[str, Found] = {}
    for one in found:
        if one is not None:
            items.setdefault(one.mark.ref, one)  # a practice and its translations once a page
    reviews = reviewed_of(tx, [*standing.values(), *(one.target for one in translated.values())])
    shown = [replace(one, reviewed=reviews.get(one.mark.ref, NOBODY)) for one in items.values()]
    if request.sort == "relevance":
        shown.sort(key=lambda one: one.headline.deprecated)
    return FoundPage(results=results, items=tuple(shown))


def list_refs(tx: Tx, refs: Sequence[str], *, full: bool = False) -> tuple[Listed, ...]:
    """Return, in the order of refs, what of it still stands and every reader may read.

    A translation is listed as the practice that it is of, and each practice once.  With ``full``
    practices come with their text.
    """
    standing = _by_ref(tx, refs)
    translated = read_many(tx, standing.values())
    listed: dict[str, Listed] = {}
    for held in (standing[ref] for ref in refs if ref in standing):
        if held.publication.status != "current" or not is_for_every_reader(held):
            continue
        translation = translated.get(ref_of(held))
        shown = translation.target if translation else held
        one = _listed(shown, full=full and shown.publication.kind == KIND)
        if one is not None and translation is not None:
            change = translation.standing.publication.change
            one = replace(one, headline=translation.headline, change=change)
        if one is not None:
            listed.setdefault(one.mark.ref, one)
    return tuple(listed.values())


def list_arrived(tx: Tx, *, after: int, limit: int, staff: Staff, full: bool = False) -> Arrived:
    """Return practices that arrived or changed after a cursor, oldest first, at most 200.

    With ``full`` each comes with its text.

    Raises:
        NotAllowedError: the person does not read practices.
    """
    staff.require(Action.READ_PRACTICE)
    rows = publications.arrived(tx, KIND, after=after, limit=min(limit, MAX_PAGE))
    listed = (_listed(row, full=full) for row in rows)
    return Arrived(
        items=tuple(one for one in listed if one is not None),
        next=rows[-1].publication.change if rows else after,
    )


def read_published(tx: Tx, us: Us, ref: str, *, staff: Staff) -> Published:
    """Return one published version of any member.

    Raises:
        NotAllowedError: the person does not read practices.
        NotFoundError: there is none, or its text cannot be read.
    """
    staff.require(Action.READ_PRACTICE)
    return find_published(tx, us, ref)


def find_published(tx: Tx, us: Us, ref: str) -> Published:
    """Like ``read_published``, for the machine's command line.

    Raises:
        NotFoundError: there is none, or its text cannot be read.
    """
    held = _by_ref(tx, [ref]).get(ref)
    if held is None or held.publication.kind != KIND or not is_for_every_reader(held):
        raise NotFoundError("there is no such practice")
    row = held.publication
    content = _content(held)
    received = _received(content) if content else None
    own = drafts.find(tx, row.item_id) if held.org == us.org else None
    return Published(
        mark=_mark(held),
        item_id=row.item_id,
        version=row.version,
        body=received.body if received else None,
        reason=(received.reason or "") if received else "",
        deprecation=received.deprecation if received else None,
        confirms=received.confirms if received else None,
        officer=(content.officer or "") if content else "",
        origin=held.origin,
        index=row.idx,
        versions=_versions(tx, held),
        own_id=own.id if own else "",
    )


def count_by_org(tx: Tx) -> dict[str, int]:
    """Count the practices that stand, by organisation."""
    return publications.counts_by_org(tx, KIND)


def _received(content: Content) -> practice.ReceivedPractice:
    try:
        return practice.from_wire(content.data)
    except ProtocolError as error:
        raise NotFoundError("what was published here cannot be read") from error


def _content(held: Standing) -> Content | None:
    try:
        return content_of(held)
    except NotFoundError:
        return None  # erased: its place and its versions are still shown


def _versions(tx: Tx, held: Standing) -> tuple[Version, ...]:
    row = held.publication
    found = publications.versions_of(tx, [row.log_id], [row.item_id])
    ordered = sorted(found, key=lambda one: one.idx, reverse=True)
    return tuple(_version(one, held.origin) for one in ordered)


def _version(row: Publication, origin: str) -> Version:
    return Version(
        ref=format_ref(EntryRef(origin=origin, index=row.idx)),
        version=row.version,
        status=row.status,
        published_at=row.published_at,
    )


def _by_ref(tx: Tx, refs: Iterable[str]) -> dict[str, Standing]:
    places = [place for ref in refs if (place := _place(ref)) is not None]
    return {ref_of(one): one for one in publications.find_many(tx, places).values()}


def _place(ref: str) -> tuple[str, int] | None:
    try:
        parsed = parse_ref(ref)
    except BadBodyError:
        return None
    return parsed.origin, parsed.index


def _found(hit: Hit, held: Standing, translation: Translated | None) -> Found | None:
    if held.publication.status != "current":
        return None
    if translation is not None:
        advised = practice.is_deprecated(content_of(translation.target).data)
        return Found(
            hit=hit,
            kind=KIND,
            mark=_mark(translation.target),
            headline=replace(translation.headline, deprecated=advised),
            change=held.publication.change,
            translation=translation,
        )
    listed = _listed(held)
    if listed is None:
        return None
    return Found(
        hit=hit,
        kind=listed.kind,
        mark=listed.mark,
        headline=listed.headline,
        change=listed.change,
    )


def _listed(held: Standing, *, full: bool = False) -> Listed | None:
    try:
        data = content_of(held).data
        headline = practice.headline_from_wire(data)
        body = practice.from_wire(data).body if full else None
    except IntegraError:
        return None  # erased meanwhile, or a partner's text that cannot be read: not in any list
    row = held.publication
    return Listed(mark=_mark(held), headline=headline, change=row.change, kind=row.kind, body=body)


def _mark(held: Standing) -> Mark:
    row = held.publication
    return Mark(
        ref=ref_of(held),
        org=held.org,
        published_at=row.published_at,
        status=row.status,
        tlp=row.tlp,
        signed=held.signed,
        witnessed=held.witnessed,
    )
