"""Which practices are ours: waiting for me, written by me, written by colleagues?

The overview shows the newest of each list; a list of its own is shown page by page, so that no page
grows with the years.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args
from urllib.parse import urlencode

from aiohttp import web

from integra_node.actions import practice_lists
from integra_node.actions.practice_lists import List
from integra_node.rules.messages import N_
from integra_node.store import accounts
from integra_node.web.context import context_of
from integra_node.web.pager import Pager
from integra_node.web.rendering import page
from integra_node.web.visit import staff_of

if TYPE_CHECKING:
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_node.store.drafts import Draft

FIRST: Final = 20  # rows of each list on the overview
PER_PAGE: Final = 50
LAST_PAGE: Final = 10_000
_TITLES: Final[dict[List, str]] = {
    "waiting": N_("Waiting for you as the second person"),
    "mine": N_("Written by you"),
    "others": N_("Written by colleagues"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of one list; ``title`` is not yet translated, ``names`` are usernames by account."""

    which: List
    title: str
    rows: tuple[Draft, ...]
    total: int
    names: dict[str, str]

    @property
    def address(self) -> str:
        """Where the whole list is."""
        return f"/practices?list={self.which}"


async def show(request: web.Request) -> web.Response:
    """Show the newest of every list, or one page of one list."""
    chosen = request.query.get("list", "")
    which = next((one for one in _TITLES if one == chosen), None)
    if which is not None:
        return await _show_list(request, which)
    staff = staff_of(request)
    parts = await context_of(request).database.read(
        lambda tx: [_load(tx, one, staff, limit=FIRST) for one in get_args(List)]
    )
    return await page(request, "practices_own.html", parts_of={p.which: p for p in parts})


async def _show_list(request: web.Request, which: List) -> web.Response:
    staff, number = staff_of(request), _page(request.query.get("page", ""))
    part = await context_of(request).database.read(
        lambda tx: _load(tx, which, staff, offset=(number - 1) * PER_PAGE, limit=PER_PAGE)
    )
    pager = Pager(
        page=number,
        last=-(-part.total // PER_PAGE),
        href=lambda n: f"/practices?{urlencode({'list': which, 'page': n})}",
    )
    return await page(request, "practices_list.html", part=part, pager=pager)


def _load(tx: Tx, which: List, staff: Staff, *, limit: int, offset: int = 0) -> Part:
    rows, total = practice_lists.page_own(tx, which, offset=offset, limit=limit, staff=staff)
    return Part(
        which=which,
        title=_TITLES[which],
        rows=rows,
        total=total,
        names=accounts.usernames(tx, {row.author_id for row in rows}),
    )


def _page(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(number, 1), LAST_PAGE)
