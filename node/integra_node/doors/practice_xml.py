"""How does a whole practice look in XML, and which schema says so?

Both are made from the model of a practice, so that neither can forget a field: an element for each
field, once for each value; texts in several languages once for each, with ``xml:lang``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from integra_node.actions.doors import Shown
from integra_node.doors.markup import Xml, document, joined, tag
from integra_node.doors.times import stamp
from integra_node.rules.practice import Practice

NAMESPACE: Final = "urn:x-integra:practice:1"
SCHEMA_PATH: Final = "/oai/practice.xsd"
_XSD: Final = "http://www.w3.org/2001/XMLSchema"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_SIMPLE: Final = {bool: "boolean", int: "integer", Decimal: "decimal", date: "date"}


def practice_xml(shown: Shown, body: Practice, schema_url: str) -> Xml:
    """Return a practice as one element with the schema's address."""
    return tag(
        "practice",
        *_fields(body),
        xmlns=NAMESPACE,
        xmlns__xsi=_XSI,
        xsi__schemaLocation=f"{NAMESPACE} {schema_url}",
        org=shown.item.org,
        id=shown.item.item_id,
        version=shown.version,
        ref=shown.ref,
        published=stamp(shown.published_at),
    )


@cache
def practice_schema() -> str:
    """Return the XML schema of ``practice_xml``."""
    attributes = (
        ("org", "string"),
        ("id", "string"),
        ("version", "positiveInteger"),
        ("ref", "string"),
        ("published", "dateTime"),
    )
    root = tag(
        "xs:element",
        tag(
            "xs:complexType",
            _sequence(Practice),
            *(
                tag("xs:attribute", name=name, type=f"xs:{kind}", use="required")
                for name, kind in attributes
            ),
        ),
        name="practice",
    )
    return document(
        tag(
            "xs:schema",
            root,
            _text_type(),
            xmlns__xs=_XSD,
            xmlns=NAMESPACE,
            targetNamespace=NAMESPACE,
            elementFormDefault="qualified",
            version="1.0",
        )
    )


def _fields(value: BaseModel) -> Iterator[Xml]:
    for name in type(value).model_fields:
        held = getattr(value, name)
        for one in held if isinstance(held, tuple) else (held,):
            if one is not None:
                yield _one(name, one, in_list=isinstance(held, tuple))


def _one(name: str, value: object, *, in_list: bool) -> Xml:
    match value:
        case BaseModel():
            return tag(name, *_fields(value))
        case dict() if in_list:
            return tag(name, *(tag("text", text, xml__lang=lang) for lang, text in value.items()))
        case dict():
            return joined(*(tag(name, text, xml__lang=lang) for lang, text in value.items()))
        case bool():
            return tag(name, "true" if value else "false")
        case _:
            return tag(name, value)


def _sequence(model: type[BaseModel]) -> Xml:
    """Return the content of a model: its fields in order, each of which may be missing."""
    elements = (_element(name, field.annotation) for name, field in model.model_fields.items())
    return tag("xs:sequence", *elements)


def _element(name: str, annotation: object) -> Xml:
    kind = _bare(annotation)
    repeated = get_origin(kind) is tuple
    if repeated:
        kind = _bare(get_args(kind)[0])
    many = "unbounded" if repeated or get_origin(kind) is dict else None
    bounds = {"name": name, "minOccurs": "0", "maxOccurs": many}
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return tag("xs:element", tag("xs:complexType", _sequence(kind)), **bounds)
    if get_origin(kind) is dict:
        if not repeated:
            return tag("xs:element", type="languageText", **bounds)
        text = tag("xs:element", name="text", type="languageText", maxOccurs="unbounded")
        return tag("xs:element", tag("xs:complexType", tag("xs:sequence", text)), **bounds)
    simple = _SIMPLE.get(kind, "string") if isinstance(kind, type) else "string"
    return tag("xs:element", type=f"xs:{simple}", **bounds)


def _bare(annotation: object) -> object:
    """Return a type without what only checks its values, and without None."""
    origin = get_origin(annotation)
    if origin is Literal:
        return str
    if hasattr(annotation, "__metadata__"):
        return _bare(get_args(annotation)[0])
    inner = get_args(annotation)
    if origin is Union or type(annotation).__name__ == "UnionType":
        return _bare(next(one for one in inner if one is not type(None)))
    return annotation


def _text_type() -> Xml:
    language = tag("xs:anyAttribute", namespace=_XML, processContents="lax")
    extension = tag("xs:extension", language, base="xs:string")
    return tag("xs:complexType", tag("xs:simpleContent", extension), name="languageText")
