"""What does an OAI-PMH request ask for? Verb and arguments, checked (OAI-PMH 2.0, sections 3 and 4).

A resumption token holds everything that is needed to go on and no secret: whoever makes one up gets
nothing that could not be asked for.  It never expires, because it names a place that stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from integra_protocol.limits import MAX_SIZE

if TYPE_CHECKING:
    from multidict import MultiMapping

DC: Final = "oai_dc"
FULL: Final = "integra"
PREFIXES: Final = (DC, FULL)
MAX_ARGUMENT_CHARS: Final = 400
# verb: what it needs, what it may have; a resumption token stands alone (3.5)
_ARGUMENTS: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset()),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
}
_RESUMED: Final = frozenset({"ListSets", "ListIdentifiers", "ListRecords"})
_SET: Final = re.compile(r"[A-Za-z0-9_.!~*'()-]{1,120}")
_TOKEN: Final = re.compile(
    rf"({'|'.join(PREFIXES)})/({_SET.pattern})?/([0-9]{{1,11}})?/([0-9]{{1,11}})?/([1-9][0-9]{{0,15}})"
)
_MICRO: Final = 1_000_000


class OaiError(Exception):
    """A condition of section 3.6; the answer is still an answer, with status 200."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of a list: seconds, both included, and the place after which it goes on."""

    prefix: str
    in_set: str = ""
    since: int | None = None
    until: int | None = None
    after: int | None = None

    @property
    def since_us(self) -> int | None:
        """The first microsecond."""
        return None if self.since is None else self.since * _MICRO

    @property
    def until_us(self) -> int | None:
        """The last microsecond."""
        return None if self.until is None else self.until * _MICRO + _MICRO - 1

    def token(self, after: int) -> str:
        """Return the resumption token for what comes after a place."""
        since = "" if self.since is None else self.since
        until = "" if self.until is None else self.until
        return f"{self.prefix}/{self.in_set}/{since}/{until}/{after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A checked request; ``arguments`` as they were given, to be repeated in the answer.

    ``part`` means something to the verbs that ask for records.
    """

    verb: str
    arguments: Mapping[str, str]
    part: Part


def parse_request(given: MultiMapping[str]) -> Asked:
    """Return what a request asks for.

    Raises:
        OaiError: badVerb, badArgument, badResumptionToken or cannotDisseminateFormat.
    """
    verbs = given.getall("verb", [])
    if len(verbs) != 1 or verbs[0] not in _ARGUMENTS:
        raise OaiError("badVerb", "one verb of OAI-PMH is needed")
    verb = verbs[0]
    arguments = {name: given[name] for name in given if name != "verb"}
    if len(given) != len(arguments) + 1:
        raise OaiError("badArgument", "an argument is there twice")
    if any(len(value) > MAX_ARGUMENT_CHARS for value in arguments.values()):
        raise OaiError("badArgument", "an argument is too long")
    if "resumptionToken" in arguments and verb in _RESUMED:
        if len(arguments) > 1:
            raise OaiError("badArgument", "a resumption token stands alone")
        resumed = _resumed(verb, arguments["resumptionToken"])
        return Asked(verb=verb, arguments=arguments, part=resumed)
    _check_names(verb, arguments)
    part = _part(arguments) if "metadataPrefix" in arguments else Part(prefix=DC)
    return Asked(verb=verb, arguments=arguments, part=part)


def _check_names(verb: str, arguments: Mapping[str, str]) -> None:
    needed, possible = _ARGUMENTS[verb]
    missing, foreign = needed - set(arguments), set(arguments) - needed - possible
    if missing:
        raise OaiError("badArgument", f"missing: {', '.join(sorted(missing))}")
    if foreign:
        # What somebody else wrote is not repeated.
        raise OaiError("badArgument", f"{verb} does not have one of these arguments")


def _part(arguments: Mapping[str, str]) -> Part:
    since, until = arguments.get("from"), arguments.get("until")
    if since is not None and until is not None and len(since) != len(until):
        raise OaiError("badArgument", "from and until have different granularities")
    part = Part(
        prefix=_prefix(arguments["metadataPrefix"]),
        in_set=_set(arguments.get("set", "")),
        since=None if since is None else _second(since, last=False),
        until=None if until is None else _second(until, last=True),
    )
    if part.since is not None and part.until is not None and part.since > part.until:
        raise OaiError("badArgument", "from is later than until")
    return part


def _resumed(verb: str, token: str) -> Part:
    found = _TOKEN.fullmatch(token)
    if verb == "ListSets" or found is None or int(found[5]) > MAX_SIZE:
        raise OaiError("badResumptionToken", "not a resumption token of this repository")
    return Part(
        prefix=found[1],
        in_set=found[2] or "",
        since=int(found[3]) if found[3] else None,
        until=int(found[4]) if found[4] else None,
        after=int(found[5]),
    )


def _prefix(text: str) -> str:
    if not _SET.fullmatch(text):
        raise OaiError("badArgument", "that is no format")
    if text not in PREFIXES:
        raise OaiError("cannotDisseminateFormat", f"the formats are {', '.join(PREFIXES)}")
    return text


def _set(text: str) -> str:
    if text and not _SET.fullmatch(text):
        raise OaiError("badArgument", "that is no set")
    return text


def _second(text: str, *, last: bool) -> int:
    form = "%Y-%m-%d" if len(text) == len("2026-01-31") else "%Y-%m-%dT%H:%M:%SZ"
    try:
        moment = datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError as error:
        raise OaiError("badArgument", "a date is YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ") from error
    whole_day = form == "%Y-%m-%d" and last
    return max(0, int(moment.timestamp()) + (86_399 if whole_day else 0))
