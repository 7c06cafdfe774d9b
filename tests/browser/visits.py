"""How is each page of the route table reached, with real content and with an error?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from browser.chromium import Look, new_context
from browser.people import Desk
from browser.world import FR, PASSWORD, PIN, PT

Go = Callable[[Desk, Look, str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One look at one page.

    Attributes:
        route: Method and path of the line of the route table that renders it.
        path: Where to go first; ``{name}`` stands for an id of the world.
        who: Username, empty for somebody who is not signed in.
        org: At which node.
        status: The HTTP status of what is looked at.
        go: What to do on the page at ``path`` to come to what is looked at.
    """

    route: str
    path: str
    who: str = ""
    org: str = PT
    status: int = 200
    go: Go | None = None

    def __str__(self) -> str:
        who = self.who or "nobody"
        return f"{self.route} as {who} of {self.org} {self.path} {self.status}"


def send(form: str, button: str = "", tick: str = "", **fields: str) -> Go:
    """Fill fields of the form whose action ends so, and press its button (the first, or by value).

    ``tick`` is the value of a box or radio button; a double underscore in a name is a dot.
    """

    async def go(_desk: Desk, look: Look, _base: str) -> None:
        found = look.page.locator(f"main form[action$='{form}']").first
        if tick:
            await found.locator(f"[value='{tick}']").check()
        for name, value in fields.items():
            await _enter(found.locator(f"[name='{name.replace('__', '.')}']").first, value)
        which = f"button[value='{button}']" if button else "button"
        await found.locator(which).first.click()
        await look.page.wait_for_load_state()

    return go


async def _enter(field, value: str) -> None:
    if await field.evaluate("e => e.tagName") == "SELECT":
        await field.select_option(value)
    else:
        await field.fill(value)


async def _session_ended(desk: Desk, look: Look, base: str) -> None:
    """Type into a form, lose the session, and send the form."""
    await look.page.context.clear_cookies()  # the visit before may have lost it already
    await desk.sign_in(look.page.context, PT, "colleague")
    mine = await new_context(desk.browser)
    try:
        await desk.sign_in(mine, PT, "colleague")
        other = await mine.new_page()
        await look.page.goto(f"{base}/handovers/new")
        await look.page.fill("[name=case_reference]", "CASE-kept")
        await other.goto(f"{base}/account")
        await other.click("form[action$='/account/sessions/revoke'] button")
    finally:
        await mine.close()
    await look.page.locator("main form button").last.click()
    await look.page.wait_for_load_state()


async def _signed_in_again(desk: Desk, look: Look, base: str) -> None:
    await _session_ended(desk, look, base)
    await look.page.fill("[name=username]", "colleague")
    await look.page.fill("[name=password]", PASSWORD)
    await look.page.click("main form button")
    await look.page.wait_for_load_state()


async def _changed_meanwhile(desk: Desk, look: Look, _base: str) -> None:
    """Let somebody else save the draft before its button is pressed."""
    async with desk.world.program(PT, "writer") as writer:
        place = f"/practices/{desk.world.ids['draft']}"
        found = await writer.get(place)
        await writer.call("PUT", place, found["body"], **{"If-Match": f'"{found["etag"]}"'})
    await look.page.locator("form[action$='/submit'] button").click()
    await look.page.wait_for_load_state()


def get(path: str, who: str = "", *, org: str = PT, status: int = 200, route: str = "") -> Visit:
    """Return the visit of a page that needs nothing but its address."""
    return Visit(
        route=f"GET {route or path.partition('?')[0]}", path=path, who=who, org=org, status=status
    )


def post(route: str, path: str, who: str, go: Go, *, org: str = PT, status: int = 400) -> Visit:
    """Return the visit of what comes back after a form was sent."""
    return Visit(route=f"POST {route}", path=path, who=who, org=org, status=status, go=go)


