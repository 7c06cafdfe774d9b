"""May this notice be submitted and sent to this recipient today, and what needs a second look?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from integra_node.rules.deadlines import Calendar, statutory_decision_day
from integra_node.rules.markings import HANDOVER_LABELS, classified_marking
from integra_node.rules.notice import (
    Assessment,
    ConsentGrant,
    Envelope,
    Notice,
    notice_json,
    release_day,
    supervision_end,
)
from integra_node.rules.permissions import Profile
from integra_node.rules.problems import Problem, error, warning
from integra_node.rules.purposes import (
    NOT_PERSONAL,
    SPECIAL_CATEGORIES,
    Allowance,
    widest_allowance,
)
from integra_node.rules.retention import add_months
from integra_node.rules.second_reader import flagged_words
from integra_node.rules.wire import fits, texts, to_value

NEAR_RELEASE_DAYS: Final = 30
IMMEDIATE_DAYS: Final = 3
URGENT_DAYS: Final = 14
PAST_RELEASE_DAYS: Final = 30
MAX_VALID_DAYS: Final = 400
ASSESSMENT_MONTHS: Final = 12
SHORT_SUPERVISION_MONTHS: Final = 6

_URGENCIES: Final = ("routine", "priority", "urgent", "immediate")
_WITHOUT_SENTENCE: Final = frozenset(
    {"voluntary_support", "mentor_continuity", "family_support_referral"}
)
_NEEDS_PROCEDURE: Final = frozenset({"transfer_of_prisoner", "transfer_of_supervision"})
_OFFICIAL: Final = frozenset({"FD909", "FD947", "FD829"})
_SENSITIVE_NEEDS: Final = frozenset({"trauma", "faith_community", "mental_wellbeing"})
_EXTREMIST_TOOLS: Final = frozenset({"VERA-2R", "ERG22+"})
_VULNERABILITY_TOOLS: Final = frozenset({"RRAP-IRS"})
_TERRORISM_ROOTS: Final = ("terror", "τρομοκρατ", "терор")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientInfo:
    """What the roster and the directory say of the recipient.

    Attributes:
        org: Its name.
        profile: What its node is for; a knowledge node takes no notice.
        regime: The law under which it will process: LED or GDPR; empty when not known.
        conviction_data: Whether it may hold data on convictions under GDPR article 10; None when
            not known.
    """

    org: str
    profile: Profile
    regime: str = ""
    conviction_data: bool | None = None


def problems_before_submit(
    notice: Notice, today: date, recipient: RecipientInfo
) -> tuple[Problem, ...]:
    """Return what forbids submitting and sending, and what asks for a look.

    Args:
        notice: The notice as written.
        today: The day at the sender.
        recipient: What is known of the recipient.
    """
    return (
        *_recipient(notice, recipient),
        *_legal_basis(notice.env),
        *_consent(notice.env),
        *_handling(notice.env),
        *_procedure(notice.env),
        *_validity(notice.env, today),
        *_subject(notice),
        *_dates(notice, today),
        *_near_release(notice, today),
        *_content(notice),
        *_clock(notice, today),
        *_assessments(notice, today),
        *_categories(notice, recipient),
        *_texts(notice),
    )


def urgency_for(release_on: date | None, today: date, declared: str = "routine") -> str:
    """Return the urgency that holds: the declared one, or a higher one that the release asks for.

    Within 72 hours ``immediate``, within 14 days ``urgent``.
    """
    if release_on is None:
        return declared
    days = (release_on - today).days
    asked = "immediate" if days <= IMMEDIATE_DAYS else "urgent" if days <= URGENT_DAYS else ""
    return max((declared, asked), key=_urgency_rank)


def categories_of(notice: Notice) -> dict[str, str]:
    """Return the data categories in the notice, each with the path of its first field."""
    held: Iterable[tuple[str, str, object]] = (
        ("ID", "subj.identity", notice.subj.identity),
        ("CONTACT", "subj.contact", notice.subj.contact),
        ("SENTENCE", "sent", notice.sent),
        ("MEASURES", "meas", notice.meas),
        ("PLAN", "plan", notice.plan),
        ("APPOINT", "plan.next_appointment", notice.plan and notice.plan.next_appointment),
        ("ASSESS_SUM", "assess", notice.assess),
        ("NEEDS", "needs", notice.needs),
        ("PROTECT", "protective", notice.protective or notice.strengths),
        ("TRIGGER", "triggers", notice.triggers),
        ("FAMILY", "family", notice.family),
        ("MENTOR", "mentor", notice.mentor),
        ("PRACTICAL", "practical", notice.practical),
        ("HEALTH_FLAG", "health_flags", notice.health_flags),
        ("SPIRITUAL", "spiritual_support", notice.spiritual_support),
        ("SAFETY", "safety", notice.safety),
        ("VOICE", "voice", notice.voice),
    )
    return {category: path for category, path, value in held if value}


def special_categories_of(notice: Notice) -> dict[str, str]:
    """Return those of the categories that are special here, each with its path."""
    found = {key: path for key, path in categories_of(notice).items() if key in SPECIAL_CATEGORIES}
    for position, need in enumerate(notice.needs):
        if need.domain in _SENSITIVE_NEEDS:
            found.setdefault("NEEDS", f"needs.{position}.domain")
    return found


def _urgency_rank(urgency: str) -> int:
    return _URGENCIES.index(urgency) if urgency in _URGENCIES else -1


def _recipient(notice: Notice, recipient: RecipientInfo) -> Iterator[Problem]:
    env = notice.env
    if env.recipient.org != recipient.org:
        yield error("env.recipient.org", "recipient_differs")
    if recipient.profile is Profile.KNOWLEDGE:
        yield error("env.recipient.org", "recipient_not_casework")
    if env.sender is not None and env.sender.org == recipient.org:
        yield error("env.recipient.org", "recipient_is_self")
    for path, regime in (
        ("env.regime_sender", env.regime_sender),
        ("env.regime_recipient", env.regime_recipient),
    ):
        if regime is None:
            yield error(path, "required")
    if env.regime_recipient and recipient.regime and env.regime_recipient != recipient.regime:
        yield error("env.regime_recipient", "regime_differs", regime=recipient.regime)


def _legal_basis(env: Envelope) -> Iterator[Problem]:
    if not env.legal_basis:
        yield error("env.legal_basis", "legal_basis_needed")
    if not env.purposes:
        yield error("env.purposes", "purpose_needed")
    for position, purpose in enumerate(env.purposes):
        if purpose in NOT_PERSONAL:
            yield error(f"env.purposes.{position}", "purpose_not_personal", purpose=purpose)
    for position, basis in enumerate(env.legal_basis):
        if basis.code == "DOMESTIC" and basis.national_law_ref is None:
            yield warning(f"env.legal_basis.{position}.national_law_ref", "national_law_missing")


def _consent(env: Envelope) -> Iterator[Problem]:
    grant = env.consent_grant
    if grant is None or not (grant.ref or grant.not_basis):
        yield error("env.consent_grant", "consent_needed")
        return
    if grant.ref and grant.not_basis:
        yield error("env.consent_grant", "consent_contradicts")
    if grant.not_basis and grant.reason is None:
        yield error("env.consent_grant.reason", "consent_reason_needed")
    yield from _consent_as_basis(env, grant)


def _consent_as_basis(env: Envelope, grant: ConsentGrant) -> Iterator[Problem]:
    codes = {basis.code for basis in env.legal_basis}
    if codes != {"VOLUNTARY"}:
        return
    if env.regime_sender == "LED":
        yield error("env.legal_basis", "consent_no_basis_for_authority")
    if grant.not_basis:
        yield warning("env.consent_grant", "voluntary_without_consent")


def _handling(env: Envelope) -> Iterator[Problem]:
    if env.handling.tlp not in HANDOVER_LABELS:
        yield error("env.handling.tlp", "marking_too_wide", marking=env.handling.tlp.label)
    if env.handling.europol == "H3" and env.handling.text is None:
        yield error("env.handling.text", "handling_text_needed")


def _procedure(env: Envelope) -> Iterator[Problem]:
    if env.official_procedure is not None:
        return
    if env.kind in _NEEDS_PROCEDURE:
        yield error("env.official_procedure", "procedure_needed")
    elif any(basis.code in _OFFICIAL for basis in env.legal_basis):
        yield warning("env.official_procedure", "procedure_missing")


def _validity(env: Envelope, today: date) -> Iterator[Problem]:
    if env.lang is None:
        yield error("env.lang", "required")
    if env.review_on is None:
        yield error("env.review_on", "required")
    if env.valid_until is None:
        yield error("env.valid_until", "required")
        return
    if env.valid_until < today:
        yield error("env.valid_until", "date_in_past")
    if (env.valid_until - today).days > MAX_VALID_DAYS:
        yield error("env.valid_until", "lifetime_too_long", max=MAX_VALID_DAYS)
    if env.review_on is not None and env.review_on > env.valid_until:
        yield error("env.review_on", "review_after_end")


def _subject(notice: Notice) -> Iterator[Problem]:
    subject = notice.subj
    identity = subject.identity
    named = identity is not None and (identity.family or identity.given)
    if not named and subject.pairwise_ref is None:
        yield error("subj.identity", "identity_needed")
    if subject.minor:
        yield warning("subj.minor", "minor_second_reader")
        if subject.guardian is None:
            yield error("subj.guardian", "guardian_needed")
    if any(relative.child for relative in notice.family):
        yield warning("family", "child_second_reader")


def _dates(notice: Notice, today: date) -> Iterator[Problem]:
    sentence = notice.sent
    end = sentence.end_on if sentence else None
    release = sentence.release_on if sentence else None
    if end is None and release is None:
        if notice.env.kind not in _WITHOUT_SENTENCE:
            yield error("sent.end_on", "sentence_dates_needed")
        return
    if release is not None and end is not None and end < release:
        yield error("sent.end_on", "end_before_release")
    if release is not None and release < today - timedelta(days=PAST_RELEASE_DAYS):
        yield error("sent.release_on", "release_long_past", days=PAST_RELEASE_DAYS)
    for position, measure in enumerate(notice.meas):
        if measure.from_ and measure.to and measure.to < measure.from_:
            yield error(f"meas.{position}.to", "end_before_start")


def _near_release(notice: Notice, today: date) -> Iterator[Problem]:
    release = release_day(notice)
    needed = urgency_for(release, today, notice.env.urgency)
    if needed != notice.env.urgency:
        yield warning("env.urgency", "urgency_too_low", urgency=needed)
    near = release is not None and release <= today + timedelta(days=NEAR_RELEASE_DAYS)
    say = error if near else warning
    if near and (notice.plan is None or notice.plan.next_appointment is None):
        yield error("plan.next_appointment", "appointment_needed", days=NEAR_RELEASE_DAYS)
    if near and (notice.plan is None or notice.plan.crisis_contact is None):
        yield error("plan.crisis_contact", "crisis_contact_needed", days=NEAR_RELEASE_DAYS)
    if notice.practical is None or notice.practical.housing is None:
        yield say("practical.housing.status", "housing_needed", days=NEAR_RELEASE_DAYS)


def _content(notice: Notice) -> Iterator[Problem]:
    if notice.plan is None or not notice.plan.goals:
        yield error("plan.goals", "goals_needed")
    if not notice.needs:
        yield error("needs", "needs_needed")
    if not (notice.protective or notice.strengths):
        yield error("protective", "protective_needed")
    voice = notice.voice
    if voice is None or not (voice.text or voice.declined):
        yield error("voice", "voice_needed")
    elif voice.text and voice.declined:
        yield error("voice.declined", "voice_contradicts")
    elif voice.text and voice.language is None:
        yield error("voice.language", "required")
    if not notice.checklist:
        yield warning("checklist", "checklist_missing")


def _clock(notice: Notice, today: date) -> Iterator[Problem]:
    release = release_day(notice)
    codes = {basis.code for basis in notice.env.legal_basis}
    yield from _short_supervision(notice, codes & {"FD947", "FD909"}, today)
    if release is None:
        return
    procedure = notice.env.official_procedure
    received = (procedure.received_on or procedure.sent_on if procedure else None) or today
    for code in sorted(codes & _OFFICIAL):
        due = statutory_decision_day(code, received, Calendar())
        if due is not None and due > release:
            yield warning(
                "env.official_procedure",
                "decision_after_release",
                instrument=code,
                due=due.isoformat(),
                release=release.isoformat(),
            )
            if notice.plan is None or notice.plan.interim_arrangement is None:
                yield warning("plan.interim_arrangement", "interim_arrangement_needed")


def _short_supervision(notice: Notice, codes: set[str], today: date) -> Iterator[Problem]:
    end = supervision_end(notice)
    if not codes or end is None:
        return
    start = today if codes == {"FD909"} else release_day(notice) or today
    if end < add_months(start, SHORT_SUPERVISION_MONTHS):
        yield warning("sent.end_on", "under_6m", months=SHORT_SUPERVISION_MONTHS)


def _assessments(notice: Notice, today: date) -> Iterator[Problem]:
    convicted = _is_convicted_of_terrorism(notice)
    for position, item in enumerate(notice.assess):
        path = f"assess.{position}"
        yield from _population(path, item, convicted=convicted)
        old = item.done_on is not None and add_months(item.done_on, ASSESSMENT_MONTHS) < today
        if old or (item.valid_until is not None and item.valid_until < today):
            yield warning(path, "assessment_old", months=ASSESSMENT_MONTHS)


def _population(path: str, item: Assessment, *, convicted: bool) -> Iterator[Problem]:
    if item.tool in _VULNERABILITY_TOOLS and convicted:
        say = warning if item.override_reason else error
        yield say(f"{path}.tool", "tool_not_for_convicted", tool=item.tool)
    elif item.population_ok is False or (item.tool in _EXTREMIST_TOOLS and not convicted):
        yield warning(f"{path}.tool", "tool_population", tool=item.tool)


def _is_convicted_of_terrorism(notice: Notice) -> bool:
    sentence = notice.sent
    if notice.subj.category != "convicted" or sentence is None:
        return False
    label = (sentence.offence_label or "").casefold()
    return sentence.list_category == "terrorism" or any(root in label for root in _TERRORISM_ROOTS)


def _categories(notice: Notice, recipient: RecipientInfo) -> Iterator[Problem]:
    env = notice.env
    named_law = any(basis.national_law_ref for basis in env.legal_basis)
    grant = env.consent_grant
    consented = set(grant.categories) if grant and grant.ref else set()
    for category, path in categories_of(notice).items() if env.purposes else ():
        allowed = widest_allowance(category, env.purposes)
        if allowed is Allowance.NEVER:
            yield error(path, "category_not_for_purpose", category=category)
        elif allowed is Allowance.CONSENT and not (grant and grant.ref) and not named_law:
            yield error(path, "category_needs_consent", category=category)
    if (env.regime_recipient or recipient.regime) != "GDPR":
        return
    for category, path in special_categories_of(notice).items():
        if category not in consented and not named_law:
            yield error(path, "special_category_needs_consent", category=category)
    if notice.sent is not None and recipient.conviction_data is not True:
        say = error if recipient.conviction_data is False else warning
        yield say("sent", "conviction_data_not_authorised")


def _texts(notice: Notice) -> Iterator[Problem]:
    written = notice_json(notice)
    for path, text in texts(written):
        marking = classified_marking(text)
        if marking:
            yield error(path, "classified", marking=marking)
    yield from flagged_words(written, notice.env.lang or "")
    if not fits(to_value(notice)):
        yield error("", "body_too_large")
