#!/usr/bin/env python3
"""How much work and how much memory is it to catch up with a long log?

The log is made by another process, so that memory is the receiver's alone: it reads batches of 500
practices of 2,048 bytes from its standard input and takes them as it takes them from a partner.
Peak memory is the kernel's (``VmHWM``).  ``--make`` is that other process.
"""

from __future__ import annotations

import argparse
import json
import resource
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import made_log
import two_nodes
from two_nodes import A, B

from integra_node.actions import receiving
from integra_node.config import load_config
from integra_node.keys import load_keys
from integra_node.ourselves import make_us
from integra_node.running import collect_rarely
from integra_node.store.database import Database
from integra_protocol.batch import decode_batch

BATCH = 500
LENGTH = struct.Struct(">I")


def main() -> None:
    """Print one JSON line for each length of the log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("entries", type=int, nargs="*", default=[20_000, 200_000, 1_000_000])
    parser.add_argument("--make", type=Path, help="write a log of the member with this home")
    parser.add_argument("--take", type=Path, help="take a log at the member with this home")
    args = parser.parse_args()
    if args.make is not None:
        make(args.make, args.entries[0])
    elif args.take is not None:
        take(args.take)
    else:
        for count in args.entries:
            measure(count)


def measure(count: int) -> None:
    """Run both processes over a log of ``count`` entries."""
    with tempfile.TemporaryDirectory(prefix="integra_bench_") as folder:
        lab = two_nodes.make_two_nodes(Path(folder) / "lab")
        itself = [sys.executable, __file__]
        maker = subprocess.Popen(
            [*itself, "--make", str(lab.members[A].home), str(count)], stdout=subprocess.PIPE
        )
        subprocess.run(
            [*itself, "--take", str(lab.members[B].home)], stdin=maker.stdout, check=True
        )
        assert maker.wait() == 0


def make(home: Path, count: int) -> None:
    """Write the log of a member to standard output, each batch behind its length."""
    config = load_config(home)
    keys = load_keys(home / "keys")
    for one in made_log.batches(config.origin, keys.log, count, BATCH, now=int(time.time())):
        sys.stdout.buffer.write(LENGTH.pack(len(one)))
        sys.stdout.buffer.write(one)
    sys.stdout.buffer.flush()


def take(home: Path) -> None:
    """Take the log on standard input; the clock runs only while there is work."""
    collect_rarely()  # as a running node does
    config = load_config(home)
    us = make_us(config)
    database = Database.open(config.database_url)
    now, entries, took = int(time.time()), 0, 0.0
    while head := sys.stdin.buffer.read(LENGTH.size):
        data = sys.stdin.buffer.read(LENGTH.unpack(head)[0])
        began = time.perf_counter()
        batch = decode_batch(data)
        database.write_now(
            lambda tx, batch=batch: receiving.receive(
                tx, us, batch, source=A, from_issuer=True, now=now
            )
        )
        took += time.perf_counter() - began
        entries = batch.end
    database.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = {
        "bench": "catch_up",
        "entries": entries,
        "work_s": round(took, 2),
        "entries_per_s": round(entries / took),
        "peak_mb": round(peak, 1),
    }
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
