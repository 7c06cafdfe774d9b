"""Can founders make a federation with the command line, and only they?"""

import stat

import pytest
from click.testing import CliRunner

from hub_ceremony import FEDERATION, FOUNDERS, HUB, Ceremony
from integra_hub.cli import main as hub_main
from integra_hub.config import load_config as load_hub_config
from integra_node.config import load_config
from integra_node.store import rosters
from integra_node.store.database import Database
from integra_protocol.checkpoint import open_checkpoint

NORTH, EAST, UNI = "north.lab.test", "east.lab.test", "uni.lab.test"


@pytest.fixture
def ceremony(tmp_path):
    return Ceremony(tmp_path)


@pytest.fixture
def drafted(ceremony):
    """A draft of version 1 with two nodes and three founders."""
    ceremony.init_hub()
    ceremony.init_node(NORTH)
    ceremony.init_node(UNI, profile="knowledge")
    ceremony.fingerprint = ceremony.draft_first((NORTH, UNI))["fingerprint"]
    return ceremony


def hub_roster(ceremony):
    database = Database.open(load_hub_config(ceremony.folder / "hub").database_url)
    try:
        return database.read_now(lambda tx: (rosters.current(tx), rosters.newest_checkpoint(tx)))
    finally:
        database.close()


def test_two_of_three_founders_make_a_federation_that_its_members_join(drafted):
    note = drafted.combine("v1.txt")

    drafted.publish(note, "--fingerprint", drafted.fingerprint)
    joined = drafted.join(NORTH, drafted.fingerprint, note)

    assert joined == {"org": NORTH, "version": 1, "member": True}
    config = load_config(drafted.folder / NORTH)
    assert config.federation.fingerprint == drafted.fingerprint
    roster, checkpoint = hub_roster(drafted)
    assert (roster.threshold, roster.quorum, len(roster.founders)) == (2, 2, 3)
    opened = open_checkpoint(checkpoint, roster.hublog)
    assert opened.checkpoint.size == 1


def test_caps_follow_from_the_profile(drafted):
    drafted.publish(drafted.combine("v1.txt"), "--fingerprint", drafted.fingerprint)

    roster, _ = hub_roster(drafted)

    caps = {origin: set() for origin, _ in roster.roles}
    for origin, cap in roster.roles:
        caps[origin].add(cap)
    assert caps == {
        f"{NORTH}/log/1": {"alert", "handover", "practice", "summary"},
        f"{UNI}/log/1": {"alert", "practice"},
        f"{HUB}/log/0": {"relay"},
    }
    assert roster.relays() == (HUB,)
    assert HUB not in roster.kems


def test_one_founder_alone_is_refused_and_nothing_is_stored(drafted):
    note = drafted.combine("v1.txt", FOUNDERS[:1])

    refused = drafted.publish(note, "--fingerprint", drafted.fingerprint, fails=True)

    assert refused["error"] == "bad_signature"
    assert not load_hub_config(drafted.folder / "hub").federation.fingerprint


def test_another_fingerprint_than_the_typed_one_is_refused(drafted):
    note = drafted.combine("v1.txt")

    refused = drafted.join(NORTH, "ab" * 32, note, fails=True)

    assert refused["error"] == "bad_signature"
    assert not load_config(drafted.folder / NORTH).federation.fingerprint


def test_a_fingerprint_may_be_typed_in_groups(drafted):
    note = drafted.combine("v1.txt")
    digits = drafted.fingerprint.upper()
    grouped = " ".join(digits[i : i + 4] for i in range(0, 64, 4))

    assert drafted.join(NORTH, grouped, note)["member"]


def test_the_next_version_adds_a_member_and_suspends_another(drafted):
    drafted.publish(drafted.combine("v1.txt"), "--fingerprint", drafted.fingerprint)
    drafted.init_node(EAST)
    previous = ("--previous", drafted.path("v1.note"))

    shown = drafted.hub(
        "roster", "draft", *previous, "--add", drafted.request(EAST),
        "--suspend", UNI, "--until", f"{UNI}/log/1", "0", "--out", drafted.path("v2.txt"),
    )  # fmt: skip
    note = drafted.combine("v2.txt", ("bela", "carl"), *previous, out="v2.note")
    published = drafted.publish(note)

    assert published == {"federation": FEDERATION, "version": 2}
    assert any(EAST in line for line in shown["changes"])
    roster, checkpoint = hub_roster(drafted)
    assert roster.members[UNI].status == "suspended"
    assert open_checkpoint(checkpoint, roster.hublog).checkpoint.size == 2
    assert drafted.join(EAST, drafted.fingerprint, "v1.note", "v2.note")["version"] == 2


