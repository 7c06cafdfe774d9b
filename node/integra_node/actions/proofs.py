"""How does somebody take the proof of an entry out of the node, for a court or a supervisory body?

The file stands on its own (docs/protocol.md section 10, *Portable proof file*).  What is sealed is
disclosed in it only to who may read it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.actions import alert_reading, handover_views
from integra_node.actions.opening import read_stored
from integra_node.actions.serving import proof_file
from integra_node.rules.handover import ReasonNeededError
from integra_node.rules.permissions import Action
from integra_node.store import audit, handovers, log, rosters
from integra_protocol.bodies import RED, EntryRef, format_ref, parse_reply
from integra_protocol.canonical import encode
from integra_protocol.entry import parse_header
from integra_protocol.errors import ConflictError, NotAllowedError, NotFoundError
from integra_protocol.officers import key_at
from integra_protocol.proof import ProofFile, encode_proof

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_node.store.log import LogRow
    from integra_protocol.content import Content
    from integra_protocol.entry import Header


class NotWitnessedError(ConflictError):
    """No quorum of other members has cosigned a checkpoint over this entry yet."""

    code = "not_witnessed"


def export_proof(
    tx: Tx, us: Us, ref: EntryRef, *, staff: Staff, now: int, unwitnessed: bool = False
) -> str:
    """Return the portable proof of an entry that this organisation may see; it is audited.

    An alert that was retracted is proven without its text, which only who reads the audit log
    takes out.

    Raises:
        NotAllowedError: the actor exports no proofs.
        NotFoundError: no such entry here, or it is for others.
        NotWitnessedError: it is not witnessed yet, and a proof without witnesses was not asked for.
    """
    staff.require(Action.EXPORT_PROOF)
    held = log.find(tx, ref.origin)
    row = log.find_entry(tx, held.id, ref.index) if held else None
    if held is None or row is None or row.mark is not None:
        raise NotFoundError
    header = parse_header(row.header)
    if not (held.org == us.org or header.is_for(us.org)):
        raise NotFoundError
    _check_covered(tx, held, ref.index, unwitnessed=unwitnessed)
    bare = alert_reading.is_taken_back(tx, ref.origin, ref.index)
    bare = bare and not staff.may(Action.READ_AUDIT)
    opened = _opened(tx, us, header, staff, now) if not bare else None
    proof = proof_file(tx, held, row)
    disclosed = opened is not None and header.sealed
    text = encode_proof(
        ProofFile(
            index=proof.index,
            hashes=proof.hashes,
            note=proof.note,
            header=proof.header,
            blob=proof.blob if not bare else None,
            opening=_opening(*opened) if opened is not None and disclosed else None,
            certs=_certs(tx, held, opened[1], ref.index) if opened is not None else (),
        )
    )
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op="print_export",
        object=f"{ref.origin} {ref.index}",
        details={"format": "proof", "opened": disclosed},
    )
    return text


def _check_covered(tx: Tx, held: LogRow, index: int, *, unwitnessed: bool) -> None:
    if held.note is None or index >= held.note_size:
        raise NotWitnessedError("not signed yet")
    enough = index < held.witnessed_size or rosters.current(tx).quorum == 0
    if not enough and not unwitnessed:
        raise NotWitnessedError("not witnessed yet")


def _opened(tx: Tx, us: Us, header: Header, staff: Staff, now: int) -> tuple[bytes, Content] | None:
    """Return salt and content if the actor may read them; None leaves the entry sealed."""
    try:
        _, content, salt = read_stored(tx, us, header.origin, header.index)
    except NotFoundError:
        return None
    if header.sealed and not _may_read(tx, us, header, content, staff, now):
        return None
    return salt, content


def _may_read(tx: Tx, us: Us, header: Header, content: Content, staff: Staff, now: int) -> bool:
    target = EntryRef(origin=header.origin, index=header.index)
    if content.data.get("tlp") == RED:
        return False  # never exported (docs/protocol.md section 4, TLP)
    if content.kind == "alert":
        return _may_see_alert(tx, us, target, staff)
    if content.kind == "reply":
        target = parse_reply(content).target
    row = handovers.find_by_entry(tx, target.origin, target.index)
    if row is None:
        return False
    try:
        handover_views.read_notice(tx, us, row.id, staff=staff, now=now)
    except (NotAllowedError, NotFoundError, ConflictError, ReasonNeededError):
        return False
    return True


def _may_see_alert(tx: Tx, us: Us, ref: EntryRef, staff: Staff) -> bool:
    try:
        alert_reading.visible(tx, us, format_ref(ref), staff=staff)
    except (NotAllowedError, NotFoundError):
        return False
    return True


def _opening(salt: bytes, content: Content) -> bytes:
    return salt + encode([content.kind, content.data_bytes, content.officer, content.osig])


def _certs(tx: Tx, held: LogRow, content: Content, index: int) -> tuple[str, ...]:
    """Return the proof of the certificate that counts for the officer's signature."""
    if content.officer is None:
        return ()
    line = key_at(log.officer_lines(tx, held.id, content.officer), content.officer, index)
    row = log.find_entry(tx, held.id, line.index) if line is not None else None
    return (encode_proof(proof_file(tx, held, row)),) if row is not None else ()
