"""Which pages of a numbered list are offered, and at which addresses?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_AROUND: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """The place in a list: ``page`` of ``last``, both from 1."""

    page: int
    last: int
    href: Callable[[int], str]

    def near(self) -> list[int]:
        """Return the pages that are linked: the first, the last and those around this one."""
        around = range(self.page - _AROUND, self.page + _AROUND + 1)
        wanted = {1, self.last, *around}
        return sorted(number for number in wanted if 1 <= number <= self.last)
