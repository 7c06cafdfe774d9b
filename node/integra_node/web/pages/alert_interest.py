"""How does a person choose which new alerts they are shown?"""

from __future__ import annotations

from aiohttp import web

from integra_node.actions import alert_interests
from integra_node.rules.alert_interest import Interest, interest_json, parse_interest
from integra_node.rules.problems import InvalidFieldsError, Problem
from integra_node.web.bodies import form_of
from integra_node.web.code_names import CodeNames
from integra_node.web.context import context_of
from integra_node.web.forms import FormData, FormView
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page, see_other
from integra_node.web.visit import staff_of, visit_of


async def show(request: web.Request) -> web.Response:
    """Show what is chosen."""
    context, staff = context_of(request), staff_of(request)
    interest = await context.database.read(lambda tx: alert_interests.read(tx, staff=staff))
    return await _page(request, FormView(data=_fields(interest)), status=200)


async def save(request: web.Request) -> web.Response:
    """Remember a choice."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    now = context.clock()
    try:
        interest = parse_interest(_entered(form))
    except InvalidFieldsError as failure:
        problems = [_at_field(one) for one in failure.problems]
        return await _page(request, rejected(request, form, problems), status=400)
    await context.database.write(
        lambda tx: alert_interests.save(tx, interest, staff=staff, now=now)
    )
    return see_other("/alerts/interest?done=saved")


def _entered(form: FormData) -> dict[str, object]:
    lines = (line.strip() for line in form.text("regions").split("\n"))
    found: dict[str, object] = {
        "settings": list(dict.fromkeys(form.all("settings"))),
        "regions": list(dict.fromkeys(line for line in lines if line)),
    }
    if form.text("min_severity"):
        found["min_severity"] = form.text("min_severity")
    return found


def _fields(interest: Interest) -> FormData:
    items = [("settings", str(one)) for one in interest.settings]
    items.append(("regions", "\n".join(interest.regions)))
    items.append(("min_severity", str(interest_json(interest)["min_severity"])))
    return FormData(items=tuple(items))


def _at_field(problem: Problem) -> Problem:
    """Return a problem with the name of the field that shows it: regions are one text there."""
    first = problem.path.partition(".")[0]
    return Problem(path=first, code=problem.code, params=problem.params)


async def _page(request: web.Request, form: FormView, *, status: int) -> web.Response:
    return await page(
        request,
        "alert_interest.html",
        status=status,
        form=form,
        done=request.query.get("done", ""),
        names=CodeNames(language=visit_of(request).language),
    )
