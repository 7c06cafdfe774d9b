"""How does a practice of another become the start of one of our own?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integra_node.actions import library
from integra_node.actions.practice_drafts import create
from integra_node.rules.lineage import adaptable
from integra_node.rules.permissions import Action
from integra_node.rules.problems import InvalidFieldsError, error
from integra_protocol.errors import NotFoundError

if TYPE_CHECKING:
    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.store.database import Tx
    from integra_node.store.drafts import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What somebody means to do with a practice of others; each may be empty and come later.

    Attributes:
        language: In which the adaptation is written; that of the original when empty.
        title: Of the adaptation; that of the original when empty and there is one.
        changes: What will differ.
        why: Why it has to.
    """

    language: str = ""
    title: str = ""
    changes: str = ""
    why: str = ""


def adapt(
    tx: Tx, us: Us, ref: str, intent: Intent, *, country: str, staff: Staff, now: int
) -> Draft:
    """Start a practice of our own from a published one, with its lineage.

    What was found out about the original (evidence, costs, failures) is not evidence of the
    adaptation and is left out; so is what is true of its place only.  ``country`` is ours.

    Raises:
        NotAllowedError: the person does not write practices.
        NotFoundError: there is no such practice, or it has no text any more.
        InvalidFieldsError: a field breaks its rule, or there is no title in the language.
    """
    staff.require(Action.WRITE_PRACTICE)
    found = library.read_published(tx, us, ref, staff=staff)
    if found.body is None:
        raise NotFoundError("there is no text to adapt")
    language = intent.language or found.body.language
    title = intent.title.strip() or found.body.title.get(language, "")
    if not title:
        raise InvalidFieldsError([error("title", "required")])
    lineage: dict[str, object] = {"adapted_from": ref, "version": found.version}
    for name, text in (("changes", intent.changes), ("why", intent.why)):
        if text.strip():
            lineage[name] = {language: text}
    body = {
        **adaptable(found.body, language),
        "language": language,
        "title": {language: title},
        "country": [country] if country != "EU" else [],
        "lineage": lineage,
    }
    return create(tx, us, body, staff=staff, now=now)
