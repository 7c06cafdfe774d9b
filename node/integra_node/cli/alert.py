"""``integra alert``: take drafts in from files, list our own, show what every member may read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from integra_node.cli.frame import Invocation
from integra_node.cli.import_files import Item, read_items
from integra_node.cli.lines import clean, utc
from integra_node.cli.opened import OPERATOR, open_node
from integra_protocol.errors import InputError

if TYPE_CHECKING:
    from integra_node.actions.alert_drafts import OwnAlert
    from integra_node.actions.alert_reading import AlertView
    from integra_node.rules.alert import Alert
    from integra_node.rules.alert_draft import AlertDraft
    from integra_node.store.drafts import Draft

PATH: Final = click.Path(exists=True, path_type=Path)
MAX_ITEMS: Final = 500


@click.group()
def alert() -> None:
    """Take drafts of alerts in from files; list our own; show clear ones of any member."""


@alert.command("import")
@click.argument("paths", nargs=-1, required=True, type=PATH)
@click.option("--owner", default="", help="Only bodies whose owner_hint is this organisation.")
@click.pass_obj
def import_(invocation: Invocation, paths: tuple[Path, ...], owner: str) -> None:
    """Make drafts from files: one JSON object, a list of them, or JSON Lines (.jsonl).

    Nothing is published: a person clears each draft and an officer signs it.  The same source is
    taken in once, whatever stands in it later.
    """
    items = list(read_items(paths, owner))
    if len(items) > MAX_ITEMS:
        raise InputError(f"more than {MAX_ITEMS} alerts at once")
    entered = [_entered(item) for item in items]
    with open_node(invocation.home) as opened:
        made = opened.database.write_now(
            lambda tx: _create(tx, opened.us, items, entered)  # all or none
        )
    invocation.tell(
        {"items": [_row(one.row) for one in made]},
        *(_line(one.row) for one in made),
        f"{len(made)} drafts",
    )


@alert.command("list")
@click.option("--limit", default=50, type=click.IntRange(1, 200), show_default=True)
@click.pass_obj
def list_(invocation: Invocation, limit: int) -> None:
    """List the alerts of this organisation, newest change first, without their texts."""
    from integra_node.actions import alert_drafts

    with open_node(invocation.home) as opened:
        rows = opened.database.read_now(lambda tx: alert_drafts.list_for_operator(tx, limit=limit))
    invocation.tell({"items": [_row(one) for one in rows]}, *map(_line, rows))


@alert.command()
@click.argument("ref")
@click.pass_obj
def show(invocation: Invocation, ref: str) -> None:
    """Show a clear alert of any member by its ref, ``org~epoch~index``.

    Sealed alerts are read on the staff pages, where it is logged who did.
    """
    from integra_node.actions import alert_reading

    with open_node(invocation.home) as opened:
        view = opened.database.read_now(lambda tx: alert_reading.find_clear(tx, opened.us, ref))
    invocation.tell(_published(view), *_published_lines(view))


def _entered(item: Item) -> AlertDraft:
    from integra_node.rules.alert_draft import parse_draft
    from integra_node.rules.problems import InvalidFieldsError

    try:
        return parse_draft(item.body)
    except InvalidFieldsError as failure:
        lines = (f"{item.place}: {p.path or 'the whole'}: {p.code}" for p in failure.problems)
        raise InputError("nothing was taken in\n  " + "\n  ".join(lines)) from failure


def _create(
    tx: Any,  # noqa: ANN401 - naming it would load SQLAlchemy for --help
    us: Any,  # noqa: ANN401 - same
    items: Sequence[Item],
    entered: Sequence[AlertDraft],
) -> list[OwnAlert]:
    from integra_node import clock
    from integra_node.actions import alert_drafts

    now = clock.system_clock()
    return [
        alert_drafts.create_as_operator(
            tx, us, draft, source_id=item.source_id, actor=OPERATOR, now=now
        )
        for item, draft in zip(items, entered, strict=True)
    ]


def _row(row: Draft) -> dict[str, Any]:
    return {
        "id": row.id,
        "ref": _ref(row) or None,
        "language": row.language,
        "tlp": row.tlp,
        "status": row.status,
        "version": row.version,
        "source_id": row.source_id,
        "updated_at": utc(row.updated_at),
    }


def _line(row: Draft) -> str:
    place = _ref(row) or row.id
    return f"{row.status:10} {place:32} v{row.version} TLP:{row.tlp} {row.source_id or ''}".rstrip()


def _ref(row: Draft) -> str:
    from integra_protocol.bodies import EntryRef, format_ref

    if row.origin is None or row.idx is None:
        return ""
    return format_ref(EntryRef(origin=row.origin, index=row.idx))


def _published(view: AlertView) -> dict[str, Any]:
    from integra_node.rules.alert import alert_json

    body = view.received.body
    return {
        "ref": view.ref,
        "org": view.org,
        "status": view.status,
        "version": view.received.version,
        "tlp": view.received.tlp.value,
        "published_at": utc(view.published_at),
        "expires_at": utc(view.expires_at) if view.expires_at else None,
        "officer": view.officer,
        "signed": view.signed,
        "witnessed": view.witnessed,
        "reason": view.reason or None,
        "body": alert_json(body) if body else None,
    }


def _published_lines(view: AlertView) -> Iterator[str]:
    yield f"{view.ref}  {view.status}  TLP:{view.received.tlp.value}  by {view.org}"
    signed = "witnessed" if view.witnessed else "signed" if view.signed else "not signed yet"
    yield f"published {utc(view.published_at)}, {signed}, officer {view.officer}"
    if view.reason:
        yield f"retracted: {clean(view.reason)}"
    if view.received.body is not None:
        yield from _text(view.received.body)


def _text(body: Alert) -> Iterator[str]:
    language = body.language
    yield f"severity {body.severity}, {body.type}"
    yield ""
    yield clean(body.title[language])
    for part in (body.body, body.recommended_action, body.do_not_do):
        if part and language in part:
            yield ""
            yield from clean(part[language]).splitlines()
