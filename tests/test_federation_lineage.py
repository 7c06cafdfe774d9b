"""A practice is adapted abroad and the adaptation adapted again, between real nodes over TLS."""

import json
from pathlib import Path

from federation_lab import make_lab
from integra_node.actions import practice_adapting, practice_drafts, practices
from integra_node.actions.practice_adapting import Intent
from integra_node.actions.practice_family import read_family
from integra_node.actions.practice_rows import body_json, published_ref
from integra_node.rules.permissions import Role
from integra_node.store import publications
from integra_protocol.bodies import parse_ref
from test_federation_alerts import Person

BODY = json.loads((Path(__file__).parent / "data/bodies/practice.json").read_text("utf-8"))
EVIDENCE = {"level": 1, "limits": {"pt": "Um só local"}}


class Office:
    """Two contributors at a running node."""

    def __init__(self, node):
        self.us, self.database = node.us, node.database
        self.author = Person(node, "ana", Role.CONTRIBUTOR)
        self.second = Person(node, "bea", Role.CONTRIBUTOR)

    def publish(self, row, **texts):
        body = {**body_json(row), **texts}
        staff = self.author.staff

        def hand_in(tx, _us, *, staff, now):
            practice_drafts.edit(tx, row.id, body, etag=None, staff=staff, now=now)
            practice_drafts.submit(tx, row.id, staff=staff, now=now)

        assert staff != self.second.staff
        self.author.write(hand_in)
        return published_ref(self.second.write(practices.publish, row.id))

    def begin(self):
        return self.author.write(practice_drafts.create, BODY)

    def adapt(self, ref, changes):
        return self.author.write(
            practice_adapting.adapt, ref, Intent(changes=changes, why="lei"), country="FR"
        )

    def holds(self, ref):
        place = parse_ref(ref)
        read = self.database.read_now
        return read(lambda tx: publications.find(tx, place.origin, place.index)) is not None

    def family(self, ref):
        staff = self.author.staff
        return self.database.read_now(lambda tx: read_family(tx, parse_ref(ref), staff=staff))


async def test_a_family_grows_over_three_nodes_and_is_the_same_at_each(tmp_path):
    lab = make_lab(
        tmp_path,
        [("pt-prison", "casework"), ("fr-probation", "casework"), ("it-university", "knowledge")],
    )
    try:
        await lab.start()
        pt, fr, uni = (Office(lab.nodes[org]) for org in lab.members)

        async def arrives(ref, *offices):
            async def everywhere():
                return all(office.holds(ref) for office in offices)

            await lab.until(everywhere)

        first = pt.publish(pt.begin())
        await arrives(first, fr, uni)
        second = fr.publish(fr.adapt(first, "com as famílias"), evidence=EVIDENCE)
        await arrives(second, pt, uni)
        third = uni.publish(uni.adapt(second, "por telefone"), evidence=EVIDENCE)
        await arrives(third, pt, fr)
        for office in (pt, fr, uni):
            for ref in (first, second, third):
                root = office.family(ref).root
                [child] = root.children
                [grandchild] = child.children
                assert [root.ref, child.ref, grandchild.ref] == [first, second, third]
                assert child.told.lineage.changes == {"pt": "com as famílias"}
    finally:
        await lab.stop()
