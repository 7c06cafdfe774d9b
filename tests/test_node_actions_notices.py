"""Is everybody who read a retracted alert told, once, without a word of what it said?"""

from dataclasses import replace

import pytest

from alert_agencies import CANARY, amber, body, make_three, read, red, retract, send, supersede
from handover_pair import sync
from integra_node.actions import alert_reading, alert_retractions, notices, officers
from integra_node.rules.notice_kinds import NOTICE_PATHS, NOTICE_TEXTS, NoticeKind
from integra_protocol.errors import NotFoundError
from members import NOW

WHY = "It was wrong: the sign is a football club."
KIND = NoticeKind.ALERT_RETRACTED


@pytest.fixture
def three(tmp_path):
    agencies = make_three(tmp_path)
    sync(*agencies)
    yield agencies
    for agency in agencies:
        agency.database.close()


def told(agency, username, *, unseen_only=True):
    staff = agency.people[username]
    return agency.read(lambda tx: notices.list_for(tx, unseen_only=unseen_only, staff=staff))


def confirm(agency, username, ref):
    staff = agency.people[username]
    return agency.write(
        lambda tx: notices.confirm(tx, KIND.value, ref, staff=staff, now=agency.now)
    )


@pytest.mark.parametrize("text", [None, amber("fr-probation")], ids=["green", "amber"])
def test_who_read_it_is_told_and_nobody_else(three, text):
    pt, fr, _ = three
    done = send(pt, text)
    sync(*three)
    read(fr, done.ref, "rui")
    read(pt, done.ref, "bea")
    taken = retract(pt, done.row.id, WHY)
    sync(*three)
    for agency, username in ((fr, "rui"), (pt, "bea")):
        (one,) = told(agency, username)
        assert (one.kind, one.ref, one.count) == ("alert_retracted", taken.ref, 1)
    assert told(fr, "ana") == ()
    assert CANARY not in str(told(fr, "rui"))


def test_who_only_printed_it_or_read_an_older_version_is_told_once(three):
    pt, fr, _ = three
    done = send(pt)
    sync(*three)
    staff = fr.people["ana"]
    fr.write(lambda tx: alert_reading.print_out(tx, fr.us, done.ref, staff=staff, now=NOW))
    again = supersede(pt, done.row.id, body(title={"en": "A better title"}))
    sync(*three)
    read(fr, again.ref, "ana")
    retract(pt, done.row.id, WHY)
    sync(*three)
    assert len(told(fr, "ana")) == 1


def test_a_retraction_says_which_alert_it_was_and_why_and_not_what_it_said(three):
    pt, fr, _ = three
    done = send(pt)
    sync(*three)
    read(fr, done.ref, "rui")
    taken = retract(pt, done.row.id, WHY)
    sync(*three)
    staff = fr.people["rui"]
    found = fr.read(lambda tx: alert_retractions.find(tx, fr.us, taken.ref, staff=staff))
    assert (found.org, found.reason, found.read_at) == ("pt-prison", WHY, fr.now)
    assert (found.type, found.severity) == ("recruitment_method", "high")
    assert CANARY not in str(found)
    old = fr.read(lambda tx: alert_retractions.find(tx, fr.us, done.ref, staff=staff))
    assert old is None


def test_who_may_no_longer_read_it_is_told_that_it_happened_and_not_why(three):
    pt, fr, _ = three
    named = fr.read(lambda tx: officers.state_of(tx, fr.people["ana"].account_id)).key.officer
    fr.people["ana"] = replace(fr.people["ana"], officer_id=named)
    done = send(pt, red("fr-probation", named))
    sync(*three)
    read(fr, done.ref, "ana")
    taken = retract(pt, done.row.id, WHY)
    sync(*three)
    fr.people["ana"] = replace(fr.people["ana"], officer_id=None)
    (one,) = told(fr, "ana")
    assert one.ref == taken.ref
    staff = fr.people["ana"]
    assert fr.read(lambda tx: alert_retractions.find(tx, fr.us, taken.ref, staff=staff)) is None


def test_a_message_stays_until_it_is_confirmed_and_does_not_come_back(three):
    pt, fr, _ = three
    done = send(pt)
    sync(*three)
    read(fr, done.ref, "rui")
    taken = retract(pt, done.row.id, WHY)
    sync(*three)
    confirm(fr, "rui", taken.ref)
    confirm(fr, "rui", taken.ref)
    fr.write(lambda tx: notices.tell(tx, [fr.people["rui"].account_id], KIND, taken.ref, now=NOW))
    assert told(fr, "rui") == ()
    assert [one.seen_at for one in told(fr, "rui", unseen_only=False)] == [fr.now]


def test_what_is_told_again_stands_anew_with_its_new_count(three):
    _, fr, _ = three
    account = [fr.people["rui"].account_id]
    fr.write(lambda tx: notices.tell(tx, account, KIND, "x~1~1", now=NOW, count=2))
    confirm(fr, "rui", "x~1~1")
    fr.write(lambda tx: notices.tell(tx, account, KIND, "x~1~1", now=NOW + 9, count=5, again=True))
    assert [(one.count, one.created_at) for one in told(fr, "rui")] == [(5, NOW + 9)]


def test_nobody_confirms_what_another_was_told(three):
    _, fr, _ = three
    fr.write(lambda tx: notices.tell(tx, [fr.people["rui"].account_id], KIND, "x~1~1", now=NOW))
    with pytest.raises(NotFoundError):
        confirm(fr, "ana", "x~1~1")


def test_a_notice_carries_no_text(three):
    _, fr, _ = three
    with pytest.raises(ValueError, match="a reference"):
        fr.write(lambda tx: notices.tell(tx, ["x"], KIND, "long " * 50, now=NOW))


def test_every_kind_has_a_text_and_a_place():
    assert set(NOTICE_TEXTS) == set(NoticeKind) == set(NOTICE_PATHS)
