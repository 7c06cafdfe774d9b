#!/usr/bin/env python3
"""How fast do practices get from one node to another? W1 to W6 of the common work definition.

Two nodes as an agency runs them: ``integra serve``, TLS with pins, signed checkpoints, verified at
B, SQLite with a full fsync for every answer.  An item is a practice whose JSON has 2,048 printable,
incompressible bytes.  The write call at A is the release by the second person (the author handed it
in before); the reader at B is the public API's long poll, which answers whole practices.
"""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import contextlib

import aiohttp
import common
import two_nodes
from two_nodes import AUTHOR, PASSWORD, READER, SECOND, A, B

BULK = 500  # the most that one call takes
HEADER_BYTES = 52  # IPv4, TCP and its time stamps


class FederationWire:
    """IP bytes of A's federation port, both directions, from the kernel's account of its sockets."""

    def __init__(self, port):
        self._port = port
        self.how = f"IP bytes of port {port} (ss -ti, both directions)"

    def read(self):
        out = subprocess.run(
            ["ss", "-tinHO", f"sport = :{self._port}"], capture_output=True, text=True, check=True
        )
        return sum(_socket_bytes(line) for line in out.stdout.splitlines())


def _socket_bytes(line):
    told = dict(word.split(":", 1) for word in line.split() if word.count(":") == 1)
    names = ("bytes_sent", "bytes_received")
    segments = sum(int(told.get(name, 0)) for name in ("segs_out", "segs_in"))
    return sum(int(told.get(name, 0)) for name in names) + HEADER_BYTES * segments


class Nodes:
    """The two processes."""

    def __init__(self, lab, folder):
        self.members = {"a": lab.members[A], "b": lab.members[B]}
        self._folder = folder
        self.processes = {}

    def start(self, name):
        """Start one and return the seconds until it is ready."""
        began = time.perf_counter()
        self.processes[name] = common.start(
            two_nodes.serve_command(self.members[name]),
            f"{self._folder}/{name}.log",
            env=two_nodes.serve_environment(),
        )
        try:
            common.wait_http("127.0.0.1", self.members[name].staff_port, "/healthz", timeout=30)
        except TimeoutError:
            sys.stderr.write(Path(f"{self._folder}/{name}.log").read_text()[-2000:])
            raise
        return round(time.perf_counter() - began, 3)

    def url(self, name):
        return f"http://127.0.0.1:{self.members[name].staff_port}/api/v1"

    def rss(self):
        return {name: common.rss_mb(one.pid) for name, one in self.processes.items()}

    def cpu(self):
        return {name: common.cpu_s(one.pid) for name, one in self.processes.items()}


class Reader:
    """An ordinary reader at B: asks for what is new, waits, and notes when each item is in hand."""

    def __init__(self, session, url):
        self._session, self._url = session, url
        self.seen = {}
        self._news = asyncio.Event()

    async def run(self):
        cursor = 0
        while True:
            query = {"cursor": cursor, "wait": 20, "limit": 200, "full": "true"}
            try:
                async with self._session.get(f"{self._url}/practices", params=query) as answer:
                    answer.raise_for_status()
                    page = json.loads(await answer.read())
            except aiohttp.ClientError:
                await asyncio.sleep(0.02)
                continue
            now = time.perf_counter()
            for item in page["items"]:
                assert item["body"]["description"]["en"]
                self.seen[item["title"]] = now
            cursor = page["next"]
            self._news.set()

    async def until(self, condition, timeout_s):
        end = time.perf_counter() + timeout_s
        while not condition() and time.perf_counter() < end:
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), 0.5)


class Writers:
    """The people at A: one hands practices in, another releases them."""

    def __init__(self, url, size):
        self._url, self._size = url, size
        self._author = self._second = None

    async def sign_in(self):
        self._author = await signed_in(self._url, AUTHOR)
        self._second = await signed_in(self._url, SECOND)

    async def close(self):
        await self._author.close()
        await self._second.close()

    async def hand_in(self, count, seed):
        """Hand in practices; return their ids and titles."""
        bodies = [two_nodes.record(i, self._size, seed) for i in range(count)]
        ids = []
        for start in range(0, count, BULK):
            async with self._author.post(
                f"{self._url}/practices/bulk?submit=true", json=bodies[start : start + BULK]
            ) as answer:
                assert answer.status == 201, await answer.text()
                ids += [one["id"] for one in (await answer.json())["items"]]
        return list(zip(ids, (body["title"]["en"] for body in bodies), strict=True))

    async def release(self, practice_id):
        """The write call."""
        async with self._second.post(f"{self._url}/practices/{practice_id}/publish") as answer:
            assert answer.status == 200, await answer.text()
            await answer.read()

    async def release_all(self, practice_ids):
        """The bulk call."""
        async with self._second.post(
            f"{self._url}/practices/bulk/publish", json={"ids": practice_ids}
        ) as answer:
            assert answer.status == 200, await answer.text()
            await answer.read()


async def signed_in(url, username):
    async with aiohttp.ClientSession() as session:
        body = {"username": username, "password": PASSWORD}
        async with session.post(f"{url}/session", json=body) as answer:
            assert answer.status == 200, await answer.text()
            token = (await answer.json())["token"]
    return aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {token}"},
        connector=aiohttp.TCPConnector(limit=100),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


