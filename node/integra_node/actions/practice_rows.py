"""How is a practice of our own kept: made, found, changed, and written into the audit log?

One row of ``draft`` is one practice for life.  Its body is the working text; what was published
stands in the log and is never changed, only followed by a newer version.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from integra_node.rules import practice_screening as screening
from integra_node.rules.fields import Body, Paragraph
from integra_node.rules.practice import (
    Practice,
    PracticeState,
    parse_practice,
    practice_json,
    problems_before_submit,
)
from integra_node.rules.problems import InvalidFieldsError, Problem, error, require_none
from integra_node.rules.wire import read_entered, to_value
from integra_node.store import audit, drafts
from integra_node.store.drafts import Draft
from integra_protocol.bodies import EntryRef, format_ref, parse_ref
from integra_protocol.canonical import encode
from integra_protocol.errors import BadBodyError, NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.wire import Json
    from integra_node.store.database import Tx

KIND: Final = "practice"
ID_BYTES: Final = 16
IMPORTED_BY: Final = "operator"
MAX_AT_ONCE: Final = 500


class _Reason(Body):
    reason: Paragraph


def parse_all(bodies: Sequence[Mapping[str, object]], *, submit: bool) -> list[Practice]:
    """Return up to 500 bodies, each complete when they are to be handed in.

    Raises:
        InvalidFieldsError: a field breaks its rule; paths begin with the number of the body.
    """
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


def new_row(us: Us, body: Practice, status: PracticeState, author: str, now: int) -> Draft:
    """Return the row of a new practice; nothing is stored."""
    texts = texts_of(body)
    submitted = status is PracticeState.SUBMITTED
    return Draft(
        id=us.random(ID_BYTES).hex(),
        kind=KIND,
        status=status.value,
        version=1,
        etag=1,
        language=body.language,
        title=str(texts["title"]),
        tlp=body.tlp,
        body=encoded(body),
        wire=encode(to_value(body)) if submitted else None,
        words=screened(body) if submitted else None,
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


def find(tx: Tx, practice_id: str, *, for_update: bool = True) -> Draft:
    """Return a practice of ours by its id or by the ref of its newest version.

    Raises:
        NotFoundError: there is none.
    """
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


def change(tx: Tx, held: Draft, *, now: int, **values: object) -> Draft:
    """Change columns of a practice that was read for update, and return it as it is then."""
    return changed_to(held, drafts.change(tx, held, now=now, **values), now, values)


def changed_to(held: Draft, etag: int, now: int, values: Mapping[str, object]) -> Draft:
    """Return a row with other columns, as a change has left it."""
    return replace(held, etag=etag, updated_at=now, **values)  # type: ignore[arg-type]  # columns


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
    """Return what is still missing or wrong in the working text, or may point at a person."""
    try:
        body = read_body(row)
        return (*problems_before_submit(body), *screening.looks(body))
    except InvalidFieldsError as failure:
        return failure.problems


def published_ref(row: Draft) -> str:
    """Return the name of the newest published version; empty when there is none."""
    if row.origin is None or row.idx is None:
        return ""
    return format_ref(EntryRef(origin=row.origin, index=row.idx))


def texts_of(body: Practice) -> dict[str, object]:
    """Return the columns that follow from the text."""
    title = body.title.get(body.language)
    if title is None:
        path = f"title.{body.language}"
        raise InvalidFieldsError([error(path, "language_missing", language=body.language)])
    return {
        "language": body.language,
        "title": title,
        "tlp": body.tlp,
        "body": encoded(body),
        "wire": None,
        "words": None,
    }


def screened(body: Practice) -> str:
    """Return what was found in a text that is handed in, with no decision about it yet."""
    return screening.stored(screening.findings(body), {})


def encoded(body: Practice) -> bytes:
    """Return the working text as it is stored, the same bytes for the same text."""
    return json.dumps(
        practice_json(body), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def read_reason(text: str, *, required: bool) -> str:
    """Return a reason as partners may read it; empty only when none is required.

    Raises:
        InvalidFieldsError: it is missing or too long.
    """
    if not text.strip() and not required:
        return ""
    return read_entered(_Reason, {"reason": text}).reason


def record(
    tx: Tx,
    row: Draft,
    actor: str,
    now: int,
    *,
    event: str,
    op: str = "alter",
    justification: str = "",
    words: Sequence[str] = (),
) -> None:
    """Write what happened to one practice into the audit log; ``words``: what was decided."""
    record_all(tx, [row], actor, now, event=event, op=op, justification=justification, words=words)


def record_all(
    tx: Tx,
    rows: Iterable[Draft],
    actor: str,
    now: int,
    *,
    event: str,
    op: str = "disclose",
    justification: str = "",
    words: Sequence[str] = (),
) -> None:
    """Write what happened to each of several practices into the audit log."""
    entries = [
        audit.Entry(
            actor=actor,
            op=op,
            what=f"{KIND}:{row.id}",
            details=_details(row, event) | ({"words": list(words)} if words else {}),
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
