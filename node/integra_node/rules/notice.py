"""What does a handover notice say, what may be seen of it before it is opened, and how does it travel?

Blocks carry their class in the docstring: C1 internal to the partners, C2 personal, C3 special
category or assessment.  What is C4 (intelligence, sources, notebooks) has no field at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from integra_node.rules.fields import (
    Advice,
    Body,
    Count,
    Country,
    Day,
    Formulation,
    LanguageTag,
    Line,
    Moment,
    Note,
    Org,
    Paragraph,
    PartialDate,
    Reference,
    Short,
    Token,
    distinct,
    known,
)
from integra_node.rules.markings import MAX_RED_READERS, Tlp
from integra_node.rules.wire import Json, read_entered, read_received, to_json, to_value
from integra_protocol.canonical import Value
from integra_protocol.errors import BadBodyError
from integra_protocol.limits import MAX_SIZE

FEW: Final = 10
SOME: Final = 30
MAX_GOALS: Final = 5
MAX_OTHER_BASES: Final = 32  # docs/protocol.md section 4

Basis = Annotated[Token, AfterValidator(known("basis"))]
Regime = Annotated[Token, AfterValidator(known("regime"))]
Purpose = Annotated[Token, AfterValidator(known("purpose"))]
Category = Annotated[Token, AfterValidator(known("data_category"))]
LanguageLevel = Annotated[Token, AfterValidator(known("interpreter_level"))]
PaperStatus = Annotated[Token, AfterValidator(known("paper_status"))]


class Party(Body):
    """An organisation, a unit in it and the mailbox of a role, never of a person (C1)."""

    org: Org
    unit: Line | None = None
    mailbox: Line | None = None


class LegalBasis(Body):
    """The instrument, and the law of the State that applies it (C1)."""

    code: Annotated[Token, AfterValidator(known("instrument"))]
    national_law_ref: Line | None = None
    text: Note | None = None


class ConsentGrant(Body):
    """The consent that limits or carries this notice, or why there is none (C1).

    Attributes:
        ref: The consent record, at the sender.
        hash: SHA-256 of the text that was shown, hex.
        categories: Codes of list ``data_category`` that the consent names.
        other_basis: Purposes that go on after a withdrawal, as the person was told.
        not_basis: Consent carries nothing here.
        reason: Why not.
    """

    ref: Reference | None = None
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    categories: Annotated[
        tuple[Category, ...], Field(max_length=SOME), AfterValidator(distinct)
    ] = ()
    other_basis: Annotated[
        tuple[Purpose, ...], Field(max_length=MAX_OTHER_BASES), AfterValidator(distinct)
    ] = ()
    not_basis: bool = False
    reason: Note | None = None


class Handling(Body):
    """What the recipient may do with it; travels as signed data (C1)."""

    tlp: Tlp = Tlp.AMBER_STRICT
    europol: Annotated[Token, AfterValidator(known("europol_handling"))] | None = None
    text: Note | None = None
    conditions: Annotated[tuple[Note, ...], Field(max_length=FEW)] = ()
    onward: Annotated[Token, AfterValidator(known("onward"))] = "none"


class OfficialProcedure(Body):
    """Where the certificate of the official procedure is; this notice does not replace it (C2)."""

    instrument: Annotated[Token, AfterValidator(known("instrument"))]
    certificate_ref: Line | None = None
    issuing_auth: Line | None = None
    executing_auth: Line | None = None
    sent_on: Day | None = None
    received_on: Day | None = None
    channel: Annotated[Token, AfterValidator(known("procedure_channel"))] | None = None
    status: Annotated[Token, AfterValidator(known("procedure_status"))] | None = None


class NoticeTranslation(Body):
    """How a language of the notice came about (C1)."""

    lang: LanguageTag
    method: Annotated[Token, AfterValidator(known("translation_method"))]
    reviewed_by_role: Short | None = None


class Envelope(Body):
    """What may be seen before the identity is opened; all but the official procedure is C1."""

    kind: Annotated[Token, AfterValidator(known("handover_kind"))]
    urgency: Annotated[Token, AfterValidator(known("urgency"))]
    sender: Party | None = None
    recipient: Party
    regime_sender: Regime | None = None
    regime_recipient: Regime | None = None
    legal_basis: Annotated[tuple[LegalBasis, ...], Field(max_length=FEW)] = ()
    purposes: Annotated[tuple[Purpose, ...], Field(max_length=FEW), AfterValidator(distinct)] = ()
    consent_grant: ConsentGrant | None = None
    handling: Handling = Handling()
    official_procedure: OfficialProcedure | None = None
    lang: LanguageTag | None = None
    translations: Annotated[tuple[NoticeTranslation, ...], Field(max_length=24)] = ()
    valid_until: Day | None = None
    review_on: Day | None = None
    retention_class: Annotated[Token, AfterValidator(known("retention_class"))] | None = None


class IdNumber(Body):
    """A number that an authority gave (C2)."""

    type: Short
    number: Line
    country: Country | None = None


class Identity(Body):
    """Who the person is; original script kept beside a transliteration (C2)."""

    family: Line | None = None
    given: Line | None = None
    original_script: Line | None = None
    transliteration: Short | None = None
    aliases: Annotated[tuple[Line, ...], Field(max_length=SOME)] = ()
    birth_date: PartialDate | None = None
    birth_place: Line | None = None
    sex: Annotated[Token, AfterValidator(known("sex"))] | None = None
    nationalities: Annotated[
        tuple[Country, ...], Field(max_length=FEW), AfterValidator(distinct)
    ] = ()
    stateless: bool = False
    id_numbers: Annotated[tuple[IdNumber, ...], Field(max_length=FEW)] = ()


class Interpreter(Body):
    """Whether an interpreter is needed, and for which language (C2)."""

    lang: LanguageTag
    spoken: LanguageLevel | None = None
    written: LanguageLevel | None = None
    need: bool = False


class Contact(Body):
    """Where and when the person can safely be reached after release (C2)."""

    address: Note | None = None
    phone: Short | None = None
    preferred_channel: Annotated[Token, AfterValidator(known("contact_channel"))] | None = None
    safe_hours: Line | None = None


class Subject(Body):
    """The person concerned (C2)."""

    category: Annotated[Token, AfterValidator(known("subject_category"))]
    pairwise_ref: Reference | None = None
    identity: Identity | None = None
    minor: bool = False
    guardian: Line | None = None
    interpreter: Interpreter | None = None
    contact: Contact | None = None


class Sentence(Body):
    """Offence, sentence and its dates, all facts (C2); days are calendar days."""

    offence_label: Line | None = None
    list_category: Annotated[Token, AfterValidator(known("offence_category"))] | None = None
    judgment_ref: Line | None = None
    final_on: Day | None = None
    type: Annotated[Token, AfterValidator(known("sentence_type"))] | None = None
    total_days: Count | None = None
    served_days: Count | None = None
    deducted_days: Count | None = None
    end_on: Day | None = None
    earliest_release_on: Day | None = None
    release_on: Day | None = None
    release_type: Annotated[Token, AfterValidator(known("release_type"))] | None = None
    basis: Basis = "fact"


class Measure(Body):
    """One obligation in force (C2)."""

    code: Annotated[Token, AfterValidator(known("measure_code"))]
    text: Note | None = None
    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    frequency: Line | None = None
    place: Line | None = None
    authority: Line | None = None
    proof: Line | None = None


class Appointment(Body):
    """The first appointment after release, with its zone (C2)."""

    start: Moment
    place: Line | None = None
    video: bool = False
    with_role: Line | None = None
    org: Line | None = None
    confirmed_by_person: bool = False


class Plan(Body):
    """Goals, steps, what to do if, and whom to ring (C2)."""

    goals: Annotated[tuple[Note, ...], Field(max_length=MAX_GOALS)] = ()
    steps: Annotated[tuple[Note, ...], Field(max_length=SOME)] = ()
    reporting: Note | None = None
    contingency: Annotated[tuple[Note, ...], Field(max_length=FEW)] = ()
    interim_arrangement: Note | None = None
    next_appointment: Appointment | None = None
    crisis_contact: Line | None = None


class DomainSummary(Body):
    """What an assessment says of one domain, in words; never item scores (C3)."""

    domain: Annotated[Token, AfterValidator(known("assessment_domain"))]
    text: Paragraph
    basis: Basis = "assessment"


class Assessment(Body):
    """The result of an assessment, by domain (C3)."""

    tool: Annotated[Token, AfterValidator(known("assessment_tool"))]
    tool_version: Short | None = None
    population_ok: bool | None = None
    override_reason: Note | None = None
    method: Annotated[Token, AfterValidator(known("assessment_method"))] | None = None
    assessor_role: Line | None = None
    certified: bool | None = None
    done_on: Day | None = None
    valid_until: Day | None = None
    domain_summaries: Annotated[tuple[DomainSummary, ...], Field(max_length=FEW)] = ()
    formulation: Formulation | None = None
    limits: Note | None = None
    full_report_contact: Line | None = None


class Need(Body):
    """One need and what answers it (C2; C3 for trauma, faith and well-being)."""

    domain: Annotated[Token, AfterValidator(known("need_domain"))]
    level: Annotated[Token, AfterValidator(known("need_level"))]
    response: Note | None = None
    basis: Basis


class Factor(Body):
    """What protects or strengthens the person (C3)."""

    text: Note
    source_role: Line | None = None
    basis: Basis
    since: PartialDate | None = None


class Trigger(Body):
    """A situation that makes it worse, the sign observed, and what helps (C3)."""

    situation: Note
    sign: Note | None = None
    what_helps: Note | None = None
    basis: Basis


class Relative(Body):
    """A relation without name; a person may be named only with their own agreement (C3)."""

    relation: Line
    role: Annotated[Token, AfterValidator(known("family_role"))]
    contact_ok: bool | None = None
    own_agreement: bool = False
    child: bool = False


class MentorLink(Body):
    """Whether the mentoring goes on (C2)."""

    mentor_ref: Reference | None = None
    org: Org | None = None
    matched_on: Day | None = None
    continuity: Annotated[Token, AfterValidator(known("mentor_continuity"))] | None = None
    programme: Line | None = None


class Housing(Body):
    """Where the person will live (C2)."""

    status: Annotated[Token, AfterValidator(known("housing_status"))]
    type: Line | None = None


class Papers(Body):
    """Which papers the person has (C2)."""

    id_card: PaperStatus | None = None
    residence: PaperStatus | None = None


class Practical(Body):
    """Housing, papers, money, telephone, transport, property (C2)."""

    housing: Housing | None = None
    papers: Papers | None = None
    money: Note | None = None
    phone: Note | None = None
    transport: Note | None = None
    property: Note | None = None


class HealthFlag(Body):
    """That something must go on, and whom to ask; never a diagnosis (C3)."""

    flag: Annotated[Token, AfterValidator(known("health_flag"))]
    contact: Line | None = None


class SpiritualSupport(Body):
    """What the person asked for, in their own words (C3)."""

    requested: bool
    denomination: Line | None = None


class VictimProtection(Body):
    """Orders that protect a victim; never who it is (C2)."""

    protection_order_ref: Line | None = None
    no_contact_ref: Line | None = None
    liaison_contact: Line | None = None


class Safety(Body):
    """Advice for the safety of staff (C3)."""

    staff_safety_advice: Advice
    basis: Basis
    expires: Day | None = None


class Voice(Body):
    """The person's own statement, or that they declined (C2)."""

    language: LanguageTag | None = None
    text: Paragraph | None = None
    declined: bool = False


