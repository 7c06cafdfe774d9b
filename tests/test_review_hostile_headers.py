"""Does a leaf that one member fills with nonsense stay that member's own trouble?"""

import pytest

from handover_pair import counting_random, make_pair, send
from integra_node.actions import erasure, handover_contents, receiving, serving
from integra_node.actions.membership import CLOCK_CONTRADICTED
from integra_node.housekeeping import _told_time, clock_is_confirmed, mark_clock
from integra_node.store import partners, publications, rosters
from integra_protocol.batch import BatchEntry, BlobState
from integra_protocol.entry import Header
from members import NOW, make_us
from protocol_federation import SimLog

LIAR = "it-university/log/1"
DAY = 86_400


@pytest.fixture
def pair(tmp_path):
    return make_pair(tmp_path)


@pytest.fixture
def liar(pair):
    """Return a log that its owner fills as they like; the key is the one of the roster."""
    return SimLog(LIAR, liar_key())


def liar_key():
    return make_us("it-university", profile="knowledge", random=counting_random(3)).keys.log


def take(agency, batch, *, source="it-university", from_issuer=True):
    return agency.write(
        lambda tx: receiving.receive(
            tx, agency.us, batch, source=source, from_issuer=from_issuer, now=agency.now
        )
    )


def shown(header, blob=None):
    state = BlobState.PRESENT if blob else BlobState.ELSEWHERE
    return BatchEntry(header=header, blob=blob, wraps={}, state=state)


def header_at(origin, index, **changes):
    fields = {
        "audience": ("*",),
        "commitment": bytes(32),
        "blob_length": 40,
        "ciphertext_hash": None,
        "index": index,
        "kind": "note",
        "origin": origin,
        "targets": (),
        "time": NOW,
        "retention_end": NOW + DAY,
    }
    return Header(**{**fields, **changes}).encode()


def end_retention(agency, now):
    return agency.write(lambda tx: erasure.end_retention(tx, agency.us, now=now))


def test_retention_ends_although_a_member_has_published_an_unreadable_header(pair, liar):
    _, fr = pair
    liar.put(b"\xc1 no header at all", None)
    take(fr, liar.batch(entries=[shown(b"\xc1 no header at all")]))
    assert end_retention(fr, NOW + 1) == 1
    assert end_retention(fr, NOW + 2) == 0


def test_a_header_that_names_another_log_ends_nothing_of_that_log(pair, liar):
    pt, fr = pair
    _, received = send(pt, fr)
    row = fr.find(received)
    liar.cover(row.idx)
    stolen = header_at(row.origin, row.idx)
    liar.put(stolen, None)
    take(fr, liar.batch(entries=[shown(stolen)]))
    end_retention(fr, NOW + 2 * DAY)
    notice = fr.read(lambda tx: handover_contents.open_notice(tx, fr.us, fr.find(received)))
    assert notice.voice is not None


def test_a_log_with_an_unreadable_header_is_still_served(pair, liar):
    pt, fr = pair
    liar.put(b"\xc1 no header at all", None)
    take(fr, liar.batch(entries=[shown(b"\xc1 no header at all")]))
    wanted = serving.Wanted(
        origin=LIAR, start=0, max_leaves=512, caller=pt.us.org, view=serving.View.AUDIENCE
    )
    served = fr.read(lambda tx: serving.batch(tx, fr.us, rosters.current(tx), wanted))
    assert (served.end, served.entries) == (1, ())


def test_a_practice_from_a_far_future_is_listed_as_of_today(pair, liar):
    _, fr = pair
    liar.add("practice", time=2**52, retention_end=2**52 + DAY)
    take(fr, liar.batch())
    found = fr.read(lambda tx: publications.find(tx, LIAR, 0))
    assert found.publication.published_at == NOW + DAY


@pytest.mark.parametrize("told", [b"1e3", b"-1", b"true", b"9" * 20, b"253402300800"])
def test_a_time_that_no_clock_shows_is_no_answer(told):
    assert _told_time(b'{"v": 1, "time": %s}' % told) is None


@pytest.mark.parametrize("lie", [-(10**9), 10**9, 20 * DAY])
def test_one_of_two_partners_cannot_contradict_a_right_clock(pair, lie):
    _, fr = pair
    skews = {"pt-prison": 3, "it-university": lie}
    for org, skew in skews.items():
        fr.write(lambda tx, o=org, s=skew: partners.record_time(tx, o, told=NOW + s, now=NOW))
    fr.write(lambda tx: mark_clock(tx, NOW))
    assert fr.read(lambda tx: partners.setting_of(tx, CLOCK_CONTRADICTED)) is None


@pytest.mark.parametrize("lie", [-1100, 1100])
def test_one_of_two_partners_cannot_confirm_a_wrong_clock(pair, lie):
    _, fr = pair
    for org, skew in {"pt-prison": -lie, "it-university": lie}.items():
        fr.write(lambda tx, o=org, s=skew: partners.record_time(tx, o, told=NOW + s, now=NOW))
    assert not fr.read(lambda tx: clock_is_confirmed(tx, NOW))


def test_a_practice_in_a_language_that_is_none_and_a_huge_version_is_stored(pair, liar):
    _, fr = pair
    data = {"id": "p", "version": 2**52, "status": "published", "language": "\0" * 1_000}
    liar.add("practice", data)
    take(fr, liar.batch())
    found = fr.read(lambda tx: publications.find(tx, LIAR, 0)).publication
    assert (found.version, found.language, found.status) == (2**52, "und", "current")
