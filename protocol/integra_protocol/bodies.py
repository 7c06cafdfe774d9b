"""Which protocol fields does the data of each kind carry?

docs/protocol.md sections 4, 7 and 8.  Each ``parse_*`` turns a content into a frozen view of the
fields that the protocol names and leaves the domain's own fields alone.  Every failure is
``BadBodyError("bad-data")``: these are the rules that a ``bad-body`` reply speaks of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from integra_protocol.canonical import Value
from integra_protocol.content import Content
from integra_protocol.errors import BadBodyError, BadCanonicalError
from integra_protocol.keys import parse_officer_id, parse_origin
from integra_protocol.limits import HASH_BYTES, MAX_PART_BYTES, MAX_PARTS, MAX_SIZE

MACHINE_STEPS: Final = frozenset({"delivered", "bad-body", "opened"})
OFFICER_STEPS: Final = frozenset(
    {
        "acknowledged",
        "question",
        "answer",
        "accepted",
        "adapted",
        "partly",
        "refused",
        "postponed",
        "started",
        "completed",
        "closed",
        "withdrawn",
        "misdirected",
        "correction",
        "consent-withdrawn",
    }
)
STATUSES: Final = frozenset({"published", "withdrawn"})
FEEDBACKS: Final = frozenset({"ack", "seen", "not-seen", "false"})
FEEDBACK_BANDS: Final = frozenset({"1-4", "5-9", "10-49", "50+"})
OUTCOMES: Final = frozenset({"erased", "restricted", "continues"})
CLEAR_TLPS: Final = frozenset({"CLEAR", "GREEN"})
SEALED_TLPS: Final = frozenset({"AMBER", "AMBER+STRICT", "RED"})
RED: Final = "RED"
REPORT: Final = "report"
COMMENT: Final = "comment"
QUESTION: Final = "question"
ANSWER: Final = "answer"
REMARK_FORMS: Final = frozenset({REPORT, COMMENT, QUESTION, ANSWER})
MEDIA_TYPES: Final = frozenset(
    {
        "application/pdf",
        "application/vnd.oasis.opendocument.text",
        "image/jpeg",
        "image/png",
        "text/plain",
    }
)

ROLE: Final = re.compile(r"[ -~]{1,128}")

_ID: Final = re.compile(r"[!-~]{1,128}")
_FORM: Final = re.compile(r"[a-z][a-z-]{0,31}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")
_FILE_NAME: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f/\\:\u2028-\u202e\u2066-\u2069]{1,255}")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,15}")
_REASON: Final = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f]{1,2000}")
_MAX_READERS: Final = 8
_MAX_BASES: Final = 32
_PUBLIC_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRef:
    """One entry of one log: its name for ever (section 6)."""

    origin: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One version (from 1) of a practice or a code list; ``status`` published or withdrawn."""

    id: str
    version: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One version (from 1) of an alert; ``readers`` are officers of the recipient, RED only."""

    id: str
    version: int
    tlp: str
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What a summary or handover says of its handling.

    ``other_basis`` holds the codes of what goes on when consent is withdrawn, empty when nothing
    does; ``tlp`` is absent when the data leaves it to the domain; ``readers`` as in ``Alert``.
    """

    other_basis: tuple[str, ...]
    tlp: str | None
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One version (from 1) of what an organisation says about a published practice.

    ``target`` is the version of the practice that it speaks of.  ``form`` is ``review``,
    ``translation``, one of ``REMARK_FORMS``, or a word that only newer nodes know.  ``question`` is
    what an answer answers, ``language`` that of a translation; absent otherwise.
    """

    target: EntryRef
    id: str
    version: int
    form: str
    question: EntryRef | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """An organisation's word on an alert: ack, seen, not-seen or false.

    ``band`` says with ``seen`` how often, one of ``FEEDBACK_BANDS``; empty when it is not said.
    """

    target: EntryRef
    what: str
    band: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One step about the first entry of an exchange; ``number`` counts this author's replies."""

    target: EntryRef
    step: str
    number: int
    why: str | None

    @property
    def machine_made(self) -> bool:
        """Say whether the step is the organisation's word, without an officer."""
        return self.step in MACHINE_STEPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a holder did after consent was withdrawn: erased, restricted or continues."""

    target: EntryRef
    what: str
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One piece (number from 0, of ``count``) of the file whose SHA-256 is ``file_hash``."""

    file_hash: bytes
    number: int
    count: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRef:
    """A file that an entry names; ``size`` in bytes, ``media`` one of ``MEDIA_TYPES``."""

    file_hash: bytes
    name: str
    media: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerCert:
    """An officer's key (32 bytes, Ed25519) as certified in its own log (section 7)."""

    id: str
    public: bytes
    role: str
    osig_self: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerRevocation:
    """The end of an officer's key (section 7)."""

    id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """The log that an erase aims at, and a reason when everybody may read it (section 8)."""

    origin: str
    why: str | None


def parse_edition(content: Content) -> Edition:
    """Read a ``practice`` or ``codes``; raises ``BadBodyError``."""
    data = _Fields(content)
    data.one_of("tlp", CLEAR_TLPS, required=False)
    return Edition(
        id=data.id("id"),
        version=data.number("version", 1, MAX_SIZE),
        status=data.one_of("status", STATUSES),
    )


