"""How does a program read alerts, and write, publish and answer them?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field, JsonValue

from integra_node.actions import alert_answers, alert_drafts, alert_reading, alerts
from integra_node.actions.alert_drafts import OwnAlert
from integra_node.actions.alert_reading import AlertView, ListedAlert
from integra_node.actions.idempotency import once
from integra_node.rules.alert import Alert, AlertState, alert_json
from integra_node.rules.alert_draft import entered_json, parse_draft
from integra_node.rules.alert_screening import findings
from integra_node.rules.problems import InvalidFieldsError, error
from integra_node.rules.screening import distinct
from integra_node.rules.staff import Staff
from integra_node.store.alerts import DONE, TO_ACKNOWLEDGE, UNREAD, Answer, Wanted
from integra_node.store.database import Tx
from integra_node.web.api.answers import ApiModel, json_answer
from integra_node.web.api.json_bodies import read_object
from integra_node.web.api.preconditions import call_digest, etag_of, idempotency_key
from integra_node.web.api.session import utc_text
from integra_node.web.bodies import read_json, read_query
from integra_node.web.context import context_of
from integra_node.web.signing import unlocked
from integra_node.web.visit import staff_of
from integra_protocol.errors import WaitingError

_CURSOR: Final = re.compile(r"([012])-([0-9]{1,16})")
_OWN_CURSOR: Final = re.compile(r"([0-9]{1,16})-([0-9a-f]{32})")
_SOURCE: Final = "source_id"
Word = Annotated[str, Field(max_length=64)]
Pin = Annotated[str, Field(min_length=1, max_length=1_024)]


class AlertBody(Alert):
    """A whole alert, who gets it, and where it was taken from.

    ``audience`` names organisations for AMBER and stricter, ``readers`` officers for RED.  A
    ``source_id`` that was used before makes no second alert.
    """

    audience: list[str] = Field(default_factory=list)
    readers: list[str] = Field(default_factory=list)
    source_id: Annotated[str, Field(max_length=alert_drafts.MAX_SOURCE)] = ""


class AlertsParameters(ApiModel):
    """Which alerts: of any member (``arrived``), or our own; ``cursor`` is ``next`` of the page before."""

    box: Literal["arrived", "own"] = "arrived"
    severity: Word = ""
    type: Word = ""
    tlp: Word = ""
    state: Literal["", "current", "owed", "overdue", "retracted", "expired", "superseded"] = ""
    unread: bool = False
    cursor: Annotated[str, Field(max_length=64)] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class AlertItem(ApiModel):
    """One line of a list; times in RFC 3339, UTC."""

    id: str | None = None
    ref: str | None = None
    org: str
    title: str | None = None
    language: str
    severity: str
    type: str
    tlp: str
    status: str
    published_at: str | None = None
    expires_at: str | None = None
    updated_at: str | None = None
    must_acknowledge: bool = False
    due_at: str | None = None
    acknowledged_at: str | None = None
    read_at: str | None = None
    witnessed: bool | None = None


class AlertsAnswer(ApiModel):
    """A page; ``next`` is the cursor of what comes after, null at the end."""

    items: list[AlertItem]
    next: str | None = None


class SaidItem(ApiModel):
    """What an organisation said: delivered, bad-body, ack, seen, not-seen or false.

    ``band`` says with seen how often, a code of list ``count_band``.
    """

    org: str
    what: str
    at: str
    by: str | None = None
    band: str | None = None


class AlertProblem(ApiModel):
    """What is missing or wrong; ``severity`` error forbids to clear and to publish."""

    path: str
    code: str
    severity: str


class WordsItem(ApiModel):
    """Words that may point at a person, and what the second reader decided: keep or remove."""

    id: str
    path: str
    kind: str
    words: str
    decision: str | None = None


class AlertAnswer(ApiModel):
    """One alert: of ours by its ``id``, or a published version of any member by its ``ref``."""

    id: str | None = None
    ref: str | None = None
    org: str
    status: str
    version: int
    etag: int | None = None
    tlp: str
    audience: list[str]
    readers: list[str] | None = None
    published_at: str | None = None
    updated_at: str | None = None
    expires_at: str | None = None
    officer: str | None = None
    signed: bool | None = None
    witnessed: bool | None = None
    author: str | None = None
    second: str | None = None
    reason: str | None = None
    must_acknowledge: bool | None = None
    due_at: str | None = None
    answers: list[SaidItem] | None = None
    body: dict[str, JsonValue] | None = None
    problems: list[AlertProblem] | None = None
    words: list[WordsItem] | None = None


class ClearBody(ApiModel):
    """The second reader's answers by code of list ``bias_check``.

    ``words`` decides about words that may point at a person, by their ``id``; one ``remove`` gives
    the alert back to its author.
    """

    answers: dict[str, Annotated[str, Field(max_length=2_000)]]
    words: dict[str, Literal["keep", "remove"]] = Field(default_factory=dict)


class PinBody(ApiModel):
    """What the officer's key is opened with."""

    pin: Pin


