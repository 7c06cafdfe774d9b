"""A file of two mebibytes goes from one running node to another over TLS, and is the same there."""

import hashlib
import random

from federation_lab import make_lab
from integra_node.actions import library, practice_drafts, practice_files, practices
from integra_node.actions.practice_rows import published_ref
from test_federation_lineage import Office

LARGE = b"%PDF-1.7\n" + random.Random(2).randbytes(2 * 2**20)


async def test_a_large_file_arrives_whole_at_a_partner(tmp_path):
    lab = make_lab(tmp_path, [("pt-prison", "casework"), ("fr-probation", "casework")])
    try:
        await lab.start()
        pt, fr = (Office(lab.nodes[org]) for org in lab.members)
        row = pt.begin()

        def hand_in(tx, _us, *, staff, now):
            practice_files.add(tx, row.id, "Plano.pdf", LARGE, staff=staff, now=now)
            practice_drafts.submit(tx, row.id, staff=staff, now=now)

        pt.author.write(hand_in)
        ref = published_ref(pt.second.write(practices.publish, row.id))
        staff = fr.author.staff

        async def everything():
            if not fr.holds(ref):
                return False

            def load(tx):
                found = library.read_published(tx, fr.us, ref, staff=staff)
                return practice_files.of_published(tx, fr.us, found)

            return [one.state for one in fr.database.read_now(load)] == ["here"]

        await lab.until(everything)
        digest = hashlib.sha256(LARGE).hexdigest()
        given = fr.database.read_now(
            lambda tx: practice_files.take_out(tx, fr.us, ref, digest, staff=staff)
        )
        assert given.data == LARGE
    finally:
        await lab.stop()
