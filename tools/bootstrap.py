#!/usr/bin/env python3
"""How does a newcomer start, test and check Integra with one command?

Standard library only. Makes a virtual environment from the hashed requirement
files, installs the project into it without asking any index again, and runs
what was asked for. A second run finds the environment stamped and starts at
once. Set INTEGRA_VENV to keep the environment elsewhere than in `.venv`; pip's
own variables (PIP_NO_INDEX, PIP_FIND_LINKS) make it work without a network.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MINIMUM = (3, 11)
RUNTIME_LOCK = "requirements.lock"
DEVELOPMENT_LOCK = "requirements-dev.lock"
SOURCE_ONLY = ("cpe",)  # development only, of stix2-validator: published without a wheel
BUILD_FILES = ("pyproject.toml", "tools/hatch_build.py", "README.md", "LICENSE")
DEBRIS = (
    ".demo",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".import_linter_cache",
    ".hypothesis",
    "build",
    "dist",
    "htmlcov",
    ".coverage",
)
CHECKS = (
    ("lint", ("ruff", "check", ".")),
    ("format", ("ruff", "format", "--check", ".")),
    ("mypy", ("mypy",)),
    ("imports", ("lint-imports", "--no-logo")),
    ("shape", ("python", "tools/check_shape.py")),
    ("locks", ("python", "tools/check_locks.py")),
    ("messages", ("python", "tools/check_messages.py")),
)


class SetupError(Exception):
    """The environment cannot be made; the message tells the user what to do."""


def refusal_for(version: tuple[int, int]) -> str | None:
    """Return why this Python (major, minor) cannot run Integra, or None if it can."""
    if version >= MINIMUM:
        return None
    needed = ".".join(map(str, MINIMUM))
    found = ".".join(map(str, version))
    return (
        f"Integra needs Python {needed} or newer; this is Python {found}. "
        f"Start it with another one, for example: python{needed} tools/bootstrap.py"
    )


def venv_package_for(executable: Path, default: Path, version: tuple[int, int]) -> str:
    """Return the Debian package that gives `executable` its venv module.

    `python3-venv` belongs to the distribution's default Python only.
    """
    if executable.resolve() == default.resolve():
        return "python3-venv"
    return f"python{version[0]}.{version[1]}-venv"


def environment_path() -> Path:
    """Return where the virtual environment lies: INTEGRA_VENV, or `.venv` here."""
    chosen = os.environ.get("INTEGRA_VENV")
    return Path(chosen).resolve() if chosen else ROOT / ".venv"


def make_environment(venv: Path) -> None:
    """Create the virtual environment unless a usable one is there.

    Raises:
        SetupError: the venv module is missing, or creating failed.
    """
    python = venv / "bin" / "python"
    if python.exists() and runs(
        python, "-c", "import pip, sys; assert sys.version_info >= (3, 11)"
    ):
        return
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        here = (sys.version_info[0], sys.version_info[1])
        package = venv_package_for(Path(sys.executable), Path("/usr/bin/python3"), here)
        raise SetupError(f"sudo apt-get install {package}")
    say(f"making {venv}")
    if not runs(Path(sys.executable), "-m", "venv", "--clear", str(venv), quiet=False):
        raise SetupError(f"could not make a virtual environment in {venv}")


def runs(python: Path, *arguments: str, quiet: bool = True) -> bool:
    """Return whether the command exits with 0."""
    sink = subprocess.DEVNULL if quiet else None
    command = [str(python), *arguments]
    return subprocess.run(command, cwd=ROOT, stdout=sink, stderr=sink, check=False).returncode == 0


def digest_of(paths: list[Path]) -> str:
    """Return the hex SHA-256 over the names and contents of files under the root."""
    total = hashlib.sha256()
    for path in paths:
        data = path.read_bytes()
        total.update(f"{path.relative_to(ROOT).as_posix()} {len(data)}\n".encode())
        total.update(data)
    return total.hexdigest()


def build_inputs() -> list[Path]:
    """Return every file that the installed project depends on, beyond its Python code."""
    fixed = [ROOT / name for name in BUILD_FILES if (ROOT / name).exists()]
    catalogues = [*(ROOT / "node").rglob("*.po"), *(ROOT / "hub").rglob("*.po")]
    return [*fixed, *sorted(catalogues)]


def install_once(venv: Path, stamp_name: str, stamp: str, arguments: list[str]) -> None:
    """Run pip with these arguments unless the stamp file already says so.

    Raises:
        SetupError: pip failed.
    """
    stamp_file = venv / f".integra-{stamp_name}"
    if stamp_file.exists() and stamp_file.read_text(encoding="ascii") == stamp:
        return
    say(f"installing {stamp_name}")
    started = time.monotonic()
    python = venv / "bin" / "python"
    pip = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps")
    if not runs(python, *pip, *arguments, quiet=False):
        raise SetupError(f"installing {stamp_name} failed; pip said why above")
    stamp_file.write_text(stamp, encoding="ascii")
    say(f"installed {stamp_name} in {time.monotonic() - started:.0f} s")


def prepare(*, development: bool) -> Path:
    """Make the environment ready and return it.

    The development file pins everything that the runtime file pins, so an
    environment stamped for development serves both.

    Raises:
        SetupError: something is missing; the message is for the user.
    """
    venv = environment_path()
    make_environment(venv)
    runtime, full = ROOT / RUNTIME_LOCK, ROOT / DEVELOPMENT_LOCK
    full_stamp = digest_of([full])
    full_file = venv / f".integra-{DEVELOPMENT_LOCK}"
    has_full = full_file.exists() and full_file.read_text(encoding="ascii") == full_stamp
    if development or not has_full:
        lock = full if development else runtime
        wanted = ["--require-hashes", "--only-binary=:all:"]
        wanted += [f"--no-binary={name}" for name in SOURCE_ONLY if lock == full]
        wanted += ["-r", str(lock)]
        install_once(venv, lock.name, digest_of([lock]), wanted)
    project = ["--no-build-isolation", "--editable", str(ROOT)]
    install_once(venv, "project", f"{ROOT}\n{digest_of(build_inputs())}", project)
    return venv


def environment_for(venv: Path) -> dict[str, str]:
    """Return this process's environment with the virtual environment switched on."""
    values = dict(os.environ)
    values["VIRTUAL_ENV"] = str(venv)
    values["PATH"] = os.pathsep.join([str(venv / "bin"), values.get("PATH", os.defpath)])
    values.pop("PYTHONHOME", None)
    return values


