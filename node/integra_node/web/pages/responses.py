"""How do people review a practice, report on it, comment, ask, answer, and take it back?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from aiohttp import web

from integra_node.actions import library, response_news, response_reading, responses
from integra_node.actions.library import Published
from integra_node.actions.officers import WrongPinError
from integra_node.actions.response_reading import Said, SaidPage
from integra_node.rules.problems import InvalidFieldsError, error
from integra_node.rules.response_screening import LOOKED_AT, findings
from integra_node.rules.responses import ASKED_FORMS, review_json
from integra_node.rules.screening import KIND_TEXTS
from integra_node.store.database import Tx
from integra_node.web.bodies import form_of
from integra_node.web.code_names import CodeNames
from integra_node.web.context import context_of
from integra_node.web.forms import FormData, FormView, flatten
from integra_node.web.pages.practices import LANGUAGES
from integra_node.web.problem_texts import rejected
from integra_node.web.refusals import sentence
from integra_node.web.rendering import page, say, see_other
from integra_node.web.signing import unlocked
from integra_node.web.visit import staff_of, visit_of
from integra_protocol.bodies import COMMENT, REPORT
from integra_protocol.errors import NotFoundError

PER_PAGE: Final = 50
SCORES: Final = ("1", "2", "3", "4", "5")
_NOT_BODY: Final = frozenset({"csrf", "pin"})

Again = Callable[[FormView], Awaitable[web.Response]]


def country_of(request: web.Request) -> str | None:
    """Return our country as reviews carry it; None when the agency stands for several."""
    country = context_of(request).config.country
    return country if country != "EU" else None


def pointed_at(form: FormData) -> tuple[tuple[str, str, str], ...]:
    """Return id, words and what they look like of what a form says that may point at a person."""
    told = {name: text for name, text in form.items if name != LOOKED_AT}
    return tuple(
        (one.id, one.words, KIND_TEXTS[one.kind]) for one in findings(told, form.text("language"))
    )


async def show_all(request: web.Request) -> web.Response:
    """List everything that is said about a practice, newest first."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    before = _number(request.query.get("before", ""))

    def load(tx: Tx) -> tuple[Published, SaidPage]:
        found = library.read_published(tx, context.us, ref, staff=staff)
        return found, response_reading.page_about(
            tx, found, response_reading.ABOUT, before=before, limit=PER_PAGE, staff=staff
        )

    found, told = await context.database.read(load)
    return await page(request, "said_all.html", found=found, told=told, names=_names(request))


async def show_review(request: web.Request) -> web.Response:
    """Show the form of a review, filled with our earlier one."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]

    def load(tx: Tx) -> Mapping[str, object]:
        found = responses.open_practice(tx, context.us, ref, staff=staff, others_only=True)
        held = response_reading.own_review(tx, context.us, found)
        return review_json(held) if held else {}

    earlier = await context.database.read(load)
    today = datetime.fromtimestamp(context.clock(), context.us.zone).date().isoformat()
    fields = {"language": visit_of(request).language, **earlier, "on": today}
    return await _review_page(request, FormView(data=flatten(fields)), status=200)


async def review(request: web.Request) -> web.Response:
    """Sign a review with the PIN and publish it."""
    form, context, ref = _without_pin(request), context_of(request), request.match_info["id"]
    pin, staff, country = form_of(request).secret("pin"), staff_of(request), country_of(request)

    async def again(view: FormView) -> web.Response:
        return await _review_page(request, view, status=400)

    if not pin:
        return await again(rejected(request, form, [error("pin", "required")]))
    try:
        officer = await unlocked(request, pin)
    except WrongPinError as failure:
        return await again(FormView(data=form, errors=(("pin", say(request, sentence(failure))),)))
    now, body = context.clock(), _body(form)
    return await _say(
        request,
        lambda tx: responses.review(
            tx, context.us, ref, body, officer=officer, country=country, staff=staff, now=now
        ),
        again,
        f"/practices/{ref}?done=reviewed#said",
    )


async def show_remark(request: web.Request) -> web.Response:
    """Show the form of a report, a comment or a question."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    form = request.query.get("form", COMMENT)
    if form not in ASKED_FORMS:
        raise NotFoundError("there is no such form")
    await context.database.read(
        lambda tx: responses.open_practice(
            tx, context.us, ref, staff=staff, others_only=form != COMMENT
        )
    )
    fields = {"form": form, "language": visit_of(request).language}
    return await _remark_page(request, FormView(data=flatten(fields)), status=200)


