"""How does a body become a map for the log, and how does a partner's map become a body again?

The wire knows nil, unsigned integers, text, bytes, lists and maps (docs/protocol.md section 0):
flags become 0 and 1, decimals and dates text, and what is absent or empty is left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import chain
from typing import Final, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from integra_node.rules.fields import MAX_TEXT_CHARS, TOLERANT
from integra_node.rules.problems import InvalidFieldsError, error, problems_from
from integra_protocol.canonical import Value, encode
from integra_protocol.errors import BadBodyError, InputError
from integra_protocol.limits import MAX_CONTENT_CONTAINERS, MAX_CONTENT_DEPTH, MAX_DATA_BYTES

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

B = TypeVar("B", bound=BaseModel)

MAX_ITEMS: Final = 1_000  # in one map or list

_SIZED: Final = (str, bytes, dict, list, tuple)


class _OutOfBoundsError(Exception):
    """A map that is too deep, too wide or too long to look at."""


def read_entered(model: type[B], data: Mapping[str, object]) -> B:
    """Return the body that a person, a file or an API client of our own entered.

    Raises:
        InvalidFieldsError: with every field that breaks a rule.
    """
    try:
        _check_bounds(data)
    except _OutOfBoundsError:
        raise InvalidFieldsError([error("", "body_too_large")]) from None
    try:
        return model.model_validate(dict(data))
    except ValidationError as failure:
        raise InvalidFieldsError(problems_from(failure)) from None


def read_received(model: type[B], data: Mapping[str, object]) -> B:
    """Return a partner's body; fields and codes that only newer nodes know do no harm.

    Unknown fields are dropped, unknown codes kept as they are.

    Raises:
        BadBodyError: a field that everybody knows breaks its rule (docs/protocol.md section 4).
    """
    known = {key: data[key] for key in _keys(model) if key in data}
    try:
        _check_bounds(known)
        return model.model_validate(known, context={TOLERANT: True}, extra="ignore")
    except _OutOfBoundsError:
        raise BadBodyError("bounds", "a body outside the bounds of its kind") from None
    except ValidationError as failure:
        codes = sorted({problem.code for problem in problems_from(failure)})
        raise BadBodyError("fields", f"fields of the body fail: {', '.join(codes)}") from None


def to_value(model: BaseModel) -> dict[str, Value]:
    """Return the body as a map for the wire."""
    return {
        key: _value(item)
        for key, item in model.model_dump(mode="python").items()
        if not _is_empty(item)
    }


def to_json(model: BaseModel) -> dict[str, Json]:
    """Return the body as JSON values: flags stay flags, decimals become numbers."""
    return {
        key: _json(item)
        for key, item in model.model_dump(mode="python").items()
        if not _is_empty(item)
    }


def fits(data: Mapping[str, Value]) -> bool:
    """Return whether the map may be the data of one entry, at most 262,144 bytes encoded."""
    try:
        return len(encode(dict(data))) <= MAX_DATA_BYTES
    except InputError:
        return False


def texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, text) for every text in a JSON or wire value, codes included, in order."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from texts(item, f"{path}.{position}")


@cache
def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(item.alias or name for name, item in model.model_fields.items())


def _value(item: object) -> Value:
    match item:
        case bool():
            return int(item)
        case StrEnum():
            return item.value
        case int() | str() | bytes() | None:
            return item
        case Decimal():
            return str(item)
        case datetime() | date():
            return item.isoformat()
        case dict():
            return {str(k): _value(v) for k, v in item.items() if not _is_empty(v)}
        case list() | tuple():
            return [_value(part) for part in item]
    message = f"no wire form for {type(item).__name__}"
    raise TypeError(message)


def _json(item: object) -> Json:
    match item:
        case StrEnum():
            return item.value
        case bool() | int() | str() | None:
            return item
        case Decimal():
            return int(item) if item == item.to_integral_value() else float(item)
        case datetime() | date():
            return item.isoformat()
        case dict():
            return {str(k): _json(v) for k, v in item.items() if not _is_empty(v)}
        case list() | tuple():
            return [_json(part) for part in item]
    message = f"no JSON form for {type(item).__name__}"
    raise TypeError(message)


def _is_empty(item: object) -> bool:
    return item is None or (isinstance(item, tuple | list | dict) and not item)


def _check_bounds(data: Mapping[str, object]) -> None:
    containers, characters = 0, 0
    stack: list[tuple[object, int]] = [(dict(data), 1)]
    while stack:
        item, depth = stack.pop()
        if isinstance(item, str | bytes):
            characters += len(item)
            if len(item) > MAX_TEXT_CHARS or characters > MAX_DATA_BYTES:
                raise _OutOfBoundsError
            continue
        containers += 1
        if containers > MAX_CONTENT_CONTAINERS or depth > MAX_CONTENT_DEPTH:
            raise _OutOfBoundsError
        stack.extend((child, depth + 1) for child in _children(item) if isinstance(child, _SIZED))


def _children(item: object) -> Iterable[object]:
    if isinstance(item, dict):
        children: Iterable[object] = chain(item, item.values())
    else:
        children = item if isinstance(item, list | tuple) else ()
    if isinstance(item, dict | list | tuple) and len(item) > MAX_ITEMS:
        raise _OutOfBoundsError
    return children