def test_founders_can_be_exchanged_by_the_old_and_the_new_ones(drafted):
    drafted.publish(drafted.combine("v1.txt"), "--fingerprint", drafted.fingerprint)
    dora = drafted.founders(("dora",))[0]
    previous = ("--previous", drafted.path("v1.note"))
    drafted.hub(
        "roster", "draft", *previous, "--founder", dora, "--drop-founder", "anna/founder",
        "--out", drafted.path("v2.txt"),
    )  # fmt: skip

    new_ones_only = drafted.combine("v2.txt", ("dora", "bela"), *previous, out="bad.note")
    assert drafted.publish(new_ones_only, fails=True)["error"] == "bad_signature"
    for part in drafted.folder.glob("v2.txt.*"):
        part.unlink()
    note = drafted.combine("v2.txt", ("anna", "bela", "dora"), *previous, out="v2.note")

    assert drafted.publish(note)["version"] == 2


def test_keys_of_a_member_are_renewed_with_an_overlap(drafted, tmp_path):
    drafted.publish(drafted.combine("v1.txt"), "--fingerprint", drafted.fingerprint)
    home = tmp_path / NORTH
    (home / "keys" / "request.key").unlink()
    (home / "integra.toml").unlink()
    drafted.init_node(NORTH)

    drafted.hub(
        "roster", "draft", "--previous", drafted.path("v1.note"),
        "--renew", drafted.request(NORTH), "--out", drafted.path("v2.txt"),
    )  # fmt: skip
    drafted.publish(drafted.combine("v2.txt", out="v2.note"))

    roster, _ = hub_roster(drafted)
    assert len(roster.reqs[NORTH]) == 2
    assert len(roster.witnesses[NORTH]) == 1


def test_publishing_the_same_note_again_changes_nothing(drafted):
    note = drafted.combine("v1.txt")
    drafted.publish(note, "--fingerprint", drafted.fingerprint)
    before = hub_roster(drafted)

    drafted.publish(note)

    assert hub_roster(drafted) == before


def test_a_roster_with_another_hubs_key_is_not_published(drafted):
    other = Ceremony(drafted.folder / "elsewhere")
    other.folder.mkdir()
    other.init_hub()
    note = drafted.combine("v1.txt")

    refused = other.publish(f"../{note}", "--fingerprint", drafted.fingerprint, fails=True)

    assert refused["error"] == "invalid"
    assert "other keys" in refused["detail"]


def test_a_node_does_not_take_a_roster_that_names_other_keys_for_it(drafted):
    note = drafted.combine("v1.txt")
    stranger = Ceremony(drafted.folder / "elsewhere")
    stranger.folder.mkdir()
    stranger.init_node(NORTH)

    refused = stranger.join(NORTH, drafted.fingerprint, f"../{note}", fails=True)

    assert "other keys" in refused["detail"]
    database = Database.open(load_config(stranger.folder / NORTH).database_url)
    assert database.read_now(rosters.newest_note) is None
    database.close()


def test_a_node_that_is_not_named_waits(drafted):
    note = drafted.combine("v1.txt")
    drafted.init_node(EAST)

    assert drafted.join(EAST, drafted.fingerprint, note)["member"] is False


def test_a_stranger_cannot_sign(drafted):
    drafted.founders(("mallory",))

    refused = drafted.hub(
        "roster", "sign", drafted.path("v1.txt"), "--key", drafted.path("mallory.key"),
        "--yes", "--out", drafted.path("x"), fails=True,
    )  # fmt: skip

    assert "no founder" in refused["detail"]
    assert not (drafted.folder / "x").exists()


