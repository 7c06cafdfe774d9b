"""What of the library may systems outside this node take? The shelves follow the publications.

A shelf holds each item once, at the place where it last changed.  What is put there in one run becomes
visible at once, under a second that was never shown before: whoever asks for what came later than
something that they have seen misses nothing and gets nothing twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

from integra_node.actions.doors import readable
from integra_node.rules.door import SHELF_KIND, SHELF_LABELS, Shelf, may_stand
from integra_node.rules.practice import Practice
from integra_node.store import alerts, doors, publications
from integra_node.store.doors import Item
from integra_protocol.keys import parse_origin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integra_node.rules.alert import Alert
    from integra_node.store.database import Tx
    from integra_node.store.publications import Publication, Standing

BATCH: Final = 200  # publications taken up in one transaction
NAMESPACE: Final = UUID("1f0f4bb3-6a0c-5d3e-9a5e-0d6f1c3b7a52")
"""Of every identifier that the doors make by name: the same at every node, for ever."""

IDENTITY: Final = "identity"
_NO_SET_CHAR: Final = re.compile(r"[^A-Za-z0-9-]")  # setSpec of OAI-PMH takes few
_KINDS: Final = frozenset(SHELF_KIND.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A STIX object without which alerts cannot be read: its type, our name for it, its UUID."""

    kind: str
    name: str
    uuid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: the federation's name, the second that it stands for, and what is there from the start."""

    federation: str
    at: int
    fixed: tuple[Fixed, ...]


def has_news(tx: Tx) -> bool:
    """Say whether something was published or changed that the shelves do not know."""
    return bool(publications.changed_since(tx, doors.progress(tx).watermark, 1))


def take_up(tx: Tx, run: Run) -> bool:
    """Take up the next publications; return whether there are more of them.

    The last step of a run shows readers everything that the run put there.
    """
    known = doors.progress(tx, lock=True)
    if run.at <= known.at:
        raise ValueError("a run needs a second that was never shown")  # a bug of the caller
    doors.make_shelves(tx, Shelf)
    _place_fixed(tx, run)
    changed = publications.changed_since(tx, known.watermark, BATCH)
    for org, kind, item_id in _items_of(changed):
        _place(tx, run, org, kind, item_id)
    watermark = changed[-1].publication.change if changed else known.watermark
    more = len(changed) == BATCH
    if not more:
        for item in doors.unseen(tx, run.at):
            # Of a run that was killed: its second may have passed meanwhile.
            doors.put(tx, item, at=run.at)
        doors.show(tx)
    doors.advance(tx, watermark, known.at if more else run.at)
    return more


def next_second(tx: Tx, now: int) -> int:
    """Return the second of the next run: never one that was shown, also when the clock went back."""
    return max(now, doors.progress(tx).at + 1)


def shown_at(tx: Tx, now: int) -> int:
    """Return the time of an answer: not before anything that it shows."""
    return max(now, doors.progress(tx).at)


def name_uuid(federation: str, *parts: str) -> str:
    """Return the UUID (version 5) of something that has a name in a federation."""
    return str(uuid5(NAMESPACE, "/".join((federation, *parts))))


def _items_of(changed: Iterable[Standing]) -> list[tuple[str, str, str]]:
    """Return which items changed, in the order of their last change."""
    found: dict[tuple[str, str, str], None] = {}
    for one in changed:
        if one.publication.kind in _KINDS:
            key = one.org, one.publication.kind, one.publication.item_id
            found.pop(key, None)
            found[key] = None
    return list(found)


def _place(tx: Tx, run: Run, org: str, kind: str, item_id: str) -> None:
    """Bring one item to what it is now, on every shelf for its kind."""
    logs = alerts.log_ids_of(tx, org)
    versions = [v for v in publications.versions_of(tx, logs, [item_id]) if v.kind == kind]
    standing = _newest(tx, logs, versions)
    body = readable(standing) if standing is not None else None
    for shelf in Shelf:
        if SHELF_KIND[shelf] != kind:
            continue
        held = doors.find(tx, shelf, kind, org, item_id)
        if standing is not None and body is not None and _may(shelf, standing, body):
            first = min(
                v.published_at for v in versions if v.tlp in SHELF_LABELS[shelf] and _counted(v)
            )
            _open(tx, run, shelf, held, standing, first, _sets_of(body))
        elif held is not None and held.is_open:
            _close(tx, run, held)


