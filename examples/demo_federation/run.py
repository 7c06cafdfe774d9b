#!/usr/bin/env python3
"""How does a newcomer get a whole federation on one computer? ``make demo``.

A hub and four fictional agencies with their own homes, keys, records and pages, in ``.demo``.  The
first run makes them, loads the sample library and sends the first handover; a run that was stopped
or killed goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import ceremony
import plan
import scenario
from people import LIST
from processes import ChildError, Children, wait_free

ROOT = Path(__file__).resolve().parents[2]
READY_S = 60.0
LOOK_S = 1.0
_STARTED = time.monotonic()


def main() -> int:
    """Set up, start, play the first steps, say where everything is, wait."""
    options = _options()
    folder = Path(options.folder)
    ports = plan.Ports(base=options.port_base)
    # Ended like Ctrl-C, so that the nodes are stopped too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    children = Children(folder / "logs")
    try:
        homes = ceremony.prepare(folder, ports)
        listed = _listed(folder, homes)
        _start(children, homes, ports)
        scenario.play(homes, listed, say=_say)
        _tell(listed)
        print("demo ready", flush=True)
        while not options.once:
            time.sleep(LOOK_S)
            children.check()
    except KeyboardInterrupt:
        print()
    except (ChildError, scenario.ScenarioError, ValueError) as error:
        print(f"The demo cannot go on: {error}", file=sys.stderr)
        return 1
    finally:
        children.stop()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A hub and four agencies on this computer.")
    parser.add_argument("--port-base", type=int, default=plan.STAFF_PORT_BASE, metavar="N")
    parser.add_argument("--once", action="store_true", help="stop when ready")
    parser.add_argument("--folder", default=str(ROOT / ".demo"), help="where everything is kept")
    return parser.parse_args()


def _listed(folder: Path, homes: Path) -> dict[str, Any]:
    shutil.copyfile(homes / LIST, folder / LIST)
    (folder / LIST).chmod(0o600)
    listed: dict[str, Any] = json.loads((homes / LIST).read_text())
    return listed


def _start(children: Children, homes: Path, ports: plan.Ports) -> None:
    positions = range(len(plan.AGENCIES) + 1)
    wait_free([port(at) for port in (ports.staff, ports.federation) for at in positions])
    _say("starting a hub and four agencies")
    children.start(plan.HUB, "integra_hub", "--home", str(homes / plan.HUB), "serve")
    for agency in plan.AGENCIES:
        children.start(agency.org, "integra_node", "--home", str(homes / agency.org), "serve")
    children.wait_ready(f"http://127.0.0.1:{ports.staff(0)}/healthz", READY_S)
    for position, _ in enumerate(plan.AGENCIES, 1):
        children.wait_ready(f"http://127.0.0.1:{ports.staff(position)}/readyz", READY_S)


def _say(text: str) -> None:
    print(f"{time.monotonic() - _STARTED:5.1f} s  {text}", flush=True)


def _tell(listed: dict[str, Any]) -> None:
    print("\nEverything here is fictional. Sign in at any of these; all four at once works.")
    for node in listed["nodes"]:
        print(f"\n{node['org']}  {node['url']}")
        for user in node["users"]:
            pin = f"  PIN {user['pin']}" if user["pin"] else ""
            roles = ", ".join(user["roles"])
            print(f"  {user['username']:<11} {user['password']}{pin}  ({roles})")
    print(f"\nhub status  {listed['hub']['url']}")
    print("The list is in .demo/demo.json. Stop with Ctrl-C.")


if __name__ == "__main__":
    sys.exit(main())