ABOUT: Final = (
    get("/"),
    *(get(path) for path in ("/help", "/accessibility", "/privacy", "/contact", "/language")),
    get("/help", "reader", org=FR),
    get("/.well-known/change-password", "reader"),
    get("/api/docs"),
    get("/nothing-here", status=404, route="any"),
    get("/accounts", "reader", status=403, route="any"),
)
ACCOUNT: Final = (
    get("/sign-in"),
    get("/sign-in?next=/search"),
    post("/sign-in", "/sign-in", "", send("/sign-in", username="who", password="no"), status=401),
    post("/sign-in", "/today", "colleague", _session_ended, status=401),
    post("/sign-in", "/today", "colleague", _signed_in_again, status=200),
    get("/account", "reader"),
    get("/account", "officer"),
    get("/account/password", "reader"),
    get("/account/password", "newcomer"),
    post("/account/password", "/account/password", "reader",
         send("/password", old_password="wrong", new_password="short", repeat_password="other")),
    get("/messages", "reader"),
    get("/messages", "editor"),
    get("/account/mail", "reader"),
    post("/account/mail", "/account/mail", "reader",
         send("/mail", tick="digest", address="somebody", hour="25")),
    get("/account/officer", "officer"),
    get("/account/officer", "novice"),
    post("/account/officer", "/account/officer", "novice",
         send("/officer", pin="12345678", again__pin="87654321", password="x")),
)  # fmt: skip
ADMIN: Final = (
    get("/accounts", "admin"),
    get("/accounts/new", "admin"),
    post("/accounts", "/accounts/new", "admin", send("/accounts")),
    get("/accounts/{account:officer}", "admin", route="/accounts/{id}"),
    get("/accounts/{account:leaver}", "admin", route="/accounts/{id}"),
    get("/accounts/{account:doubter}", "admin", route="/accounts/{id}"),
    get("/accounts/{account:admin}", "admin", route="/accounts/{id}"),
    post("/accounts/{id}/roles", "/accounts/{account:officer}", "admin",
         send("/roles", tick="admin")),
    post("/accounts/{id}/password", "/accounts/{account:newcomer}", "admin",
         send("/password"), status=200),
    get("/partners", "reader"),
    get("/partners", "admin", org=FR),
    get("/audit", "dpo"),
    get("/audit?actor=nobody", "dpo"),
    get("/audit?since-day=99&since-month=99&since-year=1", "dpo", status=400),
    get("/audit/verify", "dpo"),
)  # fmt: skip
LIBRARY: Final = (
    get("/search", "reader"),
    get("/search?q=mentores", "reader"),
    get("/search?q=recluso&feedback=1", "reader"),
    get("/search?q=prison&language=fr&sort=newest", "reader", org=FR),
    get("/search?q=mentorez&country=NL", "reader"),
    get("/search?q=qqqqzzzz&language=pt&setting=prison", "reader"),
    get("/browse", "reader"),
    get("/export", "reader"),
    post("/export", "/export", "reader", send("/export")),
    post("/export", "/export", "reader", send("/export", tick="html"), status=200),
    get("/organisations", "reader"),
    get("/search?new=1", "reader"),
    get("/search?q=mentoring&concept=probation&kind=practice&saved={saved}", "writer"),
    get("/search?q=mentoring&expand=0", "reader"),
    get("/browse/concepts", "reader"),
    get("/browse/concepts", "reader", org=FR),
    get("/browse/concepts/mentoring", "reader", route="/browse/concepts/{id}"),
    get("/browse/concepts/nothing", "reader", status=404, route="/browse/concepts/{id}"),
    get("/search/export?q=mentores", "reader"),
    post("/search/export", "/search/export?q=mentores&setting=prison", "reader",
         send("/search/export")),
    post("/search/export", "/search/export?sort=newest", "reader",
         send("/search/export", tick="html"), status=200),
    get("/searches", "writer"),
    get("/searches", "reader"),
    get("/searches/new?q=mentores&setting=prison&language=pt", "writer"),
    post("/searches", "/searches/new?q=mentores", "writer", send("/searches", name="")),
    get("/searches/{saved}/edit", "writer", route="/searches/{id}/edit"),
    post("/searches/{id}/edit", "/searches/{saved}/edit", "writer", send("/edit", name="")),
    get("/searches/{saved}/delete", "writer", route="/searches/{id}/delete"),
    get("/practices/{ref}/similar", "reader", route="/practices/{id}/similar"),
    get("/practices?list=mine", "writer"),
    get("/practices?list=waiting&page=9", "editor"),
    get("/practices", "writer"),
    get("/practices", "editor"),
    get("/practices", "writer", org=FR),
    get("/practices/new", "writer"),
    post("/practices", "/practices/new", "writer", send("/practices", title="")),
    *(
        get(f"/practices/{{{name}}}", who, org=org, route="/practices/{id}")
        for name, who, org in (
            ("ref", "reader", FR),
            ("foreign", "reader", PT),
            ("foreign", "writer", PT),
            ("draft", "writer", PT),
            ("unfinished", "writer", PT),
            ("returned", "writer", PT),
            ("submitted", "writer", PT),
            ("submitted", "editor", PT),
            ("published", "writer", PT),
        )
    ),
    get("/practices/{origin}", "writer", route="/practices/{id}"),
    get("/practices/{adapted}", "reader", org=FR, route="/practices/{id}"),
    get("/practices/{deprecated}", "reader", route="/practices/{id}"),
    get("/practices/{deprecated}/versions", "reader", route="/practices/{id}/versions"),
    get("/practices/{again}/versions", "reader", org=FR, route="/practices/{id}/versions"),
    get("/practices/{revised}/versions", "writer", route="/practices/{id}/versions"),
    get("/practices/compare?ref={again}&ref={origin}", "reader", route="/practices/compare"),
    get("/practices/compare?ref={origin}&q=mentores&more=1", "reader"),
    get("/practices/compare?ref={again}&ref=none", "reader", status=400),
    get("/practices/{old}", "writer", org=FR, route="/practices/{id}"),
    get("/practices/{published}/deprecate", "writer", route="/practices/{id}/deprecate"),
    post("/practices/{id}/deprecate", "/practices/{published}/deprecate", "writer",
         send("/deprecate", reason=" ", successor="none")),
    get("/practices/{foreign}/adapt", "writer", route="/practices/{id}/adapt"),
    post("/practices/{id}/adapt", "/practices/{foreign}/adapt", "writer",
         send("/adapt", language="el")),
    get("/practices/{adapting}/edit", "writer", org=FR, route="/practices/{id}/edit"),
    get("/practices/none", "reader", status=404, route="/practices/{id}"),
    get("/practices/{draft}/edit", "writer", route="/practices/{id}/edit"),
    get("/practices/{unfinished}/edit", "writer", route="/practices/{id}/edit"),
    post("/practices/{id}/edit", "/practices/{unfinished}/edit", "writer",
         send("/edit", "submit", title="")),
    post("/practices/{id}/edit", "/practices/{unfinished}/edit?step=place", "writer",
         send("/edit", "next", since="yesterday")),
    post("/practices/{id}/edit", "/practices/{draft}/edit?step=how", "writer",
         send("/edit", "add-steps"), status=200),
    post("/practices/{id}/edit", "/practices/{unfinished}/edit?step=materials", "writer",
         send("/edit", "next", **{"materials-0-url": "no address"})),
    *(
        get(f"/practices/{{draft}}/edit?step={step}", "writer", route="/practices/{id}/edit")
        for step in ("place", "how", "effort", "materials", "evidence", "emmie", "ethics",
                     "elsewhere", "sharing")
    ),
    get("/practices/{adapting}/edit?step=origin", "writer", org=FR, route="/practices/{id}/edit"),
    get("/practices/{draft}/files", "writer", route="/practices/{id}/files"),
    post("/practices/{id}/files", "/practices/{draft}/files", "writer", send("/files")),
    get("/practices/{draft}/preview", "writer", route="/practices/{id}/preview"),
    post("/practices/{id}/submit", "/practices/{draft}", "writer", _changed_meanwhile, status=412),
    post("/practices/{id}/return", "/practices/{submitted}", "editor", send("/return")),
    post("/practices/{id}/withdraw", "/practices/{published}", "writer", send("/withdraw")),
)  # fmt: skip
SAID: Final = (
    get("/practices/{ref}", "writer", route="/practices/{id}"),
    get("/practices/{ref}", "reviewer", org=FR, route="/practices/{id}"),
    get("/practices/{ref}/said", "reader", route="/practices/{id}/said"),
    get("/practices/{ref}/review", "reviewer", org=FR, route="/practices/{id}/review"),
    post("/practices/{id}/review", "/practices/{ref}/review", "reviewer",
         send("/review", text="", conflict__text="", pin=PIN), org=FR),
    *(get(f"/practices/{{ref}}/remark?form={form}", "writer", org=FR,
          route="/practices/{id}/remark") for form in ("report", "question", "comment")),
    post("/practices/{id}/remark", "/practices/{ref}/remark?form=report", "writer",
         send("/remark", group_size="some"), org=FR),
    get("/practices/{ref}?text={translation}", "writer", route="/practices/{id}"),
    get("/practices/{ref}/translate", "writer", route="/practices/{id}/translate"),
    get("/practices/{ref}/translate?language=fr", "writer", org=FR,
        route="/practices/{id}/translate"),
    post("/practices/{id}/translate", "/practices/{ref}/translate?language=nl", "writer",
         send("/translate"), org=FR),
    get("/responses/{question}/answer", "writer", route="/responses/{id}/answer"),
    post("/responses/{id}/answer", "/responses/{question}/answer", "writer", send("/answer")),
    get("/responses/{review}/take-back", "reviewer", org=FR, route="/responses/{id}/take-back"),
    post("/responses/{id}/take-back", "/responses/{comment}/take-back", "writer",
         send("/take-back"), org=FR),
)  # fmt: skip


