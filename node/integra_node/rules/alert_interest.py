"""Which alerts does a person want to be shown as new: of which settings, regions and severities?

An interest narrows what is announced, never what may be read; critical alerts are always announced.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from integra_node.rules.alert import Severity
from integra_node.rules.codes import codes_of
from integra_node.rules.fields import Body, Short, Token, distinct, known
from integra_node.rules.practice import Setting
from integra_node.rules.wire import Json, read_entered, to_json

MAX_REGIONS: Final = 60
_EVERYWHERE: Final = frozenset({"all", "*", "eu", "europe"})


class Interest(Body):
    """What one person wants to be shown; empty means everything."""

    settings: Annotated[tuple[Setting, ...], Field(max_length=20), AfterValidator(distinct)] = ()
    regions: Annotated[
        tuple[Short, ...], Field(max_length=MAX_REGIONS), AfterValidator(distinct)
    ] = ()
    min_severity: Annotated[Token, AfterValidator(known("severity"))] = Severity.INFO.value

    @property
    def uninteresting(self) -> tuple[str, ...]:
        """The severities that are below what is wanted."""
        ordered = list(codes_of("severity"))
        place = ordered.index(self.min_severity) if self.min_severity in ordered else 0
        return tuple(code for code in ordered[:place] if code != Severity.CRITICAL)


def parse_interest(data: Mapping[str, object]) -> Interest:
    """Return what a form or an API client entered.

    Raises:
        InvalidFieldsError: with every field that breaks a rule.
    """
    return read_entered(Interest, data)


def interest_json(interest: Interest) -> dict[str, Json]:
    """Return an interest as JSON values, the form that ``parse_interest`` takes."""
    return to_json(interest)


def region_keys(regions: Iterable[str]) -> tuple[str, ...]:
    """Return regions as they are compared: folded, without accents; none when one is everywhere."""
    keys = {_folded(region) for region in regions} - {""}
    return () if keys & _EVERYWHERE else tuple(sorted(keys))


def wider(key: str) -> tuple[str, ...]:
    """Return a region and what it lies in: ``pt-11`` lies in ``pt``."""
    parts = key.split("-")
    return tuple("-".join(parts[:count]) for count in range(1, len(parts) + 1))


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(one for one in apart if not unicodedata.combining(one)).split())
