"""How does a benchmark get two real nodes: homes, accounts, one roster, nothing running yet?"""

from __future__ import annotations

import base64
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integra_protocol.keys import SigningKey

ROOT = Path(__file__).resolve().parent.parent.parent
for folder in ("protocol", "node", "hub", "tests"):
    sys.path.insert(0, str(ROOT / folder))

from federation_lab import Lab, LabMember, make_lab  # noqa: E402 - after the path is set
from integra_node.actions import accounts  # noqa: E402
from integra_node.actions.accounts import NewAccount  # noqa: E402
from integra_node.config import load_config  # noqa: E402
from integra_node.passwords import PasswordProfile, hash_password  # noqa: E402
from integra_node.rules.permissions import Profile, Role  # noqa: E402
from integra_node.rules.staff import operator  # noqa: E402
from integra_node.store.database import Database  # noqa: E402

A, B = "it-university", "nl-academy"
AUTHOR, SECOND, READER = "author", "second", "reader"
PASSWORD = "one password for benchmarks"
_AS_LETTERS = str.maketrans("0123456789", "abcdefghij")

__all__ = ["AUTHOR", "PASSWORD", "READER", "SECOND", "A", "B", "make_two_nodes", "record"]


def make_two_nodes(folder: Path, guests: Mapping[str, SigningKey] | None = None) -> Lab:
    """Make homes with keys, certificates, databases, one roster and three accounts each.

    ``guests`` are further members of the roster, which have a request key and no node.
    """
    lab = make_lab(folder, [(A, "knowledge"), (B, "knowledge")], guests=guests or {})
    for member in lab.members.values():
        _add_accounts(member)
    return lab


def serve_command(member: LabMember) -> list[str]:
    """Return what starts the node of a member."""
    return [sys.executable, "-m", "integra_node", "serve", "--home", str(member.home)]


def serve_environment() -> dict[str, str]:
    """Return the environment in which ``serve_command`` finds the product."""
    path = os.pathsep.join(str(ROOT / one) for one in ("protocol", "node", "hub"))
    return {**os.environ, "PYTHONPATH": path}


def record(number: int, size: int, seed: int) -> dict[str, object]:
    """Return practice ``number``: as JSON exactly ``size`` printable bytes, and incompressible."""
    # Letters: a run of digits would have to be looked at as somebody's number.
    head = f"{seed:03d}-{number:08d}".translate(_AS_LETTERS)
    practice = {
        "language": "en",
        "title": {"en": head},
        "summary": {"en": "s"},
        "description": {"en": ""},
        "settings": ["prison"],
        "stages": ["reintegration"],
        "target_groups": ["prisoners"],
        "professions": ["educator"],
        "evidence": {"level": 1},
    }
    room = size - len(json.dumps(practice, separators=(",", ":")))
    noise = base64.b64encode(random.Random(seed * 1_000_003 + number).randbytes(room))
    practice["description"] = {"en": noise.decode()[:room]}
    return practice


def _add_accounts(member: LabMember) -> None:
    database = Database.open(load_config(member.home).database_url)
    # What a password costs is no part of any figure here.
    cheap = PasswordProfile(passes=1, memory_bytes=8 * 1024)
    people = {
        AUTHOR: frozenset({Role.CONTRIBUTOR}),
        SECOND: frozenset({Role.CONTRIBUTOR}),
        READER: frozenset({Role.READER}),
    }
    try:
        for username, roles in people.items():
            new = NewAccount(
                username=username,
                display_name=username.title(),
                roles=roles,
                encoded=hash_password(PASSWORD, cheap),
                must_change=False,
            )
            database.write_now(
                lambda tx, new=new: accounts.create_account(
                    tx,
                    new,
                    staff=operator(Profile.KNOWLEDGE),
                    now=int(time.time()),
                    random=os.urandom,
                )
            )
    finally:
        database.close()
