"""What do the codes of errors and problems mean? Writes docs/errors.md from the code.

Without argument the file is compared and the exit code says whether it is true;
`--write` writes it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from integra_node.rules.messages import MESSAGES

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "errors.md"
TOPS = ("protocol", "node", "hub")
BASE = "IntegraError"
WIRE_BASE = "ProtocolError"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorClass:
    """One class of the tree of errors, as its source says; code and status as inherited."""

    code: str
    status: int
    meaning: str
    is_wire: bool


HEAD = """\
# Errors

<!-- Made by tools/make_error_docs.py from the code. Do not edit. -->

Every expected failure has a *code*: a stable word that programs may rely on. The
text beside it is for people, may change, and never holds bodies, keys or names of
persons.

- Between members the answer is `{"error": code, "detail": text}`
  ([protocol](protocol.md), section 13).
- The staff API answers with RFC 9457 `application/problem+json` and the field
  `code`; what is wrong with single fields stands in `errors`.
- The command line prints one sentence on standard error and ends with 1; with
  `--json` it prints `{"error": code, "detail": text}`.
"""
WIRE = """
## Between members

The closed list of the wire.
"""
LOCAL = """
## Staff API and command line

A code of the wire can reach the staff side too, when a partner's refusal or the
state of the own node is the reason.
"""
PROBLEMS = """
## Problems with single fields

A refusal `invalid_fields` lists problems, each with the path of the field, one of
these codes, the values for its text, and the text in the caller's language. Answers
about a draft list the same codes with a `severity`: `error` forbids the next step,
`warning` asks for a look.
"""


def main(arguments: list[str]) -> int:
    """Compare or write; return the exit code."""
    text = document()
    if "--write" in arguments:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TARGET.relative_to(ROOT)} differs: run tools/make_error_docs.py --write")
    return 1


def document() -> str:
    """Return the whole document."""
    found = sorted(error_classes(sources()), key=lambda one: (one.status, one.code, one.meaning))
    wire = [one for one in found if one.is_wire]
    local = [one for one in found if not one.is_wire]
    parts = [HEAD, WIRE, *rows(wire), LOCAL, *rows(local), PROBLEMS, *problem_rows()]
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


def sources() -> Iterator[str]:
    """Yield the text of every module."""
    for top in TOPS:
        for path in sorted((ROOT / top).rglob("*.py")):
            yield path.read_text(encoding="utf-8")


def error_classes(texts: Iterable[str]) -> list[ErrorClass]:
    """Return each class below the base that has a code of its own, read without running it."""
    trees = [ast.parse(text) for text in texts]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    by_name = {node.name: node for node in nodes}
    found = []
    for node in nodes:
        line = ancestry(node, by_name)
        names = {one.name for one in line}
        if BASE not in names or node.name == BASE or "code" not in constants(node):
            continue
        found.append(
            ErrorClass(
                code=str(inherited("code", line)),
                status=int(str(inherited("status", line))),
                meaning=meaning(node),
                is_wire=WIRE_BASE in names,
            )
        )
    return found


def ancestry(node: ast.ClassDef, by_name: Mapping[str, ast.ClassDef]) -> list[ast.ClassDef]:
    """Return the class and what it is made from, nearest first, as far as our code goes."""
    line = [node]
    for one in line:
        names = [base.id for base in one.bases if isinstance(base, ast.Name)]
        line += [by_name[name] for name in names if name in by_name]
    return line


def constants(node: ast.ClassDef) -> dict[str, object]:
    """Return the plain values that a class sets in its body."""
    held: dict[str, object] = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            target: ast.expr = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        else:
            continue
        if isinstance(target, ast.Name) and isinstance(statement.value, ast.Constant):
            held[target.id] = statement.value.value
    return held


def inherited(name: str, line: Iterable[ast.ClassDef]) -> object:
    """Return the value that the first class of the line sets."""
    return next(values[name] for one in line if name in (values := constants(one)))


def rows(found: Iterable[ErrorClass]) -> Iterator[str]:
    """Yield a table: status, code, and what each class that has the code says of itself."""
    yield ""
    yield "| status | code | meaning |"
    yield "|---|---|---|"
    for (status, code), group in groupby(found, key=lambda one: (one.status, one.code)):
        said = dict.fromkeys(one.meaning for one in group)
        yield f"| {status} | `{code}` | {' '.join(said)} |"


def meaning(node: ast.ClassDef) -> str:
    """Return the first paragraph of a class, in one line."""
    text = (ast.get_docstring(node) or "").split("\n\n")[0]
    return " ".join(text.replace("``", "`").split()).replace("|", "\\|")


def problem_rows() -> Iterator[str]:
    """Yield the table of problem codes with their English texts."""
    yield ""
    yield "| code | text |"
    yield "|---|---|"
    for code, text in sorted(MESSAGES.items()):
        yield f"| `{code}` | {text.replace('|', chr(92) + '|')} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
