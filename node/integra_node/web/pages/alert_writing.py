"""How do people write an alert, clear a colleague's, publish, renew and retract one?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aiohttp import web

from integra_node.actions import alert_drafts, alert_recipients, alerts
from integra_node.actions.alert_drafts import OwnAlert
from integra_node.actions.changed import PreconditionFailedError
from integra_node.actions.officers import WrongPinError
from integra_node.rules.alert import AlertState
from integra_node.rules.alert_draft import entered_json, parse_draft
from integra_node.rules.alert_screening import findings
from integra_node.rules.permissions import Action
from integra_node.rules.problems import InvalidFieldsError, Problem, error
from integra_node.rules.screening import KIND_TEXTS, Finding, distinct
from integra_node.rules.staff import Staff
from integra_node.store import accounts, rosters
from integra_node.store.database import Tx
from integra_node.web.alert_form import at_fields, row_count, to_body, to_form
from integra_node.web.bodies import form_of
from integra_node.web.code_names import CodeNames
from integra_node.web.context import context_of
from integra_node.web.forms import FormData, FormView
from integra_node.web.pages.practices import LANGUAGES
from integra_node.web.problem_texts import rejected, text_of
from integra_node.web.refusals import sentence
from integra_node.web.rendering import page, say, see_other
from integra_node.web.signing import unlocked
from integra_node.web.visit import staff_of, visit_of
from integra_protocol.errors import WaitingError

MAX_LISTED: Final = 100
_WORDS: Final = "words."


async def list_own(request: web.Request) -> web.Response:
    """List our own alerts: what waits for this person first."""
    context, staff = context_of(request), staff_of(request)

    def load(tx: Tx) -> tuple[tuple[OwnAlert, ...], dict[str, str]]:
        found = alert_drafts.list_own(tx, context.us, limit=MAX_LISTED, staff=staff)
        return found, accounts.usernames(tx, {one.row.author_id for one in found})

    found, authors = await context.database.read(load)
    return await page(
        request,
        "alerts_own.html",
        waiting=[one for one in found if _waits_for(one, staff)],
        others=[one for one in found if not _waits_for(one, staff)],
        authors=authors,
        names=_names(request),
    )


async def show_new(request: web.Request) -> web.Response:
    """Show an empty form."""
    data = FormData(items=(("language", visit_of(request).language), ("tlp", "GREEN")))
    return await _form_page(request, None, FormView(data=data), status=200)


async def create(request: web.Request) -> web.Response:
    """Save a new draft."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    now = context.clock()
    try:
        draft = parse_draft(to_body(form, {}))
        made = await context.database.write(
            lambda tx: alert_drafts.create(tx, context.us, draft, staff=staff, now=now)
        )
    except InvalidFieldsError as failure:
        view = rejected(request, form, at_fields(form, failure.problems))
        return await _form_page(request, None, view, status=400)
    return see_other(f"/alerts/{made.row.id}?done=saved")


async def show_own(request: web.Request) -> web.Response:
    """Show an alert of ours on its way, and what can be done with it."""
    context, staff, own = context_of(request), staff_of(request), await _read_own(request)
    now = context.clock()

    def load(tx: Tx) -> tuple[tuple[Problem, ...], dict[str, str]]:
        people = [one for one in (own.row.author_id, own.row.second_id) if one]
        return _problems(tx, request, own, now), accounts.usernames(tx, people)

    problems, who = await context.database.read(load)
    return await page(
        request,
        "alert_own.html",
        own=own,
        body=own.draft.alert,
        names=_names(request),
        errors=[text_of(request, one) for one in problems if one.is_error],
        warnings=[text_of(request, one) for one in problems if _is_look(one)],
        pointed=_pointed_at(own),
        who=who,
        is_author=own.row.author_id in {staff.account_id, alert_drafts.IMPORTED_BY},
        may=_steps(own, staff),
        done=request.query.get("done", ""),
    )


async def show_edit(request: web.Request) -> web.Response:
    """Show the form of a draft."""
    own = await _read_own(request)
    view = FormView(data=to_form(entered_json(own.draft)))
    return await _form_page(request, own, view, status=200)


