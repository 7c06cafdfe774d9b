"""A real federation on loopback for tests: nodes in temporary folders, TLS, pins, one roster.

Nothing is faked: every node is the composition root of the product with its own database, keys and
listeners; only the ceremony of the founders is done in one go.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import socket
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integra_node import app
from integra_node.config import load_config
from integra_node.federation.peers import spki_pin
from integra_node.keys import OrgKeys, make_keys
from integra_node.store import rosters
from integra_node.store.database import Database
from integra_node.store.migrate import migrate
from integra_protocol.canonical import sha256
from integra_protocol.checkpoint import Checkpoint, sign_checkpoint
from integra_protocol.keys import KIND_COSIGNATURE, KIND_NOTE, NoteKey, SigningKey
from integra_protocol.merkle import Frontier
from integra_protocol.note import parse_note
from integra_protocol.roster import KemLine, Limit, LogLine, Member, RoleLine, RosterLines, Status
from integra_protocol.roster_change import draft_first, draft_next, lines_of, sign_roster
from integra_protocol.roster_text import parse_roster, roster_log_leaf, text_hash

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

FEDERATION = "lab.test"
CASEWORK_CAPS = ("alert", "handover", "practice", "summary")
KNOWLEDGE_CAPS = ("alert", "practice")
RELAY = "relay"  # profile of a member that follows and takes pushes, without log


@dataclass(frozen=True)
class LabMember:
    """One member of the lab: its home folder, keys and ports."""

    org: str
    home: Path
    profile: str
    keys: OrgKeys
    federation_port: int
    staff_port: int

    @property
    def origin(self) -> str:
        return f"{self.org}/log/1"


@dataclass
class Lab:
    """Members with one signed roster; ``start`` runs a node, ``stop`` ends it cleanly."""

    folder: Path
    members: dict[str, LabMember]
    roster: bytes
    fingerprint: str
    founder: SigningKey
    hublog: SigningKey
    texts: list[str]
    nodes: dict[str, app.Node] = field(default_factory=dict)
    _stacks: dict[str, AsyncExitStack] = field(default_factory=dict)

    async def start(self, *orgs: str) -> None:
        for org in orgs or self.members:
            stack = AsyncExitStack()
            config = load_config(self.members[org].home)
            self.nodes[org] = await stack.enter_async_context(app.running(config))
            self._stacks[org] = stack

    async def stop(self, *orgs: str) -> None:
        for org in orgs or tuple(self._stacks):
            await self._stacks.pop(org).aclose()
            self.nodes.pop(org)

    def next_roster(self, edit: Callable[[RosterLines], RosterLines]) -> bytes:
        """Sign the version after ``roster`` and make it the newest; nobody has it yet."""
        previous = parse_roster(parse_note(self.roster).text)
        now = int(time.time())
        drafted = draft_next(
            previous, edit(lines_of(previous)), issued=now - 30, expires=now + 86_400 * 300
        )
        self.roster = sign_roster(drafted, "lab/founder", self.founder)
        self.texts.append(drafted.text)
        return self.roster

    def roster_checkpoint(self) -> bytes:
        """Sign the roster log over all versions."""
        tree = Frontier.empty().extend([roster_log_leaf(text) for text in self.texts])
        origin = f"{FEDERATION}/roster"
        checkpoint = Checkpoint(origin=origin, size=tree.size, root=tree.root())
        return sign_checkpoint(checkpoint, self.hublog)

    def write(self, org: str, fn):
        """Run one transaction in the database of a member that is not running."""
        database = Database.open(load_config(self.members[org].home).database_url)
        try:
            return database.write_now(fn)
        finally:
            database.close()

    async def until(self, condition, timeout_s: float = 15.0) -> None:
        """Wait until an async condition holds."""
        end = time.monotonic() + timeout_s
        while not await condition():
            assert time.monotonic() < end, "the condition did not come true in time"
            await asyncio.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_lab(
    folder: Path,
    orgs: Sequence[tuple[str, str]],
    quorum: int = 0,
    guests: Mapping[str, SigningKey] = MappingProxyType({}),
) -> Lab:
    """Make members (org, profile) with keys, certificates, databases and roster version 1.

    ``guests`` are members with a request key and nothing else: they only read.
    """
    members = {org: _make_member(folder / org, org, profile) for org, profile in orgs}
    founder = SigningKey.from_seed(os.urandom(32))
    hublog = SigningKey.from_seed(os.urandom(32))
    now = int(time.time())
    lines = RosterLines(
        federation=FEDERATION,
        version=1,
        previous_hash=b"",
        issued=now - 60,
        expires=now + 86_400 * 300,
        threshold=1,
        founders=(NoteKey(name="lab/founder", kind=KIND_NOTE, public=founder.public),),
        hublog=NoteKey(name=f"{FEDERATION}/roster", kind=KIND_NOTE, public=hublog.public),
        quorum=quorum,
        witnesses={o: (_witness_key(m),) for o, m in members.items()},
        members={o: _member_line(m) for o, m in members.items()},
        logs={m.origin: (_log_line(m),) for m in members.values() if m.profile != RELAY},
        kems={o: _kem_line(m) for o, m in members.items() if m.profile != RELAY},
        reqs={
            o: (NoteKey(name=f"{o}/r", kind=KIND_NOTE, public=m.keys.request.public),)
            for o, m in members.items()
        },
        roles={
            key: (RoleLine(origin=key[0], cap=key[1], start=0, until=None),)
            for m in members.values()
            for key in _rights(m)
        },
        limits={o: Limit(entries_per_day=10_000_000, bytes_per_day=64 * 1024**3) for o in members},
    )
    roster = draft_first(_with_guests(lines, guests))
    note = sign_roster(roster, "lab/founder", founder)
    lab = Lab(
        folder=folder,
        members=members,
        roster=note,
        fingerprint=text_hash(roster.text).hex(),
        texts=[roster.text],
        founder=founder,
        hublog=hublog,
    )
    for member in members.values():
        _install(lab, member, now)
    return lab


def _with_guests(lines: RosterLines, guests: Mapping[str, SigningKey]) -> RosterLines:
    members = {o: Member(org=o, status=Status.ACTIVE, url=None, pins=()) for o in guests}
    reqs = {
        o: (NoteKey(name=f"{o}/r", kind=KIND_NOTE, public=key.public),) for o, key in guests.items()
    }
    return replace(lines, members={**lines.members, **members}, reqs={**lines.reqs, **reqs})


@asynccontextmanager
async def running_lab(
    folder: Path, orgs: Sequence[tuple[str, str]], quorum: int = 0
) -> AsyncIterator[Lab]:
    lab = make_lab(folder, orgs, quorum)
    try:
        await lab.start()
        yield lab
    finally:
        await lab.stop()


def make_certificate(folder: Path) -> bytes:
    """Write tls.crt and tls.key; return the pin."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lab")])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=400))
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return spki_pin(certificate.public_bytes(serialization.Encoding.DER))


