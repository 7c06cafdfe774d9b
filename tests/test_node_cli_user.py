"""Accounts from the command line: what an administrator types and gets back."""

import json

import pytest
from click.testing import CliRunner

from integra_node.cli.frame import Invocation
from integra_node.cli.user import user
from integra_node.passwords import matches
from integra_node.store import accounts, audit
from integra_node.store.audit import AuditFilter
from integra_node.store.database import Database
from integra_node.store.schema import metadata


@pytest.fixture
def home(tmp_path):
    (tmp_path / "integra.toml").write_text(
        'org = "it-university"\nfederation_name = "test.example"\nprofile = "knowledge"\n'
    )
    database = Database.open(f"sqlite:///{tmp_path / 'integra.db'}")
    metadata.create_all(database.engine)
    database.close()
    return tmp_path


@pytest.fixture
def call(home):
    def run(*arguments, stdin=""):
        return CliRunner().invoke(
            user, arguments, obj=Invocation(home=home, json=True), input=stdin
        )

    return run


@pytest.fixture
def database(home):
    database = Database.open(f"sqlite:///{home / 'integra.db'}")
    yield database
    database.close()


def test_an_account_is_added_listed_changed_and_shut(call, database):
    made = json.loads(call("add", "Ana", "--name", "Ana B.", "--role", "reader").output)
    assert made["username"] == "ana"
    stored = database.read_now(lambda tx: accounts.password_by_username(tx, "ana"))
    assert matches(made["password"], stored.encoded)
    assert json.loads(call("roles", "ana", "dpo", "reader").output)["roles"] == ["dpo", "reader"]
    assert call("disable", "ana").exit_code == 0
    (listed,) = json.loads(call("list").output)["users"]
    assert (listed["roles"], listed["state"]) == (["dpo", "reader"], "disabled")
    assert call("enable", "ana").exit_code == 0
    assert json.loads(call("sessions", "ana").output) == {"sessions": []}
    assert json.loads(call("revoke", "ana").output)["ended"] == 0
    rows = database.read_now(lambda tx: audit.page(tx, AuditFilter()))
    assert {row.actor for row in rows} == {"operator"}


def test_a_password_from_standard_input_is_kept_and_need_not_be_changed(call, database):
    answer = call(
        "add", "bot", "--role", "reader", "--password-stdin", stdin="a long enough secret\n"
    )
    assert "password" not in json.loads(answer.output)
    account = database.read_now(lambda tx: accounts.by_username(tx, "bot"))
    assert account.must_change is False


def test_a_reset_prints_a_new_temporary_password(call, database):
    call("add", "ana", "--role", "reader")
    told = json.loads(call("reset", "ana").output)
    stored = database.read_now(lambda tx: accounts.password_by_username(tx, "ana"))
    assert matches(told["password"], stored.encoded)


@pytest.mark.parametrize(
    "arguments, stdin, code",
    [
        (("add", "ana", "--role", "case_officer"), "", "invalid_fields"),
        (("add", "ana", "--role", "admin", "--role", "dpo"), "", "invalid_fields"),
        (("add", "a b", "--role", "reader"), "", "invalid_fields"),
        (("add", "ana", "--role", "reader", "--password-stdin"), "short\n", "invalid_fields"),
        (("add", "ana", "--role", "reader", "--password-stdin"), "", "invalid"),
        (("reset", "nobody"), "", "not_found"),
    ],
    ids=["profile", "excluded", "username", "weak", "no-password", "unknown"],
)
def test_what_cannot_be_done_fails_with_its_code(call, arguments, stdin, code):
    assert call(*arguments, stdin=stdin).exception.code == code


def test_an_unknown_role_is_wrong_usage(call):
    assert call("add", "ana", "--role", "king").exit_code == 2
