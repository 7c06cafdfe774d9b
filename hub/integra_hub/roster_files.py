"""What is in this roster file: a draft, a note with signatures, and whose?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from integra_node.join_request import MAX_REQUEST_BYTES, JoinRequest, parse_request
from integra_node.joining import read_roster
from integra_protocol.errors import BadSignatureError, ConflictError, InputError, IntegraError
from integra_protocol.keys import NoteKey
from integra_protocol.note import Note, SignatureLine, verify_lines
from integra_protocol.roster import Roster
from integra_protocol.roster_text import parse_roster
from integra_protocol.roster_trust import parse_roster_note


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterFile:
    """A roster that keeps every rule, with the signature lines beside it (none for a draft)."""

    roster: Roster
    lines: tuple[SignatureLine, ...]

    @property
    def note(self) -> Note:
        """The text with its lines."""
        return Note(text=self.roster.text, lines=self.lines)

    def signers(self, founders: Iterable[NoteKey]) -> tuple[str, ...]:
        """Return the names of those of ``founders`` whose signatures verify, sorted.

        Raises:
            InputError: a line of one of them does not verify.
        """
        try:
            verified = verify_lines(self.roster.text, self.lines, founders)
        except BadSignatureError as error:
            raise InputError("a founder's signature does not verify: ask for it again") from error
        return tuple(sorted({key.name for key, _ in verified}))


def open_roster(path: Path) -> RosterFile:
    """Read a draft or a note.

    Raises:
        InputError: it cannot be read, or is not a roster that keeps every rule.
    """
    data = read_roster(path)
    try:
        if b"\n\n" in data:
            note = parse_roster_note(data)
            return RosterFile(roster=parse_roster(note.text), lines=note.lines)
        return RosterFile(roster=parse_roster(data.decode()), lines=())
    except (IntegraError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error


def open_request(path: Path) -> JoinRequest:
    """Read a join request.

    Raises:
        InputError: it cannot be read, or is not a join request.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_REQUEST_BYTES + 1)
        return parse_request(data)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except InputError as error:
        raise InputError(f"{path}: {error.detail}") from error


def write_new(path: Path, data: bytes) -> None:
    """Write a new file that anybody may read; overwrite nothing.

    Raises:
        ConflictError: it is there already.
        InputError: it cannot be written.
    """
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise ConflictError(f"{path} is there already: nothing is overwritten") from error
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
