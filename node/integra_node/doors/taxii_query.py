"""What does a TAXII request ask for? Its parameters, checked and bounded (TAXII 2.1, section 3.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from integra_node.actions.doors import MAX_PAGE
from integra_node.doors import stix
from integra_node.doors.place import place_of
from integra_protocol.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multidict import MultiMapping

    from integra_node.actions.doors import Shown

DEFAULT_LIMIT: Final = 100
MAX_WORDS: Final = 100  # in one filter
_LISTS: Final = frozenset({"added_after", "limit", "next", "match[id]", "match[type]"})
_ALWAYS: Final = frozenset({"match[version]", "match[spec_version]"})
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,15}")
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z"
)
_MICRO: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ALL_VERSIONS: Final = frozenset({"all", "last", "first"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A checked request; ``since_us`` is the first microsecond that counts.

    ``versions`` and ``spec_versions`` are empty when every one fits.
    """

    kinds: tuple[str, ...]
    after: int | None = None
    since_us: int | None = None
    limit: int = DEFAULT_LIMIT
    ids: tuple[str, ...] = ()
    versions: frozenset[str] = frozenset()
    spec_versions: frozenset[str] = frozenset()

    def takes(self, shown: Shown) -> bool:
        """Whether an object passes the filters that the shelf cannot apply."""
        if self.spec_versions and stix.SPEC not in self.spec_versions:
            return False
        if self.ids and (stix.id_of(shown) not in self.ids or shown.item.kind not in self.kinds):
            return False
        if self.ids and self.since_us is not None and shown.item.added_us < self.since_us:
            return False
        if not self.versions or self.versions & _ALL_VERSIONS:
            return True
        own = _time_us(stix.version_of(shown), "match[version]")
        return own in {_time_us(version, "match[version]") for version in self.versions}


def parse_query(query: MultiMapping[str], *, lists: bool) -> Query:
    """Return what the parameters ask for; those that nobody knows are left alone (section 3.4).

    Args:
        query: the parameters.
        lists: whether several objects are asked for, or one by its identifier.

    Raises:
        InputError: a parameter has a wrong value, is there twice or does not belong here.
    """
    known = _LISTS | _ALWAYS if lists else _ALWAYS | {"limit", "next", "added_after"}
    for name in query:
        if (name in known or name.startswith("match[")) and len(query.getall(name)) > 1:
            raise InputError(f"{name} is there twice")
        if name.startswith("match[") and name not in known:
            raise InputError(f"there is no filter {name}")
    after = _after(query.get("next"))
    types = _words(query, "match[type]")
    kinds = [stix.TYPES[name] for name in types if name in stix.TYPES] if types else None
    versions = frozenset(_words(query, "match[version]"))
    for version in versions - _ALL_VERSIONS:
        _time_us(version, "match[version]")
    return Query(
        kinds=tuple(stix.TYPES.values() if kinds is None else kinds),
        after=after,
        # `next` names the place itself; some clients send a later `added_after` along with it.
        since_us=_since(query.get("added_after")) if after is None else None,
        limit=_limit(query.get("limit")),
        ids=_words(query, "match[id]"),
        versions=versions,
        spec_versions=frozenset(_words(query, "match[spec_version]")),
    )


def _words(query: MultiMapping[str], name: str) -> tuple[str, ...]:
    text = query.get(name)
    if text is None:
        return ()
    words = text.split(",")
    if len(words) > MAX_WORDS or not all(_is_word(words)):
        raise InputError(f"{name} is a list of at most {MAX_WORDS} words with commas between")
    return tuple(words)


def _is_word(words: Iterable[str]) -> Iterable[bool]:
    return (0 < len(word) <= MAX_WORDS and word.isascii() and word.isprintable() for word in words)


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not _NUMBER.fullmatch(text):
        raise InputError("limit is a number above 0")
    return min(int(text), MAX_PAGE)


def _after(text: str | None) -> int | None:
    return place_of(text, "next") if text else None


def _since(text: str | None) -> int | None:
    return None if text is None else _time_us(text, "added_after") + 1


def _time_us(text: str, name: str) -> int:
    found = _TIME.fullmatch(text)
    try:
        moment = datetime.fromisoformat(f"{found[1]}+00:00") if found else None
    except ValueError:
        moment = None
    if found is None or moment is None:
        raise InputError(f"{name} is a time of RFC 3339 in UTC, such as 2026-11-02T08:00:00Z")
    return (moment - _EPOCH) // _MICRO + int((found[2] or "").ljust(6, "0")[:6])
