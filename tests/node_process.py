"""A node as it really runs: ``integra serve`` in a process of its own, which can be killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

from federation_lab import LabMember

START_S = 60.0
STOP_S = 20.0


class NodeProcess:
    """One ``integra serve``; what it prints is in ``serve.log`` of its home."""

    def __init__(self, member: LabMember, **settings: str) -> None:
        self.member = member
        with (member.home / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "integra_node", "--home", str(member.home), "serve"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **settings},
            )

    def kill(self) -> None:
        """End it as a power cut does: no handler runs, nothing is flushed."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(STOP_S)

    def stop(self) -> None:
        """End it as the system does at shutdown."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(STOP_S)

    def check(self) -> None:
        log = self.member.home / "serve.log"
        assert self._process.poll() is None, log.read_text(encoding="utf-8")[-4_000:]


@contextmanager
def serving(member: LabMember, **settings: str):
    """Run a node for the length of the block, if it is not killed before."""
    node = NodeProcess(member, **settings)
    try:
        yield node
    finally:
        node.stop()


def command(home: Path, *arguments: str) -> str:
    """Run one command of the node and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "integra_node", "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def start_command(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start one command of the node, to be killed in the middle."""
    return subprocess.Popen(
        [sys.executable, "-m", "integra_node", "--home", str(home), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def stored_size(home: Path, origin: str) -> int:
    """Return how many leaves of a log are durably stored, read beside the running node."""
    address = f"{(home / 'integra.db').as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=10)) as database:
        row = database.execute("SELECT size FROM log WHERE origin = ?", (origin,)).fetchone()
    return 0 if row is None else row[0]


def wait_for_size(node: NodeProcess, origin: str, wanted: int, timeout_s: float = START_S) -> int:
    """Wait until at least ``wanted`` leaves are stored; return how many there are."""
    end = time.monotonic() + timeout_s
    while (size := stored_size(node.member.home, origin)) < wanted:
        node.check()
        assert time.monotonic() < end, f"{size} of {wanted} leaves in time"
        time.sleep(0.002)
    return size
