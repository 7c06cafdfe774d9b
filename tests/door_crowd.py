"""A running node with a crowd of alerts and practices, read by clients that are not ours.

Shared by the short test and by the acceptance of the whole number.
"""

import json
import statistics
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2
from oaipmh_scythe import Scythe
from oaipmh_scythe.exceptions import NoRecordsMatch
from stix2validator import ValidationOptions, validate_instance
from taxii2client.common import TokenAuth
from taxii2client.v21 import Collection, Server

import alert_agencies
from federation_lab import free_port, make_lab
from handover_pair import Agency
from integra_node.actions import alert_drafts, alerts
from integra_node.config import load_config
from integra_node.ourselves import make_us
from integra_node.rules.alert_draft import parse_draft
from integra_node.store import rosters
from integra_node.store.database import Database
from node_process import command, serving
from practice_bodies import body_of

ORG, OTHER = "pt-prison", "fr-probation"
HIDDEN = "CANARY-CROWD"
IN_ONE_WRITE = 50
TOO_LONG_S = 180.0


@dataclass
class Crowd:
    """What was put into the node."""

    folder: object
    alerts: int
    practices: int
    hidden: int = 10
    ids: list = field(default_factory=list)
    people: dict = field(default_factory=dict)

    @property
    def clear(self):
        """How many of the alerts are TLP:CLEAR: three of five."""
        return sum(number % 5 < 3 for number in range(self.alerts))


def fill(crowd, say=print):
    """Make a member of a federation and fill its database; return the member."""
    started = time.monotonic()
    lab = make_lab(crowd.folder / "lab", [(ORG, "casework"), (OTHER, "casework")])
    member = lab.members[ORG]
    crowd.ids = _write_alerts(lab, member, crowd)
    say(f"{crowd.alerts} alerts written in {time.monotonic() - started:.1f} s")
    started = time.monotonic()
    path = crowd.folder / "practices"
    path.mkdir()
    with (path / "all.jsonl").open("w", encoding="utf-8") as lines:
        for number in range(crowd.practices + crowd.hidden):
            body = body_of(number) | {"source_id": f"crowd-{number}"}
            if number >= crowd.practices:
                body |= {"tlp": "GREEN", "failures": {body["language"]: HIDDEN}}
            lines.write(json.dumps(body) + "\n")
    command(member.home, "practice", "import", str(path))
    say(f"{crowd.practices} practices imported in {time.monotonic() - started:.1f} s")
    return member


@contextmanager
def open_agency(member, crowd):
    """Open the node's database beside it, as a command does, with the people of the crowd."""
    config = load_config(member.home)
    database = Database.open(config.database_url)
    agency = Agency(
        us=make_us(config),
        database=database,
        path=member.home,
        people=crowd.people,
        now=int(time.time()),
    )
    try:
        yield agency
    finally:
        database.close()


def _write_alerts(lab, member, crowd):
    with open_agency(member, crowd) as agency:
        kem = lab.members[OTHER].keys.kem
        agency.write(
            lambda tx: rosters.save_kem(tx, org=OTHER, key_id=kem.key_id, public=kem.public_bytes)
        )
        alert_agencies.staff_up(agency)
        texts = [_alert(number) for number in range(crowd.alerts)]
        sealed = {"tlp": "AMBER", "audience": [OTHER]}
        texts += [_alert(number) | sealed for number in range(crowd.hidden)]
        ids = publish_alerts(agency, texts)
    return ids[: crowd.alerts]


def publish_alerts(agency, texts):
    """Publish alerts, many in one transaction; return their ids."""
    ana, bea = agency.people["ana"], agency.people["bea"]
    officer = agency.officer("ana", alert_agencies.PIN)

    def one(tx, text):
        made = alert_drafts.create(
            tx, agency.us, parse_draft(text), source_id="", staff=ana, now=agency.now
        )
        name = made.row.id
        alerts.clear(tx, agency.us, name, alert_agencies.BIAS, staff=bea, now=agency.now)
        alerts.publish(tx, agency.us, name, officer=officer, staff=ana, now=agency.now)
        return name

    ids = []
    for first in range(0, len(texts), IN_ONE_WRITE):
        part = texts[first : first + IN_ONE_WRITE]
        ids += agency.write(lambda tx, part=part: [one(tx, text) for text in part])
    return ids


def _alert(number):
    texts = {"en": f"Sign number {number}", "pt": f"Sinal número {number}"}
    return alert_agencies.body(
        tlp="CLEAR" if number % 5 < 3 else "GREEN",
        europol_handling=f"H{number % 2}",
        title=texts,
        body={"en": f"What was seen {number} times.", "pt": f"O que se viu {number} vezes."},
        valid_from=None,
        expires_at=None,
    )


