"""Which addresses exist, and who may use each? This list, and nothing else, is served."""

from __future__ import annotations

from typing import Final

from integra_node.rules.permissions import Action
from integra_node.rules.practice import Practice
from integra_node.web import operations, static_files
from integra_node.web.access import PUBLIC, SIGNED_IN, Route, page
from integra_node.web.api import audit as api_audit
from integra_node.web.api import federation as api_federation
from integra_node.web.api import messages as api_messages
from integra_node.web.api import officers as api_officers
from integra_node.web.api import openapi
from integra_node.web.api import practice_family as api_practice_family
from integra_node.web.api import practices as api_practices
from integra_node.web.api import search as api_search
from integra_node.web.api import session as api_session
from integra_node.web.pages import (
    about,
    account,
    accounts,
    audit,
    mailbox,
    messages,
    partners,
    practice_adapting,
    practice_life,
    practice_versions,
    practice_writing,
    practices,
    search,
    session,
    today,
)
from integra_node.web.routes_alerts import ALERT_CALLS, ALERT_PAGES
from integra_node.web.routes_browsing import BROWSING_CALLS, BROWSING_PAGES
from integra_node.web.routes_files import FILE_CALLS, FILE_PAGES
from integra_node.web.routes_handovers import HANDOVER_CALLS, HANDOVER_PAGES
from integra_node.web.routes_responses import RESPONSE_CALLS, RESPONSE_PAGES
from integra_node.web.routes_saved import SAVED_CALLS, SAVED_PAGES

# A form that was kept over a sign-in is carried inside another form, so it may be longer.
_KEPT_MAX_BYTES: Final = 4 * 1024 * 1024

_BULK_MAX_BYTES: Final = 8 * 1024 * 1024

PAGES: Final[tuple[Route, ...]] = (
    page("GET", "/", about.home, PUBLIC),
    page("GET", "/help", about.help_page, PUBLIC),
    page("GET", "/accessibility", about.accessibility, PUBLIC),
    page("GET", "/privacy", about.privacy, PUBLIC),
    page("GET", "/contact", about.contact, PUBLIC),
    page("GET", "/language", account.show_languages, PUBLIC),
    page("POST", "/language", account.choose_language, PUBLIC),
    page("GET", "/.well-known/change-password", about.change_password_address, PUBLIC),
    page("GET", "/sign-in", session.show, PUBLIC),
    Route(
        method="POST",
        path="/sign-in",
        handler=session.submit,
        access=PUBLIC,
        max_bytes=_KEPT_MAX_BYTES,
    ),
    Route(
        method="POST",
        path="/sign-out",
        handler=session.sign_out,
        access=SIGNED_IN,
        before_password_change=True,
    ),
    page("GET", "/today", today.show, Action.SEE_TODAY),
    page("GET", "/messages", messages.show, Action.OWN_PROFILE),
    page("POST", "/messages/confirm", messages.confirm, Action.OWN_PROFILE),
    page("GET", "/account", account.show, Action.OWN_PROFILE),
    Route(
        method="GET",
        path="/account/password",
        handler=account.show_password,
        access=Action.OWN_PROFILE,
        before_password_change=True,
    ),
    Route(
        method="POST",
        path="/account/password",
        handler=account.change_password,
        access=Action.OWN_PROFILE,
        before_password_change=True,
    ),
    page("GET", "/account/mail", mailbox.show, Action.OWN_PROFILE),
    page("POST", "/account/mail", mailbox.change, Action.OWN_PROFILE),
    page("POST", "/account/sessions/revoke", account.revoke_others, Action.OWN_PROFILE),
    page("POST", "/account/sessions/{id}/revoke", account.revoke_session, Action.OWN_PROFILE),
    page("GET", "/accounts", accounts.show_all, Action.MANAGE_ACCOUNTS),
    page("POST", "/accounts", accounts.create, Action.MANAGE_ACCOUNTS),
    page("GET", "/accounts/new", accounts.show_new, Action.MANAGE_ACCOUNTS),
    page("GET", "/accounts/{id}", accounts.show, Action.MANAGE_ACCOUNTS),
    page("POST", "/accounts/{id}/roles", accounts.change_roles, Action.MANAGE_ACCOUNTS),
    page("POST", "/accounts/{id}/password", accounts.reset_password, Action.MANAGE_ACCOUNTS),
    page("POST", "/accounts/{id}/unlock", accounts.unlock, Action.MANAGE_ACCOUNTS),
    page("POST", "/accounts/{id}/disable", accounts.disable, Action.MANAGE_ACCOUNTS),
    page("POST", "/accounts/{id}/enable", accounts.enable, Action.MANAGE_ACCOUNTS),
    page(
        "POST", "/accounts/{id}/sessions/revoke", accounts.revoke_sessions, Action.MANAGE_ACCOUNTS
    ),
    page(
        "POST",
        "/accounts/sessions/{session}/revoke",
        accounts.revoke_session,
        Action.MANAGE_ACCOUNTS,
    ),
    page("GET", "/partners", partners.show, Action.SEE_PARTNERS),
    page("GET", "/audit", audit.show, Action.READ_AUDIT),
    page("GET", "/audit/verify", audit.verify, Action.READ_AUDIT),
    page("POST", "/audit/export", audit.export, Action.EXPORT_AUDIT),
    page("GET", "/api/docs", openapi.show_docs, PUBLIC),
)

