"""Line 1: does the demo start within 180 seconds, survive kill -9, and give one browser four sessions?"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import demo
import plan

LIMIT_S = 180


def main() -> None:
    """Run it, kill it half-way several times, run it again, look for duplicates."""
    with demo.scratch() as folder:
        for number in range(1, 4):
            _killed(folder, number, random.uniform(3, 25))
        started = time.monotonic()
        subprocess.run(demo.command(folder, "--once"), check=True, timeout=LIMIT_S)
        print(f"after three kills: exit 0 in {time.monotonic() - started:.1f} s")
        _no_duplicates(folder)
        started = time.monotonic()
        subprocess.run(demo.command(folder, "--once"), check=True, timeout=LIMIT_S)
        print(f"again: exit 0 in {time.monotonic() - started:.1f} s")
        _no_duplicates(folder)
        _four_sessions(folder)


def _killed(folder: Path, number: int, after_s: float) -> None:
    process = subprocess.Popen(
        demo.command(folder, "--once"), stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    print(f"kill {number}: after {after_s:.1f} s")


def _no_duplicates(folder: Path) -> None:
    """Every log holds each thing once, by what it says and not by its index."""
    from integra_node.config import load_config
    from integra_node.store import log, publications
    from integra_node.store.database import Database

    for agency in plan.AGENCIES:
        database = Database.open(load_config(folder / "federation" / agency.org).database_url)
        try:
            found = database.read_now(
                lambda tx: [
                    (held.origin, row.kind)
                    for held in log.all_logs(tx)
                    for row in log.entries_between(tx, held.id, 0, held.size)
                    if row.mark
                ]
            )
            titles = database.read_now(
                lambda tx: Counter(
                    (s.org, s.publication.item_id)
                    for kind in ("practice", "alert")
                    for s in publications.newest(tx, kind, before=None, limit=1_000)
                )
            )
        finally:
            database.close()
        twice = [name for name, count in titles.items() if count > 1]
        assert not found, found
        assert not twice, twice
        print(f"{agency.org}: {len(titles)} publications, none twice, no entry marked")


def _four_sessions(folder: Path) -> None:
    """One browser, four nodes on one host: cookies do not know ports."""
    from playwright.sync_api import sync_playwright

    with demo.running_demo(folder) as listed, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context().new_page()
        for node in listed["nodes"]:
            user = next(u for u in node["users"] if u["username"] == "reader")
            page.goto(f"{node['url']}/sign-in")
            page.fill("[name=username]", user["username"])
            page.fill("[name=password]", user["password"])
            page.press("[name=password]", "Enter")
            page.wait_for_url("**/today*")
        for node in listed["nodes"]:
            answer = page.goto(f"{node['url']}/account")
            assert answer is not None
            assert answer.status == 200, node["org"]
            assert "/sign-in" not in page.url, node["org"]
            print(f"signed in at {node['org']}")
        browser.close()


if __name__ == "__main__":
    main()
