"""A staff site on a real socket, with accounts of every role: what page and API tests share."""

import functools
import hashlib
import itertools
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from aiohttp import ClientSession, CookieJar, DummyCookieJar, web

from integra_node.actions import accounts
from integra_node.actions.accounts import NewAccount
from integra_node.actions.us import Us
from integra_node.config import Config
from integra_node.keys import make_keys
from integra_node.passwords import PasswordProfile, hash_password
from integra_node.rules.permissions import CASEWORK_ROLES, Profile, Role
from integra_node.rules.staff import operator
from integra_node.search.index import WhooshIndex
from integra_node.search.vocabulary import load_vocabulary
from integra_node.store.database import Database
from integra_node.store.schema import metadata
from integra_node.store.schema.log import change_counter
from integra_node.web.context import WebContext
from integra_node.web.routes import ROUTES
from integra_node.web.server import build_staff_app

CHEAP = PasswordProfile(passes=1, memory_bytes=8 * 1024)
PASSWORD = "correct horse battery"
NOW = 1_790_000_000
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


def counting_random():
    """Return a source of different, repeatable bytes."""
    numbers = itertools.count()
    return lambda n: hashlib.shake_128(next(numbers).to_bytes(8, "big")).digest(n)


@dataclass
class Moving:
    """A clock that tests move by hand."""

    now: int = NOW

    def __call__(self):
        return self.now


@dataclass
class Site:
    """One running staff site; ``ids`` are the account ids by username."""

    url: str
    context: WebContext
    clock: Moving
    ids: dict = field(default_factory=dict)

    @property
    def database(self):
        return self.context.database

    @property
    def cookie(self):
        return f"integra-{self.context.config.org}"

    def add(self, username, *roles, must_change=False, name=None):
        """Add an account with the password of all tests."""
        new = NewAccount(
            username=username,
            display_name=name or username.title(),
            roles=frozenset(roles),
            encoded=hash_password(PASSWORD, CHEAP),
            must_change=must_change,
        )
        staff = operator(Profile(self.context.config.profile))
        made = self.database.write_now(
            lambda tx: accounts.create_account(
                tx, new, staff=staff, now=self.clock(), random=self.context.random
            )
        )
        self.ids[username] = made.id
        return made

    @asynccontextmanager
    async def browser(self, username=None, password=PASSWORD):
        """Open a browser, signed in if a username is given."""
        async with ClientSession(self.url, cookie_jar=CookieJar(unsafe=True)) as session:
            browser = Browser(session)
            if username is not None:
                answer = await browser.sign_in(username, password)
                assert answer.status == 303, await answer.text()
            yield browser

    @asynccontextmanager
    async def program(self, username=None, password=PASSWORD):
        """Open a client of the API, signed in if a username is given."""
        headers = {}
        if username is not None:
            headers["Authorization"] = f"Bearer {await self.bearer(username, password)}"
        async with ClientSession(self.url, cookie_jar=DummyCookieJar(), headers=headers) as session:
            yield session

    async def bearer(self, username, password=PASSWORD):
        """Sign in at the API and return the token."""
        body = {"username": username, "password": password}
        async with ClientSession(self.url) as session:
            answer = await session.post("/api/v1/session", json=body)
            assert answer.status == 200, await answer.text()
            return (await answer.json())["token"]


class Browser:
    """Follows no redirect by itself, and puts the hidden form token into what it posts."""

    def __init__(self, session):
        self.session = session

    async def get(self, path, **options):
        return await self.session.get(path, allow_redirects=False, **options)

    async def token(self, page="/language"):
        return CSRF.search(await (await self.get(page)).text())[1]

    async def post(self, path, fields=None, *, token=None, **options):
        pairs = list(fields.items()) if isinstance(fields, dict) else list(fields or [])
        data = [("csrf", token or await self.token()), *pairs]
        return await self.session.post(path, data=data, allow_redirects=False, **options)

    async def sign_in(self, username, password=PASSWORD, **fields):
        return await self.post("/sign-in", {"username": username, "password": password, **fields})


@asynccontextmanager
async def open_site(
    tmp_path, *, org="pt-prison", profile="casework", routes=ROUTES, extra="", url=""
):
    """Run a staff site on a free loopback port until the block ends."""
    home = tmp_path / org
    home.mkdir()
    public = f'public_url = "{url}"\n' if url else ""
    (home / "integra.toml").write_text(
        f'org = "{org}"\nfederation_name = "test.example"\nprofile = "{profile}"\n'
        f'time_zone = "Europe/Lisbon"\n{extra}\n[staff]\n{public}'
        f'[ui]\nagency_name = "Agency <{org}>"\n'
    )
    database = Database.open(f"sqlite:///{home / 'integra.db'}")
    metadata.create_all(database.engine)
    database.write_now(lambda tx: tx.execute(change_counter.insert().values(id=1, value=0)))
    clock = Moving()
    ticks = itertools.count()
    context = WebContext(
        database=database,
        config=Config(home=home),
        clock=clock,
        monotonic=lambda: 60.0 * next(ticks),
        random=counting_random(),
        version="0.1.0",
        us=_us(home, org, profile),
        index=_index(home / "index"),
        grown=_NothingNew(),
        publishing_state=lambda: "signing",
        password_profile=CHEAP,
    )
    runner = web.AppRunner(build_staff_app(context, routes))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        yield Site(url=f"http://127.0.0.1:{port}", context=context, clock=clock)
    finally:
        await runner.cleanup()
        context.index.close()
        database.close()


class _NothingNew:
    count = 0

    async def wait(self, seen, timeout_s):
        return self.count


def _us(home, org, profile):
    return Us(
        org=org,
        origin=f"{org}/log/1",
        profile=profile,
        regime="LED",
        zone=ZoneInfo("Europe/Lisbon"),
        keys=make_keys(home / "keys", counting_random()),
        random=counting_random(),
    )


def _index(folder):
    return WhooshIndex(folder, _vocabulary())


@functools.cache
def _vocabulary():
    return load_vocabulary()


def roles_of(profile):
    """Return the roles that exist on nodes of a profile."""
    return [r for r in Role if profile == "casework" or r not in CASEWORK_ROLES]
