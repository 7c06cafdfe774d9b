"""Where does each practice of a family stand in its picture? A tree that grows from left to right.

Only places and cut texts come from here; the template draws, and the style sheet gives colours and
fonts, so that the picture follows the theme and prints.  All numbers are units of the drawing,
which are pixels on a screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from integra_node.actions.practice_family import Family, Member

BOX_WIDTH: Final = 236
BOX_HEIGHT: Final = 116
GAP_X: Final = 56
GAP_Y: Final = 34  # room for the words above a box
MARGIN: Final = 8
TOP: Final = 30
_INNER: Final = BOX_WIDTH - 24
_TITLE_PX: Final = 15.0 * 1.22  # bold letters are wider
_SMALL_PX: Final = 13.0
# Widths of letters as parts of the font size, generous: a line that is too short harms nobody.
_NARROW: Final = frozenset("iljtfrI.,:;'!|()[] ")
_WIDE: Final = frozenset("mwMWЖШЩЮжшщюфΩωψ@%—")
_ELLIPSIS: Final = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One practice: its upper left corner, and its title in at most two lines."""

    member: Member
    x: int
    y: int
    title: tuple[str, ...]

    @property
    def middle(self) -> int:
        """The height at which lines arrive and leave."""
        return self.y + BOX_HEIGHT // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawing: its size, the boxes from the eldest on, and the lines as path data."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[str, ...]
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT

    def fit(self, text: str, lines: int = 2) -> tuple[str, ...]:
        """Return a text cut to small lines of a box."""
        return wrap(text, lines=lines, px=_SMALL_PX)


def picture_of(family: Family, titles: Mapping[str, str] = MappingProxyType({})) -> Picture:
    """Return the picture of a family; ``titles`` by ref for practices that tell none."""
    boxes: list[Box] = []
    lines: list[str] = []
    rows = _lay(family.root, 0, 0, boxes, lines, titles)
    depth = 1 + max((box.x - MARGIN) // (BOX_WIDTH + GAP_X) for box in boxes)
    return Picture(
        width=2 * MARGIN + depth * BOX_WIDTH + (depth - 1) * GAP_X,
        height=TOP + rows * (BOX_HEIGHT + GAP_Y) - GAP_Y + MARGIN,
        boxes=tuple(boxes),
        lines=tuple(lines),
    )


def wrap(text: str, *, lines: int, px: float) -> tuple[str, ...]:
    """Return a text in at most so many lines that fit into a box at a font size in pixels."""
    words, found = text.split(), [""]
    while words:
        longer = f"{found[-1]} {words[0]}".strip()
        if _width(longer) * px <= _INNER:
            found[-1] = longer
            words.pop(0)
        elif len(found) < lines and found[-1]:
            found.append("")
        else:
            found[-1] = _cut(longer, px)
            return tuple(found)
    return tuple(found)


def _lay(
    member: Member,
    depth: int,
    row: int,
    boxes: list[Box],
    lines: list[str],
    titles: Mapping[str, str],
) -> int:
    """Place a practice and what came from it, from a row on; return how many rows that takes."""
    at = len(boxes)
    rows, below = 0, []
    for child in member.children:
        below.append(len(boxes) - at)
        rows += _lay(child, depth + 1, row + rows, boxes, lines, titles)
    rows = max(rows, 1)
    title = member.told.title if member.told else titles.get(member.ref, member.ref)
    box = Box(
        member=member,
        x=MARGIN + depth * (BOX_WIDTH + GAP_X),
        y=TOP + (2 * row + rows - 1) * (BOX_HEIGHT + GAP_Y) // 2,
        title=wrap(title, lines=2, px=_TITLE_PX),
    )
    boxes.insert(at, box)
    lines.extend(_line(box, boxes[at + 1 + place]) for place in below)
    return rows


def _line(parent: Box, child: Box) -> str:
    start, end, bend = parent.x + BOX_WIDTH, child.x - 2, GAP_X // 2
    return (
        f"M{start} {parent.middle}C{start + bend} {parent.middle} {end - bend} {child.middle}"
        f" {end} {child.middle}m-8 -5l8 5l-8 5"
    )


def _cut(text: str, px: float) -> str:
    while text and _width(text + _ELLIPSIS) * px > _INNER:
        text = text[:-1]
    return text.rstrip() + _ELLIPSIS


def _width(text: str) -> float:
    return sum(
        0.34 if c in _NARROW else 0.9 if c in _WIDE else 0.7 if c.isupper() else 0.59 for c in text
    )
