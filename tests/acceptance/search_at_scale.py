"""Line 3.4: a node with many practices, its index built, killed, built anew and asked meanwhile.

Usage: ``search_at_scale.py [PRACTICES] [--engine NAME]``.  Shows that one practice more is searchable
within a second, that building anew says how far it is while searches are answered, and that killing
whoever writes the index loses nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests")]

from federation_lab import Lab, make_lab  # noqa: E402  found on the path set above
from integra_node.actions.indexing import count_documents  # noqa: E402
from integra_node.actions.practice_imports import import_practices  # noqa: E402
from integra_node.app import Node  # noqa: E402
from integra_node.search.audience import audience_for  # noqa: E402
from integra_node.search.contract import SearchRequest  # noqa: E402
from integra_node.search.progress import read_progress  # noqa: E402

ORG = "it-university"
LIBRARY = ROOT / "examples" / "library" / "practices"
EVERYBODY = audience_for({"all"})
BATCH = 250
SEARCHABLE_S = 1.0
SLOWEST_S = 5.0
"""A search while another process builds anew; the bars of speed are measured elsewhere, at rest."""

KILLS = 3
TRIES = 5
_SENTENCE = re.compile(r"(?<=[.!?;·])\s+")


def bodies(count: int, seed: int = 1) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (source, body): practices with sentences of the sample library, mixed."""
    rng = random.Random(seed)
    models = [json.loads(path.read_bytes()) for path in sorted(LIBRARY.glob("*.json"))]
    sentences: dict[str, list[str]] = {}
    for model in models:
        language = model["language"]
        sentences.setdefault(language, []).extend(
            _SENTENCE.split(model["description"][language].replace("\n", " "))
        )
    for number in range(count):
        model = dict(rng.choice(models))
        language = model["language"]
        model.pop("owner_hint")
        model.pop("source_id")
        some = rng.sample(sentences[language], 12)
        model["title"] = {language: f"{model['title'][language]} {number}"}
        model["description"] = {language: " ".join(some)}
        yield f"made-{seed}-{number}", model


def fill(node_home: Path, lab: Lab, count: int, seed: int) -> None:
    """Publish count practices at the node, which is not running."""
    from integra_node.config import load_config
    from integra_node.ourselves import make_us

    us = make_us(load_config(node_home))
    made = list(bodies(count, seed))
    for start in range(0, count, BATCH):
        part = made[start : start + BATCH]
        lab.write(
            ORG,
            lambda tx, part=part: import_practices(
                tx, us, part, actor="operator", now=int(time.time())
            ),
        )


