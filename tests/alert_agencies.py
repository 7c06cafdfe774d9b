"""Three agencies below the network that write, sign and receive alerts: what alert tests share."""

import json
from pathlib import Path

from handover_pair import Agency, counting_random, open_agency
from integra_node.actions import alert_drafts, alert_reading, alerts
from integra_node.rules.alert_draft import parse_draft
from integra_node.rules.permissions import Role
from integra_node.store.alerts import Wanted
from members import join, make_us

EXAMPLE = json.loads(
    (Path(__file__).parent.parent / "examples/library/alerts/01-phone-credit-debts.json").read_text(
        encoding="utf-8"
    )
)
CANARY = "CANARY-ALERT-91c7"
BIAS = {
    "legal_practice": "no lawful practice is used as a sign here",
    "innocent_explanation": "a cell number or a football score",
    "who_could_be_harmed": "prisoners who send ordinary greetings",
}
PIN = "correct horse"


def body(**changes):
    """Return a complete alert, GREEN unless told otherwise, with a canary in its texts."""
    found = {k: v for k, v in EXAMPLE.items() if k not in {"source_id", "owner_hint", "audience"}}
    found |= {"valid_from": "2026-09-21", "expires_at": "2026-11-30", "tlp": "GREEN"}
    found |= {"title": {"en": f"{CANARY} title"}, "body": {"en": f"{CANARY} body of the alert"}}
    return {k: v for k, v in {**found, **changes}.items() if v is not None}


def amber(*orgs, **changes):
    """Return an AMBER alert for these organisations."""
    return body(tlp="AMBER", audience=list(orgs), **changes)


def red(org, *officers, **changes):
    """Return a RED alert for these officers of one organisation."""
    return body(tlp="RED", audience=[org], readers=list(officers), **changes)


def make_three(folder):
    """Return pt-prison, fr-probation and it-university with two writers and a reader each."""
    pt = make_us("pt-prison", random=counting_random(1))
    fr = make_us("fr-probation", random=counting_random(2))
    uni = make_us("it-university", profile="knowledge", random=counting_random(3))
    members = (pt, fr, uni)
    found = [open_agency(folder / us.org, us, *members) for us in members]
    for agency in found:
        staff_up(agency)
    return found


def one_agency(database, path):
    """Return pt-prison on a given database, with its staff."""
    pt = make_us("pt-prison", random=counting_random(1))
    fr = make_us("fr-probation", random=counting_random(2))
    join(database, pt, fr)
    agency = Agency(us=pt, database=database, path=path)
    staff_up(agency)
    return agency


def staff_up(agency):
    agency.add("ana", Role.CONTRIBUTOR)
    agency.add("bea", Role.CONTRIBUTOR)
    agency.add("rui", Role.READER, pin=None)


def draft(agency, username="ana", text=None, source_id=""):
    entered = parse_draft(text or body())
    return agency.write(
        lambda tx: alert_drafts.create(
            tx,
            agency.us,
            entered,
            source_id=source_id,
            staff=agency.people[username],
            now=agency.now,
        )
    )


def clear(agency, alert_id, username="bea", answers=None):
    return agency.write(
        lambda tx: alerts.clear(
            tx,
            agency.us,
            alert_id,
            BIAS if answers is None else answers,
            staff=agency.people[username],
            now=agency.now,
        )
    )


def publish(agency, alert_id, username="ana"):
    officer = agency.officer(username, PIN)
    return agency.write(
        lambda tx: alerts.publish(
            tx,
            agency.us,
            alert_id,
            officer=officer,
            staff=agency.people[username],
            now=agency.now,
        )
    )


def retract(agency, alert_id, reason, username="ana"):
    officer = agency.officer(username, PIN)
    return agency.write(
        lambda tx: alerts.retract(
            tx,
            agency.us,
            alert_id,
            reason=reason,
            officer=officer,
            staff=agency.people[username],
            now=agency.now,
        )
    )


def supersede(agency, alert_id, text, username="ana"):
    """Write, clear and publish the next version."""
    staff = agency.people[username]
    agency.write(
        lambda tx: alerts.begin_version(tx, agency.us, alert_id, staff=staff, now=agency.now)
    )
    entered = parse_draft(text)
    agency.write(
        lambda tx: alert_drafts.edit(
            tx, agency.us, alert_id, entered, etag=None, staff=staff, now=agency.now
        )
    )
    clear(agency, alert_id)
    return publish(agency, alert_id, username)


def send(agency, text=None):
    """Bring an alert from its first word into the log; return it."""
    made = draft(agency, text=text)
    clear(agency, made.row.id)
    return publish(agency, made.row.id)


def listed(agency, username="rui", **wanted):
    chosen = Wanted(**{"statuses": ("current", "retracted"), **wanted})
    staff = agency.people[username]
    return agency.read(lambda tx: alert_reading.list_for(tx, agency.us, chosen, staff=staff))


def read(agency, ref, username="rui"):
    staff = agency.people[username]
    return agency.write(
        lambda tx: alert_reading.read(tx, agency.us, ref, staff=staff, now=agency.now)
    )
