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
from integra_node.store.doors import Item, ItemKey, Key, Placing
from integra_protocol.keys import parse_origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    changed = publications.changed_since(tx, known.watermark, BATCH)
    watermark = changed[-1].publication.change if changed else known.watermark
    more = len(changed) == BATCH
    placings = _placings(tx, run, changed)
    if not more:
        # Of a run that was killed: its second may have passed meanwhile.
        placed = {one.item.key for one in placings}
        left = (one for one in doors.unseen(tx, run.at) if one.key not in placed)
        placings += [Placing(item=item, is_new=False) for item in left]
    doors.put(tx, placings, at=run.at)
    if not more:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What one item is now: its versions, the one that counts, and what that says."""

    versions: Sequence[Publication]
    standing: Standing | None
    body: Alert | Practice | None


def _placings(tx: Tx, run: Run, changed: Sequence[Standing]) -> list[Placing]:
    """Return what has to be put on the shelves, in the order of the changes."""
    keys = _items_of(changed)
    there = doors.find_all(tx, keys, {IDENTITY, *(one.kind for one in run.fixed)})
    found: dict[Key, Placing] = {}
    for one in run.fixed:
        _add_once(found, there, run, one)
    for key, now in _states(tx, keys, changed).items():
        for shelf in Shelf:
            if SHELF_KIND[shelf] == key[1]:
                _add(found, there, run, shelf, key, now)
    return list(found.values())


def _items_of(changed: Iterable[Standing]) -> list[ItemKey]:
    """Return which items changed, in the order of their last change."""
    found: dict[ItemKey, None] = {}
    for one in changed:
        if one.publication.kind in _KINDS:
            key = one.org, one.publication.kind, one.publication.item_id
            found.pop(key, None)
            found[key] = None
    return list(found)


def _states(tx: Tx, keys: Sequence[ItemKey], changed: Iterable[Standing]) -> dict[ItemKey, _State]:
    """Return what each of the items is now."""
    versions: dict[ItemKey, list[Publication]] = {key: [] for key in keys}
    origins: dict[int, str] = {}
    for org in {key[0] for key in keys}:
        logs = alerts.log_ids_of(tx, org)
        origins |= logs
        wanted = sorted({key[2] for key in keys if key[0] == org})
        for row in publications.versions_of(tx, logs, wanted):
            if (org, row.kind, row.item_id) in versions:
                versions[org, row.kind, row.item_id].append(row)
    found = {key: _newest(versions[key], origins) for key in keys}
    newest = {key: row for key, row in found.items() if row is not None}
    standing = {(one.publication.log_id, one.publication.idx): one for one in changed}
    _complete(tx, standing, newest.values())
    return {key: _state(versions[key], newest.get(key), standing) for key in keys}


def _state(
    versions: Sequence[Publication],
    newest: Publication | None,
    standing: Mapping[tuple[int, int], Standing],
) -> _State:
    one = standing.get((newest.log_id, newest.idx)) if newest is not None else None
    body = readable(one) if one is not None else None
    return _State(versions=versions, standing=one, body=body)


def _newest(versions: Iterable[Publication], origins: Mapping[int, str]) -> Publication | None:
    """Return the version that counts, if there is one."""
    current = [row for row in versions if row.status == "current"]
    age = {row.log_id: parse_origin(origins[row.log_id])[1] for row in current}
    return max(current, key=lambda row: (age[row.log_id], row.idx), default=None)


def _complete(
    tx: Tx, standing: dict[tuple[int, int], Standing], rows: Iterable[Publication]
) -> None:
    """Fetch the versions that count and did not change just now."""
    missing: dict[int, list[int]] = {}
    for row in rows:
        if (row.log_id, row.idx) not in standing:
            missing.setdefault(row.log_id, []).append(row.idx)
    for log_id, indexes in missing.items():
        for idx, one in publications.in_log(tx, log_id, indexes).items():
            standing[log_id, idx] = one


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


def _add(
    found: dict[Key, Placing],
    there: Mapping[Key, Item],
    run: Run,
    shelf: Shelf,
    key: ItemKey,
    now: _State,
) -> None:
    """Add what one item needs on one shelf: nothing, when it stands there as it is."""
    org, kind, item_id = key
    held = there.get((shelf, kind, org, item_id))
    if now.standing is not None and now.body is not None and _may(shelf, now.standing, now.body):
        row = now.standing.publication
        if held is not None and held.is_open and (held.log_id, held.idx) == (row.log_id, row.idx):
            return
        if kind == "alert":
            uuid = name_uuid(run.federation, IDENTITY, org)
            _add_once(found, there, run, Fixed(kind=IDENTITY, name=org, uuid=uuid))
        labels = SHELF_LABELS[shelf]
        first = min(v.published_at for v in now.versions if v.tlp in labels and _counted(v))
        item = _opened(run, shelf, held, now.standing, first)
        found[item.key] = Placing(item=item, is_new=held is None, sets=_sets_of(now.body))
    elif held is not None and held.is_open:
        at_ms = max(run.at * 1_000, held.modified_ms + 1)
        gone = replace(held, is_open=False, modified_ms=at_ms)
        found[gone.key] = Placing(item=gone, is_new=False)


def _opened(run: Run, shelf: Shelf, held: Item | None, standing: Standing, first: int) -> Item:
    row = standing.publication
    came_back = held is not None and not held.is_open
    generation = (held.generation if held else 1) + int(came_back)
    # What was revoked stays revoked (STIX 2.1, 3.6): what comes back is another object.
    named = row.kind if generation == 1 else f"{row.kind}-{generation}"
    created_at = held.created_at if held and not came_back else first
    return Item(
        shelf=shelf,
        kind=row.kind,
        org=standing.org,
        item_id=row.item_id,
        uuid=name_uuid(run.federation, named, standing.org, row.item_id),
        seq=0,
        added_us=0,
        log_id=row.log_id,
        idx=row.idx,
        is_open=True,
        generation=generation,
        created_at=created_at,
        modified_ms=max(
            row.published_at * 1_000,
            created_at * 1_000,
            held.modified_ms + 1 if held else 0,
        ),
    )


def _add_once(found: dict[Key, Placing], there: Mapping[Key, Item], run: Run, one: Fixed) -> None:
    """Add a fixed object to each shelf of alerts where it is not yet."""
    for shelf in Shelf:
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
        if SHELF_KIND[shelf] == "alert" and item.key not in there and item.key not in found:
            found[item.key] = Placing(item=item, is_new=True)
