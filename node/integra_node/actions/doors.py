"""What does somebody outside get of a shelf? Every item is looked at again before it is shown.

The shelf only proposes: what was retracted, withdrawn, erased or marked otherwise a moment ago is
shown as gone, whatever the shelf still says.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions.published import content_of, is_for_every_reader, ref_of
from integra_node.rules import alert, practice
from integra_node.rules.door import SHELF_KIND, SHELF_LABELS, Shelf, may_stand
from integra_node.store import alerts, audit, door_tokens, doors, publications
from integra_node.store.doors import Item, Stretch
from integra_protocol.errors import IntegraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integra_node.rules.alert import Alert
    from integra_node.rules.practice import Practice
    from integra_node.store.database import Tx
    from integra_node.store.publications import Standing

LOG: Final = logging.getLogger(__name__)
MAX_PAGE: Final = 200  # items


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One item as a reader gets it.

    Attributes:
        item: Where it stands on its shelf.
        alert: What an alert says; None when it is gone, or no alert.
        practice: What a practice says; None when it is gone, or no practice.
        ref: ``org~epoch~index`` of the version; empty when it is gone.
        version: As its issuer counts; 0 when it is gone.
        tlp: The label; when it is gone, the narrowest that the shelf may hold.
        published_at: As the issuer says, unix seconds.
        reason: Why an alert was retracted, where that may be seen; else empty.
        sets: In which sets of OAI-PMH it is or was.
    """

    item: Item
    alert: Alert | None = None
    practice: Practice | None = None
    ref: str = ""
    version: int = 0
    tlp: str
    published_at: int
    reason: str = ""
    sets: tuple[str, ...] = ()

    @property
    def is_gone(self) -> bool:
        """Whether there is nothing to read any more."""
        return self.alert is None and self.practice is None and self.item.log_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfPage:
    """A page of a shelf; ``more`` says whether the shelf goes on after its place ``last``."""

    shown: tuple[Shown, ...]
    more: bool
    last: int | None = None


def page(tx: Tx, wanted: Stretch) -> ShelfPage:
    """Return a page of a shelf, at most 200 items."""
    limit = min(wanted.limit, MAX_PAGE)
    found = doors.stretch(
        tx,
        Stretch(
            shelf=wanted.shelf,
            kinds=wanted.kinds,
            after=wanted.after,
            since_us=wanted.since_us,
            until_us=wanted.until_us,
            in_set=wanted.in_set,
            newest_first=wanted.newest_first,
            limit=limit + 1,
        ),
    )
    shown = _show(tx, Shelf(wanted.shelf), found[:limit])
    last = shown[-1].item.seq if shown else None
    return ShelfPage(shown=shown, more=len(found) > limit, last=last)


def with_uuid(tx: Tx, shelf: Shelf, uuids: Sequence[str]) -> tuple[Shown, ...]:
    """Return items of a shelf by UUID, at most 200."""
    return _show(tx, shelf, doors.with_uuid(tx, shelf, uuids[:MAX_PAGE]))


def find(tx: Tx, shelf: Shelf, org: str, item_id: str) -> Shown | None:
    """Return one item of a shelf; None when it never stood there."""
    held = doors.find(tx, shelf, SHELF_KIND[shelf], org, item_id)
    return _show(tx, shelf, [held])[0] if held is not None else None


def note_taking(
    tx: Tx, name: str, shelf: Shelf, shown: Sequence[Shown], *, what: str, now: int
) -> None:
    """Put into the audit log which part of a shelf was given to the holder of a token."""
    door_tokens.note_use(tx, name, now=now)
    audit.record(
        tx,
        now=now,
        actor=f"door:{name}",
        op="door_export",
        object=f"shelf:{shelf.value}",
        details={
            "what": what,
            "items": len(shown),
            "from": shown[0].item.seq,
            "to": shown[-1].item.seq,
        },
    )


def _show(tx: Tx, shelf: Shelf, items: Sequence[Item]) -> tuple[Shown, ...]:
    standing = _standing(tx, items)
    sets = doors.sets_of(tx, shelf, items) if shelf is Shelf.PRACTICES else {}
    return tuple(
        _one(
            tx,
            shelf,
            item,
            standing.get((item.log_id, item.idx)),
            sets.get((item.org, item.item_id), ()),
        )
        for item in items
    )


def _standing(tx: Tx, items: Sequence[Item]) -> dict[tuple[int | None, int | None], Standing]:
    places: dict[int, list[int]] = {}
    for item in items:
        if item.is_open and item.log_id is not None and item.idx is not None:
            places.setdefault(item.log_id, []).append(item.idx)
    return {
        (log_id, idx): one
        for log_id, indexes in places.items()
        for idx, one in publications.in_log(tx, log_id, indexes).items()
    }


def _one(
    tx: Tx, shelf: Shelf, item: Item, standing: Standing | None, sets: tuple[str, ...]
) -> Shown:
    if item.log_id is None:
        return Shown(item=item, tlp="CLEAR", published_at=item.created_at)
    body = _body(shelf, standing)
    if standing is None or body is None:
        return _gone(tx, shelf, item, sets)
    row = standing.publication
    return Shown(
        item=item,
        alert=body if isinstance(body, alert.Alert) else None,
        practice=body if isinstance(body, practice.Practice) else None,
        ref=ref_of(standing),
        version=row.version,
        tlp=row.tlp,
        published_at=row.published_at,
        sets=sets,
    )


def _body(shelf: Shelf, standing: Standing | None) -> Alert | Practice | None:
    """Return what may be read now, or None."""
    body = readable(standing) if standing is not None else None
    if standing is None or body is None:
        return None
    row = standing.publication
    return body if may_stand(shelf, row.kind, row.tlp, body) else None


def readable(standing: Standing) -> Alert | Practice | None:
    """Return what a version says if it counts and every reader here may read it, else None."""
    row = standing.publication
    if row.status != "current" or row.readers is not None or not is_for_every_reader(standing):
        return None
    try:
        data = content_of(standing).data
        if row.kind == "alert":
            return alert.from_wire(data).body
        return practice.from_wire(data).body
    except IntegraError as fault:
        # Erased meanwhile, or a partner's text that cannot be read.
        LOG.warning("not shown outside origin=%s code=%s", standing.origin, fault.code)
        return None


def _gone(tx: Tx, shelf: Shelf, item: Item, sets: tuple[str, ...]) -> Shown:
    narrowest = "GREEN" if shelf is Shelf.ALERTS_GREEN else "CLEAR"
    return Shown(
        item=item,
        tlp=narrowest,
        published_at=item.created_at,
        reason=_reason(tx, shelf, item) if item.kind == "alert" else "",
        sets=sets,
    )


def _reason(tx: Tx, shelf: Shelf, item: Item) -> str:
    """Return why an alert was retracted, if its retraction has a label that the readers may see."""
    logs = alerts.log_ids_of(tx, item.org)
    for row in publications.versions_of(tx, logs, [item.item_id]):
        if row.kind == item.kind and row.status == "retracted" and row.tlp in SHELF_LABELS[shelf]:
            standing = publications.find(tx, logs[row.log_id], row.idx)
            try:
                return (standing and alert.from_wire(content_of(standing).data).reason) or ""
            except IntegraError:
                return ""
    return ""
