"""What is an alert, when may it go out, and how does it travel?

Alerts are about phenomena, never about a named or identifiable person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from integra_node.rules.codes import codes_of, is_known
from integra_node.rules.fields import (
    Body,
    Day,
    LanguageTag,
    Line,
    LineMap,
    Note,
    NoteMap,
    Paragraph,
    ParagraphMap,
    Reference,
    Short,
    Token,
    distinct,
    known,
)
from integra_node.rules.markings import MAX_RED_READERS, Tlp, classified_marking
from integra_node.rules.permissions import Action
from integra_node.rules.practice import Profession, Setting
from integra_node.rules.problems import Problem, error, warning
from integra_node.rules.wire import (
    Json,
    fits,
    read_entered,
    read_received,
    texts,
    to_json,
    to_value,
)
from integra_protocol.canonical import Value
from integra_protocol.errors import BadBodyError, ConflictError
from integra_protocol.limits import MAX_SIZE

DEFAULT_LIFETIME_DAYS: Final = 90
CRITICAL_LIFETIME_DAYS: Final = 14
MAX_LIFETIME_DAYS: Final = 366
MIN_BIAS_ANSWER_CHARS: Final = 10


class Severity(StrEnum):
    """Consequence and immediacy of what an alert tells of; the anchors are in the code list."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Indicator(Body):
    """What was seen, and which innocent explanation it has; both are mandatory."""

    seen_as: NoteMap
    benign: NoteMap


class Grading(Body):
    """How the source and its information are judged; the two schemes are never converted."""

    scheme: Annotated[Token, AfterValidator(known("grading_scheme"))]
    source: Annotated[str, Field(pattern=r"^[A-FX]$")]
    info: Annotated[str, Field(pattern=r"^[1-6]$")]


class Alert(Body):
    """The body of an alert; ``language`` is the one in which it was written."""

    language: LanguageTag
    type: Annotated[Token, AfterValidator(known("alert_type"))]
    severity: Annotated[Token, AfterValidator(known("severity"))]
    tlp: Tlp
    europol_handling: Annotated[Token, AfterValidator(known("europol_handling"))] | None = None
    handling_text: Note | None = None
    title: LineMap
    body: ParagraphMap
    indicators: Annotated[tuple[Indicator, ...], Field(max_length=20)] = ()
    recommended_action: ParagraphMap | None = None
    do_not_do: ParagraphMap | None = None
    grading: Grading | None = None
    source_kind: Annotated[Token, AfterValidator(known("source_kind"))] | None = None
    settings: Annotated[tuple[Setting, ...], Field(max_length=20), AfterValidator(distinct)] = ()
    regions: Annotated[tuple[Short, ...], Field(max_length=60), AfterValidator(distinct)] = ()
    professions: Annotated[
        tuple[Profession, ...], Field(max_length=30), AfterValidator(distinct)
    ] = ()
    valid_from: Day | None = None
    expires_at: Day | None = None
    ack_required: bool = False


class AlertState(StrEnum):
    """Where one version of an alert is, at its issuer."""

    DRAFT = "draft"
    CLEARED = "cleared"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    RETRACTED = "retracted"
    EXPIRED = "expired"


class AlertEvent(StrEnum):
    """What can happen to one version of an alert; SUPERSEDE follows from the next version."""

    EDIT = "edit"
    CLEAR = "clear"
    PUBLISH = "publish"
    SUPERSEDE = "supersede"
    RETRACT = "retract"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTransition:
    """Where an event leads and what it asks for; without action only the machine does it."""

    target: AlertState
    action: Action | None
    second_person: bool = False
    needs_reason: bool = False
    needs_pin: bool = False


