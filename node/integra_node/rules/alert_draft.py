"""What does our own staff write when they write an alert: the body, who gets it, who checked it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from integra_node.rules.alert import (
    Alert,
    alert_json,
    parse_alert,
    problems_before_clear,
    problems_before_publish,
)
from integra_node.rules.alert_screening import (
    NO_DECISIONS,
    looks,
    parse_decisions,
    problems_of_decisions,
)
from integra_node.rules.fields import Body, Line, Note, Paragraph, Token, distinct
from integra_node.rules.markings import MAX_RED_READERS, audience_problems
from integra_node.rules.problems import InvalidFieldsError, Problem, error
from integra_node.rules.screening import screen
from integra_node.rules.wire import Json, read_entered
from integra_protocol.limits import MAX_AUDIENCE

_ADDRESSING: Final = frozenset({"audience", "readers"})
NO_ANSWERS: Final[Mapping[str, str]] = MappingProxyType({})


class _Addressing(Body):
    audience: Annotated[
        tuple[Token, ...], Field(max_length=MAX_AUDIENCE), AfterValidator(distinct)
    ] = ()
    readers: Annotated[
        tuple[Line, ...], Field(max_length=MAX_RED_READERS), AfterValidator(distinct)
    ] = ()


class _Answers(Body):
    bias: Annotated[dict[Token, Note], Field(default_factory=dict)]


class _Reason(Body):
    reason: Paragraph


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDraft:
    """The working text of an alert; it is sealed at rest.

    Attributes:
        alert: The body.
        audience: Organisations that it is sealed to; empty for CLEAR and GREEN.
        readers: Officer ids of the one recipient, for RED only.
        bias: The second reader's answers by code of list ``bias_check``; they stay here.
        words: What the second reader decided about words that may point at a person, by the id of
            the finding; it stays here.
        reason: Why it was retracted; empty before that.
    """

    alert: Alert
    audience: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    bias: Mapping[str, str] = field(default_factory=lambda: NO_ANSWERS)
    words: Mapping[str, str] = field(default_factory=lambda: NO_DECISIONS)
    reason: str = ""


def parse_draft(data: Mapping[str, object]) -> AlertDraft:
    """Return a draft as a form, a file or an API client gave it: an alert, audience and readers.

    Raises:
        InvalidFieldsError: with every field that breaks a rule.
    """
    addressing = read_entered(_Addressing, {k: v for k, v in data.items() if k in _ADDRESSING})
    alert = parse_alert({k: v for k, v in data.items() if k not in _ADDRESSING})
    if alert.language not in alert.title:
        path = f"title.{alert.language}"
        raise InvalidFieldsError([error(path, "language_missing", language=alert.language)])
    return AlertDraft(
        alert=alert,
        audience=tuple(sorted(addressing.audience)),
        readers=tuple(sorted(addressing.readers)),
    )


def entered_json(draft: AlertDraft) -> dict[str, Json]:
    """Return what ``parse_draft`` takes: the text without what others have added to it."""
    found = alert_json(draft.alert)
    if draft.audience:
        found["audience"] = list(draft.audience)
    if draft.readers:
        found["readers"] = list(draft.readers)
    return found


def stored_json(draft: AlertDraft) -> dict[str, Json]:
    """Return the whole draft, as it is sealed."""
    return {
        "entered": entered_json(draft),
        "bias": dict(draft.bias),
        "words": dict(draft.words),
        "reason": draft.reason,
    }


def parse_stored(data: Mapping[str, object]) -> AlertDraft:
    """Return what ``stored_json`` gave.

    Raises:
        InvalidFieldsError: it was stored under rules that have become stricter.
    """
    entered, bias = data.get("entered"), data.get("bias")
    draft = parse_draft(entered if isinstance(entered, Mapping) else {})
    answers = parse_answers(bias) if isinstance(bias, Mapping) else NO_ANSWERS
    held = data.get("words")
    decided = parse_decisions(held) if isinstance(held, Mapping) else NO_DECISIONS
    return replace(draft, bias=answers, words=decided, reason=str(data.get("reason") or ""))


def without_text(draft: AlertDraft) -> AlertDraft:
    """Return what is left of a draft whose alert was retracted: codes, addressees and the reason."""
    emptied = draft.alert.model_copy(
        update={
            "title": {draft.alert.language: ""},
            "body": {},
            "indicators": (),
            "recommended_action": None,
            "do_not_do": None,
            "handling_text": None,
            "regions": (),
        }
    )
    return replace(draft, alert=emptied, bias=NO_ANSWERS, words=NO_DECISIONS)


def parse_answers(answers: Mapping[str, object]) -> Mapping[str, str]:
    """Return the answers to the bias questions; empty ones are left out.

    Raises:
        InvalidFieldsError: one is too long or no text.
    """
    given = {code: text for code, text in answers.items() if text not in ("", None)}
    return read_entered(_Answers, {"bias": given}).bias


def parse_reason(text: str) -> str:
    """Return why an alert is retracted.

    Raises:
        InvalidFieldsError: it is empty or too long.
    """
    return read_entered(_Reason, {"reason": text}).reason


def problems_of_reason(reason: str, language: str) -> tuple[Problem, ...]:
    """Return words of a retraction's reason that may point at a person; everybody reads it."""
    found = screen([("reason", reason)], language)
    return (error("sure", "reason_points_at"),) if found else ()


def problems_to_clear(draft: AlertDraft, own_org: str, today: date) -> tuple[Problem, ...]:
    """Return what is missing or wrong before a second person looks at it."""
    found = problems_before_clear(draft.alert, today)
    return (*found, *looks(draft.alert), *_addressing(draft, own_org))


def problems_to_publish(draft: AlertDraft, own_org: str, today: date) -> tuple[Problem, ...]:
    """Return what forbids publishing."""
    found = problems_before_publish(draft.alert, draft.bias, today)
    undecided = problems_of_decisions(draft.alert, draft.words)
    return (*found, *looks(draft.alert), *undecided, *_addressing(draft, own_org))


def _addressing(draft: AlertDraft, own_org: str) -> tuple[Problem, ...]:
    return audience_problems(draft.alert.tlp, draft.audience, draft.readers, own_org)
