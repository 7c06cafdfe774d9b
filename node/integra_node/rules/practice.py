"""What is a practice, when may it be published, and how does it travel?

The body says what was done, for whom, with which evidence, and what did not work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from integra_node.rules.fields import (
    Amount,
    ArticleMap,
    Body,
    Count,
    Country,
    Currency,
    LanguageTag,
    Line,
    LineMap,
    Link,
    NoteMap,
    Paragraph,
    ParagraphMap,
    PartialDate,
    Reference,
    Short,
    Token,
    distinct,
    known,
)
from integra_node.rules.markings import classified_marking
from integra_node.rules.permissions import Action
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

Setting = Annotated[Token, AfterValidator(known("setting"))]
Stage = Annotated[Token, AfterValidator(known("stage"))]
Ideology = Annotated[Token, AfterValidator(known("ideology"))]
TargetGroup = Annotated[Token, AfterValidator(known("target_group"))]
Profession = Annotated[Token, AfterValidator(known("profession"))]
NeedDomain = Annotated[Token, AfterValidator(known("need_domain"))]
Method = Annotated[Token, AfterValidator(known("method"))]
EvidenceLevel = Annotated[int, Field(ge=0, le=5)]
Quality = Annotated[int, Field(ge=0, le=4)]


class Duration(Body):
    """How long it takes for one participant."""

    months: Count | None = None
    weeks: Count | None = None
    days: Count | None = None
    sessions: Count | None = None
    text: NoteMap | None = None


class Intensity(Body):
    """How much of a week it takes."""

    hours_per_week: Amount | None = None
    sessions_per_week: Amount | None = None
    text: NoteMap | None = None


class GroupSize(Body):
    """How many take part together."""

    min: Count | None = None
    max: Count | None = None


class Material(Body):
    """A material that comes with the practice."""

    title: LineMap
    lang: LanguageTag | None = None
    licence: Short | None = None
    url: Link | None = None


class Ethics(Body):
    """Risks for the people concerned and what is done about them."""

    risks: ParagraphMap | None = None
    safeguards: ParagraphMap | None = None
    do_no_harm: ParagraphMap | None = None
    gender: ParagraphMap | None = None
    stigma: ParagraphMap | None = None
    data_used: ParagraphMap | None = None


class Evidence(Body):
    """What is known of the effect; ``level`` 0..5, ``n`` participants."""

    level: EvidenceLevel
    design: Short | None = None
    n: Count | None = None
    outcomes: Annotated[tuple[NoteMap, ...], Field(max_length=20)] = ()
    who_evaluated: Annotated[Token, AfterValidator(known("evaluator"))] | None = None
    report_url: Link | None = None
    limits: ParagraphMap | None = None


class Rated(Body):
    """One of the five EMMIE questions: text, and quality 0..4 of what supports it."""

    text: ParagraphMap
    quality: Quality | None = None


class Emmie(Body):
    """Effect, mechanism, moderators, implementation, economics."""

    effect: Rated | None = None
    mechanism: Rated | None = None
    moderators: Rated | None = None
    implementation: Rated | None = None
    economics: Rated | None = None


class Cost(Body):
    """What it costs a year and for one participant."""

    band: Annotated[Token, AfterValidator(known("cost_band"))] | None = None
    per_participant: Amount | None = None
    currency: Currency | None = None
    cost_types: Annotated[tuple[Line, ...], Field(max_length=20)] = ()


class Transferability(Body):
    """What must stay, what may change, and under which conditions it works elsewhere."""

    core: Annotated[tuple[NoteMap, ...], Field(max_length=20)] = ()
    adaptable: Annotated[tuple[NoteMap, ...], Field(max_length=20)] = ()
    conditions: Annotated[tuple[NoteMap, ...], Field(max_length=20)] = ()
    tried_in: Annotated[tuple[NoteMap, ...], Field(max_length=20)] = ()


class Lineage(Body):
    """From which practice this one was adapted, what was changed and why."""

    adapted_from: Reference
    version: Annotated[int, Field(ge=1, le=MAX_SIZE)] | None = None
    changes: ParagraphMap | None = None
    why: ParagraphMap | None = None
    result: ParagraphMap | None = None


class Translation(Body):
    """How a language of the texts came about."""

    lang: LanguageTag
    method: Annotated[Token, AfterValidator(known("translation_method"))]
    reviewed_by_role: Short | None = None


class Practice(Body):
    """The body of a practice; ``language`` is the one in which it was written."""

    language: LanguageTag
    title: LineMap
    summary: NoteMap | None = None
    description: ArticleMap | None = None
    contact_role: Line | None = None
    country: Annotated[tuple[Country, ...], Field(max_length=60), AfterValidator(distinct)] = ()
    region: Line | None = None
    since: PartialDate | None = None
    until: PartialDate | None = None
    running: bool | None = None
    settings: Annotated[tuple[Setting, ...], Field(max_length=20), AfterValidator(distinct)] = ()
    stages: Annotated[tuple[Stage, ...], Field(max_length=20), AfterValidator(distinct)] = ()
    level: Annotated[Token, AfterValidator(known("prevention_level"))] | None = None
    ideology_scope: Annotated[
        tuple[Ideology, ...], Field(max_length=20), AfterValidator(distinct)
    ] = ()
    target_groups: Annotated[
        tuple[TargetGroup, ...], Field(max_length=30), AfterValidator(distinct)
    ] = ()
    professions: Annotated[
        tuple[Profession, ...], Field(max_length=30), AfterValidator(distinct)
    ] = ()
    need_domains: Annotated[
        tuple[NeedDomain, ...], Field(max_length=30), AfterValidator(distinct)
    ] = ()
    methods: Annotated[tuple[Method, ...], Field(max_length=30), AfterValidator(distinct)] = ()
    theory_of_change: ParagraphMap | None = None
    steps: Annotated[tuple[ParagraphMap, ...], Field(max_length=50)] = ()
    duration: Duration | None = None
    intensity: Intensity | None = None
    group_size: GroupSize | None = None
    staffing: ParagraphMap | None = None
    prerequisites: ParagraphMap | None = None
    legal_prerequisites: ParagraphMap | None = None
    materials: Annotated[tuple[Material, ...], Field(max_length=30)] = ()
    ethics: Ethics | None = None
    evidence: Evidence | None = None
    emmie: Emmie | None = None
    cost: Cost | None = None
    transferability: Transferability | None = None
    lineage: Lineage | None = None
    failures: ParagraphMap | None = None
    translations: Annotated[tuple[Translation, ...], Field(max_length=24)] = ()
    licence: Annotated[Token, AfterValidator(known("licence"))] = "CC-BY-4.0"
    tlp: Literal["CLEAR", "GREEN"] = "CLEAR"


class PracticeState(StrEnum):
    """Where one version of a practice is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    DEPRECATED = "deprecated"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class PracticeEvent(StrEnum):
    """What can happen to one version of a practice; SUPERSEDE follows from the next version."""

    EDIT = "edit"
    SUBMIT = "submit"
    RETURN = "return"
    PUBLISH = "publish"
    CONFIRM = "confirm"
    DEPRECATE = "deprecate"
    SUPERSEDE = "supersede"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeTransition:
    """Where an event leads and what it asks for."""

    target: PracticeState
    action: Action
    second_person: bool = False
    needs_reason: bool = False


