"""How does somebody write a practice: begin it, go through its steps, preview it, hand it in?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from integra_node.actions import practice_drafts, practice_rows
from integra_node.actions.changed import PreconditionFailedError
from integra_node.rules.practice import PracticeState
from integra_node.rules.problems import InvalidFieldsError, Problem, errors_of
from integra_node.store.drafts import Draft
from integra_node.web.bodies import form_of
from integra_node.web.code_names import CodeNames
from integra_node.web.context import context_of
from integra_node.web.forms import FormData, FormView
from integra_node.web.pages.practices import LANGUAGES, etag_in, read_own
from integra_node.web.practice_form import at_fields, to_body, to_form, with_rows_changed
from integra_node.web.practice_steps import (
    Step,
    counts,
    next_after,
    progress,
    step_of,
    step_with,
    steps_for,
)
from integra_node.web.problem_texts import rejected, text_of
from integra_node.web.refusals import sentence
from integra_node.web.rendering import page, say, see_other
from integra_node.web.visit import staff_of, visit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What a step shows: its fields, and what is still missing on the others."""

    step: Step
    form: FormView
    etag: int
    status: int = 200
    unsaved: bool = False
    missing: Sequence[Problem] = ()


async def show_new(request: web.Request) -> web.Response:
    """Ask for title and language of a new practice."""
    language = visit_of(request).language
    data = FormData(items=(("language", language),))
    return await _new_page(request, FormView(data=data), status=200)


async def create(request: web.Request) -> web.Response:
    """Begin a practice and go on to its form."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    now, language = context.clock(), form.text("language")
    body = {
        "language": language,
        "title": {language: form.text("title")},
        "country": [context.config.country] if context.config.country != "EU" else [],
    }
    try:
        row = await context.database.write(
            lambda tx: practice_drafts.create(tx, context.us, body, staff=staff, now=now)
        )
    except InvalidFieldsError as error:
        view = rejected(request, form, at_fields(error.problems, form))
        return await _new_page(request, view, status=400)
    return see_other(f"/practices/{row.id}/edit")


async def show_edit(request: web.Request) -> web.Response:
    """Show a step of the form of a draft, the first one unless the address names another."""
    row = await read_own(request)
    view = FormView(data=to_form(practice_rows.body_json(row)))
    step = step_of(request.query.get("step", ""))
    return await _edit_page(request, row, _Shown(step=step, form=view, etag=row.etag))


async def save(request: web.Request) -> web.Response:
    """Save a step; then stay, go on, see the preview, or hand in.  Rows change without saving."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    row, now, etag = await read_own(request), context.clock(), etag_in(form)
    step, then = step_of(form.text("step")), form.text("then")
    changed = with_rows_changed(form, then)
    if changed is not None:
        view = FormView(data=changed)
        shown = _Shown(step=step, form=view, etag=etag, unsaved=True)
        return await _edit_page(request, row, shown)
    body = to_body(form, practice_rows.body_json(row), step.names)
    try:
        saved = await context.database.write(
            lambda tx: practice_drafts.edit(tx, row.id, body, etag=etag, staff=staff, now=now)
        )
    except InvalidFieldsError as error:
        view = rejected(request, form, at_fields(error.problems, form))
        shown = _Shown(step=step, form=view, etag=etag, status=400)
        return await _edit_page(request, row, shown)
    except PreconditionFailedError as error:
        view = FormView(data=form, errors=(("", say(request, sentence(error))),))
        shown = _Shown(step=step, form=view, etag=row.etag, status=412)
        return await _edit_page(request, row, shown)
    return (
        await _hand_in(request, saved) if then == "submit" else see_other(_after(row, step, then))
    )


async def submit(request: web.Request) -> web.Response:
    """Hand a draft in as it is; what is missing is shown at the step where it belongs."""
    row = await read_own(request)
    return await _hand_in(request, row, etag_in(form_of(request)))


async def show_preview(request: web.Request) -> web.Response:
    """Show a practice of ours exactly as partners will see it."""
    row = await read_own(request)
    mine = row.author_id == staff_of(request).account_id and row.status == PracticeState.DRAFT
    return await page(
        request,
        "practice_preview.html",
        row=row,
        body=practice_rows.read_body(row),
        org=context_of(request).config.org,
        mine=mine,
        names=_names(request),
        done=request.query.get("done", ""),
    )


async def _hand_in(request: web.Request, row: Draft, etag: int | None = None) -> web.Response:
    context, staff, now = context_of(request), staff_of(request), context_of(request).clock()
    try:
        await context.database.write(
            lambda tx: practice_drafts.submit(tx, row.id, etag=etag, staff=staff, now=now)
        )
    except InvalidFieldsError as error:
        form, steps = to_form(practice_rows.body_json(row)), _steps(row)
        missing = errors_of(error.problems)
        step = next((found for one in missing if (found := step_with(one, steps))), steps[0])
        here = [one for one in missing if step_with(one, steps) in (step, None)]
        view = rejected(request, form, at_fields(here, form))
        elsewhere = [one for one in missing if one not in here]
        shown = _Shown(step=step, form=view, etag=row.etag, status=400, missing=elsewhere)
        return await _edit_page(request, row, shown)
    return see_other(f"/practices/{row.id}?done=submitted")


def _after(row: Draft, step: Step, then: str) -> str:
    """Return where a saved step leads: this one, the next, the preview, or the working page."""
    place = f"/practices/{row.id}"
    following = next_after(step, _steps(row))
    if then == "look" or (then == "next" and following is None):
        return f"{place}/preview?done=saved"
    going_on = then == "next" and following is not None
    code = following.code if going_on and following else step.code
    return f"{place}/edit?step={code}&done=saved"


async def _edit_page(request: web.Request, row: Draft, shown: _Shown) -> web.Response:
    if row.status != PracticeState.DRAFT or row.author_id != staff_of(request).account_id:
        return see_other(f"/practices/{row.id}")
    steps, names = _steps(row), _names(request)
    step = shown.step if shown.step in steps else steps[0]
    stored = to_form(practice_rows.body_json(row))
    return await page(
        request,
        "practice_edit.html",
        status=shown.status,
        row=row,
        origin=_origin(row),
        etag=shown.etag,
        form=shown.form,
        step=step,
        steps=steps,
        number=steps.index(step) + 1,
        following=next_after(step, steps),
        progress=progress(steps, stored, practice_rows.problems_of(row)),
        counts=counts(shown.form.data),
        unsaved=shown.unsaved,
        elsewhere=[(step_with(one, steps), text_of(request, one)) for one in shown.missing],
        names=names,
        tongues=[(tag, names.tongue(tag)) for tag in LANGUAGES],
        done=request.query.get("done", "") if request.method == "GET" else "",
    )


async def _new_page(request: web.Request, view: FormView, *, status: int) -> web.Response:
    names = _names(request)
    options = [(tag, names.tongue(tag)) for tag in LANGUAGES]
    return await page(request, "practice_new.html", status=status, form=view, options=options)


def _steps(row: Draft) -> tuple[Step, ...]:
    return steps_for(adapted=bool(_origin(row)))


def _origin(row: Draft) -> str:
    """Return what a practice of ours was adapted from, if it was."""
    lineage = practice_rows.body_json(row).get("lineage")
    return str(lineage.get("adapted_from", "")) if isinstance(lineage, dict) else ""


def _names(request: web.Request) -> CodeNames:
    return CodeNames(language=visit_of(request).language)
