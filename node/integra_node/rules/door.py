"""Who outside this node may see what? Classes of readers, shelves, and what may stand on each.

Nothing stricter than GREEN can be on a shelf: there is no class that could see it.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from integra_node.rules.alert import Alert
from integra_node.rules.markings import Tlp
from integra_node.rules.practice import Practice
from integra_node.rules.problems import error, require_none

MAX_TOKEN_DAYS: Final = 3_660
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")


class ReaderClass(StrEnum):
    """Whose systems a token is for."""

    OUTSIDER = "outsider"
    MEMBER = "member"


class Shelf(StrEnum):
    """What stands together because the same readers may see it."""

    ALERTS_CLEAR = "alerts-clear"
    ALERTS_GREEN = "alerts-green"
    PRACTICES = "practices"


SHELF_KIND: Final[Mapping[Shelf, str]] = MappingProxyType(
    {Shelf.ALERTS_CLEAR: "alert", Shelf.ALERTS_GREEN: "alert", Shelf.PRACTICES: "practice"}
)
SHELF_LABELS: Final[Mapping[Shelf, frozenset[Tlp]]] = MappingProxyType(
    {
        Shelf.ALERTS_CLEAR: frozenset({Tlp.CLEAR}),
        Shelf.ALERTS_GREEN: frozenset({Tlp.CLEAR, Tlp.GREEN}),
        Shelf.PRACTICES: frozenset({Tlp.CLEAR}),
    }
)
ALERT_SHELVES: Final[Mapping[ReaderClass, tuple[Shelf, ...]]] = MappingProxyType(
    {
        ReaderClass.OUTSIDER: (Shelf.ALERTS_CLEAR,),
        ReaderClass.MEMBER: (Shelf.ALERTS_CLEAR, Shelf.ALERTS_GREEN),
    }
)


# H2 and H3 bind whoever passes it on to a permission or a text: no machine can see to that.
OPEN_HANDLING: Final = frozenset({None, "H0", "H1"})


def may_stand(shelf: Shelf, kind: str, tlp: str, body: Alert | Practice) -> bool:
    """Return whether the shelf's readers may see something of this kind with this label."""
    if kind != SHELF_KIND[shelf] or tlp not in SHELF_LABELS[shelf] or body.tlp != tlp:
        return False
    if shelf is Shelf.ALERTS_CLEAR:
        return isinstance(body, Alert) and body.europol_handling in OPEN_HANDLING
    return isinstance(body, Alert if kind == "alert" else Practice)


def check_token(name: str, days: int | None) -> None:
    """Refuse a name that is no word, or a life that is too long.

    Raises:
        InvalidFieldsError: with every field that breaks a rule.
    """
    problems = []
    if not _NAME.fullmatch(name):
        problems.append(error("name", "bad_format"))
    if days is not None and not 1 <= days <= MAX_TOKEN_DAYS:
        problems.append(error("days", "too_big", max=MAX_TOKEN_DAYS))
    require_none(problems)
