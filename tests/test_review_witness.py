"""Can a log that was restored, or that lies, use a witness against the others?"""

import pytest

from handover_pair import counting_random, open_agency
from integra_node.actions import membership, own_log, receiving, witnessing
from integra_node.store import log, partners
from integra_protocol.checkpoint import cosign_checkpoint, peek_checkpoint
from integra_protocol.errors import RootMismatchError
from integra_protocol.follow import EvidenceFoundError
from integra_protocol.merkle import consistency_proof
from integra_protocol.witness import AddCheckpoint
from members import NOW, make_us
from protocol_federation import SimLog

ORIGIN = "it-university/log/1"


@pytest.fixture
def uni():
    return make_us("it-university", profile="knowledge", random=counting_random(3))


@pytest.fixture
def witness(tmp_path, uni):
    us = make_us("fr-probation", random=counting_random(2))
    return open_agency(tmp_path / "fr", us, us, uni)


def ask(witness, sim, old=0):
    proof = consistency_proof(old, sim.size, sim.read) if old else ()
    request = AddCheckpoint(old_size=old, proof=proof, note=sim.note())
    return witness.write(
        lambda tx: witnessing.cosign(tx, witness.us, request, fingerprint="", now=NOW)
    )


def told(witness):
    name = log.origin_hash(ORIGIN)
    return witness.read(lambda tx: witnessing.held_checkpoint(tx, witness.us, name))


def take(witness, batch):
    return witness.write(
        lambda tx: receiving.receive(
            tx, witness.us, batch, source="it-university", from_issuer=True, now=NOW
        )
    )


def held(witness):
    return witness.read(lambda tx: log.get(tx, ORIGIN))


def test_a_witness_tells_a_restored_issuer_of_what_it_cosigned_but_has_not_fetched(witness, uni):
    sim = SimLog(ORIGIN, uni.keys.log).cover(3)
    ask(witness, sim)
    assert peek_checkpoint(told(witness)).size == 3


def test_what_was_cosigned_must_be_met_by_the_leaves_that_come(witness, uni):
    sim = SimLog(ORIGIN, uni.keys.log).cover(3)
    ask(witness, sim)
    other = SimLog(ORIGIN, uni.keys.log).cover(5, salt="other")
    with pytest.raises(EvidenceFoundError):
        take(witness, other.batch())
    take(witness, sim.batch())
    assert (held(witness).note_size, held(witness).ahead_note) == (3, None)


@pytest.mark.parametrize("size", [2, 3], ids=["smaller", "equal"])
def test_a_witness_does_not_cosign_another_face_of_the_log_that_it_holds(witness, uni, size):
    take(witness, SimLog(ORIGIN, uni.keys.log).cover(3).batch())
    other = SimLog(ORIGIN, uni.keys.log).cover(size, salt="other")
    with pytest.raises(RootMismatchError):
        ask(witness, other)
    assert held(witness).witness_size is None


def test_a_witness_that_meets_its_own_cosignature_stands_by_it(witness, uni):
    sim = SimLog(ORIGIN, uni.keys.log).cover(4)
    key = witness.us.keys.witness
    line = cosign_checkpoint(sim.checkpoint(), witness.us.org, key, NOW)
    note = sim.note() + line.line.encode().encode()
    take(witness, sim.batch(note=note))
    assert (held(witness).witness_size, held(witness).witness_root) == (4, sim.root())


def test_one_witness_cannot_stop_us_with_a_time_from_the_future(tmp_path, uni):
    """The time that counts is that which a quorum has reached."""
    us = make_us("fr-probation", random=counting_random(2))
    agency = open_agency(tmp_path / "issuer", us, us, uni)
    head = SimLog(us.origin, us.keys.log).cover(1)
    agency.write(lambda tx: log.create(tx, origin=us.origin, org=us.org, now=NOW))
    line = cosign_checkpoint(head.checkpoint(), uni.org, uni.keys.witness, 2**40)
    agency.write(
        lambda tx: own_log.take_cosignatures(tx, us, head.note(), line.line.encode().encode())
    )
    assert agency.read(lambda tx: partners.setting_of(tx, membership.NEWEST_COSIGNATURE)) is None
