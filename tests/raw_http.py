"""HTTP as an attacker writes it: bytes on a TLS socket, without a library that tidies them up."""

import asyncio
import json
import ssl
from dataclasses import dataclass

ANSWER_TIMEOUT_S = 15.0


@dataclass(frozen=True)
class Reply:
    """What came back; ``code`` is the error's code, empty when the body is no error."""

    status: int
    code: str
    media: str
    body: bytes


async def exchange(port: int, *chunks: bytes, pause_s: float = 0.0) -> Reply:
    """Send chunks as they are, then read one answer; the connection ends with it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=_any_certificate())
    try:
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(pause_s)
    except ConnectionError:
        pass  # refused before all was sent: the answer is waiting
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return await _read(reader)
    finally:
        writer.transport.abort()


def request_head(
    method: str, target: str, token: str | None, headers: dict[str, str], length: int | None
) -> bytes:
    """Return request line and headers, written as given."""
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    if token is not None:
        lines.append(f"Authorization: {token}")
    if length is not None:
        lines.append(f"Content-Length: {length}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


async def _read(reader: asyncio.StreamReader) -> Reply:
    status = int((await reader.readline()).split()[1])
    headers = {}
    while line := (await reader.readline()).strip():
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    media = headers.get("content-type", "").partition(";")[0]
    code = json.loads(body).get("error", "") if media == "application/json" and body else ""
    return Reply(status=status, code=code, media=media, body=body)


def _any_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