TRANSITIONS: Final[Mapping[tuple[PracticeState, PracticeEvent], PracticeTransition]] = (
    MappingProxyType(
        {
            (PracticeState.DRAFT, PracticeEvent.EDIT): PracticeTransition(
                target=PracticeState.DRAFT, action=Action.WRITE_PRACTICE
            ),
            (PracticeState.DRAFT, PracticeEvent.SUBMIT): PracticeTransition(
                target=PracticeState.SUBMITTED, action=Action.WRITE_PRACTICE
            ),
            (PracticeState.SUBMITTED, PracticeEvent.RETURN): PracticeTransition(
                target=PracticeState.DRAFT, action=Action.WRITE_PRACTICE
            ),
            (PracticeState.SUBMITTED, PracticeEvent.PUBLISH): PracticeTransition(
                target=PracticeState.PUBLISHED,
                action=Action.PUBLISH_PRACTICE,
                second_person=True,
            ),
            (PracticeState.PUBLISHED, PracticeEvent.CONFIRM): PracticeTransition(
                target=PracticeState.PUBLISHED, action=Action.PUBLISH_PRACTICE
            ),
            (PracticeState.PUBLISHED, PracticeEvent.DEPRECATE): PracticeTransition(
                target=PracticeState.DEPRECATED,
                action=Action.WITHDRAW_PRACTICE,
                needs_reason=True,
            ),
            (PracticeState.DEPRECATED, PracticeEvent.SUPERSEDE): PracticeTransition(
                target=PracticeState.SUPERSEDED,
                action=Action.PUBLISH_PRACTICE,
                second_person=True,
            ),
            (PracticeState.DEPRECATED, PracticeEvent.WITHDRAW): PracticeTransition(
                target=PracticeState.WITHDRAWN,
                action=Action.WITHDRAW_PRACTICE,
                needs_reason=True,
            ),
            (PracticeState.PUBLISHED, PracticeEvent.SUPERSEDE): PracticeTransition(
                target=PracticeState.SUPERSEDED,
                action=Action.PUBLISH_PRACTICE,
                second_person=True,
            ),
            (PracticeState.PUBLISHED, PracticeEvent.WITHDRAW): PracticeTransition(
                target=PracticeState.WITHDRAWN,
                action=Action.WITHDRAW_PRACTICE,
                needs_reason=True,
            ),
        }
    )
)


