"""Can one member fill our disk, stop our cosignatures, or hide that it knows more of our log?"""

import pytest

from handover_pair import counting_random, open_agency
from integra_node.actions import own_log, publishing, receiving
from integra_node.actions.serving import View
from integra_node.federation.admission import PACED_BATCH_EVERY_S, Admission
from integra_node.federation.context import Federation
from integra_node.federation.cosigning import Cosigning
from integra_node.federation.peers import Answer
from integra_node.federation.pushing import Pushing
from integra_node.store import partners, rosters
from integra_protocol.errors import RateError, UnavailableError
from members import NOW, make_us
from protocol_federation import SimLog

ORIGIN = "it-university/log/1"


class Answers:
    """Partners that answer as they like."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    async def call(self, _roster, org, method, path, **_how):
        self.asked.append((org, method, path))
        status, body, detail = self.answers[method]
        return Answer(status=status, body=body, media="", detail=detail)


@pytest.fixture
def uni():
    return make_us("it-university", profile="knowledge", random=counting_random(3))


@pytest.fixture
def fr(tmp_path, uni):
    us = make_us("fr-probation", random=counting_random(2))
    agency = open_agency(tmp_path / "fr", us, us, uni)
    new = publishing.NewEntry(
        kind="directory", data={"units": 1}, audience=("*",), retention_end=NOW + 86_400
    )
    agency.write(lambda tx: publishing.append(tx, us, new, now=NOW))
    agency.write(lambda tx: own_log.sign_head(tx, us))
    return agency


def federation(fr, peers):
    return Federation(us=fr.us, database=fr.database, clock=lambda: NOW, peers=peers)


def is_behind(fr):
    return fr.read(own_log.is_behind)


def test_leaves_of_entries_for_others_count_as_well(fr, uni):
    sim = SimLog(ORIGIN, uni.keys.log).cover(300)
    fr.write(
        lambda tx: receiving.receive(
            tx, fr.us, sim.batch(), source="it-university", from_issuer=True, now=NOW
        )
    )
    assert fr.read(lambda tx: partners.amount(tx, ORIGIN, now=NOW)) == (300, 300 * 32)


def test_above_its_daily_amount_a_log_pushes_one_batch_an_hour():
    admission = Admission()
    admission.count_paced(ORIGIN, 0.0)
    with pytest.raises(RateError):
        admission.count_paced(ORIGIN, PACED_BATCH_EVERY_S - 1.0)
    admission.count_paced(ORIGIN, float(PACED_BATCH_EVERY_S))


@pytest.mark.parametrize("size", [b"9" * 5_000, b"-1", b"1e9", b""])
async def test_a_witness_that_answers_with_a_strange_size_stops_nobody(fr, size):
    peers = Answers(POST=(409, size, {}))
    roster = fr.read(rosters.current)
    assert await Cosigning(federation(fr, peers))._ask(roster, "it-university") is None
    assert not is_behind(fr)


async def test_a_witness_that_stands_above_us_is_asked_for_the_note_that_proves_it(fr):
    ours = SimLog(fr.us.origin, fr.us.keys.log).cover(5)
    peers = Answers(POST=(409, b"5\n", {}), GET=(200, ours.note(), {}))
    await Cosigning(federation(fr, peers))._ask(fr.read(rosters.current), "it-university")
    assert is_behind(fr)


async def test_a_claim_without_our_signature_does_not_stop_us(fr, uni):
    liar = SimLog(fr.us.origin, uni.keys.log).cover(5)
    peers = Answers(POST=(409, b"5\n", {}), GET=(200, liar.note(), {}))
    await Cosigning(federation(fr, peers))._ask(fr.read(rosters.current), "it-university")
    assert not is_behind(fr)


async def test_a_relay_that_holds_more_of_our_log_than_we_do_is_believed_with_proof(fr):
    ours = SimLog(fr.us.origin, fr.us.keys.log).cover(5)
    peers = Answers(POST=(409, b"", {"size": 5}), GET=(200, ours.note(), {}))
    with pytest.raises(UnavailableError):
        await Pushing(federation(fr, peers))._push_once("it-university", View.EVERYTHING)
    assert is_behind(fr)


@pytest.mark.parametrize("size", [-1, 10**30, "5", None, True])
async def test_a_relay_that_names_a_strange_size_is_left_alone_for_a_while(fr, size):
    peers = Answers(POST=(409, b"", {"size": size}), GET=(404, b"", {}))
    with pytest.raises(UnavailableError):
        await Pushing(federation(fr, peers))._push_once("it-university", View.EVERYTHING)
    assert not is_behind(fr)
