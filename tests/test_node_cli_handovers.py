"""Signing keys, handovers and proofs from the command line."""

import json
import sys
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from handover_pair import CANARY, notice_body
from integra_node.actions import own_log
from integra_node.actions.handover_steps import Given, act
from integra_node.actions.officers import begin_try, unlock
from integra_node.actions.proofs import export_proof
from integra_node.cli import main
from integra_node.cli.user import Desk, add_user
from integra_node.config import load_config
from integra_node.keys import make_keys
from integra_node.ourselves import make_us
from integra_node.rules.handover import Event
from integra_node.rules.permissions import Profile, Role
from integra_node.rules.staff import Staff, operator
from integra_node.store import log, rosters
from integra_node.store.database import Database
from integra_node.store.migrate import migrate
from integra_protocol.bodies import EntryRef
from integra_protocol.roster_text import text_hash
from integra_protocol.roster_trust import parse_roster_note
from members import make_us as make_member
from members import roster_note

PIN = "a good signing pin"


@pytest.fixture
def home(tmp_path):
    """A casework node with an author and a head, and a roster with one partner."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "integra.toml").write_text(
        'org = "pt-prison"\nfederation_name = "lab.test"\nprofile = "casework"\nregime = "LED"\n'
    )
    make_keys(folder / "keys")
    config = load_config(folder)
    migrate(config.database_url)
    database = Database.open(config.database_url)
    us, fr = make_us(config), make_member("fr-probation")
    note = roster_note(us, fr, now=_now())
    database.write_now(lambda tx: rosters.save(tx, version=1, note=note, now=_now()))
    for one in (us, fr):
        key = one.keys.kem
        database.write_now(
            lambda tx, one=one, key=key: rosters.save_kem(
                tx, org=one.org, key_id=key.key_id, public=key.public_bytes
            )
        )
    desk = Desk(database=database, staff=operator(Profile.CASEWORK), now=_now(), random=us.random)
    for name, role in (("author", Role.CASE_OFFICER), ("head", Role.SUPERVISOR)):
        add_user(desk, username=name, name=name, roles=frozenset({role}), password="long enough pw")
    database.close()
    return folder


def _now():
    from integra_node.clock import system_clock

    return system_clock()


def run(home, *arguments, stdin="", code=0):
    found = CliRunner().invoke(main, ["--home", str(home), "--json", *arguments], input=stdin)
    assert found.exit_code == code, found.output
    assert PIN not in found.output
    return json.loads(found.output) if found.output.startswith(("{", "[")) else found.output


def test_a_signing_key_is_made_listed_revoked_and_allowed_again(home):
    made = run(home, "officer", "certify", "author", "--pin-stdin", stdin=f"{PIN}\n")
    (listed,) = run(home, "officer", "list")["officers"]
    assert (listed["officer"], listed["state"]) == (made["officer"], "active")
    run(home, "officer", "revoke", "author", "--why", "left the service")
    assert run(home, "officer", "list")["officers"][0]["state"] == "revoked"
    run(home, "officer", "certify", "author", "--pin-stdin", stdin=f"{PIN}\n", code=1)
    run(home, "officer", "allow", "author")
    again = run(home, "officer", "certify", "author", "--pin-stdin", stdin=f"{PIN}\n")
    assert again["officer"] != made["officer"]


def test_shutting_an_account_revokes_its_key(home):
    run(home, "officer", "certify", "author", "--pin-stdin", stdin=f"{PIN}\n")
    run(home, "user", "disable", "author")
    assert run(home, "officer", "list")["officers"][0]["state"] == "revoked"


def test_a_draft_comes_from_a_file_and_the_operator_sees_no_person(home, tmp_path):
    file = tmp_path / "notice.json"
    file.write_text(json.dumps({**notice_body(), "case_reference": "2026-0114"}))
    made = run(home, "handover", "import", str(file), "--author", "author")
    listed = run(home, "handover", "list", "--box", "draft")
    shown = run(home, "handover", "show", made["id"])
    assert [item["id"] for item in listed["items"]] == [made["id"]]
    assert shown["state"] == "draft"
    assert CANARY not in json.dumps([made, listed, shown])
    file.write_text("[]")
    run(home, "handover", "import", str(file), "--author", "author", code=1)


def _current_body():
    """Return the notice with its dates moved to where they are right today."""
    today = datetime.fromtimestamp(_now(), UTC).date()

    def later(days):
        return (today + timedelta(days=days)).isoformat()

    body = notice_body()
    body["env"] = {**body["env"], "valid_until": later(180), "review_on": later(30)}
    body["sent"] = {**body["sent"], "release_on": later(100), "end_on": later(500)}
    return body


def _send(home, tmp_path):
    """Send a notice and return the proof of its entry."""
    run(home, "officer", "certify", "author", "--pin-stdin", stdin=f"{PIN}\n")
    file = tmp_path / "notice.json"
    file.write_text(json.dumps(_current_body()))
    made = run(home, "handover", "import", str(file), "--author", "author")
    config = load_config(home)
    us, database = make_us(config), Database.open(config.database_url)
    try:
        people = {name: _person(database, name) for name in ("author", "head")}
        key = database.write_now(lambda tx: begin_try(tx, staff=people["author"]))
        officer = unlock(us.keys.master, key, PIN)
        for event, name in (
            (Event.SUBMIT, "author"),
            (Event.APPROVE, "head"),
            (Event.SEND, "author"),
        ):
            signer = officer if event is Event.SEND else None
            database.write_now(
                lambda tx, event=event, name=name, signer=signer: act(
                    tx, us, made["id"], event, Given(),
                    staff=people[name], now=_now(), officer=signer,
                )
            )  # fmt: skip
        database.write_now(lambda tx: own_log.sign_head(tx, us))
        index = database.read_now(lambda tx: log.get(tx, us.origin).size) - 1
        return database.write_now(
            lambda tx: export_proof(
                tx, us, EntryRef(origin=us.origin, index=index), staff=people["author"], now=_now()
            )
        )
    finally:
        database.close()


def _person(database, username):
    from integra_node.store.accounts import by_username

    account = database.read_now(lambda tx: by_username(tx, username))
    return Staff(
        account_id=account.id,
        username=username,
        roles=frozenset(Role(r) for r in account.roles),
        profile=Profile.CASEWORK,
    )


def test_a_proof_is_verified_in_an_empty_home_without_a_node(home, tmp_path, monkeypatch):
    proof, folder, empty = tmp_path / "x.tlog-proof", tmp_path / "rosters", tmp_path / "empty"
    proof.write_text(_send(home, tmp_path))
    empty.mkdir()
    run(home, "log", "rosters", str(folder))
    note = next(folder.iterdir()).read_bytes()
    fingerprint = text_hash(parse_roster_note(note).text).hex()
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)  # whoever opens a database fails
    told = run(
        empty, "log", "check", str(proof), "--roster", str(folder), "--fingerprint", fingerprint
    )
    assert (told["included"], told["witnessed"], told["in_force"]) == (True, True, True)
    assert (told["kind"], told["content_disclosed"]) == ("handover", True)
    assert told["officer"].startswith("o-")
    assert told["certified_at"] == 0
    shown = run(empty, "log", "check", str(proof), "--roster", str(folder))
    assert (shown["fingerprint"], shown["fingerprint_from"]) == (fingerprint, "not compared")
    text = proof.read_text()
    proof.write_text(text.replace("index 1", "index 0", 1))
    run(empty, "log", "check", str(proof), "--roster", str(folder), code=1)
    run(
        empty,
        "log",
        "check",
        str(proof),
        "--roster",
        str(folder),
        "--fingerprint",
        "0" * 64,
        code=1,
    )


def test_the_whole_database_is_checked_and_a_changed_byte_is_found(home, tmp_path):
    _send(home, tmp_path)
    told = run(home, "log", "check", "--all")
    (own,) = told["logs"]
    assert told["ok"]
    assert (own["size"], own["signed_size"], own["opened"]) == (2, 2, 1)
    database = Database.open(load_config(home).database_url)
    database.write_now(
        lambda tx: tx.exec_driver_sql("UPDATE entry SET blob = zeroblob(600) WHERE idx = 1")
    )
    database.close()
    assert run(home, "log", "check", "--all", code=1)["ok"] is False


def test_wrong_usage_is_told_apart_from_failure(home):
    run(home, "log", "check", code=2)
