#!/usr/bin/env python3
"""What do 250 connected partners cost that have nothing to say? CPU seconds a minute of one node.

One client process holds 250 TLS connections, each with a signed long poll of another member,
renewed as a node renews it: every 25 seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import ssl
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import aiohttp
import common
import two_nodes
from integra import Nodes
from two_nodes import A

from integra_protocol.keys import SigningKey
from integra_protocol.token import sign_token

WAIT_S = 25


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partners", type=int, default=250)
    parser.add_argument("--seconds", type=float, default=60)
    args = parser.parse_args()
    guests = {f"guest-{n}": SigningKey.from_seed(os.urandom(32)) for n in range(args.partners)}
    with tempfile.TemporaryDirectory(prefix="integra_bench_") as folder:
        nodes = Nodes(two_nodes.make_two_nodes(Path(folder) / "lab", guests), folder)
        nodes.start("a")
        try:
            line = asyncio.run(measure(nodes, guests, args.seconds))
        finally:
            common.stop_all()
    print(json.dumps({"bench": "idle_partners", "partners": args.partners, **line}), flush=True)


async def measure(nodes: Nodes, guests: dict[str, SigningKey], seconds: float) -> dict[str, object]:
    """Return what the node spends while everybody waits."""
    pid = nodes.processes["a"].pid
    alone = common.rss_mb(pid)["rss_mb"]
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connector = aiohttp.TCPConnector(ssl=context, limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        url = f"https://127.0.0.1:{nodes.members['a'].federation_port}"
        answers: dict[int, int] = {}
        tasks = [
            asyncio.create_task(_partner(session, url, org, key, answers))
            for org, key in guests.items()
        ]
        await asyncio.sleep(WAIT_S + 5)  # spread over the period, as partners are
        before, began = common.cpu_s(pid), time.monotonic()
        await asyncio.sleep(seconds)
        spent = (common.cpu_s(pid) - before) / (time.monotonic() - began) * 60
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    grown = common.rss_mb(pid)["rss_mb"] - alone
    return {
        "cpu_s_per_minute": round(spent, 2),
        "answers": answers,
        "kb_per_partner": round(grown * 1024 / len(guests)),
    }


async def _partner(
    session: aiohttp.ClientSession, url: str, org: str, key: SigningKey, answers: dict[int, int]
) -> None:
    await asyncio.sleep(int.from_bytes(os.urandom(2), "big") / 65_536 * WAIT_S)
    path = f"/v1/log/{A}/1/batch?from=0&max=512&wait={WAIT_S}"
    while True:
        token = sign_token(
            issuer=org,
            audience=A,
            method="GET",
            url=path,
            body=b"",
            now=int(time.time()),
            key=key,
            roster_version=1,
            random=os.urandom,
        )
        async with session.get(f"{url}{path}", headers={"Authorization": token}) as answer:
            await answer.read()
        answers[answer.status] = answers.get(answer.status, 0) + 1


if __name__ == "__main__":
    main()
