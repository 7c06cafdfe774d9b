"""What stands in the two nodes that the browser tests look at? People, practices, alerts, handovers.

Two real nodes follow each other over TLS; a third member of the roster is never started, so that the
pages also have a partner that cannot be reached.  Everything is seeded through the API, as any
program would, and is fictional.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from aiohttp import ClientSession, DummyCookieJar

from federation_lab import Lab, make_lab
from integra_node.actions import importing, library_visits
from integra_node.actions.accounts import NewAccount, create_account
from integra_node.actions.practice_imports import import_practice
from integra_node.passwords import PasswordProfile, hash_password
from integra_node.rules.permissions import Profile, Role
from integra_node.rules.staff import Staff, operator
from integra_node.store import imports

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "examples" / "library"
NOTICE = json.loads((ROOT / "examples/demo_federation/handover.json").read_text("utf-8"))
CHEAP = PasswordProfile(passes=1, memory_bytes=8 * 1024)
PASSWORD = "correct horse battery"
PIN = "correct horse"
PT, FR, ABSENT = "pt-prison", "fr-probation", "fr-ngo"
NL = "nl-probation"  # only in the world of the path through the library
NAMES = {PT: "Serviço Prisional", FR: "Service de probation", NL: "Reclassering"}
LIBRARY_DATE = date(2026, 11, 23)  # of the sample alerts
SAMPLES = 12  # practices taken in: every language of the library, and pages that stay quick
RELEASE = date(2026, 12, 15)  # of the sample notice; moved to 43 days from today
PEOPLE = {
    "reader": Role.READER,
    "writer": Role.CONTRIBUTOR,
    "editor": Role.CONTRIBUTOR,
    "reviewer": Role.REVIEWER,
    "officer": Role.CASE_OFFICER,
    "colleague": Role.CASE_OFFICER,
    "supervisor": Role.SUPERVISOR,
    "duty": Role.DUTY_OFFICER,
    "dpo": Role.DPO,
    "admin": Role.ADMIN,
    "novice": Role.CASE_OFFICER,  # has no signing key yet
    "doubter": Role.CASE_OFFICER,  # enters wrong PINs
    "leaver": Role.CASE_OFFICER,  # their account is disabled, their key revoked
}
SIGNERS = (
    "writer",
    "editor",
    "reviewer",
    "officer",
    "colleague",
    "supervisor",
    "duty",
    "doubter",
    "leaver",
)
NEW = "newcomer"  # has a temporary password
BIAS = {
    "legal_practice": "No lawful practice is used as a sign.",
    "innocent_explanation": "A relative who waits for somebody.",
    "who_could_be_harmed": "People who photograph the street.",
}


class Program:
    """A signed-in client of the API of one node."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    async def call(self, method: str, path: str, body: object = None, **headers: str):
        """Make one call that must succeed."""
        answer = await self._session.request(method, f"/api/v1{path}", json=body, headers=headers)
        text = await answer.text()
        assert answer.status < 400, f"{method} {path}: {answer.status} {text}"
        return json.loads(text) if text else None

    async def post(self, path: str, body: object = None):
        return await self.call("POST", path, {} if body is None else body)

    async def get(self, path: str):
        return await self.call("GET", path)


@dataclass
class World:
    """Two running nodes; ``ids`` are what the addresses of pages need, by a name of ours."""

    lab: Lab
    ids: dict[str, str] = field(default_factory=dict)
    accounts: dict[tuple[str, str], str] = field(default_factory=dict)
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    def url(self, org: str) -> str:
        return f"http://127.0.0.1:{self.lab.members[org].staff_port}"

    def database(self, org: str):
        return self.lab.nodes[org].database

    @asynccontextmanager
    async def program(self, org: str, username: str):
        """Open a client of the API for somebody, who signs in once."""
        if (org, username) not in self.tokens:
            async with ClientSession(self.url(org), cookie_jar=DummyCookieJar()) as plain:
                known = {"username": username, "password": PASSWORD}
                made = await Program(plain).post("/session", known)
            self.tokens[org, username] = made["token"]
        headers = {"Authorization": f"Bearer {self.tokens[org, username]}"}
        async with ClientSession(
            self.url(org), cookie_jar=DummyCookieJar(), headers=headers
        ) as session:
            yield Program(session)

    async def as_(self, org: str, username: str, path: str, body: object = None):
        """Make one POST as somebody."""
        async with self.program(org, username) as program:
            return await program.post(path, body)

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        await self.lab.until(condition, timeout_s=30)


def moved(value, days: int):
    """Return a JSON value with every date in it moved by a number of days."""
    if isinstance(value, dict):
        return {key: moved(item, days) for key, item in value.items()}
    if isinstance(value, list):
        return [moved(item, days) for item in value]
    if isinstance(value, str) and len(value) >= 10 and value[4:5] == "-" and value[7:8] == "-":
        day = date.fromisoformat(value[:10]) + timedelta(days=days)
        return day.isoformat() + value[10:]
    return value