TRANSITIONS: Final[Mapping[tuple[AlertState, AlertEvent], AlertTransition]] = MappingProxyType(
    {
        (AlertState.DRAFT, AlertEvent.EDIT): AlertTransition(
            target=AlertState.DRAFT, action=Action.WRITE_ALERT
        ),
        (AlertState.DRAFT, AlertEvent.CLEAR): AlertTransition(
            target=AlertState.CLEARED, action=Action.CLEAR_ALERT, second_person=True
        ),
        # An edit takes the clearance back: what was cleared is what goes out.
        (AlertState.CLEARED, AlertEvent.EDIT): AlertTransition(
            target=AlertState.DRAFT, action=Action.WRITE_ALERT
        ),
        (AlertState.CLEARED, AlertEvent.PUBLISH): AlertTransition(
            target=AlertState.PUBLISHED, action=Action.PUBLISH_ALERT, needs_pin=True
        ),
        (AlertState.PUBLISHED, AlertEvent.SUPERSEDE): AlertTransition(
            target=AlertState.SUPERSEDED, action=Action.PUBLISH_ALERT, needs_pin=True
        ),
        (AlertState.PUBLISHED, AlertEvent.RETRACT): AlertTransition(
            target=AlertState.RETRACTED,
            action=Action.RETRACT_ALERT,
            needs_reason=True,
            needs_pin=True,
        ),
        (AlertState.PUBLISHED, AlertEvent.EXPIRE): AlertTransition(
            target=AlertState.EXPIRED, action=None
        ),
        # A false alert is taken back even when nobody shows it any more.
        (AlertState.EXPIRED, AlertEvent.RETRACT): AlertTransition(
            target=AlertState.RETRACTED,
            action=Action.RETRACT_ALERT,
            needs_reason=True,
            needs_pin=True,
        ),
    }
)


class AlertStateError(ConflictError):
    """The alert is in a state in which this cannot be done."""

    code = "wrong_state"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedAlert:
    """A version as an entry carries it; ``body`` is None exactly when it is retracted.

    Attributes:
        id: The issuer's id, the same for all versions.
        version: From 1.
        tlp: The label; it stays when the body goes.
        readers: Officer ids that alone may read a RED alert; else empty.
        body: What it says.
        reason: Why it was retracted.
    """

    id: str
    version: int
    tlp: Tlp
    readers: tuple[str, ...]
    body: Alert | None
    reason: str | None


class _Edition(Body):
    id: Reference
    version: Annotated[int, Field(ge=1, le=MAX_SIZE)]
    tlp: Tlp
    status: Literal["published", "retracted"] = "published"
    reason: Paragraph | None = None
    readers: Annotated[tuple[Line, ...], Field(alias="for", max_length=MAX_RED_READERS)] = ()


def parse_alert(data: Mapping[str, object]) -> Alert:
    """Return the alert that a form, a file or an API client of our own gave.

    Raises:
        InvalidFieldsError: with every field that breaks a rule.
    """
    return read_entered(Alert, data)


def alert_json(alert: Alert) -> dict[str, Json]:
    """Return the alert as JSON values, the form that ``parse_alert`` takes."""
    return to_json(alert)


def next_state(state: AlertState, event: AlertEvent) -> AlertTransition:
    """Return what the event does in this state.

    Raises:
        AlertStateError: it cannot happen in this state.
    """
    found = TRANSITIONS.get((state, event))
    if found is None:
        raise AlertStateError(f"{event.value} cannot be done while {state.value}")
    return found


def default_expiry(severity: str, valid_from: date) -> date:
    """Return the day on which an alert ends unless it says otherwise: 90 days, critical 14."""
    critical = severity == Severity.CRITICAL
    return valid_from + timedelta(
        days=CRITICAL_LIFETIME_DAYS if critical else DEFAULT_LIFETIME_DAYS
    )


def with_defaults(alert: Alert, today: date) -> Alert:
    """Return the alert with its first and last day filled in where they were left out."""
    start = alert.valid_from or today
    end = alert.expires_at or default_expiry(alert.severity, start)
    return alert.model_copy(update={"valid_from": start, "expires_at": end})


def is_expired(alert: Alert, today: date) -> bool:
    """Return whether the last day of the alert is over."""
    return alert.expires_at is not None and alert.expires_at < today


def problems_before_clear(alert: Alert, today: date) -> tuple[Problem, ...]:
    """Return what is missing or wrong before a second person clears the alert."""
    return (
        *_missing(alert),
        *_language_problems(alert),
        *_grading_problems(alert),
        *_date_problems(alert, today),
        *_text_problems(alert),
    )