def become(venv: Path, command: list[str]) -> int:
    """Replace this process by the command, so that signals reach it directly."""
    sys.stdout.flush()
    os.chdir(ROOT)
    values = environment_for(venv)
    program = shutil.which(command[0], path=values["PATH"])
    if program is None:
        raise SetupError(f"there is no program {command[0]!r} in {venv / 'bin'} or on the PATH")
    os.execve(program, [program, *command[1:]], values)  # noqa: S606  # no shell wanted


def demo(arguments: list[str]) -> int:
    """Start the demonstration federation."""
    return become(
        prepare(development=False), ["python", "examples/demo_federation/run.py", *arguments]
    )


def test(arguments: list[str]) -> int:
    """Run the tests: all of them on every core, or as the pytest arguments say."""
    everything = ["-q", "-n", "auto", "--maxprocesses", "4", "--dist", "loadgroup"]
    return become(prepare(development=True), ["python", "-m", "pytest", *(arguments or everything)])


def bench(arguments: list[str]) -> int:
    """Run the benchmarks."""
    return become(prepare(development=True), ["python", "tests/benchmarks/run.py", *arguments])


def run(arguments: list[str]) -> int:
    """Run any command inside the development environment."""
    if not arguments:
        raise SetupError("say what to run, for example: run integra --help")
    return become(prepare(development=True), arguments)


def check(arguments: list[str]) -> int:
    """Run every check (or those named), then say which failed."""
    venv = prepare(development=True)
    values = environment_for(venv)
    failed = []
    for name, command in CHECKS:
        if arguments and name not in arguments:
            continue
        started = time.monotonic()
        program = str(venv / "bin" / command[0])
        result = subprocess.run([program, *command[1:]], cwd=ROOT, env=values, check=False)
        verdict = "ok" if result.returncode == 0 else "FAILED"
        say(f"{name}: {verdict} ({time.monotonic() - started:.1f} s)")
        if result.returncode != 0:
            failed.append(name)
    say(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


def clean(arguments: list[str]) -> int:
    """Remove what runs and tools leave behind; with --all the environment too."""
    doomed = [ROOT / name for name in DEBRIS]
    doomed += [
        p
        for top in ("protocol", "node", "hub", "tests", "tools", "examples")
        for p in (ROOT / top).rglob("__pycache__")
    ]
    if "--all" in arguments:
        doomed.append(environment_path())
    for path in doomed:
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
    return 0


COMMANDS = {
    "demo": demo,
    "test": test,
    "check": check,
    "bench": bench,
    "clean": clean,
    "run": run,
}


def say(text: str) -> None:
    """Tell the user, marked as coming from here."""
    print(f"[integra] {text}", flush=True)


def main(arguments: list[str]) -> int:
    """Do what the command line says and return the exit code."""
    refusal = refusal_for((sys.version_info[0], sys.version_info[1]))
    if refusal is not None:
        print(refusal, file=sys.stderr)
        return 1
    parser = argparse.ArgumentParser(
        prog="tools/bootstrap.py",
        description="Start, test and check Integra; the environment is made on first use.",
        epilog="demo [--port-base N] [--once] | test [pytest arguments] | check [name] | "
        "bench | clean [--all] | run COMMAND...",
    )
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="passed on to the command")
    chosen = parser.parse_args(arguments)
    try:
        return COMMANDS[chosen.command](chosen.rest)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
