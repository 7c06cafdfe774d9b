"""When do I get an e-mail, and where?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from integra_node.actions import mailboxes
from integra_node.rules.problems import InvalidFieldsError
from integra_node.web.bodies import form_of
from integra_node.web.context import context_of
from integra_node.web.forms import FormData, FormView, flatten
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page, see_other
from integra_node.web.visit import staff_of

if TYPE_CHECKING:
    from integra_node.store.mailboxes import Mailbox


async def show(request: web.Request) -> web.Response:
    """Show one's own choice."""
    context, staff = context_of(request), staff_of(request)
    box = await context.database.read(lambda tx: mailboxes.read_own(tx, staff=staff))
    stored = {"address": box.address, "delivery": box.delivery, "hour": str(box.hour)}
    return await _page(request, FormView(data=flatten(stored)), box)


async def change(request: web.Request) -> web.Response:
    """Store one's own choice."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    now, config = context.clock(), context.config
    try:
        await context.database.write(
            lambda tx: mailboxes.choose(
                tx,
                address=form.text("address").strip(),
                delivery=form.text("delivery"),
                hour=_hour(form),
                domains=config.mail.domains,
                zone=config.zone,
                staff=staff,
                now=now,
            )
        )
    except InvalidFieldsError as error:
        box = await context.database.read(lambda tx: mailboxes.read_own(tx, staff=staff))
        return await _page(request, rejected(request, form, error.problems), box, status=400)
    return see_other("/account/mail?done=mail")


def _hour(form: FormData) -> int | None:
    text = form.text("hour").strip()
    return int(text) if len(text) <= 2 and text.isascii() and text.isdigit() else None


async def _page(
    request: web.Request, form: FormView, box: Mailbox, *, status: int = 200
) -> web.Response:
    mail = context_of(request).config.mail
    return await page(
        request,
        "account_mail.html",
        status=status,
        form=form,
        box=box,
        domains=mail.domains,
        is_set_up=bool(mail.host),
    )
