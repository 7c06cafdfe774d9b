"""Signing in and out on the pages: cookies, lockout, first password, kept forms, safe next."""

import html
import re

import pytest
from aiohttp import ClientSession, CookieJar

from integra_node.rules.permissions import Role
from integra_node.store import sessions
from integra_node.web.paths import own_path
from staff_site import CSRF, PASSWORD, Browser, open_site

KEPT = re.compile(r'name="kept" value="([^"]+)"')


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as site:
        site.add("ana", Role.READER)
        site.add("root", Role.ADMIN)
        yield site


async def test_a_right_password_opens_the_first_page(site):
    async with site.browser() as browser:
        answer = await browser.sign_in("Ana ")
        assert (answer.status, answer.headers["Location"]) == (303, "/today")
        page = await browser.get("/today")
        assert page.status == 200
        assert "Nothing waits for you." in await page.text()


async def test_the_session_cookie_carries_the_organisation_and_is_out_of_reach_of_scripts(site):
    async with site.browser() as browser:
        answer = await browser.sign_in("ana")
        cookie = answer.cookies["integra-pt-prison"]
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert cookie["domain"] == ""
        assert cookie["secure"] == ""


async def test_one_browser_is_signed_in_at_two_nodes_of_one_computer(site, tmp_path):
    async with open_site(tmp_path, org="it-university", profile="knowledge") as other:
        other.add("bruno", Role.READER)
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            for here, name in ((site, "ana"), (other, "bruno")):
                page = await session.get(f"{here.url}/sign-in")
                token = CSRF.search(await page.text())[1]
                data = {"csrf": token, "username": name, "password": PASSWORD}
                await session.post(f"{here.url}/sign-in", data=data)
            for here, name in ((site, "Ana"), (other, "Bruno")):
                assert name in await (await session.get(f"{here.url}/account")).text()


async def test_over_https_the_cookie_is_bound_to_the_host(tmp_path):
    async with open_site(tmp_path, url="https://127.0.0.1") as site:
        site.add("ana", Role.READER)
        async with ClientSession(site.url, cookie_jar=CookieJar(unsafe=True)) as session:
            page = await session.get("/sign-in")
            assert page.headers["Strict-Transport-Security"] == "max-age=63072000"
            visitor = page.cookies["__Host-integra-visit"]
            data = {
                "csrf": CSRF.search(await page.text())[1],
                "username": "ana",
                "password": PASSWORD,
            }
            sent = {"Cookie": f"__Host-integra-visit={visitor.value}"}
            answer = await session.post("/sign-in", data=data, headers=sent, allow_redirects=False)
            assert answer.status == 303
            assert answer.cookies["__Host-integra"]["secure"] is True
            assert answer.cookies["__Host-integra"]["domain"] == ""


async def test_plain_http_beyond_this_computer_is_refused_at_start(tmp_path):
    with pytest.raises(Exception, match="https") as caught:
        async with open_site(tmp_path, url="http://integra.example"):
            pass
    assert caught.value.code == "invalid"


@pytest.mark.parametrize("name, password", [("ana", "not-the-secret"), ("nobody", PASSWORD)])
async def test_a_refusal_does_not_say_what_was_wrong(site, name, password):
    async with site.browser() as browser:
        answer = await browser.sign_in(name, password)
        text = await answer.text()
        assert answer.status == 401
        assert "<title>Error: Sign in" in text
        assert "The username or the password is wrong, or the account is locked" in text
        assert password not in text


async def test_five_wrong_passwords_lock_the_account_for_a_minute(site):
    async with site.browser() as browser:
        for _ in range(5):
            assert (await browser.sign_in("ana", "wrong")).status == 401
        assert (await browser.sign_in("ana")).status == 401
        site.clock.now += 61
        assert (await browser.sign_in("ana")).status == 303


async def test_an_administrator_unlocks(site):
    async with site.browser() as browser, site.browser("root") as root:
        for _ in range(5):
            await browser.sign_in("ana", "wrong")
        today = await (await root.get("/today")).text()
        assert "Locked accounts (1)" in today
        await root.post(f"/accounts/{site.ids['ana']}/unlock")
        assert (await browser.sign_in("ana")).status == 303


async def test_a_password_set_by_somebody_else_must_be_changed_first(site):
    site.add("neu", Role.READER, must_change=True)
    async with site.browser() as browser:
        answer = await browser.sign_in("neu")
        assert answer.headers["Location"] == "/account/password"
        blocked = await browser.get("/today")
        assert (blocked.status, blocked.headers["Location"]) == (303, "/account/password")
        new = "a new and longer one"
        fields = {"old_password": PASSWORD, "new_password": new, "repeat_password": new}
        changed = await browser.post("/account/password", fields)
        assert changed.status == 303, await changed.text()
        assert (await browser.get("/today")).status == 200
    async with site.browser() as browser:
        assert (await browser.sign_in("neu")).status == 401
        assert (await browser.sign_in("neu", new)).status == 303


@pytest.mark.parametrize(
    "old, new, again, text",
    [
        (
            "wrong",
            "long enough to count",
            "long enough to count",
            "not the password used until now",
        ),
        (PASSWORD, "short", "short", "at least 12"),
        (PASSWORD, PASSWORD, PASSWORD, "Choose another password"),
        (PASSWORD, "long enough to count", "another", "two passwords differ"),
    ],
)
async def test_a_bad_new_password_is_explained_and_not_shown(site, old, new, again, text):
    async with site.browser("ana") as browser:
        fields = {"old_password": old, "new_password": new, "repeat_password": again}
        answer = await browser.post("/account/password", fields)
        page = await answer.text()
        assert answer.status == 400
        assert text in page
        assert "There is a problem" in page
        assert new not in page


