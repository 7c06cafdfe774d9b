"""How do people find an alert, read it, acknowledge it, and say what they know of it?"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from integra_node.actions import alert_answers, alert_reading
from integra_node.actions.alert_reading import AlertView, ListedAlert
from integra_node.rules.permissions import Action
from integra_node.rules.problems import InvalidFieldsError
from integra_node.store.alerts import DONE, TO_ACKNOWLEDGE, UNREAD, Wanted
from integra_node.store.database import Tx
from integra_node.web.bodies import form_of, read_query
from integra_node.web.code_names import CodeNames
from integra_node.web.context import context_of
from integra_node.web.forms import FormView
from integra_node.web.pages import alert_writing
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page, see_other
from integra_node.web.visit import staff_of, visit_of

PER_PAGE: Final = 50
FEEDBACK: Final = ("seen", "not-seen", "false")
_CURSOR: Final = re.compile(r"([012])-([0-9]{1,16})")
_STATUSES: Final = {
    "": alert_reading.LISTED,
    "current": ("current",),
    "retracted": ("retracted",),
    "expired": ("expired",),
    "all": ("current", "retracted", "expired", "superseded"),
    "owed": ("current",),
    "overdue": ("current",),
}
Word = Annotated[str, Field(max_length=64)]


class ListQuery(BaseModel):
    """Which alerts; empty means any."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: Word = ""
    type: Word = ""
    tlp: Word = ""
    state: Literal["", "current", "owed", "overdue", "retracted", "expired", "all"] = ""
    unread: Literal["", "1"] = ""
    cursor: Annotated[str, Field(max_length=20)] = ""


async def show_list(request: web.Request) -> web.Response:
    """List alerts: first what must be acknowledged, then unread, then the rest."""
    context, staff, asked = context_of(request), staff_of(request), read_query(request, ListQuery)
    now = context.clock()
    wanted = wanted_of(asked, limit=PER_PAGE, now=now)

    def load(tx: Tx) -> tuple[ListedAlert, ...]:
        waiting = alert_reading.waiting_of(tx, staff) if asked.unread else None
        chosen = replace(wanted, waiting=waiting)
        return alert_reading.list_for(tx, context.us, chosen, staff=staff)

    found = await context.database.read(load)
    values = asked.model_dump() | {"cursor": found[-1].cursor if found else ""}
    return await page(
        request,
        "alerts.html",
        found=found,
        now=now,
        asked=asked,
        next=values if len(found) == PER_PAGE else None,
        names=names_of(request),
        may_write=staff.may(Action.WRITE_ALERT),
        ranks={"owed": TO_ACKNOWLEDGE, "unread": UNREAD},
    )


async def show(request: web.Request) -> web.Response:
    """Show a published alert by its ref, or one of our own by its id."""
    if "~" not in request.match_info["id"]:
        return await alert_writing.show_own(request)
    return await _show(request, FormView(), status=200)


async def show_print(request: web.Request) -> web.Response:
    """Show an alert for paper; never a RED one."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    view = await context.database.write(
        lambda tx: alert_reading.print_out(tx, context.us, ref, staff=staff, now=now)
    )
    return await page(request, "alert_print.html", status=200, **_values(request, view))


async def acknowledge(request: web.Request) -> web.Response:
    """Acknowledge an alert for the organisation."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    await context.database.write(
        lambda tx: alert_answers.acknowledge(tx, context.us, ref, staff=staff, now=now)
    )
    return see_other(f"/alerts/{ref}?done=acknowledged")


async def give_feedback(request: web.Request) -> web.Response:
    """Tell the issuer what we know."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    form, now = form_of(request), context.clock()
    what, band = form.text("what"), form.text("band")
    try:
        await context.database.write(
            lambda tx: alert_answers.give_feedback(
                tx, context.us, ref, what, band=band, staff=staff, now=now
            )
        )
    except InvalidFieldsError as error:
        return await _show(request, rejected(request, form, error.problems), status=400)
    return see_other(f"/alerts/{ref}?done=feedback")


def wanted_of(asked: ListQuery, *, limit: int, now: int) -> Wanted:
    """Return what the store is asked for."""
    cursor = _CURSOR.fullmatch(asked.cursor)
    return Wanted(
        statuses=_STATUSES[asked.state],
        severities=(asked.severity,) if asked.severity else (),
        types=(asked.type,) if asked.type else (),
        tlps=(asked.tlp,) if asked.tlp else (),
        max_rank=TO_ACKNOWLEDGE if asked.state == "owed" else DONE,
        owed_before=now if asked.state == "overdue" else None,
        before=(int(cursor[1]), int(cursor[2])) if cursor else None,
        limit=limit,
    )


def names_of(request: web.Request) -> CodeNames:
    """Return the names of codes for this visitor."""
    return CodeNames(language=visit_of(request).language)


async def _show(request: web.Request, form: FormView, *, status: int) -> web.Response:
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    view = await context.database.write(
        lambda tx: alert_reading.read(tx, context.us, ref, staff=staff, now=now)
    )
    return await page(
        request,
        "alert.html",
        status=status,
        form=form,
        now=now,
        done=request.query.get("done", ""),
        may_acknowledge=staff.may(Action.ACKNOWLEDGE_ALERT),
        may_tell=staff.may(Action.GIVE_ALERT_FEEDBACK),
        may_write=staff.may(Action.WRITE_ALERT),
        may_export=staff.may(Action.EXPORT_PROOF),
        **_values(request, view),
    )


def _values(request: web.Request, view: AlertView) -> dict[str, object]:
    us, names = context_of(request).us.org, names_of(request)
    others = sorted({one.org for one in view.answers if one.org != us})
    return {
        "view": view,
        "body": view.received.body,
        "names": names,
        "us": us,
        "ours": view.org == us,
        "said": [(org, *_said(view, org)) for org in others],
        "ack": view.answer(us, "ack"),
        "told": view.answer(us, *FEEDBACK),
        "tally": view.tally(*FEEDBACK),
        "feedback": [(code, names.code("alert_feedback", code)) for code in FEEDBACK],
    }


def _said(view: AlertView, org: str) -> tuple[object, object, object]:
    """Return what an organisation said: whether it arrived, was acknowledged, is known there."""
    return (
        view.answer(org, "delivered", "bad-body"),
        view.answer(org, "ack"),
        view.answer(org, *FEEDBACK),
    )
