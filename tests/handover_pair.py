"""Two agencies below the network: each has its own database, and batches pass between them by hand."""

import hashlib
import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path

from integra_node.actions import accounts, officers, own_log, receiving, serving
from integra_node.actions.accounts import NewAccount
from integra_node.actions.handover_steps import Given, act
from integra_node.actions.handovers import create, read_entered
from integra_node.actions.us import Us
from integra_node.passwords import PasswordProfile
from integra_node.rules.handover import Event
from integra_node.rules.permissions import Profile, Role
from integra_node.rules.staff import Staff, operator
from integra_node.store import handovers, log, rosters
from integra_node.store.database import Database
from integra_node.store.schema import metadata
from integra_node.store.schema.log import change_counter
from members import NOW, join, make_us

CHEAP = PasswordProfile(passes=1, memory_bytes=8 * 1024)
PIN = "correct horse"
CANARY = "CANARY-7f3a"


def counting_random(seed):
    numbers = itertools.count(seed << 32)
    return lambda n: hashlib.shake_128(next(numbers).to_bytes(16, "big")).digest(n)


def notice_body(**changes):
    """Return a complete notice from pt-prison to fr-probation, with a canary in personal fields."""
    body = {
        "env": {
            "kind": "release_to_supervision",
            "urgency": "routine",
            "recipient": {"org": "fr-probation", "unit": "toulouse"},
            "regime_sender": "LED",
            "regime_recipient": "LED",
            "legal_basis": [{"code": "FD947", "national_law_ref": "Lei 158/2015"}],
            "purposes": ["EXEC", "RESET"],
            "consent_grant": {"not_basis": True, "reason": "the law obliges"},
            "handling": {"tlp": "AMBER+STRICT"},
            "official_procedure": {"instrument": "FD947", "certificate_ref": f"{CANARY}-ref"},
            "lang": "en",
            "valid_until": "2027-03-01",
            "review_on": "2026-12-20",
        },
        "subj": {
            "category": "convicted",
            "identity": {"family": f"{CANARY}-family", "given": "R."},
        },
        "sent": {"end_on": "2027-12-14", "release_on": "2026-12-15", "type": "conditional"},
        "plan": {"goals": [f"{CANARY}-goal"], "crisis_contact": "duty telephone"},
        "needs": [{"domain": "housing", "level": "some", "basis": "fact"}],
        "protective": [{"text": f"{CANARY}-sister", "basis": "fact"}],
        "practical": {"housing": {"status": "temporary"}},
        "voice": {"language": "pt", "text": f"{CANARY}-voice"},
    }
    return {**body, **changes}


@dataclass
class Agency:
    """One node: who it is, its records, and the people who work there."""

    us: Us
    database: Database
    path: Path
    people: dict = field(default_factory=dict)
    now: int = NOW

    def add(self, username, *roles, pin=PIN):
        """Add somebody; whoever may have a signing key gets one."""
        new = NewAccount(
            username=username,
            display_name=username.title(),
            roles=frozenset(roles),
            encoded="not used",
            must_change=False,
        )
        admin = operator(Profile(self.us.profile))
        made = self.write(
            lambda tx: accounts.create_account(
                tx, new, staff=admin, now=self.now, random=self.us.random
            )
        )
        staff = Staff(
            account_id=made.id, username=username, roles=made.roles, profile=admin.profile
        )
        self.people[username] = staff
        if pin and Role.DPO not in roles:
            self.certify(username, pin)
        return staff

    def certify(self, username, pin=PIN, by=None):
        staff = self.people[username]
        held = self.read(lambda tx: officers.state_of(tx, staff.account_id))
        new = officers.make_key(self.us, held, pin=pin, profile=CHEAP)
        self.write(
            lambda tx: officers.certify(
                tx, self.us, staff.account_id, new, staff=by or staff, now=self.now
            )
        )
        return new.officer

    def officer(self, username, pin=PIN):
        """Unlock a signing key as the pages do: counted before it is tried."""
        staff = self.people[username]
        key = self.write(lambda tx: officers.begin_try(tx, staff=staff))
        found = officers.unlock(self.us.keys.master, key, pin)
        self.write(lambda tx: officers.end_try(tx, key.officer))
        return found

    def write(self, fn):
        return self.database.write_now(fn)

    def read(self, fn):
        return self.database.read_now(fn)

    def draft(self, username, body=None, reference="2026-0114"):
        entered = read_entered(body or notice_body(), reference)
        staff = self.people[username]
        return self.write(lambda tx: create(tx, self.us, entered, staff=staff, now=self.now))

    def do(self, handover_id, event, username, *, pin=None, **given):
        """Move a handover as this person; with a PIN the step is signed."""
        officer = self.officer(username, pin) if pin else None
        return self.write(
            lambda tx: act(
                tx,
                self.us,
                handover_id,
                Event(event),
                Given(**given),
                staff=self.people[username],
                now=self.now,
                officer=officer,
            )
        )

    def find(self, handover_id):
        return self.read(lambda tx: handovers.find(tx, handover_id))

    def inbox(self):
        states = ["delivered", "acknowledged", "under_review", "accepted", "refused", "closed"]
        more = ["withdrawn", "misdirected"]
        return self.read(lambda tx: handovers.page(tx, "recipient", states + more, limit=50))

    def files(self):
        """Return everything that is on this node's disk."""
        return b"".join(p.read_bytes() for p in sorted(self.path.iterdir()) if p.is_file())


