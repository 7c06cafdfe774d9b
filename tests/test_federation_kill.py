"""Does a node that is killed again and again while it catches up lose or repeat anything?

Short in every build; ``INTEGRA_LONG=1`` takes 20,000 practices in batches of 50 and ten kills.
"""

import json
import os
import random
import time

import pytest

from federation_lab import make_lab
from integra_node.actions.indexing import EVERY_READER
from integra_node.actions.library import find
from integra_node.config import load_config
from integra_node.search.audience import audience_for
from integra_node.search.contract import SearchRequest
from integra_node.search.index import WhooshIndex
from integra_node.search.vocabulary import load_vocabulary
from integra_node.store import publications
from integra_node.store.database import Database
from log_checks import check_log
from node_process import NodeProcess, command, serving, start_command, wait_for_size
from practice_bodies import body_of, word_of

LONG = os.environ.get("INTEGRA_LONG") == "1"
PRACTICES, KILLS, BATCH = (20_000, 10, 50) if LONG else (2_000, 3, 20)
ISSUER, READER = "pt-prison", "fr-probation"
ORIGIN = f"{ISSUER}/log/1"
SAMPLES = 10
STEP = PRACTICES // (KILLS + 3)
IMPORTED = 520
IN_A_FILE = 5_000


@pytest.fixture
def lab(tmp_path):
    return make_lab(tmp_path, [(ISSUER, "casework"), (READER, "casework")])


def write_practices(folder, count):
    """Write practices that differ, one JSON object a line, in files of a size that is taken."""
    folder.mkdir()
    for first in range(0, count, IN_A_FILE):
        with (folder / f"{first:05}.jsonl").open("w", encoding="utf-8") as lines:
            for number in range(first, min(first + IN_A_FILE, count)):
                lines.write(json.dumps(body_of(number) | {"source_id": f"kill-{number}"}) + "\n")
    return folder


def test_nothing_is_lost_or_repeated_through_kills(lab, tmp_path):
    issuer, reader = lab.members[ISSUER], lab.members[READER]
    practices = write_practices(tmp_path / "practices", PRACTICES)
    command(issuer.home, "practice", "import", str(practices))
    with serving(issuer):
        counts = catch_up_with_kills(reader)
    print(f"killed at {counts}, {PRACTICES} practices, {BATCH} in a batch")
    assert counts == sorted(set(counts))
    assert 0 < counts[0] <= counts[-1] < PRACTICES
    check_everything(reader)


def test_what_the_issuer_acknowledged_survives_its_death(lab, tmp_path):
    issuer, reader = lab.members[ISSUER], lab.members[READER]
    practices = str(write_practices(tmp_path / "practices", IMPORTED))
    with serving(reader) as follower:
        node = NodeProcess(issuer)
        importing = start_command(issuer.home, "practice", "import", practices)
        try:
            # Imports commit 500 at a time: some are in, some are not.
            wait_for_size(node, ORIGIN, 1)
            importing.kill()
            importing.wait()
            wait_for_size(follower, ORIGIN, 1)
        finally:
            node.kill()
            importing.kill()
        with serving(issuer):
            command(issuer.home, "practice", "import", practices)
            wait_for_size(follower, ORIGIN, IMPORTED)
    for member in (issuer, reader):
        assert on_database(member, lambda tx: check_log(tx, ORIGIN)) == list(range(IMPORTED))
        stored = on_database(member, lambda tx: publications.counts_by_org(tx, "practice"))
        assert stored == {ISSUER: IMPORTED}


def catch_up_with_kills(reader):
    """Kill the reader each time it has stored more than before; then let it finish."""
    counts = []
    chance = random.Random(11)  # so that kills meet a first batch, and the middle of many
    settings = {"INTEGRA_FEDERATION__BATCH_LEAVES": str(BATCH)}
    for _ in range(KILLS):
        node = NodeProcess(reader, **settings)
        try:
            wait_for_size(node, ORIGIN, (counts[-1] if counts else 0) + chance.randint(1, STEP))
        finally:
            node.kill()
        counts.append(stored_after(reader))
    with serving(reader, **settings) as node:
        wait_for_size(node, ORIGIN, PRACTICES, timeout_s=300)
        wait_for_index(reader, timeout_s=600)
        node.check()
    return counts


def stored_after(reader):
    return on_database(reader, lambda tx: len(check_log(tx, ORIGIN)))


def on_database(reader, fn):
    database = Database.open(load_config(reader.home).database_url)
    try:
        return database.read_now(fn)
    finally:
        database.close()


def wait_for_index(reader, timeout_s):
    """Wait until the running node has indexed as much as it has stored."""
    end = time.monotonic() + timeout_s
    index = WhooshIndex(reader.home / "index", load_vocabulary())
    try:
        while index.counts_by_org() != {ISSUER: PRACTICES}:
            assert time.monotonic() < end, index.counts_by_org()
            time.sleep(0.1)
            index.refresh()
    finally:
        index.close()


def check_everything(reader):
    """Check refs, log, index and search of the node, which is stopped."""
    indexes = on_database(reader, lambda tx: check_log(tx, ORIGIN))
    assert indexes == list(range(PRACTICES))
    stored = on_database(reader, lambda tx: publications.counts_by_org(tx, "practice"))
    index = WhooshIndex(reader.home / "index", load_vocabulary())
    try:
        assert index.counts_by_org() == stored == {ISSUER: PRACTICES}
        for number in random.Random(7).sample(range(PRACTICES), SAMPLES):
            found = on_database(reader, lambda tx, number=number: search(tx, index, number))
            assert [word_of(number) in title for title in found] == [True]
    finally:
        index.close()


def search(tx, index, number):
    request = SearchRequest(q=word_of(number))
    page = find(tx, index, audience_for({EVERY_READER}), request)
    return [item.headline.title for item in page.items]
