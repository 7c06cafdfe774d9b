"""How does a practice of our own come to be: written, submitted, published by a second person?

One row of ``draft`` is one practice for life.  Its body is the working text; what was published
stands in the log and is never changed, only followed by a newer version.  Each function here is one
transaction and one row or more in the audit log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from integra_node.actions import library
from integra_node.actions.changed import check_etag
from integra_node.actions.incoming import Incoming
from integra_node.actions.practices_received import apply_practices
from integra_node.actions.publishing import NewEntry, append_all
from integra_node.rules.fields import Body, Paragraph
from integra_node.rules.permissions import Action, require_second_person
from integra_node.rules.practice import (
    Practice,
    PracticeEvent,
    PracticeState,
    PracticeStateError,
    PracticeTransition,
    edition,
    next_state,
    parse_practice,
    practice_json,
    problems_before_submit,
    withdrawal_to_wire,
)
from integra_node.rules.problems import InvalidFieldsError, Problem, error, require_none
from integra_node.rules.retention import longest
from integra_node.rules.wire import read_entered, to_value
from integra_node.store import audit, drafts
from integra_node.store.drafts import Draft
from integra_protocol.bodies import EntryRef, format_ref, parse_ref
from integra_protocol.canonical import decode_map, encode
from integra_protocol.entry import EVERYONE
from integra_protocol.errors import BadBodyError, NotAllowedError, NotFoundError
from integra_protocol.limits import MAX_CONTENT_CONTAINERS, MAX_CONTENT_DEPTH, MAX_DATA_BYTES

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.rules.wire import Json
    from integra_node.store.database import Tx
    from integra_protocol.canonical import Value

KIND: Final = "practice"
ID_BYTES: Final = 16
MAX_AT_ONCE: Final = 500
MAX_SOURCE: Final = 128  # characters


_OF_THE_ORIGINAL: Final = frozenset(
    {
        "contact_role",
        "cost",
        "emmie",
        "evidence",
        "failures",
        "lineage",
        "region",
        "running",
        "since",
        "translations",
        "until",
    }
)


class NotAuthorError(NotAllowedError):
    """Only the person who writes a draft changes it."""

    code = "not_author"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did; ``ref`` names the newest version in the log."""

    id: str
    ref: str
    version: int
    outcome: Literal["new", "changed", "unchanged"]


class _Reason(Body):
    reason: Paragraph


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    held: Draft
    transition: PracticeTransition


def create(tx: Tx, us: Us, body: Mapping[str, object], *, staff: Staff, now: int) -> Draft:
    """Start a practice: only title and language are needed.

    Raises:
        NotAllowedError: the person does not write practices.
        InvalidFieldsError: a field breaks its rule.
    """
    return create_all(tx, us, [body], submit=False, staff=staff, now=now)[0]


def create_all(
    tx: Tx,
    us: Us,
    bodies: Sequence[Mapping[str, object]],
    *,
    submit: bool,
    staff: Staff,
    now: int,
) -> tuple[Draft, ...]:
    """Start up to 500 practices, all or none; with ``submit`` they wait for a second person.

    Raises:
        NotAllowedError: the person does not write practices.
        InvalidFieldsError: a field breaks its rule; paths begin with the number of the body.
    """
    staff.require(Action.WRITE_PRACTICE)
    parsed = _parse_all(bodies, submit=submit)
    status = PracticeState.SUBMITTED if submit else PracticeState.DRAFT
    rows = [_new_row(us, one, status, staff.account_id, now) for one in parsed]
    drafts.add_all(tx, rows)
    _log_all(tx, rows, staff.account_id, now, op="collect", event=status.value)
    return tuple(rows)


def edit(
    tx: Tx,
    practice_id: str,
    body: Mapping[str, object],
    *,
    etag: int | None,
    staff: Staff,
    now: int,
) -> Draft:
    """Replace the text of a draft.

    Raises:
        NotAllowedError: the person is not its author.
        NotFoundError: there is no such practice of ours.
        PracticeStateError: it is not a draft.
        PreconditionFailedError: it has changed since version ``etag`` was read.
        InvalidFieldsError: a field breaks its rule.
    """
    step = _begin(tx, practice_id, PracticeEvent.EDIT, etag=etag, staff=staff)
    _require_author(step.held, staff)
    changed = _texts(parse_practice(body))
    after = _change(tx, step.held, now=now, **changed)
    _log(tx, after, staff.account_id, now, event="edited")
    return after


