#!/usr/bin/env python3
"""How many entries a second does a receiver verify and store, beside the least anybody could do?

Batches of 500 practices of 2,048 bytes go through ``decode_batch`` and ``actions.receiving`` into
a real SQLite file, one fsync a batch.  The floor, in turn with it: SHA-256 of the same bytes,
msgpack, and an insert of the blob into SQLite with the same settings.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import made_log
import msgpack
import two_nodes
from two_nodes import A, B

from integra_node.actions import receiving
from integra_node.config import load_config
from integra_node.ourselves import make_us
from integra_node.running import collect_rarely
from integra_node.store.database import Database
from integra_protocol.batch import decode_batch

BATCH = 500


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000, help="in each run")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    collect_rarely()  # as a running node does
    ours, floors, cpus = [], [], []
    for _ in range(args.runs):
        with tempfile.TemporaryDirectory(prefix="integra_bench_") as folder:
            rate, cpu, floor = one_run(Path(folder), args.entries)
            ours.append(rate)
            cpus.append(cpu)
            floors.append(floor)
    ratios = [mine / floor for mine, floor in zip(ours, floors, strict=True)]
    line = {
        "bench": "receive",
        "entries": args.entries,
        "batch": BATCH,
        "entries_per_s": _spread(ours),
        "entries_per_cpu_s": _spread(cpus),
        "floor_per_s": _spread(floors),
        "ratio": _spread(ratios, 2),
    }
    print(json.dumps(line), flush=True)


def one_run(folder: Path, entries: int) -> tuple[float, float, float]:
    """Return entries a second, a CPU second, and those of the floor."""
    lab = two_nodes.make_two_nodes(folder / "lab")
    issuer, now = lab.members[A], int(time.time())
    data = list(made_log.batches(issuer.origin, issuer.keys.log, entries, BATCH, now=now))
    config = load_config(lab.members[B].home)
    us = make_us(config)
    database = Database.open(config.database_url)
    began, cpu = time.perf_counter(), time.process_time()
    for one in data:
        batch = decode_batch(one)
        database.write_now(
            lambda tx, batch=batch: receiving.receive(
                tx, us, batch, source=A, from_issuer=True, now=now
            )
        )
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    database.close()
    return entries / took, entries / cpu, entries / floor(folder / "floor.db", data)


def floor(path: Path, data: list[bytes]) -> float:
    """Return the seconds of hashing, msgpack and SQLite alone."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE item (n INTEGER PRIMARY KEY, head BLOB, body BLOB)")
    number = 0
    began = time.perf_counter()
    for one in data:
        rows = []
        for header, blob, _, _ in msgpack.unpackb(one)["e"]:
            hashlib.sha256(header).digest()
            hashlib.sha256(blob).digest()
            rows.append((number, header, blob))
            number += 1
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO item VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
    took = time.perf_counter() - began
    connection.close()
    return took


def _spread(values: list[float], digits: int = 0) -> dict[str, float]:
    low, middle, high = min(values), statistics.median(values), max(values)
    return {"median": round(middle, digits), "min": round(low, digits), "max": round(high, digits)}


if __name__ == "__main__":
    main()