class PracticeStateError(ConflictError):
    """The practice is in a state in which this cannot be done."""

    code = "wrong_state"


class Deprecation(Body):
    """Why a practice should not be begun any more, and which one takes its place."""

    reason: Paragraph
    successor: Reference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedPractice:
    """A version as an entry carries it; ``body`` is None exactly when it is withdrawn.

    ``confirms``: the version whose text it repeats, when its owner confirms that.
    """

    id: str
    version: int
    body: Practice | None
    reason: str | None
    deprecation: Deprecation | None = None
    confirms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeHeadline:
    """What lists show of a practice; ``evidence`` is 0..5, or None when nothing is said of it."""

    language: str
    title: str
    country: tuple[str, ...]
    evidence: int | None
    deprecated: bool = False


class _HeadlineEvidence(Body):
    level: EvidenceLevel


class _Headline(Body):
    language: LanguageTag
    title: LineMap
    country: Annotated[tuple[Country, ...], Field(max_length=60)] = ()
    evidence: _HeadlineEvidence | None = None


class _Edition(Body):
    id: Reference
    version: Annotated[int, Field(ge=1, le=MAX_SIZE)]
    status: Literal["published", "withdrawn"]
    reason: Paragraph | None = None
    deprecated: Deprecation | None = None
    confirms: Annotated[int, Field(ge=1, le=MAX_SIZE)] | None = None


def parse_practice(data: Mapping[str, object]) -> Practice:
    """Return the practice that a form, a file or an API client of our own gave.

    Raises:
        InvalidFieldsError: with every field that breaks a rule.
    """
    return read_entered(Practice, data)


def practice_json(practice: Practice) -> dict[str, Json]:
    """Return the practice as JSON values, the form that ``parse_practice`` takes."""
    return to_json(practice)


def next_state(state: PracticeState, event: PracticeEvent) -> PracticeTransition:
    """Return what the event does in this state.

    Raises:
        PracticeStateError: it cannot happen in this state.
    """
    found = TRANSITIONS.get((state, event))
    if found is None:
        raise PracticeStateError(f"{event.value} cannot be done while {state.value}")
    return found


def problems_before_submit(practice: Practice) -> tuple[Problem, ...]:
    """Return what is missing or wrong before a second person looks at the practice."""
    return (
        *_missing(practice),
        *_language_problems(practice),
        *_evidence_problems(practice),
        *_lineage_problems(practice),
        *_text_problems(practice),
    )


def to_wire(practice: Practice, practice_id: str, version: int) -> dict[str, Value]:
    """Return the data of the entry that publishes this version (docs/protocol.md section 4)."""
    return edition(to_value(practice), practice_id, version)


def edition(text: Mapping[str, Value], practice_id: str, version: int) -> dict[str, Value]:
    """Return the data of the entry that publishes a text in its wire form as this version."""
    return {**text, "id": practice_id, "version": version, "status": "published"}


def confirming(standing: Mapping[str, Value], version: int) -> dict[str, Value]:
    """Return the data of the entry that confirms what stands as this version, its text unchanged."""
    return {**_next_edition(standing, version), "confirms": version}


def deprecating(standing: Mapping[str, Value], version: int, told: Deprecation) -> dict[str, Value]:
    """Return the data of the entry that deprecates what stands as this version."""
    return {**_next_edition(standing, version), "deprecated": to_value(told)}


def is_deprecated(data: Mapping[str, Value]) -> bool:
    """Say whether an edition deprecates its practice, without reading the rest of it."""
    return "deprecated" in data


def is_same_text(one: Mapping[str, Value], other: Mapping[str, Value]) -> bool:
    """Say whether two editions carry the same text, whatever their numbers and marks."""
    return _text_of(one) == _text_of(other)


