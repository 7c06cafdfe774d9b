"""Line 3: is a practice published by page, by API and by command found at the three other nodes?

The delay runs from the publishing act until a search of a reader, asked every 50 ms, finds it.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import demo
from client import Client
from playwright.sync_api import sync_playwright

POLL_S = 0.05
LIMIT_S = 2.0
GIVE_UP_S = 30.0
AUTHOR = "pt-prison"
MODEL = demo.ROOT / "examples" / "library" / "practices" / "03-mentores-de-bairro-na-saida.json"


def main() -> None:
    """Publish three ways, look everywhere, withdraw, look again."""
    with demo.scratch() as folder, demo.running_demo(folder) as listed:
        nodes = {node["org"]: node for node in listed["nodes"]}
        readers = {org: Client(node, "reader") for org, node in nodes.items()}
        author = nodes[AUTHOR]
        before = {org: _counts(client) for org, client in readers.items()}
        refs = {}
        for way, publish in (
            ("page", lambda body: _by_page(author, body)),
            ("API", lambda body: _by_api(author, body)),
            ("command", lambda body: _by_command(folder, author, body)),
        ):
            refs[way] = _measure(way, publish, readers)
        _withdraw(author, refs, readers, before)
        print("found everywhere, and gone everywhere after withdrawal")


def _measure(
    way: str, publish: Callable[[dict[str, Any]], Callable[[], None]], readers: dict[str, Client]
) -> str:
    word = f"xyl{way.lower()}{time.time_ns() % 10**9}"
    act = publish(_body(word))
    found: dict[str, tuple[float, dict[str, Any]]] = {}
    others = {org: client for org, client in readers.items() if org != AUTHOR}
    start = time.perf_counter()
    threads = [
        threading.Thread(target=_look, args=(org, client, word, start, found))
        for org, client in others.items()
    ]
    for thread in threads:
        thread.start()
    act()
    for thread in threads:
        thread.join()
    for org in others:
        assert org in found, f"not found at {org} within {GIVE_UP_S} s"
        delay, hit = found[org]
        print(f"published by {way:8} found at {org:14} after {delay * 1000:6.0f} ms", flush=True)
        _check_hit(hit, word)
        assert delay < LIMIT_S, f"{delay:.2f} s"
    return str(next(iter(found.values()))[1]["ref"])


def _look(
    org: str,
    client: Client,
    word: str,
    start: float,
    found: dict[str, tuple[float, dict[str, Any]]],
) -> None:
    while time.perf_counter() - start < GIVE_UP_S:
        answer = client.call("GET", "/search", query={"q": word, "expand": "false"})
        if answer["total"]:
            found[org] = (time.perf_counter() - start, answer["results"][0])
            return
        time.sleep(POLL_S)


def _check_hit(hit: dict[str, Any], word: str) -> None:
    assert word in hit["snippet"] or word in hit["title"], hit
    assert hit["org"] == AUTHOR, hit
    assert hit["language"] == "pt", hit
    assert hit["evidence"] == 2, hit
    assert hit["signed"] is True, hit
    assert isinstance(hit["witnessed"], bool), hit


def _body(word: str) -> dict[str, Any]:
    body = copy.deepcopy(json.loads(MODEL.read_text()))
    body.pop("source_id")
    body.pop("owner_hint")
    body["title"] = {"pt": f"Mentores {word}"}
    return dict(body)


def _drafted(node: dict[str, Any], body: dict[str, Any]) -> str:
    writer = Client(node, "writer")
    made = writer.call("POST", "/practices", body)
    writer.call("POST", f"/practices/{made['id']}/submit", {})
    return str(made["id"])


def _by_api(node: dict[str, Any], body: dict[str, Any]) -> Callable[[], None]:
    draft, editor = _drafted(node, body), Client(node, "editor")
    return lambda: editor.call("POST", f"/practices/{draft}/publish", {})


def _by_page(node: dict[str, Any], body: dict[str, Any]) -> Callable[[], None]:
    draft = _drafted(node, body)
    user = next(u for u in node["users"] if u["username"] == "editor")

    def act() -> None:
        page.click("form[action$='/publish'] button")

    driver = sync_playwright().start()
    browser = driver.chromium.launch(
        executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
    )
    page = browser.new_page()
    page.goto(f"{node['url']}/sign-in")
    page.fill("[name=username]", user["username"])
    page.fill("[name=password]", user["password"])
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/today*")
    page.goto(f"{node['url']}/practices/{draft}")

    def act_and_close() -> None:
        act()
        browser.close()
        driver.stop()

    return act_and_close


def _by_command(folder: Path, node: dict[str, Any], body: dict[str, Any]) -> Callable[[], None]:
    path = folder / "by-command.json"
    path.write_text(json.dumps({**body, "source_id": "acceptance-command"}))
    command = [sys.executable, "-m", "integra_node", "--home", node["home"]]
    return lambda: subprocess.run([*command, "practice", "import", str(path)], check=True) and None


def _withdraw(
    node: dict[str, Any],
    refs: dict[str, str],
    readers: dict[str, Client],
    before: dict[str, tuple[int, int]],
) -> None:
    """Withdraw all and wait until every node counts what it counted before any of it."""
    for org, client in readers.items():
        _until_counts(org, client, tuple(count + len(refs) for count in before[org]))
    editor = Client(node, "editor")
    for way, ref in refs.items():
        editor.call("POST", f"/practices/{ref}/withdraw", {"reason": f"acceptance of {way}"})
    for org, client in readers.items():
        _until_counts(org, client, before[org])
        found = client.call("GET", "/search", query={"q": "Mentores", "per_page": 50})
        assert not set(refs.values()) & {hit["ref"] for hit in found["results"]}, org
        total, facet = before[org]
        print(f"{org}: total {total + len(refs)} -> {total}, facet {facet + len(refs)} -> {facet}")


def _until_counts(org: str, client: Client, wanted: tuple[int, ...]) -> None:
    end = time.monotonic() + GIVE_UP_S
    while (now := _counts(client)) != wanted:
        assert time.monotonic() < end, (org, wanted, now)
        time.sleep(POLL_S)


def _counts(client: Client) -> tuple[int, int]:
    """Return the total of all practices and the facet count of the author."""
    answer = client.call("GET", "/search", query={"kind": "practice"})
    orgs = {item["value"]: item["count"] for item in answer["facets"]["org"]}
    return answer["total"], orgs.get(AUTHOR, 0)


if __name__ == "__main__":
    main()
