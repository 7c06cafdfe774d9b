"""Looking after accounts on the pages: temporary passwords once, roles, escaping, own account."""

import re

import pytest

from integra_node.rules.permissions import Role
from integra_node.store import audit
from integra_node.store.audit import AuditFilter
from staff_site import open_site

ONCE = re.compile(r'<p class="once mono">([^<]+)</p>')


@pytest.fixture
async def site(tmp_path):
    async with open_site(tmp_path) as site:
        site.add("root", Role.ADMIN)
        yield site


async def test_a_new_account_gets_a_password_that_is_shown_once_and_must_be_changed(site):
    async with site.browser("root") as root, site.browser() as browser:
        made = await root.post(
            "/accounts", {"display_name": "Ana", "username": "ana", "roles": "reader"}
        )
        password = ONCE.search(await made.text())[1]
        assert re.fullmatch(r"([a-zE2-9]{4}-){3}[a-zE2-9]{4}", password)
        listed = await (await root.get("/accounts")).text()
        assert password not in listed
        assert "temporary password" in listed
        answer = await browser.sign_in("ana", password)
        assert answer.headers["Location"] == "/account/password"


async def test_a_reset_ends_the_sessions_and_the_old_password(site):
    ana = site.add("ana", Role.READER)
    async with site.browser("root") as root, site.browser("ana") as browser:
        answer = await root.post(f"/accounts/{ana.id}/password")
        password = ONCE.search(await answer.text())[1]
        assert (await browser.get("/today")).status == 303
        assert (await browser.sign_in("ana")).status == 401
        assert (await browser.sign_in("ana", password)).status == 303


async def test_a_disabled_account_is_shut_at_once_and_comes_back_as_it_was(site):
    ana = site.add("ana", Role.READER)
    async with site.browser("root") as root, site.browser("ana") as browser:
        assert (await root.post(f"/accounts/{ana.id}/disable")).status == 303
        assert (await browser.get("/today")).status == 303
        assert (await browser.sign_in("ana")).status == 401
        await root.post(f"/accounts/{ana.id}/enable")
        assert (await browser.sign_in("ana")).status == 303


async def test_changed_roles_count_from_the_next_request(site):
    ana = site.add("ana", Role.READER)
    async with site.browser("root") as root, site.browser("ana") as browser:
        assert (await browser.get("/audit")).status == 403
        await root.post(f"/accounts/{ana.id}/roles", [("roles", "dpo"), ("roles", "reader")])
        assert (await browser.get("/audit")).status == 200


@pytest.mark.parametrize("roles", [["admin", "reader"], ["dpo", "case_officer"], [], ["king"]])
async def test_roles_that_exclude_each_other_are_refused_and_shown_again(site, roles):
    ana = site.add("ana", Role.READER)
    async with site.browser("root") as root:
        answer = await root.post(f"/accounts/{ana.id}/roles", [("roles", r) for r in roles])
        text = await answer.text()
        assert answer.status == 400
        assert "There is a problem" in text
        assert 'href="#roles"' in text


async def test_nobody_changes_their_own_roles_or_shuts_themselves_out(site):
    own = site.ids["root"]
    async with site.browser("root") as root:
        for what in ("roles", "disable", "password"):
            answer = await root.post(f"/accounts/{own}/{what}", {"roles": "reader"})
            assert answer.status == 409, what
        assert (
            "another administrator changes it" in await (await root.get(f"/accounts/{own}")).text()
        )


async def test_a_taken_or_bad_username_is_explained_beside_its_field(site):
    async with site.browser("root") as root:
        for username in ("root", "RooT ", "é", "", "a" * 65):
            fields = {"display_name": "Eva", "username": username, "roles": "reader"}
            answer = await root.post("/accounts", fields)
            text = await answer.text()
            assert answer.status == 400
            assert 'id="username-error"' in text
            assert 'value="Eva"' in text


async def test_what_people_type_is_never_markup(site):
    evil = '"><script>alert(1)</script>{{ 7*7 }}'
    async with site.browser("root") as root:
        fields = {"display_name": evil, "username": "BAD NAME", "roles": "reader"}
        assert "<script>alert" not in await (await root.post("/accounts", fields)).text()
        await root.post("/accounts", {**fields, "username": "eve"})
        for path in ("/accounts", f"/accounts/{_id_of(site, 'eve')}"):
            text = await (await root.get(path)).text()
            assert "<script>alert" not in text
            assert "&lt;script&gt;" in text
            assert "{{ 7*7 }}" in text


async def test_everything_done_to_accounts_is_in_the_audit_log_without_secrets(site):
    ana = site.add("ana", Role.READER)
    async with site.browser("root") as root:
        answer = await root.post(f"/accounts/{ana.id}/password")
        password = ONCE.search(await answer.text())[1]
        await root.post(f"/accounts/{ana.id}/disable")
        await root.post(f"/accounts/{ana.id}/sessions/revoke")
    rows = site.database.read_now(lambda tx: audit.page(tx, AuditFilter(), limit=200))
    done = [row.details for row in rows if row.object == f"account:{ana.id}" and row.op == "admin"]
    assert [re.search('"what":"([a-z_]+)"', d)[1] for d in reversed(done)] == [
        "account_created",
        "password_reset",
        "disabled",
        "sessions_revoked",
    ]
    assert not any(password in row.details for row in rows)
    assert site.database.read_now(audit.verify).intact


def _id_of(site, username):
    from integra_node.store import accounts

    return site.database.read_now(lambda tx: accounts.by_username(tx, username)).id