def _handover(name: str, who: str, end: str = "", *, status: int = 200) -> Visit:
    org = FR if name.endswith(".in") else PT
    route = "/handovers/{id}" + ("/do/{event}" if end.startswith("/do/") else end)
    return get(f"/handovers/{{{name}}}{end}", who, org=org, status=status, route=route)


def _step(name: str, who: str, event: str, status: int = 400, **fields: str) -> Visit:
    org = FR if name.endswith(".in") else PT
    return post("/handovers/{id}/do/{event}", f"/handovers/{{{name}}}/do/{event}", who,
                send(f"/do/{event}", **fields), org=org, status=status)  # fmt: skip


HANDOVERS: Final = (
    get("/today", "officer"),
    get("/today", "supervisor"),
    get("/today", "editor"),
    get("/today", "admin"),
    get("/today", "dpo"),
    get("/today", "reader"),
    get("/today", "duty", org=FR),
    get("/today", "officer", org=FR),
    get("/handovers?box=draft", "officer"),
    get("/handovers?box=out", "officer"),
    get("/handovers?box=in", "officer"),
    get("/handovers", "supervisor"),
    get("/handovers?box=in", "duty", org=FR),
    get("/handovers/new", "officer"),
    post("/handovers", "/handovers/new", "officer",
         send("/handovers", **{"env.valid_until-day": "99", "case_reference": "CASE-error"})),
    _handover("h-unfinished", "officer"),
    _handover("h-draft", "officer"),
    _handover("h-review", "supervisor"),
    _handover("h-approved", "officer"),
    _handover("h-delivered", "officer"),
    _handover("h-accepted", "officer"),
    _handover("h-refused", "officer"),
    _handover("h-delivered.in", "duty"),
    _handover("h-acknowledged.in", "officer"),
    _handover("h-reviewed.in", "officer"),
    _handover("h-accepted.in", "officer"),
    _handover("h-refused.in", "supervisor"),
    _handover("h-unfinished", "officer", "/edit"),
    _handover("h-draft", "officer", "/edit"),
    post("/handovers/{id}/edit", "/handovers/{h-draft}/edit", "officer",
         send("/edit", **{"env.valid_until-day": "99", "sent.end_on-year": "nineteen"})),
    _handover("h-unfinished", "officer", "/notice"),
    _handover("h-review", "supervisor", "/notice"),
    _handover("h-reviewed.in", "officer", "/notice"),
    _handover("h-accepted.in", "colleague", "/notice"),
    post("/handovers/{id}/notice", "/handovers/{h-accepted.in}/notice", "colleague",
         send("/notice"), org=FR),
    _handover("h-reviewed.in", "supervisor", "/owner"),
    post("/handovers/{id}/owner", "/handovers/{h-reviewed.in}/owner", "supervisor",
         send("/owner"), org=FR),
    _handover("h-draft", "officer", "/do/submit"),
    _handover("h-review", "supervisor", "/do/approve"),
    _handover("h-review", "supervisor", "/do/return"),
    _handover("h-approved", "officer", "/do/send"),
    _handover("h-approved", "novice", "/do/send"),
    _handover("h-delivered", "supervisor", "/do/withdraw"),
    _handover("h-delivered.in", "duty", "/do/acknowledge"),
    _handover("h-delivered.in", "duty", "/do/misdirect"),
    _handover("h-acknowledged.in", "officer", "/do/review"),
    _handover("h-reviewed.in", "officer", "/do/accept"),
    _handover("h-reviewed.in", "officer", "/do/refuse"),
    _step("h-approved", "officer", "send"),
    _step("h-approved", "doubter", "send", pin="wrong wrong"),
    _step("h-review", "supervisor", "return"),
    _step("h-delivered.in", "duty", "acknowledge"),
    _step("h-acknowledged.in", "officer", "review"),
    _step("h-reviewed.in", "officer", "refuse"),
)  # fmt: skip


