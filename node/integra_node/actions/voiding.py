"""What of a log stops counting when a new roster closes it or takes a capability away?

Entries stay as bytes, for the log must still verify; they leave lists, search and state machines
(docs/protocol.md section 2).  People see in the audit log that this happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from integra_node.actions.evidence import QUARANTINED
from integra_node.store import audit, log, publications
from integra_protocol.entry import parse_header
from integra_protocol.errors import NoRoleError
from integra_protocol.kinds import check_header_rules
from integra_protocol.roster import org_of

if TYPE_CHECKING:
    from integra_node.store.database import Tx
    from integra_node.store.log import LogRow
    from integra_node.store.publications import Publication
    from integra_protocol.roster import Roster


def mark_again(tx: Tx, old: Roster, new: Roster, *, now: int) -> None:
    """Mark again what is stored of every log whose lines a new roster changed."""
    for origin in new.logs:
        held = log.find(tx, origin, for_update=True)
        if held is None or held.size == 0:
            continue
        voided = _beyond_end(tx, held, old, new) + _without_cap(tx, held, old, new)
        if voided:
            _restore(tx, held.id, now)
            details = {"event": "void", "entries": voided}
            audit.record(
                tx, now=now, actor=org_of(origin), op="admin", object=origin, details=details
            )


def _restore(tx: Tx, log_id: int, now: int) -> None:
    """Let the newest version that is left count again of each item whose last one is void."""
    items = publications.items_with(tx, log_id, "void")
    left: dict[str, Publication] = {}
    for row in publications.versions_of(tx, [log_id], items):
        newest = left.get(row.item_id)
        if row.status != "void" and (newest is None or row.idx > newest.idx):
            left[row.item_id] = row
    for row in left.values():
        if row.status == "superseded":
            ended = row.expires_at is not None and row.expires_at <= now
            status = "expired" if ended else "current"
            publications.set_status(tx, [(row.log_id, row.idx)], status)


def _beyond_end(tx: Tx, held: LogRow, old: Roster, new: Roster) -> int:
    until = new.until(held.origin)
    if until is None or (held.origin in old.logs and old.until(held.origin) == until):
        return 0
    publications.void_from(tx, held.id, until)
    if held.state == QUARANTINED:
        # The founders have decided which face counts: what lies below the end is valid.
        log.set_head(tx, held.id, state="current")
    return log.void_from(tx, held.id, until)


def _without_cap(tx: Tx, held: LogRow, old: Roster, new: Roster) -> int:
    """Mark clear entries whose capability ended below their index; sealed ones are not judged."""
    first = _first_changed(held.origin, old, new)
    if first is None:
        return 0
    voided = 0
    for row in log.entries_between(tx, held.id, first, held.size):
        if row.mark is None and not _is_within_rights(row.header, new):
            log.set_mark(tx, held.id, row.index, "void")
            publications.set_status(tx, [(held.id, row.index)], "void")
            voided += 1
    return voided


def _first_changed(origin: str, old: Roster, new: Roster) -> int | None:
    ends = [
        line.until
        for (of, _), lines in new.roles.items()
        if of == origin
        for line in lines
        if line.until is not None and line not in old.roles.get((of, line.cap), ())
    ]
    return min(ends, default=None)


def _is_within_rights(data: bytes, roster: Roster) -> bool:
    header = parse_header(data)
    try:
        check_header_rules(header, lambda cap: roster.has_cap(header.origin, cap, header.index))
    except NoRoleError:
        return False
    return True