CALLS: Final[tuple[Route, ...]] = (
    Route(
        method="POST",
        path="/api/v1/session",
        handler=api_session.create,
        access=PUBLIC,
        kind="api",
        summary="Sign in and get a bearer token.",
        body=api_session.SignInBody,
        answer=api_session.SessionAnswer,
    ),
    Route(
        method="GET",
        path="/api/v1/messages",
        handler=api_messages.list_all,
        access=Action.OWN_PROFILE,
        kind="api",
        summary="List what I was told: by kind, reference and count.",
        query=api_messages.MessagesParameters,
        answer=api_messages.MessagesAnswer,
    ),
    Route(
        method="POST",
        path="/api/v1/messages/confirm",
        handler=api_messages.confirm,
        access=Action.OWN_PROFILE,
        kind="api",
        summary="Confirm that I have seen a message.",
        body=api_messages.ConfirmBody,
        status=204,
    ),
    Route(
        method="DELETE",
        path="/api/v1/session",
        handler=api_session.end,
        access=SIGNED_IN,
        kind="api",
        before_password_change=True,
        summary="Sign out; the token no longer counts.",
        status=204,
    ),
    Route(
        method="GET",
        path="/api/v1/me",
        handler=api_session.me,
        access=SIGNED_IN,
        kind="api",
        before_password_change=True,
        summary="Say who the token belongs to.",
        answer=api_session.UserAnswer,
    ),
    Route(
        method="POST",
        path="/api/v1/officer",
        handler=api_officers.make,
        access=Action.OWN_OFFICER_KEY,
        kind="api",
        summary="Make the signing key of one's own account, under a PIN.",
        body=api_officers.OfficerBody,
        answer=api_officers.OfficerAnswer,
        status=201,
    ),
    Route(
        method="GET",
        path="/api/v1/federation",
        handler=api_federation.show,
        access=Action.SEE_PARTNERS,
        kind="api",
        summary="Tell the state of our own log and of every partner.",
        answer=api_federation.FederationAnswer,
    ),
    Route(
        method="GET",
        path="/api/v1/audit",
        handler=api_audit.show,
        access=Action.READ_AUDIT,
        kind="api",
        summary="List rows of the audit log, newest first.",
        query=api_audit.AuditParameters,
        answer=api_audit.AuditAnswer,
    ),
)

