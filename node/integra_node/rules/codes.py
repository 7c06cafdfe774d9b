"""Which codes exist, what do they mean, and how are they called in each language?

The lists are data with a version (``data/codes.json``); records keep the code that they were
written with, so a code is never removed from a list, only given an end.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from integra_protocol.errors import NotFoundError

FALLBACK_LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code of one list.

    Attributes:
        code: The word that is stored and sent; never translated.
        labels: Language tag to name; always has ``en``.
        definition: Language tag to a sentence; may be empty.
    """

    code: str
    labels: Mapping[str, str]
    definition: Mapping[str, str]

    def label(self, language: str) -> str:
        """Return the name in the language, else in English."""
        return _in_language(self.labels, language)

    def meaning(self, language: str) -> str:
        """Return the definition in the language, else in English, else an empty text."""
        return _in_language(self.definition, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """All codes of one list in the order in which forms show them; ``source`` says whose they are."""

    name: str
    source: str
    codes: Mapping[str, Code]


def code_lists() -> Mapping[str, CodeList]:
    """Return every code list by name."""
    return _loaded()[1]


def lists_version() -> int:
    """Return the version of the code lists, from 1."""
    return _loaded()[0]


def codes_of(name: str) -> Mapping[str, Code]:
    """Return the codes of one list in order.

    Raises:
        NotFoundError: there is no such list.
    """
    found = code_lists().get(name)
    if found is None:
        raise NotFoundError(f"no code list {name}")
    return found.codes


def is_known(name: str, code: str) -> bool:
    """Return whether the list has the code."""
    return code in codes_of(name)


def label(name: str, code: str, language: str) -> str:
    """Return the name of a code; a code that only newer nodes know is shown as it is."""
    found = codes_of(name).get(code)
    return found.label(language) if found else code


def _in_language(texts: Mapping[str, str], language: str) -> str:
    primary = language.partition("-")[0]
    for tag in (language, primary, FALLBACK_LANGUAGE):
        if tag in texts:
            return texts[tag]
    return ""


@cache
def _loaded() -> tuple[int, Mapping[str, CodeList]]:
    source = resources.files("integra_node.rules").joinpath("data", "codes.json")
    document = json.loads(source.read_text(encoding="utf-8"))
    lists = {name: _code_list(name, item) for name, item in document["lists"].items()}
    return document["version"], MappingProxyType(lists)


def _code_list(
    name: str, item: Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]]
) -> CodeList:
    codes = {
        code: Code(
            code=code,
            labels=MappingProxyType(dict(entry["labels"])),
            definition=MappingProxyType(dict(entry.get("definition", {}))),
        )
        for code, entry in item["codes"].items()
    }
    return CodeList(name=name, source=str(item["source"]), codes=MappingProxyType(codes))