def submit(tx: Tx, practice_id: str, *, etag: int | None = None, staff: Staff, now: int) -> Draft:
    """Hand a draft to a second person.

    Raises:
        NotAllowedError: the person is not its author.
        NotFoundError, PracticeStateError, PreconditionFailedError: as ``edit``.
        InvalidFieldsError: something is missing that readers need.
    """
    step = _begin(tx, practice_id, PracticeEvent.SUBMIT, etag=etag, staff=staff)
    _require_author(step.held, staff)
    body = read_body(step.held)
    require_none(problems_before_submit(body))
    after = _change(
        tx,
        step.held,
        now=now,
        status=step.transition.target.value,
        reason="",
        wire=encode(to_value(body)),
    )
    _log(tx, after, staff.account_id, now, event="submitted")
    return after


def give_back(
    tx: Tx, practice_id: str, *, reason: str, etag: int | None = None, staff: Staff, now: int
) -> Draft:
    """Make a submitted practice a draft again: its author takes it back, or another asks for more.

    Raises:
        NotAllowedError, NotFoundError, PracticeStateError, PreconditionFailedError: as ``edit``.
        InvalidFieldsError: another person gave no reason.
    """
    step = _begin(tx, practice_id, PracticeEvent.RETURN, etag=etag, staff=staff)
    own = staff.account_id == step.held.author_id
    why = _reason(reason, required=not own)
    after = _change(tx, step.held, now=now, status=step.transition.target.value, reason=why)
    _log(tx, after, staff.account_id, now, event="returned", justification=why)
    return after


def publish(
    tx: Tx, us: Us, practice_id: str, *, etag: int | None = None, staff: Staff, now: int
) -> Draft:
    """Publish a submitted practice of somebody else to every member.

    Raises:
        SecondPersonError: the person wrote it.
        NotAllowedError, NotFoundError, PracticeStateError, PreconditionFailedError: as ``edit``.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes no practice now.
    """
    step = _begin(tx, practice_id, PracticeEvent.PUBLISH, etag=etag, staff=staff)
    return _publish(tx, us, [step], staff=staff, now=now)[0]


def publish_all(
    tx: Tx, us: Us, practice_ids: Sequence[str], *, staff: Staff, now: int
) -> tuple[Draft, ...]:
    """Publish up to 500 submitted practices of others, all or none; order as given.

    Raises:
        SecondPersonError, NotAllowedError, NotFoundError, PracticeStateError: as ``publish``.
        InvalidFieldsError: too many, or one twice.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes no practice now.
    """
    staff.require(Action.PUBLISH_PRACTICE)
    if len(practice_ids) > MAX_AT_ONCE:
        raise InvalidFieldsError([error("", "too_many", max=MAX_AT_ONCE)])
    if len(set(practice_ids)) != len(practice_ids):
        raise InvalidFieldsError([error("", "duplicate")])
    found = drafts.find_many(tx, practice_ids, for_update=True)
    steps = [_step(found.get(one), PracticeEvent.PUBLISH, staff) for one in practice_ids]
    return _publish(tx, us, steps, staff=staff, now=now) if steps else ()


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


def begin_version(tx: Tx, practice_id: str, *, staff: Staff, now: int) -> Draft:
    """Start the next version of what was published; the former one stays until that is published.

    Raises:
        NotAllowedError: the person does not write practices.
        NotFoundError: there is no such practice of ours.
        PracticeStateError: it is not published.
    """
    staff.require(Action.WRITE_PRACTICE)
    held = _find(tx, practice_id)
    if held.status != PracticeState.PUBLISHED:
        raise PracticeStateError("only what is published gets a new version")
    after = _change(
        tx,
        held,
        now=now,
        status=PracticeState.DRAFT.value,
        version=held.version + 1,
        author_id=staff.account_id,
        second_id=None,
        reason="",
    )
    _log(tx, after, staff.account_id, now, op="collect", event="new_version")
    return after


