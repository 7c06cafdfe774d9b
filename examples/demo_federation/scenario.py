"""What has happened before the newcomer opens the first page?

The sample library is published, its alerts are out, and the first handover of the golden scenario
stands in the inbox of ``fr-probation``.  Every step looks first whether it was done, so a demo that
was killed goes on and nothing is there twice.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import plan
from client import ApiError, Client, signed_in

EXAMPLES = Path(__file__).resolve().parents[1]
LIBRARY = EXAMPLES / "library"
NOTICE = Path(__file__).resolve().parent / "handover.json"
RELEASE = date(2026, 12, 15)  # of the golden scenario; moved so that it is 43 days from today
LIBRARY_DATE = date(2026, 11, 23)
RELEASE_IN_DAYS = 43
CASE_REFERENCE = "DEMO-2026-0114"
WAIT_S = 60.0
PAUSE_S = 0.25
BIAS_ANSWERS = {
    "legal_practice": "No: only what was seen together with other signs is named.",
    "innocent_explanation": "Given beside each indicator.",
    "who_could_be_harmed": "Whoever is judged by one sign alone; the text says not to.",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

Say = Callable[[str], None]


class ScenarioError(Exception):
    """A step did not come true in time."""


def play(homes: Path, listed: dict[str, Any], *, say: Say) -> None:
    """Play everything up to the delivered handover.

    Raises:
        ScenarioError: a step failed; the message says which.
    """
    nodes = {node["org"]: node for node in listed["nodes"]}
    try:
        _wait_for_membership(nodes, say)
        _import_practices(homes, say)
        _certify_officers(nodes, say)
        _publish_alerts(nodes, say)
        _send_handover(nodes, say)
        _wait_for_everything(nodes, say)
    except ApiError as error:
        raise ScenarioError(str(error)) from error


def moved(value: Any, days: int) -> Any:  # noqa: ANN401 - JSON
    """Return a JSON value with every date in it moved by a number of days."""
    if isinstance(value, dict):
        return {key: moved(item, days) for key, item in value.items()}
    if isinstance(value, list):
        return [moved(item, days) for item in value]
    if isinstance(value, str) and _DAY.match(value):
        day = date.fromisoformat(value[:10]) + timedelta(days=days)
        return day.isoformat() + value[10:]
    return value


def _wait_for_membership(nodes: dict[str, Any], say: Say) -> None:
    say("waiting until the members have confirmed each other")
    for node in nodes.values():
        client = signed_in(node, "reader")
        _until(lambda c=client: not c.call("GET", "/federation")["stale"], "membership confirmed")  # type: ignore[misc]


def _import_practices(homes: Path, say: Say) -> None:
    say("publishing the sample practices")
    for agency in plan.AGENCIES:
        _integra(homes / agency.org, "practice", "import", str(LIBRARY / "practices"),
                 "--owner", agency.org)  # fmt: skip


def _certify_officers(nodes: dict[str, Any], say: Say) -> None:
    say("certifying officers: each makes a signing key under a PIN")
    for node in nodes.values():
        for user in node["users"]:
            if not user["pin"]:
                continue
            client = signed_in(node, user["username"])
            if client.call("GET", "/me").get("officer_id"):
                continue
            client.call("POST", "/officer", {"password": user["password"], "pin": user["pin"]})


def _publish_alerts(nodes: dict[str, Any], say: Say) -> None:
    say("publishing the sample alerts")
    days = (datetime.now(UTC).date() - LIBRARY_DATE).days
    for path in sorted((LIBRARY / "alerts").glob("*.json")):
        body = moved(json.loads(path.read_text()), max(days, 0))
        node = nodes[body.pop("owner_hint")]
        _publish_alert(node, body)


def _publish_alert(node: dict[str, Any], body: dict[str, Any]) -> None:
    """Write, clear and publish one; its source id makes sure that it is there once."""
    writer, editor = signed_in(node, "writer"), signed_in(node, "editor")
    made = writer.call("POST", "/alerts", body)
    if made["status"] == "draft":
        # Words that look like a person's to the screening; whatever the samples tell is fictional.
        kept = {one["id"]: "keep" for one in made.get("words", [])}
        clearance = {"answers": BIAS_ANSWERS, "words": kept}
        made = editor.call("POST", f"/alerts/{made['id']}/clear", clearance)
    if made["status"] == "cleared":
        writer.call("POST", f"/alerts/{made['id']}/publish", {"pin": writer.pin})


def _send_handover(nodes: dict[str, Any], say: Say) -> None:
    say("sending the first handover from pt-prison to fr-probation")
    prison = nodes["pt-prison"]
    officer, supervisor = signed_in(prison, "officer"), signed_in(prison, "supervisor")
    found = _notice(officer)
    if found is None:
        days = (datetime.now(UTC).date() + timedelta(days=RELEASE_IN_DAYS) - RELEASE).days
        body = moved(json.loads(NOTICE.read_text()), days)
        found = officer.call("POST", "/handovers", {**body, "case_reference": CASE_REFERENCE})
    steps = {
        "draft": lambda: officer.call("POST", f"/handovers/{found['id']}/submit", {}),
        "in_review": lambda: supervisor.call("POST", f"/handovers/{found['id']}/approve", {}),
        "approved": lambda: officer.call(
            "POST", f"/handovers/{found['id']}/send", {"pin": officer.pin}
        ),
    }
    while (state := officer.call("GET", f"/handovers/{found['id']}")["state"]) in steps:
        steps[state]()
    _until(lambda: officer.call("GET", f"/handovers/{found['id']}")["state"] != "sent", "delivered")


def _notice(officer: Client) -> dict[str, Any] | None:
    for box in ("draft", "out"):
        for item in _items(officer, "/handovers", {"box": box}):
            if item.get("case_reference") == CASE_REFERENCE:
                return item
    return None


def _items(client: Client, path: str, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    answer = client.call("GET", path, query=query)
    yield from answer["items"]


def _wait_for_everything(nodes: dict[str, Any], say: Say) -> None:
    say("waiting until every agency has every practice in its search")
    wanted = len(list((LIBRARY / "practices").glob("*.json")))
    for node in nodes.values():
        client = signed_in(node, "reader")
        _until(
            lambda c=client: (
                c.call("GET", "/search", query={"kind": "practice"})["total"] >= wanted
            ),  # type: ignore[misc]
            f"{wanted} practices at {node['org']}",
        )


def _until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end:
            raise ScenarioError(f"not within {WAIT_S:.0f} seconds: {what}")
        time.sleep(PAUSE_S)


def _integra(home: Path, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "integra_node", "--home", str(home), *command],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ScenarioError(done.stderr.strip() or f"{command[0]} {command[1]} failed")
