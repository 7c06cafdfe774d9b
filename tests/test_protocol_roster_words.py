"""What founders read before they sign: every line shows, every change shows."""

from dataclasses import replace

import pytest

from integra_protocol import roster_change as change
from integra_protocol.roster import Limit, Status
from integra_protocol.roster_words import changes, describe
from protocol_entries import EAST, NORTH, ORIGIN, TIME, WEST
from protocol_federation import DAY, fingerprint, first_roster, member, note_key

FIRST = first_roster(limits={WEST: Limit(entries_per_day=7, bytes_per_day=8)})
DRAFT = change.lines_of(FIRST)


def changed(lines):
    return changes(FIRST, change.draft_next(FIRST, lines, issued=TIME, expires=TIME + DAY))


def test_a_roster_is_described_with_every_key_size_and_name():
    words = "\n".join(describe(FIRST))
    assert fingerprint(FIRST) in words
    keys = [*FIRST.founders, FIRST.hublog, *FIRST.witness_keys()]
    keys += [line.key for lines in FIRST.logs.values() for line in lines]
    keys += [key for held in FIRST.reqs.values() for key in held]
    assert all(key.public.hex() in words for key in keys)
    assert all(kem.key_id in words for kem in FIRST.kems.values())
    assert all(held.url in words for held in FIRST.members.values())
    assert "7 entries and 8 bytes a day" in words
    assert "Issued 2025-12-31 00:00 UTC" in words


def test_a_date_beyond_the_calendar_is_still_told():
    late = first_roster(issued=2**52, expires=2**52 + DAY)
    assert f"second {2**52}" in "\n".join(describe(late))


def test_dates_and_version_alone_are_no_change():
    assert changed(DRAFT) == ()


CHANGES = {
    "a threshold": (replace(DRAFT, threshold=3), "from 2 to 3 founders"),
    "a founder comes": (
        replace(DRAFT, founders=(*FIRST.founders, note_key("dora/founder"))),
        "dora/founder",
    ),
    "the quorum": (replace(DRAFT, quorum=1), "from 2 to 1 organisations"),
    "the hub's key": (
        replace(DRAFT, hublog=note_key("justice.example/roster", seed="new")),
        "roster log's key",
    ),
    "a member comes": (change.with_member(DRAFT, member("new.example")), "New: new.example"),
    "a member moves": (
        change.with_member(DRAFT, replace(member(EAST), url=None)),
        "to no address",
    ),
    "a member has no pin": (
        change.with_member(DRAFT, replace(member(EAST), pins=())),
        "certificate's authority",
    ),
    "a member is suspended": (
        change.with_status(DRAFT, NORTH, Status.SUSPENDED, until={ORIGIN: 9}),
        f"{NORTH} was active and is now suspended",
    ),
    "a log is closed": (change.with_log_closed(DRAFT, ORIGIN, 9), "from size 0 to 9"),
    "a log key": (
        change.with_log_key(DRAFT, ORIGIN, note_key(ORIGIN, seed="new"), 9),
        "from size 9 on",
    ),
    "a role ends": (
        change.with_role_ended(DRAFT, ORIGIN, "alert", 4),
        "may alert from index 0 up to but without 4",
    ),
    "a role is given": (change.with_role(DRAFT, ORIGIN, "match", 4), "may match from index 4 on"),
    "a witness goes": (change.with_witnesses(DRAFT, EAST, ()), f"{EAST} no longer cosigns"),
    "a req key comes": (
        change.with_reqs(DRAFT, EAST, (*FIRST.reqs[EAST], note_key(f"{EAST}/r", seed="r2"))),
        f"{EAST} now signs requests",
    ),
    "a kem key": (change.with_kem(DRAFT, EAST, bytes(1216)), f"{EAST} is now sealed to"),
    "a limit goes": (change.with_limit(DRAFT, WEST, None), "may now send 200000 entries"),
}


@pytest.mark.parametrize("lines, words", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_told(lines, words):
    assert any(words in sentence for sentence in changed(lines))