async def save(request: web.Request) -> web.Response:
    """Save a draft."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    own, now = await _read_own(request), context.clock()
    try:
        draft = parse_draft(to_body(form, entered_json(own.draft)))
        await context.database.write(
            lambda tx: alert_drafts.edit(
                tx, context.us, own.row.id, draft, etag=etag_of(form), staff=staff, now=now
            )
        )
    except InvalidFieldsError as failure:
        view = rejected(request, form, at_fields(form, failure.problems))
        return await _form_page(request, own, view, status=400)
    except PreconditionFailedError as failure:
        view = FormView(data=form, errors=(("", say(request, sentence(failure))),))
        return await _form_page(request, own, view, status=412)
    return see_other(f"/alerts/{own.row.id}?done=saved")


async def show_clear(request: web.Request) -> web.Response:
    """Show a colleague's alert with the questions that a second reader answers."""
    return await _step_page(request, "alert_clear.html", FormView(), status=200)


async def clear(request: web.Request) -> web.Response:
    """Clear a colleague's alert."""
    form, names = form_of(request), _names(request)
    answers = {code: form.text(f"bias.{code}") for code, _ in names.options("bias_check")}
    words = {
        name.removeprefix(_WORDS): text for name, text in form.items if name.startswith(_WORDS)
    }

    def act(tx: Tx, staff: Staff, now: int) -> OwnAlert:
        us, id_ = context_of(request).us, request.match_info["id"]
        return alerts.clear(
            tx, us, id_, answers, words=words, etag=etag_of(form), staff=staff, now=now
        )

    return await _do(request, act, "alert_clear.html", done="cleared")


async def show_publish(request: web.Request) -> web.Response:
    """Show who will receive the alert, and ask for the PIN."""
    return await _step_page(request, "alert_publish.html", FormView(), status=200)


async def publish(request: web.Request) -> web.Response:
    """Sign an alert with the PIN and publish it."""
    return await _sign(request, "alert_publish.html", retracts=False)


async def show_retract(request: web.Request) -> web.Response:
    """Ask why an alert is taken back, and for the PIN."""
    return await _step_page(request, "alert_retract.html", FormView(), status=200)


async def retract(request: web.Request) -> web.Response:
    """Take an alert back, signed with the PIN."""
    return await _sign(request, "alert_retract.html", retracts=True)


async def begin_version(request: web.Request) -> web.Response:
    """Begin the next version and go on to its form."""
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    own = await context.database.write(
        lambda tx: alerts.begin_version(tx, context.us, id_, staff=staff, now=now)
    )
    return see_other(f"/alerts/{own.row.id}/edit")


def etag_of(form: FormData) -> int:
    """Return the version that a form was made from; 0, which fits none, when it says nothing."""
    text = form.text("etag")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 13 else 0


async def _sign(request: web.Request, template: str, *, retracts: bool) -> web.Response:
    form, us, id_ = form_of(request), context_of(request).us, request.match_info["id"]
    pin, reason = form.secret("pin"), form.text("reason")
    missing = [] if pin else [error("pin", "required")]
    if retracts and not reason:
        missing.append(error("reason", "required"))
    if missing:
        view = rejected(request, _without_pin(form), missing)
        return await _step_page(request, template, view, status=400)
    try:
        officer = await unlocked(request, pin)
    except WrongPinError as failure:
        view = FormView(data=_without_pin(form), errors=(("pin", say(request, sentence(failure))),))
        return await _step_page(request, template, view, status=400)
    etag = etag_of(form)

    def act(tx: Tx, staff: Staff, now: int) -> OwnAlert:
        if retracts:
            return alerts.retract(
                tx,
                us,
                id_,
                reason=reason,
                sure=form.text("sure") == "1",
                officer=officer,
                etag=etag,
                staff=staff,
                now=now,
            )
        return alerts.publish(tx, us, id_, officer=officer, etag=etag, staff=staff, now=now)

    return await _do(request, act, template, done="retracted" if retracts else "published")


