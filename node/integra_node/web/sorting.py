"""In which order does a reader of a language look for names?

The main levels of the Unicode Collation Algorithm (UTS #10) as CLDR orders them for the languages
of the pages: letters first, then accents, then case; the reader's own script before others; blanks
and marks before digits, digits before letters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

Key = tuple[tuple[tuple[int, str], ...], str, str]

_SCRIPTS: Final = ("LATIN", "GREEK", "CYRILLIC")
_OWN_SCRIPT: Final = {"bg": "CYRILLIC", "el": "GREEK"}
# Letters of their own, or of two, that Unicode does not take apart so.
_WHOLE: Final = frozenset("й")
_LETTERS: Final = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"}
_MARK, _DIGIT, _OWN, _OTHER = range(4)


def sort_key(text: str, language: str) -> Key:
    """Return what to sort a text by for a reader of a language (BCP 47)."""
    own = _OWN_SCRIPT.get(language.partition("-")[0], "LATIN")
    whole = unicodedata.normalize("NFC", text)
    bases = tuple(base for one in whole.casefold() for base in _bases(one, own))
    return bases, unicodedata.normalize("NFD", whole.casefold()), whole.swapcase()


def initial(text: str, language: str) -> str:
    """Return the letter under which a text stands in a register; "#" for what is no letter."""
    letters = [base for rank, base in sort_key(text, language)[0] if rank >= _OWN]
    return letters[0].upper() if letters else "#"


def _bases(letter: str, own: str) -> Iterable[tuple[int, str]]:
    for one in _LETTERS.get(letter, letter):
        plain = one if one in _WHOLE else unicodedata.normalize("NFD", one)
        for base in plain:
            if not unicodedata.combining(base):
                yield _rank(base, own), base


def _rank(base: str, own: str) -> int:
    kind = unicodedata.category(base)[0]
    if kind == "N":
        return _DIGIT
    if kind != "L":
        return _MARK
    script = unicodedata.name(base, "").partition(" ")[0]
    if script == own:
        return _OWN
    return _OTHER + (_SCRIPTS.index(script) if script in _SCRIPTS else len(_SCRIPTS))