def _make_member(home: Path, org: str, profile: str) -> LabMember:
    home.mkdir(parents=True)
    keys = make_keys(home / "keys")
    make_certificate(home / "keys")
    return LabMember(
        org=org,
        home=home,
        profile=profile,
        keys=keys,
        federation_port=free_port(),
        staff_port=free_port(),
    )


def _rights(member: LabMember) -> list[tuple[str, str]]:
    if member.profile == RELAY:
        return [(f"{member.org}/log/0", "relay")]
    caps = CASEWORK_CAPS if member.profile == "casework" else KNOWLEDGE_CAPS
    return [(member.origin, cap) for cap in caps]


def _pin(member: LabMember) -> bytes:
    pem = (member.home / "keys" / "tls.crt").read_bytes()
    certificate = x509.load_pem_x509_certificate(pem)
    return spki_pin(certificate.public_bytes(serialization.Encoding.DER))


def _member_line(member: LabMember) -> Member:
    return Member(
        org=member.org,
        status=Status.ACTIVE,
        url=f"https://127.0.0.1:{member.federation_port}",
        pins=(_pin(member),),
    )


def _witness_key(member: LabMember) -> NoteKey:
    return NoteKey(name=f"{member.org}/w", kind=KIND_COSIGNATURE, public=member.keys.witness.public)


def _log_line(member: LabMember) -> LogLine:
    key = NoteKey(name=member.origin, kind=KIND_NOTE, public=member.keys.log.public)
    return LogLine(origin=member.origin, key=key, start=0, until=None)


def _kem_line(member: LabMember) -> KemLine:
    return KemLine(key_id=member.keys.kem.key_id, hash=sha256(member.keys.kem.public_bytes))


def _install(lab: Lab, member: LabMember, now: int) -> None:
    (member.home / "integra.toml").write_text(
        f"""
org = "{member.org}"
federation_name = "{FEDERATION}"
profile = "{"casework" if member.profile == "casework" else "knowledge"}"
regime = "{"LED" if member.profile == "casework" else "GDPR"}"
[staff]
port = {member.staff_port}
[federation]
port = {member.federation_port}
fingerprint = "{lab.fingerprint}"
allow_networks = ["127.0.0.0/8"]
wait_s = 5
body_timeout_s = 1
"""
    )
    url = load_config(member.home).database_url
    migrate(url)
    database = Database.open(url)
    try:
        database.write_now(lambda tx: rosters.save(tx, version=1, note=lab.roster, now=now))
    finally:
        database.close()
