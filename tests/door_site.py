"""The doors of a node on a real socket, with what may go out and what may not: what door tests share."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession, web

import alert_agencies
from alert_agencies import one_agency
from handover_pair import counting_random
from integra_node.actions import door_tokens, practice_drafts, practice_lists, practices
from integra_node.actions.shelving import Run, has_news, next_second, take_up
from integra_node.config import load_config
from integra_node.doors import stix
from integra_node.doors.context import DoorContext
from integra_node.doors.server import build_doors_app
from integra_node.rules.door import ReaderClass
from integra_node.rules.permissions import Profile
from integra_node.rules.staff import operator
from integra_node.store import rosters
from members import FEDERATION, make_us
from practice_bodies import body_of

ALL = ("taxii", "oai", "dcat", "atom-practices", "atom-alerts")


@dataclass
class DoorSite:
    """One node whose doors are open; its clock is the agency's."""

    agency: object
    url: str
    tokens: dict = field(default_factory=dict)

    def shelve(self):
        """Do what the background task does, a second later."""
        self.agency.now += 1
        at = self.agency.read(lambda tx: next_second(tx, self.agency.now))
        run = Run(federation=FEDERATION, at=at, fixed=stix.fixed())
        while self.agency.write(lambda tx: take_up(tx, run)):
            pass
        assert not self.agency.read(has_news)

    def token(self, reader_class, name=None, days=None):
        """Return a token of a class, the same one each time."""
        key = name or f"a-{reader_class}"
        if key not in self.tokens:
            _, self.tokens[key] = self.agency.write(
                lambda tx: door_tokens.issue(
                    tx,
                    key,
                    ReaderClass(reader_class),
                    days=days,
                    staff=operator(Profile(self.agency.us.profile)),
                    now=self.agency.now,
                    random=self.agency.us.random,
                )
            )
        return self.tokens[key]

    def bearer(self, reader_class):
        return {"Authorization": f"Bearer {self.token(reader_class)}"}

    async def get(self, path, headers=None, **options):
        """Ask once; return status, headers and text."""
        async with (
            ClientSession() as session,
            session.get(self.url + path, headers=headers, **options) as answer,
        ):
            return answer.status, answer.headers, await answer.text()

    def alert(self, **changes):
        """Publish an alert; return what the agency keeps of it."""
        self.agency.now += 1
        return alert_agencies.send(self.agency, alert_agencies.body(**changes))

    def practice(self, number=0, **changes):
        """Publish a practice; return what the agency keeps of it."""
        self.agency.now += 1
        ana, bea = self.agency.people["ana"], self.agency.people["bea"]
        us, now = self.agency.us, self.agency.now
        body = {**body_of(number), **changes}

        def act(tx):
            made = practice_drafts.create(tx, us, body, staff=ana, now=now)
            practice_drafts.submit(tx, made.id, staff=ana, now=now)
            return practices.publish(tx, us, made.id, staff=bea, now=now)

        return self.agency.write(act)

    def supersede(self, made, **changes):
        """Publish the next version of a practice."""
        self.agency.now += 1
        ana, bea = self.agency.people["ana"], self.agency.people["bea"]
        us, now = self.agency.us, self.agency.now

        def act(tx):
            draft = practice_drafts.begin_version(tx, made.id, staff=ana, now=now)
            held = practice_lists.read_own(tx, draft.id, staff=ana)
            body = {**json.loads(held.body), **changes}
            practice_drafts.edit(tx, draft.id, body, etag=None, staff=ana, now=now)
            practice_drafts.submit(tx, draft.id, staff=ana, now=now)
            return practices.publish(tx, us, draft.id, staff=bea, now=now)

        return self.agency.write(act)

    def withdraw(self, made, reason="it did harm"):
        self.agency.now += 1
        us, now, bea = self.agency.us, self.agency.now, self.agency.people["bea"]
        self.agency.write(
            lambda tx: practices.withdraw(tx, us, made.id, reason=reason, staff=bea, now=now)
        )


@asynccontextmanager
async def open_doors(database, path, *, opened=ALL, rate=100_000, contact="desk@prison.example"):
    """Run the doors of pt-prison on a free loopback port until the block ends."""
    agency = one_agency(database, path)
    fr = make_us("fr-probation", random=counting_random(2)).keys.kem  # the same as one_agency's
    agency.write(
        lambda tx: rosters.save_kem(
            tx, org="fr-probation", key_id=fr.key_id, public=fr.public_bytes
        )
    )
    async with doors_of(agency, path, opened=opened, rate=rate, contact=contact) as site:
        yield site


@asynccontextmanager
async def doors_of(agency, path, *, opened=ALL, rate=100_000, contact="desk@prison.example"):
    """Run the doors of an agency on a free loopback port until the block ends."""
    runner, url = await _serve(agency, path, opened, rate, contact)
    try:
        yield DoorSite(agency=agency, url=url)
    finally:
        await runner.cleanup()


async def _serve(agency, path, opened, rate, contact):
    home = path / "home"
    home.mkdir()
    names = ", ".join(f'"{name}"' for name in opened)
    text = (
        f'org = "{agency.us.org}"\nfederation_name = "{FEDERATION}"\n[ui]\n'
        f'agency_name = "Prison & Co"\ncontact_email = "{contact}"\n'
        f"[doors]\nopen = [{names}]\nrequests_per_minute = {rate}\n"
    )
    probe = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    port = probe.sockets[0].getsockname()[1]
    probe.close()
    await probe.wait_closed()
    (home / "integra.toml").write_text(f"{text}port = {port}\n")
    context = DoorContext(
        database=agency.database,
        config=load_config(home),
        clock=lambda: agency.now,
        monotonic=lambda: float(agency.now),
        say=lambda language, text: text,
        version="0.1.0",
    )
    runner = web.AppRunner(build_doors_app(context))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner, f"http://127.0.0.1:{port}"
