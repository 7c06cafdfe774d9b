"""How does the command line bring in tables and repositories? Checked whole, then taken in."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from integra_node.actions import taking_in
from integra_node.actions.taking_in import Fate, Incoming
from integra_node.cli.opened import OPERATOR
from integra_node.federation.harvesting import Harvester
from integra_node.intake.harvest import read_answer
from integra_node.intake.reading import kind_of, read_file
from integra_node.intake.refusal import MAX_FILE_BYTES, MAX_ROWS, UnreadableError
from integra_node.rules.import_failures import failure_text
from integra_node.rules.messages import MESSAGES, message
from integra_node.rules.practice_import import (
    Entry,
    Judged,
    entry_of_cells,
    entry_of_record,
    guess_columns,
    judge,
)
from integra_node.rules.problems import Problem, error
from integra_protocol.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from integra_node.cli.opened import Opened

BATCH: Final = 200
_WRONG: Final = Fate(outcome="wrong")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row with what was found in it, and what becomes of it."""

    number: int
    entry: Entry
    judged: Judged
    fate: Fate = _WRONG
    gone: bool = False

    @property
    def outcome(self) -> str:
        """What becomes of it, in a word."""
        return "gone" if self.gone else self.fate.outcome

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with it."""
        own = (self.fate.problem,) if self.fate.problem else ()
        return () if self.gone else (*own, *(one for one in self.judged.problems if one.is_error))


def read(
    opened: Opened, source: str, *, hand_in: bool, language: str, encoding: str
) -> tuple[Line, ...]:
    """Return every row of a file or repository with what would become of it.

    Raises:
        InputError: it cannot be read; the detail says what to do.
    """
    try:
        if source.startswith("https://"):
            found = asyncio.run(_harvested(opened, source))
        else:
            found = asyncio.run(_read(source, _bytes(Path(source)), language, encoding))
    except UnreadableError as refused:
        text = failure_text(refused.reason) % refused.params
        raise InputError(f"nothing was taken in: {text}") from refused
    lines = [_line(number, entry, gone, hand_in) for number, entry, gone in found]
    return tuple(_foreseen(opened, _first_of_each(lines)))


def take_in(
    opened: Opened,
    lines: Sequence[Line],
    *,
    hand_in: bool,
    now: int,
    told: Callable[[int, int], None],
) -> tuple[Line, ...]:
    """Take in those that are new or changed, 200 at a time; ``told`` hears how far it is."""
    good = [one for one in lines if one.fate.outcome in {"new", "changed"}]
    done: list[Line] = []
    for start in range(0, len(good), BATCH):
        part = good[start : start + BATCH]
        fates = opened.database.write_now(
            lambda tx, part=part: taking_in.take_in(  # type: ignore[misc]  # bound at once
                tx, opened.us, _incoming(part), author=OPERATOR, hand_in=hand_in, now=now
            )
        )
        done += [replace(one, fate=fate) for one, fate in zip(part, fates, strict=True)]
        told(len(done), len(good))
    return tuple(done)


def report(lines: Sequence[Line]) -> Iterator[str]:
    """Yield a sentence for each problem, and the counts last."""
    for one in lines:
        for problem in one.problems:
            text = message(problem.code) % problem.params if problem.code in MESSAGES else ""
            yield f"row {one.number}: {problem.path or 'the whole'}: {problem.code}: {text}"
    counts = Counter(one.outcome for one in lines)
    yield ", ".join(f"{counts[name]} {name}" for name in ("new", "changed", "unchanged", "wrong"))


def answer(lines: Sequence[Line]) -> dict[str, Any]:
    """Return the same for programs."""
    items = [
        {
            "row": one.number,
            "source_id": one.entry.source_id,
            "outcome": one.outcome,
            "id": one.fate.draft_id,
            "problems": [{"path": p.path, "code": p.code} for p in one.problems],
        }
        for one in lines
    ]
    return {"items": items, **Counter(one.outcome for one in lines)}


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UnreadableError("file_too_large", max=MAX_FILE_BYTES // 2**20)
        return path.read_bytes()
    except OSError as failure:
        raise InputError(f"{path} cannot be read: {failure.strerror}") from failure


async def _read(
    name: str, data: bytes, language: str, encoding: str
) -> list[tuple[int, Entry, bool]]:
    kind = kind_of(name)
    columns: tuple[str, ...] = ()
    found: list[tuple[int, Entry, bool]] = []
    async for value in read_file(data, kind, encoding):
        if isinstance(value, dict):
            columns = guess_columns(value["header"])
            if "title" not in columns:
                raise UnreadableError("no_title_column")
            continue
        number, row = value
        entry = entry_of_record(row) if kind == "json" else entry_of_cells(row, columns, language)
        found.append((number, entry, False))
    if not found:
        raise UnreadableError("file_empty")
    return found


async def _harvested(opened: Opened, url: str) -> list[tuple[int, Entry, bool]]:
    settings = opened.config.imports
    source = next((one for one in settings.sources if one.url == url), None)
    if source is None:
        raise UnreadableError("source_not_allowed")
    harvester = Harvester(
        [url],
        allow_networks=settings.allow_networks,
        ca_file=str(opened.config.path(settings.ca_file)) if settings.ca_file else None,
    )
    found: list[tuple[int, Entry, bool]] = []
    token, before = "", "?"
    while token != before and len(found) <= MAX_ROWS:
        before = token
        page = read_answer(await harvester.list_records(url, source.set, token), source.language)
        for one in page.records:
            entry = entry_of_record(one["record"])
            found.append((len(found) + 1, entry, bool(one.get("gone"))))
        if not page.token:
            return found
        token = page.token
    raise UnreadableError("source_wrong")


def _line(number: int, entry: Entry, gone: bool, hand_in: bool) -> Line:  # noqa: FBT001 - flags of one row
    return Line(number=number, entry=entry, judged=judge(entry, hand_in=hand_in), gone=gone)


def _first_of_each(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines; one whose source id stood before is wrong."""
    seen: dict[str, int] = {}
    for one in lines:
        first = seen.setdefault(one.entry.source_id, one.number)
        if one.judged.practice is None or first == one.number:
            yield one
            continue
        twice = error("source_id", "source_twice", row=first)
        yield replace(one, judged=Judged(practice=None, problems=(twice,)))


def _foreseen(opened: Opened, lines: Iterator[Line]) -> Iterator[Line]:
    everything = list(lines)
    for start in range(0, len(everything), BATCH):
        part = everything[start : start + BATCH]
        good = [one for one in part if one.judged.practice is not None and not one.gone]
        fates = opened.database.read_now(
            lambda tx, good=good: taking_in.foresee(  # type: ignore[misc]  # bound at once
                tx, opened.us, _incoming(good), author=OPERATOR
            )
        )
        fated = {one.number: fate for one, fate in zip(good, fates, strict=True)}
        yield from (replace(one, fate=fated.get(one.number, one.fate)) for one in part)


def _incoming(lines: Sequence[Line]) -> list[Incoming]:
    return [
        Incoming(source_id=one.entry.source_id, practice=one.judged.practice)
        for one in lines
        if one.judged.practice is not None
    ]
