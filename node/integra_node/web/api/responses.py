"""How does a program read what is said about practices, and say something?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field, JsonValue

from integra_node.actions import library, response_reading, responses
from integra_node.actions.idempotency import once
from integra_node.actions.response_reading import Said, SaidPage
from integra_node.actions.reviewed import Reviewed
from integra_node.rules.problems import InvalidFieldsError, error
from integra_node.rules.responses import Review, remark_json, review_json
from integra_node.store.database import Tx
from integra_node.web.api.answers import ApiModel, json_answer, json_text
from integra_node.web.api.json_bodies import read_object
from integra_node.web.api.preconditions import call_digest, idempotency_key
from integra_node.web.api.session import utc_text
from integra_node.web.bodies import read_json, read_query
from integra_node.web.context import context_of
from integra_node.web.pages.responses import country_of
from integra_node.web.signing import unlocked
from integra_node.web.visit import staff_of
from integra_protocol.errors import NotFoundError

Words = Annotated[list[str], Field(max_length=400)]
"""Ids of words that the screening points at and that point at nobody."""


class ResponsesParameters(ApiModel):
    """Which to list; ``cursor`` is ``next`` of the page before."""

    form: Literal["", "review", "report", "comment", "question"] = ""
    cursor: Annotated[int, Field(ge=0, le=2**53)] = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class ResponseItem(ApiModel):
    """One thing that an organisation says; ``version`` is that of the practice it speaks of.

    ``body`` of a review has its scores (1 to 5), verdict and declared conflict of interest.
    """

    ref: str
    org: str
    form: str
    at: str
    about: str
    version: int
    country: str | None = None
    officer: str | None = None
    signed: bool
    witnessed: bool
    body: dict[str, JsonValue]
    answers: list[ResponseItem] | None = None


class ReviewedItem(ApiModel):
    """How many organisations of how many countries reviewed it; ``earlier``: an older version."""

    orgs: int
    countries: int
    earlier: int


class ResponsesAnswer(ApiModel):
    """A page, newest first; ``next`` is 0 on the last one."""

    reviewed: ReviewedItem
    items: list[ResponseItem]
    next: int


class ReviewBody(Review):
    """A review, the signing PIN of the officer, and which words that were pointed at may stay."""

    pin: Annotated[str, Field(max_length=200)]
    points_at_nobody: Words = Field(default_factory=list)


class RemarkBody(ApiModel):
    """A report of use (with setting and group size), a comment or a question.

    ``group_size`` is a number of people; below ten it is published as "fewer than 10".
    """

    form: Literal["report", "comment", "question"]
    language: str
    text: Annotated[str, Field(max_length=2_000)]
    setting: str | None = None
    group_size: int | None = None
    points_at_nobody: Words = Field(default_factory=list)


class AnswerBody(ApiModel):
    """An answer."""

    language: str
    text: Annotated[str, Field(max_length=2_000)]
    points_at_nobody: Words = Field(default_factory=list)


class TakeBackBody(ApiModel):
    """Why: kept in our own audit log only."""

    reason: Annotated[str, Field(max_length=2_000)]


class SaidAnswer(ApiModel):
    """Where it now stands in our log."""

    ref: str


async def list_all(request: web.Request) -> web.Response:
    """List what organisations say about a practice."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    asked = read_query(request, ResponsesParameters)
    forms = (asked.form,) if asked.form else response_reading.ABOUT

    def load(tx: Tx) -> tuple[Reviewed, SaidPage]:
        found = library.read_published(tx, context.us, ref, staff=staff)
        told = response_reading.page_about(
            tx, found, forms, before=asked.cursor or None, limit=asked.limit, staff=staff
        )
        return response_reading.reviewed(tx, found), told

    reviewed, told = await context.database.read(load)
    return json_answer(
        ResponsesAnswer(
            reviewed=ReviewedItem(
                orgs=reviewed.orgs, countries=reviewed.countries, earlier=reviewed.earlier
            ),
            items=[_item(one) for one in told.items],
            next=told.next,
        )
    )


async def review(request: web.Request) -> web.Response:
    """Review a practice under the officer's signature."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    _, given = await read_object(request)
    pin, now, country = given.get("pin"), context.clock(), country_of(request)
    if not isinstance(pin, str) or not pin:
        raise InvalidFieldsError([error("pin", "required")])
    officer = await unlocked(request, pin)
    body = {key: value for key, value in given.items() if key != "pin"}
    made = await context.database.write(
        lambda tx: responses.review(
            tx, context.us, ref, body, officer=officer, country=country, staff=staff, now=now
        )
    )
    return json_answer(SaidAnswer(ref=made), status=201)


async def remark(request: web.Request) -> web.Response:
    """Report use, comment or ask."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    return await said(
        request,
        lambda tx, body: responses.remark(tx, context.us, ref, body, staff=staff, now=now),
    )


async def answer(request: web.Request) -> web.Response:
    """Answer a question about a practice of ours."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    return await said(
        request,
        lambda tx, body: responses.answer(tx, context.us, ref, body, staff=staff, now=now),
    )


async def take_back(request: web.Request) -> web.Response:
    """Erase everywhere what we said."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    body, now = await read_json(request, TakeBackBody), context.clock()
    await context.database.write(
        lambda tx: responses.take_back(
            tx, context.us, ref, reason=body.reason, staff=staff, now=now
        )
    )
    return web.Response(status=204)


async def said(
    request: web.Request, act: Callable[[Tx, Mapping[str, object]], str]
) -> web.Response:
    """Read the body, let ``act`` publish it once, and answer with its ref."""
    context, staff = context_of(request), staff_of(request)
    data, body = await read_object(request)
    key, digest, now = idempotency_key(request), call_digest(request, data), context.clock()

    def run(tx: Tx) -> str:
        return once(
            tx,
            key,
            digest,
            lambda: json_text(SaidAnswer(ref=act(tx, body))),
            staff=staff,
            now=now,
        )

    made = SaidAnswer.model_validate_json(await context.database.write(run))
    return json_answer(made, status=201)


def _item(one: Said) -> ResponseItem:
    if one.review is not None:
        body = dict(review_json(one.review))
    elif one.remark is not None:
        body = dict(remark_json(one.remark))
    else:
        raise NotFoundError("nothing is said")
    return ResponseItem(
        ref=one.ref,
        org=one.org,
        form=one.form,
        at=utc_text(one.at),
        about=one.about,
        version=one.version,
        country=one.country,
        officer=one.officer or None,
        signed=one.signed,
        witnessed=one.witnessed,
        body=body,
        answers=[_item(two) for two in one.answers] if one.form == "question" else None,
    )
