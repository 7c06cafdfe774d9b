"""Does a body that came late, twice or by another way take effect exactly once?"""

from dataclasses import replace

import pytest

from handover_pair import PIN, give, make_pair, take_batch
from integra_node.actions import erasure, receiving, serving
from integra_node.federation.context import Federation
from integra_node.federation.peers import Answer
from integra_node.federation.refetching import Refetching
from integra_node.store import log
from integra_protocol.entry import parse_header
from integra_protocol.errors import BadBodyError, BadProofError

RELAY = "it-university"


@pytest.fixture
def pair(tmp_path):
    return make_pair(tmp_path)


@pytest.fixture
def notice(pair):
    """A notice that pt-prison has sent: the batch with it, and its index."""
    pt, fr = pair
    row = pt.draft("author")
    pt.do(row.id, "submit", "author")
    pt.do(row.id, "approve", "head")
    pt.do(row.id, "send", "colleague", pin=PIN)
    return take_batch(pt, fr), pt.find(row.id).idx


def relay(batch, fr):
    """Let fr-probation receive a batch that somebody else than the issuer gave."""
    return fr.write(
        lambda tx: receiving.receive(tx, fr.us, batch, source=RELAY, from_issuer=False, now=fr.now)
    )


def proof_of(pt, index, caller="fr-probation"):
    return pt.read(lambda tx: serving.proof(tx, pt.us.origin, index, caller=caller))


def fetch(fr, pt, index, text, source="pt-prison"):
    return fr.write(
        lambda tx: receiving.receive_blob(
            tx, fr.us, pt.us.origin, index, text, source=source, now=fr.now
        )
    )


def entry(fr, pt, index):
    held = fr.read(lambda tx: log.get(tx, pt.us.origin))
    return fr.read(lambda tx: log.find_entry(tx, held.id, index))


def size(agency):
    held = agency.read(lambda tx: log.find(tx, agency.us.origin))
    return held.size


def without(batch, index, **changes):
    """Return the batch in which one entry is changed, or with no change left out."""
    kept = []
    for one in batch.entries:
        if parse_header(one.header).index != index:
            kept.append(one)
        elif changes:
            kept.append(replace(one, **changes))
    return replace(batch, entries=tuple(kept))


def test_a_notice_relayed_without_its_wrap_arrives_once_when_the_issuer_is_asked(pair, notice):
    pt, fr = pair
    batch, index = notice
    before = size(fr)
    relay(without(batch, index, wraps={}), fr)
    assert (entry(fr, pt, index).state, fr.inbox()) == (3, ())
    assert give(batch, pt, fr).new_entries == 1
    assert (entry(fr, pt, index).state, len(fr.inbox()), size(fr)) == (0, 1, before + 1)
    assert give(batch, pt, fr).late
    assert not fetch(fr, pt, index, proof_of(pt, index))
    assert (len(fr.inbox()), size(fr)) == (1, before + 1)


def test_a_body_that_nobody_gave_comes_by_its_proof_and_takes_effect_once(pair, notice):
    pt, fr = pair
    batch, index = notice
    give(without(batch, index, blob=None, wraps={}, state=3), pt, fr)
    before = size(fr)
    assert fetch(fr, pt, index, proof_of(pt, index))
    assert not fetch(fr, pt, index, proof_of(pt, index))
    assert (len(fr.inbox()), size(fr)) == (1, before + 1)


def test_a_proof_with_another_entry_or_another_body_is_refused(pair, notice):
    pt, fr = pair
    batch, index = notice
    give(without(batch, index, blob=None, wraps={}, state=3), pt, fr)
    with pytest.raises(BadProofError):
        fetch(fr, pt, index, proof_of(pt, 0), source=RELAY)
    proof = receiving.parse_proof(proof_of(pt, index))
    spoiled = bytes([proof.blob[0] ^ 1]) + proof.blob[1:]
    text = serving.encode_proof(replace(proof, blob=spoiled))
    with pytest.raises(BadBodyError):
        fetch(fr, pt, index, text, source=RELAY)
    assert (entry(fr, pt, index).state, fr.inbox()) == (3, ())


def test_a_body_held_back_until_after_its_erasure_is_not_taken(pair, notice):
    pt, fr = pair
    batch, index = notice
    proof = proof_of(pt, index)
    pt.write(lambda tx: erasure.erase(tx, pt.us, [index], actor="author", now=pt.now))
    later = take_batch(pt, fr)
    relay(without(later, index), fr)
    full = replace(later, entries=(*batch.entries, later.entries[-1]))
    give(full, pt, fr)
    assert (entry(fr, pt, index).state, entry(fr, pt, index).blob, fr.inbox()) == (1, None, ())
    assert not fetch(fr, pt, index, proof)


def test_a_relay_that_hides_a_certificate_spoils_nothing(pair, notice):
    pt, fr = pair
    batch, index = notice
    before = size(fr)
    clear = [parse_header(one.header).index for one in batch.entries][:-1]
    hidden = batch
    for at in clear:
        hidden = without(hidden, at)
    relay(hidden, fr)
    assert (entry(fr, pt, index).state, entry(fr, pt, index).mark, size(fr)) == (3, None, before)
    give(batch, pt, fr)
    assert (len(fr.inbox()), size(fr)) == (1, before + 1)


class Sources:
    """Members that answer for a proof; ``given`` holds what each says."""

    def __init__(self, **given):
        self.given = {org.replace("_", "-"): text for org, text in given.items()}
        self.asked = []

    async def call(self, _roster, org, _method, path, **_how):
        self.asked.append((org, path))
        text = self.given.get(org)
        status = 404 if text is None else 200
        return Answer(status=status, body=text or b"", media="", detail={})


async def test_a_missing_body_is_asked_for_until_an_honest_source_has_it(pair, notice):
    pt, fr = pair
    batch, index = notice
    give(without(batch, index, blob=None, wraps={}, state=3), pt, fr)
    sources = Sources(pt_prison=b"\xff no proof", it_university=proof_of(pt, index).encode())
    context = Federation(us=fr.us, database=fr.database, clock=lambda: fr.now, peers=sources)
    refetching = Refetching(context)
    assert await refetching.round() == 1
    assert [org for org, _ in sources.asked] == ["pt-prison", "it-university"]
    assert len(fr.inbox()) == 1
    assert await refetching.round() == 0
