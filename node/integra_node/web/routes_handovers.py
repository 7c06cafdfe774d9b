"""Which addresses are about handovers, signing keys and proofs, and who may use each?"""

from __future__ import annotations

from typing import Final, Literal

from integra_node.rules.permissions import Action
from integra_node.web.access import Handler, Route, page
from integra_node.web.api import handovers as api
from integra_node.web.api import proofs
from integra_node.web.pages import handover_writing, handovers, officers


def _casework(method: Literal["GET", "POST"], path: str, handler: Handler, access: Action) -> Route:
    return Route(method=method, path=path, handler=handler, access=access, casework=True)


HANDOVER_PAGES: Final[tuple[Route, ...]] = (
    page("GET", "/account/officer", officers.show, Action.OWN_OFFICER_KEY),
    page("POST", "/account/officer", officers.make, Action.OWN_OFFICER_KEY),
    page("POST", "/accounts/{id}/officer/revoke", officers.revoke, Action.MANAGE_OFFICERS),
    page("POST", "/accounts/{id}/officer/allow", officers.allow, Action.MANAGE_OFFICERS),
    page("GET", "/log/{org}/{epoch}/{index}/proof", proofs.show, Action.EXPORT_PROOF),
    _casework("GET", "/handovers", handovers.show_list, Action.READ_HANDOVER_LIST),
    _casework("POST", "/handovers", handover_writing.create, Action.WRITE_HANDOVER),
    _casework("GET", "/handovers/new", handover_writing.show_new, Action.WRITE_HANDOVER),
    _casework("GET", "/handovers/{id}", handovers.show, Action.READ_HANDOVER_LIST),
    _casework("GET", "/handovers/{id}/edit", handover_writing.show_edit, Action.WRITE_HANDOVER),
    _casework("POST", "/handovers/{id}/edit", handover_writing.save, Action.WRITE_HANDOVER),
    _casework("POST", "/handovers/{id}/copy", handover_writing.copy, Action.WRITE_HANDOVER),
    _casework("GET", "/handovers/{id}/owner", handovers.show_owner, Action.CLOSE_HANDOVER),
    _casework("POST", "/handovers/{id}/owner", handovers.name_owner, Action.CLOSE_HANDOVER),
    _casework("GET", "/handovers/{id}/notice", handovers.show_notice, Action.READ_HANDOVER),
    _casework("POST", "/handovers/{id}/notice", handovers.open_notice, Action.OPEN_IDENTITY),
    _casework("GET", "/handovers/{id}/do/{event}", handovers.show_step, Action.READ_HANDOVER_LIST),
    _casework("POST", "/handovers/{id}/do/{event}", handovers.do_step, Action.READ_HANDOVER_LIST),
)

HANDOVER_CALLS: Final[tuple[Route, ...]] = (
    Route(
        method="GET",
        path="/api/v1/log/{org}/{epoch}/{index}/proof",
        handler=proofs.show,
        access=Action.EXPORT_PROOF,
        kind="api",
        summary="Send the portable proof of an entry, a text file.",
        query=proofs.ProofParameters,
    ),
    Route(
        method="GET",
        path="/api/v1/handovers",
        handler=api.list_all,
        access=Action.READ_HANDOVER_LIST,
        kind="api",
        casework=True,
        summary="List handovers: our drafts, what we sent, what came in.",
        query=api.HandoversParameters,
        answer=api.HandoversAnswer,
    ),
    Route(
        method="POST",
        path="/api/v1/handovers",
        handler=api.create,
        access=Action.WRITE_HANDOVER,
        kind="api",
        casework=True,
        summary="Start a draft; may carry Idempotency-Key.",
        body=api.HandoverBody,
        answer=api.HandoverAnswer,
        status=201,
    ),
    Route(
        method="GET",
        path="/api/v1/handovers/{id}",
        handler=api.show,
        access=Action.READ_HANDOVER_LIST,
        kind="api",
        casework=True,
        summary="Show a handover; with its notice to its author, and to its owner once opened.",
        answer=api.HandoverAnswer,
    ),
    Route(
        method="PUT",
        path="/api/v1/handovers/{id}",
        handler=api.replace,
        access=Action.WRITE_HANDOVER,
        kind="api",
        casework=True,
        summary="Replace what a draft says.",
        body=api.HandoverBody,
        answer=api.HandoverAnswer,
        if_match=True,
    ),
    Route(
        method="POST",
        path="/api/v1/handovers/{id}/copy",
        handler=api.copy,
        access=Action.WRITE_HANDOVER,
        kind="api",
        casework=True,
        summary="Start a draft with what an earlier notice of ours says.",
        answer=api.HandoverAnswer,
        status=201,
    ),
    Route(
        method="POST",
        path="/api/v1/handovers/{id}/open",
        handler=api.open_notice,
        access=Action.OPEN_IDENTITY,
        kind="api",
        casework=True,
        summary="Show whom an opened notice is about to somebody who does not own it, for a reason.",
        body=api.OpenBody,
        answer=api.NoticeAnswer,
    ),
    Route(
        method="POST",
        path="/api/v1/handovers/{id}/owner",
        handler=api.name_owner,
        access=Action.CLOSE_HANDOVER,
        kind="api",
        casework=True,
        summary="Give a received notice another owner.",
        body=api.OwnerBody,
        answer=api.HandoverAnswer,
    ),
    Route(
        method="POST",
        path="/api/v1/handovers/{id}/{event}",
        handler=api.step,
        access=Action.READ_HANDOVER_LIST,
        kind="api",
        casework=True,
        summary=(
            "Move a handover: submit, return, approve, send, acknowledge, misdirect, review, "
            "accept, refuse, close, withdraw."
        ),
        body=api.EventBody,
        answer=api.HandoverAnswer,
    ),
)
