"""Is it told how often an alert was seen elsewhere, in bands, and added up at its issuer?"""

import pytest

from alert_agencies import amber, make_three, read, send
from handover_pair import sync
from integra_node.actions import alert_answers
from integra_node.actions.alert_reading import Tally
from integra_node.rules.codes import codes_of
from integra_node.rules.problems import InvalidFieldsError
from integra_protocol.bodies import FEEDBACK_BANDS

WORDS = ("seen", "not-seen", "false")


@pytest.fixture
def three(tmp_path):
    agencies = make_three(tmp_path)
    sync(*agencies)
    yield agencies
    for agency in agencies:
        agency.database.close()


def say(agency, ref, what, band=""):
    staff = agency.people["ana"]
    return agency.write(
        lambda tx: alert_answers.give_feedback(
            tx, agency.us, ref, what, band=band, staff=staff, now=agency.now
        )
    )


@pytest.mark.parametrize("text", [None, amber("fr-probation", "it-university")])
def test_the_issuer_sees_how_many_say_what_and_how_often(three, text):
    pt, fr, uni = three
    done = send(pt, text)
    sync(*three)
    say(fr, done.ref, "seen", "5-9")
    say(uni, done.ref, "seen", "50+")
    sync(*three)
    view = read(pt, done.ref)
    assert view.tally(*WORDS) == (Tally(what="seen", orgs=2, bands=(("5-9", 1), ("50+", 1))),)
    fr.now = uni.now = pt.now = fr.now + 60
    say(uni, done.ref, "not-seen", "50+")
    say(fr, done.ref, "seen", "10-49")
    sync(*three)
    assert read(pt, done.ref).tally(*WORDS) == (
        Tally(what="seen", orgs=1, bands=(("10-49", 1),)),
        Tally(what="not-seen", orgs=1, bands=()),
    )


def test_a_band_beside_another_word_is_left_out_and_the_same_answer_is_given_once(three):
    pt, fr, _ = three
    done = send(pt)
    sync(*three)
    assert say(fr, done.ref, "false", "5-9").band is None
    first = say(fr, done.ref, "seen", "5-9")
    assert say(fr, done.ref, "seen", "5-9") == first
    assert say(fr, done.ref, "seen", "1-4").reply_idx > first.reply_idx


def test_another_band_than_those_of_the_list_is_refused(three):
    pt, fr, _ = three
    done = send(pt)
    sync(*three)
    with pytest.raises(InvalidFieldsError):
        say(fr, done.ref, "seen", "about seven")


def test_the_bands_of_the_list_are_those_of_the_wire():
    assert set(codes_of("count_band")) == FEEDBACK_BANDS
