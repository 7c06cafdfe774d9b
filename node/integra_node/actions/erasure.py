"""How is something erased everywhere, and how do we know that it is?

docs/protocol.md section 8: the issuer's ``erase`` is unconditional.  In the transaction that
applies it the holder deletes blob, wraps, keys and whatever was made of them, keeps header and
leaf, and, where the audience is a list, appends ``ack``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.actions.incoming import Incoming
from integra_node.actions.membership import may_ever_append
from integra_node.actions.opening import read_stored
from integra_node.actions.publishing import Appended, NewEntry, append
from integra_node.store import attachments, audit, erasures, log, rosters, subject_keys
from integra_protocol.bodies import parse_ack, parse_erase, parse_receipt
from integra_protocol.entry import EVERYONE, parse_header
from integra_protocol.errors import InputError, NotFoundError, ProtocolError
from integra_protocol.kinds import NOT_ERASABLE
from integra_protocol.limits import MAX_RETENTION_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from integra_node.actions.us import Us
    from integra_node.store.database import Tx

_ERASED, _ENDED = 1, 2


def erase(
    tx: Tx, us: Us, indexes: Sequence[int], *, actor: str, why: str | None = None, now: int
) -> Appended:
    """Erase entries of our own log, all for the same audience, here and at every holder.

    Raises:
        NotFoundError: one of them is not in our log.
        InputError: they are for different audiences, or of a kind that cannot be erased.
    """
    held = log.get(tx, us.origin, for_update=True)
    audiences = {_erasable_audience(tx, held.id, index) for index in indexes}
    if len(audiences) != 1:
        raise InputError("entries for different audiences are erased one by one")
    (audience,) = audiences
    data: dict[str, str] = {"o": us.origin}
    if why is not None and audience == EVERYONE:
        data["why"] = why
    new = NewEntry(
        kind="erase",
        data=data,
        audience=audience,
        retention_end=now + MAX_RETENTION_S,
        targets=tuple(sorted(indexes)),
    )
    answers = _own_answers(tx, us, us.origin, indexes)
    appended = append(tx, us, new, now=now)
    _delete(tx, us, us.origin, held.id, indexes)
    if audience != EVERYONE:
        erasures.ask(tx, held.id, appended.ref.index, audience, now=now)
    places = ",".join(str(i) for i in indexes)
    audit.record(tx, now=now, actor=actor, op="erase", object=f"{us.origin} {places}")
    for index in answers:
        erase(tx, us, [index], actor=actor, now=now)
    return appended


def apply_erases(tx: Tx, us: Us, incoming: Sequence[Incoming]) -> None:
    """Obey the ``erase`` of another member: delete, then answer where the audience is a list."""
    for one in incoming:
        if one.org == us.org:
            continue
        target_origin = parse_erase(one.content).origin
        target = log.find(tx, target_origin)
        answers = _own_answers(tx, us, target_origin, one.header.targets)
        if target is not None:
            _delete(tx, us, target_origin, target.id, _own_targets(tx, target.id, one))
        if us.org in one.header.audience and may_ever_append(rosters.current(tx), us):
            _acknowledge(tx, us, one)
            for index in answers:
                erase(tx, us, [index], actor=one.org, now=one.now)
        audit.record(
            tx,
            now=one.now,
            actor=one.org,
            op="erase",
            object=f"{target_origin} {','.join(str(i) for i in one.header.targets)}",
        )


def apply_acks(tx: Tx, us: Us, incoming: Sequence[Incoming]) -> None:
    """Remember that a holder has erased."""
    for one in incoming:
        erased = parse_ack(one.content)
        own = log.find(tx, us.origin)
        if own is not None and erased.origin == us.origin:
            erasures.answer(tx, own.id, erased.index, one.org, ack_index=one.index, now=one.now)


def apply_receipts(tx: Tx, _us: Us, incoming: Sequence[Incoming]) -> None:
    """Note what a holder says it did after a withdrawal of consent."""
    for one in incoming:
        receipt = parse_receipt(one.content)
        audit.record(
            tx,
            now=one.now,
            actor=one.org,
            op="receive",
            object=f"{receipt.target.origin} {receipt.target.index}",
            details={"receipt": receipt.what},
        )


def end_retention(tx: Tx, us: Us, *, now: int, limit: int = 500) -> int:
    """Erase what has reached its retention end; return how many entries that were.

    The caller has made sure that the local clock can be trusted (section 8, last rule).
    """
    ended = log.ended_entries(tx, now, limit)
    for row in ended:
        # Not the origin that the header claims: its author may have named somebody else's log.
        origin = log.find_by_id(tx, row.log_id).origin
        _delete(tx, us, origin, row.log_id, [row.index], state=_ENDED)
    if ended:
        audit.record(tx, now=now, actor="retention", op="erase", details={"entries": len(ended)})
    return len(ended)


def _erasable_audience(tx: Tx, log_id: int, index: int) -> tuple[str, ...]:
    row = log.find_entry(tx, log_id, index)
    if row is None:
        raise NotFoundError("there is no such entry in our log")
    if row.kind in NOT_ERASABLE:
        raise InputError(f"an entry of kind {row.kind} cannot be erased")
    return parse_header(row.header).audience


def _own_targets(tx: Tx, log_id: int, one: Incoming) -> list[int]:
    """Return the targets that this ``erase`` may name: of equal audience and erasable."""
    found = []
    for index in one.header.targets:
        row = log.find_entry(tx, log_id, index)
        if row is None or row.kind in NOT_ERASABLE:
            continue
        if parse_header(row.header).audience == one.header.audience:
            found.append(index)
    return found


def _own_answers(tx: Tx, us: Us, origin: str, targets: Sequence[int]) -> list[int]:
    """Return what we wrote about entries and have to erase with them: replies, receipts, feedback.

    It is asked for before the entries are deleted, because their key opens the answers too.
    """
    found = []
    for index in erasures.own_answers(tx, origin, targets):
        try:
            _, content, _ = read_stored(tx, us, us.origin, index)
        except (NotFoundError, ProtocolError):
            continue
        # The table knows indexes only: another epoch of our log may have others there.
        if content.data.get("o") == origin and content.data.get("i") in targets:
            found.append(index)
    return found


def _acknowledge(tx: Tx, us: Us, one: Incoming) -> None:
    ack = NewEntry(
        kind="ack",
        data={"o": one.origin, "i": one.index},
        audience=(one.org,),
        retention_end=one.now + MAX_RETENTION_S,
    )
    append(tx, us, ack, now=one.now)


def _delete(
    tx: Tx, _us: Us, origin: str, log_id: int, indexes: Iterable[int], state: int = _ERASED
) -> None:
    wanted = list(indexes)
    for subject_id in erasures.orphaned_subjects(tx, origin, wanted):
        subject_keys.destroy(tx, subject_id)
    for index in wanted:
        unused = subject_keys.destroy_content_key(tx, log_id, index)
        if unused is not None:
            subject_keys.destroy(tx, unused)
    log.erase_blobs(tx, log_id, wanted, state)
    attachments.drop_parts(tx, log_id, wanted)
    erasures.drop_publications(tx, log_id, wanted, "erased" if state == _ERASED else "expired")
