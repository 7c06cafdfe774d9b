"""What stands in one answer of an OAI-PMH repository? Dublin Core, as records of practices.

``oai_dc`` says little: a title, a description, words.  What is made of it is a beginning for a draft,
with the repository's identifier as where it comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from integra_node.intake.refusal import UnreadableError
from integra_node.rules.codes import codes_of
from integra_node.rules.practice_flat import code_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # only the type of what defusedxml returns

MAX_ANSWER_BYTES: Final = 8 * 1024 * 1024
MAX_RECORDS: Final = 2_000  # of one answer
MAX_TOKEN: Final = 2_048  # characters
MAX_SUMMARY: Final = 600  # characters
_OAI: Final = "{http://www.openarchives.org/OAI/2.0/}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_SUBJECTS: Final = (
    ("setting", "settings"),
    ("stage", "stages"),
    ("method", "methods"),
    ("need_domain", "need_domains"),
    ("target_group", "target_groups"),
)
# ISO 639-2, both forms, of the languages that the pages speak and some neighbours.
_THREE: Final = MappingProxyType(
    {
        "eng": "en", "fre": "fr", "fra": "fr", "por": "pt", "ita": "it", "bul": "bg", "gre": "el",
        "ell": "el", "dut": "nl", "nld": "nl", "ger": "de", "deu": "de", "spa": "es", "rum": "ro",
        "ron": "ro", "pol": "pl", "slv": "sl", "swe": "sv",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvested:
    """One answer: what it holds, and the token for what comes after; empty at the end."""

    records: tuple[Mapping[str, Any], ...]
    token: str


def read_answer(data: bytes, language: str) -> Harvested:
    """Return the records of a ListRecords answer; ``language`` of texts that do not say theirs.

    Raises:
        UnreadableError: it is no OAI-PMH, over a bound, or says an error.
    """
    if len(data) > MAX_ANSWER_BYTES:
        raise UnreadableError("source_too_large", max=MAX_ANSWER_BYTES // 2**20)
    try:
        root = ElementTree.fromstring(data, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadableError("source_wrong") from error
    if root.tag != f"{_OAI}OAI-PMH":
        raise UnreadableError("source_wrong")
    told = root.find(f"{_OAI}error")
    if told is not None:
        if told.get("code") == "noRecordsMatch":
            return Harvested(records=(), token="")
        said = "".join(one for one in told.get("code", "") if one.isalnum())[:40]
        raise UnreadableError("source_refused", said=said or "?")
    listed = root.find(f"{_OAI}ListRecords")
    found = listed.findall(f"{_OAI}record") if listed is not None else []
    if listed is None or len(found) > MAX_RECORDS:
        raise UnreadableError("source_wrong")
    token = (listed.findtext(f"{_OAI}resumptionToken") or "").strip()
    if len(token) > MAX_TOKEN:
        raise UnreadableError("source_wrong")
    return Harvested(records=tuple(_record(one, language) for one in found), token=token)


def _record(record: Element, language: str) -> Mapping[str, Any]:
    header = record.find(f"{_OAI}header")
    if header is None:
        raise UnreadableError("source_wrong")
    name = (header.findtext(f"{_OAI}identifier") or "").strip()
    if header.get("status") == "deleted":
        return {"gone": True, "record": {"source_id": name}}
    texts = [
        (child.tag.removeprefix(_DC), child.get(_LANG, ""), (child.text or "").strip())
        for child in record.iter()
        if child.tag.startswith(_DC)
    ]
    return {"record": _practice(name, texts, language)}


def _practice(name: str, texts: list[tuple[str, str, str]], language: str) -> dict[str, Any]:
    said = [two for tag, _, text in texts if tag == "language" and (two := _tag(text))]
    written = said[0] if said else language
    titles, descriptions = _by_language(texts, "title", written), _by_language(
        texts, "description", written
    )  # fmt: skip
    if titles and written not in titles:
        written = next(iter(titles))
    body: dict[str, Any] = {
        "source_id": name,
        "language": written,
        "title": {tag: " ".join(found[0].split())[:200] for tag, found in titles.items()},
        "summary": {tag: _summary(found) for tag, found in descriptions.items()},
        "description": {tag: max(found, key=len)[:20_000] for tag, found in descriptions.items()},
        "country": list(dict.fromkeys(_countries(texts))),
        "licence": _licence(texts),
        "lineage": {"adapted_from": _origin(name, texts)},
        **_subjects(texts),
    }
    if ("rights", "TLP:GREEN") in {(tag, text) for tag, _, text in texts}:
        body["tlp"] = "GREEN"
    if not body["lineage"]["adapted_from"]:
        del body["lineage"]
    return {key: value for key, value in body.items() if value}


def _by_language(
    texts: list[tuple[str, str, str]], wanted: str, written: str
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for tag, lang, text in texts:
        if tag == wanted and text:
            found.setdefault(_tag(lang) or written, []).append(text)
    return dict(list(found.items())[:24])


def _summary(found: list[str]) -> str:
    """Return the shortest description; of one that is too long, as many whole words as fit."""
    text = min(found, key=len)
    if len(text) <= MAX_SUMMARY:
        return text
    return text[: MAX_SUMMARY - 1].rpartition(" ")[0] + "…"


def _tag(text: str) -> str:
    first = text.strip().replace("_", "-").partition("-")[0].casefold()
    first = _THREE.get(first, first)
    return first if len(first) == 2 and first.isascii() and first.isalpha() else ""


def _countries(texts: list[tuple[str, str, str]]) -> Iterator[str]:
    for tag, _, text in texts:
        if tag == "coverage" and len(text) == 2 and text.isascii() and text.isupper():
            yield text


def _licence(texts: list[tuple[str, str, str]]) -> str:
    """Return the licence; a repository that names none that we know has given none."""
    rights = [text for tag, _, text in texts if tag == "rights"]
    found = (code_of("licence", text) for text in rights)
    known = next((one for one in found if one), "")
    return known or ("none" if "none" in codes_of("licence") else "")


def _origin(name: str, texts: list[tuple[str, str, str]]) -> str:
    """Return the ref of a practice of the federation, else the repository's identifier."""
    refs = [text for tag, _, text in texts if tag == "identifier" and text.count("~") == 2]
    found = next(iter(refs), name)
    allowed = all(one.isascii() and (one.isalnum() or one in ":./~_-") for one in found)
    return found if allowed and found[:1].isalnum() and len(found) <= 128 else ""


def _subjects(texts: list[tuple[str, str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for tag, _, text in texts:
        if tag != "subject" or len(text) > 200:
            continue
        for code_list, field in _SUBJECTS:
            code = code_of(code_list, text)
            if code and code not in found.setdefault(field, []):
                found[field].append(code)
    return {field: codes[:20] for field, codes in found.items() if codes}
