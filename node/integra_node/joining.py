"""How does a home folder become a node, and the node a member?

``set_up`` makes keys, certificate, settings and the join request; the founders put that into a
roster; ``join`` takes the roster by the fingerprint that the founders read out (docs/protocol.md
section 2).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from integra_node.actions import rosters_received
from integra_node.certificate import CERTIFICATE_FILE, certificate_pin, make_certificate
from integra_node.config import CONFIG_FILE, Config, load_config
from integra_node.first_config import FirstConfig
from integra_node.join_request import REQUEST_FILE, JoinRequest, make_request
from integra_node.keys import load_keys, make_keys, write_secret
from integra_node.store import rosters
from integra_protocol.canonical import sha256
from integra_protocol.errors import ConflictError, InputError
from integra_protocol.limits import MAX_ROSTER_BYTES

if TYPE_CHECKING:
    from integra_node.store.database import Tx
    from integra_protocol.roster import Roster

KEYS_FOLDER: Final = "keys"
_FINGERPRINT_LINE: Final = re.compile(r'^fingerprint = "([0-9a-f]*)"', re.MULTILINE)


def set_up(home: Path, first: FirstConfig, *, url: str | None, now: int) -> JoinRequest:
    """Make keys, certificate, settings and join request in ``home``; overwrite nothing.

    Args:
        home: the home folder; made when it is not there.
        first: what the settings shall say.
        url: the base URL at which other members reach this node, None when they cannot.
        now: unix seconds.

    Raises:
        ConflictError: there is a node in the folder already.
        InputError: a setting, a name or the address is wrong; nothing was made then.
    """
    text = first.text()
    _check_settings(text)
    make_home(home, CONFIG_FILE)
    folder = home / KEYS_FOLDER
    keys = make_keys(folder)
    make_certificate(folder, org=first.org, url=url, now=now)
    request = make_request(
        federation=first.federation_name,
        origin=f"{first.org}/log/1",
        profile=first.profile,
        url=url,
        pins=(certificate_pin(folder / CERTIFICATE_FILE),),
        keys=keys,
    )
    (home / REQUEST_FILE).write_bytes(request.encode())
    # Last of all: while there are no settings, an interrupted start can be made again.
    write_secret(home / CONFIG_FILE, text.encode())
    return request


def make_home(home: Path, config_file: str) -> None:
    """Make a home folder (0700) unless it is there; refuse one that has settings already.

    Raises:
        ConflictError: it is set up; nothing is ever overwritten.
    """
    if (home / config_file).exists():
        raise ConflictError(f"{home / config_file} is there already: nothing is overwritten")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)


def own_request(config: Config) -> JoinRequest:
    """Return the join request of a node that is set up, made again from its keys.

    Raises:
        InputError: keys or certificate are missing.
    """
    return make_request(
        federation=config.federation_name,
        origin=config.origin,
        profile=config.profile,
        url=None,
        pins=(),
        keys=load_keys(config.home / KEYS_FOLDER),
    )


def take_first_rosters(
    tx: Tx, notes: Sequence[bytes], *, own: JoinRequest, fingerprint: str, now: int
) -> tuple[Roster, bool]:
    """Accept roster versions in the order given.

    Returns:
        The newest roster that is then held, and whether it names this organisation.

    Raises:
        InputError: they are of another federation than the settings say, or name other keys.
        ProtocolError: a note is not the next version, or not signed by enough founders.
    """
    for note in notes:
        rosters_received.accept(tx, note, fingerprint=fingerprint, now=now)
    held = rosters.current(tx)
    if held.federation != own.federation:
        raise InputError(f"this roster is of {held.federation}, the settings say {own.federation}")
    return held, check_own_lines(held, own)


def check_own_lines(roster: Roster, request: JoinRequest) -> bool:
    """Return whether ``roster`` names the organisation of ``request``; if so, with its keys.

    Raises:
        InputError: it names other keys: somebody else's request was used.
    """
    org = request.org
    if roster.member(org) is None:
        return False
    names = [request.request in roster.reqs.get(org, ())]
    if org in roster.witnesses:
        names.append(request.witness in roster.witnesses[org])
    if request.kem is not None:
        line = roster.kem(org)
        names.append(line is not None and line.hash == sha256(request.kem))
    if request.log is not None:
        lines = roster.logs.get(request.log.name, ())
        names.append(any(line.key == request.log for line in lines))
    if request.hublog is not None:
        names.append(roster.hublog == request.hublog)
    if not all(names):
        raise InputError(f"the roster names other keys for {org} than those of this home folder")
    return True


def read_roster(path: Path) -> bytes:
    """Return the bytes of a roster file, at most 1 MiB, not verified.

    Raises:
        InputError: the file cannot be read, or is larger.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_ROSTER_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > MAX_ROSTER_BYTES:
        raise InputError(f"{path} is larger than a roster can be")
    return data


def write_fingerprint(path: Path, fingerprint: str) -> None:
    """Write the fingerprint of roster version 1 into a file of settings, whole or not at all.

    Raises:
        ConflictError: another one stands there: a member does not change its federation's root.
        InputError: the file has no one line for it.
    """
    text = path.read_text()
    held = _FINGERPRINT_LINE.findall(text)
    if len(held) != 1:
        raise InputError(f'{path} has no single line fingerprint = "" to write to')
    if held[0] == fingerprint:
        return
    if held[0]:
        raise ConflictError(f"{path} names another fingerprint already")
    line = f'fingerprint = "{fingerprint}"'
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    write_secret(beside, _FINGERPRINT_LINE.sub(line, text).encode())
    os.replace(beside, path)  # noqa: PTH105 - the one call that replaces a file atomically


def _check_settings(text: str) -> None:
    """Check settings as the node will read them, before anything is made."""
    with TemporaryDirectory() as folder:
        (Path(folder) / CONFIG_FILE).write_text(text)
        load_config(Path(folder))
