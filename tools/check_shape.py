"""Does every source file keep the house rules that no linter knows?

A file says in its first line which question it answers, is not named after
nothing in particular, and holds no function longer than 40 lines.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOPS = ("protocol", "node", "hub")
VAGUE_NAMES = frozenset({"utils", "util", "common", "helpers", "helper", "manager", "service"})
MAX_FUNCTION_LINES = 40  # without docstring and decorators

Function = ast.FunctionDef | ast.AsyncFunctionDef


def body_lines(function: Function) -> int:
    """Return how many lines a function takes, without its docstring and decorators."""
    first, last = function.lineno, function.end_lineno or function.lineno
    length = last - first + 1
    opening = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        length -= (opening.end_lineno or opening.lineno) - opening.lineno + 1
    return length


def problems_in(path: Path, root: Path) -> Iterator[str]:
    """Yield one sentence for each rule the file breaks."""
    name = path.relative_to(root).as_posix()
    if path.stem in VAGUE_NAMES:
        yield f"{name}: the name says nothing about the job"
    try:
        tree = ast.parse(path.read_bytes(), filename=name)
    except SyntaxError as error:
        yield f"{name}:{error.lineno}: not the Python that this runs on"
        return
    if tree.body and ast.get_docstring(tree) is None:
        yield f"{name}: no first line says which question it answers"
    for node in ast.walk(tree):
        if isinstance(node, Function) and body_lines(node) > MAX_FUNCTION_LINES:
            yield f"{name}:{node.lineno}: {node.name} has {body_lines(node)} lines"


def main() -> int:
    """Return 0 if every file keeps the rules, else list what does not and return 1."""
    paths = [p for top in TOPS for p in sorted((ROOT / top).rglob("*.py"))]
    found = [sentence for path in paths for sentence in problems_in(path, ROOT)]
    print("\n".join(found) or f"{len(paths)} files keep the shape")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
