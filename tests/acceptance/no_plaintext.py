"""Line 5: does anything of an AMBER alert or of a handover lie where it must not?

The alert goes to one partner, the handover to one recipient.  Both are read there, by people who
may.  Then every file of every member and of the hub is searched.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import demo
import plan
import scenario
from client import ApiError, Client

SENDER, RECIPIENT = "pt-prison", "fr-probation"
OUTSIDERS = ("fr-ngo", "it-university")
ALERT = demo.ROOT / "examples" / "library" / "alerts" / "03-recolhas-vales-de-jogo.json"
WAIT_S = 30.0


def main() -> None:
    """Write both with canaries, have them read, stop everything, search every file."""
    # Letters: a run of digits would be pointed at as somebody's number.
    mark = f"{time.time_ns() % 10**10}".translate(str.maketrans("0123456789", "abcdefghij"))
    alert_canary = f"canário à solta {mark}"
    notice_canary = f"Η φωνή του κρατουμένου é {mark}"
    with demo.scratch() as folder:
        with demo.running_demo(folder) as listed:
            nodes = {node["org"]: node for node in listed["nodes"]}
            alert = _alert(nodes, alert_canary)
            notice = _handover(nodes, notice_canary)
            _where(folder, alert, "alert")
            _where(folder, notice, "handover")
        _search(folder, [alert_canary, notice_canary])


def _alert(nodes: dict[str, Any], canary: str) -> str:
    sender = nodes[SENDER]
    writer, editor = Client(sender, "writer"), Client(sender, "editor")
    body = scenario.moved(json.loads(ALERT.read_text()), _days())
    body.pop("owner_hint")
    body |= {
        "source_id": f"acceptance-{canary[-10:]}",
        "tlp": "AMBER",
        "audience": [RECIPIENT],
        "body": {"pt": f"Recolhas {canary}", "en": canary},
    }
    made = writer.call("POST", "/alerts", body)
    editor.call("POST", f"/alerts/{made['id']}/clear", {"answers": scenario.BIAS_ANSWERS})
    ref = str(writer.call("POST", f"/alerts/{made['id']}/publish", {"pin": writer.pin})["ref"])
    shown = _until_readable(Client(nodes[RECIPIENT], "writer"), f"/alerts/{ref}")
    assert canary in json.dumps(shown, ensure_ascii=False)
    print(f"alert {ref} is readable at {RECIPIENT}")
    for org in OUTSIDERS:
        assert _refused(Client(nodes[org], "writer"), f"/alerts/{ref}") == 404, org
    return ref


def _refused(client: Client, path: str) -> int:
    """Return the status with which a call is refused, 200 when it is not."""
    try:
        client.call("GET", path)
    except ApiError as error:
        return error.status
    return 200


def _handover(nodes: dict[str, Any], canary: str) -> str:
    sender = nodes[SENDER]
    officer, supervisor = Client(sender, "officer"), Client(sender, "supervisor")
    body = copy.deepcopy(scenario.moved(json.loads(scenario.NOTICE.read_text()), _release_days()))
    body["voice"]["text"] = canary
    body["subj"]["identity"]["family"] = canary
    body["case_reference"] = f"ACC-{canary[-6:]}"
    made = officer.call("POST", "/handovers", body)
    place = f"/handovers/{made['id']}"
    officer.call("POST", f"{place}/submit", {})
    supervisor.call("POST", f"{place}/approve", {})
    ref = str(officer.call("POST", f"{place}/send", {"pin": officer.pin})["ref"])
    shown = _take_in(nodes[RECIPIENT], ref)
    assert canary in json.dumps(shown, ensure_ascii=False)
    print(f"handover {ref} was opened at {RECIPIENT}")
    return ref


def _take_in(node: dict[str, Any], ref: str) -> Any:
    duty, owner = Client(node, "duty"), Client(node, "officer")
    end = time.monotonic() + WAIT_S
    while True:
        items = duty.call("GET", "/handovers", query={"box": "in"})["items"]
        found = [item for item in items if item.get("ref") == ref]
        if found:
            break
        assert time.monotonic() < end, "not delivered"
        time.sleep(0.1)
    place = f"/handovers/{found[0]['id']}"
    duty.call("POST", f"{place}/acknowledge", {"pin": duty.pin, "owner": "officer"})
    owner.call("POST", f"{place}/review", {"reason": "acceptance"})
    return owner.call("GET", place)


def _until_readable(client: Client, path: str) -> Any:
    end = time.monotonic() + WAIT_S
    while True:
        try:
            return client.call("GET", path)
        except ApiError:
            assert time.monotonic() < end, path
            time.sleep(0.1)


def _where(folder: Path, ref: str, what: str) -> None:
    """Say how much of an entry each member holds: sealed body, or a bare leaf hash."""
    from integra_node.store import log, tiles
    from integra_node.store.database import Database

    org, epoch, index = ref.split("~")
    origin = f"{org}/log/{epoch}"
    for holder in (SENDER, RECIPIENT, *OUTSIDERS, plan.HUB):
        database = Database.open(f"sqlite:///{folder / 'federation' / holder / 'integra.db'}")
        try:
            held = _wait_for_leaf(database, origin, int(index))
            row = database.read_now(lambda tx, held=held: log.find_entry(tx, held.id, int(index)))
            leaf = database.read_now(
                lambda tx, held=held: tiles.leaf_hashes(tx, held.id, int(index), int(index) + 1)
            )
        finally:
            database.close()
        assert len(leaf) == 32
        if holder in OUTSIDERS:
            assert row is None, holder
        else:
            assert row is not None, holder
            assert row.kind == "sealed", holder
            assert row.blob, holder
        print(f"{what} at {holder:14} {'a leaf hash' if row is None else 'a sealed body'}")


def _wait_for_leaf(database: Any, origin: str, index: int) -> Any:
    from integra_node.store import log

    end = time.monotonic() + WAIT_S
    while True:
        held = database.read_now(lambda tx: log.find(tx, origin))
        if held is not None and held.size > index:
            return held
        assert time.monotonic() < end, f"{origin} {index} did not arrive"
        time.sleep(0.1)


def _search(folder: Path, canaries: list[str]) -> None:
    canary_tool = [sys.executable, str(demo.ROOT / "tools" / "canary.py")]
    wanted = [part for canary in canaries for part in ("--canary", canary)]
    control = subprocess.run([*canary_tool, str(folder), *wanted, "--control"], check=False)
    print(f"every file of {folder.name} and the control file searched: exit {control.returncode}")
    assert control.returncode == 0, "something was found"


def _days() -> int:
    return max((datetime.now(UTC).date() - scenario.LIBRARY_DATE).days, 0)


def _release_days() -> int:
    release = datetime.now(UTC).date() + timedelta(days=scenario.RELEASE_IN_DAYS)
    return (release - scenario.RELEASE).days


if __name__ == "__main__":
    main()
