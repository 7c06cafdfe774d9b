"""Drafting rosters: founders get only texts that members would accept, and sign them together."""

import hashlib
from dataclasses import replace

import pytest

from integra_protocol import roster_change as change
from integra_protocol.errors import BadSignatureError, InputError
from integra_protocol.note import Note, SignatureLine, parse_note
from integra_protocol.roster import KemLine, Limit, Status
from integra_protocol.roster_text import parse_roster, text_hash
from integra_protocol.roster_trust import TrustedRoster
from protocol_entries import EAST, NORTH, ORIGIN, TIME
from protocol_federation import (
    DAY,
    FOUNDERS,
    HUB,
    fingerprint,
    first_lines,
    first_roster,
    member,
    note_key,
    origin_of,
    signed,
    signing_key,
    witness_key,
)

FIRST = first_roster()
DRAFT = change.lines_of(FIRST)
NEW = "ngo-lantern.example"


def following(lines, **times):
    return change.draft_next(FIRST, lines, **({"issued": TIME, "expires": TIME + DAY} | times))


def admitted():
    lines = change.with_member(DRAFT, member(NEW))
    lines = change.with_log(lines, origin_of(NEW), note_key(origin_of(NEW)))
    lines = change.with_kem(lines, NEW, bytes(1216))
    lines = change.with_reqs(lines, NEW, (note_key(f"{NEW}/r"),))
    lines = change.with_witnesses(lines, NEW, (witness_key(NEW),))
    return change.with_role(lines, origin_of(NEW), "practice")


def test_a_draft_has_the_next_version_and_names_the_text_before():
    drafted = following(DRAFT)
    assert (drafted.version, drafted.previous_hash) == (2, text_hash(FIRST.text))
    assert parse_roster(drafted.text) == drafted


def test_a_first_draft_is_version_1_whatever_it_said():
    lines = replace(first_lines(), version=9, previous_hash=bytes(32))
    assert change.draft_first(lines) == FIRST


def test_a_draft_that_members_would_refuse_is_not_made():
    wrong = (
        replace(DRAFT, threshold=0),
        replace(DRAFT, members={}),
        replace(DRAFT, roles={}),
        replace(DRAFT, federation="other.example", hublog=note_key("other.example/roster")),
    )
    for lines in wrong:
        with pytest.raises(InputError):
            following(lines)
    with pytest.raises(InputError):
        following(DRAFT, issued=FIRST.issued - 1)
    with pytest.raises(InputError):
        change.draft_first(replace(first_lines(), threshold=9))


def test_a_member_is_admitted():
    roster = following(admitted())
    assert roster.open_origin(NEW) == origin_of(NEW)
    assert roster.has_cap(origin_of(NEW), "practice", 0)
    digest = hashlib.sha256(bytes(1216)).digest()
    assert roster.kem(NEW) == KemLine(key_id=digest[:4].hex(), hash=digest)
    assert NEW in roster.witness_orgs(ORIGIN)
    assert roster.req_keys(NEW)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.LEFT])
def test_a_member_is_suspended_at_a_size_with_all_that_it_may_do(status):
    roster = following(change.with_status(DRAFT, NORTH, status, until={ORIGIN: 12}))
    assert (roster.member(NORTH).status, roster.until(ORIGIN)) == (status, 12)
    assert [roster.has_cap(ORIGIN, "alert", index) for index in (11, 12)] == [True, False]
    assert NORTH not in roster.witness_orgs(origin_of(EAST))


def test_a_suspension_without_a_closing_is_refused():
    with pytest.raises(InputError):
        following(change.with_status(DRAFT, NORTH, Status.SUSPENDED, until={}))


def test_a_log_key_is_changed_at_a_size():
    key = note_key(ORIGIN, seed="next")
    roster = following(change.with_log_key(DRAFT, ORIGIN, key, 100))
    assert roster.log_key(ORIGIN, 100) != key
    assert roster.log_key(ORIGIN, 101) == key
    assert roster.has_cap(ORIGIN, "alert", 500)


