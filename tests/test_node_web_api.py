"""The API: bearer tokens only, the shape of its answers, and its own description."""

import pytest

from integra_node.rules.permissions import Role
from integra_node.web.routes import ROUTES
from staff_site import PASSWORD, open_site


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as site:
        site.add("ana", Role.READER)
        yield site


async def test_a_program_signs_in_asks_who_it_is_and_signs_out(site):
    async with site.program() as program:
        answer = await program.post(
            "/api/v1/session", json={"username": "ana", "password": PASSWORD}
        )
        body = await answer.json()
        assert set(body) == {"token", "expires_at", "user"}
        assert len(body["token"]) == 43
        assert body["expires_at"] == "2026-09-21T22:13:20Z"
        assert "Set-Cookie" not in answer.headers
        sent = {"Authorization": f"Bearer {body['token']}"}
        me = await (await program.get("/api/v1/me", headers=sent)).json()
        assert me == body["user"]
        assert me["roles"] == ["reader"]
        assert (await program.delete("/api/v1/session", headers=sent)).status == 204
        gone = await program.get("/api/v1/me", headers=sent)
        assert gone.status == 401
        assert gone.headers["WWW-Authenticate"] == "Bearer"
        assert (await gone.json())["code"] == "sign_in_required"


async def test_a_token_ends_after_eight_hours_and_not_for_want_of_use(site):
    async with site.program("ana") as program:
        site.clock.now += 8 * 3_600 - 1
        assert (await program.get("/api/v1/me")).status == 200
        site.clock.now += 1
        assert (await program.get("/api/v1/me")).status == 401


async def test_the_api_knows_no_cookies_and_pages_know_no_tokens(site):
    async with site.browser("ana") as browser:
        assert (await browser.get("/api/v1/me")).status == 401
    token = await site.bearer("ana")
    async with site.browser() as browser:
        as_bearer = await browser.get("/today", headers={"Authorization": f"Bearer {token}"})
        as_cookie = await browser.get("/today", headers={"Cookie": f"{site.cookie}={token}"})
        assert (as_bearer.status, as_cookie.status) == (303, 303)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer " + "A" * 43, "bearer " + "é" * 43]
)
async def test_strange_tokens_are_nobody(site, header):
    async with site.program() as program:
        answer = await program.get("/api/v1/me", headers={"Authorization": header})
        assert answer.status == 401


@pytest.mark.parametrize(
    "body, path, code",
    [
        ({"username": "ana"}, "password", "required"),
        ({"username": "ana", "password": PASSWORD, "admin": True}, "admin", "unknown_field"),
        ({"username": "ana", "password": "x" * 1_025}, "password", "too_long"),
        ({"username": 7, "password": PASSWORD}, "username", "bad_text"),
        ({"username": "ana", "password": PASSWORD, "otp": "123456"}, "otp", "unknown_field"),
    ],
)
async def test_each_wrong_field_is_named_and_no_value_is_repeated(site, body, path, code):
    async with site.program() as program:
        answer = await program.post("/api/v1/session", json=body)
        told = await answer.json()
        assert (answer.status, told["code"]) == (400, "invalid_fields")
        assert [(e["path"], e["code"]) for e in told["errors"]] == [(path, code)]
        assert PASSWORD not in await answer.text()


async def test_a_temporary_password_opens_nothing_but_who_am_i(site):
    site.add("dana", Role.DPO, must_change=True)
    async with site.program("dana") as dana:
        assert (await (await dana.get("/api/v1/me")).json())["must_change_password"] is True
        answer = await dana.get("/api/v1/audit")
        assert (answer.status, (await answer.json())["code"]) == (403, "password_change_required")


async def test_wrong_passwords_lock_the_account_for_programs_too(site):
    async with site.program() as program:
        for _ in range(6):
            answer = await program.post(
                "/api/v1/session", json={"username": "ana", "password": "wrong"}
            )
            assert (answer.status, (await answer.json())["code"]) == (401, "sign_in_refused")
        right = await program.post(
            "/api/v1/session", json={"username": "ana", "password": PASSWORD}
        )
        assert right.status == 401


async def test_the_description_names_every_call_and_resolves_every_reference(site):
    async with site.program() as program:
        document = await (await program.get("/api/openapi.json")).json()
        page = await (await program.get("/api/docs")).text()
    assert document["openapi"] == "3.1.0"
    described = {
        (method.upper(), path) for path, calls in document["paths"].items() for method in calls
    }
    assert described == {(route.method, route.path) for route in ROUTES if route.kind == "api"}
    schemas = document["components"]["schemas"]
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas
    for _, path in described:
        assert path in page


def _references(value):
    if isinstance(value, dict):
        for key, below in value.items():
            if key == "$ref":
                yield below
            else:
                yield from _references(below)
    elif isinstance(value, list):
        for below in value:
            yield from _references(below)
