from array import array

from hypothesis import given, settings
from hypothesis import strategies as st

from integra_node.search.codec import pack, unpack


@settings(max_examples=100, deadline=None)
@given(
    rows=st.dictionaries(st.integers(0, 2**32 - 1), st.integers(1, 300), min_size=1, max_size=30),
    with_positions=st.booleans(),
)
def test_a_posting_list_is_read_as_it_was_written(rows, with_positions):
    ids, counts = array("I", sorted(rows)), array("I", [rows[id_] for id_ in sorted(rows)])
    positions = array("H", [n % 65536 for n in range(sum(counts))]) if with_positions else None
    found = unpack(pack(ids, counts, positions.tobytes() if positions is not None else b""))
    assert list(found.ids) == list(ids)
    assert list(found.counts or [1] * len(ids)) == list(counts)
    assert found.positions == positions
