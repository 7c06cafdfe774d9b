"""Is each person shown the new alerts of their settings, regions and severities, and never fewer to read?"""

import pytest

from alert_agencies import amber, body, listed, make_three, send
from handover_pair import sync
from integra_node.actions import alert_interests, alert_reading
from integra_node.rules.alert_interest import Interest, parse_interest, region_keys, wider
from integra_node.rules.problems import InvalidFieldsError
from integra_node.store.alerts import Wanted
from members import NOW


@pytest.fixture
def three(tmp_path):
    agencies = make_three(tmp_path)
    sync(*agencies)
    yield agencies
    for agency in agencies:
        agency.database.close()


def choose(agency, username="rui", **chosen):
    staff, interest = agency.people[username], parse_interest(chosen)
    agency.write(lambda tx: alert_interests.save(tx, interest, staff=staff, now=NOW))


def shown(agency, username="rui"):
    """Return the titles of what is new for somebody, checked against the count."""
    staff, us = agency.people[username], agency.us

    def load(tx):
        waiting = alert_reading.waiting_of(tx, staff)
        wanted = Wanted(statuses=("current",), waiting=waiting)
        found = alert_reading.list_for(tx, us, wanted, staff=staff)
        assert alert_reading.count_waiting(tx, us, staff=staff) == len(found)
        return found

    return sorted(one.title for one in agency.read(load))


def publish(three, *alerts):
    pt = three[0]
    for title, changes in alerts:
        send(pt, body(title={"en": title}, **{"severity": "low", "ack_required": False, **changes}))
    sync(*three)


@pytest.mark.parametrize(
    "chosen, expected",
    [
        ({}, ["all", "critical", "lisbon", "pt", "school"]),
        ({"settings": ["prison"]}, ["all", "critical", "lisbon", "pt"]),
        ({"settings": ["community"]}, ["critical", "school"]),
        ({"regions": ["PT"]}, ["all", "critical", "lisbon", "pt", "school"]),
        ({"regions": ["pt-17"]}, ["all", "critical", "pt", "school"]),
        ({"regions": ["FR"]}, ["all", "critical", "school"]),
        ({"regions": ["all"]}, ["all", "critical", "lisbon", "pt", "school"]),
        ({"min_severity": "high"}, ["critical"]),
    ],
)
def test_new_alerts_are_those_of_interest_and_critical_ones(three, chosen, expected):
    fr = three[1]
    publish(
        three,
        ("all", {"settings": ["prison"], "regions": ["all"]}),
        ("pt", {"settings": ["prison"], "regions": ["PT"]}),
        ("lisbon", {"settings": ["prison"], "regions": ["PT-11"]}),
        ("school", {"settings": ["community"], "regions": ["all"]}),
        (
            "critical",
            {"settings": ["probation"], "severity": "critical", "expires_at": "2026-10-01"},
        ),
    )
    choose(fr, **chosen)
    assert shown(fr) == expected
    assert len(listed(fr)) == 5  # an interest never narrows what may be read


def test_what_has_to_be_acknowledged_waits_for_who_can_do_it_whatever_they_chose(three):
    fr = three[1]
    publish(three, ("duty", {"settings": ["community"], "severity": "medium"}))
    for username in ("ana", "rui"):
        choose(fr, username, settings=["prison"])
    assert shown(fr, "ana") == ["duty"]
    assert shown(fr, "rui") == []


def test_a_sealed_alert_is_of_interest_to_every_setting_and_leaves_no_word_of_its_own(three):
    pt, fr, _ = three
    send(pt, amber("fr-probation", title={"en": "sealed"}, regions=["Zanzibar-region"]))
    sync(*three)
    choose(fr, regions=["PT"], settings=["community"])
    assert shown(fr) == ["sealed"]
    for agency in three:
        assert b"zanzibar" not in agency.files().lower()


def test_regions_are_compared_without_case_and_accents():
    assert region_keys(["Île-de-France ", "PT-11"]) == ("ile-de-france", "pt-11")
    assert region_keys(["PT", "All"]) == ()
    assert wider("pt-11-a") == ("pt", "pt-11", "pt-11-a")


def test_severities_below_the_chosen_one_are_of_no_interest_and_critical_always_is():
    assert Interest().uninteresting == ()
    assert parse_interest({"min_severity": "medium"}).uninteresting == ("info", "low")
    assert "critical" not in parse_interest({"min_severity": "critical"}).uninteresting


@pytest.mark.parametrize(
    "wrong",
    [
        {"settings": ["moon"]},
        {"min_severity": "huge"},
        {"regions": ["x" * 81]},
        {"regions": [f"r{n}" for n in range(61)]},
        {"colour": "red"},
    ],
)
def test_what_breaks_a_rule_is_refused(wrong):
    with pytest.raises(InvalidFieldsError):
        parse_interest(wrong)