def notice() -> dict:
    """Return the sample notice with its release 43 days from today."""
    days = (datetime.now(UTC).date() + timedelta(days=43) - RELEASE).days
    return moved(copy.deepcopy(NOTICE), days)


@asynccontextmanager
async def open_world(
    folder: Path, running: Sequence[str] = (PT, FR), absent: Sequence[str] = (ABSENT,)
):
    """Run the nodes until the block ends; nothing is in them but the accounts."""
    lab = make_lab(folder, [(org, "casework") for org in (*running, *absent)])
    for org in running:
        _describe(lab, org)
    await lab.start(*running)
    try:
        world = World(lab=lab)
        for org in running:
            await _add_people(world, org)
        for org in running:
            await _confirmed(world, org)
        yield world
    finally:
        await lab.stop()


def _describe(lab: Lab, org: str) -> None:
    """Say in the configuration of a node which agency it belongs to."""
    path = lab.members[org].home / "integra.toml"
    text = f"""country = "{org[:2].upper()}"
{path.read_text("utf-8")}
[[imports.sources]]
url = "https://repository.example/oai"
[ui]
agency_name = "{NAMES[org]}"
contact_email = "help@{org}.example"
contact_phone = "+00 000 000"
dpo_contact = "dpo@agency.example"
"""
    path.write_text(text, "utf-8")


async def _add_people(world: World, org: str) -> None:
    encoded = hash_password(PASSWORD, CHEAP)

    def make(tx) -> None:
        for username in (*PEOPLE, NEW):
            new = NewAccount(
                username=username,
                display_name=f"{username.title()} of {org}",
                roles=frozenset({PEOPLE.get(username, Role.READER)}),
                encoded=encoded,
                must_change=username == NEW,
            )
            now = int(datetime.now(UTC).timestamp())
            made = create_account(
                tx, new, staff=operator(Profile.CASEWORK), now=now, random=os.urandom
            )
            world.accounts[org, username] = made.id

    await world.database(org).write(make)


async def _confirmed(world: World, org: str) -> None:
    """Wait until membership is confirmed: before that nothing is published."""
    async with world.program(org, "reader") as reader:

        async def is_current() -> bool:
            return not (await reader.get("/federation"))["stale"]

        await world.until(is_current)


async def give_keys(world: World, *people: tuple[str, str]) -> None:
    """Let people make their signing keys."""
    for org, username in people:
        await world.as_(org, username, "/officer", {"password": PASSWORD, "pin": PIN})


async def fill(world: World) -> None:
    """Seed everything that the pages show."""
    await give_keys(world, *((org, name) for org in (PT, FR) for name in SIGNERS))
    await _looks(world)
    await _practices(world)
    await _imports(world)
    await _responses(world)
    await _alerts(world)
    await _handovers(world)
    async with world.program(PT, "reader") as reader:

        async def all_found() -> bool:
            return (await reader.get("/search?q="))["total"] >= 8

        await world.until(all_found)


async def _looks(world: World) -> None:
    """Look around in the empty library, so that what comes is new."""
    now = int(datetime.now(UTC).timestamp())
    reader = world.accounts[PT, "reader"]
    await world.database(PT).write(lambda tx: library_visits.signed_in(tx, reader, now=now))
    asked = {"q": "mentores", "setting": ["prison"], "language": ["pt"]}
    body = {"name": "Mentores na prisão", "notify": "at_once", "question": asked}
    world.ids["saved"] = (await world.as_(PT, "writer", "/saved-searches", body))["id"]


async def _practices(world: World) -> None:
    files = sorted((LIBRARY / "practices").glob("*.json"))[:SAMPLES]
    bodies = []
    for path in files:
        body = json.loads(path.read_text("utf-8"))
        source = body.pop("source_id")
        body.pop("owner_hint", None)
        bodies.append((source, body))
    now = int(datetime.now(UTC).timestamp())
    for org, half in ((PT, bodies[:5]), (FR, bodies[5:])):
        us = world.lab.nodes[org].us
        for source, body in half:
            await world.database(org).write(
                lambda tx, us=us, source=source, body=body: import_practice(
                    tx, us, body, source_id=source, actor="op", now=now
                )
            )
    async with world.program(PT, "writer") as writer, world.program(PT, "editor") as editor:
        made = [(await writer.post("/practices", bodies[n][1]))["id"] for n in range(3)]
        world.ids["draft"] = made[0]
        await writer.post(f"/practices/{made[1]}/submit")
        world.ids["submitted"] = made[1]
        await writer.post(f"/practices/{made[2]}/submit")
        done = await editor.post(f"/practices/{made[2]}/publish")
        world.ids |= {"published": made[2], "ref": done["ref"]}
        given = (await writer.post("/practices", bodies[5][1]))["id"]
        await writer.post(f"/practices/{given}/submit")
        await editor.post(
            f"/practices/{given}/return", {"reason": "The evidence needs its source."}
        )
        world.ids["returned"] = given
        unfinished = {"title": {"en": "An unfinished practice"}, "language": "en"}
        world.ids["unfinished"] = (await writer.post("/practices", unfinished))["id"]
    async with world.program(FR, "editor") as editor, world.program(FR, "writer") as writer:
        made_fr = (await writer.post("/practices", bodies[0][1]))["id"]
        await writer.post(f"/practices/{made_fr}/submit")
        world.ids["foreign"] = (await editor.post(f"/practices/{made_fr}/publish"))["ref"]