def parse_alert(content: Content) -> Alert:
    """Read an ``alert``; raises ``BadBodyError``."""
    data = _Fields(content)
    tlp = data.one_of("tlp", CLEAR_TLPS | SEALED_TLPS)
    return Alert(
        id=data.id("id"),
        version=data.number("version", 1, MAX_SIZE),
        tlp=tlp,
        readers=data.readers(tlp),
    )


def parse_disclosure(content: Content) -> Disclosure:
    """Read a ``summary`` or ``handover``; raises ``BadBodyError``."""
    data = _Fields(content)
    tlp = data.one_of("tlp", SEALED_TLPS, required=False) or None
    bases = data.list("other_basis", 0, _MAX_BASES)
    return Disclosure(
        other_basis=tuple(_matching("other_basis", item, _ID) for item in bases),
        tlp=tlp,
        readers=data.readers(tlp),
    )


def parse_review(content: Content) -> Response:
    """Read a ``review``; raises ``BadBodyError``."""
    return _response(_Fields(content), "review")


def parse_remark(content: Content) -> Response:
    """Read a ``remark``; a form that only newer nodes know passes; raises ``BadBodyError``."""
    data = _Fields(content)
    form = data.matching("form", _FORM)
    question = parse_ref(data.id("to")) if form == ANSWER else None
    return _response(data, form, question=question)


def parse_translation(content: Content) -> Response:
    """Read a ``translation``; raises ``BadBodyError``."""
    data = _Fields(content)
    return _response(data, "translation", language=data.matching("language", _LANGUAGE))


def parse_feedback(content: Content) -> Feedback:
    """Read an ``alert-feedback``; raises ``BadBodyError``."""
    data = _Fields(content)
    what = data.one_of("what", FEEDBACKS)
    band = data.known_word("band", FEEDBACK_BANDS) if what == "seen" else ""
    return Feedback(target=data.target(), what=what, band=band)


def parse_reply(content: Content) -> Reply:
    """Read a ``reply``; raises ``BadBodyError``."""
    data = _Fields(content)
    step = data.one_of("step", MACHINE_STEPS | OFFICER_STEPS)
    return Reply(
        target=data.target(),
        step=step,
        number=data.number("n", 1, MAX_SIZE),
        why=data.reason("why", required=step == "bad-body"),
    )


def parse_receipt(content: Content) -> Receipt:
    """Read a ``receipt``; ``continues`` says why; raises ``BadBodyError``."""
    data = _Fields(content)
    what = data.one_of("what", OUTCOMES)
    return Receipt(
        target=data.target(), what=what, why=data.reason("why", required=what == "continues")
    )


def parse_part(content: Content) -> Part:
    """Read a ``part``; raises ``BadBodyError``."""
    data = _Fields(content)
    data.only({"f", "n", "of", "b"})
    count = data.number("of", 1, MAX_PARTS)
    return Part(
        file_hash=data.octets("f", HASH_BYTES, HASH_BYTES),
        number=data.number("n", 0, count - 1),
        count=count,
        data=data.octets("b", 1, MAX_PART_BYTES),
    )


def parse_files(content: Content) -> tuple[FileRef, ...]:
    """Read the ``files`` of any kind, none when it has no such key; raises ``BadBodyError``."""
    if "files" not in content.data:
        return ()
    files = tuple(_file(item) for item in _Fields(content).list("files", 1, MAX_PARTS))
    if sum(parts_of(file.size) for file in files) > MAX_PARTS:
        raise _bad("files: more than 64 parts")
    return files