def adapt(
    tx: Tx, us: Us, ref: str, *, title: str, changes: str, country: str, staff: Staff, now: int
) -> Draft:
    """Start a practice of our own from a published one, with its lineage.

    What was found out about the original (evidence, costs, failures) is not evidence of the
    adaptation and is left out; so is what is true of its place only.

    Args:
        tx: the transaction.
        us: who we are.
        ref: the version to adapt.
        title: of the adaptation, in the language of the original; empty keeps the title.
        changes: what will differ, in the same language; may be empty.
        country: ours.
        staff: who writes it.
        now: unix seconds.

    Raises:
        NotAllowedError: the person does not write practices.
        NotFoundError: there is no such practice, or it has no text any more.
        InvalidFieldsError: title or changes break their rule.
    """
    staff.require(Action.WRITE_PRACTICE)
    found = library.read_published(tx, us, ref, staff=staff)
    if found.body is None:
        raise NotFoundError("there is no text to adapt")
    language = found.body.language
    kept = {k: v for k, v in practice_json(found.body).items() if k not in _OF_THE_ORIGINAL}
    lineage: dict[str, object] = {"adapted_from": ref, "version": found.version}
    if changes.strip():
        lineage["changes"] = {language: changes}
    titles = {language: title} if title.strip() else found.body.title
    body = {**kept, "title": titles, "country": [country], "lineage": lineage}
    return create(tx, us, body, staff=staff, now=now)


def import_practice(
    tx: Tx, us: Us, body: Mapping[str, object], *, source_id: str, actor: str, now: int
) -> Imported:
    """Publish a practice from a file at once: the operator's act, audited.

    The same body from the same source changes nothing; another body is a new version.

    Raises:
        InvalidFieldsError: a field breaks its rule, or something is missing that readers need.
        PracticeStateError: a person works on the next version of this practice just now.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes no practice now.
    """
    return import_practices(tx, us, [(source_id, body)], actor=actor, now=now)[0]


def import_practices(
    tx: Tx,
    us: Us,
    items: Sequence[tuple[str, Mapping[str, object]]],
    *,
    actor: str,
    now: int,
) -> tuple[Imported, ...]:
    """Import up to 500 (source, body), all or none; each as ``import_practice`` says.

    Raises:
        InvalidFieldsError, PracticeStateError: as ``import_practice``.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes no practice now.
    """
    bodies = _parse_all([body for _, body in items], submit=True)
    taken = [
        _take_in(tx, us, source_id, body, actor, now)
        for (source_id, _), body in zip(items, bodies, strict=True)
    ]
    rows = [one.row for one in taken if one.outcome != "unchanged"]
    done = {row.id: row for row in _append(tx, us, rows, actor, now=now)}
    _log_all(tx, done.values(), actor, now, event="imported")
    return tuple(_imported(done.get(one.row.id, one.row), one.outcome) for one in taken)


def read_own(tx: Tx, practice_id: str, *, staff: Staff) -> Draft:
    """Return a practice of our own by its id, or by the ref of its newest version.

    Raises:
        NotFoundError: there is none, or the person does not write practices and so may not know.
    """
    if not staff.may(Action.WRITE_PRACTICE):
        raise NotFoundError("there is no such practice of this organisation")
    return _find(tx, practice_id, for_update=False)


def list_own(
    tx: Tx,
    *,
    statuses: Sequence[PracticeState] = (),
    mine: bool = False,
    before: tuple[int, str] | None = None,
    limit: int = 50,
    staff: Staff,
) -> tuple[Draft, ...]:
    """Return practices of our own organisation, newest change first; ``mine``: by this person.

    Raises:
        NotAllowedError: the person does not write practices.
    """
    staff.require(Action.WRITE_PRACTICE)
    author = staff.account_id if mine else ""
    return drafts.newest(tx, KIND, statuses=statuses, author_id=author, before=before, limit=limit)


def list_for_operator(tx: Tx, *, limit: int) -> tuple[Draft, ...]:
    """Return practices of our own organisation for the machine's command line."""
    return drafts.newest(tx, KIND, limit=limit)


def list_waiting(tx: Tx, *, staff: Staff, limit: int = 50) -> tuple[Draft, ...]:
    """Return what waits for this person as the second one.

    Raises:
        NotAllowedError: the person does not publish practices.
    """
    staff.require(Action.PUBLISH_PRACTICE)
    found = drafts.newest(tx, KIND, statuses=[PracticeState.SUBMITTED], limit=limit)
    return tuple(row for row in found if row.author_id != staff.account_id)


def count_waiting(tx: Tx, staff: Staff) -> int:
    """Count what waits for this person as the second one; for the band of every page."""
    if not staff.may(Action.PUBLISH_PRACTICE):
        return 0
    return drafts.count_waiting(
        tx, KIND, status=PracticeState.SUBMITTED, other_than=staff.account_id
    )


