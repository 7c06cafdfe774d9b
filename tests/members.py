"""Members of a small federation for tests below the network: who they are, and a roster of them."""

import os
from zoneinfo import ZoneInfo

from integra_node.actions.us import Us
from integra_node.keys import OrgKeys
from integra_node.store import rosters
from integra_protocol.canonical import sha256
from integra_protocol.keys import KIND_COSIGNATURE, KIND_NOTE, KemPrivateKey, NoteKey, SigningKey
from integra_protocol.roster import KemLine, LogLine, Member, RoleLine, RosterLines, Status
from integra_protocol.roster_change import draft_first, sign_roster

NOW = 1_790_000_000
FEDERATION = "lab.test"
CASEWORK_CAPS = ("alert", "handover", "practice", "summary")
KNOWLEDGE_CAPS = ("alert", "practice")


def make_us(org="pt-prison", profile="casework", random=os.urandom):
    """Return a member with fresh keys."""
    keys = OrgKeys(
        log=SigningKey.from_seed(random(32)),
        witness=SigningKey.from_seed(random(32)),
        request=SigningKey.from_seed(random(32)),
        kem=KemPrivateKey.from_seed(random(32)),
        master=random(32),
    )
    return Us(
        org=org,
        origin=f"{org}/log/1",
        profile=profile,
        regime="LED" if profile == "casework" else "GDPR",
        zone=ZoneInfo("Europe/Lisbon"),
        keys=keys,
        random=random,
    )


def roster_note(*members, now=NOW):
    """Return the signed roster, version 1; a federation ending in .test needs one founder only."""
    founder, hublog = SigningKey.from_seed(bytes(32)), SigningKey.from_seed(b"\1" * 32)
    roster = draft_first(
        RosterLines(
            federation=FEDERATION,
            version=1,
            previous_hash=b"",
            issued=now - 60,
            expires=now + 300 * 86_400,
            threshold=1,
            founders=(NoteKey(name="lab/founder", kind=KIND_NOTE, public=founder.public),),
            hublog=NoteKey(name=f"{FEDERATION}/roster", kind=KIND_NOTE, public=hublog.public),
            quorum=0,
            witnesses={us.org: (_witness(us),) for us in members},
            members={us.org: _member(us) for us in members},
            logs={us.origin: (_log(us),) for us in members},
            kems={us.org: _kem(us) for us in members},
            reqs={us.org: (_request(us),) for us in members},
            roles={
                (us.origin, cap): (RoleLine(origin=us.origin, cap=cap, start=0, until=None),)
                for us in members
                for cap in (CASEWORK_CAPS if us.profile == "casework" else KNOWLEDGE_CAPS)
            },
            limits={},
        )
    )
    return sign_roster(roster, "lab/founder", founder)


def join(database, *members, now=NOW):
    """Store the roster of these members in a node's database; the first is the node itself."""
    note = roster_note(*members, now=now)
    database.write_now(lambda tx: rosters.save(tx, version=1, note=note, now=now))


def _member(us):
    return Member(
        org=us.org, status=Status.ACTIVE, url=f"https://{us.org}.example", pins=(bytes(32),)
    )


def _witness(us):
    return NoteKey(name=f"{us.org}/w", kind=KIND_COSIGNATURE, public=us.keys.witness.public)


def _request(us):
    return NoteKey(name=f"{us.org}/r", kind=KIND_NOTE, public=us.keys.request.public)


def _log(us):
    key = NoteKey(name=us.origin, kind=KIND_NOTE, public=us.keys.log.public)
    return LogLine(origin=us.origin, key=key, start=0, until=None)


def _kem(us):
    return KemLine(key_id=us.keys.kem.key_id, hash=sha256(us.keys.kem.public_bytes))
