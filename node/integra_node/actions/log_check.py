"""Are the logs that lie in this database whole? Everything that can be computed again, is.

For each log: leaves to root, root to the signed note, header to leaf, body to header, and what is
sealed to us opens.  Nothing is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from integra_node.store import log, rosters, subject_keys, tiles
from integra_protocol.checkpoint import open_checkpoint
from integra_protocol.entry import check_blob, entry_leaf, parse_header
from integra_protocol.errors import IntegraError, NotFoundError
from integra_protocol.limits import HASH_BYTES
from integra_protocol.merkle import Frontier, root_at
from integra_protocol.sealed import open_blob

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.store.database import Tx
    from integra_node.store.log import EntryRow, LogRow
    from integra_protocol.roster import Roster

CHUNK: Final = 4_096  # leaves looked at together
MAX_FAULTS: Final = 50  # told of one log
_PRESENT: Final = 0
_STATES: Final = {0: "present", 1: "erased", 2: "ended", 3: "elsewhere"}


@dataclass(slots=True, kw_only=True)
class LogReport:
    """What was found in one log; ``faults`` empty when it is whole.

    ``counts`` are entries by state, and by the mark that takes their effect; ``opened`` are sealed
    entries that opened.
    """

    origin: str
    size: int
    signed_size: int
    witnessed_size: int
    counts: dict[str, int] = field(default_factory=dict)
    opened: int = 0
    faults: list[str] = field(default_factory=list)

    def count(self, what: str) -> None:
        """Count one entry."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def fault(self, text: str) -> None:
        """Note a fault, up to 50."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(text)


def check_logs(tx: Tx, us: Us) -> tuple[LogReport, ...]:
    """Check every log of the database.

    Raises:
        WaitingError: no roster was accepted yet, so no key is known.
    """
    roster = rosters.current(tx)
    return tuple(_check(tx, us, roster, held) for held in log.all_logs(tx))


def _check(tx: Tx, us: Us, roster: Roster, held: LogRow) -> LogReport:
    report = LogReport(
        origin=held.origin,
        size=held.size,
        signed_size=held.note_size,
        witnessed_size=held.witnessed_size,
    )
    frontier = Frontier.empty()
    for start in range(0, held.size, CHUNK):
        end = min(start + CHUNK, held.size)
        data = tiles.leaf_hashes(tx, held.id, start, end)
        leaves = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
        if len(leaves) != end - start:
            report.fault(f"leaves are missing between {start} and {end}")
            return report
        frontier = frontier.extend(leaves)
        _check_entries(tx, us, held, report, start, leaves)
    if frontier.root() != held.frontier.root():
        report.fault("the leaves do not give the stored root")
    _check_notes(tx, roster, held, report)
    return report


def _check_notes(tx: Tx, roster: Roster, held: LogRow, report: LogReport) -> None:
    for note, size in ((held.note, held.note_size), (held.witnessed_note, held.witnessed_size)):
        if note is None:
            continue
        try:
            checkpoint = open_checkpoint(note, roster.log_key(held.origin, size)).checkpoint
        except IntegraError as error:
            report.fault(f"the note of size {size} does not verify: {error.code}")
            continue
        if checkpoint.origin != held.origin or checkpoint.size != size or size > held.size:
            report.fault(f"the note of size {size} is for another tree")
        elif checkpoint.root != root_at(size, tiles.hash_reader(tx, held.id)):
            report.fault(f"the leaves do not give the root that was signed at size {size}")


def _check_entries(
    tx: Tx, us: Us, held: LogRow, report: LogReport, start: int, leaves: list[bytes]
) -> None:
    for row in log.entries_between(tx, held.id, start, start + len(leaves)):
        report.count(row.mark.partition(":")[0] if row.mark else _STATES[row.state])
        if entry_leaf(row.header) != leaves[row.index - start]:
            report.fault(f"{row.index}: the header is not the one in the tree")
        elif row.mark is None or not row.mark.startswith("bad"):
            _check_entry(tx, us, held, report, row)


def _check_entry(tx: Tx, us: Us, held: LogRow, report: LogReport, row: EntryRow) -> None:
    try:
        header = parse_header(row.header)
        if header.origin != held.origin or header.index != row.index:
            report.fault(f"{row.index}: the header names another place")
        if row.state != _PRESENT or row.blob is None:
            return
        check_blob(header, row.blob)
        ours = held.org == us.org or us.org in header.audience
        if header.sealed and ours:
            cek, _ = subject_keys.find_content_key(tx, held.id, row.index, master=us.keys.master)
            open_blob(header, row.blob, cek)
            report.opened += 1
    except NotFoundError:
        report.fault(f"{row.index}: its key is not here, it cannot be opened")
    except IntegraError as error:
        report.fault(f"{row.index}: {error.code}")
