"""What does the page of a practice show of what others say, and what may this person say?"""

from __future__ import annotations

from dataclasses import dataclass

from integra_node.actions import response_reading
from integra_node.actions.library import Published
from integra_node.actions.response_reading import Told
from integra_node.actions.us import Us
from integra_node.rules.permissions import Action
from integra_node.rules.staff import Staff
from integra_node.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """What ``practice_said.html`` needs beside the practice: ``may`` by what can be done."""

    told: Told
    us: str
    may: dict[str, bool]


def said_of(tx: Tx, us: Us, found: Published, staff: Staff) -> Others:
    """Return what others say about a practice, for this person."""
    ours = found.mark.org == us.org
    remarks = staff.may(Action.REMARK_PRACTICE)
    return Others(
        told=response_reading.told_about(tx, found, staff=staff),
        us=us.org,
        may={
            "review": staff.may(Action.REVIEW_PRACTICE) and not ours,
            "report": remarks and not ours,
            "comment": remarks,
            "answer": staff.may(Action.ANSWER_QUESTION) and ours,
            "mark_read": staff.may(Action.WRITE_PRACTICE) and ours,
        },
    )
