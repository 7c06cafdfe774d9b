"""How does a practice stand in a form, and how does a form become a practice?

The form writes one language, that of the practice; what came with an import in other languages or
in fields that the form does not show is kept as it is.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Final

from integra_node.rules.practice_flat import (
    CODES,
    COUNTRIES,
    LINES,
    TEXTS,
    VALUES,
    Tree,
    get,
    listed,
    put,
    text_in,
    word,
)
from integra_node.rules.problems import Problem
from integra_node.web.forms import FormData

_STEP_NUMBER: Final = re.compile(r"\.\d+(?=\.|$)")


def to_form(body: Mapping[str, object]) -> FormData:
    """Return the fields that show a practice."""
    language = str(body.get("language", ""))
    items = [(name, text_in(get(body, name), language)) for name in TEXTS]
    for name in LINES:
        texts = [text_in(row, language) for row in listed(get(body, name))]
        items.append((name, "\n".join(text.replace("\n", " ") for text in texts if text)))
    for name in CODES:
        items += [(name, str(one)) for one in listed(get(body, name))]
    items += [(name, word(get(body, name))) for name in VALUES]
    items.append((COUNTRIES, ", ".join(str(one) for one in listed(body.get(COUNTRIES)))))
    return FormData(items=tuple(items))


def to_body(form: FormData, stored: Mapping[str, object]) -> Tree:
    """Return the practice that a form makes of what is stored."""
    body: Tree = copy.deepcopy(dict(stored))
    language = str(body["language"])
    for name in TEXTS:
        put(body, name, _with_text(get(body, name), language, form.text(name)))
    for name in LINES:
        put(body, name, _with_lines(get(body, name), language, form.text(name)))
    for name in CODES:
        put(body, name, list(dict.fromkeys(form.all(name))))
    for name in VALUES:
        put(body, name, form.text(name))
    countries = form.text(COUNTRIES).replace(",", " ").split()
    put(body, COUNTRIES, list(dict.fromkeys(one.upper() for one in countries)))
    return body


def at_fields(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems with the paths of the fields that show what they are about."""
    return tuple(
        Problem(path=_field_of(one.path), code=one.code, severity=one.severity, params=one.params)
        for one in problems
    )


def _field_of(path: str) -> str:
    plain = _STEP_NUMBER.sub("", path)
    shown = (*TEXTS, *LINES, *CODES, *VALUES, COUNTRIES)
    holding = [name for name in shown if plain == name or plain.startswith(f"{name}.")]
    if holding:
        return max(holding, key=len)
    # A group as a whole, such as "evidence": its first field.
    return next((name for name in shown if name.startswith(f"{plain}.")), plain)


def _with_text(held: object, language: str, text: str) -> Tree:
    texts: Tree = dict(held) if isinstance(held, Mapping) else {}
    texts.pop(language, None)
    return {**texts, language: text} if text else texts


def _with_lines(held: object, language: str, text: str) -> list[object]:
    rows = listed(held)
    own = [row for row in rows if text_in(row, language)]
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    written: list[object] = [
        _with_text(own[at] if at < len(own) else None, language, line)
        for at, line in enumerate(lines)
    ]
    return [*written, *(row for row in rows if not text_in(row, language))]
