"""Which words of a text may point at a person: names, dates of birth, addresses, numbers, accounts?

The words are pointed at and never changed: a second person decides about each.  The lists are data
(``data/screening.json``) in seven languages.  Pure; the work grows with the length of the text, and
is small where nothing stands that a pattern could begin with: about 0.1 ms for 2 KB of prose.
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
from integra_node.rules.screening_view import (
    Phrase,
    Phrases,
    View,
    first_word,
    merged,
    number_groups,
    occurrences,
    view_of,
)


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
    for mark, kind, pattern in _ADDRESSED:
        if mark in text:
            yield from ((*found.span(), kind) for found in pattern.finditer(text))
    seen = view_of(text)
    yield from _names(seen, language)
    yield from _numbers(seen, language)
    if seen.has(_begin(("area",), language)):
        yield from ((*found.span(), Kind.ADDRESS) for found in _area(language).finditer(seen.text))


def _numbers(seen: View, language: str) -> Iterator[tuple[int, int, Kind]]:
    groups = number_groups(seen.text)
    for start, end in merged(groups, lambda one: one.is_long or one.touches_letters):
        for kind, pattern in _NEUTRAL:
            yield from ((*f.span(), kind) for f in pattern.finditer(seen.text, start, end))
        near = seen.lower[start:end]
        for kind, words, pattern in _worded(language):
            if any(word in near for word in words):
                yield from ((*f.span(), kind) for f in pattern.finditer(seen.text, start, end))
    if groups and seen.has(_begin(("born",), language)):
        births = _births(language)
        yield from ((*found.span(), Kind.BIRTH_DATE) for found in births.finditer(seen.text))
    for start, end in merged(groups, lambda one: one.is_house):
        near = seen.lower[start:end]
        for words, pattern in _streets(language):
            if any(word in near for word in words):
                found = pattern.finditer(seen.text, start, end)
                yield from ((*one.span(), Kind.ADDRESS) for one in found)


def _names(seen: View, language: str) -> Iterator[tuple[int, int, Kind]]:
    text = seen.text
    for word, start, end in seen.places(_introducing(language)):
        if word.needs_name_before and not _stands_after_name(text, start):
            continue
        last = _name_end(text, end, dotted=word.is_short)
        if last is not None:
            yield start, last, Kind.NAME
    for name in seen.words & _first_names():
        for start, end in occurrences(text, name):
            yield start, _name_end(text, start, dotted=False) or end, Kind.NAME
    at = text.find(".")
    while at >= 0:
        found = _INITIAL.match(text, at - 1) if at and text[at - 1].isupper() else None
        if found and found[1][0].isupper():
            yield *found.span(), Kind.NAME
        at = text.find(".", at + 1)


def _name_end(text: str, at: int, *, dotted: bool) -> int | None:
    """Return where a name that begins about here ends, None when no capital follows.

    A full stop and a blank end a sentence, and what comes after them is no name: but not after
    what is written with a full stop (``dotted``), and not after an initial.
    """
    end: int | None = None
    for _ in range(_MAX_NAME_WORDS):
        found = (_NEXT_AFTER_DOT if dotted else _NEXT_WORD).match(text, at)
        if found is None:
            break
        word = found[1]
        if word[0].isupper():
            end = found.end(1)
        elif word.casefold() not in _particles():
            break
        at, dotted = found.end(1), len(word) == 1
    return end


def _stands_after_name(text: str, at: int) -> bool:
    """Say whether a capital word or a comma stands before: "Karim, dit Momo", not "he said"."""
    before = text[max(0, at - _MAX_WORD) : at].rstrip()
    last = re.split("[ '’]", before)[-1]
    return before.endswith(",") or (bool(last) and last[0].isupper())


_MAX_WORD: Final = 40  # characters
_BETWEEN: Final = "[ \u00a0:\"'“”„«»‘’]"
_LETTERS: Final = r"([^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]))*)"
_NEXT_WORD: Final = re.compile(rf"(?:{_BETWEEN}{{0,4}}|\.)(?!\.){_LETTERS}")
_NEXT_AFTER_DOT: Final = re.compile(rf"{_BETWEEN[:-1]}.]{{0,4}}{_LETTERS}")
_INITIAL: Final = re.compile(r"(?<![\w.])[^\W\d_]\. ?([^\W\d_]{2,})")
_CYRILLIC_PLATE: Final = "АВЕКМНОРСТУХABEKMHOPCTYX"
_GREEK_PLATE: Final = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧABEZHIKMNOPTYX"
_OLD_YEAR: Final = r"(?:19[2-9]\d|200\d|201[0-5])"  # nobody younger is written about here
_ADDRESSED: Final[Sequence[tuple[str, Kind, re.Pattern[str]]]] = (
    ("@", Kind.EMAIL, re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}")),
    ("@", Kind.ACCOUNT, re.compile(r"(?<![\w@.])@\w[\w.]{2,63}")),
    (".me/", Kind.ACCOUNT, re.compile(r"\b(?:t|wa)\.me/\S{2,64}")),
    (".gg/", Kind.ACCOUNT, re.compile(r"\bdiscord\.gg/\S{2,64}")),
    (
        ".com/",
        Kind.ACCOUNT,
        re.compile(r"\b(?:instagram|facebook|fb|tiktok|twitter|vk)\.com/\S{2,64}"),
    ),
)
_NEUTRAL: Final[Sequence[tuple[Kind, re.Pattern[str]]]] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
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
        # behind a blank only what is written in capitals: the next word is no part of it
        Kind.DOCUMENT_NUMBER: (
            r"(?!(?:19|20)\d\d(?!\w))(?:[^\W\d_]{1,3}[ -]?)?"
            r"\d(?:[.-]?[\dA-Z]|[ ](?-i:[\dA-Z])){4,16}\b"
        ),
        Kind.PHONE: r"[(]?\d(?:[ ().-]{0,2}\d){5,13}(?!\w)",
    }
)


@cache
def _worded(language: str) -> Sequence[tuple[Kind, tuple[str, ...], re.Pattern[str]]]:
    """Return the numbers that a word before them makes what they are, and those words."""
    flags = re.IGNORECASE
    return [
        (
            kind,
            _small(name, language),
            re.compile(rf"(?<!\w)(?:{_any(name, language)})\w{{0,4}}{_MARK}{number}", flags),
        )
        for name, kind, number in (
            ("case", Kind.CASE_NUMBER, _NUMBERS[Kind.CASE_NUMBER]),
            ("document", Kind.DOCUMENT_NUMBER, _NUMBERS[Kind.DOCUMENT_NUMBER]),
            ("phone", Kind.PHONE, _NUMBERS[Kind.PHONE]),
        )
    ]


@cache
def _streets(language: str) -> Sequence[tuple[tuple[str, ...], re.Pattern[str]]]:
    """Return what a street and a number of a house look like, and the words without which not."""
    name = r"(?:[^\W\d_][\w.'’-]{0,30}[ ,\u00a0]{1,2}){1,6}"
    number, words = r"(?!(?:19|20)\d\d)\d{1,4}", r"(?:\w[\w'’-]{0,30} ?){1,4}"
    before, after = _any("street", language), _any("street_after", language)
    within = _any("street_ending", language)
    patterns = (
        (
            "street",
            rf"(?<!\w)(?:{before})[ \u00a0][\"„“«]?{name}(?:n[.°ºro]{{0,3}} ?|№ ?)?{number}\b",
        ),
        (
            "street",
            rf"(?<!\w)\d{{1,4}}(?: ?(?:bis|ter|[a-c]))?,? (?:{before})[ \u00a0]{words}",
        ),
        ("street_after", rf"(?<!\w)\d{{1,4}}[a-c]? {name}(?:{after})(?!\w)"),
        ("street_ending", rf"(?<!\w)\w{{2,30}}(?:{within}) \d{{1,4}}(?!\w)"),
    )
    return [(_small(name, language), re.compile(one, re.IGNORECASE)) for name, one in patterns]


@cache
def _area(language: str) -> re.Pattern[str]:
    name = r"[^\W\d_][\w-]{1,30}(?:[ \u00a0]\d{1,4})?"
    return re.compile(
        rf"(?<!\w)(?:{_any('area', language)})[ \u00a0]?[\"„“«]?{name}", re.IGNORECASE
    )


@cache
def _births(language: str) -> re.Pattern[str]:
    date = r"(?:\d{1,2}[./ -][^\n]{0,14}?(?:19|20)\d\d|(?:19|20)\d\d)(?!\d)"
    born = _any("born", language)
    return re.compile(rf"(?<!\w)(?:{born})(?!\w)[^\n\d]{{0,30}}{date}", re.IGNORECASE)


@cache
def _introducing(language: str) -> Phrases:
    """Return what is followed by a name: titles, and words like "named"."""
    lists = _lists()
    titles = _words("title", language)
    short = lists["short_title"].get(language, [])
    spoken = lists["only_there"].get("named", {}).get(language, [])
    named = [word for word in _words("named", language) if word not in spoken]
    dotted = {word.rstrip(".").casefold() for word in (*titles, *named) if word.endswith(".")}
    return Phrases(
        [
            *(Phrase(w, is_short=w.rstrip(".").casefold() in dotted) for w in (*titles, *named)),
            # Written small these are common words: "Me", "M.".
            *(Phrase(word, exact=True, is_short=word.endswith(".")) for word in short),
            # "dit", "detto": also what somebody said.
            *(Phrase(word, needs_name_before=True) for word in spoken),
        ]
    )


@cache
def _begin(names: tuple[str, ...], language: str) -> frozenset[str]:
    """Return the first word, small, of everything in these lists."""
    return frozenset(
        first_word(word).casefold() for name in names for word in _words(name, language)
    )


@cache
def _small(name: str, language: str) -> tuple[str, ...]:
    return tuple(sorted({word.lower() for word in _words(name, language)}))


def _words(name: str, language: str) -> list[str]:
    """Return the words of every language, and those that mean it in this language only."""
    lists = _lists()
    words = [word for held in lists["everywhere"][name].values() for word in held]
    return [*words, *lists["only_there"].get(name, {}).get(language, [])]


def _any(name: str, language: str) -> str:
    return _joined(_words(name, language))


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
