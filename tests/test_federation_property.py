"""What holds between real nodes over time: erasure, retention, restarts, rosters, witnesses, backups?"""

import asyncio
import shutil
import time
from functools import partial

import pytest

from canary import search as search_canary
from federation_lab import make_lab
from integra_node.actions import erasure, practice_imports, publishing
from integra_node.federation.roster_cosigning import collect_roster_cosignatures
from integra_node.housekeeping import Housekeeping
from integra_node.store import erasures, log, partners, rosters, subject_keys
from integra_protocol.errors import BehindError, IntegraError
from integra_protocol.roster import Limit
from integra_protocol.roster_change import with_limit
from log_checks import check_log
from practice_bodies import body_of

A, B, C = "pt-prison", "fr-probation", "it-university"
THREE = [(A, "casework"), (B, "casework"), (C, "knowledge")]
CANARY = "Vertraulich: Überstellung am Montag"


@pytest.fixture
async def lab_of(tmp_path):
    """Make labs that are stopped at the end, whatever happened."""
    made = []

    def make(members=THREE, quorum=0):
        made.append(make_lab(tmp_path / "lab", members, quorum))
        return made[-1]

    yield make
    for lab in made:
        await lab.stop()


async def start_confirmed(lab):
    """Start all members, and let the witnesses confirm the roster at once."""
    note = lab.roster_checkpoint()
    for org in lab.members:
        lab.write(org, lambda tx: rosters.save_checkpoint(tx, size=1, note=note))
    await lab.start()
    for node in lab.nodes.values():
        assert await collect_roster_cosignatures(node.federation, lab.fingerprint)


async def publish(node, *numbers):
    """Publish practices as the operator does."""
    pairs = [(f"property-{number}", body_of(number)) for number in numbers]
    await node.database.write(
        lambda tx: practice_imports.import_practices(
            tx, node.us, pairs, actor="operator", now=int(time.time())
        )
    )


async def send_receipt(node, to, *, lives_s=86_400):
    """Append a sealed entry that needs no officer, with a canary in it; return its index."""
    now = int(time.time())
    new = publishing.NewEntry(
        kind="receipt",
        data={"o": f"{to}/log/1", "i": 0, "what": "continues", "why": CANARY},
        audience=(to,),
        retention_end=now + lives_s,
        sealed=True,
    )
    appended = await node.database.write(lambda tx: publishing.append(tx, node.us, new, now=now))
    return appended.ref.index


async def head(node, origin):
    return await node.database.read(lambda tx: log.find(tx, origin))


async def holds(lab, org, origin, size):
    held = await head(lab.nodes[org], origin)
    return held is not None and held.size >= size


async def has_key(lab, org, of):
    node = lab.nodes[org]
    roster = await node.database.read(rosters.current)
    missing = await node.database.read(lambda tx: rosters.missing_kems(tx, roster))
    return of not in {one for one, _, _ in missing}


async def body_state(node, origin, index):
    """Return (state, has a blob, has wraps, has a key) of an entry."""

    def read(tx):
        held = log.get(tx, origin)
        row = log.find_entry(tx, held.id, index)
        wraps = log.wraps_between(tx, held.id, index, index + 1)
        own = subject_keys.own_wraps(tx, held.id, index, index + 1)
        return row.state, row.blob is not None, bool(wraps or own), has_content_key(tx, held.id)

    def has_content_key(tx, log_id):
        try:
            subject_keys.find_content_key(tx, log_id, index, master=node.us.keys.master)
        except IntegraError:
            return False
        return True

    return await node.database.read(read)


async def test_what_is_erased_is_gone_at_both_and_the_board_says_so(lab_of):
    lab = lab_of(THREE[:2])
    await lab.start()
    a, b = lab.nodes[A], lab.nodes[B]
    await lab.until(partial(has_key, lab, A, B))
    index = await send_receipt(a, B)
    await lab.until(partial(holds, lab, B, a.us.origin, 1))
    assert (await body_state(b, a.us.origin, index))[:2] == (0, True)
    await a.database.write(
        lambda tx: erasure.erase(tx, a.us, [index], actor="operator", now=int(time.time()))
    )
    await lab.until(partial(is_acknowledged, a))
    for node in (a, b):
        assert await body_state(node, a.us.origin, index) == (1, False, False, False)
        assert await node.database.read(lambda tx: check_log(tx, a.us.origin)) == [0, 1]
    await lab.stop()
    homes = [member.home for member in lab.members.values()]
    assert search_canary(homes, [CANARY]) == []


async def is_acknowledged(node):
    board = await node.database.read(erasures.board)
    return [row.org for row in board if row.acked_at is not None] == [B]


