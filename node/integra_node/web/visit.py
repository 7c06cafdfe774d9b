"""Who is asking, in which language, under which session?"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from integra_node.rules.staff import Staff
from integra_node.store.accounts import Account
from integra_node.store.sessions import Session
from integra_node.web.refusals import SignInRequiredError


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is known about one request before its handler runs.

    Attributes:
        request_id: Also in the answer and in the log.
        language: One of ``languages.available()``.
        path: Asked for, without the query.
        csrf: The hidden field for forms of this visitor.
        staff: Who acts, or None before sign-in.
        account: The same person's account.
        session: The session in use.
        lapsed_account: Whose session has ended, when a browser still holds its cookie.
    """

    request_id: str
    language: str
    path: str
    csrf: str = ""
    staff: Staff | None = None
    account: Account | None = None
    session: Session | None = None
    lapsed_account: str = ""


VISIT = web.RequestKey("visit", Visit)


def visit_of(request: web.Request) -> Visit:
    """Return what is known about the caller."""
    return request[VISIT]


def staff_of(request: web.Request) -> Staff:
    """Return who acts.

    Raises:
        SignInRequiredError: nobody is signed in.
    """
    staff = request[VISIT].staff
    if staff is None:
        raise SignInRequiredError
    return staff


def account_of(request: web.Request) -> Account:
    """Return the account of who acts.

    Raises:
        SignInRequiredError: nobody is signed in.
    """
    account = request[VISIT].account
    if account is None:
        raise SignInRequiredError
    return account


def session_of(request: web.Request) -> Session:
    """Return the session in use.

    Raises:
        SignInRequiredError: nobody is signed in.
    """
    session = request[VISIT].session
    if session is None:
        raise SignInRequiredError
    return session
