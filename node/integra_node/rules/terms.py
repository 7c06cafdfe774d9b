"""Which words of the field does a member add to the thesaurus of the federation?

A member publishes one list, as an entry of kind ``codes``: new concepts, and further names of concepts
that are known.  It adds; what is there stays as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from integra_node.rules.fields import Body, LanguageTag, Paragraph, Short, Token
from integra_node.rules.problems import InvalidFieldsError, error, require_none
from integra_node.rules.wire import read_entered, read_received, to_value
from integra_protocol.canonical import Value
from integra_protocol.errors import BadBodyError

MAX_TERMS: Final = 250
"""Concepts of one list; so that it fits into one entry."""

MAX_NAMES: Final = 12
"""Further names of one concept in one language."""

MAX_LANGUAGES: Final = 24
MAX_BROADER: Final = 8
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def _term_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise PydanticCustomError("code", "not the id of a concept")
    return value


TermId = Annotated[Token, AfterValidator(_term_id)]
Names = Annotated[tuple[Short, ...], Field(max_length=MAX_NAMES)]


class Term(Body):
    """One concept: its name in each language, further names, and the concepts above it."""

    id: TermId
    label: Annotated[dict[LanguageTag, Short], Field(max_length=MAX_LANGUAGES)] = Field(
        default_factory=dict
    )
    other: Annotated[dict[LanguageTag, Names], Field(max_length=MAX_LANGUAGES)] = Field(
        default_factory=dict
    )
    broader: Annotated[tuple[TermId, ...], Field(max_length=MAX_BROADER)] = ()


class TermList(Body):
    """What one member adds."""

    concepts: Annotated[tuple[Term, ...], Field(min_length=1, max_length=MAX_TERMS)]
    note: Paragraph | None = None
    """Why, for the other members."""
    tlp: Literal["CLEAR", "GREEN"] = "CLEAR"


class _Edition(Body):
    id: Annotated[str, Field(min_length=1, max_length=128)]
    version: Annotated[int, Field(ge=1)]
    status: Literal["published", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedTerms:
    """A list as it stands in a log; ``body`` is None when it was withdrawn."""

    version: int
    body: TermList | None


def parse_terms(data: Mapping[str, object]) -> TermList:
    """Return the list that one of our own people entered.

    Either in our own form or as SKOS in JSON-LD with ``prefLabel`` and ``altLabel``.

    Raises:
        InvalidFieldsError: with every field that breaks a rule.
    """
    terms = read_entered(TermList, _from_skos(data))
    ids = [term.id for term in terms.concepts]
    require_none([error("concepts", "duplicate")] if len(set(ids)) != len(ids) else [])
    return terms


def terms_to_wire(terms: TermList, list_id: str, version: int) -> dict[str, Value]:
    """Return the data of the entry that publishes this version (docs/protocol.md section 4)."""
    return {**to_value(terms), "id": list_id, "version": version, "status": "published"}


def terms_withdrawal_to_wire(list_id: str, version: int) -> dict[str, Value]:
    """Return the data of the entry that takes the list back."""
    return {"id": list_id, "version": version, "status": "withdrawn"}


def terms_from_wire(data: Mapping[str, Value]) -> ReceivedTerms:
    """Return a partner's list; a concept that breaks a rule is left out, the others stay.

    Raises:
        BadBodyError: there is no list.
    """
    edition = read_received(_Edition, data)
    if edition.status == "withdrawn":
        return ReceivedTerms(version=edition.version, body=None)
    given = data.get("concepts")
    if not isinstance(given, list):
        raise BadBodyError("fields", "a list of codes without concepts")
    kept = tuple(term for one in given[:MAX_TERMS] if (term := _read(one)) is not None)
    if not kept:
        raise BadBodyError("fields", "no concept of the list can be read")
    return ReceivedTerms(version=edition.version, body=TermList(concepts=kept))


def _read(one: object) -> Term | None:
    if not isinstance(one, dict):
        return None
    try:
        return read_received(Term, one)
    except (BadBodyError, ValidationError):
        return None


def _from_skos(data: Mapping[str, object]) -> dict[str, object]:
    concepts = data.get("concepts", data.get("@graph"))
    if not isinstance(concepts, list) or len(concepts) > MAX_TERMS:
        raise InvalidFieldsError([error("concepts", "too_many", max=MAX_TERMS)])
    known = {key: value for key, value in data.items() if key in TermList.model_fields}
    return {**known, "concepts": [_term(one) for one in concepts]}


def _term(one: object) -> object:
    if not isinstance(one, dict) or ("prefLabel" not in one and "altLabel" not in one):
        return one
    return {
        "id": one.get("id", one.get("@id", "")),
        "label": one.get("prefLabel", {}),
        "other": one.get("altLabel", {}),
        "broader": one.get("broader", []),
    }