class ChecklistItem(Body):
    """One thing to do, by whom and until when (C1)."""

    item: Annotated[Token, AfterValidator(known("checklist_item"))]
    text: Line | None = None
    owner_role: Short | None = None
    due: Day | None = None
    done_on: Day | None = None


class Notice(Body):
    """The whole notice."""

    env: Envelope
    subj: Subject
    sent: Sentence | None = None
    meas: Annotated[tuple[Measure, ...], Field(max_length=SOME)] = ()
    plan: Plan | None = None
    assess: Annotated[tuple[Assessment, ...], Field(max_length=FEW)] = ()
    needs: Annotated[tuple[Need, ...], Field(max_length=SOME)] = ()
    protective: Annotated[tuple[Factor, ...], Field(max_length=SOME)] = ()
    strengths: Annotated[tuple[Factor, ...], Field(max_length=SOME)] = ()
    triggers: Annotated[tuple[Trigger, ...], Field(max_length=SOME)] = ()
    family: Annotated[tuple[Relative, ...], Field(max_length=SOME)] = ()
    mentor: MentorLink | None = None
    practical: Practical | None = None
    health_flags: Annotated[tuple[HealthFlag, ...], Field(max_length=FEW)] = ()
    spiritual_support: SpiritualSupport | None = None
    victim: VictimProtection | None = None
    safety: Annotated[tuple[Safety, ...], Field(max_length=FEW)] = ()
    voice: Voice | None = None
    checklist: Annotated[tuple[ChecklistItem, ...], Field(max_length=SOME)] = ()


