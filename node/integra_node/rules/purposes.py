"""May data of this category serve this purpose: always, with a consent that names it, or never?"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Allowance(StrEnum):
    """What the allow matrix says of one category under one purpose."""

    ALWAYS = "always"
    CONSENT = "consent"
    NEVER = "never"


PURPOSES: Final = ("EXEC", "RESET", "MENT", "FAM", "SAFE", "CONT", "EVAL")

# X always, c needs consent naming it, - never; columns as in PURPOSES.  What holds only in part
# (end date, shared goals, milestones) is c here: the officer chooses the fields.
_ROWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ID": "XXccXc-",
        "CONTACT": "XXccXc-",
        "SENTENCE": "XXc-c--",
        "MEASURES": "XXccXc-",
        "APPOINT": "XXccXc-",
        "PLAN": "XXcc-c-",
        "NEEDS": "XXcc-c-",
        "ASSESS_SUM": "XX--X--",
        "TRIGGER": "XX--X--",
        "PROTECT": "XXcc-c-",
        "VOICE": "XXcc-c-",
        "FAMILY": "XXccX--",
        "HEALTH_FLAG": "cc--Xc-",
        "SPIRITUAL": "-cc--c-",
        "PROGRESS": "XXcc-cc",
        "ATTEND": "XXcc-cc",
        "SAFETY": "XX--X--",
        "MENTOR": "XXcc-c-",
        "PRACTICAL": "XXcc-c-",
        "HOUSING": "XXcc-c-",
        "WORK_EDU": "XXcc-c-",
    }
)
_MEANING: Final = {"X": Allowance.ALWAYS, "c": Allowance.CONSENT, "-": Allowance.NEVER}

# Special categories (Directive (EU) 2016/680, article 10), by default also what reveals belief.
SPECIAL_CATEGORIES: Final = frozenset(
    {"HEALTH_FLAG", "SPIRITUAL", "ASSESS_SUM", "TRIGGER", "PROTECT", "FAMILY", "SAFETY"}
)
# Purposes that are served by totals or anonymous cases, never by a notice about a person.
NOT_PERSONAL: Final = frozenset({"EVAL", "TRAIN"})


def allowance(category: str, purpose: str) -> Allowance:
    """Return what the matrix says; unknown categories and purposes are never allowed."""
    row = _ROWS.get(category)
    if row is None or purpose not in PURPOSES:
        return Allowance.NEVER
    return _MEANING[row[PURPOSES.index(purpose)]]


def widest_allowance(category: str, purposes: Collection[str]) -> Allowance:
    """Return the most that any of the purposes allows for the category."""
    found = {allowance(category, purpose) for purpose in purposes}
    for value in (Allowance.ALWAYS, Allowance.CONSENT):
        if value in found:
            return value
    return Allowance.NEVER