async def _imports(world: World) -> None:
    """Bring in a table whose columns are asked for, lines that are checked, and a broken file."""
    us, database = world.lab.nodes[PT].us, world.database(PT)
    now = int(datetime.now(UTC).timestamp())
    writer = Staff(
        account_id=world.accounts[PT, "writer"],
        username="writer",
        roles=frozenset({Role.CONTRIBUTOR}),
        profile=Profile.CASEWORK,
    )
    lines = '{"language": "en", "title": {"en": "A line"}}\n{"language": "en", "settings": ["x"]}\n'
    for name, kind, text in (
        ("import-columns", "csv", "Id;Title;Setting;Unknown\n1;Um título;prison;x\n"),
        ("import-checked", "json", lines),
        ("import-failed", "csv", 'a;b\n"open;1\n'),
    ):
        job = await database.write(
            lambda tx, name=name, kind=kind, text=text: importing.begin(
                tx, us, kind=kind, name=f"{name}.{kind}", content=text.encode(), hand_in=False,
                language="en", staff=writer, now=now,
            )
        )  # fmt: skip
        world.ids[name] = job.id

    async def all_read() -> bool:
        return not await database.read(imports.working)

    await world.until(all_read)


async def _responses(world: World) -> None:
    """Let the other node say everything that can be said about a practice of the first."""
    place = f"/practices/{world.ids['ref']}"
    async with world.program(FR, "reader") as reader:

        async def arrived() -> bool:
            found = await reader.get("/practices?limit=200")
            return any(one["ref"] == world.ids["ref"] for one in found["items"])

        await world.until(arrived)
    review = {
        "language": "fr",
        "role": "psychologue en milieu pénitentiaire",
        "on": "2026-11-02",
        "scores": {"relevance": 5, "clarity": 4, "ethics": 4, "evidence": 2, "transfer": 3},
        "verdict": "with_changes",
        "text": "Simple et utile.\nLes limites des preuves sont dites.",
        "conflict": {"kind": "funded", "text": "Un projet commun en 2024."},
        "pin": PIN,
    }
    world.ids["review"] = (await world.as_(FR, "reviewer", f"{place}/reviews", review))["ref"]
    said = {"language": "fr", "text": "Deux ateliers par mois, sans incident."}
    report = {**said, "form": "report", "setting": "prison", "group_size": 7}
    await world.as_(FR, "writer", f"{place}/remarks", report)
    for form, name in (("comment", "comment"), ("question", "asked"), ("question", "question")):
        made = await world.as_(FR, "writer", f"{place}/remarks", {**said, "form": form})
        world.ids[name] = made["ref"]
    await _translation(world, place)
    async with world.program(PT, "reader") as reader:

        async def all_here() -> bool:
            found = await reader.get(f"{place}/responses")
            texts = await reader.get(f"{place}/translations")
            return len(found["items"]) == 5 and len(texts["items"]) == 2

        await world.until(all_here)
    told = {"language": "pt", "text": "Bastam dois formadores."}
    await world.as_(PT, "editor", f"/responses/{world.ids['asked']}/answers", told)


async def _translation(world: World, place: str) -> None:
    async with world.program(FR, "writer") as writer:
        offered = await writer.get(f"{place}/translations")
        language = "en" if offered["language"] == "fr" else "fr"
        body = {
            "language": language,
            "method": "machine",
            "texts": {"title": "Une traduction", "summary": "Ce que la machine a compris."},
        }
        world.ids["translation"] = (await writer.post(f"{place}/translations", body))["ref"]


def alert(number: int, **changes: object) -> dict:
    """Return a sample alert as if it had been written today."""
    (path,) = (LIBRARY / "alerts").glob(f"{number:02}-*.json")
    body = json.loads(path.read_text("utf-8"))
    days = (datetime.now(UTC).date() - LIBRARY_DATE).days
    dropped = {"source_id", "owner_hint", "audience"}
    return moved({k: v for k, v in body.items() if k not in dropped}, days) | changes


