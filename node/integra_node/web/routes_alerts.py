"""Which addresses are about alerts, and who may use each?"""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel

from integra_node.rules.alert_interest import Interest
from integra_node.rules.permissions import Action
from integra_node.web.access import Handler, Route, page
from integra_node.web.api import alert_interest as api_interest
from integra_node.web.api import alerts as api
from integra_node.web.pages import alert_interest, alert_writing, alerts

ALERT_PAGES: Final[tuple[Route, ...]] = (
    page("GET", "/alerts", alerts.show_list, Action.READ_ALERT),
    page("POST", "/alerts", alert_writing.create, Action.WRITE_ALERT),
    page("GET", "/alerts/new", alert_writing.show_new, Action.WRITE_ALERT),
    page("GET", "/alerts/own", alert_writing.list_own, Action.WRITE_ALERT),
    page("GET", "/alerts/interest", alert_interest.show, Action.READ_ALERT),
    page("POST", "/alerts/interest", alert_interest.save, Action.READ_ALERT),
    page("GET", "/alerts/{id}", alerts.show, Action.READ_ALERT),
    page("GET", "/alerts/{id}/print", alerts.show_print, Action.READ_ALERT),
    page("POST", "/alerts/{id}/acknowledge", alerts.acknowledge, Action.ACKNOWLEDGE_ALERT),
    page("POST", "/alerts/{id}/feedback", alerts.give_feedback, Action.GIVE_ALERT_FEEDBACK),
    page("GET", "/alerts/{id}/edit", alert_writing.show_edit, Action.WRITE_ALERT),
    page("POST", "/alerts/{id}/edit", alert_writing.save, Action.WRITE_ALERT),
    page("GET", "/alerts/{id}/clear", alert_writing.show_clear, Action.CLEAR_ALERT),
    page("POST", "/alerts/{id}/clear", alert_writing.clear, Action.CLEAR_ALERT),
    page("GET", "/alerts/{id}/publish", alert_writing.show_publish, Action.PUBLISH_ALERT),
    page("POST", "/alerts/{id}/publish", alert_writing.publish, Action.PUBLISH_ALERT),
    page("POST", "/alerts/{id}/supersede", alert_writing.begin_version, Action.WRITE_ALERT),
    page("GET", "/alerts/{id}/retract", alert_writing.show_retract, Action.RETRACT_ALERT),
    page("POST", "/alerts/{id}/retract", alert_writing.retract, Action.RETRACT_ALERT),
)


def _step(
    path: str,
    handler: Handler,
    access: Action,
    summary: str,
    body: type[BaseModel] | None = None,
    answer: type[BaseModel] = api.AlertAnswer,
) -> Route:
    return Route(
        method="POST",
        path=f"/api/v1/alerts/{{id}}/{path}",
        handler=handler,
        access=access,
        kind="api",
        summary=summary,
        body=body,
        answer=answer,
    )


ALERT_CALLS: Final[tuple[Route, ...]] = (
    Route(
        method="GET",
        path="/api/v1/alerts",
        handler=api.list_all,
        access=Action.READ_ALERT,
        kind="api",
        summary="List alerts: what waits first.",
        query=api.AlertsParameters,
        answer=api.AlertsAnswer,
    ),
    Route(
        method="POST",
        path="/api/v1/alerts",
        handler=api.create,
        access=Action.WRITE_ALERT,
        kind="api",
        summary="Begin an alert; a source_id makes one alert only.",
        body=api.AlertBody,
        answer=api.AlertAnswer,
        status=201,
    ),
    Route(
        method="GET",
        path="/api/v1/alerts/interest",
        handler=api_interest.show,
        access=Action.READ_ALERT,
        kind="api",
        summary="Say which new alerts I want to be shown.",
        answer=Interest,
    ),
    Route(
        method="PUT",
        path="/api/v1/alerts/interest",
        handler=api_interest.save,
        access=Action.READ_ALERT,
        kind="api",
        summary="Choose which new alerts I want to be shown.",
        body=Interest,
        answer=Interest,
    ),
    Route(
        method="GET",
        path="/api/v1/alerts/{id}",
        handler=api.show,
        access=Action.READ_ALERT,
        kind="api",
        summary="Read an alert of ours by its id, or of any member by its ref.",
        answer=api.AlertAnswer,
    ),
    Route(
        method="PUT",
        path="/api/v1/alerts/{id}",
        handler=api.replace,
        access=Action.WRITE_ALERT,
        kind="api",
        summary="Replace the text of a draft.",
        body=api.AlertBody,
        answer=api.AlertAnswer,
        if_match=True,
    ),
    _step(
        "clear",
        api.clear,
        Action.CLEAR_ALERT,
        "Clear what somebody else wrote, with the bias questions answered.",
        api.ClearBody,
    ),
    _step(
        "publish",
        api.publish,
        Action.PUBLISH_ALERT,
        "Publish a cleared alert under the officer's signature.",
        api.PinBody,
    ),
    _step(
        "supersede",
        api.supersede,
        Action.WRITE_ALERT,
        "Begin the version that will supersede what is published.",
    ),
    _step(
        "retract",
        api.retract,
        Action.RETRACT_ALERT,
        "Take back what was published, with a reason.",
        api.RetractBody,
    ),
    _step(
        "acknowledge",
        api.acknowledge,
        Action.ACKNOWLEDGE_ALERT,
        "Acknowledge an alert for the organisation.",
        answer=api.SaidItem,
    ),
    _step(
        "feedback",
        api.give_feedback,
        Action.GIVE_ALERT_FEEDBACK,
        "Tell the issuer what we know of it.",
        api.FeedbackBody,
        api.SaidItem,
    ),
)
