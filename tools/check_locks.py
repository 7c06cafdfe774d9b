"""Do pyproject, uv.lock and the two requirement files say the same?

`--write` resolves again and writes all three; without it nothing is written
and no index is asked. Also refuses any address in them that is not PyPI's own.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = str(Path(sys.executable).parent / "uv")  # the pinned one, beside this Python
EXPORT = (
    UV, "export", "--quiet", "--frozen", "--no-config", "--offline", "--format", "requirements-txt",
    "--no-emit-project", "--no-annotate", "--no-header",
)  # fmt: skip
FILES = {
    "requirements.lock": ("--no-default-groups", "--group", "build"),
    "requirements-dev.lock": ("--all-groups", "--all-extras"),
}
PUBLIC = ("https://pypi.org/simple", "https://files.pythonhosted.org/packages/")
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"']+")


def exported(options: tuple[str, ...]) -> str:
    """Return the requirement file that uv.lock stands for."""
    command = [*EXPORT, *options]
    result = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return result.stdout


def foreign_addresses(text: str) -> list[str]:
    """Return every address in a lock that is not one of PyPI's own."""
    return [found for found in ADDRESS.findall(text) if not found.startswith(PUBLIC)]


def problems() -> list[str]:
    """Return one sentence for each thing that does not fit."""
    found = []
    locked = subprocess.run(
        [UV, "lock", "--check", "--no-config", "--offline", "--quiet"],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    if locked.returncode != 0:
        found.append(f"uv.lock does not fit pyproject.toml: {locked.stderr.strip()}")
    for name, options in FILES.items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != exported(options):
            found.append(f"{name} is not what uv.lock stands for")
    for name in ("uv.lock", *FILES):
        path = ROOT / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        found += [f"{name} names a private index: {a}" for a in foreign_addresses(text)[:3]]
    return found


def write() -> None:
    """Resolve again, keeping what still fits, and write the three files."""
    subprocess.run([UV, "lock", "--no-config", "--default-index", PUBLIC[0]], cwd=ROOT, check=True)
    for name, options in FILES.items():
        (ROOT / name).write_text(exported(options), encoding="utf-8")


def main() -> int:
    """Return 0 if all agree, else say what does not and return 1."""
    if sys.argv[1:] == ["--write"]:
        write()
    found = problems()
    for sentence in found:
        print(sentence)
    if found:
        print("to repair: python3 tools/bootstrap.py run python tools/check_locks.py --write")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
