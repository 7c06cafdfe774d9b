"""How do other systems take alerts? TAXII 2.1, read only (OASIS standard, 10 June 2021).

One API root with a collection for each shelf of alerts.  A page ends where the next one begins: ``next``
is a number of the shelf, so that what changes meanwhile neither moves nor hides anything.  Dates of
addition rise with that number, so a client that pages by them misses nothing either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from aiohttp import web

from integra_node.actions import doors
from integra_node.actions.shelving import name_uuid
from integra_node.doors import stix
from integra_node.doors.admission import require_token
from integra_node.doors.context import DoorContext, context_of
from integra_node.doors.media import TAXII, takes_taxii
from integra_node.doors.taxii_query import Query, parse_query
from integra_node.rules.door import ALERT_SHELVES, ReaderClass, Shelf
from integra_node.store.doors import Stretch
from integra_protocol.errors import InputError, NotAllowedError, NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.doors import ShelfPage, Shown
    from integra_node.store.door_tokens import DoorToken

ROOT: Final = "/taxii2/alerts/"
STIX: Final = "application/stix+json;version=2.1"
MAX_CONTENT_BYTES: Final = 1  # nothing is taken in; the least that a server may say
_TITLES: Final[Mapping[Shelf, str]] = {
    Shelf.ALERTS_CLEAR: "Alerts, TLP:CLEAR",
    Shelf.ALERTS_GREEN: "Alerts, TLP:CLEAR and TLP:GREEN",
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class NotAcceptableError(InputError):
    """The caller takes no TAXII 2.1."""

    code = "not_acceptable"
    status = 406


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request whose token was checked."""

    context: DoorContext
    token: DoorToken

    @property
    def shelves(self) -> tuple[Shelf, ...]:
        """Which shelves its holder may see."""
        return ALERT_SHELVES[ReaderClass(self.token.reader_class)]


async def discover(request: web.Request) -> web.Response:
    """Tell which API roots there are (section 4.1)."""
    call = await _admit(request)
    root = f"{call.context.url}{ROOT}"
    config = call.context.config
    answer = {
        "title": f"Alerts of {config.agency_name}",
        "description": "Integra: alerts about phenomena, never about a person. Read only.",
        "default": root,
        "api_roots": [root],
    }
    if config.ui.contact_email:
        answer["contact"] = config.ui.contact_email
    return _answer(answer)


async def show_root(request: web.Request) -> web.Response:
    """Describe the API root (section 4.2)."""
    await _admit(request)
    return _answer(
        {
            "title": "Alerts",
            "versions": [TAXII],
            "max_content_length": MAX_CONTENT_BYTES,
        }
    )


async def list_collections(request: web.Request) -> web.Response:
    """List the collections that the holder of the token may see (section 5.1)."""
    call = await _admit(request)
    return _answer({"collections": [_collection(call, shelf) for shelf in call.shelves]})


async def show_collection(request: web.Request) -> web.Response:
    """Describe one collection (section 5.2)."""
    call = await _admit(request)
    return _answer(_collection(call, _shelf(request, call)))


async def get_objects(request: web.Request) -> web.Response:
    """Answer a page of objects (section 5.4)."""
    call = await _admit(request)
    shelf, query = _shelf(request, call), parse_query(request.query, lists=True)
    page = await _take(call, shelf, query, "objects")
    federation, say = call.context.config.federation_name, call.context.say
    found = [stix.object_of(shown, federation, say) for shown in page.shown]
    return _answer(_envelope(page, {"objects": found} if found else {}), _dates(page))


async def get_manifest(request: web.Request) -> web.Response:
    """Answer what a page of objects would hold (section 5.3)."""
    call = await _admit(request)
    shelf, query = _shelf(request, call), parse_query(request.query, lists=True)
    page = await _take(call, shelf, query, "manifest")
    found = [
        {
            "id": stix.id_of(shown),
            "date_added": _date(shown.item.added_us),
            "version": stix.version_of(shown),
            "media_type": STIX,
        }
        for shown in page.shown
    ]
    return _answer(_envelope(page, {"objects": found} if found else {}), _dates(page))


async def get_object(request: web.Request) -> web.Response:
    """Answer one object (section 5.6)."""
    call = await _admit(request)
    page = await _one(request, call, "object")
    federation, say = call.context.config.federation_name, call.context.say
    found = [stix.object_of(shown, federation, say) for shown in page.shown]
    return _answer({"objects": found} if found else {}, _dates(page))


async def get_versions(request: web.Request) -> web.Response:
    """Answer which versions of an object there are: the newest alone is kept (section 5.8)."""
    call = await _admit(request)
    page = await _one(request, call, "versions")
    found = [stix.version_of(shown) for shown in page.shown]
    return _answer({"versions": found} if found else {}, _dates(page))


async def refuse_status(request: web.Request) -> web.Response:
    """Know of no status: there are none where nothing can be written (section 4.3)."""
    await _admit(request)
    raise NotFoundError("there is no such status")


