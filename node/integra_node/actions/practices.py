"""How does a practice of our own go out: published by a second person, or withdrawn?

What was published stands in the log and is never changed, only followed by a newer version.  Each
function here is one transaction and one row or more in the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from integra_node.actions import practice_files, practice_words
from integra_node.actions.changed import check_etag
from integra_node.actions.incoming import Incoming
from integra_node.actions.practice_drafts import Step, begin, step_of
from integra_node.actions.practice_rows import (
    KIND,
    MAX_AT_ONCE,
    change,
    changed_to,
    find,
    read_reason,
    record,
    record_all,
)
from integra_node.actions.practices_received import apply_practices
from integra_node.actions.publishing import NewEntry, append_all
from integra_node.rules.alert_screening import NO_DECISIONS, parse_decisions
from integra_node.rules.permissions import Action
from integra_node.rules.practice import (
    PracticeEvent,
    PracticeState,
    PracticeStateError,
    edition,
    next_state,
    withdrawal_to_wire,
)
from integra_node.rules.practice_screening import is_given_back, problems_of_decisions
from integra_node.rules.problems import InvalidFieldsError, error, require_none
from integra_node.rules.retention import longest
from integra_node.store import drafts
from integra_node.store.drafts import Draft
from integra_protocol.canonical import decode_map
from integra_protocol.entry import EVERYONE
from integra_protocol.limits import MAX_CONTENT_CONTAINERS, MAX_CONTENT_DEPTH, MAX_DATA_BYTES

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_protocol.canonical import Value


def publish(
    tx: Tx,
    us: Us,
    practice_id: str,
    *,
    words: Mapping[str, object] = NO_DECISIONS,
    etag: int | None = None,
    staff: Staff,
    now: int,
) -> Draft:
    """Publish a submitted practice of somebody else to every member.

    ``words`` has a decision about each finding of the screening, by its id.  When one of them has
    to go the practice becomes a draft again with the decisions, and its author is told.

    Raises:
        InvalidFieldsError: nobody has decided about words that may point at a person.
        SecondPersonError: the person wrote it.
        NotAllowedError, NotFoundError, PracticeStateError, PreconditionFailedError: as ``edit``.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes no practice now.
    """
    step = begin(tx, practice_id, PracticeEvent.PUBLISH, etag=etag, staff=staff)
    decided, found = parse_decisions(words), practice_words.findings_of(step.held)
    if is_given_back(found, decided):
        return practice_words.give_back(tx, step.held, found, decided, staff, now)
    require_none(problems_of_decisions(found, decided))
    said = practice_words.said_of(found, decided)
    return _publish(tx, us, [step], said, staff=staff, now=now)[0]


def publish_all(
    tx: Tx, us: Us, practice_ids: Sequence[str], *, staff: Staff, now: int
) -> tuple[Draft, ...]:
    """Publish up to 500 submitted practices of others, all or none; order as given.

    Raises:
        SecondPersonError, NotAllowedError, NotFoundError, PracticeStateError: as ``publish``.
        InvalidFieldsError: too many, one twice, or one with words that may point at a person: about
            these somebody decides one by one.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes no practice now.
    """
    staff.require(Action.PUBLISH_PRACTICE)
    if len(practice_ids) > MAX_AT_ONCE:
        raise InvalidFieldsError([error("", "too_many", max=MAX_AT_ONCE)])
    if len(set(practice_ids)) != len(practice_ids):
        raise InvalidFieldsError([error("", "duplicate")])
    found = drafts.find_many(tx, practice_ids, for_update=True)
    steps = [step_of(found.get(one), PracticeEvent.PUBLISH, staff) for one in practice_ids]
    require_none(practice_words.undecided_in([step.held for step in steps]))
    return _publish(tx, us, steps, (), staff=staff, now=now) if steps else ()


def withdraw(
    tx: Tx,
    us: Us,
    practice_id: str,
    *,
    reason: str,
    etag: int | None = None,
    staff: Staff,
    now: int,
) -> Draft:
    """Withdraw what was published: a new version with a reason and without a body.

    ``practice_id`` is the local id or the ref of the newest version.

    Raises:
        NotAllowedError, NotFoundError, PracticeStateError, PreconditionFailedError: as ``edit``.
        InvalidFieldsError: no reason.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes no practice now.
    """
    staff.require(Action.WITHDRAW_PRACTICE)
    return _withdraw(tx, us, practice_id, reason=reason, etag=etag, actor=staff.account_id, now=now)


def withdraw_as_operator(
    tx: Tx, us: Us, practice_id: str, *, reason: str, actor: str, now: int
) -> Draft:
    """Withdraw at the machine's command line: the operator's act, audited.

    Raises:
        NotFoundError, PracticeStateError, InvalidFieldsError: as ``withdraw``.
    """
    return _withdraw(tx, us, practice_id, reason=reason, etag=None, actor=actor, now=now)


def append_texts(
    tx: Tx, us: Us, rows: Sequence[Draft], second: str, *, now: int
) -> tuple[Draft, ...]:
    """Append the texts that were handed in to our log and mark the rows as published."""
    files = practice_files.send_all(tx, us, rows, actor=second, now=now)
    data = [
        {**edition(_wire(row), row.id, row.version), **named}
        for row, named in zip(rows, files, strict=True)
    ]
    places = append_editions(tx, us, rows, data, now=now)
    changes: list[tuple[Draft, dict[str, object]]] = [
        (
            row,
            {
                "status": PracticeState.PUBLISHED.value,
                "second_id": second,
                "origin": origin,
                "idx": idx,
            },
        )
        for row, (origin, idx) in zip(rows, places, strict=True)
    ]
    drafts.change_all(tx, changes, now=now)
    return tuple(changed_to(row, row.etag + 1, now, values) for row, values in changes)


def _withdraw(
    tx: Tx, us: Us, practice_id: str, *, reason: str, etag: int | None, actor: str, now: int
) -> Draft:
    held = find(tx, practice_id)
    # The published version is withdrawn even while its successor is being written.
    standing = PracticeState.PUBLISHED if _is_published(held) else PracticeState(held.status)
    next_state(standing, PracticeEvent.WITHDRAW)
    check_etag(held.etag, etag)
    why = read_reason(reason, required=True)
    fresh = held.status in {PracticeState.PUBLISHED, PracticeState.DEPRECATED}
    version = held.version + 1 if fresh else held.version
    data = withdrawal_to_wire(held.id, version, why)
    [(origin, idx)] = append_editions(tx, us, [held], [data], now=now)
    practice_files.erase_sent(tx, us, held, actor=actor, now=now)
    after = change(
        tx,
        held,
        now=now,
        status=PracticeState.WITHDRAWN.value,
        version=version,
        reason=why,
        origin=origin,
        idx=idx,
    )
    record(tx, after, actor, now, op="disclose", event="withdrawn", justification=why)
    return after


def _is_published(held: Draft) -> bool:
    return held.idx is not None and held.status != PracticeState.WITHDRAWN


def _publish(
    tx: Tx, us: Us, steps: Sequence[Step], words: Sequence[str], *, staff: Staff, now: int
) -> tuple[Draft, ...]:
    rows = [step.held for step in steps]
    done = append_texts(tx, us, rows, staff.account_id, now=now)
    record_all(tx, done, staff.account_id, now, event="published", words=words)
    return done


def _wire(row: Draft) -> dict[str, Value]:
    """Return the text that was checked when it was handed in."""
    if row.wire is None:
        raise PracticeStateError("this was not handed in")
    return decode_map(
        row.wire,
        max_bytes=MAX_DATA_BYTES,
        max_containers=MAX_CONTENT_CONTAINERS,
        max_depth=MAX_CONTENT_DEPTH,
    )


def append_editions(
    tx: Tx, us: Us, rows: Sequence[Draft], data: Sequence[Mapping[str, Value]], *, now: int
) -> list[tuple[str, int]]:
    """Append versions to our log, apply them as any receiver will, and return where they stand."""
    news = [
        NewEntry(
            kind=KIND,
            data=one,
            audience=EVERYONE,
            retention_end=longest(now),
            targets=(row.idx,) if row.idx is not None and row.origin == us.origin else (),
        )
        for row, one in zip(rows, data, strict=True)
    ]
    done = append_all(tx, us, news, now=now)
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
        for one in done
    ]
    if incoming:
        apply_practices(tx, incoming)
    return [(one.ref.origin, one.ref.index) for one in done]
