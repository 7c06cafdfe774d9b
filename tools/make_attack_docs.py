"""Which attacks does every build try? Writes docs/attacks.md from the tables of the tests.

Without argument the file is compared and the exit code says whether it is true;
`--write` writes it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "attacks.md"

HEAD = """\
# Attacks that every build tries

<!-- Made by tools/make_attack_docs.py from tests/federation_attacks.py. Do not edit. -->

Each line is sent over real HTTP and TLS to a running node, mostly by a member with
valid keys. Before and after it all tables are dumped; but for the audit log, used
tokens, daily amounts and the state of the connection to partners they must be the
same, byte for byte. The codes are those of the [protocol](protocol.md), section 13;
what an attack is worth to whom is in the [threat model](threat-model.md).
"""
INBOUND = """
## What is sent to a node

| attack | what is sent | answer |
|---|---|---|
"""
OUTBOUND = """
## What is answered to a node

| attack | what is answered | why it is dropped |
|---|---|---|
"""
SCENES = """
## Scenes of several members

| what happens | what comes of it |
|---|---|
"""


def main(arguments: list[str]) -> int:
    """Compare or write; return the exit code."""
    text = document()
    if "--write" in arguments:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TARGET.relative_to(ROOT)} differs: run tools/make_attack_docs.py --write")
    return 1


def document() -> str:
    """Return the whole document."""
    tables = _tables()
    parts = [HEAD, INBOUND, *_rows(_inbound(tables.ATTACKS))]
    parts += [OUTBOUND, *_rows((n, a.what, f"`{a.reason}`") for n, a in tables.ANSWERS.items())]
    parts += [SCENES, *_rows(tables.SCENES.values())]
    return "".join(parts)


def _inbound(attacks: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, attack in attacks.items():
        answer = f"{attack.status} `{attack.code}`" if attack.code else str(attack.status)
        yield name, attack.what, answer


def _rows(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in rows:
        yield f"| {' | '.join(row)} |\n"


def _tables() -> Any:  # noqa: ANN401 - tests are not typed
    tests = str(ROOT / "tests")
    if tests not in sys.path:
        sys.path.insert(0, tests)
    return importlib.import_module("federation_attacks")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
