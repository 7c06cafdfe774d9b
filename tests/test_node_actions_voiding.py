"""A roster that closes a log, or takes a capability away, takes what lies behind it out of the library."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from federation_lab import make_lab
from integra_node.actions import own_log, publishing, receiving, rosters_received, serving
from integra_node.actions.incoming import Incoming
from integra_node.actions.practices_received import apply_practices
from integra_node.actions.serving import View, Wanted
from integra_node.config import load_config
from integra_node.ourselves import make_us
from integra_node.store import log, publications, rosters
from integra_node.store.database import Database
from integra_protocol.limits import MAX_RETENTION_S
from integra_protocol.roster import Status
from integra_protocol.roster_change import (
    draft_next,
    lines_of,
    sign_roster,
    with_log_closed,
    with_role_ended,
)

NOW = int(time.time())
A = "a-org/log/1"


@pytest.fixture
def two(tmp_path):
    """Return the lab with the database of each of two members; b holds four practices of a."""
    lab = make_lab(tmp_path, [("a-org", "casework"), ("b-org", "casework"), ("c-org", "knowledge")])
    opened = {}
    for org in ("a-org", "b-org"):
        config = load_config(lab.members[org].home)
        opened[org] = (make_us(config), Database.open(config.database_url))
    us, database = opened["a-org"]
    for number in range(4):
        database.write_now(lambda tx, n=number: _publish(tx, us, n))
        database.write_now(lambda tx: own_log.sign_head(tx, us))
        if number == 1:
            closing = database.read_now(lambda tx: log.get(tx, A).note)
            database.write_now(
                lambda tx, note=closing: log.set_head(
                    tx, log.get(tx, A).id, witnessed_note=note, witnessed_size=2
                )
            )
    batch = database.read_now(lambda tx: _batch(tx, us, "b-org", 0))
    them, other = opened["b-org"]
    other.write_now(
        lambda tx: receiving.receive(tx, them, batch, source="a-org", from_issuer=True, now=NOW)
    )
    yield lab, opened
    for _, held in opened.values():
        held.close()


def _publish(tx, us, number):
    new = publishing.NewEntry(
        kind="practice",
        data={"id": f"p{number}", "version": 1, "status": "published", "language": "en"},
        audience=("*",),
        retention_end=NOW + MAX_RETENTION_S,
    )
    made = publishing.append(tx, us, new, now=NOW)
    own = Incoming(
        log_id=made.log_id,
        origin=us.origin,
        org=us.org,
        header=made.header,
        content=made.content,
        subject_id=None,
        now=NOW,
    )
    apply_practices(tx, [own])


def _batch(tx, us, caller, start):
    wanted = Wanted(origin=A, start=start, max_leaves=512, caller=caller, view=View.AUDIENCE)
    return serving.batch(tx, us, rosters.current(tx), wanted)


def _next_roster(lab, database, change):
    old = database.read_now(rosters.current)
    lines = change(lines_of(old))
    drafted = draft_next(old, lines, issued=old.issued, expires=old.issued + 86_400 * 30)
    return sign_roster(drafted, "lab/founder", lab.founder)


def _closed(lines):
    lines = with_log_closed(lines, A, 2)
    member = replace(lines.members["a-org"], status=Status.SUSPENDED)
    return replace(lines, members={**lines.members, "a-org": member})


def _take(lab, database, note):
    database.write_now(
        lambda tx: rosters_received.accept(tx, note, fingerprint=lab.fingerprint, now=NOW)
    )


def _listed(database):
    found = database.read_now(lambda tx: publications.newest(tx, "practice", before=None, limit=9))
    return sorted(one.publication.item_id for one in found)


def test_what_lies_beyond_the_end_of_a_closed_log_is_void_and_leaves_the_library(two):
    lab, opened = two
    _, database = opened["b-org"]
    assert _listed(database) == ["p0", "p1", "p2", "p3"]

    _take(lab, database, _next_roster(lab, database, _closed))

    assert _listed(database) == ["p0", "p1"]
    held = database.read_now(lambda tx: log.get(tx, A))
    marks = database.read_now(lambda tx: [e.mark for e in log.entries_between(tx, held.id, 0, 9)])
    assert marks == [None, None, "void", "void"]


def test_a_capability_that_ended_voids_what_was_published_with_it(two):
    lab, opened = two
    _, database = opened["b-org"]

    note = _next_roster(lab, database, lambda lines: with_role_ended(lines, A, "practice", 3))
    _take(lab, database, note)

    assert _listed(database) == ["p0", "p1", "p2"]


def test_a_closed_log_is_served_up_to_its_end_with_a_note_of_that_size(two):
    lab, opened = two
    us, database = opened["a-org"]

    _take(lab, database, _next_roster(lab, database, _closed))

    served = database.read_now(lambda tx: _batch(tx, us, "b-org", 0))
    assert served.end == 2
    assert b"a-org/log/1\n2\n" in served.note
    assert database.read_now(lambda tx: _batch(tx, us, "b-org", 2)) is None
