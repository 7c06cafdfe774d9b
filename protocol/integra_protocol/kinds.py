"""Which form, audience, capability and signature does each kind of entry demand?

docs/protocol.md section 4, as one table.  ``check_header_rules`` is judged by everyone who sees a
header; ``check_content_rules`` by those who can read the body.  What needs other entries (whether
a replying organisation really was a recipient, whether a part is named) is left to who has them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from integra_protocol.bodies import (
    ANSWER,
    CLEAR_TLPS,
    QUESTION,
    RED,
    REPORT,
    SEALED_TLPS,
    EntryRef,
    parse_ack,
    parse_alert,
    parse_disclosure,
    parse_edition,
    parse_erase,
    parse_feedback,
    parse_files,
    parse_officer,
    parse_officer_revocation,
    parse_part,
    parse_receipt,
    parse_remark,
    parse_reply,
    parse_review,
    parse_translation,
)
from integra_protocol.content import Content
from integra_protocol.entry import EVERYONE, Header
from integra_protocol.errors import BadBodyError, NoRoleError
from integra_protocol.keys import parse_origin
from integra_protocol.officers import check_certificate

HasCap = Callable[[str], bool]
"""Says whether the issuer's origin has a capability at the entry's index."""

RecipientHasCap = Callable[[str, str], bool]
"""Says whether an organisation (first) now has a capability (second) in an open log."""


class Audience(StrEnum):
    """Who an entry may be for."""

    EVERYONE = "everyone"
    ONE = "exactly one organisation"
    LIST = "named organisations"
    ANY = "everyone or named organisations"


class Officer(StrEnum):
    """Whether an officer signs the content."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"
    BY_STEP = "required unless the step is machine-made"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """The rules of one kind; ``clear`` or ``sealed`` absent means that it may not travel so.

    ``caps``: one of them is needed; empty where none is, or where other entries decide.
    ``max_targets``: how many indexes ``r`` may hold; absent where the kind sets no bound.
    """

    clear: Audience | None = None
    sealed: Audience | None = None
    caps: frozenset[str] = frozenset()
    officer: Officer = Officer.NONE
    max_targets: int | None = None

    @property
    def form(self) -> Literal["clear", "sealed", "either"]:
        """Return how the kind may travel."""
        if self.clear is None:
            return "sealed"
        return "clear" if self.sealed is None else "either"


KINDS: Final[Mapping[str, KindRule]] = MappingProxyType(
    {
        "practice": KindRule(
            clear=Audience.EVERYONE,
            caps=frozenset({"practice"}),
            officer=Officer.OPTIONAL,
            max_targets=1,
        ),
        "codes": KindRule(
            clear=Audience.EVERYONE,
            caps=frozenset({"practice"}),
            officer=Officer.OPTIONAL,
            max_targets=1,
        ),
        "review": KindRule(
            clear=Audience.EVERYONE,
            caps=frozenset({"practice"}),
            officer=Officer.REQUIRED,
            max_targets=1,
        ),
        "remark": KindRule(
            clear=Audience.EVERYONE,
            caps=frozenset({"practice"}),
            officer=Officer.OPTIONAL,
            max_targets=1,
        ),
        "translation": KindRule(
            clear=Audience.EVERYONE,
            caps=frozenset({"practice"}),
            officer=Officer.OPTIONAL,
            max_targets=1,
        ),
        "directory": KindRule(clear=Audience.EVERYONE),
        "alert": KindRule(
            clear=Audience.EVERYONE,
            sealed=Audience.LIST,
            caps=frozenset({"alert"}),
            officer=Officer.REQUIRED,
            max_targets=1,
        ),
        "alert-feedback": KindRule(clear=Audience.EVERYONE, sealed=Audience.ONE),
        "summary": KindRule(
            sealed=Audience.ONE, caps=frozenset({"summary"}), officer=Officer.REQUIRED
        ),
        "handover": KindRule(
            sealed=Audience.ONE, caps=frozenset({"handover"}), officer=Officer.REQUIRED
        ),
        "reply": KindRule(sealed=Audience.ONE, officer=Officer.BY_STEP),
        "receipt": KindRule(sealed=Audience.ONE, officer=Officer.OPTIONAL),
        "part": KindRule(clear=Audience.ANY, sealed=Audience.LIST),
        "officer": KindRule(clear=Audience.EVERYONE),
        "officer-rev": KindRule(clear=Audience.EVERYONE),
        "erase": KindRule(clear=Audience.ANY),
        "ack": KindRule(clear=Audience.ONE),
        "audit": KindRule(sealed=Audience.ONE, caps=frozenset({"match"})),
    }
)
REPLY_CAPS: Final = frozenset({"handover", "summary"})
NOT_ERASABLE: Final = frozenset({"officer", "officer-rev", "erase", "ack", "audit"})


