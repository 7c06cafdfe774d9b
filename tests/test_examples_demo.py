"""The demonstration federation: it starts, survives being killed, and nothing is there twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from federation_lab import free_port
from integra_node.config import load_config
from integra_node.store import log, publications
from integra_node.store.database import Database

EXAMPLES = Path(__file__).parents[1] / "examples"
RUN = EXAMPLES / "demo_federation" / "run.py"
SAMPLES = len(list((EXAMPLES / "library" / "practices").glob("*.json")))
AGENCIES = ("pt-prison", "fr-probation", "fr-ngo", "it-university")
LIMIT_S = 300


def _command(folder: Path, base: int) -> list[str]:
    return [sys.executable, str(RUN), "--folder", str(folder), "--port-base", str(base), "--once"]


def _port_base() -> int:
    return min(free_port(), 60_000)


def _kill_when(folder: Path, base: int, seen: str) -> None:
    """Start the demo and kill it, without warning, once its output holds a text."""
    output = folder / "killed.out"
    with output.open("w") as sink:
        process = subprocess.Popen(
            _command(folder, base), stdout=sink, stderr=sink, start_new_session=True
        )
        end = time.monotonic() + LIMIT_S
        while seen not in output.read_text():
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < end, output.read_text()
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_demo_that_was_killed_goes_on_and_holds_nothing_twice(tmp_path):
    base = _port_base()
    _kill_when(tmp_path, base, "publishing the sample alerts")

    done = subprocess.run(
        _command(tmp_path, base), capture_output=True, text=True, timeout=LIMIT_S, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "demo ready" in done.stdout
    listed = json.loads((tmp_path / "demo.json").read_text())
    assert [node["org"] for node in listed["nodes"]] == list(AGENCIES)
    for node in listed["nodes"]:
        database = Database.open(load_config(Path(node["home"])).database_url)
        try:
            marked, counts = database.read_now(_what_is_held)
        finally:
            database.close()
        assert marked == []
        assert {kind for kind, _, _ in counts} == {"practice", "alert"}
        assert max(counts.values()) == 1
        assert sum(kind == "practice" for kind, _, _ in counts) == SAMPLES


def _what_is_held(tx):
    marked = [
        (held.origin, row.index, row.mark)
        for held in log.all_logs(tx)
        for row in log.entries_between(tx, held.id, 0, held.size)
        if row.mark
    ]
    counts = Counter(
        (kind, found.org, found.publication.item_id)
        for kind in ("practice", "alert")
        for found in publications.newest(tx, kind, before=None, limit=1_000)
    )
    return marked, counts