async def publish_alert(world: World, org: str, name: str, body: dict, steps: int = 3) -> None:
    """Write an alert and take it so many steps: written, cleared, published."""
    made = await world.as_(org, "writer", "/alerts", body)
    world.ids[name] = made["id"]
    if steps > 1:
        place = f"/alerts/{made['id']}"
        await world.as_(org, "editor", f"{place}/clear", {"answers": BIAS})
    if steps > 2:
        done = await world.as_(org, "writer", f"{place}/publish", {"pin": PIN})
        world.ids[f"{name}.ref"] = done["ref"]


async def _alerts(world: World) -> None:
    await publish_alert(world, PT, "a-draft", alert(1), steps=1)
    await publish_alert(world, PT, "a-cleared", alert(3, tlp="AMBER", audience=[FR]), steps=2)
    await publish_alert(world, PT, "a-own", alert(1))
    await publish_alert(world, FR, "a-critical", alert(2, tlp="AMBER", audience=[PT]))
    await publish_alert(world, FR, "a-green", alert(6))
    await publish_alert(world, FR, "a-answered", alert(1))
    await publish_alert(world, FR, "a-gone", alert(1))
    async with world.program(PT, "reader") as reader:

        async def arrived() -> bool:
            return len((await reader.get("/alerts"))["items"]) >= 5

        await world.until(arrived)
        await reader.get(f"/alerts/{world.ids['a-gone.ref']}")
        taken = {"pin": PIN, "reason": "The sign is the badge of a football club."}
        await world.as_(FR, "writer", f"/alerts/{world.ids['a-gone']}/retract", taken)

        async def told() -> bool:
            return bool((await reader.get("/messages"))["items"])

        await world.until(told)
    answered = f"/alerts/{world.ids['a-answered.ref']}"
    await world.as_(PT, "duty", f"{answered}/acknowledge")
    await world.as_(PT, "writer", f"{answered}/feedback", {"what": "seen"})


async def draft(world: World, name: str, **changes: object) -> str:
    """Write a notice at the prison; return its id, also kept under ``name``."""
    body = {"case_reference": f"CASE-{name}", **notice(), **changes}
    made = await world.as_(PT, "officer", "/handovers", body)
    world.ids[name] = made["id"]
    return made["id"]


async def send(world: World, name: str) -> None:
    """Bring a notice to the other node; its id there is kept under ``name`` + ``.in``."""
    made = await draft(world, name)
    await world.as_(PT, "officer", f"/handovers/{made}/submit")
    await world.as_(PT, "supervisor", f"/handovers/{made}/approve")
    sent = await world.as_(PT, "officer", f"/handovers/{made}/send", {"pin": PIN})
    async with world.program(FR, "duty") as duty:
        found: list[str] = []

        async def arrived() -> bool:
            items = (await duty.get("/handovers?box=in"))["items"]
            found[:] = [item["id"] for item in items if item["ref"] == sent["ref"]]
            return bool(found)

        await world.until(arrived)
    world.ids[f"{name}.in"] = found[0]


async def _handovers(world: World) -> None:
    unfinished = notice()
    del unfinished["voice"]
    unfinished["env"]["legal_basis"] = []
    made = await world.as_(
        PT, "officer", "/handovers", {"case_reference": "CASE-unfinished", **unfinished}
    )
    world.ids["h-unfinished"] = made["id"]
    await draft(world, "h-draft")
    review = await draft(world, "h-review")
    await world.as_(PT, "officer", f"/handovers/{review}/submit")
    approved = await draft(world, "h-approved")
    await world.as_(PT, "officer", f"/handovers/{approved}/submit")
    await world.as_(PT, "supervisor", f"/handovers/{approved}/approve")
    names = ("h-delivered", "h-acknowledged", "h-reviewed", "h-accepted", "h-refused")
    for name in names:
        await send(world, name)
    steps = (("acknowledge", "duty"), ("review", "officer"))
    for place, name in enumerate(names):
        for event, who in steps[: min(place, 2)]:
            body = {"pin": PIN, "owner": "officer", "reason": "my_caseload"}
            await world.as_(FR, who, f"/handovers/{world.ids[f'{name}.in']}/{event}", body)
    body = {"pin": PIN, "text": "Agreed by telephone."}
    await world.as_(FR, "officer", f"/handovers/{world.ids['h-accepted.in']}/accept", body)
    body |= {"ground": "CAPACITY", "reason": "other"}
    await world.as_(FR, "officer", f"/handovers/{world.ids['h-refused.in']}/refuse", body)
    async with world.program(PT, "officer") as officer:

        async def told() -> bool:
            shown = await officer.get(f"/handovers/{world.ids['h-refused']}")
            return shown["state"] == "refused"

        await world.until(told)
