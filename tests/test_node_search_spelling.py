import pytest

from integra_node.search.spelling import Speller, edit_distance


@pytest.mark.parametrize(
    "a, b, distance",
    [("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 1), ("abc", "ab", 1), ("abcd", "badc", 2),
     ("recieve", "receive", 1), ("abc", "xyz", 3)],
)  # fmt: skip
def test_errors_are_counted_with_swaps_as_one(a, b, distance):
    assert edit_distance(a, b, 2) == distance
    assert edit_distance(b, a, 2) == distance


def test_the_nearest_words_come_first():
    speller = Speller(["volunteer", "volunteers", "voluntary", "unrelated", "year2023"])
    assert [word for _, word in speller.near("volunteerz")] == ["volunteer", "volunteers"]