def check_header_rules(header: Header, has_cap: HasCap) -> None:
    """Check what a header alone shows; sealed and unknown kinds pass.

    Raises:
        NoRoleError: the origin lacks the capability at this index.
        BadBodyError: ``bad-form``: this kind may not travel clear, not to this audience, or not
            with these targets.
    """
    rule = KINDS.get(header.kind)
    if header.sealed or rule is None:
        return
    _check_form(rule, rule.clear, header)
    if header.kind == "erase" and not header.targets:
        raise BadBodyError("bad-form", "erase without targets")
    if rule.caps and not any(map(has_cap, rule.caps)):
        raise NoRoleError(f"{header.kind} without the capability")


def check_content_rules(
    header: Header, content: Content, *, has_cap: HasCap, recipient_has_cap: RecipientHasCap
) -> None:
    """Check the rules of a content's kind; unknown kinds pass, to be kept and never shown.

    The officer's signature is demanded or refused here and verified by
    ``officers.check_officer_signature``.

    Raises:
        NoRoleError: the origin lacks the capability at this index.
        BadBodyError: ``bad-form`` as for headers, ``bad-officer`` a signature missing or out of
            place, ``bad-data`` a field of the kind, ``no-cap`` a handover to an organisation
            that may not receive one.
    """
    if not header.sealed and header.kind != content.kind:
        raise BadBodyError("bad-form", "content of another kind than the header")
    rule = KINDS.get(content.kind)
    if rule is None:
        return
    _check_form(rule, rule.sealed if header.sealed else rule.clear, header)
    if rule.caps and not any(map(has_cap, rule.caps)):
        raise NoRoleError(f"{content.kind} without the capability")
    _check_data(header, content)
    _check_officer(rule, content)
    if content.kind == "reply":
        _check_reply_author(header, parse_reply(content).target, has_cap)
    if content.kind == "handover" and not recipient_has_cap(header.audience[0], "handover"):
        raise BadBodyError("no-cap", "recipient does not take handovers")


def _check_form(rule: KindRule, audience: Audience | None, header: Header) -> None:
    if audience is None:
        raise BadBodyError("bad-form", f"kind may only travel {rule.form}")
    everyone = header.audience == EVERYONE
    if audience is Audience.EVERYONE and not everyone:
        raise BadBodyError("bad-form", "kind is for everyone")
    if audience is Audience.ONE and (everyone or len(header.audience) != 1):
        raise BadBodyError("bad-form", "kind is for exactly one organisation")
    if audience is Audience.LIST and everyone:
        raise BadBodyError("bad-form", "kind is for named organisations")
    if rule.max_targets is None:
        return
    if len(header.targets) > rule.max_targets or any(i >= header.index for i in header.targets):
        raise BadBodyError("bad-form", "targets are not earlier versions")


def _check_data(header: Header, content: Content) -> None:
    parse_files(content)
    if content.kind in _PARSERS:
        _PARSERS[content.kind](content)
    if content.kind in _PLACE_RULES:
        _PLACE_RULES[content.kind](header, content)


def _check_officer(rule: KindRule, content: Content) -> None:
    signed = content.officer is not None
    required = rule.officer is Officer.REQUIRED
    allowed = rule.officer is not Officer.NONE
    if rule.officer is Officer.BY_STEP:
        required = not parse_reply(content).machine_made
    if required and not signed:
        raise BadBodyError("bad-officer", "kind needs an officer's signature")
    if signed and not allowed:
        raise BadBodyError("bad-officer", "kind has no officer's signature")