class RetractBody(ApiModel):
    """Why, and what the officer's key is opened with.

    ``sure``: words of the reason that may point at a person were looked at.
    """

    pin: Pin
    reason: Annotated[str, Field(max_length=2_000)]
    sure: bool = False


class FeedbackBody(ApiModel):
    """What we know of it: seen, not-seen or false; with seen how often, of list ``count_band``."""

    what: Word
    band: Word = ""


async def list_all(request: web.Request) -> web.Response:
    """List alerts: first what must be acknowledged, then unread, then the rest."""
    asked, staff = read_query(request, AlertsParameters), staff_of(request)
    us = context_of(request).us
    if asked.box == "own":
        own = await context_of(request).database.read(
            lambda tx: alert_drafts.list_own(
                tx, us, before=_own_cursor(asked.cursor), limit=asked.limit, staff=staff
            )
        )
        after = f"{own[-1].row.updated_at}-{own[-1].row.id}" if len(own) == asked.limit else None
        return json_answer(AlertsAnswer(items=[_own_item(one, us.org) for one in own], next=after))
    wanted = _wanted(asked, context_of(request).clock())
    found = await context_of(request).database.read(
        lambda tx: alert_reading.list_for(tx, us, wanted, staff=staff)
    )
    after = found[-1].cursor if len(found) == asked.limit else None
    return json_answer(AlertsAnswer(items=[_item(one) for one in found], next=after))


async def create(request: web.Request) -> web.Response:
    """Start an alert; with a ``source_id`` that was used before, answer what it made then."""
    data, body = await read_object(request)
    context, staff, now = context_of(request), staff_of(request), context_of(request).clock()
    draft = parse_draft({key: value for key, value in body.items() if key != _SOURCE})
    source, key, digest = _source(body), idempotency_key(request), call_digest(request, data)

    def act(tx: Tx) -> str:
        made = alert_drafts.create(tx, context.us, draft, source_id=source, staff=staff, now=now)
        return f'"{made.row.id}"'  # the text itself is not kept with the key: it may be sealed

    def write(tx: Tx) -> OwnAlert:
        made_id = once(tx, key, digest, lambda: act(tx), staff=staff, now=now).strip('"')
        return alert_drafts.read_own(tx, context.us, made_id, staff=staff)

    own = await context.database.write(write)
    return await _own_response(request, own, status=201)


async def show(request: web.Request) -> web.Response:
    """Show an alert of ours by its id, or a published version of any member by its ref."""
    context, staff, asked = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    if "~" in asked:
        view = await context.database.write(
            lambda tx: alert_reading.read(tx, context.us, asked, staff=staff, now=now)
        )
        return json_answer(_view_answer(view))
    own = await context.database.read(
        lambda tx: alert_drafts.read_own(tx, context.us, asked, staff=staff)
    )
    return await _own_response(request, own)