def _alert(name: str, who: str, end: str = "", *, org: str = PT, status: int = 200) -> Visit:
    return get(
        f"/alerts/{{{name}}}{end}", who, org=org, status=status, route=f"/alerts/{{id}}{end}"
    )


ALERTS: Final = (
    get("/alerts", "reader"),
    get("/alerts?severity=low&tlp=RED", "reader"),
    get("/alerts", "writer", org=FR),
    get("/alerts?state=overdue", "duty"),
    get("/alerts/interest", "reader"),
    post("/alerts/interest", "/alerts/interest", "reader", send("/interest", regions="x" * 400)),
    get("/alerts/own", "writer"),
    get("/alerts/own", "editor"),
    get("/alerts/new", "writer"),
    post("/alerts", "/alerts/new", "writer", send("/alerts", title="")),
    _alert("a-critical.ref", "reader"),
    _alert("a-critical.ref", "duty"),
    _alert("a-green.ref", "writer"),
    _alert("a-answered.ref", "duty"),
    _alert("a-answered.ref", "writer", org=FR),
    _alert("a-draft", "writer"),
    _alert("a-draft", "editor"),
    _alert("a-cleared", "writer"),
    _alert("a-own", "writer"),
    _alert("a-critical.ref", "reader", "/print"),
    _alert("a-draft", "writer", "/edit"),
    post("/alerts/{id}/edit", "/alerts/{a-draft}/edit", "writer", send("/edit", title="")),
    _alert("a-draft", "editor", "/clear"),
    post("/alerts/{id}/clear", "/alerts/{a-draft}/clear", "editor", send("/clear")),
    _alert("a-cleared", "writer", "/publish"),
    post("/alerts/{id}/publish", "/alerts/{a-cleared}/publish", "writer", send("/publish")),
    _alert("a-own", "writer", "/retract"),
    post("/alerts/{id}/retract", "/alerts/{a-own}/retract", "writer", send("/retract")),
    post("/alerts/{id}/feedback", "/alerts/{a-green.ref}", "writer", send("/feedback")),
)
IMPORTS: Final = (
    get("/imports", "writer"),
    post("/imports", "/imports", "writer", send("/imports")),
    post("/imports/harvest", "/imports", "writer", send("/imports/harvest")),
    get("/imports/columns", "writer"),
    *(
        get(f"/imports/{{{name}}}", "writer", route="/imports/{id}")
        for name in ("import-columns", "import-checked", "import-failed")
    ),
    get("/imports/{import-checked}?all=1", "writer", route="/imports/{id}"),
    post("/imports/{id}/columns", "/imports/{import-columns}", "writer",
         send("/columns", **{"column-1-field": ""})),
)  # fmt: skip
VISITS: Final = (*IMPORTS, *ABOUT, *ACCOUNT, *ADMIN, *LIBRARY, *SAID, *HANDOVERS, *ALERTS)