def parts_of(size: int) -> int:
    """Return how many parts a file of ``size`` bytes needs at least."""
    return -(-size // MAX_PART_BYTES)


def parse_officer(content: Content) -> OfficerCert:
    """Read an ``officer`` certificate, its self-signature unchecked; raises ``BadBodyError``."""
    data = _Fields(content)
    data.only({"id", "pub", "role", "osig_self"})
    return OfficerCert(
        id=data.officer("id"),
        public=data.octets("pub", _PUBLIC_BYTES, _PUBLIC_BYTES),
        role=data.matching("role", ROLE),
        osig_self=data.octets("osig_self", _SIGNATURE_BYTES, _SIGNATURE_BYTES),
    )


def parse_officer_revocation(content: Content) -> OfficerRevocation:
    """Read an ``officer-rev``; raises ``BadBodyError``."""
    data = _Fields(content)
    data.only({"id", "why"})
    return OfficerRevocation(id=data.officer("id"), why=data.reason("why", required=True) or "")


def parse_erase(content: Content) -> Erase:
    """Read an ``erase``; raises ``BadBodyError``."""
    data = _Fields(content)
    data.only({"o", "why"})
    return Erase(origin=data.origin("o"), why=data.reason("why", required=False))


def parse_ack(content: Content) -> EntryRef:
    """Read which ``erase`` an ``ack`` answers; it says nothing else; raises ``BadBodyError``."""
    data = _Fields(content)
    data.only({"o", "i"})
    return data.target()


def parse_ref(text: str) -> EntryRef:
    """Parse ``org~epoch~index``, the name of a published entry; raises ``BadBodyError``."""
    parts = text.split("~")
    if len(parts) != 3 or _INDEX.fullmatch(parts[2]) is None or int(parts[2]) >= MAX_SIZE:
        raise _bad("ref: not org~epoch~index")
    return EntryRef(origin=_origin(f"{parts[0]}/log/{parts[1]}"), index=int(parts[2]))


def format_ref(ref: EntryRef) -> str:
    """Return ``org~epoch~index``; raises ``BadBodyError`` when the origin is none."""
    org, epoch = parse_origin(ref.origin)
    return f"{org}~{epoch}~{ref.index}"


class _Fields:
    """Typed access to one data map; every failure is ``bad-data`` and names the key only."""

    __slots__ = ("_data",)

    def __init__(self, content: Content) -> None:
        self._data = content.data

    def only(self, keys: set[str]) -> None:
        if not self._data.keys() <= keys:
            raise _bad("a key that this kind does not have")

    def number(self, key: str, low: int, high: int) -> int:
        value = self._data.get(key)
        if type(value) is not int or not low <= value <= high:
            raise _bad(f"{key}: not a number in range")
        return value

    def octets(self, key: str, low: int, high: int) -> bytes:
        value = self._data.get(key)
        if not isinstance(value, bytes) or not low <= len(value) <= high:
            raise _bad(f"{key}: not bytes of that length")
        return value

    def list(self, key: str, low: int, high: int) -> list[Value]:
        value = self._data.get(key)
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise _bad(f"{key}: not a list of that length")
        return value

    def id(self, key: str) -> str:
        return self.matching(key, _ID)

    def matching(self, key: str, pattern: re.Pattern[str]) -> str:
        return _matching(key, self._data.get(key), pattern)

    def one_of(self, key: str, allowed: frozenset[str], *, required: bool = True) -> str:
        if not required and key not in self._data:
            return ""
        value = self._data.get(key)
        if not isinstance(value, str) or value not in allowed:
            raise _bad(f"{key}: not an allowed word")
        return value

    def known_word(self, key: str, known: frozenset[str]) -> str:
        """Return a word if it is one of those known; another is as if it were not there."""
        value = self._data.get(key)
        return value if isinstance(value, str) and value in known else ""

    def reason(self, key: str, *, required: bool) -> str | None:
        if not required and key not in self._data:
            return None
        return self.matching(key, _REASON)

    def officer(self, key: str) -> str:
        return _officer_id(key, self._data.get(key))

    def origin(self, key: str) -> str:
        value = self._data.get(key)
        if not isinstance(value, str):
            raise _bad(f"{key}: not an origin")
        return _origin(value)

    def target(self) -> EntryRef:
        return EntryRef(origin=self.origin("o"), index=self.number("i", 0, MAX_SIZE - 1))

    def readers(self, tlp: str | None) -> tuple[str, ...]:
        if tlp != RED:
            if "for" in self._data:
                raise _bad("for: only with RED")
            return ()
        items = self.list("for", 1, _MAX_READERS)
        readers = tuple(_officer_id("for", item) for item in items)
        if len(set(readers)) != len(readers):
            raise _bad("for: an officer twice")
        return readers


def _response(
    data: _Fields, form: str, *, question: EntryRef | None = None, language: str | None = None
) -> Response:
    data.one_of("tlp", CLEAR_TLPS, required=False)
    return Response(
        target=parse_ref(data.id("ref")),
        id=data.id("id"),
        version=data.number("version", 1, MAX_SIZE),
        form=form,
        question=question,
        language=language,
    )


def _file(item: Value) -> FileRef:
    if not isinstance(item, dict) or item.keys() != {"f", "name", "media", "size"}:
        raise _bad("files: not f, name, media, size")
    file_hash, media, size = item["f"], item["media"], item["size"]
    if not isinstance(file_hash, bytes) or len(file_hash) != HASH_BYTES:
        raise _bad("files: f is not 32 bytes")
    if not isinstance(media, str) or media not in MEDIA_TYPES:
        raise _bad("files: media type is not allowed")
    if type(size) is not int or not 1 <= size <= MAX_PARTS * MAX_PART_BYTES:
        raise _bad("files: size out of range")
    name = _matching("files", item["name"], _FILE_NAME)
    if name in {".", ".."}:
        raise _bad("files: not a name")
    return FileRef(file_hash=file_hash, name=name, media=media, size=size)


def _matching(key: str, value: Value, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise _bad(f"{key}: not of that form")
    return value


def _officer_id(key: str, value: Value) -> str:
    if not isinstance(value, str):
        raise _bad(f"{key}: not an officer")
    try:
        return parse_officer_id(value)
    except BadCanonicalError as error:
        raise _bad(f"{key}: not an officer") from error


def _origin(text: str) -> str:
    try:
        parse_origin(text)
    except BadCanonicalError as error:
        raise _bad("o: not an origin") from error
    return text


def _bad(detail: str) -> BadBodyError:
    return BadBodyError("bad-data", detail)
