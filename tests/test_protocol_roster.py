"""Rosters: the one way to write them, the rules of one text, and what they answer."""

import re
from dataclasses import replace

import pytest

from fuzzing import cuts, refuses_or_returns
from integra_protocol.checkpoint import Cosignature
from integra_protocol.errors import BadSignatureError, ProtocolError, UnknownLogError
from integra_protocol.keys import short_key_id
from integra_protocol.merkle import leaf_hash
from integra_protocol.note import SignatureLine
from integra_protocol.roster import DEFAULT_LIMIT, KemLine, Limit, LogLine, RoleLine, Status
from integra_protocol.roster_text import parse_roster, render, roster_log_leaf
from protocol_entries import EAST, NORTH, ORIGIN, TIME, WEST
from protocol_federation import (
    DAY,
    FEDERATION,
    FOUNDERS,
    HUB,
    first_lines,
    first_roster,
    kem_line,
    member,
    note_key,
    origin_of,
    witness_key,
)

ROSTER = first_roster()
TEXT = ROSTER.text


def ranges(*bounds, origin=ORIGIN):
    return tuple(
        LogLine(
            origin=origin,
            key=note_key(origin, seed=f"{origin} {at}" if at else origin),
            start=start,
            until=until,
        )
        for at, (start, until) in enumerate(bounds)
    )


def with_ranges(*bounds):
    lines = first_lines()
    return replace(lines, logs={**lines.logs, ORIGIN: ranges(*bounds)})


def test_a_roster_is_read_back_as_it_was_written():
    assert render(ROSTER) == TEXT
    assert parse_roster(TEXT) == ROSTER


def test_the_text_begins_with_the_lines_a_person_reads_first():
    rows = TEXT.split("\n")
    assert rows[:3] == ["integra-roster/v1", FEDERATION, "1"]
    assert rows[4:6] == [f"{TIME - DAY} {TIME + 300 * DAY}", "threshold 2"]


def swap(text, word):
    """Swap the first two lines that begin with word."""
    rows = text.split("\n")
    first, second = [at for at, row in enumerate(rows) if row.startswith(word)][:2]
    rows[first], rows[second] = rows[second], rows[first]
    return "\n".join(rows)


def twice(text, word):
    row = next(row for row in text.split("\n") if row.startswith(word))
    return text.replace(f"{row}\n", f"{row}\n{row}\n", 1)


