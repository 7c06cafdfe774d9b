"""``integra practice``: take practices in from files, list, show and withdraw our own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from integra_node.cli.frame import Invocation
from integra_node.cli.opened import OPERATOR, open_node
from integra_protocol.errors import InputError

if TYPE_CHECKING:
    from integra_node.actions.library import Published
    from integra_node.actions.practices import Imported
    from integra_node.cli.opened import Opened
    from integra_node.rules.practice import Practice
    from integra_node.store.drafts import Draft

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_FILES: Final = 100_000
BATCH: Final = 500
PATH: Final = click.Path(exists=True, path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One body with where it came from, for messages, and its source, for importing it once."""

    place: str
    source_id: str
    body: Mapping[str, object]


@click.group()
def practice() -> None:
    """Take practices in from files; list, show and withdraw those of this organisation."""


@practice.command("import")
@click.argument("paths", nargs=-1, required=True, type=PATH)
@click.option("--owner", default="", help="Only bodies whose owner_hint is this organisation.")
@click.pass_obj
def import_(invocation: Invocation, paths: tuple[Path, ...], owner: str) -> None:
    """Publish practices from files: one JSON object, a list of them, or JSON Lines (.jsonl).

    A folder stands for all its .json and .jsonl files.  The same body from the same source is
    taken in once; a changed body becomes a new version.  This is the operator's act: no second
    person is asked, and the audit log says so.
    """
    items = list(_items(paths, owner))
    with open_node(invocation.home) as opened:
        done = [one for part in _parts(items) for one in _import(opened, part)]
    counts = {what: sum(one.outcome == what for one in done) for what in _OUTCOMES}
    said = [{"id": o.id, "ref": o.ref, "version": o.version, "outcome": o.outcome} for o in done]
    invocation.tell(
        {"items": said, **counts},
        *(f"{one.outcome:9} {one.ref} version {one.version}" for one in done),
        f"{counts['new']} new, {counts['changed']} changed, {counts['unchanged']} unchanged",
    )


@practice.command("list")
@click.option("--limit", default=50, type=click.IntRange(1, 200), show_default=True)
@click.pass_obj
def list_(invocation: Invocation, limit: int) -> None:
    """List the practices of this organisation, newest change first."""
    from integra_node.actions import practices

    with open_node(invocation.home) as opened:
        rows = opened.database.read_now(lambda tx: practices.list_for_operator(tx, limit=limit))
    invocation.tell({"items": [_row(one) for one in rows]}, *map(_line, rows))


@practice.command()
@click.argument("ref")
@click.pass_obj
def show(invocation: Invocation, ref: str) -> None:
    """Show a published practice of any member by its ref, ``org~epoch~index``."""
    from integra_node.actions import library

    with open_node(invocation.home) as opened:
        found = opened.database.read_now(lambda tx: library.find_published(tx, opened.us, ref))
    invocation.tell(_published(found), *_published_lines(found))


@practice.command()
@click.argument("ref")
@click.option("--reason", required=True, help="Why; every partner reads it.")
@click.pass_obj
def withdraw(invocation: Invocation, ref: str, reason: str) -> None:
    """Withdraw a practice of this organisation by its ref or local id."""
    from integra_node import clock
    from integra_node.actions import practices

    with open_node(invocation.home) as opened:
        row = opened.database.write_now(
            lambda tx: practices.withdraw_as_operator(
                tx, opened.us, ref, reason=reason, actor=OPERATOR, now=clock.system_clock()
            )
        )
    invocation.tell(_row(row), f"Withdrawn: {_clean(row.title)} ({row.id}).")


_OUTCOMES: Final = ("new", "changed", "unchanged")


def _import(opened: Opened, items: Sequence[_Item]) -> tuple[Imported, ...]:
    from integra_node import clock
    from integra_node.actions import practices
    from integra_node.rules.problems import InvalidFieldsError

    pairs = [(item.source_id, item.body) for item in items]
    try:
        return opened.database.write_now(
            lambda tx: practices.import_practices(
                tx, opened.us, pairs, actor=OPERATOR, now=clock.system_clock()
            )
        )
    except InvalidFieldsError as failure:
        lines = (_problem(items, problem.path, problem.code) for problem in failure.problems)
        raise InputError("nothing was taken in\n  " + "\n  ".join(lines)) from failure


def _problem(items: Sequence[_Item], path: str, code: str) -> str:
    number, _, rest = path.partition(".")
    if len(items) > 1 and number.isdigit():
        return f"{items[int(number)].place}: {rest or 'the whole'}: {code}"
    return f"{items[0].place}: {path or 'the whole'}: {code}"


def _parts(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def _items(paths: Iterable[Path], owner: str) -> Iterator[_Item]:
    for path in _files(paths):
        for number, body in enumerate(_bodies(path), 1):
            hint = body.pop("owner_hint", "")
            if owner and hint != owner:
                continue
            source = body.pop("source_id", f"{path.parent.name}/{path.name}#{number}"[-128:])
            yield _Item(place=f"{path} no. {number}", source_id=str(source), body=body)


def _files(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.iterdir() if p.suffix in {".json", ".jsonl"})
        else:
            found.append(path)
    if len(found) > MAX_FILES:
        raise InputError(f"more than {MAX_FILES} files at once")
    return found


def _bodies(path: Path) -> Iterator[dict[str, object]]:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise InputError(f"{path} is over {MAX_FILE_BYTES // 2**20} MiB")
    try:
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines() if path.suffix == ".jsonl" else [text]
        values = [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read as JSON: {error}") from error
    for value in values:
        for body in value if isinstance(value, list) else [value]:
            if not isinstance(body, dict):
                raise InputError(f"{path} holds something that is not a JSON object")
            yield body


def _row(row: Draft) -> dict[str, Any]:
    from integra_node.actions.practices import published_ref

    return {
        "id": row.id,
        "ref": published_ref(row) or None,
        "title": row.title,
        "language": row.language,
        "status": row.status,
        "version": row.version,
        "updated_at": _utc(row.updated_at),
    }


def _line(row: Draft) -> str:
    from integra_node.actions.practices import published_ref

    place = published_ref(row) or row.id
    return f"{row.status:10} {place:32} v{row.version} {_clean(row.title)}"


def _published(found: Published) -> dict[str, Any]:
    from integra_node.rules.practice import practice_json

    mark = found.mark
    return {
        "ref": mark.ref,
        "id": found.item_id,
        "version": found.version,
        "org": mark.org,
        "status": mark.status,
        "published_at": _utc(mark.published_at),
        "signed": mark.signed,
        "witnessed": mark.witnessed,
        "reason": found.reason or None,
        "body": practice_json(found.body) if found.body else None,
    }


def _published_lines(found: Published) -> Iterator[str]:
    mark = found.mark
    yield f"{mark.ref}  {mark.status}  version {found.version}  by {mark.org}"
    signed = "witnessed" if mark.witnessed else "signed" if mark.signed else "not signed yet"
    yield f"published {_utc(mark.published_at)}, {signed}"
    if found.reason:
        yield f"withdrawn: {_clean(found.reason)}"
    if found.body is not None:
        yield from _text(found.body)


def _text(body: Practice) -> Iterator[str]:
    language = body.language
    yield ""
    yield _clean(body.title[language])
    for part in (body.summary, body.description, body.failures):
        if part and language in part:
            yield ""
            yield from _clean(part[language]).splitlines()


def _clean(text: str) -> str:
    """Return a text that cannot move the cursor of a terminal."""
    return "".join(c for c in text if c.isprintable() or c == "\n")


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
