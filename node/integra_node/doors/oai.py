"""How do libraries harvest practices? OAI-PMH 2.0: what is TLP:CLEAR, to anybody.

A record is a practice, whatever number of versions it has; its datestamp is when it last changed here.
What was there and is no more stays as a deleted record for ever.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web
from multidict import MultiDict

from integra_node.actions import doors
from integra_node.actions.shelving import shown_at
from integra_node.doors.admission import admit_anybody
from integra_node.doors.context import DoorContext, context_of
from integra_node.doors.dublin_core import NAMESPACE as DC_NAMESPACE
from integra_node.doors.dublin_core import SCHEMA as DC_SCHEMA
from integra_node.doors.dublin_core import dublin_core
from integra_node.doors.markup import Xml, document, joined, tag
from integra_node.doors.oai_query import DC, FULL, Asked, OaiError, Part, parse_request
from integra_node.doors.practice_xml import NAMESPACE as FULL_NAMESPACE
from integra_node.doors.practice_xml import SCHEMA_PATH, practice_schema, practice_xml
from integra_node.doors.times import stamp
from integra_node.rules.codes import codes_of
from integra_node.rules.door import Shelf
from integra_node.store import doors as shelves
from integra_node.store.doors import Stretch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multidict import MultiMapping

    from integra_node.actions.doors import Shown
    from integra_node.store.database import Tx

PATH: Final = "/oai"
RECORDS: Final = 100  # on a page
MAX_PAGE_CHARS: Final = 2_000_000  # a page ends earlier when its records are long
_OAI: Final = "http://www.openarchives.org/OAI/2.0/"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_IDENTIFIER: Final = "http://www.openarchives.org/OAI/2.0/oai-identifier"
_DOMAIN: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z][a-zA-Z0-9-]+)+")
_UNSET: Final = re.compile(r"[^A-Za-z0-9-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is between the frame's tags, and the time that the answer bears."""

    inner: Xml
    at: int


async def get(request: web.Request) -> web.Response:
    """Answer a request whose arguments are in the address."""
    admit_anybody(request)
    return await _respond(request, request.query)


async def post(request: web.Request) -> web.Response:
    """Answer a request whose arguments are a form (section 3.1.1.2)."""
    admit_anybody(request)
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType
    form = await request.post()
    pairs = [(name, value) for name, value in form.items() if isinstance(value, str)]
    return await _respond(request, MultiDict(pairs))


async def schema(request: web.Request) -> web.Response:
    """Answer the schema of the full format."""
    admit_anybody(request)
    return web.Response(text=practice_schema(), content_type="application/xml")


async def _respond(request: web.Request, given: MultiMapping[str]) -> web.Response:
    context, repeated = context_of(request), dict(given)
    try:
        asked = parse_request(given)
        answer = await context.database.read(lambda tx: _answer(tx, context, asked))
    except OaiError as error:
        at = await context.database.read(lambda tx: shown_at(tx, context.clock()))
        answer = Answer(inner=tag("error", error.text, code=error.code), at=at)
        if error.code in {"badVerb", "badArgument"}:
            repeated = {}  # section 3.6: what was wrong is not repeated
    text = _frame(context, repeated, answer)
    return web.Response(text=text, content_type="text/xml", charset="utf-8")


def _frame(context: DoorContext, attributes: Mapping[str, str], answer: Answer) -> str:
    return document(
        tag(
            "OAI-PMH",
            tag("responseDate", stamp(answer.at)),
            tag("request", f"{context.url}{PATH}", **attributes),
            answer.inner,
            xmlns=_OAI,
            xmlns__xsi=_XSI,
            xsi__schemaLocation=f"{_OAI} {_OAI}OAI-PMH.xsd",
        )
    )


def _answer(tx: Tx, context: DoorContext, asked: Asked) -> Answer:
    at = shown_at(tx, context.clock())
    match asked.verb:
        case "Identify":
            inner = _identify(tx, context, at)
        case "ListMetadataFormats":
            inner = _formats(tx, context, asked)
        case "ListSets":
            inner = _sets(tx)
        case "GetRecord":
            inner = _record_of(tx, context, asked)
        case _:
            inner = _list(tx, context, asked)
    return Answer(inner=tag(asked.verb, inner), at=at)


def _identify(tx: Tx, context: DoorContext, at: int) -> Xml:
    config = context.config
    return joined(
        tag("repositoryName", f"Practices of {config.agency_name}"),
        tag("baseURL", f"{context.url}{PATH}"),
        tag("protocolVersion", "2.0"),
        tag("adminEmail", config.ui.contact_email),
        tag("earliestDatestamp", stamp(shelves.earliest(tx, Shelf.PRACTICES) or at)),
        tag("deletedRecord", "persistent"),
        tag("granularity", "YYYY-MM-DDThh:mm:ssZ"),
        *_description(context),
    )


