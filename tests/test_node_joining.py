"""Does a home folder become a node with its secrets kept, and is a join request what it says?"""

import json
import ssl
import stat
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from cryptography import x509

from hub_ceremony import FEDERATION, Ceremony
from integra_node.certificate import certificate_pin
from integra_node.cli import main
from integra_node.config import load_config
from integra_node.first_config import FirstConfig
from integra_node.join_request import JoinRequest, parse_fingerprint, parse_request
from integra_node.joining import set_up, write_fingerprint
from integra_node.keys import load_keys
from integra_protocol.errors import ConflictError, InputError

NOW = 1_767_225_600
ORG = "north.lab.test"
URL = "https://north.lab.test:9800"


def first(**changes):
    return FirstConfig(**{"org": ORG, "federation_name": FEDERATION, **changes})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("made") / "home"
    request = set_up(home, first(profile="casework"), url=URL, now=NOW)
    return home, request


def test_a_new_home_holds_settings_keys_certificate_and_request(made):
    home, request = made

    config = load_config(home)

    assert (config.org, config.profile, config.federation_name) == (ORG, "casework", FEDERATION)
    keys = load_keys(home / "keys")
    assert request.log.public == keys.log.public
    assert request.log.name == config.origin
    assert request.kem == keys.kem.public_bytes
    assert request.pins == (certificate_pin(home / "keys" / "tls.crt"),)


