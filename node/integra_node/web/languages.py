"""In which language does a page speak, and how does it write times and numbers?

Catalogues are the ``.po`` files themselves, compiled in memory on first use.  English is the
language of the source and needs none.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE: Final = "en"
_CATALOGUES: Final = Path(__file__).parent / "locale"
# Their own names, because who looks for a language reads that one.
NAMES: Final = {
    "en": "English",
    "fr": "Français",
    "pt": "Português",
    "it": "Italiano",
    "nl": "Nederlands",
    "el": "Ελληνικά",
    "bg": "Български",
}


@cache
def available() -> tuple[str, ...]:
    """Return the languages that have a catalogue, English first, then by code."""
    found = {path.parent.parent.name for path in _CATALOGUES.glob("*/LC_MESSAGES/messages.po")}
    return (SOURCE_LANGUAGE, *sorted(found - {SOURCE_LANGUAGE}))


@cache
def translations(language: str) -> NullTranslations:
    """Return the catalogue of one of the available languages."""
    path = _CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def locale_of(language: str) -> Locale:
    """Return the rules for dates and numbers of an available language.

    English is read in Europe here: day before month.
    """
    return Locale.parse("en_GB" if language == SOURCE_LANGUAGE else language)


def choose(wanted: Iterable[str], accept_language: str, *, default: str = SOURCE_LANGUAGE) -> str:
    """Return the first available of explicit wishes, then of ``Accept-Language``, then default."""
    for language in (*wanted, *_accepted(accept_language), default):
        if language in available():
            return language
    return SOURCE_LANGUAGE


def _accepted(header: str) -> list[str]:
    weighed = []
    for place, part in enumerate(header[:500].split(",")[:20]):
        tag, _, parameters = part.partition(";")
        weight = _weight(parameters)
        if weight > 0:
            weighed.append((-weight, place, tag.strip().lower().partition("-")[0]))
    return [language for _, _, language in sorted(weighed)]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
