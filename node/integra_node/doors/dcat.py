"""What is open here, for catalogues of data? DCAT-AP 3 as JSON-LD, paged with Hydra.

The catalogue names the services and feeds that are open, and each TLP:CLEAR practice as a dataset.  Its
context stands in the document: nobody has to fetch anything to understand it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from integra_node.actions import doors
from integra_node.doors import atom, oai
from integra_node.doors.admission import admit_anybody
from integra_node.doors.context import DoorContext, context_of
from integra_node.doors.dublin_core import subjects_of
from integra_node.doors.place import after_of
from integra_node.doors.times import stamp
from integra_node.rules.door import Shelf
from integra_node.store.doors import Stretch

if TYPE_CHECKING:
    from integra_node.actions.doors import ShelfPage, Shown

Node = dict[str, Any]
PATH: Final = "/catalog.jsonld"
DATASETS: Final = 100  # on a page
_EU: Final = "http://publications.europa.eu/resource/authority"
_PUBLIC: Final = f"{_EU}/access-right/PUBLIC"
_RESTRICTED: Final = f"{_EU}/access-right/RESTRICTED"
_LICENCES: Final[Mapping[str, str]] = {
    "CC-BY-4.0": f"{_EU}/licence/CC_BY_4_0",
    "CC-BY-SA-4.0": f"{_EU}/licence/CC_BYSA_4_0",
    "CC0-1.0": f"{_EU}/licence/CC0",
    "EUPL-1.2": f"{_EU}/licence/EUPL_1_2",
}
_LANGUAGES: Final[Mapping[str, str]] = {
    "bg": "BUL", "de": "DEU", "el": "ELL", "en": "ENG", "es": "SPA", "fr": "FRA", "it": "ITA",
    "nl": "NLD", "pl": "POL", "pt": "POR", "ro": "RON", "sv": "SWE",
}  # fmt: skip
_CONTEXT: Final[Node] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


async def catalogue(request: web.Request) -> web.Response:
    """Answer a page of the catalogue."""
    admit_anybody(request)
    context, after = context_of(request), after_of(request, "after")
    stretch = Stretch(shelf=Shelf.PRACTICES, kinds=("practice",), after=after, limit=DATASETS)
    page = await context.database.read(lambda tx: doors.page(tx, stretch))
    body = _catalogue(context, page, after)
    return web.json_response(body, content_type="application/ld+json")


def _catalogue(context: DoorContext, page: ShelfPage, after: int | None) -> Node:
    url, config = f"{context.url}{PATH}", context.config
    services = list(_services(context))
    practices = [_practice(context, shown) for shown in page.shown if shown.practice is not None]
    collections = list(_collections(context)) if after is None else []
    view: Node = {
        "@id": url if after is None else f"{url}?after={after}",
        "@type": "hydra:PartialCollectionView",
        "hydra:first": {"@id": url},
    }
    if page.more and page.last is not None:
        view["hydra:next"] = {"@id": f"{url}?after={page.last}"}
    return {
        "@context": _CONTEXT,
        "@id": url,
        "@type": ["dcat:Catalog", "hydra:Collection"],
        "dct:title": _text("en", f"Open practices and alerts of {config.agency_name}"),
        "dct:description": _text(
            "en",
            "What this organisation shares with everybody: practices and alerts marked TLP:CLEAR.",
        ),
        "dct:publisher": _agent(config.agency_name),
        "dcat:service": services,
        "dcat:dataset": [*collections, *practices],
        "hydra:view": view,
    }


def _services(context: DoorContext) -> Iterator[Node]:
    opened = context.config.doors.open
    if "oai" in opened:
        yield _service(context, oai.PATH, "OAI-PMH", "http://www.openarchives.org/OAI/2.0/")
    if "taxii" in opened:
        docs = "https://docs.oasis-open.org/cti/taxii/v2.1/taxii-v2.1.html"
        service = _service(context, "/taxii2/", "TAXII 2.1, with a token", docs)
        yield {**service, "dct:accessRights": {"@id": _RESTRICTED}}


def _service(context: DoorContext, path: str, title: str, conforms_to: str) -> Node:
    return {
        "@id": f"{context.url}{path}#service",
        "@type": "dcat:DataService",
        "dct:title": _text("en", title),
        "dcat:endpointURL": {"@id": f"{context.url}{path}"},
        "dct:conformsTo": {"@id": conforms_to},
        "dct:accessRights": {"@id": _PUBLIC},
    }


def _collections(context: DoorContext) -> Iterator[Node]:
    """Yield what is open as a whole: the library, and the alerts."""
    opened = context.config.doors.open
    practices = [
        *([_distribution(context, f"{oai.PATH}?verb=Identify", "text/xml")] * ("oai" in opened)),
        *([_distribution(context, atom.PRACTICES, atom.MEDIA)] * ("atom-practices" in opened)),
    ]
    alerts = [_distribution(context, atom.ALERTS, atom.MEDIA)] * ("atom-alerts" in opened)
    for name, title, distributions in (
        ("practices", "Practices in prison, probation and reintegration", practices),
        ("alerts", "Alerts about phenomena", alerts),
    ):
        if distributions:
            yield {
                "@id": f"{context.url}{PATH}#{name}",
                "@type": "dcat:Dataset",
                "dct:title": _text("en", title),
                "dct:description": _text("en", f"{title}, marked TLP:CLEAR."),
                "dct:publisher": _agent(context.config.agency_name),
                "dct:accessRights": {"@id": _PUBLIC},
                "dcat:distribution": distributions,
            }


def _practice(context: DoorContext, shown: Shown) -> Node:
    body = shown.practice
    if body is None:
        raise ValueError("a practice that is gone")  # a bug of the caller
    licence = _LICENCES.get(body.licence)
    found: Node = {
        "@id": f"urn:uuid:{shown.item.uuid}",
        "@type": "dcat:Dataset",
        "dct:identifier": oai.identifier_of(context, shown),
        "dct:title": [_text(*one) for one in body.title.items()],
        "dct:description": [_text(*one) for one in (body.summary or body.title).items()],
        "dct:publisher": _agent(shown.item.org),
        "dct:issued": _moment(shown.item.created_at),
        "dct:modified": _moment(shown.published_at),
        "dct:accessRights": {"@id": _PUBLIC},
        "dcat:keyword": [_text("en", word) for word in dict.fromkeys(subjects_of(body, "en"))],
        "dct:language": [
            {"@id": f"{_EU}/language/{_LANGUAGES[one]}"} for one in body.title if one in _LANGUAGES
        ],
    }
    if "oai" in context.config.doors.open:
        query = f"?verb=GetRecord&metadataPrefix=integra&identifier={found['dct:identifier']}"
        distribution = _distribution(context, f"{oai.PATH}{query}", "text/xml")
        found["dcat:distribution"] = [
            {**distribution, "dct:license": {"@id": licence}} if licence else distribution
        ]
    return found


def _distribution(context: DoorContext, path: str, media: str) -> Node:
    return {
        "@type": "dcat:Distribution",
        "dcat:accessURL": {"@id": f"{context.url}{path}"},
        "dcat:mediaType": {"@id": f"http://www.iana.org/assignments/media-types/{media}"},
    }


def _agent(name: str) -> Node:
    return {"@type": "foaf:Agent", "foaf:name": name}


def _text(language: str, text: str) -> Node:
    return {"@language": language, "@value": text}


def _moment(at: int) -> Node:
    return {"@type": "xsd:dateTime", "@value": stamp(at)}


ROUTES: Final[tuple[web.RouteDef, ...]] = (web.get(PATH, catalogue),)
