"""Does python-tuf say yes and no to the same roster changes as we do?

Each random change of founders, threshold, version and signers is made twice: as a roster note and
as TUF root metadata (TUF specification 5.3).  Left out are the three places in which we are
stricter on purpose: threshold 1, one key under two names, and a bad signature beside good ones.
INTEGRA_FUZZ_SECONDS lengthens the run, INTEGRA_FUZZ_SEED repeats it.
"""

import json
import os
import random
import time
from dataclasses import replace

import pytest

from integra_protocol.errors import ProtocolError
from integra_protocol.roster_change import lines_of
from integra_protocol.roster_text import render, text_hash
from integra_protocol.roster_trust import TrustedRoster
from protocol_federation import fingerprint, first_roster, note_key, signed, signing_key

formats = pytest.importorskip("securesystemslib.formats", reason="python-tuf is not installed")
tuf_set = pytest.importorskip("tuf.ngclient._internal.trusted_metadata_set")
tuf_errors = pytest.importorskip("tuf.api.exceptions")
tuf_config = pytest.importorskip("tuf.ngclient.config")

NAMES = tuple(f"f{number}/founder" for number in range(7))
MUTATIONS = 2_000


def keyid(name):
    return signing_key(name).public.hex()


def tuf_root(version, founders, threshold, signers, *, expired):
    key = {"keytype": "ed25519", "scheme": "ed25519"}
    role = {"keyids": sorted(map(keyid, founders)), "threshold": threshold}
    body = {
        "_type": "root",
        "spec_version": "1.0.31",
        "version": version,
        "expires": "2001-01-01T00:00:00Z" if expired else "2101-01-01T00:00:00Z",
        "consistent_snapshot": True,
        "keys": {keyid(name): key | {"keyval": {"public": keyid(name)}} for name in founders},
        "roles": {"root": role}
        | {
            name: {"keyids": [keyid(founders[0])], "threshold": 1}
            for name in ("timestamp", "snapshot", "targets")
        },
    }
    message = formats.encode_canonical(body).encode()
    signatures = [
        {"keyid": keyid(name), "sig": signing_key(name).sign(message).hex()} for name in signers
    ]
    return json.dumps({"signed": body, "signatures": signatures}).encode()


class Both:
    """The same federation in both systems."""

    def __init__(self):
        self.founders, self.threshold = NAMES[:3], 2
        roster = first_roster(founders=tuple(map(note_key, self.founders)))
        self.ours = TrustedRoster.genesis(signed(roster.text, self.founders), fingerprint(roster))
        first = tuf_root(1, self.founders, 2, self.founders, expired=False)
        self.tuf = tuf_set.TrustedMetadataSet(first, tuf_config.EnvelopeType.METADATA)

    def offer(self, chance):
        """Offer one random change to both and return their verdicts."""
        founders = self.founders
        if chance.random() < 0.5:
            founders = tuple(chance.sample(NAMES, chance.randint(3, 5)))
        threshold = chance.choice([self.threshold, 2, 2, 3, 0, 4, 6])
        step = chance.choice([1, 1, 1, 1, 1, 1, 0, 2])
        signers = tuple(chance.sample(NAMES, chance.randint(1, len(NAMES))))
        change = (founders, threshold, step, signers, chance.random() < 0.2)
        ours, tuf = self._ours(*change), self._tuf(*change)
        if ours:
            self.founders, self.threshold = founders, threshold
        return change, ours, tuf

    def _ours(self, founders, threshold, step, signers, expired):
        held = self.ours.roster
        lines = replace(
            lines_of(held),
            version=held.version + step,
            previous_hash=text_hash(held.text),
            founders=tuple(map(note_key, founders)),
            threshold=threshold,
            issued=1 if expired else held.issued,
            expires=2 if expired else held.issued + 86_400,
        )
        try:
            self.ours = self.ours.accept(signed(render(lines), signers))
        except ProtocolError:
            return False
        return True

    def _tuf(self, founders, threshold, step, signers, expired):
        version = self.tuf.root.version + step
        data = tuf_root(version, founders, threshold, signers, expired=expired)
        try:
            self.tuf.update_root(data)
        except (tuf_errors.RepositoryError, ValueError):
            return False
        return True


def test_python_tuf_accepts_and_refuses_the_same_changes():
    chance = random.Random(int(os.environ.get("INTEGRA_FUZZ_SEED", "1")))
    end = time.monotonic() + float(os.environ.get("INTEGRA_FUZZ_SECONDS", "0"))
    verdicts = []
    both = Both()
    while len(verdicts) < MUTATIONS or time.monotonic() < end:
        change, ours, tuf = both.offer(chance)
        assert ours == tuf, change
        verdicts.append(ours)
    assert verdicts.count(True) > MUTATIONS // 10
    assert verdicts.count(False) > MUTATIONS // 10