def parse_deprecation(data: Mapping[str, object]) -> Deprecation:
    """Return what somebody entered.

    Raises:
        InvalidFieldsError: no reason, or a field breaks its rule.
    """
    return read_entered(Deprecation, data)


def withdrawal_to_wire(practice_id: str, version: int, reason: str) -> dict[str, Value]:
    """Return the data of the entry that withdraws: a new version with a reason, without body."""
    return {"id": practice_id, "version": version, "status": "withdrawn", "reason": reason}


def from_wire(data: Mapping[str, Value]) -> ReceivedPractice:
    """Return a partner's practice; what only newer nodes know is dropped or kept as it is.

    Raises:
        BadBodyError: fields that everybody knows break their rules.
    """
    edition = read_received(_Edition, data)
    if edition.status == "withdrawn":
        return ReceivedPractice(
            id=edition.id, version=edition.version, body=None, reason=edition.reason
        )
    body = read_received(Practice, data)
    if body.language not in body.title:
        raise BadBodyError("fields", "no title in the language of the practice")
    return ReceivedPractice(
        id=edition.id,
        version=edition.version,
        body=body,
        reason=None,
        deprecation=edition.deprecated,
        confirms=edition.confirms,
    )


def headline_from_wire(data: Mapping[str, Value]) -> PracticeHeadline:
    """Return what a list shows of a partner's practice, without reading the rest of it.

    Raises:
        BadBodyError: one of these fields breaks its rule, or the version is a withdrawal.
    """
    head = read_received(_Headline, data)
    title = head.title.get(head.language)
    if title is None:
        raise BadBodyError("fields", "no title in the language of the practice")
    return PracticeHeadline(
        language=head.language,
        title=title,
        country=head.country,
        evidence=head.evidence.level if head.evidence else None,
        deprecated=is_deprecated(data),
    )


def _next_edition(standing: Mapping[str, Value], version: int) -> dict[str, Value]:
    return {**_text_of(standing), "version": version + 1}


def _text_of(edition: Mapping[str, Value]) -> dict[str, Value]:
    marks = {"version", "deprecated", "confirms"}
    return {key: value for key, value in edition.items() if key not in marks}


def _missing(practice: Practice) -> tuple[Problem, ...]:
    needed: Mapping[str, object] = {
        "summary": practice.summary,
        "description": practice.description,
        "settings": practice.settings,
        "stages": practice.stages,
        "target_groups": practice.target_groups,
        "professions": practice.professions,
        "evidence": practice.evidence,
    }
    return tuple(error(path, "required") for path, value in needed.items() if not value)


def _language_problems(practice: Practice) -> tuple[Problem, ...]:
    maps = {
        "title": practice.title,
        "summary": practice.summary,
        "description": practice.description,
    }
    return tuple(
        error(f"{path}.{practice.language}", "language_missing", language=practice.language)
        for path, value in maps.items()
        if value and practice.language not in value
    )


def _evidence_problems(practice: Practice) -> tuple[Problem, ...]:
    evidence = practice.evidence
    if evidence is None:
        return ()
    problems: list[Problem] = []
    if evidence.limits is None:
        problems.append(warning("evidence.limits", "evidence_limits_missing"))
    if evidence.level >= 4 and evidence.who_evaluated != "external":
        problems.append(error("evidence.who_evaluated", "evidence_needs_external"))
    if evidence.level >= 4 and evidence.report_url is None:
        problems.append(warning("evidence.report_url", "evidence_report_missing"))
    if practice.ethics is None:
        problems.append(warning("ethics", "ethics_missing"))
    if practice.failures is None:
        problems.append(warning("failures", "failures_missing"))
    return tuple(problems)


def _lineage_problems(practice: Practice) -> tuple[Problem, ...]:
    lineage = practice.lineage
    if lineage is None:
        return ()
    problems: list[Problem] = []
    if lineage.changes is None:
        problems.append(error("lineage.changes", "lineage_changes_missing"))
    if lineage.why is None:
        problems.append(warning("lineage.why", "lineage_why_missing"))
    return tuple(problems)


def _text_problems(practice: Practice) -> tuple[Problem, ...]:
    problems = [
        error(path, "classified", marking=marking)
        for path, text in texts(practice_json(practice))
        if (marking := classified_marking(text))
    ]
    if practice.since and practice.until and practice.until < practice.since:
        problems.append(error("until", "end_before_start"))
    if not fits(to_value(practice)):
        problems.append(error("", "body_too_large"))
    return tuple(problems)