class EnvelopeView(Body):
    """What a node stores and shows of a notice before anybody opens the identity (C1 only)."""

    env: Envelope
    checklist: tuple[ChecklistItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedNotice:
    """A notice as an entry carries it.

    Attributes:
        id: The sender's id, the same for all versions.
        version: From 1.
        supersedes: The id of the notice that this one replaces, or None.
        other_basis: Purposes that go on after a withdrawal of consent.
        readers: Officer ids that alone may read a RED notice; else empty.
        notice: What it says.
    """

    id: str
    version: int
    supersedes: str | None
    other_basis: tuple[str, ...]
    readers: tuple[str, ...]
    notice: Notice


class _Edition(Body):
    id: Reference
    version: Annotated[int, Field(ge=1, le=MAX_SIZE)]
    supersedes: Reference | None = None
    tlp: Literal["AMBER", "AMBER+STRICT", "RED"] | None = None
    other_basis: Annotated[tuple[Token, ...], Field(max_length=MAX_OTHER_BASES)]
    readers: Annotated[tuple[Line, ...], Field(alias="for", max_length=MAX_RED_READERS)] = ()


def parse_notice(data: Mapping[str, object]) -> Notice:
    """Return the notice that a form, a file or an API client of our own gave.

    Raises:
        InvalidFieldsError: with every field that breaks a rule.
    """
    return read_entered(Notice, data)


def notice_json(notice: Notice | EnvelopeView) -> dict[str, Json]:
    """Return a notice or its envelope as JSON values."""
    return to_json(notice)


def envelope_of(notice: Notice) -> EnvelopeView:
    """Return what may be stored and shown before the identity is opened."""
    env = notice.env.model_copy(update={"official_procedure": None})
    return EnvelopeView(env=env, checklist=notice.checklist)


def parse_envelope(data: Mapping[str, object]) -> EnvelopeView:
    """Return an envelope that this node stored before.

    Raises:
        BadBodyError: it is not one.
    """
    return read_received(EnvelopeView, data)


def to_wire(
    notice: Notice,
    notice_id: str,
    version: int,
    *,
    supersedes: str | None = None,
    readers: Sequence[str] = (),
) -> dict[str, Value]:
    """Return the data of the entry that carries the notice (docs/protocol.md section 4)."""
    grant = notice.env.consent_grant
    data = to_value(notice)
    data.update(
        id=notice_id,
        version=version,
        tlp=notice.env.handling.tlp.value,
        other_basis=list(grant.other_basis) if grant else [],
    )
    if supersedes is not None:
        data["supersedes"] = supersedes
    if readers:
        data["for"] = list(readers)
    return data


def from_wire(data: Mapping[str, Value]) -> ReceivedNotice:
    """Return a partner's notice; what only newer nodes know is dropped or kept as it is.

    Raises:
        BadBodyError: fields that everybody knows break their rules.
    """
    edition = read_received(_Edition, data)
    notice = read_received(Notice, data)
    if edition.tlp is not None and edition.tlp != notice.env.handling.tlp:
        raise BadBodyError("fields", "two markings")
    return ReceivedNotice(
        id=edition.id,
        version=edition.version,
        supersedes=edition.supersedes,
        other_basis=edition.other_basis,
        readers=edition.readers,
        notice=notice,
    )


def supervision_end(notice: Notice) -> date | None:
    """Return the last day of sentence or measures, None when there is none."""
    days = [measure.to for measure in notice.meas if measure.to is not None]
    if notice.sent is not None and notice.sent.end_on is not None:
        days.append(notice.sent.end_on)
    return max(days, default=None)


def release_day(notice: Notice) -> date | None:
    """Return the day of release, None when there is none."""
    return notice.sent.release_on if notice.sent else None


def default_checklist(release_on: date) -> tuple[ChecklistItem, ...]:
    """Return the conferences and steps around a release, each with its day."""
    return tuple(
        ChecklistItem(item=item, owner_role=role, due=release_on + timedelta(days=days))
        for item, role, days in _CHECKLIST
    )


_CHECKLIST: Final = (
    ("conference_c2", "case officer", -90),
    ("conference_c3", "case officer", -30),
    ("conference_c4", "case officer", -14),
    ("papers_ready", "case officer", -14),
    ("housing_arranged", "case officer", -14),
    ("first_appointment", "probation officer", -7),
    ("plan_copy_given", "case officer", -1),
    ("first_contact_made", "probation officer", 1),
    ("conference_c5", "probation officer", 30),
    ("conference_c6", "probation officer", 90),
)