LIBRARY_PAGES: Final[tuple[Route, ...]] = (
    page("GET", "/search", search.show, Action.SEARCH),
    page("GET", "/browse", search.browse, Action.SEARCH),
    page("POST", "/practices", practice_writing.create, Action.WRITE_PRACTICE),
    page("GET", "/practices/new", practice_writing.show_new, Action.WRITE_PRACTICE),
    page("GET", "/practices/compare", practice_versions.compare, Action.READ_PRACTICE),
    page("GET", "/practices/{id}", practices.show, Action.READ_PRACTICE),
    page("GET", "/practices/{id}/versions", practice_versions.show_versions, Action.READ_PRACTICE),
    page("GET", "/practices/{id}/edit", practice_writing.show_edit, Action.WRITE_PRACTICE),
    page("POST", "/practices/{id}/edit", practice_writing.save, Action.WRITE_PRACTICE),
    page("GET", "/practices/{id}/preview", practice_writing.show_preview, Action.WRITE_PRACTICE),
    page("POST", "/practices/{id}/submit", practice_writing.submit, Action.WRITE_PRACTICE),
    page("POST", "/practices/{id}/return", practices.give_back, Action.WRITE_PRACTICE),
    page("POST", "/practices/{id}/publish", practices.publish, Action.PUBLISH_PRACTICE),
    page("POST", "/practices/{id}/withdraw", practices.withdraw, Action.WITHDRAW_PRACTICE),
    page("POST", "/practices/{id}/version", practices.begin_version, Action.WRITE_PRACTICE),
    page("POST", "/practices/{id}/confirm", practice_life.confirm, Action.PUBLISH_PRACTICE),
    page(
        "GET", "/practices/{id}/deprecate", practice_life.show_deprecate, Action.WITHDRAW_PRACTICE
    ),
    page("POST", "/practices/{id}/deprecate", practice_life.deprecate, Action.WITHDRAW_PRACTICE),
    page("GET", "/practices/{id}/adapt", practice_adapting.show, Action.WRITE_PRACTICE),
    page("POST", "/practices/{id}/adapt", practice_adapting.begin, Action.WRITE_PRACTICE),
)

