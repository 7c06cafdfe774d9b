"""Does the staff web hold when a browser is hostile?"""

import asyncio

import pytest

from integra_node.rules.permissions import Role
from staff_site import PASSWORD, open_site


@pytest.mark.parametrize("host", ["[", "[::1", "a]b", "127.0.0.1@evil.example"])
async def test_a_host_that_is_no_host_is_refused(tmp_path, host):
    async with open_site(tmp_path) as site, site.browser() as browser:
        answer = await browser.get("/help", headers={"Host": host})
        assert answer.status in (400, 421)


async def test_many_tries_at_once_lock_the_account_like_many_in_a_row(tmp_path):
    async with open_site(tmp_path) as site:
        site.add("ana", Role.READER)
        async with site.browser() as browser:
            token = await browser.token("/sign-in")
            tries = [
                browser.post("/sign-in", {"username": "ana", "password": f"no {n}"}, token=token)
                for n in range(6)
            ]
            assert {answer.status for answer in await asyncio.gather(*tries)} == {401}
            answer = await browser.sign_in("ana", PASSWORD)
            assert answer.status == 401


async def test_a_session_that_somebody_planted_is_not_the_one_after_sign_in(tmp_path):
    async with open_site(tmp_path) as site:
        site.add("ana", Role.READER)
        async with site.browser() as browser:
            planted = "A" * 43
            headers = {"Cookie": f"{site.cookie}={planted}"}
            page = await browser.get("/sign-in", headers=headers)
            assert page.status == 200
            answer = await browser.sign_in("ana")
            given = answer.cookies[site.cookie].value
            assert given != planted
            async with site.browser() as other:
                stolen = await other.get("/today", headers=headers)
                assert stolen.status == 303
