"""Is a stored log what its issuer signed? Every leaf, root, header and body, checked anew."""

from integra_node.store import log, rosters, tiles
from integra_protocol.checkpoint import open_checkpoint
from integra_protocol.entry import check_blob, entry_leaf, parse_header
from integra_protocol.merkle import Frontier


def check_log(tx, origin):
    """Check a whole log and return the indexes of its entries, in order."""
    held = log.get(tx, origin)
    roster = rosters.current(tx)
    leaves = tiles.leaf_hashes(tx, held.id, 0, held.size)
    hashes = [leaves[at : at + 32] for at in range(0, len(leaves), 32)]
    tree = Frontier.empty().extend(hashes)
    assert (tree.size, tree.root()) == (held.size, held.frontier.root())
    if held.note_size == held.size:  # else the newest note is ahead of what was fetched so far
        note = open_checkpoint(held.note, roster.log_key(origin, held.size)).checkpoint
        assert (note.size, note.root) == (tree.size, tree.root())
    indexes = []
    for row in log.entries_between(tx, held.id, 0, held.size):
        header = parse_header(row.header)
        assert entry_leaf(row.header) == hashes[row.index]
        assert (header.origin, header.index) == (origin, row.index)
        if row.blob is not None:
            check_blob(header, row.blob)
        indexes.append(row.index)
    return indexes