async def refuse_writing(request: web.Request) -> web.Response:
    """Take nothing in (sections 5.5 and 5.7)."""
    call = await _admit(request)
    _shelf(request, call)
    raise NotAllowedError("these collections are read only")


async def _admit(request: web.Request) -> Call:
    token = await require_token(request)
    if not takes_taxii(request.headers.get("Accept", "")):
        raise NotAcceptableError(f"the answer is {TAXII}")
    return Call(context=context_of(request), token=token)


def _shelf(request: web.Request, call: Call) -> Shelf:
    """Return the shelf of a collection; one that the holder may not see does not exist."""
    wanted = request.match_info["collection"]
    for shelf in call.shelves:
        if wanted == _collection_id(call, shelf) or wanted == shelf.value:
            return shelf
    raise NotFoundError("there is no such collection")


def _collection_id(call: Call, shelf: Shelf) -> str:
    config = call.context.config
    return name_uuid(config.federation_name, "collection", config.org, shelf.value)


def _collection(call: Call, shelf: Shelf) -> dict[str, object]:
    return {
        "id": _collection_id(call, shelf),
        "title": _TITLES[shelf],
        "alias": shelf.value,
        "can_read": True,
        "can_write": False,
        "media_types": [STIX],
    }


async def _take(call: Call, shelf: Shelf, query: Query, what: str) -> ShelfPage:
    """Return a page, once the audit log says who took what."""
    if query.ids:
        found = await _with_ids(call, shelf, query.ids)
        page = doors.ShelfPage(shown=found, more=False)
    else:
        stretch = Stretch(
            shelf=shelf,
            kinds=query.kinds,
            after=query.after,
            since_us=query.since_us,
            limit=query.limit,
        )
        page = await call.context.database.read(lambda tx: doors.page(tx, stretch))
    kept = tuple(one for one in page.shown if query.takes(one))
    if kept:
        await _note(call, shelf, kept, what)
    return doors.ShelfPage(shown=kept, more=page.more, last=page.last)


async def _one(request: web.Request, call: Call, what: str) -> ShelfPage:
    shelf, query = _shelf(request, call), parse_query(request.query, lists=False)
    found = await _with_ids(call, shelf, (request.match_info["object"],))
    if not found:
        raise NotFoundError("there is no such object")
    kept = tuple(one for one in found if query.takes(one))
    if kept:
        await _note(call, shelf, kept, what)
    return doors.ShelfPage(shown=kept, more=False)


async def _with_ids(call: Call, shelf: Shelf, ids: tuple[str, ...]) -> tuple[Shown, ...]:
    uuids = [name.partition("--")[2] for name in ids]
    found = await call.context.database.read(lambda tx: doors.with_uuid(tx, shelf, uuids))
    return tuple(one for one in found if stix.id_of(one) in ids)


async def _note(call: Call, shelf: Shelf, shown: tuple[Shown, ...], what: str) -> None:
    name, now = call.token.name, call.context.clock()
    await call.context.database.write(
        lambda tx: doors.note_taking(tx, name, shelf, shown, what=what, now=now)
    )


def _envelope(page: ShelfPage, found: dict[str, object]) -> dict[str, object]:
    if not page.more or page.last is None:
        return found
    return {"more": True, "next": str(page.last), **found}


def _dates(page: ShelfPage) -> dict[str, str]:
    if not page.shown:
        return {}
    return {
        "X-TAXII-Date-Added-First": _date(page.shown[0].item.added_us),
        "X-TAXII-Date-Added-Last": _date(page.shown[-1].item.added_us),
    }


def _date(added_us: int) -> str:
    moment = _EPOCH + timedelta(microseconds=added_us)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def _answer(body: object, headers: Mapping[str, str] | None = None) -> web.Response:
    response = web.json_response(body, headers=headers)
    response.headers["Content-Type"] = TAXII
    return response


ROUTES: Final[tuple[web.RouteDef, ...]] = tuple(
    web.route(method, f"{path}{slash}", handler)
    for method, path, handler in (
        ("GET", "/taxii2", discover),
        ("GET", "/taxii2/alerts", show_root),
        ("GET", "/taxii2/alerts/status/{status}", refuse_status),
        ("GET", "/taxii2/alerts/collections", list_collections),
        ("GET", "/taxii2/alerts/collections/{collection}", show_collection),
        ("GET", "/taxii2/alerts/collections/{collection}/manifest", get_manifest),
        ("GET", "/taxii2/alerts/collections/{collection}/objects", get_objects),
        ("POST", "/taxii2/alerts/collections/{collection}/objects", refuse_writing),
        ("GET", "/taxii2/alerts/collections/{collection}/objects/{object}", get_object),
        ("DELETE", "/taxii2/alerts/collections/{collection}/objects/{object}", refuse_writing),
        ("GET", "/taxii2/alerts/collections/{collection}/objects/{object}/versions", get_versions),
    )
    for slash in ("/", "")
)
