"""From what was a practice adapted, what became of it, and does its owner still stand by it?

A partner's text names whatever it likes as its origin: nothing here believes that it exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import BaseModel, Field

from integra_node.rules.fields import Body, Country, LanguageTag, Line, LineMap
from integra_node.rules.practice import (
    EvidenceLevel,
    Lineage,
    Practice,
    is_deprecated,
    practice_json,
)
from integra_node.rules.retention import add_months
from integra_node.rules.wire import Json, read_received
from integra_protocol.bodies import EntryRef, parse_ref
from integra_protocol.canonical import Value
from integra_protocol.errors import BadBodyError

MAX_MEMBERS: Final = 200  # practices of one family that are shown
MAX_DEPTH: Final = 20  # adaptations of adaptations that are followed, up and down
STALE_MONTHS: Final = 24
RESULT_MONTHS: Final = 6  # after which the writer of an adaptation is asked for its result
# What was found out about the original is not known of its adaptation; nor is its place the same.
_OF_THE_ORIGINAL: Final = frozenset(
    {
        "contact_role",
        "cost",
        "country",
        "emmie",
        "evidence",
        "failures",
        "language",
        "lineage",
        "region",
        "running",
        "since",
        "translations",
        "until",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a picture of a family says of one practice; ``evidence`` 0..5 or None."""

    language: str
    title: str
    country: tuple[str, ...]
    region: str
    evidence: int | None
    lineage: Lineage | None
    deprecated: bool = False


class _Evidence(Body):
    level: EvidenceLevel


class _Told(Body):
    language: LanguageTag
    title: LineMap
    country: Annotated[tuple[Country, ...], Field(max_length=60)] = ()
    region: Line | None = None
    evidence: _Evidence | None = None
    lineage: Lineage | None = None


def parent_of(data: Mapping[str, Value]) -> EntryRef | None:
    """Return the entry that a practice says it was adapted from, if it names one."""
    lineage = data.get("lineage")
    named = lineage.get("adapted_from") if isinstance(lineage, dict) else None
    if not isinstance(named, str):
        return None
    try:
        return parse_ref(named)
    except BadBodyError:
        return None  # a reference of some other library


def adaptable(original: Practice, language: str) -> dict[str, Json]:
    """Return what an adaptation in this language can begin with: codes, and texts that exist in it.

    Texts in other languages are left out: they would be translations of something else.
    """
    whole = practice_json(original)
    kept = {key: value for key, value in whole.items() if key not in _OF_THE_ORIGINAL}
    found = {key: _in(getattr(original, key), value, language) for key, value in kept.items()}
    return {key: value for key, value in found.items() if value not in ({}, [])}


def told_from_wire(data: Mapping[str, Value]) -> Told:
    """Return what a family shows of a practice, without reading the rest of it.

    Raises:
        BadBodyError: one of these fields breaks its rule.
    """
    found = read_received(_Told, data)
    title = found.title.get(found.language)
    if title is None:
        raise BadBodyError("fields", "no title in the language of the practice")
    return Told(
        language=found.language,
        title=title,
        country=found.country,
        region=found.region or "",
        evidence=found.evidence.level if found.evidence else None,
        lineage=found.lineage,
        deprecated=is_deprecated(data),
    )


def stale_since(published_at: int) -> int:
    """Return from when on (unix seconds) a version counts as not confirmed: after 24 months."""
    return _months_after(published_at, STALE_MONTHS)


def result_due(published_at: int) -> int:
    """Return from when on (unix seconds) an adaptation is asked for its result: 6 months."""
    return _months_after(published_at, RESULT_MONTHS)


def published_before(now: int, months: int) -> int:
    """Return the moment (unix seconds) so many months ago: what is older is due now."""
    return _months_after(now, -months)


def _months_after(at: int, months: int) -> int:
    moment = datetime.fromtimestamp(at, UTC)
    day = add_months(moment.date(), months)
    return int(datetime.combine(day, moment.time(), tzinfo=UTC).timestamp())


def _in(value: object, as_json: Json, language: str) -> Json:
    """Return a value without the texts of other languages; empty when it needs one of those."""
    match value, as_json:
        case BaseModel(), dict():
            group = {key: _in(getattr(value, key), one, language) for key, one in as_json.items()}
            fields = type(value).model_fields
            if any(one in ({}, []) and fields[key].is_required() for key, one in group.items()):
                return {}
            return {key: one for key, one in group.items() if one not in ({}, [])}
        case tuple(), list():
            rows = [_in(one, row, language) for one, row in zip(value, as_json, strict=True)]
            return [row for row in rows if row not in ({}, [])]
        case dict(), dict():
            return {key: text for key, text in as_json.items() if key == language}
    return as_json
