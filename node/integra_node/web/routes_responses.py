"""Which addresses are about what organisations say of each other's practices?"""

from __future__ import annotations

from typing import Final

from integra_node.rules.permissions import Action
from integra_node.web.access import Route, page
from integra_node.web.api import responses as api
from integra_node.web.api import translations as api_translations
from integra_node.web.pages import responses, translations

RESPONSE_PAGES: Final[tuple[Route, ...]] = (
    page("GET", "/practices/{id}/said", responses.show_all, Action.READ_PRACTICE),
    page("POST", "/practices/{id}/said/read", responses.mark_read, Action.WRITE_PRACTICE),
    page("GET", "/practices/{id}/review", responses.show_review, Action.REVIEW_PRACTICE),
    page("POST", "/practices/{id}/review", responses.review, Action.REVIEW_PRACTICE),
    page("GET", "/practices/{id}/remark", responses.show_remark, Action.REMARK_PRACTICE),
    page("POST", "/practices/{id}/remark", responses.remark, Action.REMARK_PRACTICE),
    page("GET", "/practices/{id}/translate", translations.show, Action.TRANSLATE_PRACTICE),
    page("POST", "/practices/{id}/translate", translations.save, Action.TRANSLATE_PRACTICE),
    page("GET", "/responses/{id}/answer", responses.show_answer, Action.ANSWER_QUESTION),
    page("POST", "/responses/{id}/answer", responses.answer, Action.ANSWER_QUESTION),
    # Who may take something back depends on what it is: the action decides.
    page("GET", "/responses/{id}/take-back", responses.show_take_back, Action.READ_PRACTICE),
    page("POST", "/responses/{id}/take-back", responses.take_back, Action.READ_PRACTICE),
)

RESPONSE_CALLS: Final[tuple[Route, ...]] = (
    Route(
        method="GET",
        path="/api/v1/practices/{id}/responses",
        handler=api.list_all,
        access=Action.READ_PRACTICE,
        kind="api",
        summary="List what organisations say about a practice, newest first.",
        query=api.ResponsesParameters,
        answer=api.ResponsesAnswer,
    ),
    Route(
        method="POST",
        path="/api/v1/practices/{id}/reviews",
        handler=api.review,
        access=Action.REVIEW_PRACTICE,
        kind="api",
        summary="Review another organisation's practice, or replace our review; needs a PIN.",
        body=api.ReviewBody,
        answer=api.SaidAnswer,
        status=201,
    ),
    Route(
        method="POST",
        path="/api/v1/practices/{id}/remarks",
        handler=api.remark,
        access=Action.REMARK_PRACTICE,
        kind="api",
        summary="Report use, comment or ask; may carry Idempotency-Key.",
        body=api.RemarkBody,
        answer=api.SaidAnswer,
        status=201,
    ),
    Route(
        method="GET",
        path="/api/v1/practices/{id}/translations",
        handler=api_translations.list_all,
        access=Action.READ_PRACTICE,
        kind="api",
        summary="List the languages in which a version can be read, and what there is to translate.",
        answer=api_translations.TranslationsAnswer,
    ),
    Route(
        method="POST",
        path="/api/v1/practices/{id}/translations",
        handler=api_translations.create,
        access=Action.TRANSLATE_PRACTICE,
        kind="api",
        summary="Translate a version, or replace our translation; may carry Idempotency-Key.",
        body=api_translations.TranslationBody,
        answer=api.SaidAnswer,
        status=201,
    ),
    Route(
        method="POST",
        path="/api/v1/responses/{id}/answers",
        handler=api.answer,
        access=Action.ANSWER_QUESTION,
        kind="api",
        summary="Answer a question about a practice of ours; may carry Idempotency-Key.",
        body=api.AnswerBody,
        answer=api.SaidAnswer,
        status=201,
    ),
    Route(
        method="POST",
        path="/api/v1/responses/{id}/take-back",
        handler=api.take_back,
        access=Action.READ_PRACTICE,
        kind="api",
        summary="Erase everywhere what we said.",
        body=api.TakeBackBody,
    ),
)
