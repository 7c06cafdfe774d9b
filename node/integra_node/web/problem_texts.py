"""How is a problem with an entered value said, in the reader's language?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aiohttp import web

from integra_node.rules.messages import MESSAGES, N_
from integra_node.rules.problems import Problem
from integra_node.web.forms import FormData, FormView, field_name
from integra_node.web.rendering import say

_UNKNOWN: Final = N_("This value cannot be accepted.")


def text_of(request: web.Request, problem: Problem) -> str:
    """Return the sentence for a problem."""
    return say(request, MESSAGES.get(problem.code, _UNKNOWN), **problem.params)


def rejected(request: web.Request, form: FormData, problems: Iterable[Problem]) -> FormView:
    """Return a form as it was typed, with what is wrong beside each field, in the page's order."""
    sent = {name: place for place, (name, _) in reversed(list(enumerate(form.items)))}
    errors = [(field_name(item.path), text_of(request, item)) for item in problems]
    # Boxes that nobody ticked were not sent: their errors come after those of fields that were.
    errors.sort(key=lambda error: sent.get(error[0], sent.get(f"{error[0]}-day", len(form.items))))
    return FormView(data=form, errors=tuple(errors))
