"""Which things is a person told inside the application, and in which words?

A notice carries a kind, a reference and a count, and never a title, a name or a reason: what it is
about is looked up, with the reader's own rights, when it is shown.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from integra_node.rules.messages import N_


class NoticeKind(StrEnum):
    """What has happened."""

    ALERT_RETRACTED = "alert_retracted"  # ref: the version that retracts, org~epoch~index
    ALERT_GIVEN_BACK = "alert_given_back"  # ref: the local id of the draft
    PRACTICE_GIVEN_BACK = "practice_given_back"  # ref: the local id of the draft
    ALERT_NEW = "alert_new"  # ref: a version that has arrived, org~epoch~index
    SAVED_SEARCH = "saved_search"  # ref: the id of the saved search
    ALERT_OVERDUE = "alert_overdue"  # ref: the version that nobody acknowledged, org~epoch~index


NOTICE_TEXTS: Final[Mapping[NoticeKind, str]] = MappingProxyType(
    {
        NoticeKind.ALERT_RETRACTED: N_("An alert that you read was retracted"),
        NoticeKind.ALERT_GIVEN_BACK: N_("A second reader asks you to change an alert"),
        NoticeKind.PRACTICE_GIVEN_BACK: N_("A colleague asks you to change a practice"),
        NoticeKind.ALERT_NEW: N_("A new alert"),
        NoticeKind.SAVED_SEARCH: N_("There is something new for a search that you saved"),
        NoticeKind.ALERT_OVERDUE: N_("Nobody here has acknowledged an alert in time"),
    }
)
NOTICE_PATHS: Final[Mapping[NoticeKind, str]] = MappingProxyType(
    {
        NoticeKind.ALERT_RETRACTED: "/alerts/{ref}",
        NoticeKind.ALERT_GIVEN_BACK: "/alerts/{ref}",
        NoticeKind.PRACTICE_GIVEN_BACK: "/practices/{ref}",
        NoticeKind.ALERT_NEW: "/alerts/{ref}",
        NoticeKind.SAVED_SEARCH: "/searches/{ref}",
        NoticeKind.ALERT_OVERDUE: "/alerts/{ref}",
    }
)
ONLY_MAILED: Final = frozenset({NoticeKind.ALERT_NEW})
"""Kinds that are counted in e-mail only: on the pages they stand in a list of their own."""

MAX_REF_CHARS: Final = 200