def read_body(row: Draft) -> Practice:
    """Return the working text of a practice.

    Raises:
        InvalidFieldsError: it was stored under rules that have become stricter.
    """
    return parse_practice(json.loads(row.body))


def body_json(row: Draft) -> dict[str, Json]:
    """Return the working text as JSON, as it was stored."""
    found: dict[str, Json] = json.loads(row.body)
    return found


def problems_of(row: Draft) -> tuple[Problem, ...]:
    """Return what is still missing or wrong in the working text."""
    try:
        return problems_before_submit(read_body(row))
    except InvalidFieldsError as failure:
        return failure.problems


def published_ref(row: Draft) -> str:
    """Return the name of the newest published version; empty when there is none."""
    if row.origin is None or row.idx is None:
        return ""
    return format_ref(EntryRef(origin=row.origin, index=row.idx))


# ------------------------------------------------------------------ steps


def _begin(
    tx: Tx, practice_id: str, event: PracticeEvent, *, etag: int | None, staff: Staff
) -> _Step:
    staff.require(Action.WRITE_PRACTICE)
    held = drafts.find(tx, practice_id, for_update=True)
    step = _step(held, event, staff)
    check_etag(step.held.etag, etag)
    return step


def _step(held: Draft | None, event: PracticeEvent, staff: Staff) -> _Step:
    if held is None or held.kind != KIND:
        raise NotFoundError("there is no such practice of this organisation")
    transition = next_state(PracticeState(held.status), event)
    staff.require(transition.action)
    if transition.second_person:
        require_second_person(staff.account_id, [held.author_id])
    return _Step(held=held, transition=transition)


def _find(tx: Tx, practice_id: str, *, for_update: bool = True) -> Draft:
    held = drafts.find(tx, practice_id, for_update=for_update)
    if held is None and "~" in practice_id:
        held = _by_ref(tx, practice_id)
    if held is None or held.kind != KIND:
        raise NotFoundError("there is no such practice of this organisation")
    return held


def _by_ref(tx: Tx, text: str) -> Draft | None:
    try:
        ref = parse_ref(text)
    except BadBodyError:
        return None
    return drafts.find_published(tx, ref.origin, ref.index)


def _require_author(held: Draft, staff: Staff) -> None:
    if held.author_id != staff.account_id:
        raise NotAuthorError("only its author changes a draft")


def _withdraw(
    tx: Tx, us: Us, practice_id: str, *, reason: str, etag: int | None, actor: str, now: int
) -> Draft:
    held = _find(tx, practice_id)
    # The published version is withdrawn even while its successor is being written.
    standing = PracticeState.PUBLISHED if _is_published(held) else PracticeState(held.status)
    next_state(standing, PracticeEvent.WITHDRAW)
    check_etag(held.etag, etag)
    why = _reason(reason, required=True)
    fresh = held.status == PracticeState.PUBLISHED
    version = held.version + 1 if fresh else held.version
    data = withdrawal_to_wire(held.id, version, why)
    [(origin, idx)] = _append_data(tx, us, [held], [data], now=now)
    after = _change(
        tx,
        held,
        now=now,
        status=PracticeState.WITHDRAWN.value,
        version=version,
        reason=why,
        origin=origin,
        idx=idx,
    )
    _log(tx, after, actor, now, op="disclose", event="withdrawn", justification=why)
    return after


def _is_published(held: Draft) -> bool:
    return held.idx is not None and held.status != PracticeState.WITHDRAWN


def _publish(
    tx: Tx, us: Us, steps: Sequence[_Step], *, staff: Staff, now: int
) -> tuple[Draft, ...]:
    rows = [step.held for step in steps]
    done = _append(tx, us, rows, staff.account_id, now=now)
    _log_all(tx, done, staff.account_id, now, event="published")
    return done


def _append(tx: Tx, us: Us, rows: Sequence[Draft], second: str, *, now: int) -> tuple[Draft, ...]:
    """Append the texts that were handed in to our log and mark the rows as published."""
    data = [edition(_wire(row), row.id, row.version) for row in rows]
    places = _append_data(tx, us, rows, data, now=now)
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
    return tuple(_after(row, row.etag + 1, now, values) for row, values in changes)


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


