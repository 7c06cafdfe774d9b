"""The chain of rosters: which note is the next version, by whose signatures, and how fresh it is."""

import hashlib
from dataclasses import replace

import pytest

from fuzzing import refuses_or_returns
from integra_protocol.errors import BadSignatureError, ProtocolError, VersionConflictError
from integra_protocol.limits import ROSTER_GRACE_S, STALE_AFTER_S
from integra_protocol.merkle import EMPTY_ROOT, Frontier
from integra_protocol.note import Note, SignatureLine, parse_note, sign_note
from integra_protocol.roster import LogLine, RoleLine, Status
from integra_protocol.roster_change import lines_of
from integra_protocol.roster_text import parse_roster, render, roster_log_leaf, text_hash
from integra_protocol.roster_trust import RivalRosterError, TrustedRoster, is_stale, replay
from protocol_entries import EAST, NORTH, ORIGIN, TIME
from protocol_federation import (
    DAY,
    FOUNDERS,
    fingerprint,
    first_roster,
    member,
    note_key,
    origin_of,
    signed,
    signing_key,
)

ANNA, BELA, CARL = FOUNDERS
NEW = ("dora/founder", "emil/founder", "fred/founder")
FIRST = first_roster()
TRUSTED = TrustedRoster.genesis(signed(FIRST.text), fingerprint(FIRST))


def next_text(previous=FIRST, **changes):
    """Return the text of the next version, without any check of it."""
    lines = replace(
        lines_of(previous), version=previous.version + 1, previous_hash=text_hash(previous.text)
    )
    return render(replace(lines, **changes))


def refusal(note, trusted=TRUSTED):
    with pytest.raises(ProtocolError) as caught:
        trusted.accept(note)
    return caught.value


# ------------------------------------------------------------------ version 1


def test_version_1_is_accepted_only_with_the_typed_fingerprint():
    note = signed(FIRST.text)
    assert TrustedRoster.genesis(note, fingerprint(FIRST).upper() + "\n").roster == FIRST
    with pytest.raises(BadSignatureError):
        TrustedRoster.genesis(note, "00" * 32)


def test_version_1_needs_its_own_threshold():
    with pytest.raises(BadSignatureError):
        TrustedRoster.genesis(signed(FIRST.text, [ANNA]), fingerprint(FIRST))


def test_a_later_version_cannot_be_the_beginning():
    second = parse_roster(next_text())
    with pytest.raises(VersionConflictError):
        TrustedRoster.genesis(signed(second.text), fingerprint(second))


# ------------------------------------------------------------------ the named cases

KEYS = {name: note_key(name) for name in (*FOUNDERS, *NEW)}
NEW_FOUNDERS = tuple(KEYS[name] for name in NEW)
ONE_KEPT = (KEYS[ANNA], *NEW_FOUNDERS[:2])

ACCEPTED = {
    "the next version, by all": (next_text(), FOUNDERS),
    "the next version, by exactly k": (next_text(), FOUNDERS[:2]),
    "an expired version": (next_text(issued=TIME - 9 * DAY, expires=TIME - 8 * DAY), FOUNDERS),
    "both-threshold rotation": (next_text(founders=NEW_FOUNDERS), (ANNA, BELA, *NEW[:2])),
    "a founder who counts in both": (next_text(founders=ONE_KEPT), (ANNA, BELA, NEW[0])),
    "a higher threshold, met": (next_text(threshold=3), FOUNDERS),
    "an unknown signature beside": (next_text(), (*FOUNDERS, NEW[0])),
    "another hublog": (
        next_text(hublog=note_key("justice.example/roster", seed="second hub")),
        FOUNDERS,
    ),
}
REFUSED = {
    "no signature of a founder": (next_text(), NEW, "bad_signature"),
    "below the threshold": (next_text(), [ANNA], "bad_signature"),
    "one key signing twice": (next_text(), [ANNA, ANNA], "bad_signature"),
    "only the new founders sign": (next_text(founders=NEW_FOUNDERS), NEW, "bad_signature"),
    "only the old founders sign": (next_text(founders=NEW_FOUNDERS), FOUNDERS, "bad_signature"),
    "the old threshold not met": (
        next_text(founders=ONE_KEPT),
        (ANNA, *NEW[:2]),
        "bad_signature",
    ),
    "the new threshold not met": (next_text(threshold=3), FOUNDERS[:2], "bad_signature"),
    "threshold 0": (next_text(threshold=0), FOUNDERS, "bad_request"),
    "k > n": (next_text(threshold=4), FOUNDERS, "bad_request"),
    "duplicate key under two names": (
        next_text(founders=(*NEW_FOUNDERS[:2], note_key("eve/founder", seed=ANNA), KEYS[ANNA])),
        (ANNA, BELA, *NEW[:2]),
        "bad_request",
    ),
    "a version skipped": (next_text(version=3), FOUNDERS, "version_conflict"),
    "the same version again": (FIRST.text, FOUNDERS, "version_conflict"),
    "another previous text": (next_text(previous_hash=bytes(32)), FOUNDERS, "version_conflict"),
    "another federation": (
        next_text(federation="other.example", hublog=note_key("other.example/roster")),
        FOUNDERS,
        "bad_request",
    ),
}


