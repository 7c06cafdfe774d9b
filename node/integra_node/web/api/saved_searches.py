"""How does a program keep the searches of its user?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from aiohttp import web
from pydantic import Field

from integra_node.actions import saved_searches
from integra_node.rules.question import FILTERS, Question, parse_question
from integra_node.search.contract import MAX_QUERY_CHARS, MAX_VALUE_CHARS, MAX_VALUES
from integra_node.web.api.answers import ApiModel, json_answer, no_content
from integra_node.web.api.session import utc_text
from integra_node.web.bodies import read_json
from integra_node.web.context import context_of
from integra_node.web.visit import staff_of

if TYPE_CHECKING:
    from integra_node.store.saved_searches import SavedSearch

When = Literal["never", "at_once", "daily"]
Value = Annotated[str, Field(min_length=1, max_length=MAX_VALUE_CHARS)]
Values = Annotated[tuple[Value, ...], Field(default=(), max_length=MAX_VALUES)]


class QuestionBody(ApiModel):
    """Words and filters, as ``GET /api/v1/search`` takes them; ``evidence_min`` 0 to 5."""

    q: Annotated[str, Field(max_length=MAX_QUERY_CHARS)] = ""
    kind: Values
    language: Values
    setting: Values
    stage: Values
    country: Values
    org: Values
    concept: Values
    evidence_min: Annotated[int, Field(ge=0, le=5)] | None = None
    sort: Literal["relevance", "newest", "evidence"] = "relevance"
    expand: bool = True

    def question(self) -> Question:
        """Return what is kept of it."""
        given = ((name, getattr(self, name)) for name in FILTERS)
        return Question(
            q=self.q.strip(),
            filters=tuple((name, values) for name, values in given if values),
            evidence_min=self.evidence_min,
            sort=self.sort,
            expand=self.expand,
        )


class SaveBody(ApiModel):
    """A search to keep, and when to tell its owner that something is new."""

    name: Annotated[str, Field(max_length=200)]
    notify: When = "never"
    question: QuestionBody


class ChangeBody(ApiModel):
    """Another name, another time of notice."""

    name: Annotated[str, Field(max_length=200)]
    notify: When


class SavedSearchAnswer(ApiModel):
    """One saved search; ``new`` are the refs found for it that its owner has not confirmed."""

    id: str
    name: str
    notify: When
    question: QuestionBody
    new: list[str]
    created_at: str


class SavedSearchesAnswer(ApiModel):
    """One's own saved searches, newest first, at most 50."""

    items: list[SavedSearchAnswer]


async def list_all(request: web.Request) -> web.Response:
    """List one's own saved searches."""
    staff = staff_of(request)
    rows = await context_of(request).database.read(
        lambda tx: saved_searches.list_own(tx, staff=staff)
    )
    return json_answer(SavedSearchesAnswer(items=[_answer(row) for row in rows]))


async def create(request: web.Request) -> web.Response:
    """Save a search."""
    context, staff = context_of(request), staff_of(request)
    body, now = await read_json(request, SaveBody), context.clock()
    row = await context.database.write(
        lambda tx: saved_searches.save(
            tx,
            body.question.question(),
            name=body.name.strip(),
            notify=body.notify,
            staff=staff,
            now=now,
            zone=context.us.zone,
            random=context.random,
        )
    )
    return json_answer(_answer(row), status=201, location=f"/api/v1/saved-searches/{row.id}")


async def show(request: web.Request) -> web.Response:
    """Return one saved search."""
    staff, id_ = staff_of(request), request.match_info["id"]
    row = await context_of(request).database.read(
        lambda tx: saved_searches.read(tx, id_, staff=staff)
    )
    return json_answer(_answer(row))


async def change(request: web.Request) -> web.Response:
    """Give a saved search another name or notice."""
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    body, now = await read_json(request, ChangeBody), context.clock()
    row = await context.database.write(
        lambda tx: saved_searches.change(
            tx,
            id_,
            name=body.name.strip(),
            notify=body.notify,
            staff=staff,
            now=now,
            zone=context.us.zone,
        )
    )
    return json_answer(_answer(row))


async def drop(request: web.Request) -> web.Response:
    """Delete a saved search."""
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    await context.database.write(lambda tx: saved_searches.drop(tx, id_, staff=staff, now=now))
    return no_content()


async def mark_seen(request: web.Request) -> web.Response:
    """Count what is new for a saved search as seen."""
    context, staff, id_ = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    await context.database.write(lambda tx: saved_searches.mark_seen(tx, id_, staff=staff, now=now))
    return no_content()


def _answer(row: SavedSearch) -> SavedSearchAnswer:
    question = parse_question(row.question)
    return SavedSearchAnswer(
        id=row.id,
        name=row.name,
        notify=row.notify,  # type: ignore[arg-type]  # checked when it was stored
        question=QuestionBody.model_validate(
            {
                "q": question.q,
                "evidence_min": question.evidence_min,
                "sort": question.sort,
                "expand": question.expand,
                **dict(question.filters),
            }
        ),
        new=list(row.fresh),
        created_at=utc_text(row.created_at),
    )