LIBRARY_CALLS: Final[tuple[Route, ...]] = (
    Route(
        method="GET",
        path="/api/v1/search",
        handler=api_search.show,
        access=Action.SEARCH,
        kind="api",
        summary="Search the library.",
        query=api_search.SearchParameters,
        answer=api_search.SearchAnswer,
    ),
    Route(
        method="GET",
        path="/api/v1/practices",
        handler=api_practices.list_all,
        access=Action.READ_PRACTICE,
        kind="api",
        summary="List practices that arrived, our own, or those that wait for me.",
        query=api_practices.PracticesParameters,
        answer=api_practices.PracticesAnswer,
    ),
    Route(
        method="POST",
        path="/api/v1/practices",
        handler=api_practices.create,
        access=Action.WRITE_PRACTICE,
        kind="api",
        summary="Start a practice; may carry Idempotency-Key.",
        body=Practice,
        answer=api_practices.PracticeAnswer,
        status=201,
    ),
    Route(
        method="POST",
        path="/api/v1/practices/bulk",
        handler=api_practices.create_many,
        access=Action.WRITE_PRACTICE,
        kind="api",
        max_bytes=_BULK_MAX_BYTES,
        summary="Start up to 500 practices, all or none; may carry Idempotency-Key.",
        query=api_practices.BulkParameters,
        body=api_practices.PracticesBody,
        answer=api_practices.MadeAnswer,
        status=201,
    ),
    Route(
        method="POST",
        path="/api/v1/practices/bulk/publish",
        handler=api_practices.publish_many,
        access=Action.PUBLISH_PRACTICE,
        kind="api",
        summary="Publish up to 500 submitted practices of others, all or none.",
        body=api_practices.PublishBody,
        answer=api_practices.MadeAnswer,
    ),
    Route(
        method="GET",
        path="/api/v1/practices/{id}",
        handler=api_practices.show,
        access=Action.READ_PRACTICE,
        kind="api",
        summary="Read a draft of ours by id, or a published version of any member by ref.",
        answer=api_practices.PracticeAnswer,
    ),
    Route(
        method="GET",
        path="/api/v1/practices/{id}/family",
        handler=api_practice_family.show,
        access=Action.READ_PRACTICE,
        kind="api",
        summary="Tell who adapted whom, where and with which result.",
        answer=api_practice_family.FamilyAnswer,
    ),
    Route(
        method="PUT",
        path="/api/v1/practices/{id}",
        handler=api_practices.replace,
        access=Action.WRITE_PRACTICE,
        kind="api",
        summary="Replace the text of a draft.",
        body=Practice,
        answer=api_practices.PracticeAnswer,
        if_match=True,
    ),
    *(
        Route(
            method="POST",
            path=f"/api/v1/practices/{{id}}/{step}",
            handler=handler,
            access=action,
            kind="api",
            summary=summary,
            body=body,
            answer=api_practices.PracticeAnswer,
            status=201 if step == "adapt" else 200,
        )
        for step, handler, action, body, summary in (
            ("submit", api_practices.submit, Action.WRITE_PRACTICE, None, "Hand in a draft."),
            (
                "return",
                api_practices.give_back,
                Action.WRITE_PRACTICE,
                api_practices.ReasonBody,
                "Make a submitted practice a draft again.",
            ),
            (
                "publish",
                api_practices.publish,
                Action.PUBLISH_PRACTICE,
                api_practices.DecisionsBody,
                "Publish a submitted practice of somebody else.",
            ),
            (
                "withdraw",
                api_practices.withdraw,
                Action.WITHDRAW_PRACTICE,
                api_practices.ReasonBody,
                "Withdraw what was published.",
            ),
            (
                "confirm",
                api_practices.confirm,
                Action.PUBLISH_PRACTICE,
                None,
                "Confirm to every member that a published practice still holds.",
            ),
            (
                "deprecate",
                api_practices.deprecate,
                Action.WITHDRAW_PRACTICE,
                api_practices.DeprecateBody,
                "Advise every member against beginning a published practice.",
            ),
            (
                "version",
                api_practices.begin_version,
                Action.WRITE_PRACTICE,
                None,
                "Start the next version of what was published.",
            ),
            (
                "adapt",
                api_practices.adapt,
                Action.WRITE_PRACTICE,
                api_practices.AdaptBody,
                "Start a practice of our own from a published one.",
            ),
        )
    ),
)

FILES: Final[tuple[Route, ...]] = (
    Route(
        method="GET", path="/static/{name}", handler=static_files.send, access=PUBLIC, kind="file"
    ),
    Route(
        method="GET",
        path="/api/openapi.json",
        handler=openapi.send_document,
        access=PUBLIC,
        kind="file",
    ),
    Route(method="GET", path="/healthz", handler=operations.healthz, access=PUBLIC, kind="file"),
    Route(method="GET", path="/readyz", handler=operations.readyz, access=PUBLIC, kind="file"),
    Route(method="GET", path="/metrics", handler=operations.metrics, access=PUBLIC, kind="file"),
)

ROUTES: Final[tuple[Route, ...]] = (
    *PAGES,
    *LIBRARY_PAGES,
    *FILE_PAGES,
    *BROWSING_PAGES,
    *SAVED_PAGES,
    *RESPONSE_PAGES,
    *ALERT_PAGES,
    *HANDOVER_PAGES,
    *CALLS,
    *LIBRARY_CALLS,
    *FILE_CALLS,
    *BROWSING_CALLS,
    *SAVED_CALLS,
    *RESPONSE_CALLS,
    *ALERT_CALLS,
    *HANDOVER_CALLS,
    *FILES,
)
