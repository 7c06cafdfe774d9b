"""Alerts on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from alert_agencies import CANARY, amber, body
from federation_lab import make_lab
from integra_node.cli import main

LIBRARY = Path(__file__).parent.parent / "examples" / "library" / "alerts"
COUNT = len(list(LIBRARY.glob("*.json")))


@pytest.fixture
def run(tmp_path):
    lab = make_lab(tmp_path / "lab", [("fr-probation", "casework")])
    home = str(lab.members["fr-probation"].home)

    def call(*arguments, code=0):
        answer = CliRunner().invoke(main, ["--home", home, *map(str, arguments)])
        assert answer.exit_code == code, answer.output
        return answer

    return call


def test_a_folder_becomes_drafts_once(run):
    first = json.loads(run("alert", "import", LIBRARY, "--json").output)["items"]
    again = json.loads(run("alert", "import", LIBRARY, "--json").output)["items"]
    assert len(first) == COUNT
    assert [one["id"] for one in again] == [one["id"] for one in first]
    assert {one["status"] for one in first} == {"draft"}
    assert {one["tlp"] for one in first} == {"CLEAR", "GREEN", "AMBER"}
    listed = json.loads(run("alert", "list", "--json").output)["items"]
    assert {one["source_id"] for one in listed} == {one["source_id"] for one in first}


def test_only_the_hinted_ones_are_taken_in(run):
    made = json.loads(run("alert", "import", LIBRARY, "--owner", "it-university", "--json").output)
    assert 0 < len(made["items"]) < COUNT


def test_a_faulty_file_takes_nothing_in(run, tmp_path):
    path = tmp_path / "two.json"
    path.write_text(json.dumps([body(), body(severity="terrible")]), encoding="utf-8")
    answer = run("alert", "import", path, code=1)
    assert "no. 2: severity: unknown_code" in answer.output
    assert json.loads(run("alert", "list", "--json").output) == {"items": []}


def test_the_list_tells_no_text_of_a_draft(run, tmp_path):
    path = tmp_path / "one.json"
    path.write_text(json.dumps(amber("pt-prison")), encoding="utf-8")
    assert CANARY not in run("alert", "import", path).output
    assert CANARY not in run("alert", "list").output


def test_what_is_not_there_cannot_be_shown(run):
    assert "no such alert" in run("alert", "show", "fr-probation~1~0", code=1).output