async def replace(request: web.Request) -> web.Response:
    """Replace the text of a draft; needs ``If-Match``."""
    etag, us = etag_of(request, required=True), context_of(request).us
    _, body = await read_object(request)
    draft = parse_draft({key: value for key, value in body.items() if key != _SOURCE})
    return await _step(
        request,
        lambda tx, id_, staff, now: alert_drafts.edit(
            tx, us, id_, draft, etag=etag, staff=staff, now=now
        ),
    )


async def clear(request: web.Request) -> web.Response:
    """Clear what somebody else wrote, with the bias questions answered."""
    etag, us = etag_of(request, required=False), context_of(request).us
    body = await read_json(request, ClearBody)
    return await _step(
        request,
        lambda tx, id_, staff, now: alerts.clear(
            tx, us, id_, body.answers, words=body.words, etag=etag, staff=staff, now=now
        ),
    )


async def publish(request: web.Request) -> web.Response:
    """Publish a cleared alert under the officer's signature."""
    etag, us = etag_of(request, required=False), context_of(request).us
    body = await read_json(request, PinBody)
    officer = await unlocked(request, body.pin)
    return await _step(
        request,
        lambda tx, id_, staff, now: alerts.publish(
            tx, us, id_, officer=officer, etag=etag, staff=staff, now=now
        ),
    )


async def retract(request: web.Request) -> web.Response:
    """Take back what was published, under the officer's signature."""
    etag, us = etag_of(request, required=False), context_of(request).us
    body = await read_json(request, RetractBody)
    officer = await unlocked(request, body.pin)
    return await _step(
        request,
        lambda tx, id_, staff, now: alerts.retract(
            tx,
            us,
            id_,
            reason=body.reason,
            sure=body.sure,
            officer=officer,
            etag=etag,
            staff=staff,
            now=now,
        ),
    )


async def supersede(request: web.Request) -> web.Response:
    """Start the version that will supersede what is published."""
    us = context_of(request).us
    return await _step(
        request,
        lambda tx, id_, staff, now: alerts.begin_version(tx, us, id_, staff=staff, now=now),
    )


async def acknowledge(request: web.Request) -> web.Response:
    """Acknowledge an alert for the organisation."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    answer = await context.database.write(
        lambda tx: alert_answers.acknowledge(tx, context.us, ref, staff=staff, now=now)
    )
    return json_answer(_said(answer, {answer.account_id or "": staff.username}))


async def give_feedback(request: web.Request) -> web.Response:
    """Tell the issuer what we know of it."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    body, now = await read_json(request, FeedbackBody), context.clock()
    answer = await context.database.write(
        lambda tx: alert_answers.give_feedback(
            tx, context.us, ref, body.what, band=body.band, staff=staff, now=now
        )
    )
    return json_answer(_said(answer, {answer.account_id or "": staff.username}))


async def _step(
    request: web.Request, act: Callable[[Tx, str, Staff, int], OwnAlert]
) -> web.Response:
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    own = await context.database.write(lambda tx: act(tx, id_, staff, now))
    return await _own_response(request, own)


async def _own_response(request: web.Request, own: OwnAlert, *, status: int = 200) -> web.Response:
    context, now = context_of(request), context_of(request).clock()
    problems = await context.database.read(lambda tx: _problems(tx, request, own, now))
    row, draft = own.row, own.draft
    answer = AlertAnswer(
        id=row.id,
        ref=own.ref or None,
        org=context.us.org,
        status=row.status,
        version=row.version,
        etag=row.etag,
        tlp=row.tlp,
        audience=list(draft.audience) or ["*"],
        readers=list(draft.readers) or None,
        updated_at=utc_text(row.updated_at),
        author=row.author_id,
        second=row.second_id,
        reason=draft.reason or None,
        body=dict(entered_json(draft)) if row.status != AlertState.RETRACTED else None,
        problems=problems or None,
        words=_words(own) or None,
    )
    return json_answer(
        answer, status=status, etag=str(row.etag), location=f"/api/v1/alerts/{row.id}"
    )