def _description(context: DoorContext) -> tuple[Xml, ...]:
    name = context.config.federation_name
    if not _DOMAIN.fullmatch(name):
        return ()
    described = tag(
        "oai-identifier",
        tag("scheme", "oai"),
        tag("repositoryIdentifier", name),
        tag("delimiter", ":"),
        tag("sampleIdentifier", f"oai:{name}:{context.config.org}/1"),
        xmlns=_IDENTIFIER,
        xsi__schemaLocation=f"{_IDENTIFIER} {_IDENTIFIER}.xsd",
    )
    return (tag("description", described),)


def _formats(tx: Tx, context: DoorContext, asked: Asked) -> Xml:
    if "identifier" in asked.arguments:
        _find(tx, context, asked.arguments["identifier"])
    formats = (
        (DC, DC_SCHEMA, DC_NAMESPACE),
        (FULL, f"{context.url}{SCHEMA_PATH}", FULL_NAMESPACE),
    )
    return joined(
        *(
            tag(
                "metadataFormat",
                tag("metadataPrefix", prefix),
                tag("schema", where),
                tag("metadataNamespace", namespace),
            )
            for prefix, where, namespace in formats
        )
    )


def _sets(tx: Tx) -> Xml:
    names = shelves.sets_on(tx, Shelf.PRACTICES)
    if not names:
        raise OaiError("noSetHierarchy", "there are no practices yet, and so no sets")
    return joined(
        *(tag("set", tag("setSpec", name), tag("setName", _set_name(name))) for name in names)
    )


def _set_name(spec: str) -> str:
    kind, _, word = spec.partition("-")
    if kind == "language":
        return f"Language: {word}"
    labels = {_UNSET.sub("_", code): one.label("en") for code, one in codes_of(kind).items()}
    return f"Setting: {labels.get(word, word)}"


def _record_of(tx: Tx, context: DoorContext, asked: Asked) -> Xml:
    shown = _find(tx, context, asked.arguments["identifier"])
    return _record(context, shown, asked.part.prefix)


def _find(tx: Tx, context: DoorContext, identifier: str) -> Shown:
    org, found, item_id = identifier.removeprefix(_prefix(context)).partition("/")
    if not identifier.startswith(_prefix(context)) or not found:
        raise OaiError("idDoesNotExist", "there is no such record")
    shown = doors.find(tx, Shelf.PRACTICES, org, item_id)
    if shown is None:
        raise OaiError("idDoesNotExist", "there is no such record")
    return shown


def _list(tx: Tx, context: DoorContext, asked: Asked) -> Xml:
    part = asked.part
    page = doors.page(
        tx,
        Stretch(
            shelf=Shelf.PRACTICES,
            kinds=("practice",),
            after=part.after,
            since_us=part.since_us,
            until_us=part.until_us,
            in_set=part.in_set,
            limit=RECORDS,
        ),
    )
    if not page.shown and part.after is None:
        raise OaiError("noRecordsMatch", "there are none")
    made: list[Xml] = []
    chars = 0
    for shown in page.shown:
        one = _record(context, shown, part.prefix) if asked.verb == "ListRecords" else None
        made.append(one or _header(context, shown))
        chars += len(made[-1])
        if chars > MAX_PAGE_CHARS:
            break
    more = page.more or len(made) < len(page.shown)
    return joined(*made, *_resume(part, page.shown[len(made) - 1] if more else None))


def _resume(part: Part, last: Shown | None) -> tuple[Xml, ...]:
    """Return how the list goes on; the last page of several says so with an empty token (3.5)."""
    if last is not None:
        return (tag("resumptionToken", part.token(last.item.seq)),)
    return (tag("resumptionToken"),) if part.after is not None else ()


def _record(context: DoorContext, shown: Shown, prefix: str) -> Xml:
    header, body = _header(context, shown), shown.practice
    if body is None:
        return tag("record", header)
    metadata = (
        dublin_core(shown, body, identifier_of(context, shown))
        if prefix == DC
        else practice_xml(shown, body, f"{context.url}{SCHEMA_PATH}")
    )
    return tag("record", header, tag("metadata", metadata))


def _header(context: DoorContext, shown: Shown) -> Xml:
    return tag(
        "header",
        tag("identifier", identifier_of(context, shown)),
        tag("datestamp", stamp(shown.item.added_at)),
        *(tag("setSpec", name) for name in shown.sets),
        status="deleted" if shown.is_gone else None,
    )


def identifier_of(context: DoorContext, shown: Shown) -> str:
    """Return the OAI identifier of a practice: the same at every node of the federation."""
    return f"{_prefix(context)}{shown.item.org}/{shown.item.item_id}"


def _prefix(context: DoorContext) -> str:
    return f"oai:{context.config.federation_name}:"


ROUTES: Final[tuple[web.RouteDef, ...]] = (
    web.get(PATH, get),
    web.post(PATH, post),
    web.get(SCHEMA_PATH, schema),
)
