"""Line 6: does a handover go through all its states between two nodes, and is it provable offline?

Four notices from ``pt-prison`` to ``fr-probation``: one is accepted and closed, one refused, one
withdrawn, one misdirected.  Every step is a call of the staff API of a running node.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import demo
import scenario
from client import ApiError, Client, signed_in
from proof_flips import flip_every_byte

SENDER, RECIPIENT = "pt-prison", "fr-probation"
WAIT_S = 40.0
OFFLINE = """
import socket, sys
class NoSocket(socket.socket):
    def __init__(self, *_arguments, **_names):
        raise OSError("no network here")
socket.socket = NoSocket
from integra_node.cli import main
main(sys.argv[1:])
"""


class Pair:
    """The people of both agencies, and the states on both sides."""

    def __init__(self, nodes: dict[str, Any]) -> None:
        self.officer = signed_in(nodes[SENDER], "officer")
        self.supervisor = signed_in(nodes[SENDER], "supervisor")
        self.duty = signed_in(nodes[RECIPIENT], "duty")
        self.owner = signed_in(nodes[RECIPIENT], "officer")
        self.head = signed_in(nodes[RECIPIENT], "supervisor")

    def write(self, name: str) -> str:
        """Write a draft; return its id."""
        body = copy.deepcopy(scenario.moved(json.loads(scenario.NOTICE.read_text()), _days()))
        made = self.officer.call("POST", "/handovers", {**body, "case_reference": name})
        return str(made["id"])

    def step(self, who: Client, handover: str, event: str, **given: str) -> str:
        """Move a handover; return the state after it."""
        return str(who.call("POST", f"/handovers/{handover}/{event}", given)["state"])

    def send(self, name: str) -> tuple[str, str]:
        """Write, approve, sign and send; return the id at the sender and at the recipient."""
        draft = self.write(name)
        self.step(self.officer, draft, "submit")
        self.step(self.supervisor, draft, "approve")
        self.step(self.officer, draft, "send", pin=self.officer.pin)
        ref = self.officer.call("GET", f"/handovers/{draft}")["ref"]
        received = _until(lambda: self._received(ref), "arrival")
        _until(lambda: self.state(self.officer, draft) == "delivered", "delivered")
        return draft, str(received)

    def state(self, who: Client, handover: str) -> str:
        """Return the state on one side."""
        return str(who.call("GET", f"/handovers/{handover}")["state"])

    def both(self, sent: str, received: str, state: str) -> None:
        """Wait until both sides show a state."""
        _until(lambda: self.state(self.officer, sent) == state, f"{state} at {SENDER}")
        _until(lambda: self.state(self.owner, received) == state, f"{state} at {RECIPIENT}")
        print(f"  both sides: {state}")

    def _received(self, ref: str) -> str | None:
        items = self.duty.call("GET", "/handovers", query={"box": "in"})["items"]
        return next((item["id"] for item in items if item.get("ref") == ref), None)


def main() -> None:
    """Play four notices, then verify three proofs offline and flip each byte of them."""
    with demo.scratch() as folder:
        with demo.running_demo(folder) as listed:
            nodes = {node["org"]: node for node in listed["nodes"]}
            pair = Pair(nodes)
            refused_without_right(pair, nodes)
            sent, received = accepted(pair)
            refused(pair)
            withdrawn(pair)
            misdirected(pair)
            proofs = _export(pair, sent, received, folder)
        rosters = folder / "rosters"
        _integra(["--home", nodes[SENDER]["home"], "log", "rosters", str(rosters)])
        for proof in proofs:
            _check_offline(folder, proof, rosters)
        flip_every_byte(proofs, rosters)


def refused_without_right(pair: Pair, nodes: dict[str, Any]) -> None:
    """The author cannot approve; without a PIN, or with a wrong one, nothing is signed."""
    print("refusals")
    draft = pair.write("REFUSALS")
    pair.step(pair.officer, draft, "submit")
    _refused(pair.officer, draft, "approve", "not_allowed")
    pair.step(pair.supervisor, draft, "approve")
    before = _log_size(nodes)
    _refused(pair.officer, draft, "send", "pin_needed")
    _refused(pair.officer, draft, "send", "wrong_pin", pin="00000000x")
    assert _log_size(nodes) == before
    assert pair.state(pair.officer, draft) == "approved"
    pair.step(pair.supervisor, draft, "withdraw", reason="acceptance")
    print(f"  nothing signed: the log of {SENDER} still has {before} entries")


def accepted(pair: Pair) -> tuple[str, str]:
    """Return the ids of a notice that was given back once, sent, reviewed, accepted and closed."""
    print("accepted and closed")
    draft = pair.write("ACCEPTED")
    pair.step(pair.officer, draft, "submit")
    pair.step(pair.supervisor, draft, "return", reason="one more sentence, please")
    pair.step(pair.officer, draft, "withdraw", reason="written again")
    sent, received = pair.send("ACCEPTED-2")
    pair.both(sent, received, "delivered")
    pair.step(pair.duty, received, "acknowledge", pin=pair.duty.pin, owner="officer")
    pair.both(sent, received, "acknowledged")
    pair.step(pair.owner, received, "review", reason="my case")
    pair.both(sent, received, "under_review")
    pair.step(pair.owner, received, "accept", pin=pair.owner.pin)
    pair.both(sent, received, "accepted")
    pair.step(pair.head, received, "close", pin=pair.head.pin)
    pair.both(sent, received, "closed")
    _timeline(pair.officer, sent)
    _timeline(pair.owner, received)
    return sent, received


def refused(pair: Pair) -> None:
    """A notice that the recipient refuses with a ground."""
    print("refused")
    sent, received = pair.send("REFUSED")
    pair.step(pair.duty, received, "acknowledge", pin=pair.duty.pin, owner="officer")
    pair.step(pair.owner, received, "review", reason="my case")
    pair.step(
        pair.owner,
        received,
        "refuse",
        pin=pair.owner.pin,
        ground="NOT_US",
        reason="another service",
    )
    pair.both(sent, received, "refused")


def withdrawn(pair: Pair) -> None:
    """A notice that the sender takes back."""
    print("withdrawn")
    sent, received = pair.send("WITHDRAWN")
    pair.step(pair.supervisor, sent, "withdraw", pin=pair.supervisor.pin, reason="sent too early")
    pair.both(sent, received, "withdrawn")


def misdirected(pair: Pair) -> None:
    """A notice that is not for the recipient, who never opens it."""
    print("misdirected")
    sent, received = pair.send("MISDIRECTED")
    pair.step(pair.duty, received, "misdirect", pin=pair.duty.pin, reason="not our region")
    pair.both(sent, received, "misdirected")


def _timeline(who: Client, handover: str) -> None:
    shown = who.call("GET", f"/handovers/{handover}")
    print(f"  timeline, {shown['side']}:")
    for step in shown["timeline"]:
        marks = "witnessed" if step.get("witnessed") else "signed" if step.get("signed") else ""
        place = step.get("ref", "-")
        print(f"    {step['at']} {step['event']:<12} {step['who']:<12} {place:<18} {marks}")
    events = [step["event"] for step in shown["timeline"] if step["applied"]]
    assert events[-5:] == ["deliver", "acknowledge", "review", "accept", "close"], events


def _export(pair: Pair, sent: str, received: str, folder: Path) -> list[Path]:
    """Export the notice, the machine's receipt and the acceptance, once they are witnessed."""
    steps = pair.officer.call("GET", f"/handovers/{sent}")["timeline"]
    refs = {step["event"]: step["ref"] for step in steps if step.get("ref")}
    wanted = {
        "notice": (pair.officer, refs["send"]),
        "receipt": (pair.officer, refs["deliver"]),
        "acceptance": (pair.owner, refs["accept"]),
    }
    del received
    return [_save(folder / f"{name}.tlog-proof", *what) for name, what in wanted.items()]