# Lines of the route table that never render a page of their own: what they answer instead.
WITHOUT_PAGE: Final = {
    "POST /language": "back to where one was",
    "POST /sign-out": "to the sign-in page",
    "POST /messages/confirm": "back to the messages",
    "POST /account/sessions/revoke": "back to the account",
    "POST /account/sessions/{id}/revoke": "back to the account",
    "POST /accounts/{id}/unlock": "back to the account",
    "POST /accounts/{id}/disable": "back to the account",
    "POST /accounts/{id}/enable": "back to the account",
    "POST /accounts/{id}/sessions/revoke": "back to the account",
    "POST /accounts/sessions/{session}/revoke": "back to the account",
    "POST /accounts/{id}/officer/revoke": "back to the account",
    "POST /accounts/{id}/officer/allow": "back to the account",
    "POST /audit/export": "a file",
    "GET /searches/{id}": "to the results",
    "POST /searches/{id}/delete": "back to the list",
    "POST /searches/{id}/seen": "back to the list",
    "POST /search/seen": "back to the search",
    "GET /log/{org}/{epoch}/{index}/proof": "a file",
    "GET /imports/template.csv": "a file",
    "GET /practices/{id}/files/{file}": "a file",
    "POST /practices/{id}/files/{file}/remove": "back to the files",
    "POST /imports/{id}/start": "back to the import",
    "POST /imports/{id}/discard": "to the list of imports",
    "POST /practices/{id}/publish": "to the practice",
    "POST /practices/{id}/version": "to the form of the new version",
    "POST /practices/{id}/confirm": "to the practice",
    "POST /practices/{id}/said/read": "back to the practice",
    "POST /alerts/{id}/acknowledge": "back to the alert",
    "POST /alerts/{id}/supersede": "to the form of the new version",
    "POST /handovers/{id}/copy": "to the form of the new draft",
}
