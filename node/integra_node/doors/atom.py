"""How do feed readers follow practices and alerts? Atom (RFC 4287), paged (RFC 5005, section 3).

TLP:CLEAR only.  The newest change comes first; what was there and is no more is a tombstone
(RFC 6721), so that a reader who kept a copy learns of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from integra_node.actions import doors
from integra_node.actions.shelving import shown_at
from integra_node.doors.admission import admit_anybody
from integra_node.doors.context import DoorContext, context_of
from integra_node.doors.dublin_core import subjects_of
from integra_node.doors.markup import Xml, document, joined, tag
from integra_node.doors.place import after_of
from integra_node.doors.times import stamp
from integra_node.doors.wording import whole_text
from integra_node.rules.door import SHELF_KIND, Shelf
from integra_node.store.doors import Stretch

if TYPE_CHECKING:
    from integra_node.actions.doors import ShelfPage, Shown

ENTRIES: Final = 50  # on a page
PRACTICES: Final = "/feeds/practices.atom"
ALERTS: Final = "/feeds/alerts.atom"
MEDIA: Final = "application/atom+xml"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_TOMBSTONES: Final = "http://purl.org/atompub/tombstones/1.0"
_TITLES: Final[Mapping[Shelf, str]] = {
    Shelf.PRACTICES: "Practices",
    Shelf.ALERTS_CLEAR: "Alerts",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed: which shelf, and its address below ours."""

    shelf: Shelf
    path: str


async def practices(request: web.Request) -> web.Response:
    """Answer a page of the practices."""
    return await _answer(request, Feed(shelf=Shelf.PRACTICES, path=PRACTICES))


async def alerts(request: web.Request) -> web.Response:
    """Answer a page of the alerts."""
    return await _answer(request, Feed(shelf=Shelf.ALERTS_CLEAR, path=ALERTS))


async def _answer(request: web.Request, feed: Feed) -> web.Response:
    admit_anybody(request)
    context, before = context_of(request), after_of(request, "before")
    stretch = Stretch(
        shelf=feed.shelf,
        kinds=(SHELF_KIND[feed.shelf],),
        after=before,
        newest_first=True,
        limit=ENTRIES,
    )
    page, now = await context.database.read(
        lambda tx: (doors.page(tx, stretch), shown_at(tx, context.clock()))
    )
    text = _feed(context, feed, page, before=before, now=now)
    return web.Response(text=text, content_type=MEDIA, charset="utf-8")


def _feed(
    context: DoorContext, feed: Feed, page: ShelfPage, *, before: int | None, now: int
) -> str:
    own = f"{context.url}{feed.path}"
    title = f"{_TITLES[feed.shelf]}, {context.config.agency_name}"
    newest = page.shown[0].item.added_at if page.shown else now
    return document(
        tag(
            "feed",
            tag("id", own),
            tag("title", title),
            tag("updated", stamp(newest)),
            tag("author", tag("name", context.config.agency_name)),
            tag("generator", "Integra", version=context.version),
            tag("rights", "TLP:CLEAR"),
            tag("link", rel="self", href=own if before is None else f"{own}?before={before}"),
            tag("link", rel="first", href=own),
            _next(own, page),
            *(_entry(context, shown) for shown in page.shown),
            xmlns=_ATOM,
            xmlns__at=_TOMBSTONES,
        )
    )


def _next(own: str, page: ShelfPage) -> Xml | None:
    if not page.more or page.last is None:
        return None
    return tag("link", rel="next", href=f"{own}?before={page.last}")


def _entry(context: DoorContext, shown: Shown) -> Xml:
    name = f"urn:uuid:{shown.item.uuid}"
    if shown.is_gone:
        return tag("at:deleted-entry", ref=name, when=stamp(shown.item.added_at))
    return tag(
        "entry",
        tag("id", name),
        tag("updated", stamp(shown.item.added_at)),
        tag("published", stamp(shown.item.created_at)),
        tag("author", tag("name", shown.item.org)),
        _told(context, shown),
    )


def _told(context: DoorContext, shown: Shown) -> Xml:
    if shown.alert is not None:
        alert = shown.alert
        return joined(
            *_texts(
                alert.language, alert.title[alert.language], "", whole_text(alert, context.say)
            ),
            tag("category", term=alert.type),
            tag("category", term=f"severity-{alert.severity}"),
            tag("rights", "TLP:CLEAR"),
        )
    body = shown.practice
    if body is None:
        return joined()
    own = body.language
    summary, whole = (body.summary or {}).get(own, ""), (body.description or {}).get(own, "")
    return joined(
        *_texts(own, body.title[own], summary, whole),
        *(tag("category", term=word) for word in subjects_of(body, "en")),
        tag("rights", f"{body.licence}; TLP:CLEAR"),
    )


def _texts(language: str, title: str, summary: str, content: str) -> tuple[Xml, ...]:
    return (
        tag("title", title, xml__lang=language),
        *((tag("summary", summary, xml__lang=language),) if summary else ()),
        tag("content", content or summary or title, type="text", xml__lang=language),
    )


PRACTICE_ROUTES: Final[tuple[web.RouteDef, ...]] = (web.get(PRACTICES, practices),)
ALERT_ROUTES: Final[tuple[web.RouteDef, ...]] = (web.get(ALERTS, alerts),)