def _problems(tx: Tx, request: web.Request, own: OwnAlert, now: int) -> list[AlertProblem]:
    if own.row.status not in ("draft", "cleared"):
        return []
    try:
        found = alerts.problems_before_clear(tx, context_of(request).us, own, now=now)
    except WaitingError:
        return []
    return [AlertProblem(path=p.path, code=p.code, severity=p.severity.value) for p in found]


def _words(own: OwnAlert) -> list[WordsItem]:
    if own.row.status not in ("draft", "cleared"):
        return []
    return [
        WordsItem(
            id=one.id,
            path=one.path,
            kind=one.kind.value,
            words=one.words,
            decision=own.draft.words.get(one.id),
        )
        for one in distinct(findings(own.draft.alert))
    ]


def _view_answer(view: AlertView) -> AlertAnswer:
    duty, body = view.duty, view.received.body
    return AlertAnswer(
        id=view.own_id or None,
        ref=view.ref,
        org=view.org,
        status=view.status,
        version=view.received.version,
        tlp=view.received.tlp.value,
        audience=list(view.audience),
        readers=list(view.received.readers) or None,
        published_at=utc_text(view.published_at),
        expires_at=utc_text(view.expires_at) if view.expires_at else None,
        officer=view.officer or None,
        signed=view.signed,
        witnessed=view.witnessed,
        reason=view.reason or None,
        must_acknowledge=duty.must_ack if duty else None,
        due_at=utc_text(duty.due_at) if duty and duty.due_at else None,
        answers=[_said(one, view.people) for one in view.answers],
        body=dict(alert_json(body)) if body is not None else None,
    )


def _said(answer: Answer, people: Mapping[str, str]) -> SaidItem:
    by = people.get(answer.account_id) if answer.account_id else None
    return SaidItem(
        org=answer.org, what=answer.what, at=utc_text(answer.at), by=by, band=answer.band
    )


def _item(one: ListedAlert) -> AlertItem:
    line = one.line
    return AlertItem(
        ref=one.ref,
        org=one.org,
        title=one.title or None,
        language=one.language,
        severity=line.severity,
        type=line.type,
        tlp=one.tlp.value,
        status=one.status,
        published_at=utc_text(one.published_at),
        expires_at=utc_text(one.expires_at) if one.expires_at else None,
        must_acknowledge=line.must_ack,
        due_at=utc_text(line.due_at) if line.due_at else None,
        acknowledged_at=utc_text(line.acked_at) if line.acked_at else None,
        read_at=utc_text(line.read_at) if line.read_at else None,
        witnessed=one.witnessed,
    )


def _own_item(own: OwnAlert, org: str) -> AlertItem:
    alert, row = own.draft.alert, own.row
    return AlertItem(
        id=row.id,
        ref=own.ref or None,
        org=org,
        title=alert.title[alert.language] or None,
        language=alert.language,
        severity=alert.severity,
        type=alert.type,
        tlp=row.tlp,
        status=row.status,
        updated_at=utc_text(row.updated_at),
    )


def _wanted(asked: AlertsParameters, now: int) -> Wanted:
    cursor = _CURSOR.fullmatch(asked.cursor)
    duties = asked.state in ("owed", "overdue")
    statuses = (asked.state,) if asked.state else alert_reading.LISTED
    return Wanted(
        statuses=("current",) if duties else statuses,
        severities=(asked.severity,) if asked.severity else (),
        types=(asked.type,) if asked.type else (),
        tlps=(asked.tlp,) if asked.tlp else (),
        max_rank=TO_ACKNOWLEDGE if asked.state == "owed" else UNREAD if asked.unread else DONE,
        owed_before=now if asked.state == "overdue" else None,
        before=(int(cursor[1]), int(cursor[2])) if cursor else None,
        limit=asked.limit,
    )


def _own_cursor(text: str) -> tuple[int, str] | None:
    found = _OWN_CURSOR.fullmatch(text)
    return (int(found[1]), found[2]) if found else None


def _source(body: Mapping[str, object]) -> str:
    source = body.get(_SOURCE, "")
    if not isinstance(source, str):
        raise InvalidFieldsError([error(_SOURCE, "bad_text")])
    return source