def test_secrets_are_readable_by_their_owner_alone(made):
    home, _ = made

    secret = [home / "integra.toml", *(home / "keys").glob("*.key")]

    assert len(secret) == 7
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert stat.S_IMODE((home / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_the_certificate_serves_tls_and_holds_ten_years(made):
    home, _ = made
    folder = home / "keys"

    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(folder / "tls.crt", folder / "tls.key")

    certificate = x509.load_pem_x509_certificate((folder / "tls.crt").read_bytes())
    assert certificate.not_valid_before_utc < datetime.fromtimestamp(NOW, UTC)
    assert certificate.not_valid_after_utc.year == 2036
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["north.lab.test"]


def test_the_request_reads_back_equal(made):
    home, request = made

    assert parse_request((home / "join-request.json").read_bytes()) == request


def test_the_request_names_no_secret(made):
    home, _ = made
    text = (home / "join-request.json").read_text()

    for path in (home / "keys").glob("*.key"):
        assert path.read_text().strip() not in text


def test_nothing_is_ever_overwritten(made):
    home, _ = made
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}

    with pytest.raises(ConflictError):
        set_up(home, first(), url=URL, now=NOW + 1)

    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_a_start_that_was_interrupted_keeps_the_keys_it_made(tmp_path):
    request = set_up(tmp_path, first(), url=URL, now=NOW)
    (tmp_path / "integra.toml").unlink()

    assert set_up(tmp_path, first(), url=URL, now=NOW + 5) == request


@pytest.mark.parametrize(
    "changes, url",
    [
        ({"org": "A"}, URL),
        ({"time_zone": "Mars/Olympus"}, URL),
        ({"country": "pt"}, URL),
        ({"agency_name": "a\nb"}, URL),
        ({"allow_networks": ("everything",)}, URL),
        ({"federation_name": "no blanks"}, URL),
        ({}, "http://north.lab.test"),
        ({}, "https://north.lab.test/path"),
    ],
)
def test_wrong_answers_leave_no_settings_behind(tmp_path, changes, url):
    with pytest.raises(InputError):
        set_up(tmp_path / "home", first(**changes), url=url, now=NOW)

    assert not (tmp_path / "home" / "integra.toml").exists()


@pytest.mark.parametrize("name", ['Käthe "K" O\'Neil \\ Σ', "[staff]", "# no comment"])
def test_an_agencys_name_is_kept_whatever_it_is(tmp_path, name):
    set_up(tmp_path, first(agency_name=name), url=None, now=NOW)

    assert load_config(tmp_path).agency_name == name


def test_a_node_without_address_has_no_pin(tmp_path):
    request = set_up(tmp_path, first(), url=None, now=NOW)

    assert (request.url, request.pins) == (None, ())


def fields_of(request: JoinRequest):
    return json.loads(request.encode())


CHANGES = {
    "a missing field": lambda f: f.pop("kem"),
    "an unknown field": lambda f: f.update(more=1),
    "another version": lambda f: f.update(format="integra-join-request/v2"),
    "another organisation": lambda f: f.update(org="east.lab.test"),
    "another address": lambda f: f.update(url="https://evil.test"),
    "no text": lambda f: f.update(org=5),
    "three pins": lambda f: f.update(pins=f["pins"] * 3),
    "a short pin": lambda f: f.update(pins=["AAAA"]),
    "a hub with a log": lambda f: f.update(profile="hub"),
    "an unknown profile": lambda f: f.update(profile="root"),
    "a witness key as request key": lambda f: f.update(request=f["witness"]),
    "a kem that is none": lambda f: f.update(kem="AAAA"),
    "pins that are a text": lambda f: f.update(pins="AAAA"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_request_that_was_changed_is_refused(made, change):
    fields = fields_of(made[1])
    change(fields)

    with pytest.raises(InputError):
        parse_request(json.dumps(fields).encode())


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"\xff", b"[" * 5_000, b" " * 20_000, b'{"a":1}', b"null"]
)
def test_what_is_no_request_is_refused(data):
    with pytest.raises(InputError):
        parse_request(data)


def test_a_consistent_request_under_wrong_key_names_is_refused(made):
    request = made[1]
    fields = {name: getattr(request, name) for name in JoinRequest.__dataclass_fields__}
    forged = JoinRequest(**{**fields, "witness": request.request})

    with pytest.raises(InputError, match="not named"):
        parse_request(forged.encode())


@pytest.mark.parametrize("text", ["", "ab", "g" * 64, "a" * 65])
def test_what_is_no_fingerprint_is_refused(text):
    with pytest.raises(InputError):
        parse_fingerprint(text)


def test_a_fingerprint_is_written_once_and_the_rest_stays(tmp_path):
    set_up(tmp_path, first(), url=URL, now=NOW)
    path = tmp_path / "integra.toml"
    before = path.read_text()

    write_fingerprint(path, "ab" * 32)
    write_fingerprint(path, "ab" * 32)

    assert path.read_text() == before.replace('fingerprint = ""', f'fingerprint = "{"ab" * 32}"')
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ConflictError):
        write_fingerprint(path, "cd" * 32)


def test_a_file_without_a_line_for_the_fingerprint_is_left_alone(tmp_path):
    path = tmp_path / "integra.toml"
    path.write_text("[federation]\n")

    with pytest.raises(InputError):
        write_fingerprint(path, "ab" * 32)

    assert path.read_text() == "[federation]\n"


def test_home_and_json_may_stand_before_or_after_the_command(tmp_path):
    ceremony = Ceremony(tmp_path)
    ceremony.init_node(ORG)
    runner = CliRunner()
    init = ["init", "--org", ORG, "--federation", FEDERATION]

    for args in (
        ["--home", ceremony.path(ORG), "--json", *init],
        [*init, "--home", ceremony.path(ORG), "--json"],
    ):
        done = runner.invoke(main, args)
        assert done.exit_code == 1
        assert json.loads(done.stderr)["error"] == "conflict"
    by_environment = runner.invoke(main, init, env={"INTEGRA_HOME": ceremony.path(ORG)})
    assert by_environment.exit_code == 1
    assert "nothing is overwritten" in by_environment.stderr


def test_a_command_line_that_is_wrong_exits_with_two():
    assert CliRunner().invoke(main, ["init"]).exit_code == 2
    assert CliRunner().invoke(main, ["no-such-noun"]).exit_code == 2