def _newest(tx: Tx, logs: dict[int, str], versions: list[Publication]) -> Standing | None:
    """Return the version that counts, if there is one."""
    rows = [row for row in versions if row.status == "current"]
    if not rows:
        return None
    row = max(rows, key=lambda one: (parse_origin(logs[one.log_id])[1], one.idx))
    return publications.find(tx, logs[row.log_id], row.idx)


def _counted(version: Publication) -> bool:
    return version.status in {"current", "superseded"}


def _may(shelf: Shelf, standing: Standing, body: Alert | Practice) -> bool:
    row = standing.publication
    return may_stand(shelf, row.kind, row.tlp, body)


def _sets_of(body: Alert | Practice) -> frozenset[str]:
    """Return the sets of OAI-PMH that a practice is in; none for an alert."""
    if not isinstance(body, Practice):
        return frozenset()
    settings = (f"setting-{_NO_SET_CHAR.sub('_', code)}" for code in body.settings)
    return frozenset({f"language-{body.language}", *settings})


def _open(
    tx: Tx,
    run: Run,
    shelf: Shelf,
    held: Item | None,
    standing: Standing,
    first: int,
    sets: frozenset[str],
) -> None:
    row = standing.publication
    if held is not None and held.is_open and (held.log_id, held.idx) == (row.log_id, row.idx):
        return
    if row.kind == "alert":
        _place_identity(tx, run, shelf, standing.org)
    came_back = held is not None and not held.is_open
    generation = (held.generation if held else 1) + int(came_back)
    # What was revoked stays revoked (STIX 2.1, 3.6): what comes back is another object.
    parts = [row.kind, standing.org, row.item_id, *([str(generation)] if generation > 1 else [])]
    before_ms = held.modified_ms if held else 0
    created_at = held.created_at if held and not came_back else first
    item = Item(
        shelf=shelf,
        kind=row.kind,
        org=standing.org,
        item_id=row.item_id,
        uuid=name_uuid(run.federation, *parts),
        seq=0,
        added_us=0,
        log_id=row.log_id,
        idx=row.idx,
        is_open=True,
        generation=generation,
        created_at=created_at,
        modified_ms=max(row.published_at * 1_000, created_at * 1_000, before_ms + 1),
    )
    doors.put(tx, item, at=run.at, sets=sets)


def _close(tx: Tx, run: Run, held: Item) -> None:
    gone = replace(held, is_open=False, modified_ms=max(run.at * 1_000, held.modified_ms + 1))
    doors.put(tx, gone, at=run.at)


def _place_identity(tx: Tx, run: Run, shelf: Shelf, org: str) -> None:
    uuid = name_uuid(run.federation, IDENTITY, org)
    _place_once(tx, run, shelf, Fixed(kind=IDENTITY, name=org, uuid=uuid))


def _place_fixed(tx: Tx, run: Run) -> None:
    for shelf in Shelf:
        if SHELF_KIND[shelf] == "alert":
            for one in run.fixed:
                _place_once(tx, run, shelf, one)


def _place_once(tx: Tx, run: Run, shelf: Shelf, one: Fixed) -> None:
    if doors.find(tx, shelf, one.kind, one.name, "") is None:
        item = Item(
            shelf=shelf,
            kind=one.kind,
            org=one.name,
            item_id="",
            uuid=one.uuid,
            seq=0,
            added_us=0,
            log_id=None,
            idx=None,
            is_open=True,
            generation=1,
            created_at=run.at,
            modified_ms=run.at * 1_000,
        )
        doors.put(tx, item, at=run.at)
