"""``integra log``: does a proof hold, are the logs of this node whole, and which rosters prove it?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from integra_node.cli.frame import EXISTING_FILE, Invocation
from integra_node.cli.opened import open_node
from integra_protocol.errors import InputError

if TYPE_CHECKING:
    from integra_node.actions.log_check import LogReport
    from integra_protocol.proof_verdict import ProofVerdict

MAX_ROSTERS: Final = 10_000
ROSTERS: Final = click.Path(exists=True, path_type=Path)


@click.group()
def log() -> None:
    """Verify proofs of entries, and the logs that this node holds."""


@log.command("check")
@click.argument("file", required=False, type=EXISTING_FILE)
@click.option("--roster", type=ROSTERS, help="A folder of signed rosters, or one file.")
@click.option(
    "--fingerprint",
    default="",
    help="Of the first roster, 64 hexadecimal digits, from a source that you trust.",
)
@click.option("--all", "whole", is_flag=True, help="Check every log in this node's database.")
@click.pass_obj
def check(
    invocation: Invocation, file: Path | None, roster: Path | None, fingerprint: str, *, whole: bool
) -> None:
    """Verify the proof in FILE offline, or with --all everything that this node holds.

    The proof needs no node and no network: only the rosters, and the fingerprint of the first one.
    Without --fingerprint that of --home is taken if there is one; else it is shown, for comparing.
    """
    if whole == (file is not None):
        raise click.UsageError("give either a file or --all")
    if file is None:
        _check_node(invocation)
        return
    if roster is None:
        raise click.UsageError("a proof is verified with --roster")
    _check_proof(invocation, file, roster, fingerprint)


@log.command("rosters")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def rosters_(invocation: Invocation, folder: Path) -> None:
    """Write every signed roster that this node has accepted into FOLDER, to go with a proof."""
    from integra_node.store import rosters

    with open_node(invocation.home) as opened:
        notes = opened.database.read_now(rosters.chain)
    folder.mkdir(parents=True, exist_ok=True)
    for version, note in enumerate(notes, start=1):
        (folder / f"{version:06d}.roster").write_bytes(note)
    invocation.tell({"written": len(notes)}, f"{len(notes)} rosters written to {folder}")


def read_rosters(place: Path) -> tuple[bytes, ...]:
    """Return the signed rosters of a folder or file in the order of their versions.

    Raises:
        InputError: there are none, or too many.
        ProtocolError: a file is not a roster.
    """
    from integra_protocol.roster_text import parse_roster
    from integra_protocol.roster_trust import parse_roster_note

    files = sorted(p for p in place.iterdir() if p.is_file()) if place.is_dir() else [place]
    if not 1 <= len(files) <= MAX_ROSTERS:
        raise InputError(f"there are no rosters in {place}, or too many")
    notes = [path.read_bytes() for path in files]
    return tuple(sorted(notes, key=lambda note: parse_roster(parse_roster_note(note).text).version))


def described(verdict: ProofVerdict) -> dict[str, Any]:
    """Return what a proof says, each statement apart (docs/protocol.md section 10)."""
    return {
        "included": True,
        "origin": verdict.header.origin,
        "index": verdict.header.index,
        "kind": verdict.content.kind if verdict.content else verdict.header.kind,
        "size": verdict.size,
        "root": verdict.root.hex(),
        "witnessed_by": {org: _utc(at) for org, at in sorted(verdict.witnessed_by.items())},
        "quorum": verdict.quorum,
        "witnessed": verdict.is_witnessed,
        "in_force": not verdict.is_void,
        "content_disclosed": verdict.content is not None,
        "officer": verdict.officer,
        "certified_at": verdict.certified_at,
        "revocation_excluded": verdict.is_revocation_excluded,
    }


def _check_proof(invocation: Invocation, file: Path, roster: Path, fingerprint: str) -> None:
    from integra_protocol.proof import MAX_PROOF_BYTES
    from integra_protocol.proof_verdict import verify_proof

    data = file.read_bytes()[: MAX_PROOF_BYTES + 1]
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not a proof") from error
    notes = read_rosters(roster)
    wanted, source = _fingerprint(invocation, notes, fingerprint)
    told = described(verify_proof(text, notes, wanted))
    told["fingerprint"], told["fingerprint_from"] = wanted, source
    invocation.tell(told, *_sentences(told))
    if not (told["witnessed"] and told["in_force"]):
        sys.exit(1)


def _fingerprint(invocation: Invocation, notes: Sequence[bytes], given: str) -> tuple[str, str]:
    """Return the fingerprint to verify with, and where it comes from."""
    from integra_node.config import CONFIG_FILE, load_config
    from integra_protocol.roster_text import text_hash
    from integra_protocol.roster_trust import parse_roster_note

    if given:
        return "".join(given.split()).lower(), "given"
    if (invocation.home / CONFIG_FILE).is_file():
        known = load_config(invocation.home).federation.fingerprint
        if known:
            return known, "home"
    return text_hash(parse_roster_note(notes[0]).text).hex(), "not compared"


def _sentences(told: dict[str, Any]) -> list[str]:
    lines = [
        f"included and unchanged: entry {told['index']} of {told['origin']}, tree {told['size']}",
        f"witnessed: {_yes(told['witnessed'])}, {len(told['witnessed_by'])} of {told['quorum']}",
        *(f"  {org} at {at}" for org, at in told["witnessed_by"].items()),
        f"in force by the newest roster: {_yes(told['in_force'])}",
    ]
    if told["content_disclosed"]:
        lines.append(f"content matches: yes, of kind {told['kind']}")
    else:
        lines.append("content matches: not disclosed in this file")
    lines += _officer(told)
    if told["fingerprint_from"] == "not compared":
        lines.append(f"Compare the fingerprint of the first roster: {told['fingerprint']}")
    return lines


def _officer(told: dict[str, Any]) -> list[str]:
    if told["officer"] is None:
        return ["signed by an officer: no, or not disclosed"]
    if told["certified_at"] is None:
        return [f"signed by {told['officer']}: not verified, the certificate is not in the file"]
    signed = f"signed by {told['officer']} as certified at index {told['certified_at']}"
    if told["revocation_excluded"]:
        return [signed, "revocation in between: excluded"]
    return [
        signed,
        f"revocation between {told['certified_at']} and {told['index']} not excluded offline",
    ]


def _check_node(invocation: Invocation) -> None:
    from integra_node.actions.log_check import check_logs

    with open_node(invocation.home) as opened:
        found = opened.database.read_now(lambda tx: check_logs(tx, opened.us))
    whole = not any(report.faults for report in found)
    told = {"ok": whole, "logs": [asdict(report) for report in found]}
    lines = [line for report in found for line in _report(report)]
    invocation.tell(told, *lines, "every log is whole" if whole else "there are faults")
    if not whole:
        sys.exit(1)


def _report(report: LogReport) -> list[str]:
    counts = ", ".join(f"{number} {what}" for what, number in sorted(report.counts.items()))
    sizes = f"{report.size} leaves, {report.signed_size} signed, {report.witnessed_size} witnessed"
    return [
        f"{report.origin}: {sizes}",
        f"  entries: {counts or 'none'}; {report.opened} opened",
        *(f"  FAULT {text}" for text in report.faults),
    ]


def _yes(value: bool) -> str:  # noqa: FBT001 - one value, one word
    return "yes" if value else "no"


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
