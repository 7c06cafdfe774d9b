"""Following a log: what continues it, who is to blame for what does not, which entries count."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integra_protocol.batch import BatchEntry, BlobState, decode_batch, encode_batch
from integra_protocol.errors import ProtocolError
from integra_protocol.follow import (
    UNPROVEN,
    EvidenceFoundError,
    ForkSuspectedError,
    Late,
    LogHead,
    accept,
    contradiction,
    counted_state,
    extended,
)
from integra_protocol.limits import WRAP_BYTES
from integra_protocol.merkle import Frontier, root_at
from integra_protocol.roster_change import draft_next, lines_of, with_log_closed, with_log_key
from integra_protocol.witness import check_evidence
from protocol_entries import EAST, NORTH, ORIGIN, TIME, WEST, make_header, sealed_header
from protocol_federation import (
    DAY,
    HUB,
    SimLog,
    first_roster,
    no_hashes,
    note_key,
    origin_of,
    signing_key,
)

ROSTER = first_roster()
EMPTY = LogHead.empty(ORIGIN)


def a_log(size=8, every=3):
    """Return a log in which every third leaf is an entry for all."""
    log = SimLog(ORIGIN)
    for index in range(size):
        if index % every:
            log.cover()
        else:
            log.add()
    return log


def take(head, batch, *, from_issuer=True, held=no_hashes, roster=ROSTER):
    return accept(head, batch, roster, from_issuer=from_issuer, held=held)


def head_at(log, size, **how):
    return take(EMPTY, log.batch(0, size, size), **how).head


# ------------------------------------------------------------------ an honest log


def test_a_first_batch_gives_head_leaves_and_entries():
    log = a_log()
    got = take(EMPTY, log.batch())
    assert got.head.frontier == Frontier.empty().extend(log.leaves)
    assert got.head.note.checkpoint == log.checkpoint()
    assert (got.head.seen, got.head.ahead) == (8, None)
    assert (got.start, got.leaves) == (0, b"".join(log.leaves))
    assert [entry.index for entry in got.entries] == [0, 3, 6]
    assert (got.bad, got.bad_blobs, got.second_look) == ((), (), False)


def test_a_batch_goes_on_where_the_head_stands():
    log = a_log()
    got = take(head_at(log, 5), log.batch(5))
    assert got.head == take(EMPTY, log.batch()).head
    assert (got.start, got.leaves) == (5, b"".join(log.leaves[5:]))


def test_a_note_above_the_head_is_kept_ahead_until_it_is_passed():
    log = a_log()
    first = take(EMPTY, log.batch(0, 3, 6)).head
    assert (first.note, first.ahead.checkpoint.size) == (None, 6)
    second = take(first, log.batch(3, 5, 5)).head
    assert (second.note.checkpoint.size, second.ahead.checkpoint.size) == (5, 6)
    third = take(second, log.batch(5, 7, 8)).head
    assert (third.note.checkpoint.size, third.ahead.checkpoint.size) == (6, 8)
    assert take(third, log.batch(7)).head.ahead is None


def test_a_smaller_note_does_not_replace_the_one_ahead():
    log = a_log()
    head = take(EMPTY, log.batch(0, 3, 8)).head
    assert take(head, log.batch(3, 4, 6)).head.ahead.checkpoint.size == 8


def test_cosignatures_of_one_note_are_merged():
    log = a_log()
    ahead = take(EMPTY, log.batch(0, 3, note=log.note(cosigners={EAST: TIME}))).head
    got = take(ahead, log.batch(3, note=log.note(cosigners={WEST: TIME, HUB: TIME}))).head
    assert [cosignature.org for cosignature in got.note.cosignatures] == [HUB, EAST, WEST]


def test_bare_leaves_move_the_head():
    log = SimLog(ORIGIN).cover(5)
    got = take(EMPTY, log.batch())
    assert (got.head.size, got.entries) == (5, ())


@given(data=st.data())
def test_a_log_sliced_at_random_gives_the_same_head(data):
    log = a_log(40, 4)
    head = EMPTY
    seen = []
    while head.size < log.size:
        end = data.draw(st.integers(head.size + 1, log.size))
        size = data.draw(st.integers(end, log.size))
        got = take(head, decode_batch(encode_batch(log.batch(head.size, end, size))))
        seen += [entry.index for entry in got.entries]
        head = got.head
    assert head.frontier == Frontier.empty().extend(log.leaves)
    assert (head.seen, head.note.checkpoint) == (40, log.checkpoint())
    assert seen == sorted(log.shown)


def test_a_planned_change_of_key_is_followed():
    key = note_key(ORIGIN, seed="second key of the log")
    lines = with_log_key(lines_of(ROSTER), ORIGIN, key, 5)
    roster = draft_next(ROSTER, lines, issued=TIME, expires=TIME + DAY)
    log = a_log()
    new = SimLog(ORIGIN, signing_key("second key of the log"), log.leaves, log.shown)
    head = take(EMPTY, log.batch(0, 5, 5), roster=roster).head
    assert take(head, new.batch(5), roster=roster).head.size == 8
    for note in (log.batch(5), new.batch(0, 5, 5)):
        with pytest.raises(ProtocolError) as caught:
            take(head if note.start else EMPTY, note, roster=roster)
        assert caught.value.code == "bad_signature"


def test_a_closed_log_is_followed_up_to_its_closing():
    log = a_log()
    lines = with_log_closed(lines_of(ROSTER), ORIGIN, 5)
    roster = draft_next(ROSTER, lines, issued=TIME, expires=TIME + DAY)
    assert take(EMPTY, log.batch(0, 5, 5), roster=roster).head.size == 5
    with pytest.raises(ProtocolError) as caught:
        take(EMPTY, log.batch(0, 5, 6), roster=roster)
    assert caught.value.code == "bad_signature"


# ------------------------------------------------------------------ bad sources


def other_leaf(batch, at=0):
    leaves = bytearray(batch.leaves)
    leaves[at * 32] ^= 1
    return replace(batch, leaves=bytes(leaves))


LOG = a_log()
OTHER_KEY = SimLog(ORIGIN, signing_key("thief"), LOG.leaves, LOG.shown)
OTHER_LOG = SimLog(origin_of(EAST)).cover(8)
STRANGER = SimLog(origin_of("eve.example")).cover(8)
BAD_SOURCES = {
    "a log that is not this one": (OTHER_LOG.batch(4), "unknown_log"),
    "the note of another log": (LOG.batch(4, note=OTHER_LOG.note()), "unknown_log"),
    "a note signed by a thief": (LOG.batch(4, note=OTHER_KEY.note()), "bad_signature"),
    "a note that is none": (LOG.batch(4, note=b"hello"), "bad_canonical"),
    "a note with a flipped root": (
        LOG.batch(4, note=LOG.note().replace(b"\n8\n", b"\n9\n")),
        "bad_signature",
    ),
    "leaves beyond the note": (LOG.batch(4, 8, note=LOG.note(7)), "bad_proof"),
    "a wrong leaf": (other_leaf(LOG.batch(4)), "inconsistent"),
    "a wrong leaf before a larger note": (other_leaf(LOG.batch(4, 6)), "inconsistent"),
    "a leaf left out": (replace(LOG.batch(4), leaves=LOG.batch(4).leaves[32:]), "bad_proof"),
    "no proof": (replace(LOG.batch(4, 6), proof=()), "bad_proof"),
    "a proof too long": (replace(LOG.batch(4), proof=(bytes(32),)), "bad_proof"),
    "a wrong proof": (replace(LOG.batch(4, 6), proof=LOG.batch(4, 6).proof[::-1]), "inconsistent"),
}


@pytest.mark.parametrize("batch, code", BAD_SOURCES.values(), ids=BAD_SOURCES.keys())
def test_a_bad_source_is_refused_and_convicts_nobody(batch, code):
    with pytest.raises(ProtocolError) as caught:
        take(head_at(LOG, 4), batch, held=LOG.read)
    assert caught.value.code == code
    assert not isinstance(caught.value, EvidenceFoundError)


def test_a_known_witness_with_a_bad_line_kills_the_note():
    good = LOG.note(cosigners={EAST: TIME})
    line = good.split(b"\n")[-2].decode()
    bad = line[:-4] + ("AAA=" if not line.endswith("AAA=") else "AAE=")
    note = good.replace(line.encode(), bad.encode())
    with pytest.raises(ProtocolError):
        take(EMPTY, LOG.batch(note=note))


def test_a_log_outside_the_roster_is_refused():
    with pytest.raises(ProtocolError) as caught:
        take(LogHead.empty(STRANGER.origin), STRANGER.batch())
    assert caught.value.code == "unknown_log"


LATE = {
    "below the head": (LOG.batch(2), True),
    "above the head": (LOG.batch(5), True),
    "from the beginning again": (LOG.batch(0), True),
    "a smaller log": (LOG.batch(0, 3, 3), True),
}


@pytest.mark.parametrize("batch, from_issuer", LATE.values(), ids=LATE.keys())
def test_a_late_answer_is_dropped_silently(batch, from_issuer):
    assert take(head_at(LOG, 4), batch, from_issuer=from_issuer) == Late()


def test_the_same_batch_twice_is_late_the_second_time():
    batch = LOG.batch(0, 4, 4)
    assert take(take(EMPTY, batch).head, batch) == Late()


# ------------------------------------------------------------------ second look


def mirrored(log, size):
    """Return the head after a mirror showed the leaves only."""
    batch = log.batch(0, size, size, entries=())
    return take(EMPTY, batch, from_issuer=False).head


def test_a_mirror_moves_the_head_and_not_what_the_issuer_showed():
    head = mirrored(LOG, 6)
    assert (head.size, head.seen) == (6, 0)
    further = take(head, LOG.batch(6), from_issuer=False).head
    assert (further.size, further.seen) == (8, 0)


def test_the_issuer_beyond_what_it_has_shown_moves_the_head_only():
    got = take(mirrored(LOG, 6), LOG.batch(6))
    assert (got.head.size, got.head.seen, got.second_look) == (8, 0, False)
    assert [entry.index for entry in got.entries] == [6]


@pytest.mark.parametrize("end", range(1, 9))
def test_a_second_look_brings_what_a_mirror_left_out(end):
    head = mirrored(LOG, 6)
    got = take(head, LOG.batch(0, end), held=LOG.read)
    assert got.second_look
    assert [entry.index for entry in got.entries] == [at for at in (0, 3, 6) if at < end]
    assert (got.head.seen, got.head.size) == (end, max(6, end))
    assert (got.start, got.leaves) == (6, b"".join(LOG.leaves[6:end]))
    assert got.head.frontier == Frontier.empty().extend(LOG.leaves[: max(6, end)])


def test_a_second_look_goes_on_from_where_it_ended():
    head = take(mirrored(LOG, 6), LOG.batch(0, 2), held=LOG.read).head
    got = take(head, LOG.batch(2), held=LOG.read)
    assert (got.head.seen, got.head.size) == (8, 8)
    assert got.head.note.checkpoint == LOG.checkpoint()


def test_a_second_look_with_a_note_below_the_head_is_late():
    assert take(mirrored(LOG, 6), LOG.batch(0, 3, 5), held=LOG.read) == Late()


def test_a_mirror_has_no_second_look():
    assert take(mirrored(LOG, 6), LOG.batch(0), from_issuer=False) == Late()


def test_a_note_seen_from_below_the_head_is_not_kept_ahead():
    head = take(mirrored(LOG, 6), LOG.batch(0, 3, 8), held=LOG.read).head
    assert head.ahead is None
    assert head.note.checkpoint.size == 6


def test_a_second_look_at_the_heads_size_merges_the_note():
    note = LOG.note(6, {EAST: TIME})
    head = take(mirrored(LOG, 6), LOG.batch(0, 3, 6, note=note), held=LOG.read).head
    assert [cosignature.org for cosignature in head.note.cosignatures] == [EAST]


# ------------------------------------------------------------------ two faces


def forked(at):
    """Return an honest-looking log of 8 and its second face, apart from leaf ``at`` on."""
    return LOG, LOG.branch(at).cover(8 - at, salt="other ")


def check(error):
    assert check_evidence(error.evidence, ROSTER.log_key) == ORIGIN


def test_two_notes_of_one_size_are_evidence():
    one, other = forked(5)
    head = take(EMPTY, one.batch(0, 4, 8)).head
    with pytest.raises(EvidenceFoundError) as caught:
        take(head, other.batch(4, 8), held=one.read)
    check(caught.value)


def test_a_note_passed_on_another_branch_is_evidence():
    one, other = forked(5)
    head = take(EMPTY, one.batch(0, 4, 7)).head
    with pytest.raises(EvidenceFoundError) as caught:
        take(head, other.batch(4, 8), held=one.read)
    check(caught.value)
    assert caught.value.evidence.proof


def test_a_note_passed_on_another_branch_before_its_end_is_a_suspicion():
    one, other = forked(5)
    head = take(EMPTY, one.batch(0, 4, 6)).head
    with pytest.raises(ForkSuspectedError) as caught:
        take(head, other.batch(4, 7, 8), held=one.read)
    assert caught.value.offered.checkpoint == other.checkpoint()


def test_a_log_that_goes_on_from_another_face_is_a_suspicion():
    one, other = forked(3)
    with pytest.raises(ForkSuspectedError) as caught:
        take(head_at(one, 5), other.batch(5), held=one.read)
    found = contradiction(head_at(one, 5).note, caught.value.offered, other.read)
    assert check_evidence(found, ROSTER.log_key) == ORIGIN


def test_a_second_look_at_another_face_is_evidence():
    one, other = forked(3)
    with pytest.raises(EvidenceFoundError) as caught:
        take(mirrored(one, 6), other.batch(0), held=one.read)
    check(caught.value)


def test_a_second_look_at_the_heads_size_with_another_root_is_evidence():
    one, other = forked(3)
    with pytest.raises(EvidenceFoundError) as caught:
        take(mirrored(one, 6), other.batch(0, 2, 6), held=one.read)
    check(caught.value)


def test_a_second_look_behind_a_head_without_its_note_is_a_suspicion():
    one, other = forked(3)
    head = take(EMPTY, one.batch(0, 6, 8, entries=()), from_issuer=False).head
    with pytest.raises(ForkSuspectedError):
        take(head, other.batch(0, 5, 6), held=one.read)


def test_notes_on_one_branch_do_not_contradict_each_other():
    small, big = head_at(LOG, 5).note, head_at(LOG, 8).note
    assert contradiction(small, big, LOG.read) is None
    assert contradiction(big, big, no_hashes) is None


def test_leaves_of_another_tree_are_no_evidence():
    one, other = forked(3)
    with pytest.raises(ProtocolError) as caught:
        contradiction(head_at(one, 5).note, head_at(one, 8).note, other.read)
    assert caught.value.code == "inconsistent"


def test_honest_answers_in_any_order_never_give_evidence():
    chance = random.Random(7)
    log = a_log(30, 2)
    for _ in range(60):
        head = EMPTY
        while head.size < log.size:
            from_issuer = chance.random() < 0.5
            start = chance.choice([head.size, head.seen])
            if start >= log.size:
                continue
            end = chance.randint(start + 1, log.size)
            size = chance.randint(end, log.size)
            got = take(head, log.batch(start, end, size), from_issuer=from_issuer, held=log.read)
            head = head if isinstance(got, Late) else got.head
        assert head.frontier == Frontier.empty().extend(log.leaves)


def test_a_tree_is_read_beyond_what_is_held():
    leaves = b"".join(LOG.leaves[3:])
    reader = extended(LOG.branch(3).read, 3, leaves)
    assert [root_at(size, reader) for size in range(9)] == [LOG.root(size) for size in range(9)]


# ------------------------------------------------------------------ entries


def shown(*entries, log=LOG):
    return take(EMPTY, log.batch(entries=entries))


def put(header, blob=b""):
    """Return a log of three leaves whose middle one is this header."""
    log = SimLog(ORIGIN).cover()
    log.put(header if isinstance(header, bytes) else header.encode(), blob)
    return log.cover()


def test_a_forged_header_is_nobodys_leaf():
    forged = make_header(index=3, kind="practice").encode()
    got = shown(BatchEntry(header=forged, blob=b"b", wraps={}, state=BlobState.PRESENT))
    assert [(bad.index, bad.code) for bad in got.bad] == [(None, UNPROVEN)]
    assert got.head.size == 8


def test_an_entry_out_of_the_batch_is_nobodys_leaf():
    got = take(head_at(LOG, 4), LOG.batch(4, entries=(LOG.entry(3), LOG.entry(6))))
    assert [bad.code for bad in got.bad] == [UNPROVEN]
    assert [entry.index for entry in got.entries] == [6]


def test_one_bad_entry_does_not_stop_the_others():
    forged = BatchEntry(header=b"junk", blob=None, wraps={}, state=BlobState.ELSEWHERE)
    got = shown(LOG.entry(0), forged, LOG.entry(3), LOG.entry(6))
    assert [entry.index for entry in got.entries] == [0, 3, 6]
    assert len(got.bad) == 1


def test_an_entry_shown_twice_counts_once():
    got = shown(LOG.entry(3), LOG.entry(3))
    assert [entry.index for entry in got.entries] == [3]
    assert len(got.bad) == 1


ISSUERS_FAULT = {
    "a header that is no msgpack": (b"junk", "bad_canonical"),
    "a header of another index": (make_header(index=0), "bad_request"),
    "a header of another log": (make_header(index=1, origin=origin_of(EAST)), "bad_request"),
    "a header in a foreign version": (
        make_header(index=1).encode().replace(b"\xa1v\x01", b"\xa1v\x02"),
        "bad_canonical",
    ),
    "a kind without its capability": (make_header(index=1, kind="codes"), "no_role"),
    "a kind in another form": (
        make_header(index=1, kind="practice", audience=(EAST,)),
        "bad-form",
    ),
}
WITHOUT_PRACTICE = first_roster(
    roles={key: lines for key, lines in ROSTER.roles.items() if key != (ORIGIN, "practice")}
)


@pytest.mark.parametrize("header, code", ISSUERS_FAULT.values(), ids=ISSUERS_FAULT.keys())
def test_a_bad_header_that_is_a_leaf_is_the_issuers_fault(header, code):
    got = take(EMPTY, put(header, bytes(100)).batch(), roster=WITHOUT_PRACTICE)
    assert [(bad.index, bad.code) for bad in got.bad] == [(1, code)]
    assert (got.entries, got.head.size) == ((), 3)


def test_an_entry_without_capability_keeps_its_body_for_a_later_roster():
    log = SimLog(ORIGIN)
    log.add()
    got = take(EMPTY, log.batch(), roster=WITHOUT_PRACTICE)
    assert [bad.blob for bad in got.bad] == [log.shown[0][1]]


def test_an_unknown_kind_is_kept():
    got = take(EMPTY, put(make_header(index=1, kind="weather"), bytes(100)).batch())
    assert (got.bad, [entry.header.kind for entry in got.entries]) == ((), ["weather"])


def test_a_wrong_clear_body_is_fetched_elsewhere():
    got = shown(replace(LOG.entry(3), blob=b"x" * len(LOG.entry(3).blob)))
    assert got.bad_blobs == (3,)
    assert [(entry.blob, entry.state) for entry in got.entries] == [(None, BlobState.ELSEWHERE)]


def test_a_wrong_sealed_body_is_fetched_elsewhere():
    log = put(sealed_header(EAST, index=1), b"x" * 100)
    got = take(EMPTY, log.batch())
    assert got.bad_blobs == (1,)


def test_only_wraps_of_the_audience_and_the_issuer_are_kept():
    wraps = dict.fromkeys((EAST, NORTH, WEST), bytes(WRAP_BYTES))
    log = put(sealed_header(EAST, index=1))
    entry = replace(log.entry(1), blob=None, wraps=wraps, state=BlobState.ELSEWHERE)
    got = take(EMPTY, log.batch(entries=[entry]))
    assert got.entries[0].wraps.keys() == {EAST, NORTH}
    clear = replace(LOG.entry(0), wraps=wraps)
    assert shown(clear).entries[0].wraps == {}


STATES = {
    "a body that is there": (BlobState.PRESENT, False, TIME, BlobState.PRESENT),
    "a body that is not held there": (BlobState.ELSEWHERE, False, TIME, BlobState.ELSEWHERE),
    "erased, says the server": (BlobState.ERASED, False, TIME, BlobState.ELSEWHERE),
    "erased, and verified": (BlobState.ERASED, True, TIME, BlobState.ERASED),
    "erased, though the body is there": (BlobState.PRESENT, True, TIME, BlobState.ERASED),
    "ended, says the server": (BlobState.ENDED, False, TIME, BlobState.ELSEWHERE),
    "ended, by our clock": (BlobState.ENDED, False, TIME + 31_536_000, BlobState.ENDED),
    "ended, though the body is there": (
        BlobState.PRESENT,
        False,
        TIME + 31_536_000,
        BlobState.ENDED,
    ),
}


@pytest.mark.parametrize("said, is_erased, now, counts", STATES.values(), ids=STATES.keys())
def test_a_state_is_the_servers_word_until_it_is_confirmed(said, is_erased, now, counts):
    blob = LOG.entry(3).blob if said is BlobState.PRESENT else None
    entry = shown(replace(LOG.entry(3), blob=blob, state=said)).entries[0]
    assert counted_state(entry, is_erased=is_erased, now=now) is counts
