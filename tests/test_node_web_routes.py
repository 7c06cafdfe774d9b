"""Every route of the table: who gets in, which headers go out, what errors look like."""

import asyncio
import dataclasses
import io
import re

import pytest
from aiohttp import web

from integra_node.rules.permissions import Action, Profile, Role, may
from integra_node.web.access import PUBLIC, SIGNED_IN, Route
from integra_node.web.middleware import SECURITY_HEADERS
from integra_node.web.routes import ROUTES
from staff_site import open_site, roles_of

ENDS_SESSION = {("POST", "/sign-out"), ("DELETE", "/api/v1/session")}
PARAMETER = re.compile(r"\{(\w+)(?::[^}]*)?\}")
# Pages come last: one of them ends all other sessions, that of the API client too.
WALK = sorted(ROUTES, key=lambda r: (r.kind == "page", (r.method, r.path) in ENDS_SESSION))


def served(profile):
    return [r for r in WALK if profile == "casework" or not r.casework]


def address(route):
    return PARAMETER.sub("none", route.path)


def is_allowed(route, role, profile):
    if route.access in (PUBLIC, SIGNED_IN):
        return True
    return may({role}, route.access, Profile(profile))


async def ask(route, browser, program, token):
    if route.kind == "api":
        body = {} if route.body else None
        return await program.request(route.method, address(route), json=body)
    if route.method == "GET":
        return await browser.get(address(route))
    return await browser.post(address(route), token=token)


@pytest.mark.parametrize(
    "profile, role",
    [(p, r) for p in ("casework", "knowledge") for r in roles_of(p)],
)
async def test_every_route_lets_in_whom_the_table_says_and_nobody_else(tmp_path, profile, role):
    async with open_site(tmp_path, profile=profile) as site:
        site.add("walker", role)
        async with site.browser("walker") as browser, site.program("walker") as program:
            token = await browser.token()
            for route in served(profile):
                answer = await ask(route, browser, program, token)
                where = f"{route.method} {route.path} as {role}: {answer.status}"
                assert answer.status < 500 or answer.status == 503, where
                assert (answer.status != 403) == is_allowed(route, role, profile), where
                assert route.access is PUBLIC or answer.status != 401, where
                if is_allowed(route, role, profile) and "sign-in" not in route.path:
                    assert "/sign-in" not in answer.headers.get("Location", "") or (
                        (route.method, route.path) in ENDS_SESSION
                    ), where


@pytest.mark.parametrize("profile", ["casework", "knowledge"])
async def test_without_a_session_only_public_routes_answer(tmp_path, profile):
    async with (
        open_site(tmp_path, profile=profile) as site,
        site.browser() as browser,
        site.program() as program,
    ):
        token = await browser.token()
        for route in served(profile):
            answer = await ask(route, browser, program, token)
            where = f"{route.method} {route.path}: {answer.status}"
            if route.access is PUBLIC:
                assert answer.status < 500 or answer.status == 503, where
            elif route.kind == "api" or route.method != "GET":
                assert answer.status == 401, where
            else:
                assert answer.headers["Location"].startswith("/sign-in?next="), where


async def test_a_knowledge_node_has_no_casework_routes(tmp_path):
    extra = Route(
        method="GET", path="/x-cases", handler=_hello, access=Action.SEE_TODAY, casework=True
    )
    for profile, status in (("casework", 200), ("knowledge", 404)):
        async with open_site(
            tmp_path, org=f"x-{profile}", profile=profile, routes=(*ROUTES, extra)
        ) as site:
            site.add("ana", Role.READER)
            async with site.browser("ana") as browser:
                assert (await browser.get("/x-cases")).status == status


async def test_every_answer_carries_the_security_headers(tmp_path):
    async with open_site(tmp_path) as site, site.browser() as browser:
        for path in (
            "/help",
            "/today",
            "/nothing",
            "/static/integra.css",
            "/api/v1/me",
            "/api/v1/x",
        ):
            answer = await browser.get(path)
            for name, value in SECURITY_HEADERS.items():
                assert answer.headers[name] == value, (path, name)
            assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-Id"])
            wanted = "public, max-age=31536000, immutable" if "static" in path else "no-store"
            assert answer.headers["Cache-Control"] == wanted
        assert "unsafe" not in SECURITY_HEADERS["Content-Security-Policy"]


async def test_pages_hold_no_inline_style_or_script_and_name_no_other_host(tmp_path):
    async with open_site(tmp_path) as site:
        site.add("root", Role.ADMIN)
        async with site.browser("root") as browser:
            for path in ("/today", "/accounts", "/accounts/new", "/help", "/api/docs"):
                text = await (await browser.get(path)).text()
                assert not re.search(r"<style|style=|<script>|\son[a-z]+=|javascript:", text), path
                assert not re.search(r'(?:src|href)="(?:https?:)?//', text), path
                assert len(text.encode()) < 60_000, path


async def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(tmp_path):
    async with open_site(tmp_path) as site, site.browser() as browser:
        page = await browser.get("/nothing")
        assert page.status == 404
        assert "Page not found" in await page.text()
        answer = await browser.get("/api/v1/nothing")
        assert answer.status == 404
        assert answer.content_type == "application/problem+json"
        body = await answer.json()
        assert body["code"] == "not_found"
        assert set(body) == {"type", "title", "status", "code", "instance"}


