"""Does an entry that cannot be answered still arrive, and is an erasure obeyed by who may not write?"""

import pytest

from handover_pair import give, make_pair, send, sync, take_batch
from integra_node.actions import erasure, handover_contents
from integra_node.store import handovers, log, rosters
from integra_protocol.errors import NotFoundError
from integra_protocol.keys import SigningKey
from integra_protocol.note import parse_note
from integra_protocol.roster import Status
from integra_protocol.roster_change import draft_next, lines_of, sign_roster, with_status
from integra_protocol.roster_text import parse_roster
from members import NOW


@pytest.fixture
def pair(tmp_path):
    return make_pair(tmp_path)


def next_roster(agency, edit):
    """Give an agency the next version of its roster."""
    previous = parse_roster(parse_note(agency.read(rosters.newest_note)).text)
    lines = edit(lines_of(previous))
    drafted = draft_next(previous, lines, issued=NOW, expires=NOW + 300 * 86_400)
    note = sign_roster(drafted, "lab/founder", SigningKey.from_seed(bytes(32)))
    version = previous.version + 1
    agency.write(lambda tx: rosters.save(tx, version=version, note=note, now=NOW))


def suspend(agency, org, size):
    next_roster(
        agency,
        lambda lines: with_status(lines, org, Status.SUSPENDED, until={f"{org}/log/1": size}),
    )


def size_of(agency, origin):
    return agency.read(lambda tx: log.get(tx, origin)).size


def send_only(pt, fr):
    row = pt.draft("author")
    pt.do(row.id, "submit", "author")
    pt.do(row.id, "approve", "head")
    pt.do(row.id, "send", "colleague", pin="correct horse")
    return take_batch(pt, fr)


def test_what_a_member_sealed_before_it_was_suspended_still_arrives(pair):
    pt, fr = pair
    batch = send_only(pt, fr)
    before = size_of(fr, fr.us.origin)
    suspend(fr, "pt-prison", batch.end)
    assert give(batch, pt, fr).new_entries > 0
    assert len(fr.inbox()) == 1
    assert size_of(fr, fr.us.origin) == before  # nobody is left who could read an answer


def test_a_suspended_member_obeys_an_erasure_that_it_cannot_acknowledge(pair):
    pt, fr = pair
    sent, received = send(pt, fr)
    row = fr.find(received)
    suspend(fr, "fr-probation", size_of(fr, fr.us.origin))
    pt.write(lambda tx: erasure.erase(tx, pt.us, [row.idx], actor="author", now=pt.now))
    before = size_of(fr, fr.us.origin)
    give(take_batch(pt, fr), pt, fr)
    assert size_of(fr, fr.us.origin) == before
    with pytest.raises(NotFoundError):
        fr.read(lambda tx: handover_contents.open_notice(tx, fr.us, fr.find(received)))
    assert sent != received


def words_of(agency, row_id):
    """Return the words of every step of a handover that can still be opened."""

    def read(tx):
        row = handovers.find(tx, row_id)
        steps = handovers.steps_of(tx, row_id)
        return [handover_contents.open_words(tx, agency.us, row, step) for step in steps]

    return [words for words in agency.read(read) if words != handover_contents.NO_WORDS]


def bodies_of(agency, origin):
    """Return the indexes of a log whose sealed body is still held by an agency."""
    held = agency.read(lambda tx: log.get(tx, origin))
    rows = agency.read(lambda tx: log.entries_between(tx, held.id, 0, held.size))
    return [row.index for row in rows if row.kind == "sealed" and row.blob is not None]


def test_an_erased_handover_leaves_nothing_that_can_be_opened_on_either_side(pair):
    pt, fr = pair
    sent, received = send(pt, fr)
    fr.do(received, "misdirect", "duty", pin="correct horse", reason="other_office", text="no")
    sync(pt, fr)
    pt.do(sent, "withdraw", "head", pin="correct horse", reason="other_office", text="taken back")
    sync(pt, fr)
    place = pt.find(sent).idx
    pt.write(lambda tx: erasure.erase(tx, pt.us, [place], actor="author", now=pt.now))
    sync(pt, fr)
    for agency, row_id in ((pt, sent), (fr, received)):
        row = agency.find(row_id)
        assert (row.subject_id, row.body) == (None, None)
        assert words_of(agency, row_id) == []
        assert bodies_of(agency, pt.us.origin) == []
        assert bodies_of(agency, fr.us.origin) == []
