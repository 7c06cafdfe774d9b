"""Versions side by side, at their owner and at partners, as far as their texts are still there."""

import pytest

from alert_agencies import make_three
from handover_pair import sync
from integra_node.actions import erasure, practice_drafts, practice_versions, practices
from integra_protocol.bodies import parse_ref
from integra_protocol.errors import NotFoundError
from test_node_actions_family import finish, publish


@pytest.fixture
def two_versions(tmp_path):
    """Return pt and fr, and a practice of pt in two versions."""
    pt, fr, uni = make_three(tmp_path)
    first = publish(pt, region="Norte")
    second = finish(pt, begin(pt, first), region="Sul", failures={"pt": "Saíram cedo."})
    sync(pt, fr)
    yield pt, fr, (first, second)
    for agency in (pt, fr, uni):
        agency.database.close()


def begin(agency, ref):
    ana = agency.people["ana"]
    return agency.write(
        lambda tx: practice_drafts.begin_version(tx, ref, staff=ana, now=agency.now)
    )


def look(agency, ref, who="rui", **chosen):
    staff = agency.people[who]
    return agency.read(
        lambda tx: practice_versions.changes(tx, agency.us, ref, staff=staff, **chosen)
    )


def test_the_last_two_versions_are_compared_at_every_partner_from_either(two_versions):
    pt, fr, (first, second) = two_versions
    for agency in (pt, fr):
        for ref in (first, second):
            found = look(agency, ref)
            assert (found.before, found.after) == (first, second)
            assert [one.path for one in found.found] == ["region", "failures"]


def test_a_reader_chooses_which_versions(two_versions):
    pt, fr, (first, second) = two_versions
    third = finish(pt, begin(pt, second), region="Norte")
    sync(pt, fr)
    found = look(fr, third, before=first, after=third)
    assert [one.path for one in found.found] == ["failures"]
    back = look(fr, third, before=third, after=first)
    assert [one.path for one in back.found] == ["failures"]


def test_another_practice_is_no_version(two_versions):
    pt, _, (_, second) = two_versions
    other = publish(pt)
    for chosen in ({"before": other}, {"after": other}, {"after": "x"}):
        with pytest.raises(NotFoundError):
            look(pt, second, **chosen)
    assert look(pt, other).found is None


def test_an_erased_version_is_not_compared_any_more(two_versions):
    pt, fr, (first, second) = two_versions
    pt.write(
        lambda tx: erasure.erase(tx, pt.us, [parse_ref(first).index], actor="operator", now=pt.now)
    )
    sync(pt, fr)
    for agency in (pt, fr):
        found = look(agency, second)
        assert (found.found, [one.ref for one in found.versions]) == (None, [second])
        with pytest.raises(NotFoundError):
            look(agency, second, before=first)


def test_after_a_withdrawal_no_text_is_shown_beside_another(two_versions):
    pt, fr, (first, second) = two_versions
    ana = pt.people["ana"]
    pt.write(lambda tx: practices.withdraw(tx, pt.us, second, reason="x", staff=ana, now=pt.now))
    sync(pt, fr)
    for agency in (pt, fr):
        found = look(agency, second, before=first, after=second)
        assert (found.found, found.versions) == (None, ())


def test_a_draft_is_compared_with_what_is_published_by_those_who_write(two_versions):
    pt, _, (_, second) = two_versions
    row, ana = begin(pt, second), pt.people["ana"]

    def draft_changes(who):
        staff = pt.people[who]
        return pt.read(
            lambda tx: practice_versions.changes_of_draft(tx, pt.us, row.id, staff=staff)
        )

    assert draft_changes("ana").found == ()
    body = practice_body(row) | {"region": "Centro"}
    pt.write(lambda tx: practice_drafts.edit(tx, row.id, body, etag=None, staff=ana, now=pt.now))
    assert [one.path for one in draft_changes("bea").found] == ["region"]
    with pytest.raises(NotFoundError):
        draft_changes("rui")


def practice_body(row):
    from integra_node.actions.practice_rows import body_json

    return body_json(row)
