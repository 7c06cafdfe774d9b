"""Which accounts does the demo have? Made once, listed in ``demo.json``, readable by you alone."""

from __future__ import annotations

import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import plan

from integra_node.actions.accounts import NewAccount, create_account
from integra_node.clock import system_clock
from integra_node.config import load_config
from integra_node.passwords import hash_password
from integra_node.rules.permissions import Profile, Role
from integra_node.rules.staff import operator
from integra_node.store.database import Database

LIST = "demo.json"


def make_accounts(folder: Path, ports: plan.Ports) -> None:
    """Make every account with a random password, and write the list of them."""
    nodes = [
        _node(folder, agency, ports, position) for position, agency in enumerate(plan.AGENCIES, 1)
    ]
    for agency, node in zip(plan.AGENCIES, nodes, strict=True):
        _save(folder / agency.org, agency, node["users"])
    listed = {"hub": {"url": f"http://127.0.0.1:{ports.staff(0)}"}, "nodes": nodes}
    path = folder / LIST
    path.touch(mode=0o600)
    path.write_text(json.dumps(listed, indent=1, ensure_ascii=False))


def _node(folder: Path, agency: plan.Agency, ports: plan.Ports, position: int) -> dict[str, Any]:
    return {
        "org": agency.org,
        "url": f"http://127.0.0.1:{ports.staff(position)}",
        "federation_url": f"https://127.0.0.1:{ports.federation(position)}",
        "home": str(folder.parent / "federation" / agency.org),
        "users": [
            {
                "username": person.username,
                "password": secrets.token_urlsafe(12),
                "pin": f"{secrets.randbelow(10**8):08d}" if person.signs else None,
                "roles": list(person.roles),
            }
            for person in agency.people
        ],
    }


def _save(home: Path, agency: plan.Agency, users: list[dict[str, Any]]) -> None:
    with ThreadPoolExecutor(2) as pool:
        hashes = list(pool.map(hash_password, [user["password"] for user in users]))
    database = Database.open(load_config(home).database_url)
    try:
        for person, encoded in zip(agency.people, hashes, strict=True):
            new = NewAccount(
                username=person.username,
                display_name=person.name,
                roles=frozenset(Role(role) for role in person.roles),
                language=agency.language,
                encoded=encoded,
                must_change=False,
            )
            staff = operator(Profile(agency.profile))
            database.write_now(
                lambda tx, new=new, staff=staff: create_account(  # type: ignore[misc]
                    tx, new, staff=staff, now=system_clock(), random=os.urandom
                )
            )
    finally:
        database.close()