async def test_changing_the_password_ends_the_other_sessions(site):
    new = "quite another password"
    async with site.browser("ana") as one, site.browser("ana") as two:
        fields = {"old_password": PASSWORD, "new_password": new, "repeat_password": new}
        await one.post("/account/password", fields)
        assert (await one.get("/today")).status == 200
        assert (await two.get("/today")).status == 303


async def test_signing_out_ends_the_session_on_the_server_too(site):
    async with site.browser("ana") as browser:
        jar = list(browser.session.cookie_jar)
        token = next(c.value for c in jar if c.key == site.cookie)
        await browser.post("/sign-out")
        sent = {"Cookie": f"{site.cookie}={token}"}
        assert (await browser.get("/today", headers=sent)).status == 303


async def test_a_page_session_ends_after_half_an_hour_without_use_or_eight_hours(site):
    async with site.browser("ana") as browser:
        site.clock.now += 29 * 60
        assert (await browser.get("/today")).status == 200
        site.clock.now += 31 * 60
        assert (await browser.get("/today")).status == 303
    async with site.browser("ana") as browser:
        for _ in range(16):
            site.clock.now += 29 * 60
            await browser.get("/today")
        site.clock.now += 20 * 60
        assert (await browser.get("/today")).status == 303


async def test_a_session_that_ends_keeps_what_was_typed(site):
    async with site.browser("root") as browser:
        token = await browser.token()
        site.clock.now += 3_600
        typed = {
            "display_name": 'Zoë "<b>"',
            "username": "zoe",
            "roles": "reader",
            "pin": "12345678",
        }
        late = await browser.post("/accounts", typed, token=token)
        text = await late.text()
        assert late.status == 401
        assert "Your session has ended" in text
        assert "12345678" not in text
        again = await browser.post(
            "/sign-in",
            {
                "username": "root",
                "password": PASSWORD,
                "next": "/accounts",
                "kept": html.unescape(KEPT.search(text)[1]),
            },
            token=CSRF.search(text)[1],
        )
        page = await again.text()
        assert again.status == 200
        fields = re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">', page)
        names = dict(pair for pair in fields if pair[0] != "csrf")
        assert html.unescape(names["display_name"]) == typed["display_name"]
        token = re.findall(
            r'action="/accounts" class="column">\s*<input type="hidden" name="csrf" value="([^"]+)"',
            page,
        )[0]
        done = await browser.post(
            "/accounts", {n: html.unescape(v) for n, v in names.items()}, token=token
        )
        assert done.status == 200
        assert "Temporary password" in await done.text()


async def test_what_one_person_typed_is_not_sent_by_another(site):
    site.add("root2", Role.ADMIN)
    async with site.browser("root") as browser:
        token = await browser.token()
        site.clock.now += 3_600
        late = await browser.post("/accounts", {"username": "zoe"}, token=token)
        text = await late.text()
        again = await browser.post(
            "/sign-in",
            {
                "username": "root2",
                "password": PASSWORD,
                "kept": html.unescape(KEPT.search(text)[1]),
            },
            token=CSRF.search(text)[1],
        )
        assert (again.status, again.headers["Location"]) == (303, "/today")


@pytest.mark.parametrize(
    "text",
    [
        "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)",
        "/\t/evil.example", "/a b", "", "today", "/" + "x" * 2_000, "/\u2028x", "http:/today",
    ],
)  # fmt: skip
async def test_next_never_leads_elsewhere(text):
    assert own_path(text) == "/today"


async def test_next_leads_back_to_the_page_that_was_asked_for(site):
    async with site.browser() as browser:
        asked = await browser.get("/account?done=x")
        assert asked.headers["Location"] == "/sign-in?next=%2Faccount%3Fdone%3Dx"
        answer = await browser.sign_in("ana", next="/account?done=x")
        assert answer.headers["Location"] == "/account?done=x"
        answer = await browser.sign_in("ana", next="https://evil.example/")
        assert answer.headers["Location"] == "/today"


async def test_own_sessions_are_listed_and_ended(site):
    async with site.browser("ana") as one, site.browser("ana") as two:
        page = await (await one.get("/account")).text()
        ends = re.findall(r'action="(/account/sessions/s[0-9a-f]+/revoke)"', page)
        assert len(ends) == 1
        assert (await one.post(ends[0])).status == 303
        assert (await two.get("/today")).status == 303
        assert (await one.get("/today")).status == 200


async def test_nobody_ends_the_session_of_somebody_else(site):
    site.add("eva", Role.READER)
    async with site.browser("ana") as ana, site.browser("eva") as eva:
        page = await (await ana.get("/account")).text()
        assert "/revoke" not in page
        open_now = site.database.read_now(
            lambda tx: sessions.open_of(tx, site.ids["ana"], site.clock(), page_idle_s=1_800)
        )
        assert (await eva.post(f"/account/sessions/{open_now[0].id}/revoke")).status == 404
        assert (await ana.get("/today")).status == 200


async def test_browser_follows_no_foreign_form(site):
    async with site.browser("ana") as browser:
        assert isinstance(browser, Browser)
        token = await browser.token()
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            answer = await browser.post("/sign-out", token=token, headers=headers)
            assert answer.status == 403
        assert (await browser.post("/sign-out", token="A" * 43)).status == 403
        assert (await browser.post("/sign-out", token="é")).status == 403
        assert (await browser.get("/today")).status == 200
        own = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
        assert (await browser.post("/sign-out", token=token, headers=own)).status == 303
