"""What does a handover say, and who has opened it? Sealed at rest, open only in memory.

A draft and the words of each step are sealed under the subject key of the notice; what was sent or
received is read through its entry.  When the key is thrown away nothing of it can be read again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from integra_node import vault
from integra_node.actions import opening
from integra_node.rules.handover_words import NO_WORDS, StepWords, stored_words, words_json
from integra_node.rules.notice import (
    EnvelopeView,
    Notice,
    ReceivedNotice,
    envelope_of,
    from_wire,
    notice_json,
    parse_envelope,
    parse_notice,
)
from integra_node.store import log, subject_keys
from integra_protocol.canonical import b64decode, b64encode
from integra_protocol.errors import BadCanonicalError, NotFoundError, ProtocolError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_node.store.handovers import Handover, Step

MAX_REFERENCE: Final = 80  # characters of a case reference
_ERASED: Final = 1


def seal_draft(
    tx: Tx,
    us: Us,
    handover_id: str,
    subject_id: int,
    notice: Notice,
    readers: Sequence[str] = (),
) -> bytes:
    """Return the sealed body of a draft, with the officers who alone may read a TLP:RED one."""
    body = {"notice": notice_json(notice), "readers": list(readers)}
    return _seal(tx, us, subject_id, _place("body", handover_id), body)


def seal_reference(tx: Tx, us: Us, handover_id: str, subject_id: int, reference: str) -> str:
    """Return a case reference as it is stored: sealed, in base64; empty stays empty."""
    if not reference:
        return ""
    return b64encode(_seal(tx, us, subject_id, _place("reference", handover_id), reference))


def seal_words(tx: Tx, us: Us, row: Handover, words: StepWords) -> bytes | None:
    """Return the sealed words of a step; None when there are none, or nothing may be kept."""
    if words == NO_WORDS or row.subject_id is None:
        return None
    return _seal(tx, us, row.subject_id, _place("words", row.id), words_json(words))


def open_reference(tx: Tx, us: Us, row: Handover) -> str:
    """Return the case reference, empty when there is none or it was erased."""
    if not row.case_reference or row.subject_id is None:
        return ""
    try:
        sealed = b64decode(row.case_reference)
        found = _open(tx, us, row.subject_id, _place("reference", row.id), sealed)
    except (NotFoundError, BadCanonicalError):
        return ""
    return str(found)


def open_words(tx: Tx, us: Us, row: Handover, step: Step) -> StepWords:
    """Return the words of a step, none when there are none or they were erased."""
    if step.note is None or row.subject_id is None:
        return NO_WORDS
    try:
        found = _open(tx, us, row.subject_id, _place("words", row.id), step.note)
        return stored_words(found) if isinstance(found, Mapping) else NO_WORDS
    except (NotFoundError, ProtocolError):
        return NO_WORDS


def open_notice(tx: Tx, us: Us, row: Handover) -> Notice:
    """Return the whole notice in memory; who may see it is decided by the caller.

    Raises:
        NotFoundError: it was erased, or its retention has ended.
    """
    if row.body is not None:
        notice, _ = _open_draft(tx, us, row, row.body)
        return notice
    return _open_entry(tx, us, row).notice


def readers_of(tx: Tx, us: Us, row: Handover) -> tuple[str, ...]:
    """Return the officers of the recipient who alone may read a TLP:RED notice; else empty.

    Raises:
        NotFoundError: it was erased, or its retention has ended.
    """
    if row.body is not None:
        _, readers = _open_draft(tx, us, row, row.body)
        return readers
    return _open_entry(tx, us, row).readers


def notice_if_held(tx: Tx, us: Us, row: Handover) -> Notice | None:
    """Return the notice in memory for a computation, None when it is gone."""
    try:
        return open_notice(tx, us, row)
    except (NotFoundError, ProtocolError):
        return None


def envelope_text(notice: Notice) -> str:
    """Return what may be stored in clear of a notice, as JSON."""
    return json.dumps(notice_json(envelope_of(notice)), ensure_ascii=False, sort_keys=True)


def open_envelope(row: Handover) -> EnvelopeView:
    """Return what may be shown of a handover before its identity is opened."""
    return parse_envelope(json.loads(row.envelope))


def purge(tx: Tx, row: Handover) -> None:
    """Delete the notice from this node for good: its content key, its blob, its wraps.

    The entry's header and leaf stay, so that the log still verifies.
    """
    if row.origin is None or row.idx is None:
        return
    held = log.find(tx, row.origin)
    if held is None:
        return
    unused = subject_keys.destroy_content_key(tx, held.id, row.idx)
    if unused is not None and unused != row.subject_id:
        subject_keys.destroy(tx, unused)
    log.erase_blobs(tx, held.id, [row.idx], _ERASED)


def _open_draft(tx: Tx, us: Us, row: Handover, body: bytes) -> tuple[Notice, tuple[str, ...]]:
    found = _open(tx, us, row.subject_id, _place("body", row.id), body)
    notice = found.get("notice") if isinstance(found, Mapping) else None
    readers = found.get("readers") if isinstance(found, Mapping) else None
    if not isinstance(notice, Mapping) or not isinstance(readers, list):
        raise NotFoundError("this can no longer be opened")
    return parse_notice(notice), tuple(str(one) for one in readers)


def _open_entry(tx: Tx, us: Us, row: Handover) -> ReceivedNotice:
    if row.origin is None or row.idx is None:
        raise NotFoundError("this was erased")
    _, content, _ = opening.read_stored(tx, us, row.origin, row.idx)
    return from_wire(content.data)


def _seal(tx: Tx, us: Us, subject_id: int, place: bytes, value: object) -> bytes:
    key = subject_keys.open_key(tx, subject_id, master=us.keys.master)
    data = json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
    return vault.seal(key, data, place, us.random)


def _open(tx: Tx, us: Us, subject_id: int | None, place: bytes, sealed: bytes) -> object:
    key = subject_keys.open_key(tx, subject_id, master=us.keys.master)
    found: object = json.loads(vault.unseal(key, sealed, place))
    return found


def _place(what: str, handover_id: str) -> bytes:
    return f"handover {what} {handover_id}".encode()