async def test_a_wrong_method_is_told_as_such(tmp_path):
    async with open_site(tmp_path) as site, site.program() as program:
        answer = await program.put("/api/v1/session", json={})
        assert (answer.status, (await answer.json())["code"]) == (405, "wrong_method")


async def test_an_unexpected_failure_shows_a_number_and_no_trace(tmp_path, caplog):
    broken = Route(method="GET", path="/broken", handler=_break, access=PUBLIC)
    call = dataclasses.replace(broken, path="/api/v1/broken", kind="api")
    async with (
        open_site(tmp_path, routes=(*ROUTES, broken, call)) as site,
        site.browser() as browser,
    ):
        page = await browser.get("/broken")
        assert page.status == 500
        text = await page.text()
        assert page.headers["X-Request-Id"] in text
        assert "secret detail" not in text
        assert "Traceback" not in text
        body = await (await browser.get("/api/v1/broken")).json()
        assert (body["code"], body["status"]) == ("error", 500)
        assert "secret detail" not in str(body)
    assert "secret detail" in caplog.text


async def test_a_foreign_host_name_is_refused(tmp_path):
    async with open_site(tmp_path) as site, site.browser() as browser:
        answer = await browser.get("/help", headers={"Host": "rebound.example"})
        assert answer.status == 421


async def test_bodies_over_the_bound_of_their_route_are_refused(tmp_path):
    async with open_site(tmp_path) as site:
        site.add("root", Role.ADMIN)
        async with site.browser("root") as browser:
            answer = await browser.session.post(
                "/accounts",
                data=io.BytesIO(b"csrf=" + b"x" * 1_048_576),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
            assert answer.status == 413


async def _chunks():
    for _ in range(40):
        yield b"x" * 65_536
        await asyncio.sleep(0)


async def test_a_body_without_length_is_cut_at_the_bound(tmp_path):
    async with open_site(tmp_path) as site, site.program() as program:
        answer = await program.post(
            "/api/v1/session", data=_chunks(), headers={"Content-Type": "application/json"}
        )
        assert answer.status == 413


@pytest.mark.parametrize(
    "headers, data, status",
    [
        ({"Content-Type": "text/plain"}, b"{}", 415),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, b"{}", 415),
        ({"Content-Type": "application/json"}, b"{", 400),
        ({"Content-Type": "application/json"}, b"[]", 400),
        ({"Content-Type": "application/json"}, b"[" * 100_000, 400),
        ({"Content-Type": "application/json"}, b'"\xff"', 400),
    ],
)
async def test_what_is_not_a_json_object_is_refused(tmp_path, headers, data, status):
    async with open_site(tmp_path) as site, site.program() as program:
        answer = await program.post("/api/v1/session", data=data, headers=headers)
        assert answer.status == status
        assert (await answer.json())["code"] in {"wrong_media", "bad_json"}


async def test_a_route_without_access_cannot_be_written():
    with pytest.raises(TypeError, match="access"):
        Route(method="GET", path="/open", handler=_hello)


async def test_two_routes_at_one_address_are_a_bug(tmp_path):
    twice = Route(method="GET", path="/help", handler=_hello, access=PUBLIC)
    with pytest.raises(ValueError, match="/help"):
        async with open_site(tmp_path, routes=(*ROUTES, twice)):
            pass


@pytest.mark.parametrize(
    "headers, language",
    [
        ({"Accept-Language": "fr-CA,en;q=0.5"}, "fr"),
        ({"Accept-Language": "en;q=0.4, fr;q=0.9"}, "fr"),
        ({"Accept-Language": "xx, de;q=x, en"}, "en"),
        ({"Accept-Language": "," * 400}, "en"),
        ({}, "en"),
    ],
)
async def test_pages_speak_the_language_that_the_browser_asks_for(tmp_path, headers, language):
    async with open_site(tmp_path) as site, site.browser() as browser:
        answer = await browser.get("/help", headers=headers)
        assert answer.headers["Content-Language"] == language
        assert f'<html lang="{language}"' in await answer.text()


async def test_a_chosen_language_is_remembered(tmp_path):
    async with open_site(tmp_path) as site:
        site.add("ana", Role.READER)
        async with site.browser("ana") as browser:
            assert 'lang="fr"' in await (await browser.get("/help?lang=fr")).text()
            answer = await browser.post("/language", {"language": "fr", "next": "/help"})
            assert answer.headers["Location"] == "/help"
        async with site.browser("ana") as browser:
            assert '<html lang="fr"' in await (await browser.get("/today")).text()


async def _hello(_request):
    return web.Response(text="hello")


async def _break(_request):
    raise KeyError("secret detail")


async def test_a_change_needs_to_name_the_version_that_was_seen(tmp_path):
    put = Route(
        method="PUT",
        path="/api/v1/thing",
        handler=_put,
        access=Action.SEE_TODAY,
        kind="api",
        if_match=True,
    )
    async with open_site(tmp_path, routes=(*ROUTES, put)) as site:
        site.add("ana", Role.READER)
        async with site.program("ana") as program:
            for sent, status in ((None, 428), ('"7"', 200)):
                headers = {"If-Match": sent} if sent else {}
                answer = await program.put("/api/v1/thing", json={}, headers=headers)
                assert answer.status == status, sent


async def _put(_request):
    return web.Response(text="done")
