"""What may an organisation say about another's practice, and how does it travel?

A review is structured and signed by an officer; a remark (used here, comment, question, answer) is
the organisation's word.  Small numbers never travel: a group below ten is "fewer than 10".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from integra_node.rules.fields import (
    TOLERANT,
    Body,
    Country,
    Day,
    Essay,
    LanguageTag,
    Note,
    Paragraph,
    Short,
    Token,
    known,
)
from integra_node.rules.practice import Setting
from integra_node.rules.problems import Problem, error, require_none
from integra_node.rules.response_screening import looked_at, text_problems
from integra_node.rules.wire import Json, read_entered, read_received, to_json, to_value
from integra_protocol.bodies import ANSWER, REMARK_FORMS, REPORT
from integra_protocol.canonical import Value
from integra_protocol.errors import BadBodyError

LEAST_COUNT: Final = 10
"""People: a smaller number could point at one of them."""

NO_CONFLICT: Final = "none"
Score = Annotated[int, Field(ge=1, le=5)]


class Scores(Body):
    """Five questions, each 1 (not at all) to 5 (wholly)."""

    relevance: Score
    clarity: Score
    ethics: Score
    evidence: Score
    transfer: Score


class Conflict(Body):
    """What ties the reviewing organisation to the practice; ``text`` unless nothing does."""

    kind: Annotated[Token, AfterValidator(known("conflict_of_interest"))]
    text: Note | None = None


class Review(Body):
    """A structured review; ``role`` says what the reviewer does, never who they are."""

    language: LanguageTag
    role: Short
    on: Day
    scores: Scores
    verdict: Annotated[Token, AfterValidator(known("review_verdict"))]
    text: Essay
    conflict: Conflict


class HeadCount(Body):
    """How many people: ``n`` from 10 up, or ``below`` 10."""

    n: Annotated[int, Field(ge=LEAST_COUNT, le=1_000_000)] | None = None
    below: Literal[10] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "HeadCount":
        if (self.n is None) == (self.below is None):
            raise PydanticCustomError("decimal", "a number or a bound")
        return self


def _head_count(value: object, info: ValidationInfo) -> object:
    """Take a plain number from our own people; what is below ten loses its number here."""
    if info.context and info.context.get(TOLERANT):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 7:
        value = int(value)
    if type(value) is not int:
        return value
    if value < 1:
        raise PydanticCustomError("decimal", "nobody is no group")
    return {"n": value} if value >= LEAST_COUNT else {"below": LEAST_COUNT}


class Remark(Body):
    """A comment, question, answer, or a report of use with its setting and group."""

    form: Annotated[Token, AfterValidator(known("remark_form"))]
    language: LanguageTag
    text: Paragraph
    setting: Setting | None = None
    group_size: Annotated[HeadCount, BeforeValidator(_head_count)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a response belongs to: the version of a practice, and its own id and version.

    ``tlp`` is that of the practice: CLEAR or GREEN.
    """

    ref: str
    id: str
    version: int
    tlp: str


class _From(Body):
    country: Country | None = None


def parse_review(data: Mapping[str, object]) -> Review:
    """Return the review that one of our own people entered, its words looked at.

    Raises:
        InvalidFieldsError: with every field that breaks a rule.
    """
    body, cleared = looked_at(data)
    review = read_entered(Review, body)
    screened = text_problems(to_json(review), review.language, cleared)
    require_none((*_conflict_problems(review), *screened))
    return review


def parse_remark(data: Mapping[str, object]) -> Remark:
    """Return the remark that one of our own people entered, its words looked at.

    Raises:
        InvalidFieldsError: with every field that breaks a rule.
    """
    body, cleared = looked_at(data)
    remark = read_entered(Remark, body)
    screened = text_problems(to_json(remark), remark.language, cleared)
    require_none((*_report_problems(remark), *screened))
    return remark


def review_to_wire(review: Review, place: Place, country: str | None) -> dict[str, Value]:
    """Return the data of the entry that says this (docs/protocol.md section 4).

    ``country`` is that of the reviewing organisation; None when it stands for several.
    """
    told: dict[str, Value] = {"country": country} if country else {}
    return {**to_value(review), **told, **_of_place(place)}


def remark_to_wire(remark: Remark, place: Place, question: str | None) -> dict[str, Value]:
    """Return the data of the entry that says this; ``question`` is the ref of what is answered."""
    told: dict[str, Value] = {"to": question} if question else {}
    return {**to_value(remark), **told, **_of_place(place)}


def review_from_wire(data: Mapping[str, Value]) -> Review:
    """Return a partner's review; what only newer nodes know is dropped or kept as it is.

    Raises:
        BadBodyError: fields that everybody knows break their rules.
    """
    return read_received(Review, data)


def remark_from_wire(data: Mapping[str, Value]) -> Remark:
    """Return a partner's remark.

    Raises:
        BadBodyError: fields that everybody knows break their rules, or a count below ten.
    """
    return read_received(Remark, data)


def country_from_wire(data: Mapping[str, Value]) -> str | None:
    """Return the country that a reviewing organisation gives as its own, if it gives one."""
    try:
        return read_received(_From, data).country
    except BadBodyError:
        return None


def review_json(review: Review) -> dict[str, Json]:
    """Return the review as JSON values, the form that ``parse_review`` takes."""
    return to_json(review)


def remark_json(remark: Remark) -> dict[str, Json]:
    """Return the remark as JSON values, the form that ``parse_remark`` takes."""
    return to_json(remark)


def _conflict_problems(review: Review) -> Iterable[Problem]:
    if review.conflict.kind != NO_CONFLICT and review.conflict.text is None:
        yield error("conflict.text", "required")


def _report_problems(remark: Remark) -> Iterable[Problem]:
    given: Mapping[str, object] = MappingProxyType(
        {"setting": remark.setting, "group_size": remark.group_size}
    )
    for path, value in given.items():
        if remark.form == REPORT and value is None:
            yield error(path, "required")
        if remark.form != REPORT and value is not None:
            yield error(path, "unknown_field")


def _of_place(place: Place) -> dict[str, Value]:
    return {"ref": place.ref, "id": place.id, "version": place.version, "tlp": place.tlp}


ASKED_FORMS: Final = REMARK_FORMS - {ANSWER}
"""What anybody but the owner's answer is."""
