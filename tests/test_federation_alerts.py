"""P2: an AMBER alert between real nodes over TLS: read by whom it names, a bare leaf for others."""

import json
import time

from alert_agencies import BIAS, CANARY, amber, body
from federation_lab import make_lab
from integra_node import vault
from integra_node.actions import alert_answers, alert_drafts, alert_reading, alerts, officers
from integra_node.actions.accounts import NewAccount, create_account
from integra_node.passwords import PasswordProfile
from integra_node.rules.alert_draft import parse_draft
from integra_node.rules.permissions import Profile, Role
from integra_node.rules.staff import Staff, operator
from integra_node.store import log
from integra_node.store.alerts import Wanted

CHEAP = PasswordProfile(passes=1, memory_bytes=8 * 1024)
PIN = "correct horse"


class Person:
    """Somebody at a running node who acts through its database, as the pages do."""

    def __init__(self, node, username, *roles):
        self.node, self.us = node, node.us
        now = int(time.time())
        new = NewAccount(
            username=username,
            display_name=username,
            roles=frozenset(roles),
            encoded="not used",
            must_change=False,
        )
        profile = Profile(node.us.profile)
        made = node.database.write_now(
            lambda tx: create_account(
                tx, new, staff=operator(profile), now=now, random=node.us.random
            )
        )
        self.staff = Staff(account_id=made.id, username=username, roles=made.roles, profile=profile)

    def certify(self):
        held = self.node.database.read_now(lambda tx: officers.state_of(tx, self.staff.account_id))
        key = officers.make_key(self.us, held, pin=PIN, profile=CHEAP)
        self.write(officers.certify, self.staff.account_id, key)

    def unlocked(self):
        key = self.node.database.write_now(lambda tx: officers.begin_try(tx, staff=self.staff))
        return officers.unlock(self.us.keys.master, key, PIN)

    def write(self, act, *given, **named):
        now = int(time.time())
        return self.node.database.write_now(
            lambda tx: act(tx, self.us, *given, **named, staff=self.staff, now=now)
        )

    def listed(self):
        wanted = Wanted(statuses=alert_reading.LISTED)
        return self.node.database.read_now(
            lambda tx: alert_reading.list_for(tx, self.us, wanted, staff=self.staff)
        )


def dated(text):
    """Return an alert without fixed dates, for a clock that really runs."""
    return {k: v for k, v in text.items() if k not in {"valid_from", "expires_at"}}


async def publish(ana, bea, text):
    made = ana.write(alert_drafts.create, parse_draft(dated(text)))
    bea.write(alerts.clear, made.row.id, BIAS)
    return ana.write(alerts.publish, made.row.id, officer=ana.unlocked())


def on_disk(member):
    files = [p for p in sorted(member.home.rglob("*")) if p.is_file()]
    return b"".join(p.read_bytes() for p in files)


async def test_an_amber_alert_is_read_by_its_recipient_and_is_a_bare_leaf_elsewhere(tmp_path):
    lab = make_lab(
        tmp_path,
        [("pt-prison", "casework"), ("fr-probation", "casework"), ("it-university", "knowledge")],
    )
    try:
        await lab.start()
        pt, fr, uni = (lab.nodes[org] for org in lab.members)
        ana = Person(pt, "ana", Role.CONTRIBUTOR)
        bea = Person(pt, "bea", Role.CONTRIBUTOR)
        ana.certify()
        bob, eve = Person(fr, "bob", Role.CONTRIBUTOR), Person(uni, "eve", Role.CONTRIBUTOR)

        async def kems_are_here():
            return not pt.database.read_now(_missing)

        await lab.until(kems_are_here)
        done = await publish(ana, bea, amber("fr-probation"))
        green = await publish(ana, bea, body(title={"en": "Open to all"}, body={"en": "Words"}))

        async def all_have_it():
            return len(bob.listed()) == 2 and len(eve.listed()) == 1

        await lab.until(all_have_it)
        view = bob.write(alert_reading.read, done.ref)
        assert view.received.body.title["en"] == f"{CANARY} title"
        assert [one.ref for one in eve.listed()] == [green.ref]
        held = uni.database.read_now(lambda tx: log.get(tx, pt.us.origin))
        assert held.size > done.row.idx
        assert uni.database.read_now(lambda tx: log.find_entry(tx, held.id, done.row.idx)) is None

        bob.write(alert_answers.acknowledge, done.ref)

        async def issuer_knows():
            seen = ana.write(alert_reading.read, done.ref)
            said = {one.what for one in seen.answers if one.org == "fr-probation"}
            return said >= {"delivered", "ack"}

        await lab.until(issuer_knows)
    finally:
        await lab.stop()
    for org in lab.members:
        assert CANARY.encode() not in on_disk(lab.members[org])
    assert b"Open to all" in on_disk(lab.members["it-university"])


def _missing(tx):
    from integra_node.store import rosters

    missing = rosters.missing_kems(tx, rosters.current(tx))
    return [org for org, _, _ in missing if org != "pt-prison"]


def test_the_canary_would_be_found_in_clear(tmp_path):
    (tmp_path / "x").write_bytes(json.dumps({"title": CANARY}).encode())
    sealed = vault.seal(bytes(32), CANARY.encode(), b"x", bytes)
    assert CANARY.encode() in (tmp_path / "x").read_bytes()
    assert CANARY.encode() not in sealed