MALFORMED = {
    "another title": TEXT.replace("roster/v1", "roster/v2", 1),
    "no last newline": TEXT[:-1],
    "a blank line at the end": TEXT + "\n",
    "an unknown line at the end": TEXT + "note be kind\n",
    "an upper-case federation": TEXT.replace(FEDERATION, "Justice.example", 1),
    "a version with a leading zero": TEXT.replace("\n1\n", "\n01\n", 1),
    "a version that is no number": TEXT.replace("\n1\n", "\none\n", 1),
    "two spaces": TEXT.replace("threshold 2", "threshold  2"),
    "a space at a line's end": TEXT.replace("threshold 2", "threshold 2 "),
    "a carriage return": TEXT.replace("\n", "\r\n"),
    "a missing field": re.sub(r"(member \S+ active \S+) \S+", r"\1", TEXT, count=1),
    "a field too many": TEXT.replace("quorum 2", "quorum 2 3"),
    "founders out of order": swap(TEXT, "founder "),
    "witnesses out of order": swap(TEXT, "witness "),
    "members out of order": swap(TEXT, "member "),
    "logs out of order": swap(TEXT, "log "),
    "kems out of order": swap(TEXT, "kem "),
    "reqs out of order": swap(TEXT, "req "),
    "roles out of order": swap(TEXT, "role "),
    "groups out of order": swap(TEXT.replace("\nlog ", "\nkem ", 1), "kem "),
    "a member twice": twice(TEXT, "member "),
    "a kem line twice": twice(TEXT, "kem "),
    "an unknown status": TEXT.replace(" active ", " banned ", 1),
    "an unknown capability": TEXT.replace(" alert 0 -", " admin 0 -", 1),
    "a URL without TLS": TEXT.replace("https://", "http://", 1),
    "a URL with a path": TEXT.replace(":9800 ", ":9800/v1 ", 1),
    "a URL with a final slash": TEXT.replace(":9800 ", ":9800/ ", 1),
    "a URL with a user": TEXT.replace("https://", "https://me@", 1),
    "a URL in upper case": TEXT.replace("https://hmp", "https://HMP", 1),
    "a URL with a port too high": TEXT.replace(":9800 ", ":65536 ", 1),
    "three pins": re.sub(r"(:9800) (\S+)", r"\1 \2,\2,\2", TEXT, count=1),
    "a pin of another length": re.sub(r"(:9800) \S+", r"\1 AAAA", TEXT, count=1),
    "an epoch 0 for a log": TEXT.replace(f"log {ORIGIN}", f"log {NORTH}/log/0", 1),
    "relay on a log": TEXT.replace(f"{HUB}/log/0 relay", f"{NORTH}/log/1 relay"),
    "alert on log 0": TEXT.replace(f"{HUB}/log/0 relay", f"{HUB}/log/0 alert"),
    "a vkey with a wrong key id": re.sub(r"(hublog \S+)\+\w{8}", r"\1+00000000", TEXT),
    "a number over 2**53": TEXT.replace("quorum 2", f"quorum {2**53}"),
    "a kem id in upper case": re.sub(r"(kem \S+) \w{8}", r"\1 ABCDEF01", TEXT, count=1),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_text_that_is_not_the_one_way_to_write_it_is_refused(text):
    assert text != TEXT
    with pytest.raises(ProtocolError) as caught:
        parse_roster(text)
    assert caught.value.code == "bad_canonical"


def test_a_text_over_one_mebibyte_is_refused():
    with pytest.raises(ProtocolError) as caught:
        parse_roster(TEXT + "x" * 1024 * 1024)
    assert caught.value.code == "too_large"


def founders(count):
    return tuple(note_key(f"f{number}/founder") for number in range(count))


def one_more_log(epoch):
    lines, origin = first_lines(), origin_of(NORTH, epoch)
    return replace(lines, logs={**lines.logs, origin: ranges((0, None), origin=origin)})


BROKEN_RULES = {
    "threshold 0": first_lines(threshold=0),
    "threshold 1": first_lines(threshold=1),
    "k > n": first_lines(threshold=4),
    "two founders": first_lines(founders=founders(2)),
    "seventeen founders": first_lines(founders=founders(17)),
    "no founders": first_lines(founders=()),
    "a founder not named so": first_lines(founders=(*founders(2), note_key("eve/admin"))),
    "a founder key of a witness's kind": first_lines(
        founders=(*founders(2), note_key("eve/founder", 4))
    ),
    "duplicate key under two names": first_lines(
        founders=(*founders(2), note_key("eve/founder", seed="f0/founder"))
    ),
    "a hublog key that is a founder's": first_lines(
        hublog=note_key(f"{FEDERATION}/roster", seed="anna/founder")
    ),
    "a witness key that is the log's": first_lines(
        witnesses={**first_lines().witnesses, NORTH: (note_key(f"{NORTH}/w", 4, ORIGIN),)}
    ),
    "a kem key of two": first_lines(kems={**first_lines().kems, NORTH: kem_line(EAST)}),
    "a kem id of another key": first_lines(
        kems={**first_lines().kems, NORTH: replace(kem_line(NORTH), key_id="00000000")}
    ),
    "a hublog of another name": first_lines(hublog=note_key("other/roster")),
    "a req key of another name": first_lines(
        reqs={**first_lines().reqs, NORTH: (note_key(f"{EAST}/r", seed="x"),)}
    ),
    "a witness key of another kind": first_lines(
        witnesses={**first_lines().witnesses, NORTH: (note_key(f"{NORTH}/w", 1),)}
    ),
    "three req keys": first_lines(
        reqs={
            **first_lines().reqs,
            NORTH: tuple(note_key(f"{NORTH}/r", seed=f"r{number}") for number in range(3)),
        }
    ),
    "three witness keys": first_lines(
        witnesses={
            **first_lines().witnesses,
            NORTH: tuple(note_key(f"{NORTH}/w", 4, f"w{number}") for number in range(3)),
        }
    ),
    "quorum 0": first_lines(quorum=0),
    "quorum of all": first_lines(quorum=4),
    "expired before issued": first_lines(expires=TIME - 2 * DAY),
    "a lifetime of 401 days": first_lines(expires=TIME + 400 * DAY),
    "a log of a stranger": replace(
        first_lines(),
        logs={
            **first_lines().logs,
            "eve.example/log/1": ranges((0, 0), origin="eve.example/log/1"),
        },
    ),
    "a req key of a stranger": first_lines(
        reqs={**first_lines().reqs, "eve.example": (note_key("eve.example/r"),)}
    ),
    "a limit of a stranger": first_lines(limits={"eve.example": DEFAULT_LIMIT}),
    "a role of an unknown log": first_lines(
        roles={
            (origin_of(NORTH, 2), "alert"): (
                RoleLine(origin=origin_of(NORTH, 2), cap="alert", start=0, until=None),
            )
        }
    ),
    "a log that begins above 0": with_ranges((5, None)),
    "overlapping ranges": with_ranges((0, 10), (9, None)),
    "a gap between ranges": with_ranges((0, 10), (11, None)),
    "a range behind an open one": with_ranges((0, None), (11, None)),
    "a range that ends before it begins": with_ranges((0, 10), (10, 9)),
    "two open logs of one organisation": one_more_log(2),
    "suspended with an open log": first_lines(
        members={**first_lines().members, NORTH: member(NORTH, Status.SUSPENDED)}
    ),
    "left with an open log": first_lines(
        members={**first_lines().members, NORTH: member(NORTH, Status.LEFT)}
    ),
    "active without a kem line": first_lines(kems={EAST: kem_line(EAST), WEST: kem_line(WEST)}),
    "a role that ends before it begins": first_lines(
        roles={(ORIGIN, "alert"): (RoleLine(origin=ORIGIN, cap="alert", start=5, until=4),)}
    ),
    "roles out of order": first_lines(
        roles={
            (ORIGIN, "alert"): (
                RoleLine(origin=ORIGIN, cap="alert", start=5, until=9),
                RoleLine(origin=ORIGIN, cap="alert", start=0, until=4),
            )
        }
    ),
    "relay from above 0": first_lines(
        roles={
            (f"{HUB}/log/0", "relay"): (
                RoleLine(origin=f"{HUB}/log/0", cap="relay", start=1, until=None),
            )
        }
    ),
    "version 1 after another text": first_lines(previous_hash=bytes(32)),
    "version 2 after nothing": first_lines(version=2),
    "257 members": first_lines(
        members={
            **first_lines().members,
            **{f"m{number:03}.example": member(f"m{number:03}.example") for number in range(253)},
        }
    ),
}


@pytest.mark.parametrize("lines", BROKEN_RULES.values(), ids=BROKEN_RULES.keys())
def test_lines_that_break_a_rule_together_are_refused(lines):
    with pytest.raises(ProtocolError) as caught:
        parse_roster(render(lines))
    assert caught.value.code == "bad_request"


def test_one_founder_and_quorum_0_are_allowed_in_a_test_federation_only():
    alone = {
        "founders": founders(1),
        "threshold": 1,
        "quorum": 0,
        "hublog": note_key("demo.test/roster"),
    }
    assert parse_roster(render(first_lines(federation="demo.test", **alone))).quorum == 0
    with pytest.raises(ProtocolError):
        parse_roster(render(first_lines(**alone | {"hublog": note_key(f"{FEDERATION}/roster")})))


@pytest.mark.parametrize("k", [0, 2])
def test_a_test_federation_has_no_other_odd_threshold(k):
    lines = first_lines(
        federation="demo.test",
        hublog=note_key("demo.test/roster"),
        founders=founders(1),
        threshold=k,
    )
    with pytest.raises(ProtocolError):
        parse_roster(render(lines))


def test_every_cut_inside_a_line_of_a_roster_is_refused():
    whole = {TEXT[:at].encode() for at in range(len(TEXT)) if TEXT[:at].endswith("\n")}
    for text in set(cuts(TEXT.encode())) - whole:
        with pytest.raises(ProtocolError):
            parse_roster(text.decode())


def test_any_broken_text_is_refused_or_read_and_nothing_else():
    def parse(data):
        return parse_roster(data.decode(errors="replace"))

    assert refuses_or_returns(parse, [TEXT.encode()]) > 0


# ------------------------------------------------------------------ what a roster answers

ROTATED = parse_roster(render(with_ranges((0, 10), (10, 25))))


@pytest.mark.parametrize("size, line", [(0, 0), (1, 0), (10, 0), (11, 1), (25, 1)], ids=str)
def test_the_key_of_a_size_is_that_of_its_range(size, line):
    assert ROTATED.log_key(ORIGIN, size) == ROTATED.logs[ORIGIN][line].key


def test_no_key_signs_above_the_closing():
    with pytest.raises(BadSignatureError):
        ROTATED.log_key(ORIGIN, 26)


def test_an_unknown_log_has_no_key():
    with pytest.raises(UnknownLogError):
        ROSTER.log_key(origin_of("eve.example"), 1)


def test_the_roster_log_has_the_hublog_key():
    assert ROSTER.log_key(f"{FEDERATION}/roster", 1) == ROSTER.hublog


def test_entries_at_and_above_the_closing_are_void():
    assert [ROTATED.is_void(ORIGIN, index) for index in (0, 24, 25)] == [False, False, True]
    assert not ROSTER.is_void(ORIGIN, 2**40)
    assert (ROTATED.until(ORIGIN), ROSTER.until(ORIGIN)) == (25, None)


def test_a_capability_holds_from_its_first_index_up_to_its_last():
    lines = first_lines(
        roles={
            (ORIGIN, "alert"): (
                RoleLine(origin=ORIGIN, cap="alert", start=5, until=8),
                RoleLine(origin=ORIGIN, cap="alert", start=10, until=None),
            )
        }
    )
    roster = parse_roster(render(lines))
    held = [index for index in range(12) if roster.has_cap(ORIGIN, "alert", index)]
    assert held == [5, 6, 7, 10, 11]
    assert not roster.has_cap(ORIGIN, "practice", 5)


def test_the_open_log_of_an_organisation_is_found():
    assert ROSTER.open_origin(NORTH) == ORIGIN
    assert ROTATED.open_origin(NORTH) is None
    assert ROSTER.open_origin(HUB) is None
    assert ROSTER.origins() == (origin_of(NORTH), origin_of(EAST), origin_of(WEST))
    assert ROSTER.origins_of(EAST) == (origin_of(EAST),)


def test_relays_are_active_members_with_that_capability():
    assert ROSTER.relays() == (HUB,)


def test_a_member_and_its_keys_are_found():
    assert ROSTER.member(NORTH).status is Status.ACTIVE
    assert ROSTER.member("eve.example") is None
    assert ROSTER.is_active(NORTH)
    assert not ROSTER.is_active("eve.example")
    public = note_key(f"{NORTH}/r").public
    assert ROSTER.req_keys(NORTH) == {short_key_id(public): public}
    assert ROSTER.req_keys("eve.example") == {}
    assert ROSTER.kem(NORTH) == kem_line(NORTH)
    assert ROSTER.kem(HUB) is None


def test_pacing_has_a_default():
    limit = Limit(entries_per_day=10, bytes_per_day=20)
    roster = first_roster(limits={NORTH: limit})
    assert (roster.limit(NORTH), roster.limit(EAST)) == (limit, DEFAULT_LIMIT)


def test_a_roster_expires_at_its_last_second():
    assert not ROSTER.is_expired(ROSTER.expires - 1)
    assert ROSTER.is_expired(ROSTER.expires)


def cosignature(org, time):
    line = SignatureLine(name=f"{org}/w", key_id=bytes(4), signature=bytes(72))
    return Cosignature(org=org, time=time, line=line)


def test_a_log_is_witnessed_by_other_active_organisations_with_url_and_key():
    assert ROSTER.witness_orgs(ORIGIN) == {EAST, WEST, HUB}
    assert ROSTER.witness_orgs(f"{FEDERATION}/roster") == {NORTH, EAST, WEST, HUB}
    own = [cosignature(NORTH, 1), cosignature(EAST, 1)]
    assert not ROSTER.is_witnessed(ORIGIN, own)
    assert ROSTER.is_witnessed(ORIGIN, [*own, cosignature(HUB, 1)])
    strangers = [cosignature(f"s{number}.example", 1) for number in range(9)]
    assert not ROSTER.is_witnessed(ORIGIN, strangers)


def test_the_quorum_counts_organisations_and_not_lines():
    assert not ROSTER.is_witnessed(ORIGIN, [cosignature(EAST, 1), cosignature(EAST, 2)])


def test_the_age_is_the_qth_newest_cosignature():
    roster_log = f"{FEDERATION}/roster"
    given = [cosignature(NORTH, 30), cosignature(EAST, 20), cosignature(EAST, 25)]
    assert ROSTER.confirmed_at(roster_log, given) == 25
    assert ROSTER.confirmed_at(roster_log, given[:1]) is None
    assert ROSTER.confirmed_at(roster_log, [*given, cosignature(HUB, 40)]) == 30


def test_a_federation_named_like_a_member_does_not_lose_its_witness():
    roster = first_roster(federation=HUB, hublog=note_key(f"{HUB}/roster"))
    assert HUB in roster.witness_orgs(f"{HUB}/roster")


def test_the_leaf_of_a_roster_is_that_of_its_text():
    assert roster_log_leaf(TEXT) == leaf_hash(TEXT.encode())


def test_witness_keys_are_those_of_all_lines():
    assert set(ROSTER.witness_keys()) == {witness_key(org) for org in (NORTH, EAST, WEST, HUB)}
    assert len(FOUNDERS) == len(ROSTER.founders)
    assert isinstance(ROSTER.kems[NORTH], KemLine)
