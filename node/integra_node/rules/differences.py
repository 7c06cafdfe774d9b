"""What differs between two texts of a practice? Field by field, and within a text word by word.

Both texts may come from partners: the work is bounded by the number of paragraphs and words that are
compared with each other; what is beyond is shown as removed and added as a whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from pydantic import BaseModel

from integra_node.rules.practice import Practice, practice_json
from integra_node.rules.wire import Json

MAX_PARAGRAPHS: Final = 300  # of one text, to be aligned
MAX_WORDS: Final = 400  # of one paragraph, to be compared word by word
MAX_WORK: Final = 4_000_000  # pairs of words looked at for one answer
_ALIKE: Final = 0.4  # part of the words that two versions of one paragraph share
_PAIR: Final = 30  # what it costs to see how alike two paragraphs are, in pairs of words
# What follows from the entry or from the form of the text, not from what somebody wrote.
_NOT_WRITTEN: Final = frozenset({"language"})


class Kind(StrEnum):
    """What became of a piece."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


Piece = tuple[Kind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that differs.

    Attributes:
        path: The field, dotted; numbers count from 0.
        language: Of a text that people wrote; empty for a code, number or date.
        paragraphs: The text as it was and is, pieces in reading order.
    """

    path: str
    language: str
    paragraphs: tuple[tuple[Piece, ...], ...]


def differences(before: Practice, after: Practice) -> tuple[Difference, ...]:
    """Return the fields that differ, in the order of the schema; equal texts give none."""
    work = _Work()
    old, new = dict(_fields(before)), dict(_fields(after))
    order = {name: place for place, name in enumerate(Practice.model_fields)}
    paths = sorted(old.keys() | new.keys(), key=lambda key: (order[_first(key[0])], key))
    return tuple(
        Difference(path=path, language=language, paragraphs=_compared(was, now, language, work))
        for path, language in paths
        if (was := old.get((path, language), "")) != (now := new.get((path, language), ""))
    )


def fields(practice: Practice) -> dict[str, dict[str, str]]:
    """Return what a practice says: by dotted field, the text in each language.

    Codes, numbers and dates stand under an empty language; of several, one a line.
    """
    found: dict[str, dict[str, str]] = {}
    for (path, language), text in _fields(practice):
        found.setdefault(path, {})[language] = text
    return found


class _Work:
    """How much may still be compared."""

    def __init__(self) -> None:
        self.left = MAX_WORK

    def take(self, pairs: int) -> bool:
        """Say whether so many pairs may still be looked at, and count them."""
        if pairs > self.left:
            return False
        self.left -= pairs
        return True


def _first(path: str) -> str:
    return path.partition(".")[0]


def _fields(practice: Practice) -> Iterator[tuple[tuple[str, str], str]]:
    for name, value in practice_json(practice).items():
        if name not in _NOT_WRITTEN:
            yield from _walk(name, getattr(practice, name), value)


def _walk(path: str, value: object, as_json: Json) -> Iterator[tuple[tuple[str, str], str]]:
    match value, as_json:
        case BaseModel(), dict():
            for name, item in as_json.items():
                yield from _walk(f"{path}.{name}", getattr(value, name), item)
        case dict(), dict():
            for language, text in as_json.items():
                yield (path, language), str(text)
        case tuple(), list():
            yield from _list(path, value, as_json)
        case _:
            yield (path, ""), _word(as_json)


def _list(
    path: str, value: Sequence[object], as_json: Sequence[Json]
) -> Iterator[tuple[tuple[str, str], str]]:
    """Lists of texts are one text a language, a line each; lists of codes are lines of codes."""
    if all(isinstance(one, str) for one in value):
        yield (path, ""), "\n".join(str(one) for one in as_json)
        return
    if all(isinstance(one, dict) for one in value):
        lines: dict[str, list[str]] = {}
        for texts in value:
            for language, text in texts.items() if isinstance(texts, dict) else ():
                lines.setdefault(language, []).append(" ".join(text.split()))
        for language, found in lines.items():
            yield (path, language), "\n".join(found)
        return
    for number, (one, item) in enumerate(zip(value, as_json, strict=True)):
        yield from _walk(f"{path}.{number}", one, item)


def _word(value: Json) -> str:
    match value:
        case bool():
            return "1" if value else "0"
        case None:
            return ""
    return str(value)


def _compared(was: str, now: str, language: str, work: _Work) -> tuple[tuple[Piece, ...], ...]:
    old, new = _lines(was), _lines(now)
    if len(old) > MAX_PARAGRAPHS or len(new) > MAX_PARAGRAPHS or not work.take(len(old) * len(new)):
        return _whole(old, new)
    found: list[tuple[Piece, ...]] = []
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            found += [((Kind.SAME, line),) for line in old[a:b]]
        elif language:
            found += _replaced(old[a:b], new[c:d], work)
        else:
            found += _whole(old[a:b], new[c:d])
    return tuple(found)


def _replaced(old: Sequence[str], new: Sequence[str], work: _Work) -> list[tuple[Piece, ...]]:
    """Compare each paragraph with the next one that is alike; the others went or came whole."""
    if not work.take(len(old) * len(new) * _PAIR):
        return list(_whole(old, new))
    found: list[tuple[Piece, ...]] = []
    words, at = [frozenset(line.split()) for line in new], 0
    for line in old:
        own = frozenset(line.split())
        best = max(range(at, len(new)), key=lambda n: _likeness(own, words[n]), default=None)
        if best is None or _likeness(own, words[best]) < _ALIKE:
            found += _whole([line], [])
            continue
        found += [*_whole([], new[at:best]), _words(line, new[best], work)]
        at = best + 1
    return [*found, *_whole([], new[at:])]


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def _words(was: str, now: str, work: _Work) -> tuple[Piece, ...]:
    old, new = was.split(), now.split()
    too_long = len(old) > MAX_WORDS or len(new) > MAX_WORDS
    # Looking for the longest common run again and again takes cubic time in the worst case.
    if too_long or not work.take(len(old) * len(new)):
        return ((Kind.REMOVED, was), (Kind.ADDED, now))
    pieces: list[Piece] = []
    for what, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append((Kind.SAME, " ".join(old[a:b])))
            continue
        if b > a:
            pieces.append((Kind.REMOVED, " ".join(old[a:b])))
        if d > c:
            pieces.append((Kind.ADDED, " ".join(new[c:d])))
    return tuple(pieces)


def _whole(old: Sequence[str], new: Sequence[str]) -> tuple[tuple[Piece, ...], ...]:
    return (
        *(((Kind.REMOVED, line),) for line in old),
        *(((Kind.ADDED, line),) for line in new),
    )


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]