@contextmanager
def open_node(member, *, per_minute=100_000):
    """Run the node with every door open; give the address of the doors."""
    port = free_port()
    settings = {
        "INTEGRA_DOORS__OPEN": '["taxii","oai","dcat","atom-practices","atom-alerts"]',
        "INTEGRA_DOORS__PORT": str(port),
        "INTEGRA_DOORS__REQUESTS_PER_MINUTE": str(per_minute),
        "INTEGRA_UI__CONTACT_EMAIL": "desk@prison.example",
    }
    with serving(member, **settings) as node:
        yield f"http://127.0.0.1:{port}", node


def token(member, reader_class):
    said = command(
        member.home, "door", "token", f"x-{reader_class}", "--class", reader_class, "--json"
    )
    return json.loads(said)["token"]


def wait_for_shelves(url, node, crowd, say=print):
    """Wait until the last practice stands on its shelf."""
    started, found = time.monotonic(), 0
    while found < crowd.practices:
        node.check()
        assert time.monotonic() - started < TOO_LONG_S, f"{found} practices on the shelf"
        time.sleep(0.2)
        try:
            with Scythe(f"{url}/oai") as scythe:
                found = sum(1 for _ in scythe.list_identifiers(metadata_prefix="oai_dc"))
        except (httpx2.TransportError, NoRecordsMatch):
            found = 0  # not up yet, or nothing shelved
    say(f"everything on its shelf {time.monotonic() - started:.1f} s after the start")


def read_taxii(url, secret, alias, per_page=100, between=lambda page: None, say=print):
    """Let the client of OASIS read a collection; return its objects in order."""
    auth = TokenAuth(secret)
    with Server(f"{url}/taxii2/", auth=auth) as server:
        [wanted] = [one for one in server.default.collections if one.alias == alias]
        address = wanted.url
    found, took, more, pages = [], [], {"more": True, "next": ""}, 0
    with Collection(address, auth=auth) as collection:
        while more.get("more"):
            following = {"next": more["next"]} if more["next"] else {}
            started = time.perf_counter()
            more = collection.get_objects(limit=per_page, **following)
            took.append(time.perf_counter() - started)
            found += more.get("objects", [])
            pages += 1
            between(pages)
    _tell(say, f"taxii2-client, {alias}", len(found), "objects", took)
    return found


def read_oai(url, prefix, say=print):
    """Let a harvester that is not ours read every record."""
    started, took, found = time.perf_counter(), [], []
    with Scythe(f"{url}/oai") as scythe:
        for record in scythe.list_records(metadata_prefix=prefix):
            found.append(record)
            if len(found) % 100 == 0:
                took.append(time.perf_counter() - started)
                started = time.perf_counter()
    took.append(time.perf_counter() - started)
    _tell(say, f"oaipmh-scythe, {prefix}", len(found), "records", took)
    return found


def validate(objects, say=print):
    """Have the validator of OASIS look at every object."""
    started = time.monotonic()
    options = ValidationOptions(version="2.1")
    for one in objects:
        verdict = validate_instance(one, options)
        assert verdict.is_valid, (one, verdict.errors)
    took = time.monotonic() - started
    say(f"stix2-validator: {len(objects)} objects valid in {took:.1f} s")


def change_while_reading(member, crowd, url, secret, at, per_page=100, say=print):
    """Read all alerts of members while some are retracted and others published; return reports."""

    def change(page):
        if page not in at:
            return
        with open_agency(member, crowd) as agency:
            alert_agencies.retract(agency, crowd.ids[at.index(page)], f"false, page {page}")
            publish_alerts(agency, [_alert(crowd.alerts + page) | {"tlp": "GREEN"}])

    read = read_taxii(url, secret, "alerts-green", per_page, between=change, say=say)
    found = reports(read)
    say(f"{len(at)} retracted and {len(at)} published meanwhile: {len(found)} reports read")
    return found


def reports(objects):
    return [one for one in objects if one["type"] == "report"]


def _tell(say, who, count, what, took):
    first, rest = took[0], took[1:] or took
    say(
        f"{who}: {count} {what} in {len(took)} pages and {sum(took):.1f} s; a page: first "
        f"{first * 1e3:.0f} ms, median {statistics.median(rest) * 1e3:.0f} ms, last quarter "
        f"{statistics.median(took[-max(1, len(took) // 4) :]) * 1e3:.0f} ms"
    )