def test_a_founder_is_asked_before_signing(drafted):
    command = ["roster", "sign", drafted.path("v1.txt"), "--key", drafted.path("anna.key")]

    done = CliRunner().invoke(hub_main, [*command, "--out", drafted.path("x")], input="n\n")

    assert done.exit_code == 1
    assert "may handover from index 0" in done.stdout
    assert not (drafted.folder / "x").exists()


def test_a_changed_text_does_not_carry_an_old_signature(drafted):
    signed = drafted.folder / drafted.sign("v1.txt", "anna")
    signed.write_bytes(signed.read_bytes().replace(b"quorum 2", b"quorum 1"))

    refused = drafted.hub("roster", "combine", str(signed), "--out", drafted.path("x"), fails=True)

    assert refused["error"] == "bad_signature"


def test_the_limit_of_all_stands_at_every_log(ceremony):
    ceremony.complete((NORTH, EAST), "--limit", "all", "10000000", "68719476736", "--quorum", "1")

    roster, _ = hub_roster(ceremony)

    assert {org: limit.entries_per_day for org, limit in roster.limits.items()} == {
        NORTH: 10_000_000,
        EAST: 10_000_000,
    }
    assert roster.quorum == 1


@pytest.mark.parametrize(
    "args, word",
    [
        (["--threshold", "4"], "threshold"),
        (["--quorum", "3"], "quorum"),
        (["--suspend", "nobody.test"], "not a member"),
        (["--until", f"{NORTH}/log/7", "0"], "not an open log"),
        (["--drop-founder", "zoe/founder"], "not in the roster"),
        (["--grant", f"{HUB}/log/0", "practice", "0"], "relay"),
    ],
)
def test_a_draft_that_breaks_a_rule_is_refused(drafted, args, word):
    founders = [
        drafted.hub("founder", "show", drafted.path(f"{n}.key"))["founder"] for n in FOUNDERS
    ]

    refused = drafted.draft_first((NORTH, UNI), *args, out="bad.txt", founders=founders, fails=True)

    assert word in refused["detail"]
    assert not (drafted.folder / "bad.txt").exists()


def test_a_founders_key_is_secret_and_never_overwritten(ceremony):
    ceremony.founders(("anna",))
    path = ceremony.folder / "anna.key"
    before = path.read_bytes()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = ceremony.hub("founder", "new", "--name", "anna", "--out", str(path), fails=True)
    assert again["error"] == "conflict"
    assert path.read_bytes() == before


def test_a_founders_key_that_others_can_read_is_not_used(drafted):
    (drafted.folder / "anna.key").chmod(0o644)

    refused = drafted.hub(
        "roster", "sign", drafted.path("v1.txt"), "--key", drafted.path("anna.key"),
        "--yes", "--out", drafted.path("x"), fails=True,
    )  # fmt: skip

    assert "read by others" in refused["detail"]


@pytest.mark.parametrize("name", ["", "a b", "a+b", "x" * 80])
def test_a_founders_name_can_stand_in_a_note(ceremony, name):
    refused = ceremony.hub(
        "founder", "new", "--name", name, "--out", ceremony.path("k"), fails=True
    )

    assert refused["error"] == "invalid"
    assert not (ceremony.folder / "k").exists()


def test_a_hub_is_set_up_once_and_keeps_its_secrets(ceremony):
    ceremony.init_hub()
    home = ceremony.folder / "hub"
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}

    assert ceremony.init_hub(fails=True)["error"] == "conflict"

    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in (home / "keys").iterdir()) == [
        "hublog.key",
        "request.key",
        "tls.crt",
        "tls.key",
        "witness.key",
    ]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (home / "keys").iterdir()}
    assert modes.pop("tls.crt") == 0o644
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((home / "hub.toml").stat().st_mode) == 0o600


def test_the_command_line_says_what_is_wrong_in_words(ceremony):
    done = CliRunner().invoke(hub_main, ["--home", ceremony.path("none"), "status"])

    assert done.exit_code == 1
    assert done.stderr.startswith("Error: there is no readable hub.toml")
    assert CliRunner().invoke(hub_main, ["roster", "draft"]).exit_code == 2