def command(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a command of the node."""
    return subprocess.Popen(
        [sys.executable, "-m", "integra_node", "--home", str(home), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(
    folder: Path,
    count: int,
    engine: str,
    *,
    kills: int = KILLS,
    tries: int = TRIES,
    within_s: float = SEARCHABLE_S,
) -> None:
    """Show everything at a node with count practices in folder.

    Args:
        folder: an empty one.
        count: practices before anything is killed.
        engine: whoosh or tantivy.
        kills: of who takes up a backlog.
        tries: practices whose way into the search is timed.
        within_s: what the median of these must be under.

    Raises:
        AssertionError: something did not hold.
    """
    lab = make_lab(folder, [(ORG, "knowledge")])
    home = lab.members[ORG].home
    with (home / "integra.toml").open("a") as file:
        file.write(f'\n[search]\nengine = "{engine}"\n')
    start = time.perf_counter()
    fill(home, lab, count, seed=1)
    print(f"{count:,} practices published in {time.perf_counter() - start:.0f} s", flush=True)
    start = time.perf_counter()
    built = command(home, "search", "rebuild")
    said, progress = built.communicate()
    assert built.returncode == 0, progress
    lines = progress.splitlines()
    print(f"{said.strip()} {time.perf_counter() - start:.0f} s; progress: {lines[-3:]}", flush=True)
    assert f"{count:,} of {count:,}" in lines
    killed_while_catching_up(home, lab, count, kills)
    asyncio.run(served(lab, home, tries, within_s))


def killed_while_catching_up(home: Path, lab: Lab, count: int, kills: int) -> None:
    """Kill whoever takes up a backlog, again and again; nothing is lost and nothing twice."""
    rng = random.Random(7)
    more = max(count // 50, 50)
    fill(home, lab, more, seed=2)
    for _ in range(kills):
        process = command(home, "search", "catch-up")
        try:
            process.wait(timeout=rng.uniform(0.5, 3.0))
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
    found = command(home, "search", "--json", "--per-page", "1")
    said, trouble = found.communicate()
    assert found.returncode == 0, trouble
    held = lab.write(ORG, count_documents)
    total = json.loads(said)["total"]
    print(
        f"{kills} kills while {more:,} more were taken up: {total:,} of {held:,} found", flush=True
    )
    assert total == held == count + more


async def served(lab: Lab, home: Path, tries: int, within_s: float) -> None:
    """Publish and search at the running node, while its index is built anew and that is killed."""
    await lab.start()
    try:
        node = lab.nodes[ORG]
        await _until_searchable(node, tries, within_s, seed=3)
        held = await node.database.read(count_documents)
        await _built_anew_while_asked(node, home, held, kill=True)
        await _built_anew_while_asked(node, home, held, kill=False)
        await _until_searchable(node, tries, within_s, seed=4)
    finally:
        await lab.stop()


async def _until_searchable(node: Node, tries: int, within_s: float, *, seed: int) -> None:
    times = []
    for number, (source, body) in enumerate(bodies(tries, seed)):
        word = f"xyl{seed}q{number}"
        body["title"] = {body["language"]: f"Titulus {word}"}
        await node.database.write(
            lambda tx, item=(source, body): import_practices(
                tx, node.us, [item], actor="operator", now=int(time.time())
            )
        )
        start = time.perf_counter()
        while not node.index.search(EVERYBODY, SearchRequest(q=word)).total:
            await asyncio.sleep(0.01)
            assert time.perf_counter() - start < 60, f"{word} is not found"
        times.append(time.perf_counter() - start)
    middle = statistics.median_low(times)
    print(f"one more is searchable after {middle:.2f} s, at most {max(times):.2f} s", flush=True)
    assert middle < within_s, times


async def _built_anew_while_asked(node: Node, home: Path, held: int, *, kill: bool) -> None:
    process = await asyncio.to_thread(command, home, "search", "rebuild")
    slowest, asked, seen = 0.0, 0, set()
    end = time.perf_counter() + random.Random(9).uniform(2.0, 4.0)
    while process.poll() is None:
        start = time.perf_counter()
        found = await asyncio.to_thread(node.index.search, EVERYBODY, SearchRequest(per_page=1))
        slowest = max(slowest, time.perf_counter() - start)
        asked += 1
        assert found.total == held, found.total
        progress = read_progress(home / "index")
        seen.update([progress.done] if progress else [])
        if kill and time.perf_counter() > end:
            process.kill()
            break
        await asyncio.sleep(0.05)
    await asyncio.to_thread(process.communicate)
    node.index.refresh()
    total = node.index.search(EVERYBODY, SearchRequest(per_page=1)).total
    what = "building anew, killed" if kill else "building anew"
    print(
        f"{what}: {asked} searches meanwhile, slowest {slowest * 1000:.0f} ms, "
        f"{len(seen)} reports of progress; {total:,} found afterwards",
        flush=True,
    )
    assert asked
    assert slowest < SLOWEST_S
    assert total == held


def main(arguments: list[str]) -> int:
    """Run the whole for one engine."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("practices", type=int, nargs="?", default=50_000)
    parser.add_argument("--engine", choices=["whoosh", "tantivy"], default="whoosh")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="search-at-scale-") as folder:
        run(Path(folder), options.practices, options.engine)
    print("all of it holds")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
