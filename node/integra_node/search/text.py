"""Which searchable forms does a text have, in its language?

Documents and queries pass through the same analysis: control and direction characters go, then
Unicode NFKC; words are cut, elided articles taken off, stop words dropped, the rest stemmed by the
rules of the language and folded (no case, no accents) last.  A term carries no mark of its
language, so that one posting list serves all.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from integra_node.search import bulgarian
from integra_node.search.stopwords import STOPWORDS

ANALYSER_VERSION: Final = 1
"""Raised with every change that alters a term: an index of another version is rebuilt."""

MAX_WORD_CHARS: Final = 48
"""Characters of a word that count; what follows is ignored."""

MAX_MEMO_WORDS: Final = 100_000
"""Words remembered per language, about 20 MB; then the memory starts again."""

LANGUAGES: Final = ("en", "fr", "pt", "it", "bg", "el", "nl", "de", "es", "ro", "pl", "sv")
"""Languages (ISO 639-1) with an analyser of their own; any other is only folded."""

_SNOWBALL: Final = {
    "en": "english",
    "fr": "french",
    "pt": "portuguese",
    "it": "italian",
    "el": "greek",
    "nl": "dutch",
    "de": "german",
    "es": "spanish",
    "ro": "romanian",
    "pl": "polish",
    "sv": "swedish",
}
_ELIDED: Final = {
    "fr": re.compile("[ldjmnstc]|qu|jusqu|lorsqu|puisqu|quoiqu"),
    "it": re.compile(
        "[ldcvsnmt]|un|dell|nell|sull|all|dall|coll|quell|quest|sant|bell|com|cos|dov"
    ),
}
# Combining signs that NFKC leaves apart belong to the word: vowel points of Hebrew, Arabic, Hindi.
_SIGNS: Final = "\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f"
_WORD: Final = re.compile(rf"[^\W_][\w{_SIGNS}]*(?:['\u2019][^\W_][\w{_SIGNS}]*)*")
_APOSTROPHE: Final = re.compile("['\u2019]")
_BREAKS: Final = frozenset("\t\n\r\x0b\x0c\x85\u2028\u2029")
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ς": "σ", "ð": "d"}
)

_INFLECTED: Final[dict[str, Sequence[tuple[str, str]]]] = {
    "el": (("ο", "ου"), ("ου", "ο")),
    "fr": (("u", "us"), ("us", "u"), ("ail", "aux"), ("aux", "ail"), ("er", "ere"), ("eres", "er")),
    "it": (("e", "i"), ("i", "e")),
    "nl": (
        ("el", "elen"),
        ("elen", "el"),
        ("eem", "emen"),
        ("emen", "eem"),
        ("or", "oren"),
        ("oren", "or"),
    ),
}

Stem = Callable[[str], str]


class Form(NamedTuple):
    """What the index knows of one written word."""

    term: str
    """Folded stem; empty for a stop word."""
    surface: str
    """The folded word as written, without elided article."""


class Token(NamedTuple):
    """One word of a text: its form and where it stands, in characters."""

    form: Form
    start: int
    end: int


class Analyser(Protocol):
    """The analysis of one language."""

    def forms(self, text: str) -> list[Form]:
        """Return the form of each word of text, stop words included, in order."""

    def tokens(self, text: str) -> Iterator[Token]:
        """Yield each word of text with its place."""

    def placed(self, text: str) -> tuple[list[Form], list[tuple[int, int]]]:
        """Return the form and the place, in characters, of each word: `tokens`, for long texts."""


def clean(text: str, max_chars: int) -> str:
    """Return text in NFKC, without control, direction or private characters, cut to max_chars.

    Args:
        text: any string, also a hostile one.
        max_chars: the bound before and after normalising, in characters.
    """
    if len(text) > max_chars:
        text = text[:max_chars]
    if text.isascii() and text.isprintable():
        return text
    normal = unicodedata.normalize("NFKC", text)
    if not normal.isprintable():
        normal = "".join(map(_visible, normal))
    return normal[:max_chars]


def _visible(character: str) -> str:
    if character in _BREAKS:
        return "\n" if character == "\n" else " "
    return "" if unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Cn"} else character


def fold(word: str) -> str:
    """Return word without case and accents: "Έρευνα" is "ερευνα", "Straße" is "strasse"."""
    folded = word.casefold()
    if folded.isascii():
        return folded
    parts = unicodedata.normalize("NFD", folded.translate(_LETTERS))
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


def base_language(tag: str) -> str:
    """Return the ISO 639 part of a BCP 47 tag in lower case: "pt-BR" is "pt"."""
    return tag.partition("-")[0].lower()[:8]


def analyser_for(language: str) -> Analyser:
    """Return the analyser of a BCP 47 tag; an unknown language is folded only.

    The object is shared between threads.
    """
    base = base_language(language)
    base = base if base in LANGUAGES else ""
    with _analysers_lock:
        if base not in _analysers:
            _analysers[base] = _MemoAnalyser(base)
        return _analysers[base]


def query_forms(word: str, language: str) -> list[Form]:
    """Return the forms under which a text may hold word: as written, unaccented, and inflected.

    Where a stemmer is known to part forms of one noun ("carcere" and "carceri"), the other forms
    are looked for as well.
    """
    analyser = analyser_for(language)
    plain = fold(word)
    pairs = _INFLECTED.get(base_language(language), ())
    others = [
        plain.removesuffix(ending) + other
        for ending, other in pairs
        if plain.endswith(ending) and len(plain) > len(ending) + 1
    ]
    return [form for one in (word, plain, *others) for form in analyser.forms(one)[:1]]


class _Memo(dict[str, Form]):
    """Lower-case word to form, computed at the first sight of the word."""

    __slots__ = ("_lock", "_make")

    def __init__(self, make: Callable[[str], Form]) -> None:
        super().__init__()
        self._make = make
        self._lock = threading.Lock()

    def __missing__(self, word: str) -> Form:
        # guarded by _lock: a snowball stemmer keeps its word in itself while it works
        with self._lock:
            form = self._make(word)
            if len(self) >= MAX_MEMO_WORDS:
                self.clear()
            self[word] = form
        return form


class _MemoAnalyser:
    __slots__ = ("_memo",)

    def __init__(self, language: str) -> None:
        self._memo = _Memo(_form_maker(language))

    def forms(self, text: str) -> list[Form]:
        memo = self._memo
        return [memo[word] for word in _WORD.findall(text.lower())]

    def tokens(self, text: str) -> Iterator[Token]:
        memo = self._memo
        for match in _WORD.finditer(text):
            yield Token(memo[match.group().lower()], match.start(), match.end())

    def placed(self, text: str) -> tuple[list[Form], list[tuple[int, int]]]:
        memo = self._memo
        found = list(_WORD.finditer(text))
        return [memo[match.group().lower()] for match in found], [match.span() for match in found]


_analysers: dict[str, Analyser] = {}
_analysers_lock = threading.Lock()


def _form_maker(language: str) -> Callable[[str], Form]:
    stop = STOPWORDS.get(language, frozenset())
    elided = _ELIDED.get(language)
    stem = _stemmer(language)

    def make(word: str) -> Form:
        word = _whole_word(word, elided)
        surface = fold(word)
        if word in stop:
            return Form("", surface)
        # Numbers, codes and references have no endings, and there is no end of them.
        stemmed = fold(stem(word)) if word.isalpha() else ""
        return Form(stemmed or surface, surface)

    return make


def _whole_word(word: str, elided: re.Pattern[str] | None) -> str:
    """Return word without elided article ("l'aide"), genitive ("staff's") and apostrophes."""
    parts = _APOSTROPHE.split(word)
    while len(parts) > 1 and elided and elided.fullmatch(parts[0]):
        parts = parts[1:]
    if len(parts) > 1 and parts[-1] == "s":
        parts = parts[:-1]
    return "".join(parts)[:MAX_WORD_CHARS]


def _stemmer(language: str) -> Stem:
    if language == "bg":
        return bulgarian.stem
    if language not in _SNOWBALL:
        return str
    # 25 ms and 30 modules, needed only once something is searched
    import snowballstemmer

    snowball: Stem = snowballstemmer.stemmer(_SNOWBALL[language]).stemWord
    return _PREPARED.get(language, _as_is)(snowball)


def _as_is(snowball: Stem) -> Stem:
    return snowball


def _portuguese(snowball: Stem) -> Stem:
    """Let nasal plurals meet their singular: prisões and prisao are prisão."""

    def stem(word: str) -> str:
        for plural, singular in _NASAL:
            if word.endswith(plural) and len(word) > len(plural) + 1:
                word = word.removesuffix(plural) + singular
                break
        return snowball(word)

    return stem


_NASAL: Final[Sequence[tuple[str, str]]] = (
    ("ções", "ção"),
    ("coes", "ção"),
    ("cao", "ção"),
    ("ões", "ão"),
    ("oes", "ão"),
    ("ães", "ão"),
    ("ãos", "ão"),
    ("aos", "ão"),
    ("sao", "são"),
    ("dao", "dão"),
)
_PREPARED: Final[dict[str, Callable[[Stem], Stem]]] = {"pt": _portuguese}