def problems_before_publish(
    alert: Alert, bias_answers: Mapping[str, str], today: date
) -> tuple[Problem, ...]:
    """Return what forbids publishing: everything from before, and the bias questions.

    Args:
        alert: The body.
        bias_answers: Code of list ``bias_check`` to the answer in words; answers stay here.
        today: The day at the issuer.
    """
    unanswered = (
        error(f"bias.{code}", "bias_answer_needed", min=MIN_BIAS_ANSWER_CHARS)
        for code in codes_of("bias_check")
        if len(bias_answers.get(code, "").strip()) < MIN_BIAS_ANSWER_CHARS
    )
    return (*problems_before_clear(alert, today), *unanswered)


def to_wire(
    alert: Alert, alert_id: str, version: int, readers: Sequence[str] = ()
) -> dict[str, Value]:
    """Return the data of the entry that publishes this version (docs/protocol.md section 4)."""
    data = to_value(alert)
    data.update(id=alert_id, version=version, status="published", tlp=alert.tlp.value)
    if readers:
        data["for"] = list(readers)
    return data


def retraction_to_wire(
    alert_id: str, version: int, tlp: Tlp, reason: str, readers: Sequence[str] = ()
) -> dict[str, Value]:
    """Return the data of the entry that retracts: a new version with a reason, without body."""
    data: dict[str, Value] = {
        "id": alert_id,
        "version": version,
        "status": "retracted",
        "tlp": tlp.value,
        "reason": reason,
    }
    if readers:
        data["for"] = list(readers)
    return data


def from_wire(data: Mapping[str, Value]) -> ReceivedAlert:
    """Return a partner's alert; what only newer nodes know is dropped or kept as it is.

    Raises:
        BadBodyError: fields that everybody knows break their rules.
    """
    edition = read_received(_Edition, data)
    retracted = edition.status == "retracted"
    body = None if retracted else read_received(Alert, data)
    if body is not None and body.language not in body.title:
        raise BadBodyError("fields", "no title in the language of the alert")
    return ReceivedAlert(
        id=edition.id,
        version=edition.version,
        tlp=edition.tlp,
        readers=edition.readers,
        body=body,
        reason=edition.reason if retracted else None,
    )


def _missing(alert: Alert) -> tuple[Problem, ...]:
    needed: Mapping[str, object] = {
        "recommended_action": alert.recommended_action,
        "do_not_do": alert.do_not_do,
        "grading": alert.grading,
        "source_kind": alert.source_kind,
        "settings": alert.settings,
        "europol_handling": alert.europol_handling,
    }
    problems = [error(path, "required") for path, value in needed.items() if not value]
    if alert.europol_handling == "H3" and alert.handling_text is None:
        problems.append(error("handling_text", "handling_text_needed"))
    return tuple(problems)


def _language_problems(alert: Alert) -> tuple[Problem, ...]:
    return tuple(
        error(f"{path}.{alert.language}", "language_missing", language=alert.language)
        for path, value in (("title", alert.title), ("body", alert.body))
        if alert.language not in value
    )


def _grading_problems(alert: Alert) -> tuple[Problem, ...]:
    grading = alert.grading
    if grading is None:
        return ()
    return tuple(
        error(f"grading.{part}", "unknown_code")
        for part, code in (("source", grading.source), ("info", grading.info))
        if not is_known(f"{grading.scheme}_{part}", code)
    )


def _date_problems(alert: Alert, today: date) -> tuple[Problem, ...]:
    filled = with_defaults(alert, today)
    start, end = filled.valid_from or today, filled.expires_at or today
    if end < start:
        return (error("expires_at", "end_before_start"),)
    if end < today:
        return (error("expires_at", "date_in_past"),)
    if (end - start).days > MAX_LIFETIME_DAYS:
        return (error("expires_at", "lifetime_too_long", max=MAX_LIFETIME_DAYS),)
    if alert.severity == Severity.CRITICAL and (end - start).days > CRITICAL_LIFETIME_DAYS:
        return (warning("expires_at", "lifetime_unusual", max=CRITICAL_LIFETIME_DAYS),)
    return ()


def _text_problems(alert: Alert) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    for path, text in texts(alert_json(alert)):
        marking = classified_marking(text)
        if marking:
            problems.append(error(path, "classified", marking=marking))
    if not fits(to_value(alert)):
        problems.append(error("", "body_too_large"))
    return tuple(problems)
