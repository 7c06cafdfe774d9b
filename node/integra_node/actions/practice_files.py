"""Which files come with a practice: put to a draft, sent in parts, put together, taken out?

The parts are entries before the practice that names them (docs/protocol.md section 4).  A file is
given to readers only when all its parts are here and together have its hash.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from integra_node.actions import library
from integra_node.actions.erasure import erase
from integra_node.actions.files_received import apply_parts
from integra_node.actions.incoming import Incoming
from integra_node.actions.opening import read_stored
from integra_node.actions.practice_drafts import NotAuthorError, begin
from integra_node.actions.practice_lists import read_own
from integra_node.actions.practice_rows import change, record
from integra_node.actions.publishing import NewEntry, append_all
from integra_node.rules.attachment import FIELD, MAX_BYTES, clean_name, media_of
from integra_node.rules.practice import PracticeEvent
from integra_node.rules.problems import InvalidFieldsError, error
from integra_node.rules.retention import longest
from integra_node.store import attachments, log
from integra_node.store.attachments import DraftFile
from integra_protocol.bodies import parse_files, parse_part, parts_of
from integra_protocol.entry import EVERYONE
from integra_protocol.errors import NotFoundError
from integra_protocol.limits import MAX_PART_BYTES, MAX_PARTS, MAX_TARGETS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integra_node.actions.library import Published
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_node.store.drafts import Draft
    from integra_protocol.canonical import Value

State = Literal["here", "arriving", "gone"]
_HEX_CHARS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that a published version names; ``digest`` is its SHA-256 in hexadecimal."""

    digest: str
    name: str
    media: str
    size: int
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A file for somebody to keep."""

    name: str
    media: str
    data: bytes


def add(
    tx: Tx,
    practice_id: str,
    name: str,
    data: bytes,
    *,
    etag: int | None = None,
    staff: Staff,
    now: int,
) -> Draft:
    """Put a file to a draft.

    Raises:
        NotAllowedError, NotFoundError, PracticeStateError, PreconditionFailedError: as ``edit``.
        InvalidFieldsError: it may not travel, is there already, or there is no more room.
    """
    step = begin(tx, practice_id, PracticeEvent.EDIT, etag=etag, staff=staff)
    _require_author(step.held, staff)
    media, called = media_of(name, data), clean_name(name)
    held = attachments.of_draft(tx, step.held.id)
    digest = hashlib.sha256(data).digest()
    if any(one.digest == digest for one in held):
        raise InvalidFieldsError([error(FIELD, "duplicate")])
    if sum(parts_of(one.size) for one in held) + parts_of(len(data)) > MAX_PARTS:
        raise InvalidFieldsError([error(FIELD, "files_too_large", max=MAX_BYTES // 2**20)])
    row = DraftFile(
        draft_id=step.held.id,
        digest=digest,
        name=called,
        media=media,
        size=len(data),
        added_at=now,
    )
    attachments.add(tx, row, data)
    after = change(tx, step.held, now=now)
    record(tx, after, staff.account_id, now, event="file_added")
    return after


def remove(
    tx: Tx, practice_id: str, digest: str, *, etag: int | None = None, staff: Staff, now: int
) -> Draft:
    """Take a file away from a draft.

    Raises:
        NotAllowedError, NotFoundError, PracticeStateError, PreconditionFailedError: as ``edit``.
    """
    step = begin(tx, practice_id, PracticeEvent.EDIT, etag=etag, staff=staff)
    _require_author(step.held, staff)
    if not attachments.remove(tx, step.held.id, _digest(digest)):
        raise NotFoundError("there is no such file")
    after = change(tx, step.held, now=now)
    record(tx, after, staff.account_id, now, event="file_removed")
    return after


def of_draft(tx: Tx, practice_id: str) -> tuple[DraftFile, ...]:
    """Return the files of a practice of ours; whoever calls has read the practice."""
    return tuple(attachments.of_draft(tx, practice_id))


def of_published(tx: Tx, us: Us, found: Published) -> tuple[Attached, ...]:
    """Return the files that a published version names, as far as they are here."""
    if found.body is None or found.mark.status == "withdrawn":
        return ()
    _, content, _ = read_stored(tx, us, found.origin, found.index)
    missing: State = "arriving" if found.mark.status == "current" else "gone"
    return tuple(
        Attached(
            digest=one.file_hash.hex(),
            name=one.name,
            media=one.media,
            size=one.size,
            state="here" if _joined(tx, us, found, one.file_hash, one.size) else missing,
        )
        for one in parse_files(content)
    )


def take_out(tx: Tx, us: Us, practice_id: str, digest: str, *, staff: Staff) -> Given:
    """Return a file of a published version by its ref, or of a practice of ours by its id.

    Raises:
        NotAllowedError: the person does not read practices.
        NotFoundError: there is none, or not all of it is here, or its parts have another hash.
    """
    wanted = _digest(digest)
    if "~" not in practice_id:
        own = read_own(tx, practice_id, staff=staff)
        data = attachments.data_of_draft(tx, own.id, wanted)
        kept = {one.digest: one for one in attachments.of_draft(tx, own.id)}
        if data is None:
            raise NotFoundError("there is no such file")
        return Given(name=kept[wanted].name, media=kept[wanted].media, data=data)
    found = library.read_published(tx, us, practice_id, staff=staff)
    named = {one.digest: one for one in of_published(tx, us, found)}
    one = named.get(wanted.hex())
    data = _joined(tx, us, found, wanted, one.size) if one else b""
    if one is None or not data:
        raise NotFoundError("there is no such file, or not all of it is here")
    return Given(name=one.name, media=one.media, data=data)


def send_all(
    tx: Tx, us: Us, rows: Sequence[Draft], *, actor: str, now: int
) -> list[Mapping[str, Value]]:
    """Append the parts of the files of practices; return what each practice says of them.

    What was sent with former versions is erased everywhere.
    """
    ids = [row.id for row in rows]
    having, sent = attachments.drafts_with_files(tx, ids), attachments.drafts_sent(tx, ids)
    for row in rows:
        if row.id in sent:
            erase_sent(tx, us, row, actor=actor, now=now)
    return [_send(tx, us, row, now) if row.id in having else {} for row in rows]


def _send(tx: Tx, us: Us, row: Draft, now: int) -> dict[str, Value]:
    held = attachments.of_draft(tx, row.id)
    for one in held:
        data = attachments.data_of_draft(tx, row.id, one.digest)
        if data is None:
            raise NotFoundError("there is no such file")
        _append(tx, us, row, one.digest, data, now)
    files: list[Value] = [
        {"f": one.digest, "name": one.name, "media": one.media, "size": one.size} for one in held
    ]
    return {"files": files} if files else {}


def erase_sent(tx: Tx, us: Us, row: Draft, *, actor: str, now: int) -> None:
    """Erase everywhere the parts that were sent with former versions of a practice."""
    own = log.find(tx, us.origin)
    places = attachments.sent_with(tx, own.id, row.id) if own else []
    for start in range(0, len(places), MAX_TARGETS):
        erase(tx, us, places[start : start + MAX_TARGETS], actor=actor, now=now)


def _append(tx: Tx, us: Us, row: Draft, digest: bytes, data: bytes, now: int) -> None:
    count = parts_of(len(data))
    news = [
        NewEntry(
            kind="part",
            data={
                "f": digest,
                "n": number,
                "of": count,
                "b": data[number * MAX_PART_BYTES : (number + 1) * MAX_PART_BYTES],
            },
            audience=EVERYONE,
            retention_end=longest(now),
        )
        for number in range(count)
    ]
    incoming = [
        Incoming(
            log_id=one.log_id,
            origin=one.ref.origin,
            org=us.org,
            header=one.header,
            content=one.content,
            subject_id=None,
            now=now,
        )
        for one in append_all(tx, us, news, now=now)
    ]
    apply_parts(tx, incoming, row.id)


def _joined(tx: Tx, us: Us, found: Published, digest: bytes, size: int) -> bytes:
    """Return the parts of a file one after the other, empty unless they are that file.

    Of two parts with one number the later one counts.
    """
    held = attachments.parts_held(tx, log.get(tx, found.origin).id, digest, found.index)
    places = {one.number: one.idx for one in held}
    if sorted(places) != list(range(parts_of(size))):
        return b""
    contents = (read_stored(tx, us, found.origin, places[number])[1] for number in sorted(places))
    data = b"".join(parse_part(content).data for content in contents)
    return data if len(data) == size and hashlib.sha256(data).digest() == digest else b""


def _digest(text: str) -> bytes:
    if len(text) != _HEX_CHARS:
        raise NotFoundError("there is no such file")
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise NotFoundError("there is no such file") from None


def _require_author(held: Draft, staff: Staff) -> None:
    if held.author_id != staff.account_id:
        raise NotAuthorError("only its author changes a draft")
