"""A review of B is read at A and at B, on the pages of real nodes; taken back it is gone at both."""

import time

from aiohttp import ClientSession, CookieJar, DummyCookieJar

from federation_lab import make_lab
from integra_node.actions.accounts import NewAccount, create_account
from integra_node.actions.practice_imports import import_practice
from integra_node.passwords import PasswordProfile, hash_password
from integra_node.rules.permissions import Profile, Role
from integra_node.rules.staff import operator
from practice_agencies import BODY, report_body, review_body
from staff_site import Browser

CHEAP = PasswordProfile(passes=1, memory_bytes=8 * 1024)
PASSWORD, PIN = "correct horse battery", "correct horse"
PEOPLE = {"rui": Role.READER, "ana": Role.CONTRIBUTOR, "rev": Role.REVIEWER}
ORGS = {"pt-prison": "PT", "fr-probation": "FR"}


class Staff:
    """Somebody at a running node, with a browser and a program."""

    def __init__(self, lab, org, username):
        self.url, self.username = f"http://127.0.0.1:{lab.members[org].staff_port}", username

    async def __aenter__(self):
        self.session = ClientSession(self.url, cookie_jar=CookieJar(unsafe=True))
        self.program = ClientSession(self.url, cookie_jar=DummyCookieJar())
        self.browser = Browser(self.session)
        body = {"username": self.username, "password": PASSWORD}
        made = await (await self.program.post("/api/v1/session", json=body)).json()
        self.headers = {"Authorization": f"Bearer {made['token']}"}
        assert (await self.browser.sign_in(self.username, PASSWORD)).status == 303
        return self

    async def __aexit__(self, *_):
        await self.session.close()
        await self.program.close()

    async def page(self, path):
        answer = await self.browser.get(path)
        return await answer.text() if answer.status == 200 else ""

    async def call(self, path, body=None):
        method = "GET" if body is None else "POST"
        answer = await self.program.request(
            method, f"/api/v1{path}", json=body, headers=self.headers
        )
        assert answer.status < 300, await answer.text()
        return await answer.json() if answer.status != 204 else None


def staff_up(node):
    encoded, now = hash_password(PASSWORD, CHEAP), int(time.time())
    profile = Profile(node.us.profile)
    for username, role in PEOPLE.items():
        new = NewAccount(
            username=username,
            display_name=username,
            roles=frozenset({role}),
            encoded=encoded,
            must_change=False,
        )
        node.database.write_now(
            lambda tx, new=new: create_account(
                tx, new, staff=operator(profile), now=now, random=node.us.random
            )
        )


async def test_a_review_of_b_is_read_on_the_pages_of_a_and_b_until_it_is_taken_back(tmp_path):
    lab = make_lab(tmp_path, [(org, "casework") for org in ORGS])
    for org, country in ORGS.items():
        settings = lab.members[org].home / "integra.toml"
        settings.write_text(f'country = "{country}"\n{settings.read_text()}')
    try:
        await lab.start()
        for node in lab.nodes.values():
            staff_up(node)
        pt = lab.nodes["pt-prison"]

        async with (
            Staff(lab, "pt-prison", "ana") as ana,
            Staff(lab, "fr-probation", "rev") as rev,
            Staff(lab, "fr-probation", "ana") as bob,
        ):

            async def is_current():
                return not (await rev.call("/federation"))["stale"]

            await lab.until(is_current)

            ref = pt.database.write_now(
                lambda tx: import_practice(
                    tx, pt.us, BODY, source_id="s", actor="operator", now=int(time.time())
                )
            ).ref
            place = f"/practices/{ref}"

            async def has_it():
                return bool(await rev.page(place))

            await lab.until(has_it)
            await rev.call("/officer", {"password": PASSWORD, "pin": PIN})
            made = await rev.call(f"{place}/reviews", review_body() | {"pin": PIN})
            await bob.call(f"{place}/remarks", report_body(group_size=3))

            async def is_told():
                text = await ana.page(place)
                return "fewer than 10" in text and "Reviewed by 1 organisation in 1 country" in text

            await lab.until(is_told)
            for reader in (ana, rev):
                text = await reader.page(place)
                assert "Reviewed by 1 organisation in 1 country" in text
                assert "Clair et utile ; les limites des preuves sont dites." in text
                assert "Recommended with changes" in text
                assert "2 of 5" in text
            assert "New about your practices" in await ana.page("/today")
            taken = {"reason": "too soon"}
            await rev.call(f"/responses/{made['ref']}/take-back", taken)

            async def is_gone():
                return "Clair et utile" not in await ana.page(place)

            await lab.until(is_gone)
            assert "Clair et utile" not in await rev.page(place)
            assert "No other organisation has reviewed it." in await ana.page(place)
    finally:
        await lab.stop()
