"""How is a question to the library told to its reader: words, filters, concepts?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.rules.messages import N_

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integra_node.rules.question import Question
    from integra_node.search.vocabulary import Vocabulary
    from integra_node.web.code_names import CodeNames

LEGENDS: Final = {
    "kind": N_("Kind"),
    "language": N_("Language"),
    "setting": N_("Setting"),
    "stage": N_("Stage"),
    "country": N_("Country"),
    "org": N_("Organisation"),
    "concept": N_("Concept"),
}
_KINDS: Final = {"practice": N_("Practice"), "alert": N_("Alert")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word or name; ``language`` is empty where it is that of the page, or none.

    Where ``marked`` is given, it is a text not yet translated that stands in the place of ``text``.
    """

    text: str = ""
    language: str = ""
    marked: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A concept in the reader's language, with its names in others."""

    id: str
    label: str
    language: str
    others: tuple[tuple[str, str], ...]
    """Pairs of language and name."""


def filter_words(
    question: Question, names: CodeNames, vocabulary: Vocabulary
) -> list[tuple[str, str, list[Word]]]:
    """Return (filter, its legend not yet translated, its values) for each filter of a question."""
    return [
        (name, LEGENDS[name], [_word(name, value, names, vocabulary) for value in values])
        for name, values in question.filters
    ]


def concepts_of(ids: Iterable[str], language: str, vocabulary: Vocabulary) -> list[Concept]:
    """Return concepts as their reader calls them; what the thesaurus does not know is left out."""
    return [concept_of(id_, language, vocabulary) for id_ in ids if id_ in vocabulary.concepts]


def concept_of(id_: str, language: str, vocabulary: Vocabulary) -> Concept:
    """Return one concept of the thesaurus as its reader calls it."""
    label, tongue = vocabulary.label(id_, (language,))
    preferred = vocabulary.concepts[id_].preferred
    return Concept(
        id=id_,
        label=label,
        language=tongue,
        others=tuple((code, text) for code, text in preferred.items() if code != tongue),
    )


def _word(name: str, value: str, names: CodeNames, vocabulary: Vocabulary) -> Word:
    match name:
        case "language":
            return Word(text=names.tongue(value), language=value, value=value)
        case "country":
            return Word(text=names.country(value), value=value)
        case "setting" | "stage":
            return Word(text=names.code(name, value), value=value)
        case "kind" if value in _KINDS:
            return Word(marked=_KINDS[value], value=value)
        case "concept" if value in vocabulary.concepts:
            label, language = vocabulary.label(value, (names.language,))
            return Word(text=label, language=language, value=value)
    return Word(text=value, value=value)
