"""What did somebody type into a form? Bounded decoding, and what a form shows when it comes back.

Field names are paths: ``env.kind``; in repeating groups ``needs-0-domain``; a date is three fields
``release-day``, ``release-month``, ``release-year``, which become one ISO date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from urllib.parse import parse_qsl

from integra_node.web.refusals import BadFormError

MAX_FIELDS: Final = 1_500
MAX_NAME: Final = 120  # characters
MAX_GROUPS: Final = 100  # rows of one repeating group
MAX_DEPTH: Final = 8
_NAME: Final = re.compile(
    r"[a-z_][a-z0-9_]*(?:(?:\.|-\d{1,3}-)[a-z_][a-z0-9_]*)*(?:-(?:day|month|year))?"
)
_STEP: Final = re.compile(r"\.|-(\d{1,3})-")
_DATE_PARTS: Final = ("day", "month", "year")
_LINE_ENDS: Final = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormData:
    """The fields of one form in the order they were sent, cleaned of stray line ends."""

    items: tuple[tuple[str, str], ...] = ()

    def text(self, name: str, default: str = "") -> str:
        """Return the last value of a field, without blanks around it."""
        found = self.all(name)
        return found[-1].strip() if found else default

    def secret(self, name: str) -> str:
        """Return the last value of a password or PIN field exactly as typed."""
        found = self.all(name)
        return found[-1] if found else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a field, as of checkboxes."""
        return tuple(value for key, value in self.items if key == name)

    def date(self, name: str) -> str:
        """Return three date fields as ISO text; empty if all are, as typed if it is no date."""
        parts = tuple(self.text(f"{name}-{part}") for part in _DATE_PARTS)
        return _join_date(parts) if any(parts) else ""

    def nested(self, *, lists: Iterable[str] = ()) -> dict[str, object]:
        """Return the fields as maps and lists by their paths; empty fields are left out.

        Args:
            lists: paths (group numbers written as ``0``) whose values are always a list.

        Raises:
            BadFormError: two fields contradict each other, or a path is too deep.
        """
        always = frozenset(lists)
        tree: dict[str, object] = {}
        for name, values in self._by_name().items():
            kept = [value for value in values if value]
            if kept:
                _place(tree, name, kept if _shape(name) in always else kept[-1])
        return _compact(tree)

    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        dates: dict[str, None] = {}
        for name, value in self.items:
            stem, _, part = name.rpartition("-")
            if stem and part in _DATE_PARTS:
                dates[stem] = None
            else:
                found.setdefault(name, []).append(value.strip())
        for stem in dates:
            found[stem] = [self.date(stem)]
        return found


def decode_form(data: bytes) -> FormData:
    """Decode an ``application/x-www-form-urlencoded`` body.

    Raises:
        BadFormError: not UTF-8, too many fields, or a name that no page of ours uses.
    """
    try:
        pairs = parse_qsl(
            data.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            encoding="utf-8",
            errors="strict",
        )
    except ValueError as error:
        raise BadFormError from error
    return checked(pairs)


def checked(pairs: Sequence[tuple[str, str]]) -> FormData:
    """Return names and values as form data.

    Raises:
        BadFormError: too many fields, or a name that no page of ours uses.
    """
    if len(pairs) > MAX_FIELDS:
        raise BadFormError
    for name, value in pairs:
        if len(name) > MAX_NAME or not _NAME.fullmatch(name) or "\0" in value:
            raise BadFormError
    return FormData(items=tuple((name, _LINE_ENDS.sub("\n", value)) for name, value in pairs))


def flatten(value: Mapping[str, object], prefix: str = "") -> FormData:
    """Return the fields that would make a nested value, to fill a form with what is stored."""
    items: list[tuple[str, str]] = []
    _flatten(value, prefix, items)
    return FormData(items=tuple(items))


def field_name(path: str) -> str:
    """Return the field of a problem's path: ``needs.0.domain`` is ``needs-0-domain``."""
    return re.sub(r"\.(\d{1,3})\.", r"-\1-", re.sub(r"\.\d{1,3}$", "", path))


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """What a template shows of a form: values and error texts by field name.

    ``errors`` is in the order of the page's fields as far as the fields were sent.
    """

    data: FormData = field(default_factory=FormData)
    errors: tuple[tuple[str, str], ...] = ()

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        return self.data.text(name) if not name.endswith("password") else ""

    def values(self, name: str) -> tuple[str, ...]:
        """Return the chosen values of a group of boxes."""
        return self.data.all(name)

    def date(self, name: str) -> tuple[str, str, str]:
        """Return day, month and year as typed, or split from a stored ISO date."""
        parts = [self.data.text(f"{name}-{part}") for part in _DATE_PARTS]
        stored = self.data.text(name).split("-")
        if not any(parts) and len(stored) == len(_DATE_PARTS):
            return (stored[2].lstrip("0"), stored[1].lstrip("0"), stored[0])
        return (parts[0], parts[1], parts[2])

    def error(self, name: str) -> str:
        """Return the first error of a field, or nothing."""
        return next((text for key, text in self.errors if key == name), "")


def _join_date(parts: tuple[str, ...]) -> str:
    day, month, year = parts
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return f"{year}-{month}-{day}"


def _shape(name: str) -> str:
    return re.sub(r"-\d{1,3}-", "-0-", name)


def _place(tree: dict[str, object], name: str, value: object) -> None:
    steps = _steps(name)
    here = tree
    for step in steps[:-1]:
        below = here.setdefault(step, {})
        if not isinstance(below, dict):
            raise BadFormError
        here = below
    if steps[-1] in here:
        raise BadFormError
    here[steps[-1]] = value


def _steps(name: str) -> list[str]:
    # "#" marks list positions: no field name can hold it
    steps: list[str] = []
    start = 0
    for match in _STEP.finditer(name):
        steps.append(name[start : match.start()])
        if match[1] is not None:
            if int(match[1]) >= MAX_GROUPS:
                raise BadFormError
            steps.append(f"#{int(match[1])}")
        start = match.end()
    steps.append(name[start:])
    if len(steps) > MAX_DEPTH:
        raise BadFormError
    return steps


def _compact(tree: dict[str, object]) -> dict[str, object]:
    return {key: _compacted(value) for key, value in tree.items()}


def _compacted(value: object) -> object:
    if not isinstance(value, dict):
        return value
    rows = [key for key in value if key.startswith("#")]
    if not rows:
        return _compact(value)
    if len(rows) != len(value):
        raise BadFormError
    return [_compacted(value[key]) for key in sorted(rows, key=lambda key: int(key[1:]))]


def _flatten(value: object, name: str, items: list[tuple[str, str]]) -> None:
    if isinstance(value, Mapping):
        for key, below in value.items():
            _flatten(
                below, f"{name}.{key}" if name and not name.endswith("-") else f"{name}{key}", items
            )
    elif isinstance(value, list | tuple):
        for number, below in enumerate(value):
            row = isinstance(below, Mapping)
            _flatten(below, f"{name}-{number}-" if row else name, items)
    elif value is not None:
        items.append((name, _typed(value)))


def _typed(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value)
