"""Officers: the latest line below an index decides, and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integra_protocol.bodies import parse_officer
from integra_protocol.errors import BadBodyError, InputError
from integra_protocol.officers import (
    OfficerLine,
    certify,
    check_certificate,
    check_officer_signature,
    key_at,
    officer_line,
)
from protocol_entries import EAST, NORTH, OFFICER_KEY, REQ_KEY, SALT, make_body, make_header


def line(index: int, officer: str = "4711", public: bytes | None = OFFICER_KEY.public):
    return OfficerLine(index=index, officer=officer, public=public)


CERT = parse_officer(make_body("officer", certify(NORTH, "4711", "supervisor", OFFICER_KEY))[0])


def test_a_certificate_is_good_for_its_own_organisation() -> None:
    check_certificate(NORTH, CERT)


FORGERIES = {
    "another organisation": (EAST, {}),
    "another officer": (NORTH, {"id": "4712"}),
    "another key": (NORTH, {"public": REQ_KEY.public}),
    "another signature": (NORTH, {"osig_self": bytes(64)}),
    "a key of small order": (NORTH, {"public": b"\1" + bytes(31)}),
    "a key off the curve": (NORTH, {"public": b"\2" + bytes(31)}),
}


@pytest.mark.parametrize("org, change", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_certificate_is_refused_for(org, change) -> None:
    with pytest.raises(BadBodyError) as caught:
        check_certificate(org, replace(CERT, **change))
    assert caught.value.why == "bad-officer"


def test_the_role_is_information_and_not_signed() -> None:
    check_certificate(NORTH, replace(CERT, role="another"))


@pytest.mark.parametrize(
    "officer, role",
    [("Jane Doe", "supervisor"), ("", "supervisor"), ("4711", ""), ("4711", "x" * 129)],
)
def test_nobody_is_certified_as(officer, role) -> None:
    with pytest.raises(InputError):
        certify(NORTH, officer, role, OFFICER_KEY)


LINES = [line(2), line(5, public=None), line(8, public=REQ_KEY.public), line(3, "4712")]


@pytest.mark.parametrize(
    "index, expected",
    [(0, None), (2, None), (3, 2), (5, 2), (6, None), (8, None), (9, 8), (99, 8)],
)
def test_the_latest_line_below_the_index_counts(index, expected) -> None:
    found = key_at(LINES, "4711", index)
    assert (found.index if found else None) == expected


def test_an_unknown_officer_has_no_key() -> None:
    assert key_at(LINES, "4713", 99) is None


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), unique_by=lambda pair: pair[0]))
def test_the_order_of_lines_does_not_matter(pairs) -> None:
    lines = [line(index, public=OFFICER_KEY.public if on else None) for index, on in pairs]
    for index in range(22):
        by_order = [one for one in sorted(lines, key=lambda one: one.index) if one.index < index]
        expected = by_order[-1] if by_order and by_order[-1].public else None
        assert key_at(lines, "4711", index) == key_at(reversed(lines), "4711", index) == expected


def test_a_signature_counts_from_the_entry_after_the_certificate() -> None:
    content, _ = make_body("practice", {}, signed=True)
    assert check_officer_signature(make_header(index=3), content, SALT, LINES) == line(2)


SIGNATURES = {
    "before the certificate": {"index": 2},
    "after the revocation": {"index": 6},
    "after another key": {"index": 9},
    "to another audience": {"index": 3, "audience": (EAST,)},
}


@pytest.mark.parametrize("change", SIGNATURES.values(), ids=SIGNATURES.keys())
def test_a_signature_does_not_count(change) -> None:
    content, _ = make_body("practice", {}, signed=True)
    with pytest.raises(BadBodyError) as caught:
        check_officer_signature(make_header(**change), content, SALT, LINES)
    assert caught.value.why == "bad-officer"


def test_no_signature_is_nobodys_word() -> None:
    content, _ = make_body("practice", {})
    assert check_officer_signature(make_header(), content, SALT, []) is None


def test_an_officer_entry_adds_a_line() -> None:
    content, _ = make_body("officer", certify(NORTH, "4711", "supervisor", OFFICER_KEY))
    assert officer_line(make_header(kind="officer"), content) == line(7)


def test_a_revocation_adds_a_line_without_key() -> None:
    content, _ = make_body("officer-rev", {"id": "4711", "why": "left"})
    assert officer_line(make_header(kind="officer-rev"), content) == line(7, public=None)


def test_every_other_kind_adds_no_line() -> None:
    content, _ = make_body("directory", {})
    assert officer_line(make_header(kind="directory"), content) is None


def test_a_certificate_of_another_organisation_adds_no_line() -> None:
    content, _ = make_body("officer", certify(EAST, "4711", "supervisor", OFFICER_KEY))
    with pytest.raises(BadBodyError):
        officer_line(make_header(kind="officer"), content)
