"""How does a program sign in, find out who it is, and sign out?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from integra_node.actions import signing_in
from integra_node.rules.problems import InvalidFieldsError, error
from integra_node.store.accounts import Account
from integra_node.web.api.answers import ApiModel, json_answer, no_content
from integra_node.web.bodies import read_json
from integra_node.web.context import context_of
from integra_node.web.cookies import format_token
from integra_node.web.sign_in import sign_in
from integra_node.web.visit import account_of, staff_of


class SignInBody(ApiModel):
    """Who signs in; ``otp`` is for accounts with a second factor, of which there are none yet."""

    username: Annotated[str, Field(min_length=1, max_length=256)]
    password: Annotated[str, Field(min_length=1, max_length=1_024)]
    otp: Annotated[str, Field(max_length=16)] | None = None


class UserAnswer(ApiModel):
    """An account as its holder sees it."""

    id: str
    username: str
    display_name: str
    roles: list[str]
    officer_id: str | None = None
    must_change_password: bool


class SessionAnswer(ApiModel):
    """A bearer token of 43 characters and until when it counts (RFC 3339, UTC)."""

    token: str
    expires_at: str
    user: UserAnswer


async def create(request: web.Request) -> web.Response:
    """Sign in."""
    body = await read_json(request, SignInBody)
    if body.otp:
        raise InvalidFieldsError([error("otp", "unknown_field")])
    entered = await sign_in(request, username=body.username, password=body.password, kind="api")
    answer = SessionAnswer(
        token=format_token(entered.token),
        expires_at=utc_text(entered.signed_in.session.expires_at),
        user=user_answer(entered.signed_in.account),
    )
    return json_answer(answer)


async def end(request: web.Request) -> web.Response:
    """Sign out."""
    context, staff = context_of(request), staff_of(request)
    now = context.clock()
    await context.database.write(lambda tx: signing_in.sign_out(tx, staff=staff, now=now))
    return no_content()


async def me(request: web.Request) -> web.Response:
    """Say who the token belongs to."""
    return json_answer(user_answer(account_of(request)))


def user_answer(account: Account) -> UserAnswer:
    """Return an account as its holder sees it."""
    return UserAnswer(
        id=account.id,
        username=account.username,
        display_name=account.display_name,
        roles=sorted(account.roles),
        officer_id=account.officer_id,
        must_change_password=account.must_change,
    )


def utc_text(at: int) -> str:
    """Return unix seconds as RFC 3339 text in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
