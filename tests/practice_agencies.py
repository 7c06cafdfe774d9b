"""Three agencies below the network that publish practices and speak about each other's."""

import atexit
import json
import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from handover_pair import PIN, counting_random, open_agency
from integra_node.actions import library, practice_imports, response_reading, responses
from integra_node.rules.permissions import Role
from integra_node.store.database import Database
from members import make_us

BODY = json.loads((Path(__file__).parent / "data" / "bodies" / "practice.json").read_text("utf-8"))
SCORES = {"relevance": 5, "clarity": 4, "ethics": 4, "evidence": 2, "transfer": 3}


def review_body(**changes):
    return {
        "language": "fr",
        "role": "psychologue",
        "on": "2026-09-20",
        "scores": SCORES,
        "verdict": "with_changes",
        "text": "Clair et utile ; les limites des preuves sont dites.",
        "conflict": {"kind": "none"},
        **changes,
    }


def report_body(**changes):
    return {
        "form": "report",
        "language": "fr",
        "text": "Deux ateliers par mois, sans incident.",
        "setting": "prison",
        "group_size": 24,
        **changes,
    }


def said(form, text, language="en"):
    return {"form": form, "language": language, "text": text}


def make_three(folder):
    """Return pt-prison, fr-probation and it-university, each with a writer and a reviewer.

    They are made once and copied: tables, accounts and keys take most of a second.
    """
    found = []
    for made in _three():
        path = folder / made.us.org
        shutil.copytree(made.path, path)
        database = Database.open(f"sqlite:///{path / 'integra.db'}")
        found.append(replace(made, database=database, path=path))
    return found


@cache
def _three():
    folder = Path(tempfile.mkdtemp(prefix="agencies-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    pt = make_us("pt-prison", random=counting_random(1))
    fr = make_us("fr-probation", random=counting_random(2))
    uni = make_us("it-university", profile="knowledge", random=counting_random(3))
    members = (pt, fr, uni)
    found = [open_agency(folder / us.org, us, *members) for us in members]
    for agency in found:
        agency.add("ana", Role.CONTRIBUTOR, pin=None)
        agency.add("rev", Role.REVIEWER)
        agency.add("rui", Role.READER, pin=None)
        agency.database.close()
    return found


def publish(agency, body=BODY, source_id="s1"):
    """Publish a practice, or its next version; return its ref."""
    made = agency.write(
        lambda tx: practice_imports.import_practice(
            tx, agency.us, body, source_id=source_id, actor="operator", now=agency.now
        )
    )
    return made.ref


def review(agency, ref, body=None, country="FR", username="rev"):
    officer = agency.officer("rev", PIN)
    return agency.write(
        lambda tx: responses.review(
            tx,
            agency.us,
            ref,
            review_body() if body is None else body,
            officer=officer,
            country=country,
            staff=agency.people[username],
            now=agency.now,
        )
    )


def remark(agency, ref, body, username="ana"):
    staff = agency.people[username]
    return agency.write(
        lambda tx: responses.remark(tx, agency.us, ref, body, staff=staff, now=agency.now)
    )


def answer(agency, ref, text, username="ana"):
    staff, body = agency.people[username], {"language": "en", "text": text}
    return agency.write(
        lambda tx: responses.answer(tx, agency.us, ref, body, staff=staff, now=agency.now)
    )


def take_back(agency, ref, username="ana", reason="written too soon"):
    staff = agency.people[username]
    return agency.write(
        lambda tx: responses.take_back(
            tx, agency.us, ref, reason=reason, staff=staff, now=agency.now
        )
    )


def found_at(agency, ref):
    staff = agency.people["rui"]
    return agency.read(lambda tx: library.read_published(tx, agency.us, ref, staff=staff))


def told(agency, ref):
    """Return what a reader at an agency sees said about a practice."""
    staff = agency.people["rui"]
    found = found_at(agency, ref)
    return agency.read(lambda tx: response_reading.told_about(tx, found, staff=staff))
