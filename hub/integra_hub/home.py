"""How does a home folder become a hub, and which keys does a hub have?

A hub witnesses, signs requests and signs the roster log.  It has no log and no sealing key: it can
open nothing (docs/protocol.md section 2, "The hub").
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from integra_hub.config import CONFIG_FILE, HubConfig, read_config
from integra_node.actions.us import Us
from integra_node.certificate import CERTIFICATE_FILE, certificate_pin, make_certificate
from integra_node.join_request import REQUEST_FILE, JoinRequest, make_hub_request
from integra_node.joining import KEYS_FOLDER, make_home
from integra_node.keys import SEED_BYTES, OrgKeys, load_seed, make_seed, write_secret
from integra_protocol.keys import KemPrivateKey, SigningKey

_SEEDS: Final = ("witness", "request", "hublog")


def set_up(home: Path, text: str, *, url: str, now: int) -> JoinRequest:
    """Make keys, certificate, settings and join request in ``home``; overwrite nothing.

    Args:
        home: the home folder; made when it is not there.
        text: the settings, ``config.first_text``.
        url: the base URL at which members reach this hub.
        now: unix seconds.

    Raises:
        ConflictError: there is a hub in the folder already.
        InputError: a setting, a name or the address is wrong.
    """
    config = read_config(text, home)
    make_home(home, CONFIG_FILE)
    folder = home / KEYS_FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    for name in _SEEDS:
        make_seed(folder, name)
    make_certificate(folder, org=config.org, url=url, now=now)
    request = make_hub_request(
        federation=config.federation_name,
        org=config.org,
        url=url,
        pins=(certificate_pin(folder / CERTIFICATE_FILE),),
        witness=_key(config, "witness").public,
        request=_key(config, "request").public,
        hublog=hublog_key(config).public,
    )
    (home / REQUEST_FILE).write_bytes(request.encode())
    # Last of all: while there are no settings, an interrupted start can be made again.
    write_secret(home / CONFIG_FILE, text.encode())
    return request


def own_request(config: HubConfig) -> JoinRequest:
    """Return what the roster must say of this hub's keys.

    Raises:
        InputError: a key is missing.
    """
    return make_hub_request(
        federation=config.federation_name,
        org=config.org,
        url=None,
        pins=(),
        witness=_key(config, "witness").public,
        request=_key(config, "request").public,
        hublog=hublog_key(config).public,
    )


def hublog_key(config: HubConfig) -> SigningKey:
    """Return the key that signs the roster log.

    Raises:
        InputError: it is missing, or readable by others.
    """
    return _key(config, "hublog")


def make_us(config: HubConfig) -> Us:
    """Return who the hub is, for the node's own federation code.

    Raises:
        InputError: a key is missing, or readable by others.
    """
    return Us(
        org=config.org,
        origin=f"{config.org}/log/0",
        profile="knowledge",
        regime="GDPR",
        zone=ZoneInfo("UTC"),
        keys=OrgKeys(
            # No roster names these three: they are made anew at every start and never written.
            log=SigningKey.from_seed(os.urandom(SEED_BYTES)),
            kem=KemPrivateKey.from_seed(os.urandom(SEED_BYTES)),
            master=os.urandom(SEED_BYTES),
            witness=_key(config, "witness"),
            request=_key(config, "request"),
        ),
        random=os.urandom,
    )


def _key(config: HubConfig, name: str) -> SigningKey:
    return SigningKey.from_seed(load_seed(config.home / KEYS_FOLDER, name))
