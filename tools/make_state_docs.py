"""How does a handover move? Writes docs/handover-states.md from the table of transitions.

Without argument the file is compared and the exit code says whether it is true;
`--write` writes it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from integra_node.rules.handover import ENDED, UNSENT, Row, State, transitions_table

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "handover-states.md"

HEAD = """\
# The states of a handover

<!-- Made by tools/make_state_docs.py from integra_node.rules.handover. Do not edit. -->

Sender and recipient each hold a row for a handover. An event of one side travels to
the other as a step of a signed reply ([protocol](protocol.md), section 4). A step that
does not fit the state in which it arrives is kept in the timeline and moves nothing.
"""
TABLE = """
## Who may do what

*PIN* means that an officer signs. *Second person* means that the author may not.
*Owner* is the person named at the acknowledgement. Without a step, the event stays at
the node where it happens. Events of the *system* come by themselves: a delivery, or
the end of 30 days.
"""


def main(arguments: list[str]) -> int:
    """Compare or write; return the exit code."""
    text = document()
    if "--write" in arguments:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TARGET.relative_to(ROOT)} differs: run tools/make_state_docs.py --write")
    return 1


def document() -> str:
    """Return the whole document."""
    table = transitions_table()
    parts = [HEAD, *diagram(table), TABLE, *rows(table)]
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


def diagram(table: list[Row]) -> Iterator[str]:
    """Yield the diagram, in Mermaid's notation, which is readable without a program."""
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {State.DRAFT.value}"
    for row in table:
        yield f"    {row.state} --> {row.target}: {row.event}"
    yield f"    {State.CLOSED.value} --> [*]"
    yield "```"
    yield ""
    yield f"Not sent yet: {words(UNSENT)}. Ended: {words(ENDED)}."


def words(states: frozenset[State]) -> str:
    """Return states as words, in the order of the life of a handover."""
    return ", ".join(f"`{state.value}`" for state in State if state in states)


def rows(table: list[Row]) -> Iterator[str]:
    """Yield the table for people."""
    yield ""
    yield "| from | event | to | side | roles | asks for | step of the reply |"
    yield "|---|---|---|---|---|---|---|"
    for row in table:
        step = f"`{row.step}`" if row.step else "none"
        cells = (
            row.state,
            row.event,
            row.target,
            " or ".join(row.sides),
            ", ".join(row.roles) or "nobody",
            ", ".join(row.asks) or "nothing",
            step,
        )
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
