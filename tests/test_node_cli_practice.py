"""Practices and the search on the command line."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from federation_lab import make_lab
from integra_node.cli import main

LIBRARY = Path(__file__).parent.parent / "examples" / "library" / "practices"
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


def test_a_folder_is_taken_in_once_found_shown_and_withdrawn(run):
    first = json.loads(run("practice", "import", LIBRARY, "--json").output)
    assert (first["new"], first["unchanged"]) == (COUNT, 0)
    again = json.loads(run("practice", "import", LIBRARY, "--json").output)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, COUNT)
    found = json.loads(run("search", "binôme", "--language", "fr", "--json").output)
    refs = [one["ref"] for one in found["results"]]
    assert first["items"][0]["ref"] in refs
    assert "Passerelles" in run("practice", "show", refs[0]).output
    run("practice", "withdraw", refs[0], "--reason", "Doublon")
    left = json.loads(run("search", "binôme", "--language", "fr", "--json").output)
    assert refs[0] not in [one["ref"] for one in left["results"]]
    assert "withdrawn" in run("practice", "list").output


def test_the_index_is_built_anew(run):
    run("practice", "import", LIBRARY, "--owner", "fr-probation")
    count = len(json.loads(run("practice", "list", "--json").output)["items"])
    assert 0 < count < COUNT
    answer = run("search", "rebuild", "--json")
    assert json.loads(answer.stdout) == {"documents": count}
    assert f"{count} of {count}" in answer.stderr


def test_words_are_published_shown_found_by_and_taken_back(run, tmp_path):
    run("practice", "import", LIBRARY)
    file = tmp_path / "words.json"
    file.write_text(json.dumps({"concepts": [{"id": "aftercare", "altLabel": {"en": ["xyzzy"]}}]}))
    assert json.loads(run("search", "xyzzy", "--json").output)["total"] == 0
    made = json.loads(run("vocabulary", "publish", file, "--json").output)
    assert (made["org"], made["version"], made["concepts"]) == ("fr-probation", 1, 1)
    assert json.loads(run("search", "xyzzy", "--json").output)["total"] > 5
    only = run("search", "xyzzy", "--only-these-words", "--json").output
    assert json.loads(only)["total"] == 0
    assert "Also searched for: " in run("search", "xyzzy", "--feedback").output
    assert json.loads(run("vocabulary", "show", "--json").output)["lists"] == [made]
    assert "xyzzy" in run("vocabulary", "show", "aftercare").output
    run("vocabulary", "withdraw", "--reason", "a trial")
    assert json.loads(run("search", "xyzzy", "--json").output)["total"] == 0
    file.write_text(json.dumps({"concepts": [{"id": "A B", "label": {"en": "x"}}]}))
    assert "nothing was published" in run("vocabulary", "publish", file, code=1).output
    file.write_text("[")
    assert "not JSON" in run("vocabulary", "publish", file, code=1).output


def test_one_bad_file_of_many_is_named_and_nothing_is_taken_in(run, tmp_path):
    shutil.copy(LIBRARY / "01-passerelles-binome-de-sortie.json", tmp_path / "a.json")
    (tmp_path / "b.json").write_text('{"language": "fr", "title": {"fr": "Sans rien"}}')
    answer = run("practice", "import", tmp_path / "a.json", tmp_path / "b.json", code=1)
    assert "b.json no. 1: summary: required" in answer.output
    assert json.loads(run("practice", "list", "--json").output) == {"items": []}


@pytest.mark.parametrize("text", ["", "[1]", "{", "[" * 100_000])
def test_what_is_no_practice_is_refused(run, tmp_path, text):
    (tmp_path / "x.json").write_text(text or "nothing")
    run("practice", "import", tmp_path / "x.json", code=1)


def test_an_unknown_practice_is_said_to_be_unknown(run):
    assert "no such practice" in run("practice", "show", "a~1~1", code=1).output
    run("practice", "withdraw", "a~1~1", "--reason", "x", code=1)


def test_the_library_is_written_to_a_file_that_can_be_taken_in_again(run, tmp_path):
    run("practice", "import", LIBRARY, "--owner", "fr-probation")
    wanted = json.loads(run("practice", "list", "--json").output)["items"]
    path = tmp_path / "out.jsonl"
    said = json.loads(run("practice", "export", "--output", path, "--json").output)
    assert said == {"practices": len(wanted)}
    assert path.stat().st_mode & 0o077 == 0
    assert {one.name for one in tmp_path.iterdir()} >= {"out.jsonl"}
    again = json.loads(run("practice", "import", path, "--json").output)
    assert (again["new"], again["changed"]) == (0, 0)
    table = run("practice", "export", "--format", "csv").output
    assert len(table.splitlines()) > len(wanted)


def test_a_file_that_is_there_half_written_is_not_written_over(run, tmp_path):
    (tmp_path / ".out.csv.part").write_text("another export runs")
    assert (
        "cannot be written"
        in run("practice", "export", "--output", tmp_path / "out.csv", code=1).output
    )
    assert not (tmp_path / "out.csv").exists()


TABLE = "Id;Titre;lang\na;Un atelier de lecture;fr\nb;Une deuxième pratique;fr\n"


def test_a_table_becomes_drafts_once_and_never_what_is_published(run, tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(TABLE.encode("windows-1252"))
    foreseen = json.loads(
        run("practice", "import", path, "--as", "drafts", "--dry-run", "--json").output
    )
    assert foreseen["new"] == 2
    assert json.loads(run("practice", "list", "--json").output) == {"items": []}
    run("practice", "import", path, "--as", "drafts")
    listed = json.loads(run("practice", "list", "--json").output)["items"]
    assert [(one["status"], one["ref"]) for one in listed] == [("draft", None)] * 2
    assert (
        "0 new, 0 changed, 2 unchanged" in run("practice", "import", path, "--as", "drafts").output
    )
    assert "not published" in run("practice", "import", path, "--as", "published", code=1).output


def test_one_wrong_row_of_a_table_keeps_all_of_it_out(run, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(TABLE + "c;;fr\n", encoding="utf-8")
    answer = run("practice", "import", path, "--as", "drafts", code=1)
    assert "row 4: title: required" in answer.output
    assert json.loads(run("practice", "list", "--json").output) == {"items": []}
    run("practice", "import", path, "--as", "drafts", "--skip-wrong")
    assert len(json.loads(run("practice", "list", "--json").output)["items"]) == 2


def test_a_repository_that_the_settings_do_not_name_is_not_asked(run):
    answer = run("practice", "import", "https://repository.example/oai", code=1)
    assert "not allowed in the settings" in answer.output


def test_a_table_of_broken_quotes_makes_nothing(run, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('Id;Title\n"a;b\n', encoding="utf-8")
    assert "quotation mark" in run("practice", "import", path, "--as", "drafts", code=1).output
