"""How does a program read the library and write the practices of its own organisation?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar, Final, Literal

from aiohttp import web
from pydantic import Field, JsonValue, RootModel

from integra_node.actions import (
    library,
    practice_adapting,
    practice_drafts,
    practice_life,
    practice_lists,
    practice_rows,
    practice_words,
    practices,
)
from integra_node.actions.idempotency import once
from integra_node.actions.library import Listed, Published
from integra_node.actions.practice_adapting import Intent
from integra_node.rules.practice import Deprecation, Practice, practice_json
from integra_node.rules.staff import Staff
from integra_node.store.database import Tx
from integra_node.store.drafts import Draft
from integra_node.web.api.answers import ApiModel, json_answer, json_text
from integra_node.web.api.json_bodies import read_object, read_objects
from integra_node.web.api.preconditions import call_digest, etag_of, idempotency_key
from integra_node.web.api.session import utc_text
from integra_node.web.bodies import read_json, read_query
from integra_node.web.context import context_of
from integra_node.web.visit import staff_of

MAX_WAIT_S: Final = 25  # a request may take 30 seconds
Cursor = Annotated[int, Field(ge=0, le=2**53)]


class PracticesParameters(ApiModel):
    """What to list: published by any member (``arrived``), our own, or what waits for me.

    ``cursor`` is ``next`` of the page before; with ``wait`` an empty page is answered only after
    that many seconds (at most 30), or as soon as something arrives.  With ``full`` each of what
    arrived comes with its text.
    """

    box: Literal["arrived", "own", "waiting"] = "arrived"
    cursor: Cursor = 0
    wait: Annotated[int, Field(ge=0, le=30)] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    full: bool = False


class PracticeItem(ApiModel):
    """One line of a list; ``evidence`` 0 to 5; times in RFC 3339, UTC."""

    id: str | None = None
    ref: str | None = None
    title: str
    language: str
    org: str
    country: list[str] | None = None
    evidence: int | None = None
    deprecated: bool = False
    published_at: str | None = None
    updated_at: str | None = None
    status: str
    signed: bool = False
    witnessed: bool = False
    body: dict[str, JsonValue] | None = None


class PracticesAnswer(ApiModel):
    """A page; ``next`` is the cursor for what comes after."""

    items: list[PracticeItem]
    next: int


class ProblemItem(ApiModel):
    """What is missing or wrong; ``severity`` error forbids to submit."""

    path: str
    code: str
    severity: str


class DeprecationItem(ApiModel):
    """Why a practice should not be begun any more, and what its owner names in its place."""

    reason: str
    successor: str | None = None


class WordItem(ApiModel):
    """Words that may point at a person: where, which, and keep or remove once that is decided."""

    id: str
    path: str
    kind: str
    words: str
    decision: str | None = None


class PracticeAnswer(ApiModel):
    """One practice: a draft of ours by its ``id``, or a published version by its ``ref``.

    Of a draft, ``ref`` is the newest published version, and ``version`` the one being written.
    """

    id: str
    ref: str | None = None
    org: str
    status: str
    version: int
    etag: int | None = None
    language: str | None = None
    tlp: str
    published_at: str | None = None
    updated_at: str | None = None
    signed: bool | None = None
    witnessed: bool | None = None
    author: str | None = None
    second: str | None = None
    reason: str | None = None
    deprecation: DeprecationItem | None = None
    confirms: int | None = None
    body: dict[str, JsonValue] | None = None
    problems: list[ProblemItem] | None = None
    words: list[WordItem] | None = None


class MadeItem(ApiModel):
    """One practice of a call about many."""

    id: str
    ref: str | None = None
    status: str
    version: int
    etag: int


class MadeAnswer(ApiModel):
    """What became of each, in the order of the call."""

    items: list[MadeItem]


class BulkParameters(ApiModel):
    """Whether the new practices are handed to a second person at once."""

    submit: bool = False


class PracticesBody(RootModel[list[Practice]]):
    """Up to 500 practices, as a JSON list or as JSON Lines (``application/x-ndjson``)."""


class DecisionsBody(ApiModel):
    """Decisions about words that may point at a person, by their ``id``.

    One ``remove`` gives the practice back to its author.  No body is the same as no decisions.
    """

    may_be_absent: ClassVar[bool] = True

    words: dict[str, Literal["keep", "remove"]] = Field(default_factory=dict)


class PublishBody(ApiModel):
    """Which submitted practices to publish, at most 500, all or none."""

    ids: Annotated[list[str], Field(min_length=1, max_length=practice_rows.MAX_AT_ONCE)]


class ReasonBody(ApiModel):
    """Why: read by colleagues, of a withdrawal by every partner."""

    reason: Annotated[str, Field(max_length=2_000)]


class DeprecateBody(ReasonBody):
    """Why, and the ref of the practice that takes its place, if there is one."""

    successor: Annotated[str, Field(max_length=128)] = ""


class AdaptBody(ApiModel):
    """What will differ and why; all may come later.

    ``language``: in which the adaptation is written, that of the original unless told otherwise;
    texts in other languages are not taken over, and a title is needed where there is none.
    """

    language: Annotated[str, Field(max_length=15)] = ""
    title: Annotated[str, Field(max_length=200)] = ""
    changes: Annotated[str, Field(max_length=2_000)] = ""
    why: Annotated[str, Field(max_length=2_000)] = ""


async def list_all(request: web.Request) -> web.Response:
    """List practices; may wait until one arrives."""
    asked, staff = read_query(request, PracticesParameters), staff_of(request)
    if asked.box == "arrived":
        return json_answer(await _arrived(request, asked, staff))
    found = await context_of(request).database.read(lambda tx: _own_rows(tx, asked, staff))
    org = context_of(request).config.org
    return json_answer(PracticesAnswer(items=[_own_item(row, org) for row in found], next=0))


async def create(request: web.Request) -> web.Response:
    """Start a practice; only title and language are needed."""
    data, body = await read_object(request)
    context, staff, now = context_of(request), staff_of(request), context_of(request).clock()

    def act(tx: Tx) -> str:
        row = practice_drafts.create(tx, context.us, body, staff=staff, now=now)
        return json_text(_draft_answer(row, context.config.org))

    made = PracticeAnswer.model_validate_json(await _once(request, data, act))
    return json_answer(
        made, status=201, etag=str(made.etag), location=f"/api/v1/practices/{made.id}"
    )


async def create_many(request: web.Request) -> web.Response:
    """Start up to 500 practices, all or none."""
    submit = read_query(request, BulkParameters).submit
    data, bodies = await read_objects(request)
    context, staff, now = context_of(request), staff_of(request), context_of(request).clock()

    def act(tx: Tx) -> str:
        rows = practice_drafts.create_all(
            tx, context.us, bodies, submit=submit, staff=staff, now=now
        )
        return json_text(_made(rows))

    text = await _once(request, data, act)
    return web.Response(body=text.encode(), content_type="application/json", status=201)


async def publish_many(request: web.Request) -> web.Response:
    """Publish up to 500 submitted practices of others, all or none."""
    body = await read_json(request, PublishBody)
    context, staff, now = context_of(request), staff_of(request), context_of(request).clock()
    rows = await context.database.write(
        lambda tx: practices.publish_all(tx, context.us, body.ids, staff=staff, now=now)
    )
    return json_answer(_made(rows))


async def show(request: web.Request) -> web.Response:
    """Show a draft of ours by its id, or a published version of any member by its ref."""
    context, staff, asked = context_of(request), staff_of(request), request.match_info["id"]
    if "~" in asked:
        found = await context.database.read(
            lambda tx: library.read_published(tx, context.us, asked, staff=staff)
        )
        return json_answer(_published_answer(found))
    row = await context.database.read(lambda tx: practice_lists.read_own(tx, asked, staff=staff))
    return _draft_response(request, row, full=True)


async def replace(request: web.Request) -> web.Response:
    """Replace the text of a draft; needs ``If-Match``."""
    etag = etag_of(request, required=True)
    _, body = await read_object(request)
    return await _step(
        request,
        lambda tx, id_, staff, now: practice_drafts.edit(
            tx, id_, body, etag=etag, staff=staff, now=now
        ),
    )


async def submit(request: web.Request) -> web.Response:
    """Hand a draft to a second person."""
    etag = etag_of(request, required=False)
    return await _step(
        request,
        lambda tx, id_, staff, now: practice_drafts.submit(
            tx, id_, etag=etag, staff=staff, now=now
        ),
    )


async def give_back(request: web.Request) -> web.Response:
    """Make a submitted practice a draft again."""
    etag, body = etag_of(request, required=False), await read_json(request, ReasonBody)
    return await _step(
        request,
        lambda tx, id_, staff, now: practice_drafts.give_back(
            tx, id_, reason=body.reason, etag=etag, staff=staff, now=now
        ),
    )


async def publish(request: web.Request) -> web.Response:
    """Publish a submitted practice of somebody else to every member."""
    etag, us = etag_of(request, required=False), context_of(request).us
    sent = await read_json(request, DecisionsBody) if request.body_exists else DecisionsBody()
    return await _step(
        request,
        lambda tx, id_, staff, now: practices.publish(
            tx, us, id_, words=sent.words, etag=etag, staff=staff, now=now
        ),
    )


async def withdraw(request: web.Request) -> web.Response:
    """Withdraw what was published."""
    etag, us = etag_of(request, required=False), context_of(request).us
    body = await read_json(request, ReasonBody)
    return await _step(
        request,
        lambda tx, id_, staff, now: practices.withdraw(
            tx, us, id_, reason=body.reason, etag=etag, staff=staff, now=now
        ),
    )


async def begin_version(request: web.Request) -> web.Response:
    """Start the next version of what was published."""
    return await _step(
        request,
        lambda tx, id_, staff, now: practice_drafts.begin_version(tx, id_, staff=staff, now=now),
    )


async def confirm(request: web.Request) -> web.Response:
    """Confirm that a published practice still holds."""
    etag, us = etag_of(request, required=False), context_of(request).us
    return await _step(
        request,
        lambda tx, id_, staff, now: practice_life.confirm(
            tx, us, id_, etag=etag, staff=staff, now=now
        ),
    )


async def deprecate(request: web.Request) -> web.Response:
    """Advise every member against beginning a published practice."""
    etag, us = etag_of(request, required=False), context_of(request).us
    body = await read_json(request, DeprecateBody)
    return await _step(
        request,
        lambda tx, id_, staff, now: practice_life.deprecate(
            tx,
            us,
            id_,
            reason=body.reason,
            successor=body.successor,
            etag=etag,
            staff=staff,
            now=now,
        ),
    )


async def adapt(request: web.Request) -> web.Response:
    """Start a practice of our own from a published one."""
    body, context = await read_json(request, AdaptBody), context_of(request)
    intent, country = Intent(**body.model_dump()), context.config.country
    return await _step(
        request,
        lambda tx, ref, staff, now: practice_adapting.adapt(
            tx, context.us, ref, intent, country=country, staff=staff, now=now
        ),
        status=201,
    )


async def _arrived(
    request: web.Request, asked: PracticesParameters, staff: Staff
) -> PracticesAnswer:
    context = context_of(request)
    ends = context.monotonic() + min(asked.wait, MAX_WAIT_S)
    while True:
        seen = context.grown.count
        found = await context.database.read(
            lambda tx: library.list_arrived(
                tx, after=asked.cursor, limit=asked.limit, staff=staff, full=asked.full
            )
        )
        left = ends - context.monotonic()
        if found.next > asked.cursor or left <= 0:
            items = [_listed_item(one) for one in found.items]
            return PracticesAnswer(items=items, next=found.next)
        await context.grown.wait(seen, left)


async def _step(
    request: web.Request, act: Callable[[Tx, str, Staff, int], Draft], *, status: int = 200
) -> web.Response:
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    row = await context.database.write(lambda tx: act(tx, id_, staff, now))
    return _draft_response(request, row, status=status)


async def _once(request: web.Request, data: bytes, act: Callable[[Tx], str]) -> str:
    context, staff = context_of(request), staff_of(request)
    key, digest, now = idempotency_key(request), call_digest(request, data), context.clock()
    return await context.database.write(
        lambda tx: once(tx, key, digest, lambda: act(tx), staff=staff, now=now)
    )


def _own_rows(tx: Tx, asked: PracticesParameters, staff: Staff) -> Sequence[Draft]:
    if asked.box == "waiting":
        return practice_lists.list_waiting(tx, staff=staff, limit=asked.limit)
    return practice_lists.list_own(tx, limit=asked.limit, staff=staff)


def _draft_response(
    request: web.Request, row: Draft, *, status: int = 200, full: bool = False
) -> web.Response:
    answer = _draft_answer(row, context_of(request).config.org, full=full)
    location = f"/api/v1/practices/{row.id}" if status == 201 else ""
    return json_answer(answer, status=status, etag=str(row.etag), location=location)


def _draft_answer(row: Draft, org: str, *, full: bool = False) -> PracticeAnswer:
    problems = [
        ProblemItem(path=one.path, code=one.code, severity=one.severity.value)
        for one in (practice_rows.problems_of(row) if full else ())
    ]
    return PracticeAnswer(
        id=row.id,
        ref=practice_rows.published_ref(row) or None,
        org=org,
        status=row.status,
        version=row.version,
        etag=row.etag,
        language=row.language,
        tlp=row.tlp,
        updated_at=utc_text(row.updated_at),
        author=row.author_id,
        second=row.second_id,
        reason=row.reason or None,
        body=dict(practice_rows.body_json(row)) if full else None,
        problems=problems if full else None,
        words=_words(row) if full else None,
    )


def _words(row: Draft) -> list[WordItem]:
    return [
        WordItem(
            id=one.finding.id,
            path=one.finding.path,
            kind=one.finding.kind.value,
            words=one.finding.words,
            decision=one.decision or None,
        )
        for one in practice_words.pointed_at(row)
    ]


def _published_answer(found: Published) -> PracticeAnswer:
    mark = found.mark
    return PracticeAnswer(
        id=found.item_id,
        ref=mark.ref,
        org=mark.org,
        status=_status(found),
        version=found.version,
        language=found.body.language if found.body else None,
        tlp=mark.tlp,
        published_at=utc_text(mark.published_at),
        signed=mark.signed,
        witnessed=mark.witnessed,
        reason=found.reason or None,
        deprecation=_deprecation(found.deprecation),
        confirms=found.confirms,
        body=dict(practice_json(found.body)) if found.body else None,
    )


def _status(found: Published) -> str:
    if found.mark.status != "current":
        return found.mark.status
    return "deprecated" if found.deprecation else "published"


def _deprecation(told: Deprecation | None) -> DeprecationItem | None:
    return DeprecationItem(reason=told.reason, successor=told.successor) if told else None


def _listed_item(one: Listed) -> PracticeItem:
    mark, headline = one.mark, one.headline
    return PracticeItem(
        ref=mark.ref,
        title=headline.title,
        language=headline.language,
        org=mark.org,
        country=list(headline.country),
        evidence=headline.evidence,
        deprecated=headline.deprecated,
        published_at=utc_text(mark.published_at),
        status="published",
        signed=mark.signed,
        witnessed=mark.witnessed,
        body=dict(practice_json(one.body)) if one.body else None,
    )


def _own_item(row: Draft, org: str) -> PracticeItem:
    return PracticeItem(
        id=row.id,
        ref=practice_rows.published_ref(row) or None,
        title=row.title,
        language=row.language,
        org=org,
        updated_at=utc_text(row.updated_at),
        status=row.status,
    )


def _made(rows: Sequence[Draft]) -> MadeAnswer:
    return MadeAnswer(
        items=[
            MadeItem(
                id=row.id,
                ref=practice_rows.published_ref(row) or None,
                status=row.status,
                version=row.version,
                etag=row.etag,
            )
            for row in rows
        ]
    )
