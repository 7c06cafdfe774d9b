#!/usr/bin/env python3
"""Does the product reach its bars on this machine? One JSON line for each, with median and spread.

Usage: ``run.py [--quick] [--only NAME ...]``.  Every measurement is a program of its own beside
this one; they run one after the other and nothing else should.  A line says the bar, what was
measured (median, lowest and highest of the runs), whether it was met, and how much CPU others
used meanwhile where that was watched: above 0.3 cores it is noise, and to be run again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

import common  # noqa: E402 - after the path is set

RUNS = 3
Line = dict[str, Any]


def main() -> int:
    """Run what was asked for; return 0 whether or not the bars were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run each, small amounts")
    parser.add_argument("--only", nargs="*", choices=sorted(BENCHES), default=sorted(BENCHES))
    args = parser.parse_args()
    tell(machine())
    for name in args.only:
        for line in BENCHES[name](args.quick):
            tell({"bench": name, **line})
    return 0


def tell(line: Mapping[str, object]) -> None:
    """Print one line."""
    print(json.dumps(line), flush=True)


def machine() -> Line:
    """Say what was measured on, and that the floor is the agreed one."""
    files = {name: hashlib.sha256((HERE / name).read_bytes()) for name in ("floor.py", "common.py")}
    with tempfile.TemporaryDirectory() as folder:
        about = common.machine(folder)
    return {"machine": about, "sha256": {name: one.hexdigest() for name, one in files.items()}}


# ------------------------------------------------------------------ the benches


def receive(quick: bool) -> Iterator[Line]:
    """Entries verified and stored, beside hashing, msgpack and SQLite alone."""
    arguments = ["--entries", "2000" if quick else "10000", "--runs", "1" if quick else str(RUNS)]
    [found] = program("receive.py", *arguments)
    yield judged(
        "at least 20,000 entries verified and stored a second and core",
        found["entries_per_cpu_s"],
        found["entries_per_cpu_s"]["median"] >= 20_000,
        wall=found["entries_per_s"],
    )
    yield judged(
        "at least half of SHA-256 + msgpack + SQLite in the same run",
        found["ratio"],
        found["ratio"]["median"] >= 0.5,
        floor=found["floor_per_s"],
    )


def two_nodes(quick: bool) -> Iterator[Line]:
    """W1 to W6 of the work definition, in turn with the floor."""
    size = ["--w1", "50", "--w2", "500", "--w3b", "2000"] if quick else ["--w3b", "20000"]
    options = [*size, "--w3", "0", "--idle-s", "3" if quick else "15"]
    ours, floors = [], []
    for _ in range(1 if quick else RUNS):
        floors += program("floor.py", *options)
        ours += program("integra.py", *options)
    yield from _latency(ours, floors)
    yield from _throughput(ours, floors)
    yield from _missed(ours)
    yield from _at_rest(ours)


def _latency(ours: Sequence[Line], floors: Sequence[Line]) -> Iterator[Line]:
    p50, p95 = over(ours, "w1", "p50_ms"), over(ours, "w1", "p95_ms")
    floor = over(floors, "w1", "p50_ms")
    noise = over(ours, "w1", "foreign_cores")["max"]
    more = {"foreign_cores": noise, "accept_p50_ms": over(ours, "w1", "accept_p50_ms")}
    yield judged("one item A to B: p50 under 10 ms", p50, p50["median"] < 10, **more)
    ratio = round(p50["median"] / floor["median"], 2)
    yield judged("p50 at most twice the floor's", ratio, ratio <= 2, floor=floor)
    yield judged("p95 under three times p50", p95, p95["median"] < 3 * p50["median"])


def _throughput(ours: Sequence[Line], floors: Sequence[Line]) -> Iterator[Line]:
    rate, floor = over(ours, "w2", "items_per_s"), over(floors, "w2", "items_per_s")
    noise = over(ours, "w2", "foreign_cores")["max"]
    arrived = all(one[key]["arrived"] == one[key]["items"] for one in ours for key in ("w2",))
    yield judged(
        "2,000 items through 8 API clients, all arrived: at least the floor's rate",
        rate,
        arrived and rate["median"] >= floor["median"],
        floor=floor,
        ratio=round(rate["median"] / floor["median"], 2),
        foreign_cores=noise,
    )
    bulk = over(ours, "w2_bulk", "items_per_s")
    yield judged("by bulk call at least 5,000 items a second", bulk, bulk["median"] >= 5_000)
    size = over(ours, "w6_w2_bulk_bytes_per_item")
    yield judged(
        "under 2,400 bytes on the wire for an item of 2,048 bytes",
        size,
        size["median"] < 2_400,
        one_by_one=over(ours, "w6_single_bytes_per_item"),
        eight_clients=over(ours, "w6_w2_bytes_per_item"),
    )


