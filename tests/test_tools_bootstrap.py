"""Does the first command a newcomer types say what is missing, and skip what is done?"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def installs(tmp_path, monkeypatch):
    """Return pip's calls, noted by a Python that only notes them."""
    notes = tmp_path / "notes"
    notes.touch()
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text(f'#!/bin/sh\necho "$@" >> {notes}\n', encoding="ascii")
    python.chmod(0o755)
    monkeypatch.setenv("INTEGRA_VENV", str(tmp_path))

    def read() -> list[list[str]]:
        lines = notes.read_text(encoding="utf-8").splitlines()
        return [line.split() for line in lines if " install " in line]

    return read


def targets(calls: list[list[str]]) -> list[str]:
    return [call[-1] for call in calls]


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13), (4, 0)])
def test_a_new_enough_python_is_taken(version):
    assert bootstrap.refusal_for(version) is None


@pytest.mark.parametrize("version", [(3, 10), (3, 9), (2, 7)])
def test_an_old_python_is_refused_by_name(version):
    assert f"this is Python {version[0]}.{version[1]}" in bootstrap.refusal_for(version)


def test_the_default_python_needs_the_default_package(tmp_path):
    python = tmp_path / "python3"
    python.touch()
    (tmp_path / "python").symlink_to(python)
    assert bootstrap.venv_package_for(tmp_path / "python", python, (3, 11)) == "python3-venv"


def test_another_python_needs_its_own_package(tmp_path):
    found = bootstrap.venv_package_for(tmp_path / "python3.12", tmp_path / "python3", (3, 12))
    assert found == "python3.12-venv"


def test_a_missing_venv_module_prints_the_line_to_type(tmp_path):
    hide = (
        "import importlib.util, runpy, sys\n"
        "known = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name: None if name == 'ensurepip' else known(name)\n"
        "sys.argv = ['bootstrap', 'run', 'true']\n"
        f"runpy.run_path({bootstrap.__file__!r}, run_name='__main__')\n"
    )
    values = {**os.environ, "INTEGRA_VENV": str(tmp_path / "none")}
    result = subprocess.run(
        [sys.executable, "-c", hide], env=values, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert re.fullmatch(r"sudo apt-get install python3[.\d]*-venv\n", result.stderr)


def test_a_second_preparation_installs_nothing(installs):
    bootstrap.prepare(development=False)
    first = targets(installs())
    bootstrap.prepare(development=False)
    assert first == [str(ROOT / "requirements.lock"), str(ROOT)]
    assert targets(installs()) == first


def test_a_development_environment_serves_the_demo(installs):
    bootstrap.prepare(development=True)
    bootstrap.prepare(development=False)
    assert targets(installs()) == [str(ROOT / "requirements-dev.lock"), str(ROOT)]


def test_a_runtime_environment_is_completed_for_tests(installs):
    bootstrap.prepare(development=False)
    bootstrap.prepare(development=True)
    assert targets(installs())[-1] == str(ROOT / "requirements-dev.lock")


def test_what_is_installed_is_pinned_by_hash_and_never_built(installs):
    bootstrap.prepare(development=False)
    assert {"--require-hashes", "--only-binary=:all:", "--no-deps"} <= set(installs()[0])


def test_an_unknown_command_is_a_usage_error():
    command = [sys.executable, str(ROOT / "tools" / "bootstrap.py"), "dance"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "demo" in result.stderr
