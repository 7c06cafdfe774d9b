"""A demo federation of its own for acceptance scripts: own folder, own ports, ended with the script."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "examples" / "demo_federation" / "run.py"
sys.path.insert(0, str(RUN.parent))

PORT_BASE = 18_800
READY_S = 180.0


def command(folder: Path, *more: str, port_base: int = PORT_BASE) -> list[str]:
    """Return the command line of the demo in ``folder``."""
    return [
        sys.executable, str(RUN), "--folder", str(folder), "--port-base", str(port_base), *more,
    ]  # fmt: skip


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="integra-accept-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_demo(folder: Path, port_base: int = PORT_BASE) -> Iterator[dict[str, Any]]:
    """Run the demo until the context ends; give what is in its demo.json."""
    output = (folder / "demo.out").open("w+")
    process = subprocess.Popen(
        command(folder, port_base=port_base), stdout=output, stderr=output, start_new_session=True
    )
    try:
        _wait_ready(process, folder / "demo.out")
        yield json.loads((folder / "demo.json").read_text())
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_ready(process: subprocess.Popen[bytes], output: Path) -> None:
    end = time.monotonic() + READY_S
    while "demo ready" not in output.read_text():
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"the demo did not start:\n{output.read_text()}")
        time.sleep(0.2)
