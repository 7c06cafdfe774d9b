"""Is everything in the wheel that a node needs, and nothing else?"""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"protocol": "integra_protocol", "node": "integra_node", "hub": "integra_hub"}
pytestmark = pytest.mark.xdist_group("wheel")  # built once

DEBRIS = {"__pycache__", ".mypy_cache", ".ruff_cache"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = target.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def sources(top: str, package: str) -> set[str]:
    """Return the files of a package that git would keep, as the wheel names them."""
    found = (ROOT / top / package).rglob("*")
    return {
        path.relative_to(ROOT / top).as_posix()
        for path in found
        if path.is_file()
        and path.suffix not in {".pyc", ".mo"}
        and not DEBRIS.intersection(path.parts)
    }


@pytest.mark.parametrize("top", PACKAGES)
def test_every_source_file_is_in_the_wheel(wheel, top):
    assert sources(top, PACKAGES[top]) - set(wheel.namelist()) == set()


@pytest.mark.parametrize("package", PACKAGES.values())
def test_each_package_says_that_it_is_typed(wheel, package):
    assert f"{package}/py.typed" in wheel.namelist()


def test_each_catalogue_comes_compiled(wheel):
    names = set(wheel.namelist())
    wanted = {name.removesuffix(".po") + ".mo" for name in names if name.endswith(".po")}
    assert wanted - names == set()


def test_nothing_but_the_three_packages_is_installed(wheel):
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES.values())


def test_both_commands_and_the_licence_are_there(wheel):
    names = {name.rpartition("/")[2]: name for name in wheel.namelist()}
    scripts = wheel.read(names["entry_points.txt"]).decode()
    assert "integra = integra_node.cli:main" in scripts
    assert "integra-hub = integra_hub.cli:main" in scripts
    assert b"EUROPEAN UNION PUBLIC LICENCE" in wheel.read(names["LICENSE"])
