"""In which languages can a practice be read, who translated it, and how is a translation published?

Anybody in the federation may translate a version; the translation says how it came about.  The
author's own texts in other languages are offered beside the translations of others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions.practice_repeats import spots_with_same_text
from integra_node.actions.published import content_of, ref_of
from integra_node.actions.publishing import NewEntry
from integra_node.actions.responses import former, open_practice, place_of, publish
from integra_node.rules.permissions import Action
from integra_node.rules.retention import longest
from integra_node.rules.translation import (
    MACHINE,
    in_language,
    parse_translation,
    primary,
    translation_from_wire,
    translation_to_wire,
)
from integra_node.store import publications, responses
from integra_node.store.responses import TRANSLATION
from integra_protocol.bodies import EntryRef, format_ref
from integra_protocol.entry import EVERYONE
from integra_protocol.errors import IntegraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from integra_node.actions.library import Published
    from integra_node.actions.us import Us
    from integra_node.rules.practice import Practice
    from integra_node.rules.staff import Staff
    from integra_node.rules.translation import Translation
    from integra_node.store.database import Tx
    from integra_node.store.responses import Placed, Spot

ORIGINAL: Final = "original"
MAX_OFFERED: Final = 40  # translations of one version
MAX_LISTED: Final = 200  # of all versions of one practice
_TRUST: Final[Mapping[str, int]] = {"certified": 0, "human": 1, "": 1, MACHINE: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One way to read a practice.

    Attributes:
        value: What addresses name it by: ``original``, a language of the author's, or a ref.
        language: In which language it is read.
        method: human, certified, machine; empty for the original and where nothing is said.
        org: Who translated it.
        reviewed_by: The role of who checked the translation, if somebody did.
        version: Of the practice.
        about: The ref of that version.
        at: When it was published, unix seconds.
        ref: Of the translation's own entry; empty for texts of the author.
    """

    value: str
    language: str
    method: str
    org: str
    reviewed_by: str
    version: int
    about: str
    at: int
    ref: str = ""

    @property
    def is_original(self) -> bool:
        """Whether nobody translated it."""
        return self.value == ORIGINAL

    @property
    def is_machine(self) -> bool:
        """Whether a machine did."""
        return self.method == MACHINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A practice as it is read: the text chosen, those offered, and those of other versions."""

    body: Practice
    chosen: Text
    offered: tuple[Text, ...]
    elsewhere: tuple[Text, ...]


def translate(
    tx: Tx, us: Us, ref: str, body: Mapping[str, object], *, staff: Staff, now: int
) -> str:
    """Publish a translation of a version, or replace our earlier one; return its ref.

    Raises:
        NotAllowedError: the person does not translate.
        NotFoundError, PracticeEndedError: see ``responses.open_practice``.
        InvalidFieldsError: a field breaks its rule.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes nothing now.
    """
    staff.require(Action.TRANSLATE_PRACTICE)
    found = open_practice(tx, us, ref, staff=staff)
    if found.body is None:  # open_practice has made sure; said again for the reader
        raise AssertionError
    translation = parse_translation(body, found.body)
    held = responses.own_of(
        tx, us.org, [(found.origin, found.index)], TRANSLATION, language=translation.language
    )
    new = NewEntry(
        kind=TRANSLATION,
        data=translation_to_wire(translation, place_of(us, found, held)),
        audience=EVERYONE,
        retention_end=longest(now),
        targets=former(us, held),
    )
    return publish(tx, us, new, TRANSLATION, staff=staff, now=now)


def reading(
    tx: Tx, found: Published, *, wanted: str, language: str, staff: Staff
) -> Reading | None:
    """Return a practice as a person reads it; None when there is no text.

    Without a wish: the original when it is in the reader's language, else the best translation
    into it (certified before by a person before by a machine), else the original.

    Args:
        tx: the transaction.
        found: the version.
        wanted: ``Text.value`` that was asked for; may be empty or anything.
        language: of the reader.
        staff: who reads.

    Raises:
        NotAllowedError: the person does not read practices.
    """
    staff.require(Action.READ_PRACTICE)
    if found.body is None:
        return None
    spots = {(found.origin, int(one.ref.rpartition("~")[2])): one.version for one in found.versions}
    here = found.origin, found.index
    same = spots_with_same_text(tx, found)
    placed = responses.translations_of(tx, spots, limit=MAX_LISTED)
    of_this = [one for one in placed if one.response.target in same][:MAX_OFFERED]
    mine = dict(_read(tx, of_this))
    texts = [
        _text(one, found.version, mine[_ref(one)].reviewed_by_role or "")
        for one in of_this
        if _ref(one) in mine
    ]
    offered = (_original(found, found.body), *_own(found, found.body), *texts)
    chosen = _chosen(offered, wanted, language)
    body = in_language(found.body, mine[chosen.ref]) if chosen.ref else found.body
    return Reading(
        body=body,
        chosen=chosen,
        offered=offered,
        elsewhere=_elsewhere(placed, spots, here, offered, language),
    )


def own_texts(tx: Tx, us: Us, found: Published, language: str) -> tuple[Translation, bool] | None:
    """Return our newest translation into a language, to go on from, and whether it is of this version."""
    spots = [(found.origin, int(one.ref.rpartition("~")[2])) for one in found.versions]
    held = responses.own_of(tx, us.org, spots, TRANSLATION, language=language)
    for translation in dict(_read(tx, [held])).values() if held else ():
        return translation, held is not None and held.response.target_idx == found.index
    return None


def _read(tx: Tx, placed: Sequence[Placed]) -> Iterator[tuple[str, Translation]]:
    held = publications.find_many(tx, [one.spot for one in placed])
    for standing in held.values():
        try:
            yield ref_of(standing), translation_from_wire(content_of(standing).data)
        except IntegraError:
            continue  # erased meanwhile, or not to be read: offered to nobody


def _original(found: Published, body: Practice) -> Text:
    return _of_author(found, ORIGINAL, body.language, "", "")


def _own(found: Published, body: Practice) -> Iterator[Text]:
    said = {one.lang: one for one in body.translations}
    for language in body.title:
        if language != body.language:
            how = said.get(language)
            method, role = (how.method, how.reviewed_by_role or "") if how else ("", "")
            yield _of_author(found, language, language, method, role)


def _of_author(found: Published, value: str, language: str, method: str, role: str) -> Text:
    return Text(
        value=value,
        language=language,
        method=method,
        org=found.mark.org,
        reviewed_by=role,
        version=found.version,
        about=found.mark.ref,
        at=found.mark.published_at,
    )


def _text(one: Placed, version: int, reviewed_by: str = "") -> Text:
    row = one.response
    return Text(
        value=_ref(one),
        language=one.language,
        method=row.method or "",
        org=one.org,
        reviewed_by=reviewed_by,
        version=version,
        about=format_ref(EntryRef(origin=row.target_origin, index=row.target_idx)),
        at=one.published_at,
        ref=_ref(one),
    )


def _ref(one: Placed) -> str:
    return format_ref(EntryRef(origin=one.origin, index=one.response.idx))


def _chosen(offered: Sequence[Text], wanted: str, language: str) -> Text:
    for text in offered:
        if text.value == wanted:
            return text
    original = offered[0]
    if primary(original.language) == primary(language):
        return original
    fitting = [text for text in offered[1:] if primary(text.language) == primary(language)]
    return min(fitting, key=_rank, default=original)


def _rank(text: Text) -> tuple[int, int]:
    return _TRUST.get(text.method, 2), -text.at


def _elsewhere(
    placed: Sequence[Placed],
    spots: Mapping[Spot, int],
    here: Spot,
    offered: Sequence[Text],
    language: str,
) -> tuple[Text, ...]:
    """Return translations of other versions into the reader's language, if this one has none."""
    if any(primary(text.language) == primary(language) for text in offered):
        return ()
    rows = [
        _text(one, spots[one.response.target])
        for one in placed
        if one.response.target != here and primary(one.language) == primary(language)
    ]
    return tuple(sorted(rows, key=lambda text: text.version, reverse=True)[:3])