async def test_at_its_retention_end_a_body_is_gone_at_both(lab_of):
    lab = lab_of()
    await lab.start()
    a, b = lab.nodes[A], lab.nodes[B]
    await lab.until(partial(has_key, lab, A, B))
    index = await send_receipt(a, B, lives_s=2)
    await lab.until(partial(holds, lab, B, a.us.origin, 1))
    await asyncio.sleep(2.5)
    for node in (a, b):
        # While the clocks of two partners are not known nothing may be purged.
        await node.database.write(forget_clocks)
        await Housekeeping(node.federation).end_what_has_ended()
        assert (await body_state(node, a.us.origin, index))[0] == 0
        await Housekeeping(node.federation)._compare_clocks()
        await Housekeeping(node.federation).end_what_has_ended()
        assert await body_state(node, a.us.origin, index) == (2, False, False, False)


def forget_clocks(tx):
    for org in partners.all_partners(tx):
        partners.upsert(tx, partners.partner, [{"org": org, "skew_s": None, "failures": 0}])


async def test_nothing_is_lost_or_repeated_when_both_restart_in_the_middle(lab_of):
    lab = lab_of(THREE[:2])
    await lab.start()
    await publish(lab.nodes[A], 1, 2)
    origin = lab.nodes[A].us.origin
    await lab.until(partial(holds, lab, B, origin, 2))
    await lab.stop(B)
    await publish(lab.nodes[A], 3, 4, 5)
    await lab.stop(A)
    await lab.start()
    await publish(lab.nodes[A], 6)
    await lab.until(partial(holds, lab, B, origin, 6))
    assert await lab.nodes[B].database.read(lambda tx: check_log(tx, origin)) == list(range(6))
    mine, theirs = await head(lab.nodes[A], origin), await head(lab.nodes[B], origin)
    assert (mine.size, mine.frontier) == (theirs.size, theirs.frontier)


async def test_a_new_roster_spreads_from_any_member(lab_of):
    lab = lab_of(THREE[:2])
    await lab.start()
    limit = Limit(entries_per_day=5, bytes_per_day=5)
    second = lab.next_roster(lambda lines: with_limit(lines, B, limit))
    now = int(time.time())
    await lab.nodes[B].database.write(lambda tx: rosters.save(tx, version=2, note=second, now=now))
    await publish(lab.nodes[A], 1)
    await lab.until(partial(has_version, lab, A, 2))
    notes = [await node.database.read(rosters.newest_note) for node in lab.nodes.values()]
    assert notes == [second, second]


async def has_version(lab, org, version):
    return (await lab.nodes[org].database.read(rosters.current)).version == version


async def test_a_log_is_witnessed_by_a_quorum_and_others_see_it(lab_of):
    lab = lab_of(quorum=2)
    await start_confirmed(lab)
    await lab.until(partial(is_signing, lab, A), timeout_s=30)
    await publish(lab.nodes[A], 1)
    origin = lab.nodes[A].us.origin
    for org in (A, B, C):
        await lab.until(partial(is_witnessed, lab, org, origin), timeout_s=30)


async def is_signing(lab, org):
    return lab.nodes[org].publisher.state == "signing"


async def is_witnessed(lab, org, origin):
    held = await head(lab.nodes[org], origin)
    return held is not None and held.witnessed_size == held.size > 0


async def test_a_restored_backup_signs_nothing(lab_of):
    lab = lab_of(quorum=2)
    await start_confirmed(lab)
    await publish(lab.nodes[A], 1)
    origin, database = lab.nodes[A].us.origin, lab.members[A].home / "integra.db"
    await lab.until(partial(is_witnessed, lab, A, origin), timeout_s=30)
    await lab.stop(A)
    backup = shutil.copy(database, lab.folder / "backup.db")
    await lab.start(A)
    await lab.until(partial(is_signing, lab, A))
    await publish(lab.nodes[A], 2)
    await lab.until(partial(holds, lab, B, origin, 2))
    before = await head(lab.nodes[B], origin)
    await lab.stop(A)
    shutil.copy(backup, database)
    await lab.start(A)
    await lab.until(partial(is_state, lab, A, "behind"))
    with pytest.raises(BehindError):
        await publish(lab.nodes[A], 3)
    mine, theirs = await head(lab.nodes[A], origin), await head(lab.nodes[B], origin)
    assert (mine.size, mine.note_size) == (1, 1)
    assert (theirs.size, theirs.frontier, theirs.state) == (2, before.frontier, "current")


async def is_state(lab, org, state):
    return lab.nodes[org].publisher.state == state
