"""How do people read a practice, write one, and look at what a colleague wrote?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aiohttp import web

from integra_node.actions import (
    library,
    library_browsing,
    practice_drafts,
    practice_family,
    practice_files,
    practice_life,
    practice_lists,
    practice_rows,
    practice_words,
    practices,
)
from integra_node.actions.library import Published
from integra_node.actions.practice_family import Family
from integra_node.actions.practice_life import Successor
from integra_node.actions.translations import Reading, reading
from integra_node.rules.permissions import Action
from integra_node.rules.practice import PracticeState
from integra_node.rules.problems import InvalidFieldsError, Problem
from integra_node.rules.screening import KIND_TEXTS
from integra_node.rules.staff import Staff
from integra_node.store import accounts
from integra_node.store.database import Tx
from integra_node.store.drafts import Draft
from integra_node.web.bodies import form_of
from integra_node.web.code_names import CodeNames
from integra_node.web.context import context_of
from integra_node.web.family_picture import picture_of
from integra_node.web.forms import FormData, FormView
from integra_node.web.practice_said import Others, said_of
from integra_node.web.problem_texts import rejected, text_of
from integra_node.web.rendering import page, see_other
from integra_node.web.visit import staff_of, visit_of
from integra_protocol.bodies import EntryRef

# In which languages a practice may be begun on the pages: the official ones of the Union.
LANGUAGES: Final = (
    "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr", "hu", "it", "lt", "lv",
    "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv",
)  # fmt: skip
WORDS: Final = "words."  # before the id of a finding: the field of its decision
EDITABLE: Final = (PracticeState.DRAFT, PracticeState.SUBMITTED)


async def show(request: web.Request) -> web.Response:
    """Show a published version by its ref, or one of our own by its id."""
    if "~" in request.match_info["id"]:
        return await _show_published(request)
    return await _show_own(request)


async def give_back(request: web.Request) -> web.Response:
    """Make a submitted practice a draft again."""
    form = form_of(request)
    return await step(
        request,
        lambda tx, id_, staff, now: practice_drafts.give_back(
            tx, id_, reason=form.text("reason"), etag=etag_in(form), staff=staff, now=now
        ),
        done="returned",
    )


async def publish(request: web.Request) -> web.Response:
    """Publish what a colleague submitted."""
    us, form = context_of(request).us, form_of(request)
    words = {name.removeprefix(WORDS): word for name, word in form.items if name.startswith(WORDS)}
    return await step(
        request,
        lambda tx, id_, staff, now: practices.publish(
            tx, us, id_, words=words, etag=etag_in(form), staff=staff, now=now
        ),
        done="published",
    )


async def withdraw(request: web.Request) -> web.Response:
    """Withdraw what was published."""
    us, form = context_of(request).us, form_of(request)
    return await step(
        request,
        lambda tx, id_, staff, now: practices.withdraw(
            tx, us, id_, reason=form.text("reason"), etag=etag_in(form), staff=staff, now=now
        ),
        done="withdrawn",
    )


async def begin_version(request: web.Request) -> web.Response:
    """Begin the next version and go on to its form."""
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    row = await context.database.write(
        lambda tx: practice_drafts.begin_version(tx, id_, staff=staff, now=now)
    )
    return see_other(f"/practices/{row.id}/edit")


async def _show_published(request: web.Request) -> web.Response:
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]

    language, wanted = visit_of(request).language, request.query.get("text", "")

    def load(tx: Tx) -> tuple[Published, Others, Family, Reading | None, Successor | None]:
        found = library.read_published(tx, context.us, ref, staff=staff)
        place = EntryRef(origin=found.origin, index=found.index)
        family = practice_family.read_family(tx, place, staff=staff)
        text = reading(tx, found, wanted=wanted, language=language, staff=staff)
        successor = practice_life.successor_of(tx, found.deprecation)
        return found, said_of(tx, context.us, found, staff), family, text, successor

    found, others, family, text, successor = await context.database.read(load)
    files = await context.database.read(
        lambda tx: practice_files.of_published(tx, context.us, found)
    )
    like = await context.database.read(
        lambda tx: library_browsing.similar(tx, context.index, ref, staff=staff)
    )
    return await page(
        request,
        "practice.html",
        found=found,
        body=text.body if text else None,
        text=text,
        like=like,
        files=files,
        family=family,
        successor=successor,
        picture=picture_of(family),
        names=CodeNames(language=language, reading=text.chosen.language if text else ""),
        may_translate=staff.may(Action.TRANSLATE_PRACTICE),
        may_adapt=staff.may(Action.WRITE_PRACTICE),
        may_export=staff.may(Action.EXPORT_PROOF),
        done=request.query.get("done", ""),
        others=others,
    )


async def _show_own(
    request: web.Request, view: FormView | None = None, *, status: int = 200
) -> web.Response:
    context, staff, row = context_of(request), staff_of(request), await read_own(request)
    people = [one for one in (row.author_id, row.second_id) if one]
    who = await context.database.read(lambda tx: accounts.usernames(tx, people))
    problems = practice_rows.problems_of(row) if row.status in EDITABLE else ()
    return await page(
        request,
        "practice_own.html",
        status=status,
        row=row,
        ref=practice_rows.published_ref(row),
        body=practice_rows.read_body(row),
        errors=[text_of(request, one) for one in problems if one.is_error],
        warnings=[text_of(request, one) for one in problems if _is_look(one)],
        pointed=practice_words.pointed_at(row),
        kinds=KIND_TEXTS,
        who=who,
        own=row.author_id == staff.account_id,
        form=view or FormView(),
        names=_names(request),
        done=request.query.get("done", ""),
    )


async def step(
    request: web.Request, act: Callable[[Tx, str, Staff, int], Draft], *, done: str
) -> web.Response:
    """Do one thing with a practice of ours and go back to its page, which says what was done."""
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    try:
        row = await context.database.write(lambda tx: act(tx, id_, staff, now))
    except InvalidFieldsError as error:
        view = rejected(request, form_of(request), error.problems)
        return await _show_own(request, view, status=400)
    if done == "published" and row.status == PracticeState.DRAFT:
        done = "given-back"
    return see_other(f"/practices/{row.id}?done={done}")


async def read_own(request: web.Request) -> Draft:
    """Return the practice of ours that the address names."""
    staff, id_ = staff_of(request), request.match_info["id"]
    return await context_of(request).database.read(
        lambda tx: practice_lists.read_own(tx, id_, staff=staff)
    )


def _is_look(problem: Problem) -> bool:
    """Say whether a warning is shown in words; those of the screening stand with what they mean."""
    return not problem.is_error and problem.code != "identifies_person"


def _names(request: web.Request) -> CodeNames:
    return CodeNames(language=visit_of(request).language)


def etag_in(form: FormData) -> int:
    """Return the version that a form was made from; 0, which none has, when it does not say."""
    text = form.text("etag")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 13 else 0
