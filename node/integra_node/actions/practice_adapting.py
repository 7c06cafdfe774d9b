"""How does a practice of another become the start of one of our own?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from integra_node.actions import library
from integra_node.actions.practice_drafts import create
from integra_node.rules.permissions import Action
from integra_node.rules.practice import practice_json
from integra_node.store.drafts import Draft
from integra_protocol.errors import NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx

_OF_THE_ORIGINAL: Final = frozenset(
    {
        "contact_role",
        "cost",
        "emmie",
        "evidence",
        "failures",
        "lineage",
        "region",
        "running",
        "since",
        "translations",
        "until",
    }
)


def adapt(
    tx: Tx, us: Us, ref: str, *, title: str, changes: str, country: str, staff: Staff, now: int
) -> Draft:
    """Start a practice of our own from a published one, with its lineage.

    What was found out about the original (evidence, costs, failures) is not evidence of the
    adaptation and is left out; so is what is true of its place only.

    Args:
        tx: the transaction.
        us: who we are.
        ref: the version to adapt.
        title: of the adaptation, in the language of the original; empty keeps the title.
        changes: what will differ, in the same language; may be empty.
        country: ours.
        staff: who writes it.
        now: unix seconds.

    Raises:
        NotAllowedError: the person does not write practices.
        NotFoundError: there is no such practice, or it has no text any more.
        InvalidFieldsError: title or changes break their rule.
    """
    staff.require(Action.WRITE_PRACTICE)
    found = library.read_published(tx, us, ref, staff=staff)
    if found.body is None:
        raise NotFoundError("there is no text to adapt")
    language = found.body.language
    kept = {k: v for k, v in practice_json(found.body).items() if k not in _OF_THE_ORIGINAL}
    lineage: dict[str, object] = {"adapted_from": ref, "version": found.version}
    if changes.strip():
        lineage["changes"] = {language: changes}
    titles = {language: title} if title.strip() else found.body.title
    body = {**kept, "title": titles, "country": [country], "lineage": lineage}
    return create(tx, us, body, staff=staff, now=now)
