"""What is a translation of a practice, which texts does it cover, and how is it read?

A translation is of one version.  Its texts are named by their places in the practice, such as
``title`` or ``steps.2``, so that it carries nothing but what was translated.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from integra_node.rules.fields import Article, Body, LanguageTag, Short, Token, known
from integra_node.rules.practice import Practice
from integra_node.rules.problems import Problem, error, require_none
from integra_node.rules.response_screening import looked_at, text_problems
from integra_node.rules.responses import Place
from integra_node.rules.wire import Json, fits, read_entered, read_received, to_json, to_value
from integra_protocol.canonical import Value
from integra_protocol.errors import BadBodyError

MAX_TEXTS: Final = 400
MAX_TITLE_CHARS: Final = 200
TITLE: Final = "title"
MACHINE: Final = "machine"
_PATH: Final = re.compile(r"[a-z][a-z_]{0,40}(\.([a-z][a-z_]{0,40}|0|[1-9][0-9]?)){0,4}")

M = TypeVar("M", bound=BaseModel)


def _path(value: object) -> object:
    if not isinstance(value, str) or not _PATH.fullmatch(value):
        raise PydanticCustomError("code", "no place of a practice")
    return value


TextPath = Annotated[str, BeforeValidator(_path)]


class Translation(Body):
    """The texts of one version in another language; ``method`` says how they came about."""

    language: LanguageTag
    method: Annotated[Token, AfterValidator(known("translation_method"))]
    reviewed_by_role: Short | None = None
    texts: Annotated[dict[TextPath, Article], Field(min_length=1, max_length=MAX_TEXTS)]


def parse_translation(data: Mapping[str, object], of: Practice) -> Translation:
    """Return the translation that one of our own people entered of a practice.

    Raises:
        InvalidFieldsError: with every field that breaks a rule.
    """
    body, cleared = looked_at(data)
    translation = read_entered(Translation, body)
    screened = text_problems(to_json(translation), translation.language, cleared)
    require_none((*_problems(translation, of), *screened))
    return translation


def translation_to_wire(translation: Translation, place: Place) -> dict[str, Value]:
    """Return the data of the entry that carries it (docs/protocol.md section 4)."""
    return {
        **to_value(translation),
        "ref": place.ref,
        "id": place.id,
        "version": place.version,
        "tlp": place.tlp,
    }


def translation_from_wire(data: Mapping[str, Value]) -> Translation:
    """Return a partner's translation.

    Raises:
        BadBodyError: fields that everybody knows break their rules, or there is no title.
    """
    translation = read_received(Translation, data)
    if not 0 < len(translation.texts.get(TITLE, "")) <= MAX_TITLE_CHARS:
        raise BadBodyError("fields", "a translation without a title")
    return translation


def translation_json(translation: Translation) -> dict[str, Json]:
    """Return the translation as JSON values, the form that ``parse_translation`` takes."""
    return to_json(translation)


def texts_of(practice: Practice) -> dict[str, str]:
    """Return the texts of a practice in its own language by their places, in reading order."""
    return {
        path: texts[practice.language]
        for path, texts in _maps(practice, "")
        if practice.language in texts
    }


def in_language(practice: Practice, translation: Translation) -> Practice:
    """Return the practice with the texts of a translation added, each at its place."""
    return _with(practice, "", translation.texts, translation.language)


def primary(tag: str) -> str:
    """Return the language of a tag without script and region."""
    return tag.partition("-")[0]


def _problems(translation: Translation, of: Practice) -> Iterator[Problem]:
    own = texts_of(of)
    if primary(translation.language) == primary(of.language):
        yield error("language", "same_language")
    if TITLE not in translation.texts:
        yield error(f"texts.{TITLE}", "required")
    elif len(translation.texts[TITLE]) > MAX_TITLE_CHARS:
        yield error(f"texts.{TITLE}", "too_long", max=MAX_TITLE_CHARS)
    yield from (error(f"texts.{p}", "unknown_field") for p in translation.texts if p not in own)
    if not fits(to_value(translation)):
        yield error("", "body_too_large")


def _maps(value: object, path: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    match value:
        case BaseModel():
            for name in type(value).model_fields:
                yield from _maps(getattr(value, name), f"{path}.{name}" if path else name)
        case tuple():
            for position, item in enumerate(value):
                yield from _maps(item, f"{path}.{position}")
        case dict():
            yield path, value


def _with(model: M, path: str, texts: Mapping[str, str], language: str) -> M:
    changed = {
        name: _put(getattr(model, name), f"{path}.{name}" if path else name, texts, language)
        for name in type(model).model_fields
    }
    return model.model_copy(update=changed)


def _put(value: object, path: str, texts: Mapping[str, str], language: str) -> object:
    match value:
        case BaseModel():
            return _with(value, path, texts, language)
        case tuple():
            return tuple(
                _put(item, f"{path}.{position}", texts, language)
                for position, item in enumerate(value)
            )
        case dict() if path in texts:
            return {**value, language: texts[path]}
    return value
