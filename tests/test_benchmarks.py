import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "benchmarks"
AGREED = {
    "common.py": "697a769128c89a42c967e8c584ff68a96f4353cdfc18d436fd983c640e2ec805",
    "floor.py": "b5e60d80487a15f59233be8daab489c980540ea34387170e5a5777492b92cb62",
}


def run(*arguments):
    done = subprocess.run(
        [sys.executable, str(FOLDER / "run.py"), "--quick", "--only", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=500,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", sorted(AGREED))
def test_the_floor_is_the_agreed_one(name):
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == AGREED[name]


def test_a_bench_says_bar_figure_and_verdict():
    machine, *lines = run("receive")
    assert machine["sha256"] == AGREED
    assert len(lines) == 2
    assert all({"bar", "measured", "met"} <= line.keys() for line in lines)


@pytest.mark.slow
@pytest.mark.skipif("INTEGRA_SLOW" not in os.environ, reason="INTEGRA_SLOW is not set")
def test_the_quick_form_of_every_bench_runs():
    lines = run("catch_up", "idle_partners", "pages", "search", "two_nodes")
    assert {line["bench"] for line in lines[1:]} == {
        "catch_up",
        "idle_partners",
        "pages",
        "search",
        "two_nodes",
    }