def _save(path: Path, who: Client, ref: str) -> Path:
    place = "/log/" + ref.replace("~", "/") + "/proof"
    path.write_text(str(_until(lambda: _text(who, place), f"{ref} witnessed")))
    return path


def _text(who: Client, place: str) -> str | None:
    try:
        return who.text(place)
    except ApiError as error:
        if error.code != "not_witnessed":
            raise
        return None


def _check_offline(folder: Path, proof: Path, rosters: Path) -> None:
    """Verify one proof in an empty home, in a process in which every socket fails."""
    home = folder / "empty"
    home.mkdir(exist_ok=True)
    command = [sys.executable, "-c", OFFLINE, "--home", str(home)]
    done = subprocess.run(
        [*command, "log", "check", str(proof), "--roster", str(rosters)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )
    print(f"{proof.name}: exit {done.returncode}\n  " + done.stdout.strip().replace("\n", "\n  "))
    assert done.returncode == 0, done.stderr
    assert list(home.iterdir()) == []


def _refused(who: Client, handover: str, event: str, code: str, **given: str) -> None:
    found = ""
    try:
        who.call("POST", f"/handovers/{handover}/{event}", given)
    except ApiError as error:
        found = error.code
        print(f"  {event} refused: {error.status} {error.code}")
    assert found == code, f"{event}: {found or 'not refused'}"


def _log_size(nodes: dict[str, Any]) -> int:
    return int(signed_in(nodes[SENDER], "reader").call("GET", "/federation")["size"])


def _until(condition: Any, what: str) -> Any:
    end = time.monotonic() + WAIT_S
    while not (found := condition()):
        if time.monotonic() > end:
            raise SystemExit(f"not within {WAIT_S:.0f} s: {what}")
        time.sleep(0.1)
    return found


def _integra(arguments: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "integra_node", *arguments], check=True)


def _days() -> int:
    release = datetime.now(UTC).date() + timedelta(days=scenario.RELEASE_IN_DAYS)
    return (release - scenario.RELEASE).days


if __name__ == "__main__":
    main()
