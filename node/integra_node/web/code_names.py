"""How are codes, languages and countries called in the reader's language?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError

from integra_node.rules import codes
from integra_node.web.languages import NAMES, locale_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeNames:
    """Names for one reader; what has no name is shown as it is."""

    language: str
    reading: str = ""
    """In which language texts of authors are read; that of the names when empty."""

    def code(self, code_list: str, code: str) -> str:
        """Return the name of a code of ``rules.codes``."""
        return codes.label(code_list, code, self.language)

    def meaning(self, code_list: str, code: str) -> str:
        """Return what a code means, or an empty text."""
        found = codes.codes_of(code_list).get(code)
        return found.meaning(self.language) if found else ""

    def codes(self, code_list: str, chosen: Iterable[object]) -> list[str]:
        """Return the names of several codes."""
        return [self.code(code_list, str(one)) for one in chosen]

    def options(self, code_list: str) -> list[tuple[str, str]]:
        """Return every code of a list with its name, in the order for forms."""
        return [(code, self.code(code_list, code)) for code in codes.codes_of(code_list)]

    def explained(self, code_list: str) -> list[tuple[str, str, str]]:
        """Return every code of a list with its name and what it means."""
        return [
            (code, self.code(code_list, code), self.meaning(code_list, code))
            for code in codes.codes_of(code_list)
        ]

    def tongue(self, tag: str) -> str:
        """Return the name of a language, in that language if we know it."""
        if tag in NAMES:
            return NAMES[tag]
        try:
            return Locale.parse(tag, sep="-").get_display_name(locale_of(self.language)) or tag
        except (ValueError, UnknownLocaleError):
            return tag

    def country(self, code: str) -> str:
        """Return the name of a country."""
        return str(locale_of(self.language).territories.get(code, code))

    def best(self, texts: Mapping[str, str] | None, written_in: str) -> tuple[str, str]:
        """Return (language, text): in the reader's language, else as written; empty if none."""
        if not texts:
            return written_in, ""
        for tag in (self.reading or self.language, written_in, *texts):
            if tag in texts:
                return tag, texts[tag]
        return written_in, ""
