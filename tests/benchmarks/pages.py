#!/usr/bin/env python3
"""How long does the server work on a staff page, and how large is the page?

One signed-in person, one page after the other over loopback http; the time is from the request to
the last byte, so it holds the way there and back too.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import aiohttp
import common
import two_nodes
from integra import Nodes, Writers
from two_nodes import PASSWORD, SECOND

PAGES = ("/", "/search?q=prison", "/practices", "/partners")
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
FOREIGN = re.compile(r'(?:src|href|action)="(?:https?:)?//', re.IGNORECASE)
ASKED = 20


def main() -> None:
    """Print one JSON line for each page."""
    with tempfile.TemporaryDirectory(prefix="integra_bench_") as folder:
        nodes = Nodes(two_nodes.make_two_nodes(Path(folder) / "lab"), folder)
        nodes.start("a")
        try:
            asyncio.run(measure(nodes))
        finally:
            common.stop_all()


async def measure(nodes: Nodes) -> None:
    """Fill the library a little, sign in, and ask for each page."""
    writers = Writers(nodes.url("a"), 2_048)
    await writers.sign_in()
    await writers.release_all([one for one, _ in await writers.hand_in(200, 1)])
    await writers.close()
    await asyncio.sleep(3)  # the index follows
    site = nodes.url("a").removesuffix("/api/v1")
    async with aiohttp.ClientSession(site, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        form = await (await session.get("/sign-in")).text()
        fields = {"csrf": CSRF.search(form)[1], "username": SECOND, "password": PASSWORD}
        answer = await session.post("/sign-in", data=fields)
        assert answer.status == 200, answer.status
        for path in PAGES:
            print(json.dumps(await _page(session, path)), flush=True)


async def _page(session: aiohttp.ClientSession, path: str) -> dict[str, object]:
    times, text = [], ""
    for _ in range(ASKED):
        began = time.perf_counter()
        async with session.get(path) as answer:
            text = await answer.text()
        times.append(time.perf_counter() - began)
    return {
        "bench": "page",
        "path": path,
        "status": answer.status,
        **common.pct(times),
        "bytes": len(text.encode()),
        "asks_others": bool(FOREIGN.search(text)),
    }


if __name__ == "__main__":
    main()
