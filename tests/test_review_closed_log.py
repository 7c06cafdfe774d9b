"""What happens to a log that the founders close below what was already received of it?"""

import pytest

from handover_pair import counting_random, open_agency
from integra_node.actions import evidence, receiving, rosters_received, serving
from integra_node.store import log, publications, rosters
from integra_protocol.checkpoint import open_checkpoint
from integra_protocol.errors import UnavailableError
from integra_protocol.keys import KIND_NOTE, NoteKey, SigningKey
from integra_protocol.note import parse_note
from integra_protocol.roster import Status
from integra_protocol.roster_change import draft_next, lines_of, sign_roster, with_status
from integra_protocol.roster_text import parse_roster, text_hash
from integra_protocol.witness import make_evidence
from members import NOW, make_us
from protocol_federation import SimLog

ORG = "it-university"
ORIGIN = f"{ORG}/log/1"
GOOD = {"id": "p", "version": 1, "status": "published"}
THEFT = {"id": "p", "version": 2, "status": "published", "text": "by a thief"}


@pytest.fixture
def uni():
    return make_us(ORG, profile="knowledge", random=counting_random(3))


@pytest.fixture
def fr(tmp_path, uni):
    us = make_us("fr-probation", random=counting_random(2))
    return open_agency(tmp_path / "fr", us, us, uni)


@pytest.fixture
def thief(uni):
    """Return the log of a member whose key was stolen after its first two leaves."""
    sim = SimLog(ORIGIN, uni.keys.log)
    sim.add(data=GOOD)
    sim.cover()
    sim.add(data=THEFT)
    return sim


def take(fr, batch, source=ORG):
    return fr.write(
        lambda tx: receiving.receive(
            tx, fr.us, batch, source=source, from_issuer=source == ORG, now=NOW
        )
    )


def close(fr, size):
    first = fr.read(rosters.newest_note)
    previous = parse_roster(parse_note(first).text)
    lines = with_status(lines_of(previous), ORG, Status.SUSPENDED, until={ORIGIN: size})
    drafted = draft_next(previous, lines, issued=NOW, expires=NOW + 300 * 86_400)
    note = sign_roster(drafted, "lab/founder", SigningKey.from_seed(bytes(32)))
    fingerprint = text_hash(previous.text).hex()
    fr.write(lambda tx: rosters_received.accept(tx, note, fingerprint=fingerprint, now=NOW))


def status(fr, index):
    return fr.read(lambda tx: publications.find(tx, ORIGIN, index)).publication.status


def served(fr, start=0):
    wanted = serving.Wanted(
        origin=ORIGIN, start=start, max_leaves=512, caller="x", view=serving.View.AUDIENCE
    )
    return fr.read(lambda tx: serving.batch(tx, fr.us, rosters.current(tx), wanted))


def test_what_lies_above_the_cut_is_void_and_what_it_replaced_counts_again(fr, thief):
    take(fr, thief.batch())
    assert (status(fr, 0), status(fr, 2)) == ("superseded", "current")
    close(fr, 2)
    assert (status(fr, 0), status(fr, 2)) == ("current", "void")
    held = fr.read(lambda tx: log.get(tx, ORIGIN))
    assert fr.read(lambda tx: log.find_entry(tx, held.id, 2)).mark == "void"


def test_a_holder_of_more_than_the_cut_takes_no_offence_at_who_serves_less(fr, thief):
    take(fr, thief.batch())
    close(fr, 2)
    assert take(fr, thief.batch(0, 2, 2), source="pt-prison").late


def test_nothing_above_the_cut_is_served(fr, thief):
    take(fr, thief.batch(0, 2, 2))
    take(fr, thief.batch(2))
    close(fr, 2)
    found = served(fr)
    assert found is None or found.end <= 2


def test_a_note_above_the_cut_does_not_stop_what_lies_below(fr, thief):
    take(fr, thief.batch(0, 1))
    close(fr, 2)
    assert take(fr, thief.batch(1, 2, 2), source="pt-prison").size == 2
    assert served(fr).end == 2


def test_closing_a_log_ends_its_quarantine_and_what_lies_below_can_be_fetched(fr, thief, uni):
    take(fr, thief.batch(0, 1, 1))
    other = thief.branch(1).cover(2, salt="other face")
    found = make_evidence(opened(thief.note(3), uni), opened(other.note(3), uni))
    roster = fr.read(rosters.current)
    assert fr.write(lambda tx: evidence.take(tx, roster, found, now=NOW))
    with pytest.raises(UnavailableError):
        take(fr, thief.batch(1, 2, 2))
    close(fr, 2)
    assert take(fr, thief.batch(1, 2, 2)).size == 2


def opened(note, uni):
    return open_checkpoint(note, NoteKey(name=ORIGIN, kind=KIND_NOTE, public=uni.keys.log.public))
