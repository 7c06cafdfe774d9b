"""The shelves follow what is published, through kills and wrong clocks, on both databases."""

import itertools

import pytest

import alert_agencies
from alert_agencies import one_agency
from door_site import DoorSite
from integra_node.actions import doors, shelving
from integra_node.actions.shelving import Run, next_second, take_up
from integra_node.doors import stix
from integra_node.rules.door import Shelf
from integra_node.store.doors import Stretch, progress
from members import FEDERATION


@pytest.fixture
def site(database, tmp_path):
    return DoorSite(agency=one_agency(database, tmp_path), url="")


def shown(site, shelf=Shelf.ALERTS_CLEAR, **wanted):
    """Return what readers see of a shelf, without its fixed objects."""
    kind = "practice" if shelf is Shelf.PRACTICES else "alert"
    stretch = Stretch(shelf=shelf, kinds=(kind,), **wanted)
    return site.agency.read(lambda tx: doors.page(tx, stretch)).shown


def titles(found):
    return [one.alert.title["en"] for one in found]


def run_at(site, at):
    return Run(federation=FEDERATION, at=at, fixed=stix.fixed())


def test_places_and_dates_rise_together_and_belong_to_one_shelf_alone(site):
    for number in range(4):
        site.alert(tlp="CLEAR", title={"en": f"n{number}"})
        site.alert(tlp="GREEN", title={"en": f"m{number}"})
        site.practice(number)
    site.shelve()
    for shelf, count in ((Shelf.ALERTS_CLEAR, 4), (Shelf.ALERTS_GREEN, 8), (Shelf.PRACTICES, 4)):
        found = shown(site, shelf)
        assert len(found) == count
        places = [(one.item.seq, one.item.added_us) for one in found]
        assert places == sorted(set(places))
        assert {b[0] - a[0] for a, b in itertools.pairwise(places)} == {1}


def test_a_second_that_was_shown_gets_nothing_more_even_when_the_clock_goes_back(site):
    site.alert(tlp="CLEAR", title={"en": "first"})
    site.shelve()
    site.agency.now -= 3_600
    alert_agencies.send(site.agency, alert_agencies.body(tlp="CLEAR", title={"en": "second"}))
    at = site.agency.read(lambda tx: next_second(tx, site.agency.now))
    assert site.agency.write(lambda tx: take_up(tx, run_at(site, at))) is False
    first, second = shown(site)
    assert second.item.added_at > first.item.added_at
    with pytest.raises(ValueError, match="never shown"):
        site.agency.write(lambda tx: take_up(tx, run_at(site, at)))


def test_what_a_killed_run_left_is_shown_under_the_second_of_the_next(site, monkeypatch):
    monkeypatch.setattr(shelving, "BATCH", 2)
    for number in range(5):
        site.alert(tlp="CLEAR", title={"en": f"n{number}"})
    at = site.agency.now + 1
    assert site.agency.write(lambda tx: take_up(tx, run_at(site, at))) is True  # and then killed
    assert shown(site) == ()
    assert site.agency.read(progress).at == 0
    site.agency.now += 10
    site.shelve()
    found = shown(site)
    assert sorted(titles(found)) == [f"n{number}" for number in range(5)]
    assert {one.item.added_at for one in found} == {site.agency.now}


def test_nothing_happens_twice_when_nothing_changed(site):
    made = site.alert(tlp="CLEAR", title={"en": "once"})
    site.shelve()
    before = shown(site)
    for _ in range(2):
        site.shelve()
    assert shown(site) == before
    alert_agencies.retract(site.agency, made.row.id, "false")
    site.shelve()
    [gone] = shown(site)
    assert gone.is_gone
    assert gone.item.seq > before[0].item.seq
    site.shelve()
    assert shown(site) == (gone,)


def test_two_alerts_never_share_an_identifier(site):
    named = {
        shelving.name_uuid(FEDERATION, kind, "org", item)
        for kind, item in (("alert", "a/2"), ("alert-2", "a"), ("alert", "a"), ("alert-2", "a/2"))
    }
    assert len(named) == 4
    assert shelving.name_uuid(FEDERATION, "alert", "org", "a") != shelving.name_uuid(
        "other.test", "alert", "org", "a"
    )


def test_a_stretch_is_cut_by_time_and_by_place(site):
    for number in range(3):
        site.alert(tlp="CLEAR", title={"en": f"n{number}"})
        site.shelve()
    first, second, third = (one.item for one in shown(site))
    assert titles(shown(site, since_us=second.added_us)) == ["n1", "n2"]
    assert titles(shown(site, until_us=second.added_us)) == ["n0", "n1"]
    assert titles(shown(site, since_us=third.added_us + 1)) == []
    assert titles(shown(site, until_us=first.added_us - 1)) == []
    assert titles(shown(site, after=first.seq, limit=1)) == ["n1"]
    assert titles(shown(site, after=third.seq, newest_first=True)) == ["n1", "n0"]
