"""How are the hub and the four nodes started, watched and stopped?"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

STOP_S = 10.0


class ChildError(Exception):
    """A node did not start or has ended; the message names its log."""


class Children:
    """The processes of the demo; they end with it."""

    def __init__(self, log_folder: Path) -> None:
        self._logs = log_folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        log_folder.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, *command: str) -> None:
        """Start one; its output goes to a file."""
        log = (self._logs / f"{name}.log").open("ab")
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self._running[name] = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - the demo has one thread
        )

    def check(self) -> None:
        """Raise when one has ended.

        Raises:
            ChildError: it has.
        """
        for name, child in self._running.items():
            if child.poll() is not None:
                raise ChildError(f"{name} has ended: see {self._logs / (name + '.log')}")

    def pid(self, name: str) -> int:
        """Return the process number of one."""
        return self._running[name].pid

    def stop(self) -> None:
        """End all, gently first."""
        for child in self._running.values():
            if child.poll() is None:
                child.terminate()
        end = time.monotonic() + STOP_S
        for child in self._running.values():
            try:
                child.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def wait_ready(self, url: str, timeout_s: float) -> None:
        """Wait until an address answers 200.

        Raises:
            ChildError: a process ended, or it took too long.
        """
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            self.check()
            try:
                with urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
                    if answer.status == 200:
                        return
            except (HTTPError, URLError, OSError):
                pass
            time.sleep(0.1)
        raise ChildError(f"{url} was not ready within {timeout_s:.0f} seconds")


def wait_free(ports: Iterable[int], timeout_s: float = 15.0) -> None:
    """Wait until nothing listens on these ports: a demo that was killed may just be ending.

    Raises:
        ChildError: something else uses one of them.
    """
    end = time.monotonic() + timeout_s
    for port in ports:
        while _is_used(port):
            if time.monotonic() > end:
                raise ChildError(f"port {port} is in use: choose others with --port-base N")
            time.sleep(0.2)


def _is_used(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end_with_parent() -> None:
    """Ask Linux to end a child when the demo is killed; elsewhere nothing happens."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