async def remark(request: web.Request) -> web.Response:
    """Publish a report, a comment or a question."""
    form, context, ref = _without_pin(request), context_of(request), request.match_info["id"]
    staff, now, body = staff_of(request), context.clock(), _body(form)
    return await _say(
        request,
        lambda tx: responses.remark(tx, context.us, ref, body, staff=staff, now=now),
        lambda view: _remark_page(request, view, status=400),
        f"/practices/{ref}?done=said#said",
    )


async def show_answer(request: web.Request) -> web.Response:
    """Show a question about a practice of ours, and ask for the answer."""
    fields = {"language": visit_of(request).language}
    return await _answer_page(request, FormView(data=flatten(fields)), status=200)


async def answer(request: web.Request) -> web.Response:
    """Publish the answer to a question."""
    form, context, ref = _without_pin(request), context_of(request), request.match_info["id"]
    staff, now, body = staff_of(request), context.clock(), _body(form)
    said = await _read(request)
    return await _say(
        request,
        lambda tx: responses.answer(tx, context.us, ref, body, staff=staff, now=now),
        lambda view: _answer_page(request, view, status=400),
        f"/practices/{said.about}?done=said#said",
    )


async def show_take_back(request: web.Request) -> web.Response:
    """Show what we said, and ask why it is taken back."""
    return await _take_back_page(request, FormView(), status=200)


async def take_back(request: web.Request) -> web.Response:
    """Erase everywhere what we said."""
    form, context, ref = form_of(request), context_of(request), request.match_info["id"]
    staff, now, said = staff_of(request), context.clock(), await _read(request)
    return await _say(
        request,
        lambda tx: responses.take_back(
            tx, context.us, ref, reason=form.text("reason"), staff=staff, now=now
        ),
        lambda view: _take_back_page(request, view, status=400),
        f"/practices/{said.about}?done=taken-back#said",
    )


async def mark_read(request: web.Request) -> web.Response:
    """Take what is said about a practice of ours off this person's list of news."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()

    def act(tx: Tx) -> None:
        found = library.read_published(tx, context.us, ref, staff=staff)
        response_news.mark_read(tx, found, staff=staff, now=now)

    await context.database.write(act)
    return see_other(f"/practices/{ref}#said")


async def _say(
    request: web.Request, act: Callable[[Tx], object], again: Again, path: str
) -> web.Response:
    try:
        await context_of(request).database.write(act)
    except InvalidFieldsError as failure:
        return await again(rejected(request, _without_pin(request), failure.problems))
    return see_other(path)


async def _review_page(request: web.Request, view: FormView, *, status: int) -> web.Response:
    return await page(
        request,
        "said_review.html",
        status=status,
        found=await _practice(request),
        form=view,
        scores=SCORES,
        pointed=pointed_at(view.data),
        **_choices(request),
    )


async def _remark_page(request: web.Request, view: FormView, *, status: int) -> web.Response:
    return await page(
        request,
        "said_remark.html",
        status=status,
        found=await _practice(request),
        form=view,
        pointed=pointed_at(view.data),
        is_report=view.value("form") == REPORT,
        **_choices(request),
    )


async def _answer_page(request: web.Request, view: FormView, *, status: int) -> web.Response:
    return await page(
        request,
        "said_answer.html",
        status=status,
        one=await _read(request),
        form=view,
        pointed=pointed_at(view.data),
        **_choices(request),
    )


async def _take_back_page(request: web.Request, view: FormView, *, status: int) -> web.Response:
    return await page(
        request,
        "said_take_back.html",
        status=status,
        one=await _read(request),
        form=view,
        names=_names(request),
    )


async def _practice(request: web.Request) -> Published:
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    return await context.database.read(
        lambda tx: library.read_published(tx, context.us, ref, staff=staff)
    )


async def _read(request: web.Request) -> Said:
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    return await context.database.read(lambda tx: response_reading.read_one(tx, ref, staff=staff))


def _choices(request: web.Request) -> dict[str, object]:
    names = _names(request)
    return {"names": names, "tongues": [(tag, names.tongue(tag)) for tag in LANGUAGES]}


def _names(request: web.Request) -> CodeNames:
    return CodeNames(language=visit_of(request).language)


def _without_pin(request: web.Request) -> FormData:
    items = form_of(request).items
    return FormData(items=tuple(item for item in items if item[0] not in _NOT_BODY))


def _body(form: FormData) -> dict[str, object]:
    return form.nested(lists={LOOKED_AT})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 else None