async def _do(
    request: web.Request, act: Callable[[Tx, Staff, int], OwnAlert], template: str, *, done: str
) -> web.Response:
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    now = context.clock()
    try:
        own = await context.database.write(lambda tx: act(tx, staff, now))
    except InvalidFieldsError as failure:
        view = rejected(request, _without_pin(form), failure.problems)
        return await _step_page(request, template, view, status=400)
    if done == "cleared" and own.state is AlertState.DRAFT:
        done = "given-back"
    return see_other(f"/alerts/{own.row.id}?done={done}")


async def _step_page(
    request: web.Request, template: str, view: FormView, *, status: int
) -> web.Response:
    own = await _read_own(request)
    return await page(
        request,
        template,
        status=status,
        own=own,
        body=own.draft.alert,
        form=view,
        names=_names(request),
        members=await _members(request),
        pointed=_pointed_at(own),
    )


async def _form_page(
    request: web.Request, own: OwnAlert | None, view: FormView, *, status: int
) -> web.Response:
    if own is not None and own.state not in (AlertState.DRAFT, AlertState.CLEARED):
        return see_other(f"/alerts/{own.row.id}")
    names = _names(request)
    return await page(
        request,
        "alert_edit.html",
        status=status,
        own=own,
        form=view,
        rows=row_count(view.data),
        names=names,
        tongues=[(tag, names.tongue(tag)) for tag in LANGUAGES],
        members=await _members(request),
    )


async def _members(request: web.Request) -> tuple[str, ...]:
    """Return the members that something can be sealed to; none before we are a member ourselves."""
    context = context_of(request)

    def load(tx: Tx) -> tuple[str, ...]:
        try:
            return alert_recipients.offered(rosters.current(tx), context.us)
        except WaitingError:
            return ()

    return await context.database.read(load)


async def _read_own(request: web.Request) -> OwnAlert:
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    return await context.database.read(
        lambda tx: alert_drafts.read_own(tx, context.us, id_, staff=staff)
    )


def _problems(tx: Tx, request: web.Request, own: OwnAlert, now: int) -> tuple[Problem, ...]:
    if own.state not in (AlertState.DRAFT, AlertState.CLEARED):
        return ()
    try:
        return alerts.problems_before_clear(tx, context_of(request).us, own, now=now)
    except WaitingError:
        return ()


def _is_look(problem: Problem) -> bool:
    """Say whether a warning is shown in words; those of the screening stand with what they mean."""
    return not problem.is_error and problem.code != "identifies_person"


def _pointed_at(own: OwnAlert) -> list[tuple[Finding, str, str]]:
    """Return words that may point at a person, what they look like, and what was decided."""
    if own.state not in (AlertState.DRAFT, AlertState.CLEARED):
        return []
    found = distinct(findings(own.draft.alert))
    return [(one, KIND_TEXTS[one.kind], own.draft.words.get(one.id, "")) for one in found]


def _waits_for(own: OwnAlert, staff: Staff) -> bool:
    if own.state is AlertState.DRAFT:
        return own.row.author_id != staff.account_id and staff.may(Action.CLEAR_ALERT)
    return own.state is AlertState.CLEARED and staff.may(Action.PUBLISH_ALERT)


def _steps(own: OwnAlert, staff: Staff) -> frozenset[str]:
    """Return what this person can do with it now, as far as their roles and its state say."""
    state = own.state
    writes = staff.may(Action.WRITE_ALERT)
    other = own.row.author_id != staff.account_id
    found = {
        "edit": writes and state in (AlertState.DRAFT, AlertState.CLEARED),
        "clear": state is AlertState.DRAFT and other and staff.may(Action.CLEAR_ALERT),
        "publish": state is AlertState.CLEARED and staff.may(Action.PUBLISH_ALERT),
        "supersede": state is AlertState.PUBLISHED and writes,
        "retract": own.row.idx is not None
        and state is not AlertState.RETRACTED
        and staff.may(Action.RETRACT_ALERT),
    }
    return frozenset(step for step, possible in found.items() if possible)


def _without_pin(form: FormData) -> FormData:
    return FormData(items=tuple(item for item in form.items if item[0] != "pin"))


def _names(request: web.Request) -> CodeNames:
    return CodeNames(language=visit_of(request).language)