def _append_data(
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


# ------------------------------------------------------------------ from files


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    row: Draft
    outcome: Literal["new", "changed", "unchanged"]


def _take_in(tx: Tx, us: Us, source_id: str, body: Practice, actor: str, now: int) -> _Taken:
    if not 0 < len(source_id) <= MAX_SOURCE:
        raise InvalidFieldsError([error("source_id", "too_long", max=MAX_SOURCE)])
    digest = hashlib.sha256(_encoded(body)).digest()
    held = drafts.find_source(tx, source_id)
    if held is None:
        made = _new_row(us, body, PracticeState.SUBMITTED, actor, now)
        row = replace(made, source_id=source_id, digest=digest)
        drafts.add(tx, row)
        return _Taken(row=row, outcome="new")
    if held.digest == digest:
        return _Taken(row=held, outcome="unchanged")
    if held.status in {PracticeState.DRAFT, PracticeState.SUBMITTED}:
        raise PracticeStateError("a person is writing the next version of this practice")
    row = _change(
        tx,
        held,
        now=now,
        version=held.version + 1,
        digest=digest,
        reason="",
        **{**_texts(body), "wire": encode(to_value(body))},
    )
    return _Taken(row=row, outcome="changed")


def _imported(row: Draft, outcome: Literal["new", "changed", "unchanged"]) -> Imported:
    return Imported(id=row.id, ref=published_ref(row), version=row.version, outcome=outcome)


# ------------------------------------------------------------------ rows


def _parse_all(bodies: Sequence[Mapping[str, object]], *, submit: bool) -> list[Practice]:
    if len(bodies) > MAX_AT_ONCE:
        raise InvalidFieldsError([error("", "too_many", max=MAX_AT_ONCE)])
    parsed: list[Practice] = []
    problems: list[Problem] = []
    for number, body in enumerate(bodies):
        try:
            one = parse_practice(body)
            if submit:
                require_none(problems_before_submit(one))
            parsed.append(one)
        except InvalidFieldsError as failure:
            at = f"{number}." if len(bodies) > 1 else ""
            problems += [replace(p, path=f"{at}{p.path}") for p in failure.problems]
    require_none(problems)
    return parsed


def _new_row(us: Us, body: Practice, status: PracticeState, author: str, now: int) -> Draft:
    texts = _texts(body)
    return Draft(
        id=us.random(ID_BYTES).hex(),
        kind=KIND,
        status=status.value,
        version=1,
        etag=1,
        language=body.language,
        title=str(texts["title"]),
        tlp=body.tlp,
        body=_encoded(body),
        wire=encode(to_value(body)) if status is PracticeState.SUBMITTED else None,
        subject_id=None,
        author_id=author,
        second_id=None,
        reason="",
        source_id=None,
        digest=None,
        origin=None,
        idx=None,
        created_at=now,
        updated_at=now,
    )


def _texts(body: Practice) -> dict[str, object]:
    """Return the columns that follow from the text."""
    title = body.title.get(body.language)
    if title is None:
        path = f"title.{body.language}"
        raise InvalidFieldsError([error(path, "language_missing", language=body.language)])
    return {
        "language": body.language,
        "title": title,
        "tlp": body.tlp,
        "body": _encoded(body),
        "wire": None,
    }


def _encoded(body: Practice) -> bytes:
    return json.dumps(
        practice_json(body), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def _change(tx: Tx, held: Draft, *, now: int, **values: object) -> Draft:
    return _after(held, drafts.change(tx, held, now=now, **values), now, values)


def _after(held: Draft, etag: int, now: int, values: Mapping[str, object]) -> Draft:
    return replace(held, etag=etag, updated_at=now, **values)  # type: ignore[arg-type]  # columns


def _reason(text: str, *, required: bool) -> str:
    if not text.strip() and not required:
        return ""
    return read_entered(_Reason, {"reason": text}).reason


def _log(
    tx: Tx,
    row: Draft,
    actor: str,
    now: int,
    *,
    event: str,
    op: str = "alter",
    justification: str = "",
) -> None:
    _log_all(tx, [row], actor, now, event=event, op=op, justification=justification)


def _log_all(
    tx: Tx,
    rows: Iterable[Draft],
    actor: str,
    now: int,
    *,
    event: str,
    op: str = "disclose",
    justification: str = "",
) -> None:
    entries = [
        audit.Entry(
            actor=actor,
            op=op,
            what=f"{KIND}:{row.id}",
            details=_details(row, event),
            justification=justification,
        )
        for row in rows
    ]
    audit.record_all(tx, entries, now=now)


def _details(row: Draft, event: str) -> dict[str, object]:
    details: dict[str, object] = {"event": event, "version": row.version}
    if ref := published_ref(row):
        details["ref"] = ref
    return details
