"""Is each person shown the new alerts of their settings, regions and severities, and never fewer to read?"""

import pytest

from alert_agencies import amber, body, listed, make_three, read, red, retract, send
from handover_pair import sync
from integra_node.actions import alert_interests, alert_reading, notices, officers
from integra_node.rules.alert_interest import Interest, parse_interest, region_keys, wider
from integra_node.rules.problems import InvalidFieldsError
from integra_node.store import accounts, mailboxes
from integra_node.store.alerts import Wanted
from integra_node.store.mailboxes import Mailbox
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


def write_to(agency, *usernames, now=NOW):
    for username in usernames:
        box = Mailbox(
            account_id=agency.people[username].account_id,
            address=f"{username}@agency.example",
            delivery="at_once",
            hour=8,
            told_until=now,
            next_at=now,
            failures=0,
            trouble="",
        )
        agency.write(lambda tx, box=box: mailboxes.save(tx, box))


def to_be_mailed(agency, now):
    return {
        agency.read(lambda tx, one=one: accounts.by_id(tx, one.mailbox.account_id)).username: (
            one.count
        )
        for one in agency.read(lambda tx: mailboxes.owed(tx, now=now, settled=now, limit=50))
    }


def test_who_wants_mail_is_written_to_about_what_interests_them_or_has_to_be_acknowledged(three):
    fr = three[1]
    write_to(fr, "ana", "rui", now=NOW - 1)
    for username in ("ana", "rui", "bea"):
        choose(fr, username, settings=["community"])
    publish(
        three,
        ("other", {"settings": ["prison"]}),
        ("duty", {"settings": ["prison"], "severity": "high"}),
        ("mine", {"settings": ["community"]}),
    )
    assert to_be_mailed(fr, NOW + 60) == {"ana": 2, "rui": 1}
    staff = fr.people["rui"]
    assert fr.read(lambda tx: notices.list_for(tx, unseen_only=True, staff=staff)) == ()


def test_what_was_read_or_replaced_is_not_written_about(three):
    pt, fr, _ = three
    write_to(fr, "ana", "rui", now=NOW - 1)
    done = send(pt)
    sync(*three)
    assert to_be_mailed(fr, NOW + 60) == {"ana": 1, "rui": 1}
    read(fr, done.ref, "rui")
    assert to_be_mailed(fr, NOW + 60) == {"ana": 1}
    retract(pt, done.row.id, "It was wrong.")
    sync(*three)
    assert to_be_mailed(fr, NOW + 60) == {"rui": 1}  # of the retraction: rui had read it


def test_a_red_alert_is_written_about_to_the_officers_named_only(three):
    pt, fr, _ = three
    named = fr.read(lambda tx: officers.state_of(tx, fr.people["ana"].account_id)).key.officer
    write_to(fr, "ana", "bea", "rui", now=NOW - 1)
    send(pt, red("fr-probation", named))
    sync(*three)
    assert to_be_mailed(fr, NOW + 60) == {"ana": 1}


def test_nobody_is_written_to_about_history(three):
    pt, fr, _ = three
    write_to(fr, "rui", now=NOW - 1)
    send(pt)
    fr.now = NOW + 8 * 86_400
    sync(*three)
    assert to_be_mailed(fr, fr.now + 60) == {}


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
