"""Which single flipped bytes of a proof file go unnoticed? Each one is tried.

A flip counts as accepted when the verdict still says what it said of the whole file.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from integra_node.cli.log import read_rosters
from integra_protocol.errors import IntegraError
from integra_protocol.proof import parse_proof
from integra_protocol.proof_verdict import ProofVerdict, verify_proof
from integra_protocol.roster_text import text_hash
from integra_protocol.roster_trust import parse_roster_note


def flip_every_byte(proofs: list[Path], rosters: Path) -> None:
    """Flip the lowest bit of every byte of every file; print what is accepted, by name."""
    notes = read_rosters(rosters)
    fingerprint = text_hash(parse_roster_note(notes[0]).text).hex()
    for path in proofs:
        data = path.read_bytes()
        whole = _verdict(data, notes, fingerprint)
        accepted = [
            at
            for at in range(len(data))
            if _same(_verdict(_flipped(data, at), notes, fingerprint), whole)
        ]
        names = Counter(_name(data, at) for at in accepted)
        print(f"{path.name}: {len(data)} bytes flipped, accepted: {dict(names) or 'none'}")
        assert not accepted or set(names) <= {"wrap"}, names


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _verdict(data: bytes, notes: tuple[bytes, ...], fingerprint: str) -> ProofVerdict | None:
    try:
        found = verify_proof(data.decode(), notes, fingerprint)
    except (IntegraError, UnicodeDecodeError):
        return None
    return found if found.is_witnessed and not found.is_void else None


def _same(found: ProofVerdict | None, whole: ProofVerdict | None) -> bool:
    return found is not None and found == whole


def _name(data: bytes, at: int) -> str:
    """Return where in the file a byte lies."""
    head, _, _ = data.partition(b"\n\n")
    if at >= len(head):
        return "checkpoint"
    line = data.count(b"\n", 0, at)
    if line != 1:
        return ("title", "extra", "index")[line] if line < 3 else "hash"
    proof = parse_proof(data.decode())
    return "wrap" if proof.wrap is not None and re.search(rb"extra ", data) else "extra"