def _missed(ours: Sequence[Line]) -> Iterator[Line]:
    took = over(ours, "w3b", "all_s")
    items = ours[0]["w3b"]["items"]
    arrived = all(one["w3b"]["arrived"] == items for one in ours)
    yield judged(
        f"{items:,} items missed: all readable within 4 s of B's start",
        took,
        arrived and took["median"] <= 4,
        b_start_s=over(ours, "w3b", "b_start_s"),
    )


def _at_rest(ours: Sequence[Line]) -> Iterator[Line]:
    start = over(ours, "w5_start_s", "a")
    memory = over(ours, "w4_rss_after_start", "a", "rss_mb")
    idle = over(ours, "idle_cpu_pct_of_core", "a")
    yield judged("starts in under 2 s", start, start["median"] < 2)
    yield judged(
        "at rest under 150 MB",
        memory,
        memory["median"] < 150,
        after_4000_items=over(ours, "w4_rss_after_w2", "a", "rss_mb"),
    )
    yield judged("at rest under 1 % of a core", idle, idle["median"] < 1)


def catch_up(quick: bool) -> Iterator[Line]:
    """Work and peak memory over logs of several lengths."""
    lengths = (2_000, 10_000) if quick else (20_000, 200_000, 1_000_000)
    peaks = []
    for entries in lengths:
        runs = [program("catch_up.py", str(entries))[0] for _ in range(1 if quick else RUNS)]
        work, peak = over(runs, "work_s"), over(runs, "peak_mb")
        peaks.append(peak["median"])
        scaled = {name: round(took * 1_000_000 / entries, 1) for name, took in work.items()}
        yield judged(
            "1,000,000 entries in under 60 s of work",
            scaled,
            scaled["median"] < 60,
            entries=entries,
            entries_per_s=over(runs, "entries_per_s"),
            peak_mb=peak,
        )
    growth = round(peaks[-1] / peaks[-2], 3)
    yield judged("peak memory of the longest within 10 % of the one before", growth, growth <= 1.1)


SEARCH_BARS: Mapping[int, tuple[float, float]] = {10_000: (15, 35), 50_000: (30, 100)}


def search(quick: bool) -> Iterator[Line]:
    """A page of results, in CPU milliseconds."""
    for count in (1_000,) if quick else (1_000, 10_000, 50_000):
        lines = list(script(ROOT / "tools" / "bench_search.py", str(count)))
        [mix] = [one for one in lines if one.get("class") == "mix"]
        p50, p95 = SEARCH_BARS.get(count, SEARCH_BARS[10_000])
        yield judged(
            f"{count:,} practices: p50 under {p50:g} ms, p95 under {p95:g} ms of CPU",
            {"p50_ms": mix["p50_ms"], "p95_ms": mix["p95_ms"]},
            mix["p50_ms"] < p50 and mix["p95_ms"] < p95,
            classes=lines,
        )


def idle_partners(quick: bool) -> Iterator[Line]:
    """250 partners who wait."""
    [found] = program("idle_partners.py", "--seconds", "10" if quick else "60")
    spent = found["cpu_s_per_minute"]
    yield judged("250 idle partners: under 1 CPU second a minute", spent, spent < 1, **found)


def pages(quick: bool) -> Iterator[Line]:
    """Pages of the staff site."""
    del quick
    for found in program("pages.py"):
        good = found["p50_ms"] < 50 and found["bytes"] < 60_000 and not found["asks_others"]
        yield judged(
            "a page: under 50 ms, under 60 KB, no request to another host",
            {name: found[name] for name in ("p50_ms", "p95_ms", "bytes")},
            good and found["status"] == 200,
            path=found["path"],
        )


BENCHES: Mapping[str, Callable[[bool], Iterator[Line]]] = {
    "catch_up": catch_up,
    "idle_partners": idle_partners,
    "pages": pages,
    "receive": receive,
    "search": search,
    "two_nodes": two_nodes,
}


# ------------------------------------------------------------------ running and judging


def program(name: str, *arguments: str) -> list[Line]:
    """Run a program beside this one and return the JSON lines that it printed."""
    return script(HERE / name, *arguments)


def script(path: Path, *arguments: str) -> list[Line]:
    """Run a script with the product on its path and return its JSON lines."""
    folders = os.pathsep.join(str(ROOT / one) for one in ("protocol", "node", "hub"))
    done = subprocess.run(
        [sys.executable, str(path), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": folders},
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        sys.exit(f"{path.name} failed with {done.returncode}")
    return lines


def over(lines: Sequence[Line], *names: str) -> dict[str, float]:
    """Return median, lowest and highest of one figure of several runs."""
    values = []
    for line in lines:
        value: Any = line
        for name in names:
            value = value[name]
        values.append(value)
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def judged(bar: str, measured: object, met: bool, **more: object) -> Line:
    """Return a line about one bar."""
    return {"bar": bar, "measured": measured, "met": bool(met), **more}


if __name__ == "__main__":
    sys.exit(main())
