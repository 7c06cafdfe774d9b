"""``integra door``: tokens are printed once, listed without their text, and taken back."""

import json

import pytest
from click.testing import CliRunner

from integra_node.cli import main
from integra_node.keys import make_keys
from integra_node.store.migrate import migrate


@pytest.fixture
def run(tmp_path):
    (tmp_path / "integra.toml").write_text('org = "pt-prison"\nfederation_name = "lab.test"\n')
    make_keys(tmp_path / "keys")
    migrate(f"sqlite:///{tmp_path / 'integra.db'}")

    def call(*words, code=0):
        found = CliRunner().invoke(main, ["--home", str(tmp_path), "--json", *words])
        assert found.exit_code == code, found.output
        return json.loads(found.output)

    return call


def test_a_token_is_printed_once_and_never_stored(run, tmp_path):
    made = run("door", "token", "misp", "--class", "outsider", "--days", "30")
    assert made["expires_at"] - made["created_at"] == 30 * 86_400
    [listed] = run("door", "list")["tokens"]
    assert listed == {k: v for k, v in made.items() if k != "token"}
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("integra.db*"))
    assert made["token"].encode() not in stored
    assert bytes.fromhex(made["token"]) not in stored


def test_a_name_that_counts_is_not_given_twice_and_can_be_given_after_it_was_revoked(run):
    first = run("door", "token", "misp", "--class", "member")
    assert run("door", "token", "misp", "--class", "member", code=1)["error"] == "conflict"
    run("door", "revoke", "misp")
    assert run("door", "revoke", "misp", code=1)["error"] == "not_found"
    assert run("door", "token", "misp", "--class", "member")["token"] != first["token"]


@pytest.mark.parametrize("words", [("Not a word", "--class", "member"), ("x", "--class", "member")])
def test_a_bad_name_is_refused(run, words):
    assert run("door", "token", *words, code=1)["error"] == "invalid_fields"
