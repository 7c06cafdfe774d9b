"""``integra practice``: take practices in from files and out into them, list, show, withdraw."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from integra_node.cli.frame import FILE, Invocation
from integra_node.cli.import_files import Item, read_items
from integra_node.cli.lines import clean, utc
from integra_node.cli.opened import OPERATOR, open_node
from integra_protocol.errors import InputError

if TYPE_CHECKING:
    from integra_node.actions.library import Published
    from integra_node.actions.practice_imports import Imported
    from integra_node.cli.opened import Opened
    from integra_node.rules.practice import Practice
    from integra_node.rules.practice_export import Exported
    from integra_node.store.drafts import Draft

BATCH: Final = 500
_TABLES: Final = frozenset((".csv", ".tsv", ".txt", ".xlsx", ".xlsm"))


@click.group()
def practice() -> None:
    """Take practices in from files and out; list, show and withdraw those of this organisation."""


@practice.command("import")
@click.argument("sources", nargs=-1, required=True, metavar="FILE|FOLDER|URL...")
@click.option("--owner", default="", help="Only bodies whose owner_hint is this organisation.")
@click.option(
    "--keep-words",
    is_flag=True,
    help="Somebody has read the words that may point at a person; they may stay.",
)
@click.option(
    "--as",
    "form",
    type=click.Choice(["published", "submitted", "drafts"]),
    help="What becomes of them; published is for JSON only, and the default there.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be made and what is wrong.")
@click.option("--skip-wrong", is_flag=True, help="Take in the good rows although others are wrong.")
@click.option(
    "--language", default="en", help="Of texts that do not say theirs.", show_default=True
)
@click.option("--encoding", default="", help="Of a CSV file; absent: it is found out.")
@click.pass_obj
def import_(
    invocation: Invocation,
    sources: tuple[str, ...],
    owner: str,
    keep_words: bool,  # noqa: FBT001 - click passes it so
    form: str | None,
    dry_run: bool,  # noqa: FBT001 - same
    skip_wrong: bool,  # noqa: FBT001 - same
    language: str,
    encoding: str,
) -> None:
    """Take practices in from files (JSON, JSON Lines, CSV, XLSX) or an OAI-PMH repository.

    JSON is published at once; a folder stands for all its .json and .jsonl files.  That is the
    operator's act: no second person is asked, and the audit log says so.  Nothing is published
    while words in it may point at a person and nobody has said that they may stay.  Tables and
    repositories (https, named in the settings) become texts that wait for a second person, or
    drafts.  The same text from the same source is taken in once; a changed one becomes a new
    version.
    """
    tables = [one for one in sources if not _is_json(one)]
    if form == "published" and (tables or dry_run):
        raise InputError("tables and repositories are not published: a second person does that")
    if not tables and form in {None, "published"} and not dry_run:
        _publish(invocation, [_existing(one) for one in sources], owner, keep_words=keep_words)
        return
    hand_in = form != "drafts"
    with open_node(invocation.home) as opened:
        for source in sources:
            _take_in_table(
                invocation, opened, source, hand_in=hand_in, dry_run=dry_run,
                skip_wrong=skip_wrong, language=language, encoding=encoding,
            )  # fmt: skip


def _take_in_table(
    invocation: Invocation,
    opened: Opened,
    source: str,
    *,
    hand_in: bool,
    dry_run: bool,
    skip_wrong: bool,
    language: str,
    encoding: str,
) -> None:
    from integra_node import clock
    from integra_node.cli import import_tables

    lines = import_tables.read(
        opened, source, hand_in=hand_in, language=language, encoding=encoding
    )
    wrong = sum(one.outcome == "wrong" for one in lines)
    if dry_run:
        invocation.tell(import_tables.answer(lines), *import_tables.report(lines))
        return
    if wrong and not skip_wrong:
        for sentence in import_tables.report(lines):
            invocation.warn(sentence)
        raise InputError(f"nothing was taken in: {wrong} rows are wrong (see --skip-wrong)")
    done = import_tables.take_in(
        opened,
        lines,
        hand_in=hand_in,
        now=clock.system_clock(),
        told=lambda count, of: invocation.warn(f"{count} of {of} taken in"),
    )
    fated = {one.number: one for one in done}
    lines = tuple(fated.get(one.number, one) for one in lines)
    invocation.tell(import_tables.answer(lines), *import_tables.report(lines))


def _is_json(source: str) -> bool:
    path = Path(source)
    if source.startswith("https://"):
        return False
    return path.is_dir() or path.suffix.casefold() not in _TABLES


def _existing(source: str) -> Path:
    path = Path(source)
    if not path.exists():
        raise InputError(f"there is no {source}")
    return path


def _publish(
    invocation: Invocation, paths: Sequence[Path], owner: str, *, keep_words: bool
) -> None:
    items = list(read_items(paths, owner))
    with open_node(invocation.home) as opened:
        done = [
            one for part in _parts(items) for one in _import(opened, part, keep_words=keep_words)
        ]
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
    from integra_node.actions import practice_lists

    with open_node(invocation.home) as opened:
        rows = opened.database.read_now(
            lambda tx: practice_lists.list_for_operator(tx, limit=limit)
        )
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
    invocation.tell(_row(row), f"Withdrawn: {clean(row.title)} ({row.id}).")


@practice.command()
@click.option(
    "--format", "form", default="jsonl", type=click.Choice(["jsonl", "csv"]), show_default=True
)
@click.option("--output", type=FILE, help="A file to be made; absent: standard output.")
@click.pass_obj
def export(invocation: Invocation, form: str, output: Path | None) -> None:
    """Write every practice of the library that stands, any member's, as JSON Lines or CSV.

    Both can be imported again.  CSV has each practice in the language in which it was written.
    """
    from integra_node.rules.practice_export import csv_header, csv_line, json_line

    line: Callable[[Exported], str] = csv_line if form == "csv" else json_line
    with open_node(invocation.home) as opened, _written(output) as target:
        target.write(csv_header() if form == "csv" else "")
        count = 0
        for one in _exported(opened, form):
            target.write(line(one))
            count += 1
    if output is not None:
        invocation.tell({"practices": count}, f"{count} practices in {output}")


@contextmanager
def _written(path: Path | None) -> Iterator[TextIO]:
    """Open a new file that only its owner reads, whole or not there; None: standard output."""
    if path is None:
        yield sys.stdout
        return
    part = path.with_name(f".{path.name}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as failure:
        raise InputError(f"{part} cannot be written: {failure.strerror}") from failure
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as target:
            yield target
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def _exported(opened: Opened, form: str) -> Iterator[Exported]:
    from integra_node import clock
    from integra_node.actions import exporting

    now = clock.system_clock()
    opened.database.write_now(
        lambda tx: exporting.begin_as_operator(tx, form=form, actor=OPERATOR, now=now)
    )
    after: int | None = 0
    while after is not None:
        block = opened.database.read_now(
            lambda tx, after=after: exporting.block_as_operator(tx, after=after)  # type: ignore[misc]  # bound at once
        )
        yield from block.items
        after = block.next


_OUTCOMES: Final = ("new", "changed", "unchanged")


def _import(opened: Opened, items: Sequence[Item], *, keep_words: bool) -> tuple[Imported, ...]:
    from integra_node import clock
    from integra_node.actions import practice_imports
    from integra_node.rules.problems import InvalidFieldsError

    pairs = [(item.source_id, item.body) for item in items]
    try:
        return opened.database.write_now(
            lambda tx: practice_imports.import_practices(
                tx,
                opened.us,
                pairs,
                keep_words=keep_words,
                actor=OPERATOR,
                now=clock.system_clock(),
            )
        )
    except InvalidFieldsError as failure:
        lines = (_problem(items, problem.path, problem.code) for problem in failure.problems)
        raise InputError("nothing was taken in\n  " + "\n  ".join(lines)) from failure


def _problem(items: Sequence[Item], path: str, code: str) -> str:
    number, _, rest = path.partition(".")
    if len(items) > 1 and number.isdigit():
        return f"{items[int(number)].place}: {rest or 'the whole'}: {code}"
    return f"{items[0].place}: {path or 'the whole'}: {code}"


def _parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def _row(row: Draft) -> dict[str, Any]:
    from integra_node.actions.practice_rows import published_ref

    return {
        "id": row.id,
        "ref": published_ref(row) or None,
        "title": row.title,
        "language": row.language,
        "status": row.status,
        "version": row.version,
        "updated_at": utc(row.updated_at),
    }


def _line(row: Draft) -> str:
    from integra_node.actions.practice_rows import published_ref

    place = published_ref(row) or row.id
    return f"{row.status:10} {place:32} v{row.version} {clean(row.title)}"


def _published(found: Published) -> dict[str, Any]:
    from integra_node.rules.practice import practice_json

    mark = found.mark
    return {
        "ref": mark.ref,
        "id": found.item_id,
        "version": found.version,
        "org": mark.org,
        "status": mark.status,
        "published_at": utc(mark.published_at),
        "signed": mark.signed,
        "witnessed": mark.witnessed,
        "reason": found.reason or None,
        "body": practice_json(found.body) if found.body else None,
    }


def _published_lines(found: Published) -> Iterator[str]:
    mark = found.mark
    yield f"{mark.ref}  {mark.status}  version {found.version}  by {mark.org}"
    signed = "witnessed" if mark.witnessed else "signed" if mark.signed else "not signed yet"
    yield f"published {utc(mark.published_at)}, {signed}"
    if found.reason:
        yield f"withdrawn: {clean(found.reason)}"
    if found.body is not None:
        yield from _text(found.body)


def _text(body: Practice) -> Iterator[str]:
    language = body.language
    yield ""
    yield clean(body.title[language])
    for part in (body.summary, body.description, body.failures):
        if part and language in part:
            yield ""
            yield from clean(part[language]).splitlines()
