#!/usr/bin/env python3
"""Which command shows each promise? ``make accept LINE=n`` or ``3.n`` (the library); 0 for all.

Every line runs against real nodes, or the tests that do so; nothing here decides by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable


def _run(*command: str, **environment: str) -> int:
    print("$", " ".join(command), flush=True)
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False)
    return done.returncode


def _tests(*names: str, **environment: str) -> int:
    return _run(PYTHON, "-m", "pytest", "-q", *names, **environment)


def _script(name: str, *arguments: str, **environment: str) -> int:
    return _run(PYTHON, f"tests/acceptance/{name}.py", *arguments, **environment)


def _vectors() -> int:
    return _tests(
        *(str(path) for path in sorted(ROOT.glob("tests/test_protocol_*.py"))),
        INTEGRA_REQUIRE="vectors",
    )


def _search_quality() -> int:
    folder = os.environ.get("INTEGRA_COLLECTIONS", "")
    if not folder:
        print("set INTEGRA_COLLECTIONS to the folder with cranfield/ and cisi/")
        return 2
    contract = (
        "tests/test_node_search_contract.py",
        "tests/test_node_search_engines.py",
        "tests/test_search_multilingual.py",
    )
    return _run(PYTHON, "tools/search_quality.py", folder) or _tests(*contract)


def _library_pages() -> int:
    """Walk the path, its page loads printed; then look at every page in every language."""
    return _tests("-s", "tests/browser/test_browser_library_path.py") or _tests(
        "tests/browser/test_browser_pages.py", INTEGRA_LONG="1"
    )


LINES: dict[str, tuple[str, Callable[[], int]]] = {
    "1": (
        "the demo starts, survives kill -9, one browser at four nodes",
        lambda: _script("demo_starts"),
    ),
    "2": ("the protocol reproduces its vectors, parsers refuse everything else", _vectors),
    "3": (
        "a practice published three ways is found at three nodes",
        lambda: _script("found_everywhere"),
    ),
    "4": (
        "inflected and unaccented words are found; nothing found is a help",
        lambda: _tests("tests/test_node_search_text.py", "tests/test_node_search_query.py"),
    ),
    "5": ("an AMBER alert and a handover leave no plaintext", lambda: _script("no_plaintext")),
    "6": (
        "the handover goes through all its states and is provable offline",
        lambda: _script("handover_states"),
    ),
    "7": (
        "20,000 practices through ten kills",
        lambda: _tests("-s", "tests/test_federation_kill.py", INTEGRA_LONG="1"),
    ),
    "8": (
        "attacks are refused and leave no trace",
        lambda: _tests("tests/test_federation_attacks.py"),
    ),
    "9": (
        "every page is accessible, narrow, dark, without JavaScript",
        lambda: _tests("tests/browser"),
    ),
    "10": (
        "a practice and a handover by keyboard only",
        lambda: _tests("-s", "tests/browser/test_browser_journeys.py"),
    ),
    "11": ("the bars", lambda: _run(PYTHON, "tests/benchmarks/run.py")),
    "3.1": ("a path through the library by keyboard; every page under axe", _library_pages),
    "3.2": (
        "sixty questions in seven languages, thesaurus off and on",
        lambda: _run(PYTHON, "tools/search_quality.py"),
    ),
    "3.3": (
        "ranking on the collections in INTEGRA_COLLECTIONS; both engines keep one contract",
        _search_quality,
    ),
    "3.4": (
        "50,000 practices: searchable at once, built anew while asked, killed",
        lambda: _script("search_at_scale") or _script("search_at_scale", "--engine", "tantivy"),
    ),
    "3.6": (
        "foreign clients read a node with 5,000 alerts and 5,000 practices",
        lambda: _script("doors"),
    ),
    "3.7": (
        "10,000 rows come in with progress, once, through kills; hostile files make nothing",
        lambda: _script("imports"),
    ),
    "3.8": (
        "a retracted alert is unreadable everywhere within two seconds, its readers are told",
        lambda: _script("retraction"),
    ),
}


def main(arguments: Sequence[str]) -> int:
    """Run one line, or with 0 every line."""
    if len(arguments) != 1 or arguments[0] not in {"0", *LINES}:
        for number, (title, _) in LINES.items():
            print(f"{number:>4}  {title}")
        print("use: accept.py LINE   (0: all)")
        return 2
    wanted = [arguments[0]] if arguments[0] != "0" else list(LINES)
    failed = []
    for number in wanted:
        title, run = LINES[number]
        print(f"== line {number}: {title}", flush=True)
        if run():
            failed.append(number)
    print(f"failed: {failed}" if failed else "all of it holds")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
