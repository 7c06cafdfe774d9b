"""What may a third party conclude from a proof file, offline and without trusting the exporter?

Needed are the file, the roster notes from version 1 on, and version 1's fingerprint; no network.
The rules are those of docs/protocol.md section 10, "Portable proof file":

1. the chain of rosters is verified from the fingerprint on;
2. the newest version names the log's key and rights; the entry is in the tree that it signed;
3. each cosignature is judged by the last version issued not after the cosignature's time; the
   quorum is the largest of those versions;
4. content, if disclosed, is what the header commits to;
5. the officer's key is the one certified in the same log below the entry, as far as the carried
   proofs show; that no revocation lies between is excluded only if they cover every index between.

What fails is refused; what cannot be known from the file is said to be unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integra_protocol.checkpoint import CheckpointNote
from integra_protocol.content import Content
from integra_protocol.entry import Header
from integra_protocol.errors import BadBodyError, BadProofError, NoRoleError
from integra_protocol.keys import NoteKey
from integra_protocol.kinds import KINDS, check_header_rules
from integra_protocol.note import verify_lines
from integra_protocol.officers import OfficerLine, check_officer_signature, officer_line
from integra_protocol.proof import ProvenEntry, open_proof, parse_proof
from integra_protocol.roster import Roster
from integra_protocol.roster_trust import replay


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofVerdict:
    """What the file proves.

    The entry of ``header`` is unchanged at its index in the tree of ``size`` leaves with ``root``.

    ``witnessed_by`` gives each counting organisation's cosignature time (unix seconds); ``quorum``
    of them make ``is_witnessed``.  ``is_void`` says that the newest roster gives the entry no
    force: above the size at which the log was closed, or without the capability.

    ``content`` is None when the file does not disclose it.  ``officer`` is the pseudonym that the
    content names; ``certified_at`` the index of the certificate under which the signature was
    verified, None when the file carries none: then the signature is *not* verified.
    """

    header: Header
    size: int
    root: bytes
    witnessed_by: Mapping[str, int]
    quorum: int
    is_void: bool
    content: Content | None
    officer: str | None
    certified_at: int | None
    is_revocation_excluded: bool

    @property
    def is_witnessed(self) -> bool:
        """Return True when a quorum of other organisations has seen the signed tree."""
        return len(self.witnessed_by) >= self.quorum


def verify_proof(text: str, notes: Sequence[bytes], fingerprint: str) -> ProofVerdict:
    """Return what a proof file proves.

    Args:
        text: the file.
        notes: the signed roster notes of all versions, in order.
        fingerprint: hex SHA-256 of version 1's text, known from another source.

    Raises:
        ProtocolError: the file, a carried proof or the chain of rosters does not verify.
    """
    rosters = tuple(trusted.roster for trusted in replay(notes, fingerprint))  # 1
    newest = rosters[-1]
    proof = parse_proof(text)
    keys = _witness_keys(rosters)
    entry = open_proof(proof, newest, witness_keys=keys)  # 2, 4
    witnessed_by, quorum = _witnesses(entry.note, rosters)  # 3
    carried = [_carried(cert, entry.header, newest, keys) for cert in proof.certs]
    certified_at, is_excluded = _certificate(entry, carried)  # 5
    return ProofVerdict(
        header=entry.header,
        size=entry.note.checkpoint.size,
        root=entry.note.checkpoint.root,
        witnessed_by=witnessed_by,
        quorum=quorum,
        is_void=not _is_in_force(entry, newest),
        content=entry.content,
        officer=entry.content.officer if entry.content is not None else None,
        certified_at=certified_at,
        is_revocation_excluded=is_excluded,
    )


def _witness_keys(rosters: Sequence[Roster]) -> tuple[NoteKey, ...]:
    return tuple({key for roster in rosters for key in roster.witness_keys()})


def _witnesses(note: CheckpointNote, rosters: Sequence[Roster]) -> tuple[Mapping[str, int], int]:
    """Return who counts, with times, and the quorum that is asked."""
    origin, text = note.checkpoint.origin, note.checkpoint.text()
    counted: dict[str, int] = {}
    quorum = 0 if note.cosignatures else rosters[-1].quorum
    for cosignature in note.cosignatures:
        known = [roster for roster in rosters if roster.issued <= cosignature.time]
        if not known:
            quorum = max(quorum, rosters[0].quorum)
            continue
        roster = known[-1]
        quorum = max(quorum, roster.quorum)
        org = cosignature.org
        is_its_key = bool(verify_lines(text, (cosignature.line,), roster.witnesses.get(org, ())))
        if is_its_key and org in roster.witness_orgs(origin):
            counted[org] = cosignature.time
    return counted, quorum


def _is_in_force(entry: ProvenEntry, roster: Roster) -> bool:
    header, content = entry.header, entry.content

    def has_cap(cap: str) -> bool:
        return roster.has_cap(header.origin, cap, header.index)

    if roster.is_void(header.origin, header.index):
        return False
    try:
        check_header_rules(header, has_cap)
    except (NoRoleError, BadBodyError):
        return False
    rule = KINDS.get(content.kind) if content is not None else None
    return rule is None or not rule.caps or any(map(has_cap, rule.caps))


def _certificate(
    entry: ProvenEntry, carried: Sequence[tuple[int, OfficerLine | None]]
) -> tuple[int | None, bool]:
    """Return the index of the certificate, and whether no revocation can lie behind it."""
    content, index = entry.content, entry.header.index
    if content is None or content.officer is None or entry.salt is None:
        return None, False
    lines = [line for _, line in carried if line is not None]
    if not any(line.officer == content.officer and line.index < index for line in lines):
        return None, False
    certificate = check_officer_signature(entry.header, content, entry.salt, lines)
    if certificate is None:
        return None, False
    between = {at for at, _ in carried if certificate.index < at < index}
    return certificate.index, len(between) == index - certificate.index - 1


def _carried(
    text: str, header: Header, roster: Roster, witness_keys: tuple[NoteKey, ...]
) -> tuple[int, OfficerLine | None]:
    # Nothing is concluded from who cosigned it; but every line that is there has to be right.
    proof = parse_proof(text)
    if proof.certs:
        raise BadProofError("a carried proof carries no others")
    entry = open_proof(proof, roster, witness_keys=witness_keys)
    if entry.note.data != proof.note:
        raise BadProofError("a carried proof with signature lines that nobody knows")
    if entry.header.origin != header.origin:
        raise BadProofError("a carried proof is of another log")
    if entry.content is None:
        if entry.header.kind in {"officer", "officer-rev"}:
            raise BadProofError("a carried certificate has no content")
        return entry.header.index, None
    return entry.header.index, officer_line(entry.header, entry.content)
