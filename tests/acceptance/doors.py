"""Line 3.6: do clients that are not ours read a running node with 5,000 alerts and 5,000 practices?

taxii2-client reads both collections, while alerts are retracted and published between its pages;
stix2-validator looks at every object; oaipmh-scythe harvests both formats.  Prints times.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from door_crowd import (
    HIDDEN,
    Crowd,
    change_while_reading,
    fill,
    open_node,
    read_oai,
    read_taxii,
    reports,
    token,
    validate,
    wait_for_shelves,
)

ALERTS = PRACTICES = 5_000


def main() -> None:
    """Fill, serve, read, change, read again."""
    with tempfile.TemporaryDirectory(prefix="integra-accept-") as folder:
        crowd = Crowd(folder=Path(folder), alerts=ALERTS, practices=PRACTICES)
        member = fill(crowd)
        with open_node(member) as (url, node):
            wait_for_shelves(url, node, crowd)
            inside, outside = token(member, "member"), token(member, "outsider")
            taken = read_taxii(url, outside, "alerts-clear")
            assert len(reports(taken)) == crowd.clear
            every = read_taxii(url, inside, "alerts-green")
            assert len(reports(every)) == crowd.alerts
            validate(every)
            for prefix in ("oai_dc", "integra"):
                records = read_oai(url, prefix)
                assert len(records) == crowd.practices
                assert not any(HIDDEN in str(one) for one in records)
            found = change_while_reading(member, crowd, url, inside, at=[5, 20, 35])
            names = {one["id"] for one in found}
            assert names >= {one["id"] for one in reports(every)}  # nobody was skipped
            node.check()
    print("taxii2-client, stix2-validator and oaipmh-scythe agree with the node")


if __name__ == "__main__":
    main()
