"""What is wrong with what somebody entered, where, and does it forbid the next step?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from integra_protocol.errors import InputError

MAX_PROBLEMS: Final = 100
MAX_PATH_CHARS: Final = 200


# The words of the validation library, in ours.  What is missing here is "bad_value".
_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "missing": "required",
        "extra_forbidden": "unknown_field",
        "string_type": "bad_text",
        "string_unicode": "bad_text",
        "string_too_long": "too_long",
        "string_too_short": "required",
        "string_pattern_mismatch": "bad_format",
        "too_long": "too_many",
        "too_short": "too_few",
        "greater_than": "too_small",
        "greater_than_equal": "too_small",
        "less_than": "too_big",
        "less_than_equal": "too_big",
        "int_type": "bad_number",
        "int_parsing": "bad_number",
        "int_from_float": "bad_number",
        "int_parsing_size": "bad_number",
        "bool_type": "bad_flag",
        "bool_parsing": "bad_flag",
        "date_parsing": "bad_date",
        "date_from_datetime_parsing": "bad_date",
        "date_from_datetime_inexact": "bad_date",
        "datetime_parsing": "bad_time",
        "datetime_from_date_parsing": "bad_time",
        "timezone_aware": "zone_missing",
        "literal_error": "unknown_code",
        "enum": "unknown_code",
        "text_too_long": "too_long",
        "text_type": "bad_text",
        "text_marks": "bad_text",
        "code": "unknown_code",
        "decimal": "bad_number",
        "date_text": "bad_date",
        "time_text": "bad_time",
        "partial_date": "bad_partial_date",
        "duplicate": "duplicate",
    }
)
_LIMITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "max_length": "max",
        "min_length": "min",
        "le": "max",
        "lt": "max",
        "ge": "min",
        "gt": "min",
        "max": "max",
    }
)


class Severity(StrEnum):
    """Does a problem forbid the step (error) or ask for a look (warning)?"""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        path: Dotted place in the body, list positions from 0; empty for the whole.
        code: Stable snake_case word; ``rules.messages`` has its text.
        severity: Whether it forbids the step.
        params: Values for the placeholders of the text.  Never names of persons or free text.
    """

    path: str
    code: str
    severity: Severity = Severity.ERROR
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """Whether the step is forbidden until this is mended."""
        return self.severity is Severity.ERROR


class InvalidFieldsError(InputError):
    """Something entered breaks a rule; ``problems`` says what and where, at most 100 of them."""

    code = "invalid_fields"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)[:MAX_PROBLEMS]
        super().__init__(", ".join(sorted({problem.code for problem in self.problems})))


def error(path: str, code: str, **params: str | int) -> Problem:
    """Return a problem that forbids the step."""
    return Problem(path=path, code=code, params=params)


def warning(path: str, code: str, **params: str | int) -> Problem:
    """Return a problem that asks for a look and forbids nothing."""
    return Problem(path=path, code=code, severity=Severity.WARNING, params=params)


def errors_of(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return those of the problems that forbid the step."""
    return tuple(problem for problem in problems if problem.is_error)


def require_none(problems: Iterable[Problem]) -> None:
    """Raise when one of the problems forbids the step.

    Raises:
        InvalidFieldsError: with the forbidding ones.
    """
    found = errors_of(problems)
    if found:
        raise InvalidFieldsError(found)


def problems_from(failure: ValidationError) -> tuple[Problem, ...]:
    """Return what the validation found, without any of the values that were entered."""
    found = failure.errors(include_url=False, include_input=False)[:MAX_PROBLEMS]
    return tuple(
        Problem(
            path=_path(item["loc"]),
            code=_CODES.get(item["type"], "bad_value"),
            params=_params(item.get("ctx", {})),
        )
        for item in found
    )


def _path(location: tuple[int | str, ...]) -> str:
    steps = (str(step) for step in location if step != "[key]")
    return ".".join(steps)[:MAX_PATH_CHARS]


def _params(context: Mapping[str, object]) -> Mapping[str, str | int]:
    return {
        _LIMITS[key]: value
        for key, value in context.items()
        if key in _LIMITS and isinstance(value, int | str)
    }
