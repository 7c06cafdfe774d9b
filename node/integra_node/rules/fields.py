"""Which shapes may one field of a body have?  Every text bounded and cleaned, every code known."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Final, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

from integra_node.rules.codes import is_known

MAX_TEXT_CHARS: Final = 40_000  # of one text before it is cleaned
MAX_MARKS_IN_A_ROW: Final = 30  # combining marks, the bound of UAX 15 section 13
MAX_LANGUAGES: Final = 24
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199  # so that adding a deadline never leaves the calendar
TOLERANT: Final = "tolerant"

T = TypeVar("T")
D = TypeVar("D", bound=date)

# Control characters but line feed; direction marks, embeddings and isolates, which can make a
# text read differently from what it says; zero-width space, word joiner, byte order mark, tags;
# halves of characters, which have no UTF-8 form.
_REMOVED: Final = {
    **{code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 0x0A},
    **dict.fromkeys((0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x2060, 0xFEFF)),
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
    **dict.fromkeys((*range(0xFFF9, 0xFFFC), 0xFFFE, 0xFFFF, *range(0xE0000, 0xE0080))),
    **dict.fromkeys(range(0xD800, 0xE000)),
    0x09: " ",
}
_PARTIAL_DATE: Final = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_DECIMAL: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")


class Body(BaseModel):
    """Base of every body: unknown fields refused, values never quoted in errors, immutable."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        validate_by_name=False,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


def clean_text(text: str) -> str:
    r"""Return the text in NFC, with ``\n`` line ends, without controls and direction marks.

    Raises:
        PydanticCustomError: over 40,000 characters, or over 30 combining marks in a row.
    """
    if len(text) > MAX_TEXT_CHARS:
        raise PydanticCustomError("text_too_long", "text too long", {"max": MAX_TEXT_CHARS})
    if not text.replace("\n", "").isprintable():
        text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_REMOVED)
    if text.isascii():
        return text.strip()
    if not _marks().isdisjoint(set(text)) and _tower_of_marks().search(text):
        raise PydanticCustomError("text_marks", "too many combining marks")
    return unicodedata.normalize("NFC", text).strip()


@cache
def _marks() -> frozenset[str]:
    return frozenset(filter(unicodedata.combining, map(chr, range(0x300, 0x20000))))


@cache
def _tower_of_marks() -> re.Pattern[str]:
    # Sorting a long run of marks takes quadratic time; no script piles up so many.
    return re.compile(f"[{''.join(sorted(_marks()))}]{{{MAX_MARKS_IN_A_ROW + 1}}}")


def _clean(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("text_type", "not a text")
    return clean_text(value)


def _clean_line(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("text_type", "not a text")
    return " ".join(clean_text(value).split())


def _day(value: object) -> object:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticCustomError("date_text", "not a date")
    return value


def _time(value: object) -> object:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise PydanticCustomError("time_text", "not a time")
    return value


def _near(value: D) -> D:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError("date_text", "not a date of our time")
    return value


def _decimal(value: object) -> object:
    text = str(value) if isinstance(value, str | int | float | Decimal) else ""
    if not _DECIMAL.fullmatch(text):
        raise PydanticCustomError("decimal", "not a decimal number")
    return Decimal(text)


def _partial_date(value: str) -> str:
    if not _PARTIAL_DATE.fullmatch(value):
        raise PydanticCustomError("partial_date", "not a year, month or day")
    if len(value) == len("2026-01-31"):
        _real_day(value)
    return value


def _real_day(value: str) -> None:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("partial_date", "no such day") from None


def known(code_list: str) -> Callable[[str, ValidationInfo], str]:
    """Return a check that a code is in the list; a tolerant reading lets newer codes pass."""

    def check(value: str, info: ValidationInfo) -> str:
        tolerant = bool(info.context and info.context.get(TOLERANT))
        if not tolerant and not is_known(code_list, value):
            raise PydanticCustomError("code", "unknown code")
        return value

    return check


def distinct(values: tuple[T, ...]) -> tuple[T, ...]:
    """Return the values when none is there twice.

    Raises:
        PydanticCustomError: when one is.
    """
    if len(set(values)) != len(values):
        raise PydanticCustomError("duplicate", "the same value twice")
    return values


def _line(max_chars: int, pattern: str | None = None) -> tuple[StringConstraints, BeforeValidator]:
    constraints = StringConstraints(min_length=1, max_length=max_chars, pattern=pattern)
    return constraints, BeforeValidator(_clean_line)


def _text(max_chars: int) -> tuple[StringConstraints, BeforeValidator]:
    constraints = StringConstraints(min_length=1, max_length=max_chars)
    return constraints, BeforeValidator(_clean)


Short = Annotated[str, *_line(80)]
Line = Annotated[str, *_line(200)]
Advice = Annotated[str, *_text(300)]
Note = Annotated[str, *_text(600)]
Formulation = Annotated[str, *_text(1_500)]
Paragraph = Annotated[str, *_text(2_000)]
Essay = Annotated[str, *_text(6_000)]
Article = Annotated[str, *_text(20_000)]
Token = Annotated[str, *_line(64)]
Link = Annotated[str, *_line(500, r"^https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[^\s<>\"]*)?$")]
LanguageTag = Annotated[str, *_line(15, r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")]
Country = Annotated[str, *_line(2, r"^[A-Z]{2}$")]
Currency = Annotated[str, *_line(3, r"^[A-Z]{3}$")]
Org = Annotated[str, *_line(64, r"^[a-z0-9]([a-z0-9.-]{1,62}[a-z0-9])$")]
Reference = Annotated[str, *_line(128, r"^[A-Za-z0-9][A-Za-z0-9:./~_-]{0,127}$")]
Day = Annotated[date, BeforeValidator(_day), AfterValidator(_near)]
Moment = Annotated[AwareDatetime, BeforeValidator(_time), AfterValidator(_near)]
PartialDate = Annotated[Token, AfterValidator(_partial_date)]
Amount = Annotated[Decimal, BeforeValidator(_decimal)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]

LineMap = Annotated[dict[LanguageTag, Line], Field(min_length=1, max_length=MAX_LANGUAGES)]
NoteMap = Annotated[dict[LanguageTag, Note], Field(min_length=1, max_length=MAX_LANGUAGES)]
ParagraphMap = Annotated[
    dict[LanguageTag, Paragraph], Field(min_length=1, max_length=MAX_LANGUAGES)
]
ArticleMap = Annotated[dict[LanguageTag, Article], Field(min_length=1, max_length=MAX_LANGUAGES)]