@pytest.mark.parametrize("text, founders", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_rightly_signed_next_version_is_accepted(text, founders):
    accepted = TRUSTED.accept(signed(text, founders))
    assert accepted.roster.text == text
    assert accepted.previous == FIRST


@pytest.mark.parametrize("text, founders, code", REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_refused(text, founders, code):
    assert refusal(signed(text, founders)).code == code


def test_rollback_is_refused():
    second = TRUSTED.accept(signed(next_text()))
    third = second.accept(signed(next_text(second.roster)))
    assert refusal(signed(FIRST.text), third).code == "version_conflict"
    assert refusal(second.note, third).code == "version_conflict"


def test_an_expired_intermediate_version_is_a_step_of_the_chain():
    second = TRUSTED.accept(signed(next_text(issued=TIME - 9 * DAY, expires=TIME - 8 * DAY)))
    third = second.accept(signed(next_text(second.roster, expires=TIME + DAY)))
    assert second.roster.is_expired(TIME)
    assert not third.roster.is_expired(TIME)


def test_a_bad_signature_of_a_known_founder_kills_the_note():
    text = next_text()
    bad = replace(sign_note(text, CARL, signing_key(CARL)), signature=bytes(64))
    good = parse_note(signed(text, FOUNDERS[:2])).lines
    assert refusal(Note(text=text, lines=(*good, bad)).encode()).code == "bad_signature"


def test_a_bad_signature_of_a_stranger_is_ignored():
    text = next_text()
    stranger = SignatureLine(name="eve/founder", key_id=b"1234", signature=bytes(64))
    good = parse_note(signed(text, FOUNDERS[:2])).lines
    assert TRUSTED.accept(Note(text=text, lines=(stranger, *good)).encode()).roster.version == 2


def test_a_signature_over_another_text_does_not_count():
    other = sign_note(FIRST.text, BELA, signing_key(BELA))
    good = parse_note(signed(next_text(), [ANNA])).lines
    assert refusal(Note(text=next_text(), lines=(*good, other)).encode()).code == "bad_signature"


def test_a_rival_of_the_version_held_is_told_apart():
    second = TRUSTED.accept(signed(next_text()))
    rival = signed(next_text(quorum=1), FOUNDERS[:2])
    assert isinstance(refusal(rival, second), RivalRosterError)


def test_an_unsigned_rival_is_no_rival():
    second = TRUSTED.accept(signed(next_text()))
    error = refusal(signed(next_text(quorum=1), [ANNA]), second)
    assert error.code == "bad_signature"


# ------------------------------------------------------------------ what no version may drop


def logs(*bounds, origin=ORIGIN):
    return tuple(
        LogLine(
            origin=origin,
            key=note_key(origin, seed=f"{origin} {at}" if at else origin),
            start=start,
            until=until,
        )
        for at, (start, until) in enumerate(bounds)
    )


def role(start, until):
    return RoleLine(origin=ORIGIN, cap="match", start=start, until=until)


def stepped(old, new):
    """Accept version 2 with the lines of old, then return the note of 3 with those of new."""
    second = TRUSTED.accept(signed(next_text(**old)))
    return second, signed(next_text(second.roster, **new))


def north(*bounds):
    return {"logs": {**FIRST.logs, ORIGIN: logs(*bounds)}}


def roles(*lines):
    return {"roles": {**FIRST.roles, (ORIGIN, "match"): lines}}


KEPT = {
    "an open log is closed": (north((0, None)), north((0, 10))),
    "a log key is changed at a size": (north((0, None)), north((0, 10), (10, None))),
    "a changed log is closed": (north((0, 9), (9, None)), north((0, 9), (9, 9))),
    "an open role ends": (roles(role(0, None)), roles(role(0, 5))),
    "a role begins again": (roles(role(0, 5)), roles(role(0, 5), role(9, None))),
    "a role is given": ({}, roles(role(7, None))),
}
DROPPED = {
    "a closed log is opened": (north((0, 10)), north((0, None))),
    "a closing is moved up": (north((0, 10)), north((0, 11))),
    "a closing is moved down": (north((0, 10)), north((0, 9))),
    "a closed log goes on with a new key": (north((0, 10)), north((0, 10), (10, None))),
    "a log line is dropped": (
        {},
        {
            "logs": {at: line for at, line in FIRST.logs.items() if at != ORIGIN},
            "roles": {at: line for at, line in FIRST.roles.items() if at[0] != ORIGIN},
        },
    ),
    "a range is dropped": (north((0, 9), (9, 9)), north((0, 9))),
    "a log key is exchanged": (
        {},
        {
            "logs": {
                **FIRST.logs,
                ORIGIN: (replace(logs((0, None))[0], key=note_key(ORIGIN, 1, "x")),),
            }
        },
    ),
    "a role is dropped": (roles(role(0, None)), {"roles": FIRST.roles}),
    "a role's end is moved": (roles(role(0, 5)), roles(role(0, 6))),
    "a role's beginning is moved": (roles(role(5, None)), roles(role(4, None))),
    "a member line is dropped": (
        {"members": {**FIRST.members, "new.example": member("new.example")}},
        {"members": FIRST.members},
    ),
    "the last req line is dropped": (
        {},
        {"reqs": {org: keys for org, keys in FIRST.reqs.items() if org != EAST}},
    ),
}


@pytest.mark.parametrize("old, new", KEPT.values(), ids=KEPT.keys())
def test_lines_may_be_added_and_closed(old, new):
    second, note = stepped(old, new)
    assert second.accept(note).roster.version == 3


@pytest.mark.parametrize("old, new", DROPPED.values(), ids=DROPPED.keys())
def test_what_stays_for_ever_cannot_be_dropped_or_changed(old, new):
    second, note = stepped(old, new)
    assert refusal(note, second).code == "bad_request"


def test_a_suspended_member_comes_back_in_a_new_epoch():
    suspended = {**FIRST.members, NORTH: member(NORTH, Status.SUSPENDED)}
    epoch_2 = origin_of(NORTH, 2)
    second, note = stepped(
        {**north((0, 10)), "members": suspended},
        {
            "logs": {**north((0, 10))["logs"], epoch_2: logs((0, None), origin=epoch_2)},
            "members": FIRST.members,
        },
    )
    assert second.accept(note).roster.open_origin(NORTH) == epoch_2


# ------------------------------------------------------------------ the chain as a whole


def test_the_roster_log_grows_with_each_version():
    second = TRUSTED.accept(signed(next_text()))
    leaves = [roster_log_leaf(FIRST.text), roster_log_leaf(second.roster.text)]
    assert second.frontier == Frontier.empty().extend(leaves)
    assert second.frontier.root() != EMPTY_ROOT


def test_a_chain_is_replayed_from_its_notes():
    second = TRUSTED.accept(signed(next_text()))
    chain = replay([TRUSTED.note, second.note], fingerprint(FIRST))
    assert chain == (TRUSTED, second)
    with pytest.raises(ProtocolError):
        replay([], fingerprint(FIRST))
    with pytest.raises(ProtocolError):
        replay([second.note], fingerprint(FIRST))


def test_a_note_over_one_mebibyte_is_refused():
    assert refusal(signed(FIRST.text + "x" * 1024 * 1024 + "\n")).code == "too_large"


def test_any_broken_note_is_refused():
    note = signed(next_text())
    assert refuses_or_returns(TRUSTED.accept, [note]) > 0


def test_every_flipped_byte_of_the_text_is_refused():
    note = signed(next_text())
    for at in range(0, len(next_text()), 7):
        twin = bytearray(note)
        twin[at] ^= 1
        refusal(bytes(twin))


# ------------------------------------------------------------------ freshness

FRESH = TIME - STALE_AFTER_S
STALE = {
    "never confirmed": (None, None, TIME - 2 * DAY, True),
    "confirmed seven days ago": (FRESH, None, TIME - 2 * DAY, False),
    "confirmed a second more ago": (FRESH - 1, None, TIME - 2 * DAY, True),
    "the version before counts for a day": (None, FRESH, TIME - ROSTER_GRACE_S, False),
    "and not longer": (None, FRESH, TIME - ROSTER_GRACE_S - 1, True),
    "an old one before does not help": (None, FRESH - 1, TIME, True),
}


@pytest.mark.parametrize("confirmed, before, accepted, stale", STALE.values(), ids=STALE.keys())
def test_membership_is_confirmed_for_seven_days(confirmed, before, accepted, stale):
    answer = is_stale(
        TRUSTED,
        now=TIME,
        confirmed_at=confirmed,
        previous_confirmed_at=before,
        accepted_at=accepted,
    )
    assert answer is stale


def test_an_expired_roster_is_stale_however_confirmed():
    now = FIRST.expires
    assert is_stale(TRUSTED, now=now, confirmed_at=now, previous_confirmed_at=now, accepted_at=now)


def test_with_quorum_0_only_expiry_counts():
    lines = {"federation": "demo.test", "quorum": 0, "hublog": note_key("demo.test/roster")}
    roster = first_roster(**lines)
    trusted = TrustedRoster.genesis(signed(roster.text), fingerprint(roster))
    fields = {"confirmed_at": None, "previous_confirmed_at": None, "accepted_at": 0}
    assert not is_stale(trusted, now=roster.expires - 1, **fields)
    assert is_stale(trusted, now=roster.expires, **fields)


def test_the_fingerprint_is_the_hash_of_the_text():
    assert fingerprint(FIRST) == hashlib.sha256(FIRST.text.encode()).hexdigest()
