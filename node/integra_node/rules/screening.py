"""Which words of a text may point at a person: names, dates of birth, addresses, numbers, accounts?

The words are pointed at and never changed: a second person decides about each.  The lists are data
(``data/screening.json``) in seven languages.  Pure; the work grows with the length of the text.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final, TypedDict

from integra_node.rules.messages import N_


class Kind(StrEnum):
    """What the words look like."""

    NAME = "name"
    BIRTH_DATE = "birth_date"
    ADDRESS = "address"
    EMAIL = "email"
    PHONE = "phone"
    ACCOUNT = "account"
    PLATE = "plate"
    CASE_NUMBER = "case_number"
    DOCUMENT_NUMBER = "document_number"


KIND_TEXTS: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.NAME: N_("looks like a name"),
        Kind.BIRTH_DATE: N_("looks like a date of birth"),
        Kind.ADDRESS: N_("looks like an address"),
        Kind.EMAIL: N_("looks like an e-mail address"),
        Kind.PHONE: N_("looks like a telephone number"),
        Kind.ACCOUNT: N_("looks like an account on a network"),
        Kind.PLATE: N_("looks like a number plate"),
        Kind.CASE_NUMBER: N_("looks like the number of a case"),
        Kind.DOCUMENT_NUMBER: N_("looks like the number of a document"),
    }
)
_ID_CHARS: Final = 16
_MAX_NAME_WORDS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Words that somebody has to look at.

    Attributes:
        path: Where the text stands, as the caller named it.
        start: First character in that text, from 0.
        end: The character after the last one.
        kind: What they look like.
        words: The characters from ``start`` to ``end``.
    """

    path: str
    start: int
    end: int
    kind: Kind
    words: str

    @property
    def id(self) -> str:
        """The same for the same words of one kind, wherever they stand; without the words."""
        said = f"{self.kind.value}\0{' '.join(self.words.split()).casefold()}"
        return f"w{hashlib.sha256(said.encode()).hexdigest()[:_ID_CHARS]}"


def screen(texts: Iterable[tuple[str, str]], language: str) -> tuple[Finding, ...]:
    """Return what points at a person, in the order of the texts; words are reported once a place.

    Args:
        texts: (path, text) pairs.
        language: Tag of the language that they are written in; of a language that the lists do not
            know only what is clear in every language is found.
    """
    primary = language.partition("-")[0].lower()
    return tuple(found for path, text in texts for found in _in_text(path, text, primary))


def distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the first finding of each ``id``: what one decision is asked about."""
    first: dict[str, Finding] = {}
    for one in findings:
        first.setdefault(one.id, one)
    return tuple(first.values())


def _in_text(path: str, text: str, language: str) -> Iterator[Finding]:
    spans = sorted(_spans(text, language), key=lambda span: (span[0], -span[1]))
    reached = 0
    for start, end, kind in spans:
        if end <= reached:
            continue  # inside what is pointed at already
        reached = end
        words = text[start:end].rstrip()
        yield Finding(path=path, start=start, end=start + len(words), kind=kind, words=words)


def _spans(text: str, language: str) -> Iterator[tuple[int, int, Kind]]:
    for kind, pattern in _NEUTRAL:
        yield from ((*found.span(), kind) for found in pattern.finditer(text))
    for kind, pattern in _worded(language):
        yield from ((*found.span(), kind) for found in pattern.finditer(text))
    yield from _names(text, language)


def _names(text: str, language: str) -> Iterator[tuple[int, int, Kind]]:
    for introduced in (_introduced(language), _short_introduced(language)):
        for found in introduced.finditer(text):
            end = _name_end(text, found.end())
            if end is not None:
                yield found.start(), end, Kind.NAME
    for found in _WORD.finditer(text):
        if found.group() in _first_names():
            yield found.start(), _name_end(text, found.start()) or found.end(), Kind.NAME
    for found in _INITIAL.finditer(text):
        if found[1].isupper() and found[2][0].isupper():
            yield *found.span(), Kind.NAME


def _name_end(text: str, at: int) -> int | None:
    """Return where a name that begins about here ends, None when no capital follows."""
    end: int | None = None
    for _ in range(_MAX_NAME_WORDS):
        found = _NEXT_WORD.match(text, at)
        if found is None:
            break
        word = found[1]
        if word[0].isupper():
            end = found.end(1)
        elif word.casefold() not in _particles():
            break
        at = found.end(1)
    return end


_WORD: Final = re.compile(r"[^\W\d_]+")
_NEXT_WORD: Final = re.compile(
    r"[ \u00a0.:\"'“”„«»‘’]{0,4}([^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]))*)"
)
_INITIAL: Final = re.compile(r"(?<![\w.])([^\W\d_])\. ?([^\W\d_]{2,})")
_CYRILLIC_PLATE: Final = "АВЕКМНОРСТУХABEKMHOPCTYX"
_GREEK_PLATE: Final = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧABEZHIKMNOPTYX"
_OLD_YEAR: Final = r"(?:19[2-9]\d|200\d|201[0-5])"  # nobody younger is written about here
_NEUTRAL: Final[Sequence[tuple[Kind, re.Pattern[str]]]] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Kind.EMAIL, r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}"),
        (Kind.ACCOUNT, r"(?<![\w@.])@\w[\w.]{2,63}"),
        (
            Kind.ACCOUNT,
            r"\b(?:t\.me|wa\.me|discord\.gg|(?:instagram|facebook|fb|tiktok|twitter|vk)\.com)/\S{2,64}",
        ),
        (Kind.PHONE, r"(?<!\w)(?:\+|00)[1-9](?:[ .-]?[0-9]){7,13}(?!\w)"),
        (Kind.PHONE, r"(?<![\w.])0\d(?:[ .-]?\d\d){4}(?![\w])"),
        (Kind.PLATE, r"\b[A-Z]{1,3}[- ][0-9]{2,4}[- ][A-Z]{1,3}\b"),
        (Kind.PLATE, r"\b[0-9]{2}-[A-Z]{2}-[0-9]{2}\b|\b[A-Z]{2}[0-9]{2} [A-Z]{3}\b"),
        (Kind.PLATE, rf"\b[{_CYRILLIC_PLATE}]{{1,2}} ?[0-9]{{4}} ?[{_CYRILLIC_PLATE}]{{2}}\b"),
        (Kind.PLATE, rf"\b[{_GREEK_PLATE}]{{3}}-[0-9]{{4}}\b"),
        (Kind.BIRTH_DATE, rf"(?<![\w.])\d{{1,2}}[./-]\d{{1,2}}[./-]{_OLD_YEAR}(?!\w)"),
        (Kind.BIRTH_DATE, rf"(?<![\w.]){_OLD_YEAR}-\d\d-\d\d(?!\w)"),
        (Kind.ADDRESS, r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"),  # postcode, United Kingdom
        (Kind.ADDRESS, r"\b(?!19|20)[1-9]\d{3} [A-Z]{2}\b"),  # postcode, Netherlands
        (Kind.DOCUMENT_NUMBER, r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"),
        (Kind.DOCUMENT_NUMBER, r"\b[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]\b"),
        (
            Kind.DOCUMENT_NUMBER,
            r"(?<![\w.,])[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3}(?: ?\d{2})?(?!\w)",
        ),
        (Kind.DOCUMENT_NUMBER, r"(?<![\w.,/])\d{8,14}(?![\w/])"),
    )
)
_MARK: Final = (  # "no.", "n.º", "№", "αριθμός" between a word and its number
    r"[ \u00a0.:,#№-]{0,4}(?:(?:n[.°ºro]{0,3}|num\w{0,6}|núm\w{0,6}|αρ\w{0,6})(?!\w))?"
    r"[ \u00a0.:#№º°-]{0,4}"
)
_NUMBERS: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.CASE_NUMBER: r"(?!(?:19|20)\d\d(?![\w/.-]))[A-Z]{0,4}(?:\d{1,8}[/.-]\d[\w/.-]{1,20}|\d{4,20}\b)",
        Kind.DOCUMENT_NUMBER: r"(?!(?:19|20)\d\d(?!\w))(?:[^\W\d_]{1,3}[ -]?)?\d(?:[ .-]?[\dA-Z]){4,16}\b",
        Kind.PHONE: r"[(]?\d(?:[ ().-]{0,2}\d){5,13}(?!\w)",
    }
)


@cache
def _worded(language: str) -> Sequence[tuple[Kind, re.Pattern[str]]]:
    """Return what is found by a word before it (or, for streets, after it)."""
    flags = re.IGNORECASE
    found = [
        (kind, re.compile(rf"(?<!\w)(?:{_any(name, language)})\w{{0,4}}{_MARK}{number}", flags))
        for name, kind, number in (
            ("case", Kind.CASE_NUMBER, _NUMBERS[Kind.CASE_NUMBER]),
            ("document", Kind.DOCUMENT_NUMBER, _NUMBERS[Kind.DOCUMENT_NUMBER]),
            ("phone", Kind.PHONE, _NUMBERS[Kind.PHONE]),
        )
    ]
    born, before = _any("born", language), _any("street", language)
    after, within = _any("street_after", language), _any("street_ending", language)
    area = _any("area", language)
    name = r"(?:[^\W\d_][\w.'’-]{0,30}[ ,\u00a0]{1,2}){1,6}"
    number = r"(?!(?:19|20)\d\d)\d{1,4}"
    streets = (
        rf"(?<!\w)(?:{before})[ \u00a0][\"„“«]?{name}(?:n[.°ºro]{{0,3}} ?|№ ?)?{number}\b",
        rf"(?<!\w)\d{{1,4}}(?: ?(?:bis|ter|[a-c]))?,? (?:{before})[ \u00a0](?:\w[\w'’-]{{0,30}} ?){{1,4}}",
        rf"(?<!\w)\d{{1,4}}[a-c]? {name}(?:{after})(?!\w)",
        rf"(?<!\w)\w{{2,30}}(?:{within}) \d{{1,4}}(?!\w)",
        rf"(?<!\w)(?:{area})[ \u00a0]?[\"„“«]?[^\W\d_][\w-]{{1,30}}(?:[ \u00a0]\d{{1,4}})?",
    )
    date = r"(?:\d{1,2}[./ -][^\n]{0,14}?(?:19|20)\d\d|(?:19|20)\d\d)(?!\d)"
    births = rf"(?<!\w)(?:{born})(?!\w)[^\n\d]{{0,30}}{date}"
    return (
        *found,
        *((Kind.ADDRESS, re.compile(one, flags)) for one in streets),
        (Kind.BIRTH_DATE, re.compile(births, flags)),
    )


@cache
def _introduced(language: str) -> re.Pattern[str]:
    """Return what is followed by a name: titles, and words like "named"."""
    words = f"{_any('title', language)}|{_any('named', language)}"
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


@cache
def _short_introduced(language: str) -> re.Pattern[str]:
    """Return titles that are common words when they are written small: "Me", "M."."""
    words = _lists()["short_title"].get(language, [])
    return re.compile(rf"(?<!\w)(?:{_joined(words)})(?!\w)")


def _any(name: str, language: str) -> str:
    """Return the words of every language, and those that mean it in this language only."""
    lists = _lists()
    words = [word for held in lists["everywhere"][name].values() for word in held]
    return _joined([*words, *lists["only_there"].get(name, {}).get(language, [])])


def _joined(words: Sequence[str]) -> str:
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(map(re.escape, ordered)) or "(?!)"


@cache
def _first_names() -> frozenset[str]:
    return frozenset(_lists()["first_names"])


@cache
def _particles() -> frozenset[str]:
    return frozenset(_lists()["particles"])


class _Lists(TypedDict):
    everywhere: dict[str, dict[str, list[str]]]
    only_there: dict[str, dict[str, list[str]]]
    short_title: dict[str, list[str]]
    first_names: list[str]
    particles: list[str]


@cache
def _lists() -> _Lists:
    source = resources.files("integra_node.rules").joinpath("data", "screening.json")
    lists: _Lists = json.loads(source.read_text(encoding="utf-8"))
    return lists