class Run:
    """One run of all works; ``rec`` is the line that is printed."""

    def __init__(self, args, nodes, wire, rec):
        self._args, self._nodes, self._wire, self.rec = args, nodes, wire, rec
        self._writers = Writers(nodes.url("a"), args.size)

    async def go(self):
        session = await signed_in(self._nodes.url("b"), READER)
        self._reader = Reader(session, self._nodes.url("b"))
        task = asyncio.create_task(self._reader.run())
        await self._writers.sign_in()
        # At rest: later the index would still be merging what came in.
        pids = {name: one.pid for name, one in self._nodes.processes.items()}
        self.rec["idle_cpu_pct_of_core"] = common.idle_cpu(pids, self._args.idle_s)
        await self._warm_up()
        await self._one_by_one()
        await self._stream("w2", 3, self._pump)
        await self._stream("w2_bulk", 6, self._pump_bulk)
        self.rec["w4_rss_after_w2"] = self._nodes.rss()
        for key, seed, count in (("w3", 4, self._args.w3), ("w3b", 5, self._args.w3b)):
            if count:
                await self._missed(key, seed, count)
        self.rec["w4_rss_end"] = self._nodes.rss()
        self.rec["ok"] = all(
            self.rec[key]["arrived"] == self.rec[key]["items"]
            for key in ("w2", "w2_bulk", "w3", "w3b")
            if key in self.rec
        )
        task.cancel()
        await session.close()
        await self._writers.close()

    async def _warm_up(self):
        items = await self._writers.hand_in(20, 1)
        for practice_id, _ in items:
            await self._writers.release(practice_id)
        await self._reader.until(lambda: len(self._reader.seen) >= len(items), 20)
        assert len(self._reader.seen) == len(items), "the nodes do not talk"

    async def _one_by_one(self):
        items = await self._writers.hand_in(self._args.w1, 2)
        await asyncio.sleep(1)
        noise, before, times, accepts = common.Noise(), self._wire.read(), [], []
        for practice_id, title in items:
            began = time.perf_counter()
            await self._writers.release(practice_id)
            accepts.append(time.perf_counter() - began)
            await self._reader.until(lambda title=title: title in self._reader.seen, 10)
            times.append(self._reader.seen[title] - began)
        common.keep(self.rec)
        accept = common.pct(accepts)["p50_ms"]
        self.rec["w1"] = {**common.pct(times), "accept_p50_ms": accept, **noise.read()}
        sent = self._wire.read() - before
        self.rec["w6_single_bytes_per_item"] = round(sent / max(1, len(items)))
        self.rec["w6_how"] = self._wire.how
        common.log("W1", self.rec["w1"])

    async def _stream(self, key, seed, pump):
        items = await self._writers.hand_in(self._args.w2, seed)
        await asyncio.sleep(1)
        base, noise, before = len(self._reader.seen), common.Noise(), self._wire.read()
        cpu = self._nodes.cpu()
        common.log(f"{key} begins")
        began = time.perf_counter()
        await pump([practice_id for practice_id, _ in items])
        accepted = time.perf_counter() - began
        await self._reader.until(lambda: len(self._reader.seen) - base >= len(items), 60)
        took = max(self._reader.seen.values()) - began
        arrived = len(self._reader.seen) - base
        self.rec[key] = {
            "items": len(items),
            "arrived": arrived,
            "accept_s": round(accepted, 3),
            "accept_per_s": round(len(items) / accepted),
            "delivered_s": round(took, 3),
            "items_per_s": round(arrived / took),
            "cpu_s": {n: round(s - cpu[n], 2) for n, s in self._nodes.cpu().items()},
            **noise.read(),
        }
        self.rec[f"w6_{key}_bytes_per_item"] = round((self._wire.read() - before) / len(items))
        common.log(key, self.rec[key])

    async def _pump(self, ids):
        waiting = iter(ids)

        async def one():
            for practice_id in waiting:
                await self._writers.release(practice_id)

        await asyncio.gather(*(one() for _ in range(self._args.senders)))

    async def _pump_bulk(self, ids):
        for start in range(0, len(ids), BULK):
            await self._writers.release_all(ids[start : start + BULK])

    async def _missed(self, key, seed, count):
        common.stop(self._nodes.processes["b"])
        base = len(self._reader.seen)
        items = await self._writers.hand_in(count, seed)
        await self._pump_bulk([practice_id for practice_id, _ in items])
        noise, before, began = common.Noise(), self._wire.read(), time.perf_counter()
        common.log(f"{key} begins")
        up = await asyncio.to_thread(self._nodes.start, "b")
        await self._reader.until(lambda: len(self._reader.seen) - base >= count, 120)
        arrived = len(self._reader.seen) - base
        self.rec[key] = {
            "items": count,
            "b_start_s": up,
            "arrived": arrived,
            "all_s": round(max(self._reader.seen.values()) - began, 3),
            **noise.read(),
        }
        self.rec[f"w6_{key}_bytes_per_item"] = round((self._wire.read() - before) / count)
        common.log(key, self.rec[key])


def main():
    parser = common.base_parser(__doc__)
    parser.add_argument("--senders", type=int, default=8)
    parser.add_argument("--w3b", type=int, default=20_000)
    args = parser.parse_args()
    common.enter(args)
    folder = common.scratch(args, "integra")
    machine = common.machine(folder)
    nodes = Nodes(two_nodes.make_two_nodes(Path(folder) / "lab"), folder)
    wire = FederationWire(nodes.members["a"].federation_port)
    starts = {name: nodes.start(name) for name in "ba"}
    rec = {
        "peer": "integra",
        "version": f"aiohttp {aiohttp.__version__}",
        "senders": args.senders,
        "size": args.size,
        "note": args.note,
        "machine": machine,
        "w5_start_s": starts,
        "w4_rss_after_start": nodes.rss(),
    }
    asyncio.run(Run(args, nodes, wire, rec).go())
    common.emit(rec)
    sys.exit(0 if rec["ok"] else 1)


if __name__ == "__main__":
    main()
