"""How does the demo federation come to be? The real ceremony, with every key on one computer.

Five join requests, three founders of whom two sign, one roster: the same commands that agencies
would use.  It is made in a folder of its own and moved into place when it is complete, so that a
demo that was killed half-way begins again cleanly.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import plan
from people import make_accounts

COMPLETE: Final = "federation"
_STAGING: Final = "federation.unfinished"


def prepare(folder: Path, ports: plan.Ports) -> Path:
    """Return the folder with all homes; made when it is not there.

    Raises:
        CalledProcessError: a command of the ceremony failed.
        ValueError: the demo there was made for other ports.
    """
    done = folder / COMPLETE
    if done.exists():
        _check_ports(done, ports)
        return done
    staging = folder / _STAGING
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True, mode=0o700)
    _make(staging, ports)
    staging.rename(done)
    return done


def home(folder: Path, org: str) -> Path:
    """Return the home folder of a member."""
    return folder / org


def _make(folder: Path, ports: plan.Ports) -> None:
    _init_hub(folder, ports)
    for position, agency in enumerate(plan.AGENCIES, 1):
        _init_node(folder, agency, ports, position)
    fingerprint, roster = _sign_roster(folder)
    _run("integra_hub", "--home", str(home(folder, plan.HUB)), "roster", "publish", str(roster),
         "--fingerprint", fingerprint)  # fmt: skip
    for agency in plan.AGENCIES:
        _run("integra_node", "--home", str(home(folder, agency.org)), "join",
             "--roster", str(roster), "--fingerprint", fingerprint)  # fmt: skip
    make_accounts(folder, ports)
    (folder / "ports.json").write_text(json.dumps({"base": ports.base}))


def _init_hub(folder: Path, ports: plan.Ports) -> None:
    _run(
        "integra_hub", "--home", str(home(folder, plan.HUB)), "init",
        "--org", plan.HUB, "--federation", plan.FEDERATION,
        "--url", f"https://127.0.0.1:{ports.federation(0)}",
        "--federation-host", "127.0.0.1", "--federation-port", str(ports.federation(0)),
        "--status-port", str(ports.staff(0)), "--allow-network", "127.0.0.0/8",
    )  # fmt: skip


def _init_node(folder: Path, agency: plan.Agency, ports: plan.Ports, position: int) -> None:
    _run(
        "integra_node", "--home", str(home(folder, agency.org)), "init",
        "--org", agency.org, "--federation", plan.FEDERATION, "--profile", agency.profile,
        "--regime", agency.regime, "--country", agency.country, "--time-zone", agency.time_zone,
        "--language", agency.language, "--agency-name", agency.name,
        "--url", f"https://127.0.0.1:{ports.federation(position)}",
        "--staff-port", str(ports.staff(position)),
        "--federation-host", "127.0.0.1", "--federation-port", str(ports.federation(position)),
        "--allow-network", "127.0.0.0/8",
    )  # fmt: skip


def _sign_roster(folder: Path) -> tuple[str, Path]:
    keys = [folder / f"founder-{name}.key" for name in plan.FOUNDERS]
    public = [_new_founder(name, key) for name, key in zip(plan.FOUNDERS, keys, strict=True)]
    requests = [home(folder, org) / "join-request.json" for org in _orgs()]
    draft, note = folder / "roster-1.txt", folder / "roster-1.note"
    _run(
        "integra_hub", "roster", "draft", "--federation", plan.FEDERATION,
        *(part for request in requests for part in ("--add", str(request))),
        *(part for vkey in public for part in ("--founder", vkey)),
        "--threshold", str(plan.THRESHOLD), "--quorum", str(plan.QUORUM),
        "--limit", "all", str(plan.ENTRIES_PER_DAY), str(plan.BYTES_PER_DAY),
        "--out", str(draft),
    )  # fmt: skip
    signed = []
    for key in keys[: plan.THRESHOLD]:
        part = key.with_suffix(".signed")
        _run(
            "integra_hub", "roster", "sign", str(draft),
            "--key", str(key), "--out", str(part), "--yes",
        )  # fmt: skip
        signed.append(str(part))
    _run("integra_hub", "roster", "combine", *signed, "--out", str(note))
    shown = json.loads(_run("integra_hub", "--json", "roster", "show", str(note)))
    return str(shown["fingerprint"]), note


def _new_founder(name: str, key: Path) -> str:
    made = _run("integra_hub", "--json", "founder", "new", "--name", name, "--out", str(key))
    return str(json.loads(made)["founder"])


def _orgs() -> tuple[str, ...]:
    return (plan.HUB, *(agency.org for agency in plan.AGENCIES))


def _check_ports(folder: Path, ports: plan.Ports) -> None:
    made_for = json.loads((folder / "ports.json").read_text())["base"]
    if made_for != ports.base:
        raise ValueError(f"this demo was made for ports from {made_for} on; remove .demo to change")


def _run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stderr)
        raise subprocess.CalledProcessError(done.returncode, command)
    return done.stdout