def open_agency(folder, us, *members):
    folder.mkdir()
    database = Database.open(f"sqlite:///{folder / 'integra.db'}")
    metadata.create_all(database.engine)
    database.write_now(lambda tx: tx.execute(change_counter.insert().values(id=1, value=0)))
    join(database, *members)
    for other in members:
        line = (other.org, other.keys.kem.key_id, other.keys.kem.public_bytes)
        database.write_now(
            lambda tx, line=line: rosters.save_kem(tx, org=line[0], key_id=line[1], public=line[2])
        )
    return Agency(us=us, database=database, path=folder)


def make_pair(folder):
    """Return pt-prison and fr-probation, each with a full staff."""
    pt = make_us("pt-prison", random=counting_random(1))
    fr = make_us("fr-probation", random=counting_random(2))
    uni = make_us("it-university", profile="knowledge", random=counting_random(3))
    members = (pt, fr, uni)
    a = open_agency(folder / "pt", pt, *members)
    b = open_agency(folder / "fr", fr, *members)
    for agency in (a, b):
        agency.add("author", Role.CASE_OFFICER)
        agency.add("colleague", Role.CASE_OFFICER)
        agency.add("head", Role.SUPERVISOR)
        agency.add("duty", Role.DUTY_OFFICER)
        agency.add("dpo", Role.DPO)
    return a, b


def take_batch(source, target, start=None):
    """Sign what ``source`` has committed and return the next batch of its log for ``target``."""
    source.write(lambda tx: own_log.sign_head(tx, source.us))
    held = target.read(lambda tx: log.find(tx, source.us.origin))
    wanted = serving.Wanted(
        origin=source.us.origin,
        start=(held.seen if held else 0) if start is None else start,
        max_leaves=512,
        caller=target.us.org,
        view=serving.View.AUDIENCE,
    )
    return source.read(lambda tx: serving.batch(tx, source.us, rosters.current(tx), wanted))


def give(batch, source, target):
    """Let ``target`` receive a batch from its issuer."""
    return target.write(
        lambda tx: receiving.receive(
            tx, target.us, batch, source=source.us.org, from_issuer=True, now=target.now
        )
    )


def sync(*agencies):
    """Exchange batches until nobody has anything new."""
    moved = True
    while moved:
        moved = False
        for source, target in itertools.permutations(agencies, 2):
            batch = take_batch(source, target)
            if batch is not None:
                give(batch, source, target)
                moved = True


def send(a, b, body=None):
    """Bring a notice from its first draft to ``delivered`` on both sides; return both ids."""
    row = a.draft("author", body)
    a.do(row.id, "submit", "author")
    a.do(row.id, "approve", "head")
    a.do(row.id, "send", "colleague", pin=PIN)
    sync(a, b)
    received = b.inbox()[0]
    return row.id, received.id


def envelope(row):
    return json.loads(row.envelope)
