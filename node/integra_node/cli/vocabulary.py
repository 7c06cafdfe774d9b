"""``integra vocabulary``: the thesaurus of the search, and what this organisation adds to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from integra_node.cli.frame import Invocation
from integra_node.cli.lines import clean
from integra_node.cli.opened import OPERATOR, open_node
from integra_protocol.errors import InputError

if TYPE_CHECKING:
    from integra_node.actions.terms import HeldTerms
    from integra_node.rules.problems import Problem

MAX_FILE_BYTES: Final = 1_048_576


@click.group()
def vocabulary() -> None:
    """Show the words of the search's thesaurus; add words for every member, or take them back."""


@vocabulary.command()
@click.argument("concept", required=False)
@click.pass_obj
def show(invocation: Invocation, concept: str | None) -> None:
    """Show which lists members have published, or all names of one CONCEPT."""
    from integra_node.actions.terms import held, vocabulary_with
    from integra_node.search.vocabulary import load_vocabulary

    with open_node(invocation.home) as opened:
        lists, whole = opened.database.read_now(
            lambda tx: (held(tx), vocabulary_with(tx, load_vocabulary()))
        )
    if concept is None:
        said: dict[str, Any] = {
            "concepts": len(whole.concepts),
            "lists": [_described(one) for one in lists],
        }
        lines = [_line(one) for one in lists]
        invocation.tell(said, f"{len(whole.concepts)} concepts", *lines)
        return
    found = whole.concepts.get(concept)
    if found is None:
        raise InputError("there is no such concept")
    names = {
        language: [label, *found.alternative.get(language, ())]
        for language, label in found.preferred.items()
    }
    names.update({k: list(v) for k, v in found.alternative.items() if k not in names})
    invocation.tell(
        {"id": found.id, "broader": list(found.broader), "names": names},
        *(f"{language}: {clean(', '.join(some))}" for language, some in sorted(names.items())),
    )


@vocabulary.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def publish(invocation: Invocation, file: Path) -> None:
    """Publish FILE as this organisation's list of words, in place of the one before.

    FILE is SKOS in JSON-LD: an object with "concepts", each with "id", "prefLabel" and "altLabel" by
    language, and "broader".  Names for a known concept are added to it.  This is the operator's act:
    no second person is asked, and the audit log says so.
    """
    from integra_node import clock
    from integra_node.actions import terms
    from integra_node.rules.problems import InvalidFieldsError

    data = _read(file)
    try:
        with open_node(invocation.home) as opened:
            done = opened.database.write_now(
                lambda tx: terms.publish_as_operator(
                    tx, opened.us, data, actor=OPERATOR, now=clock.system_clock()
                )
            )
    except InvalidFieldsError as failure:
        lines = "\n  ".join(map(_problem, failure.problems))
        raise InputError(f"nothing was published\n  {lines}") from failure
    invocation.tell(_described(done), f"Published: {_line(done)}.")


@vocabulary.command()
@click.option("--reason", required=True, help="Why; for the audit log.")
@click.pass_obj
def withdraw(invocation: Invocation, reason: str) -> None:
    """Take this organisation's list back."""
    from integra_node import clock
    from integra_node.actions import terms

    with open_node(invocation.home) as opened:
        version = opened.database.write_now(
            lambda tx: terms.withdraw_as_operator(
                tx, opened.us, reason=reason, actor=OPERATOR, now=clock.system_clock()
            )
        )
    invocation.tell({"version": version}, f"Withdrawn as version {version}.")


def _read(file: Path) -> dict[str, object]:
    if file.stat().st_size > MAX_FILE_BYTES:
        raise InputError(f"{file} is larger than {MAX_FILE_BYTES:,} bytes")
    try:
        data = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not JSON") from error
    if not isinstance(data, dict):
        raise InputError(f"{file} is not an object of JSON")
    return data


def _problem(problem: Problem) -> str:
    return f"{problem.path or 'the file'}: {problem.code}"


def _described(one: HeldTerms) -> dict[str, Any]:
    return {
        "ref": one.ref,
        "org": one.org,
        "version": one.version,
        "concepts": len(one.body.concepts),
    }


def _line(one: HeldTerms) -> str:
    return f"{one.ref} version {one.version}, {len(one.body.concepts)} concepts"
