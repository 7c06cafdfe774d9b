"""The picture of a family: every practice once, nothing over another, texts that fit."""

from itertools import combinations

import pytest

from integra_node.actions.practice_family import NOT_HELD, STANDING, Family, Member
from integra_node.rules.lineage import Told
from integra_node.web.family_picture import BOX_HEIGHT, BOX_WIDTH, picture_of, wrap


def member(name, *children, told=True):
    says = Told(language="en", title=name, country=(), region="", evidence=None, lineage=None)
    return Member(
        ref=name,
        org="a",
        status=STANDING if told else NOT_HELD,
        here=False,
        told=says if told else None,
        children=children,
    )


def draw(root):
    return picture_of(Family(root=root, size=0, is_cut=False))


def test_boxes_do_not_overlap_and_stay_inside():
    picture = draw(
        member("a", member("b", member("c"), member("d")), member("e"), member("f", member("g")))
    )
    assert [box.member.ref for box in picture.boxes] == list("abcdefg")
    for one, other in combinations(picture.boxes, 2):
        assert abs(one.x - other.x) >= BOX_WIDTH or abs(one.y - other.y) >= BOX_HEIGHT
    for box in picture.boxes:
        assert 0 <= box.x <= picture.width - BOX_WIDTH
        assert 20 <= box.y <= picture.height - BOX_HEIGHT
    assert len(picture.lines) == 6


def test_a_line_leads_from_the_original_to_its_adaptation():
    picture = draw(member("a", member("b")))
    first, second = picture.boxes
    [line] = picture.lines
    assert line.startswith(f"M{first.x + BOX_WIDTH} {first.middle}C")
    assert f"{second.x - 2} {second.middle}m" in line


def test_what_tells_no_title_is_named_by_its_reference():
    assert draw(member("x~1~2", told=False)).boxes[0].title == ("x~1~2",)


@pytest.mark.parametrize("text", ["W" * 400, "word " * 90, "Μέντορες στη γειτονιά " * 9, "a"])
def test_a_text_is_cut_to_its_lines(text):
    found = wrap(text, lines=2, px=15.0)
    assert 1 <= len(found) <= 2
    assert all(0 < len(line) < 60 for line in found)
    assert ("…" in found[-1]) == (len(text) > 60)


def test_an_empty_text_is_an_empty_line():
    assert draw(member("a")).fit("", 1) == ("",)
