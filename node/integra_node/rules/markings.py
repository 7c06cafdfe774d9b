"""How far may something go?  TLP 2.0 labels, the audience that follows, and what must stay out."""

import re
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Final

from integra_node.rules.problems import Problem, error, require_none
from integra_protocol.limits import MAX_AUDIENCE

EVERYBODY: Final = "*"
MAX_RED_READERS: Final = 8


class Tlp(StrEnum):
    """The labels of FIRST TLP 2.0 without their prefix, from the widest to the narrowest."""

    CLEAR = "CLEAR"
    GREEN = "GREEN"
    AMBER = "AMBER"
    AMBER_STRICT = "AMBER+STRICT"
    RED = "RED"

    @property
    def label(self) -> str:
        """The label as it must be written, in every language."""
        return f"TLP:{self.value}"

    @property
    def is_sealed(self) -> bool:
        """Whether the entry is sealed to its readers (docs/protocol.md section 4)."""
        return self in _SEALED

    @property
    def may_export(self) -> bool:
        """Whether a node may print, export or index the body: everything but RED."""
        return self is not Tlp.RED

    @property
    def may_leave_federation(self) -> bool:
        """Whether somebody who is no member may see it: CLEAR only."""
        return self is Tlp.CLEAR


_SEALED: Final = frozenset({Tlp.AMBER, Tlp.AMBER_STRICT, Tlp.RED})
_RANK: Final = {label: rank for rank, label in enumerate(Tlp)}
PRACTICE_LABELS: Final = (Tlp.CLEAR, Tlp.GREEN)
HANDOVER_LABELS: Final = (Tlp.AMBER_STRICT, Tlp.AMBER, Tlp.RED)


def is_narrower(label: Tlp, other: Tlp) -> bool:
    """Return whether the first label lets fewer people read than the second."""
    return _RANK[label] > _RANK[other]


def narrowest(labels: Collection[Tlp]) -> Tlp:
    """Return the narrowest of the labels; ``CLEAR`` when there is none."""
    return max(labels, key=_RANK.__getitem__, default=Tlp.CLEAR)


def audience_problems(
    label: Tlp, recipients: Sequence[str], readers: Sequence[str], own_org: str
) -> tuple[Problem, ...]:
    """Return why these recipients do not fit the label (docs/protocol.md section 4, TLP).

    Args:
        label: The marking.
        recipients: Organisations that it is sealed to; none for CLEAR and GREEN.
        readers: Officer ids of the one recipient, for RED only.
        own_org: The issuer, who may not be listed.
    """
    if not label.is_sealed:
        return (error("audience", "audience_is_everybody"),) if recipients else ()
    problems: list[Problem] = []
    if not recipients:
        problems.append(error("audience", "audience_needed"))
    if len(set(recipients)) > MAX_AUDIENCE:
        problems.append(error("audience", "too_many", max=MAX_AUDIENCE))
    if own_org in recipients or EVERYBODY in recipients:
        problems.append(error("audience", "audience_wrong"))
    return (*problems, *_red_problems(label, recipients, readers))


def audience(
    label: Tlp, recipients: Sequence[str], readers: Sequence[str], own_org: str
) -> tuple[str, ...]:
    """Return the audience of an entry with this label: ``("*",)`` or sorted organisations.

    Raises:
        InvalidFieldsError: the recipients do not fit the label.
    """
    require_none(audience_problems(label, recipients, readers, own_org))
    return tuple(sorted(set(recipients))) if label.is_sealed else (EVERYBODY,)


def classified_marking(text: str) -> str | None:
    """Return the marking of classified information found in the text, or None.

    Such information may not enter an unaccredited system (Council Decision 2013/488/EU).
    Capitals only: that is how these markings are written, and prose about them stays possible.
    """
    found = _CLASSIFIED.search(text)
    return found.group(0) if found else None


_CLASSIFIED: Final = re.compile(
    r"\b(?:"
    r"RESTREINT UE|EU RESTRICTED|CONFIDENTIEL UE|EU CONFIDENTIAL|SECRET UE|EU SECRET"
    r"|TR[EÈ]S SECRET(?: UE)?|EU TOP SECRET|TOP SECRET|NATO RESTRICTED|NATO CONFIDENTIAL|NATO SECRET"
    r"|DIFFUSION RESTREINTE|CONFIDENTIEL D[EÉ]FENSE"
    r"|DEP\. ?VERTROUWELIJK|DEPARTEMENTAAL VERTROUWELIJK|STG\. (?:ZEER )?(?:GEHEIM|CONFIDENTIEEL)"
    r"|RISERVATISSIMO|SEGRETISSIMO|ALTAMENTE RISERVATO"
    r"|СТРОГО СЕКРЕТНО|ЗА СЛУЖЕБНО ПОЛЗВАНЕ|ПОВЕРИТЕЛНО"
    r"|ΑΚΡΩΣ ΑΠΟΡΡΗΤΟ|ΑΠΟΡΡΗΤΟ|ΠΕΡΙΟΡΙΣΜΕΝΗΣ ΧΡΗΣΗΣ"
    r"|MUITO SECRETO|VS-NUR FÜR DEN DIENSTGEBRAUCH|VS-NfD"
    r")(?!\w)"
)


def _red_problems(
    label: Tlp, recipients: Sequence[str], readers: Sequence[str]
) -> tuple[Problem, ...]:
    if label is not Tlp.RED:
        return (error("readers", "readers_only_for_red"),) if readers else ()
    problems: list[Problem] = []
    if len(set(recipients)) > 1:
        problems.append(error("audience", "red_one_recipient"))
    if not 1 <= len(set(readers)) <= MAX_RED_READERS:
        problems.append(error("readers", "red_readers", max=MAX_RED_READERS))
    return tuple(problems)
