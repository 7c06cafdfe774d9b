"""How is a problem with an entered value said, in the reader's language?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from aiohttp import web

from integra_node.rules.messages import MESSAGES, N_
from integra_node.rules.problems import Problem
from integra_node.web.forms import FormData, FormView, field_name
from integra_node.web.rendering import say

_UNKNOWN: Final = N_("This value cannot be accepted")
# What only the pages know of; everything else has its text with the rules.
_OWN: Final[Mapping[str, str]] = {
    "account_locked": N_("Too many wrong tries. Wait some minutes and try again"),
    "password_unchanged": N_("Choose a password that differs from the old one"),
    "passwords_differ": N_("Type the same new password in both fields"),
    "username_taken": N_("There is an account with this username already"),
    "wrong_password": N_("The old password is wrong"),
}


def text_of(request: web.Request, problem: Problem) -> str:
    """Return the sentence for a problem."""
    text = _OWN.get(problem.code) or MESSAGES.get(problem.code, _UNKNOWN)
    return say(request, text, **problem.params)


def rejected(request: web.Request, form: FormData, problems: Iterable[Problem]) -> FormView:
    """Return a form as it was typed, with what is wrong beside each field."""
    return FormView(
        data=form,
        errors=tuple((field_name(item.path), text_of(request, item)) for item in problems),
    )
