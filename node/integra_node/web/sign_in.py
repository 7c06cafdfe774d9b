"""How does somebody prove who they are? The same way for pages and for the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from integra_node import passwords
from integra_node.actions import signing_in
from integra_node.actions.signing_in import Attempt, SignedIn
from integra_node.passwords import PasswordProfile
from integra_node.rate import RateLimiter
from integra_node.rules.accounts import normal_secret
from integra_node.store.accounts import Password
from integra_node.store.sessions import TOKEN_BYTES, Kind, token_hash
from integra_node.web.context import context_of
from integra_node.web.identity import LIMITS, client_address
from integra_node.web.refusals import SignInRefusedError
from integra_node.web.slow_pool import SlowPool

SIGN_IN_RATE = web.AppKey("sign_in_rate", RateLimiter)
SLOW_POOL = web.AppKey("slow_pool", SlowPool)
TRIES_AT_ONCE: Final = 100  # a whole office behind one address comes in at eight
TRIES_PER_MINUTE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Who somebody is now, and the token that stands for it; its ``repr`` hides the token."""

    signed_in: SignedIn
    token: bytes

    def __repr__(self) -> str:
        return f"Entered(account={self.signed_in.account.id!r})"


async def sign_in(request: web.Request, *, username: str, password: str, kind: Kind) -> Entered:
    """Open a session.

    Raises:
        SignInRefusedError: wrong username or password, or a locked or disabled account.
        RateError: too many tries from one address.
        BusyError: too many people are signing in at this moment.
    """
    context = context_of(request)
    request.config_dict[SIGN_IN_RATE].take(client_address(request, context.config))
    checked = await context.database.read(lambda tx: signing_in.stored_password(tx, username))
    right, rehashed = await check(request, password, checked)
    token, now = context.random(TOKEN_BYTES), context.clock()
    attempt = Attempt(
        username=username,
        kind=kind,
        agent=request.headers.get("User-Agent", ""),
        token_hash=token_hash(token),
        checked=checked,
        right=right,
        rehashed=rehashed,
    )
    signed_in = await context.database.write(
        lambda tx: signing_in.finish(tx, attempt, limits=LIMITS, now=now, random=context.random)
    )
    if signed_in is None:
        raise SignInRefusedError
    return Entered(signed_in=signed_in, token=token)


async def check(
    request: web.Request, password: str, stored: Password | None
) -> tuple[bool, str | None]:
    """Compare a password with a stored hash; return also a hash of today's cost if that is older."""
    profile = context_of(request).password_profile
    encoded = stored.encoded if stored else passwords.encoded_of_nobody(profile)
    secret = normal_secret(password)
    return await request.config_dict[SLOW_POOL].run(lambda: _compare(secret, encoded, profile))


async def hashed(request: web.Request, password: str) -> str:
    """Return the hash of a new password."""
    profile, secret = context_of(request).password_profile, normal_secret(password)
    return await request.config_dict[SLOW_POOL].run(
        lambda: passwords.hash_password(secret, profile)
    )


def _compare(secret: str, encoded: str, profile: PasswordProfile) -> tuple[bool, str | None]:
    if not passwords.matches(secret, encoded):
        return False, None
    old = passwords.needs_rehash(encoded, profile)
    return True, passwords.hash_password(secret, profile) if old else None
