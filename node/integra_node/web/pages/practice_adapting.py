"""How does somebody begin an adaptation: from what, called what, changed how, and why?"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from aiohttp import web

from integra_node.actions import library, practice_adapting
from integra_node.actions.library import Published
from integra_node.actions.practice_adapting import Intent
from integra_node.rules.problems import InvalidFieldsError, Problem
from integra_node.web.bodies import form_of
from integra_node.web.code_names import CodeNames
from integra_node.web.context import context_of
from integra_node.web.forms import FormData, FormView
from integra_node.web.pages.practices import LANGUAGES
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page, see_other
from integra_node.web.visit import staff_of, visit_of
from integra_protocol.errors import NotFoundError

_FIELDS: Final = ("language", "title", "changes", "why")


async def show(request: web.Request) -> web.Response:
    """Ask what will differ from the original."""
    found = await _original(request)
    language = found.body.language if found.body else visit_of(request).language
    data = FormData(items=(("language", language),))
    return await _form(request, found, FormView(data=data), status=200)


async def begin(request: web.Request) -> web.Response:
    """Begin a practice of our own and go on to its form."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    form, now = form_of(request), context.clock()
    intent = Intent(**{name: form.text(name) for name in _FIELDS})
    country = context.config.country
    try:
        row = await context.database.write(
            lambda tx: practice_adapting.adapt(
                tx, context.us, ref, intent, country=country, staff=staff, now=now
            )
        )
    except InvalidFieldsError as error:
        view = rejected(request, form, map(_at_field, error.problems))
        return await _form(request, await _original(request), view, status=400)
    return see_other(f"/practices/{row.id}/edit?done=adapted")


async def _original(request: web.Request) -> Published:
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    found = await context.database.read(
        lambda tx: library.read_published(tx, context.us, ref, staff=staff)
    )
    if found.body is None:
        raise NotFoundError("there is no text to adapt")
    return found


async def _form(
    request: web.Request, found: Published, view: FormView, *, status: int
) -> web.Response:
    names = CodeNames(language=visit_of(request).language)
    told_in = tuple(found.body.title) if found.body else ()
    tags = dict.fromkeys((*told_in, names.language, *LANGUAGES))
    return await page(
        request,
        "practice_adapt.html",
        status=status,
        form=view,
        found=found,
        body=found.body,
        options=[(tag, names.tongue(tag)) for tag in tags],
        names=names,
    )


def _at_field(problem: Problem) -> Problem:
    """Return a problem at the field of this form that it is about: the language at its end goes."""
    path = problem.path.removeprefix("lineage.")
    field = next((name for name in _FIELDS if path == name or path.startswith(f"{name}.")), "")
    return replace(problem, path=field or problem.path)