def test_a_role_is_ended_and_given_again():
    ended = change.with_role_ended(DRAFT, ORIGIN, "alert", 7)
    roster = following(change.with_role(ended, ORIGIN, "alert", 9))
    assert [roster.has_cap(ORIGIN, "alert", index) for index in (6, 7, 8, 9)] == [
        True,
        False,
        False,
        True,
    ]


def test_a_relay_and_a_limit_are_set():
    lines = change.with_role(admitted(), f"{NEW}/log/0", "relay")
    lines = change.with_limit(lines, NEW, Limit(entries_per_day=5, bytes_per_day=6))
    roster = following(lines)
    assert set(roster.relays()) == {HUB, NEW}
    assert roster.limit(NEW).entries_per_day == 5
    assert change.with_limit(change.lines_of(roster), NEW, None).limits == {}


def test_a_witness_line_is_taken_away():
    roster = following(change.with_witnesses(DRAFT, EAST, ()))
    assert EAST not in roster.witness_orgs(ORIGIN)


WRONG_EDITS = {
    "a status of a stranger": lambda: change.with_status(DRAFT, NEW, Status.LEFT, until={}),
    "a log that is there": lambda: change.with_log(DRAFT, ORIGIN, note_key(ORIGIN)),
    "closing an unknown log": lambda: change.with_log_closed(DRAFT, origin_of(NEW), 1),
    "closing a log twice": lambda: change.with_log_closed(
        change.with_log_closed(DRAFT, ORIGIN, 5), ORIGIN, 6
    ),
    "a new key of an unknown log": lambda: change.with_log_key(
        DRAFT, origin_of(NEW), note_key(origin_of(NEW)), 1
    ),
    "a kem key too short": lambda: change.with_kem(DRAFT, NORTH, bytes(32)),
    "a role that is held": lambda: change.with_role(DRAFT, ORIGIN, "alert"),
    "relay on a log": lambda: change.with_role(DRAFT, ORIGIN, "relay"),
    "alert on log 0": lambda: change.with_role(DRAFT, f"{NORTH}/log/0", "alert"),
    "ending a role that is not held": lambda: change.with_role_ended(DRAFT, ORIGIN, "match", 3),
}


@pytest.mark.parametrize("edit", WRONG_EDITS.values(), ids=WRONG_EDITS.keys())
def test_an_edit_that_makes_no_sense_is_refused(edit):
    with pytest.raises(InputError):
        edit()


# ------------------------------------------------------------------ signatures


def one(name, roster=FIRST):
    return parse_note(change.sign_roster(roster, name, signing_key(name)), max_bytes=2**20)


def test_signatures_made_apart_come_together():
    roster = following(admitted())
    notes = [one(name, roster) for name in FOUNDERS[1:]]
    combined = change.combine(notes, FIRST.founders)
    trusted = TrustedRoster.genesis(signed(FIRST.text), fingerprint(FIRST))
    assert trusted.accept(combined).roster == roster


def test_a_signature_given_twice_is_kept_once():
    combined = change.combine([one(FOUNDERS[0]), one(FOUNDERS[0])], FIRST.founders)
    assert len(parse_note(combined, max_bytes=2**20).lines) == 1


def test_signatures_of_strangers_are_left_out():
    notes = [one(FOUNDERS[0]), one("eve/founder")]
    assert b"eve/founder" not in change.combine(notes, FIRST.founders)


def test_signatures_over_different_texts_cannot_be_combined():
    with pytest.raises(InputError):
        change.combine([one(FOUNDERS[0]), one(FOUNDERS[1], following(DRAFT))], FIRST.founders)
    with pytest.raises(InputError):
        change.combine([], FIRST.founders)
    with pytest.raises(InputError):
        change.combine([one("eve/founder")], FIRST.founders)


def test_a_bad_signature_of_a_founder_is_not_carried_on():
    good = one(FOUNDERS[0]).lines[0]
    bad = SignatureLine(name=good.name, key_id=good.key_id, signature=bytes(64))
    with pytest.raises(BadSignatureError):
        change.combine([Note(text=FIRST.text, lines=(bad,))], FIRST.founders)
