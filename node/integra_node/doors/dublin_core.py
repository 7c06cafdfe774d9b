"""How does a practice look in unqualified Dublin Core, the format that every harvester reads?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from integra_node.actions.doors import Shown
from integra_node.doors.markup import Xml, tag
from integra_node.doors.times import day
from integra_node.rules.codes import label
from integra_node.rules.practice import Practice

NAMESPACE: Final = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA: Final = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
_ELEMENTS: Final = "http://purl.org/dc/elements/1.1/"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"


def dublin_core(shown: Shown, body: Practice, identifier: str) -> Xml:
    """Return a practice as ``oai_dc``."""
    return tag(
        "oai_dc:dc",
        *_elements(shown, body, identifier),
        xmlns__oai_dc=NAMESPACE,
        xmlns__dc=_ELEMENTS,
        xmlns__xsi=_XSI,
        xsi__schemaLocation=f"{NAMESPACE} {SCHEMA}",
    )


def _elements(shown: Shown, body: Practice, identifier: str) -> Iterator[Xml]:
    yield from _texts("dc:title", body.title)
    yield tag("dc:creator", shown.item.org)
    yield from (tag("dc:subject", word, xml__lang="en") for word in subjects_of(body, "en"))
    yield from _texts("dc:description", body.summary)
    yield from _texts("dc:description", body.description)
    yield tag("dc:date", day(shown.published_at))
    yield tag("dc:type", "practice")
    yield tag("dc:identifier", identifier)
    yield tag("dc:identifier", shown.ref)
    yield from (tag("dc:language", language) for language in body.title)
    if body.lineage is not None:
        yield tag("dc:source", body.lineage.adapted_from)
    yield from (tag("dc:coverage", country) for country in body.country)
    yield tag("dc:rights", body.licence)
    yield tag("dc:rights", "TLP:CLEAR")


def subjects_of(body: Practice, language: str) -> tuple[str, ...]:
    """Return in words what a practice is about."""
    lists = (
        ("setting", body.settings),
        ("stage", body.stages),
        ("method", body.methods),
        ("need_domain", body.need_domains),
        ("target_group", body.target_groups),
    )
    return tuple(label(name, code, language) for name, codes in lists for code in codes)


def _texts(name: str, texts: Mapping[str, str] | None) -> Iterator[Xml]:
    for language, text in (texts or {}).items():
        yield tag(name, text, xml__lang=language)
