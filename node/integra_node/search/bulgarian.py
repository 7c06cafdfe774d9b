"""What is the stem of a Bulgarian word?

A light stemmer by rules of the language, without a dictionary: it takes off the definite article,
then the plural or gender ending, then undoes the sound changes these cause.  It errs towards too
little: different words must not fall together.
"""

from __future__ import annotations

from typing import Final

_MIN_STEM: Final = 3  # letters that must stay
_VOWELS: Final = frozenset("аъоуеияюй")

# Article, and the endings it can follow: "работа" ends in -та without having an article.
_ARTICLES: Final = (
    ("та", ("а", "я", "щ", "ст")),
    ("то", ("о", "е")),
    ("те", ("и", "е")),
    ("ът", ("",)),
    ("ят", ("",)),
)
_ENDINGS: Final = (
    ("ове", ""),
    ("еве", ""),
    ("ози", "ог"),
    ("ии", ""),
    ("ия", ""),
    ("ие", ""),
    ("а", ""),
    ("я", ""),
    ("о", ""),
    ("е", ""),
    ("и", ""),
    ("й", ""),
    ("ь", ""),
)


def stem(word: str) -> str:
    """Return the stem of one lower-case word; a word without a known ending is its own stem."""
    return _restore(_replace_ending(_strip_article(word)))


def _strip_article(word: str) -> str:
    for article, before in _ARTICLES:
        rest = word.removesuffix(article)
        if rest != word and len(rest) >= _MIN_STEM and rest.endswith(before):
            return rest
    return word


def _replace_ending(word: str) -> str:
    for ending, replacement in _ENDINGS:
        rest = word.removesuffix(ending)
        if rest != word and len(rest) + len(replacement) >= _MIN_STEM:
            return rest + replacement
    return word


def _restore(word: str) -> str:
    """Undo fleeting vowels, doubled н and the change к > ц, so that all forms meet."""
    if len(word) <= _MIN_STEM:
        return word
    if word[-2] in "еъ" and word[-1] in "нрц" and word[-3] not in _VOWELS:
        word = word[:-2] + word[-1]
    if word.endswith("нн"):
        word = word[:-1]
    word = word.removesuffix("ион") if word.endswith("цион") else word
    return word[:-1] + "к" if word.endswith("ц") else word
