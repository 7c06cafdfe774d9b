"""A member of the lab that answers as a test tells it to, over its own TLS and pin."""

import ssl
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from federation_lab import LabMember

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class FakeMember:
    """``answer`` may be changed while it runs; ``asked`` lists method and target of each request."""

    answer: Answering
    asked: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.raw_path}")
        return await self.answer(request)


@asynccontextmanager
async def fake_member(member: LabMember, answer: Answering, *, certificate_of=None):
    """Serve ``answer`` at the member's address; ``certificate_of`` shows another one's certificate."""
    fake = FakeMember(answer)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fake.handle)
    keys = (certificate_of or member).home / "keys"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(keys / "tls.crt", keys / "tls.key")
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", member.federation_port, ssl_context=context).start()
    try:
        yield fake
    finally:
        await runner.cleanup()
