"""How is an OAI-PMH repository asked? Over https, only those that the administrator named.

The second of the two modules that open connections to the outside, under the same rules as the
first: certificates are verified, redirects are errors, bodies are never decompressed, every answer
is read under a byte cap and a deadline, and private addresses are refused unless allowed.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

import aiohttp

from integra_node.federation.peers import GuardedResolver, Network, check_literal
from integra_node.intake.harvest import MAX_ANSWER_BYTES
from integra_node.intake.refusal import UnreadableError
from integra_protocol.errors import UnavailableError

TIMEOUT_S: Final = 60
CONNECT_TIMEOUT_S: Final = 10
_OK: Final = 200


class Harvester:
    """Asks the repositories of the settings; owned by the event loop."""

    def __init__(
        self,
        sources: Sequence[str],
        *,
        allow_networks: Sequence[Network] = (),
        ca_file: str | None = None,
    ) -> None:
        self._sources = frozenset(sources)
        self._allow = tuple(allow_networks)
        self._ca = ca_file

    async def list_records(self, source: str, set_spec: str, token: str) -> bytes:
        """Return one answer of ``ListRecords`` in ``oai_dc``; ``token`` goes on after the last one.

        Raises:
            UnreadableError: the source is not allowed, cannot be reached, or answers too much.
        """
        if source not in self._sources or not source.startswith("https://"):
            raise UnreadableError("source_not_allowed")
        asked = {"verb": "ListRecords"}
        if token:
            asked["resumptionToken"] = token
        else:
            asked |= {"metadataPrefix": "oai_dc"} | ({"set": set_spec} if set_spec else {})
        url = f"{source}{'&' if '?' in source else '?'}{urlencode(asked)}"
        try:
            check_literal(url, self._allow)
            async with asyncio.timeout(TIMEOUT_S), self._session() as session:
                return await _read(session, url)
        except (TimeoutError, OSError, UnavailableError, aiohttp.ClientError) as error:
            raise UnreadableError("source_unreachable") from error

    def _session(self) -> aiohttp.ClientSession:
        context = ssl.create_default_context(cafile=self._ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        connector = aiohttp.TCPConnector(
            ssl=context, resolver=GuardedResolver(self._allow), limit=1, force_close=True
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT_S),
            trust_env=False,
            headers={"Accept-Encoding": "identity", "User-Agent": "integra"},
        )


async def _read(session: aiohttp.ClientSession, url: str) -> bytes:
    async with session.get(url, allow_redirects=False) as answer:
        if answer.status != _OK or answer.headers.get("Content-Encoding", "identity") != "identity":
            raise UnreadableError("source_refused", said=answer.status)
        body = bytearray()
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise UnreadableError("source_too_large", max=MAX_ANSWER_BYTES // 2**20)
        return bytes(body)