def _check_reply_author(header: Header, target: EntryRef, has_cap: HasCap) -> None:
    first_issuer = _org(target.origin)
    if header.issuer != first_issuer:
        _check_sent_to(header, first_issuer)
    elif not any(map(has_cap, REPLY_CAPS)):
        raise NoRoleError("reply to an own entry without handover or summary")


def _check_alert(header: Header, content: Content) -> None:
    alert = parse_alert(content)
    if alert.tlp not in (SEALED_TLPS if header.sealed else CLEAR_TLPS):
        raise BadBodyError("bad-form", "TLP of another form")
    if alert.tlp == RED and len(header.audience) != 1:
        raise BadBodyError("bad-form", "RED is for exactly one organisation")


def _check_review(header: Header, content: Content) -> None:
    _check_not_own(header, parse_review(content).target)


def _check_remark(header: Header, content: Content) -> None:
    remark = parse_remark(content)
    if remark.form in {REPORT, QUESTION}:
        _check_not_own(header, remark.target)
    if remark.form == ANSWER and _org(remark.target.origin) != header.issuer:
        raise BadBodyError("bad-data", "ref: only whose practice it is answers a question")


def _check_not_own(header: Header, target: EntryRef) -> None:
    if _org(target.origin) == header.issuer:
        raise BadBodyError("bad-data", "ref: only about the practice of another organisation")


def _check_feedback(header: Header, content: Content) -> None:
    feedback = parse_feedback(content)
    if header.sealed:
        _check_sent_to(header, _org(feedback.target.origin))


def _check_receipt(header: Header, content: Content) -> None:
    _check_sent_to(header, _org(parse_receipt(content).target.origin))


def _check_ack(header: Header, content: Content) -> None:
    _check_sent_to(header, _org(parse_ack(content).origin))


def _check_erase(header: Header, content: Content) -> None:
    erase = parse_erase(content)
    if erase.why is not None and header.audience != EVERYONE:
        raise BadBodyError("bad-data", "why: only when everyone may read it")
    target_org, target_epoch = parse_origin(erase.origin)
    own_org, own_epoch = parse_origin(header.origin)
    if target_org != own_org or target_epoch > own_epoch:
        raise BadBodyError("bad-data", "o: only own entries of this epoch or an earlier one")
    if erase.origin == header.origin and any(i >= header.index for i in header.targets):
        raise BadBodyError("bad-form", "targets are not earlier entries")


def _check_officer_entry(header: Header, content: Content) -> None:
    check_certificate(header.issuer, parse_officer(content))


def _check_sent_to(header: Header, org: str) -> None:
    if header.audience != (org,):
        raise BadBodyError("bad-form", "audience is not the issuer of the entry referred to")


def _org(origin: str) -> str:
    return parse_origin(origin)[0]


_PARSERS: Final[Mapping[str, Callable[[Content], object]]] = MappingProxyType(
    {
        "practice": parse_edition,
        "codes": parse_edition,
        "remark": parse_remark,
        "review": parse_review,
        "translation": parse_translation,
        "alert": parse_alert,
        "alert-feedback": parse_feedback,
        "summary": parse_disclosure,
        "handover": parse_disclosure,
        "reply": parse_reply,
        "receipt": parse_receipt,
        "part": parse_part,
        "officer": parse_officer,
        "officer-rev": parse_officer_revocation,
        "erase": parse_erase,
        "ack": parse_ack,
    }
)
_PLACE_RULES: Final[Mapping[str, Callable[[Header, Content], None]]] = MappingProxyType(
    {
        "alert": _check_alert,
        "alert-feedback": _check_feedback,
        "receipt": _check_receipt,
        "remark": _check_remark,
        "review": _check_review,
        "officer": _check_officer_entry,
        "erase": _check_erase,
        "ack": _check_ack,
    }
)
