"""Which fields of a notice are asked and shown, under which names, in which order?

One table for the form and for the reading page, so that the preview is what the recipient sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from integra_node.rules.messages import N_

Widget = Literal[
    "text", "area", "lines", "select", "radios", "checks", "day", "flag", "moment", "number"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field.

    Attributes:
        name: Its name within the part.
        label: What it is called, untranslated.
        widget: How it is asked; ``lines`` is a list with one item on each line.
        codes: The code list of its values, for ``select``, ``radios`` and ``checks``.
        hint: A sentence beside it, untranslated.
        always: Whether the form opens it without a click; others are behind "more".
    """

    name: str
    label: str
    widget: Widget = "text"
    codes: str = ""
    hint: str = ""
    always: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A group of fields under one heading.

    Attributes:
        path: Where the group stands in the notice; empty for the top.
        title: Its heading, untranslated.
        fields: What it holds.
        rows: 0 for one group; else how many empty rows the form offers.
        hint: A sentence below the heading, untranslated.
        always: Whether the form opens it without a click.
    """

    path: str
    title: str
    fields: tuple[Field, ...]
    rows: int = 0
    hint: str = ""
    always: bool = True


def _f(
    name: str,
    label: str,
    widget: Widget = "text",
    codes: str = "",
    *,
    hint: str = "",
    always: bool = True,
) -> Field:
    return Field(name=name, label=label, widget=widget, codes=codes, hint=hint, always=always)


_BASIS: Final = _f("basis", N_("Fact or assessment"), "select", "basis")

PARTS: Final[tuple[Part, ...]] = (
    Part(
        path="env",
        title=N_("What is handed over, and to whom"),
        fields=(
            _f("kind", N_("Kind of notice"), "select", "handover_kind"),
            _f("urgency", N_("Urgency"), "select", "urgency"),
            _f("recipient.org", N_("Receiving organisation"), "select", "recipients"),
            _f("recipient.unit", N_("Unit there")),
            _f(
                "recipient.mailbox",
                N_("Mailbox of a role there"),
                hint=N_("Never the address of a person."),
                always=False,
            ),
            _f("sender.unit", N_("Our unit"), always=False),
            _f("sender.mailbox", N_("Mailbox of our role"), always=False),
            _f("lang", N_("Language of the notice"), "select", "languages"),
            _f("valid_until", N_("Valid until"), "day"),
            _f("review_on", N_("Review on"), "day"),
        ),
    ),
    Part(
        path="env.legal_basis",
        title=N_("Legal basis of this disclosure"),
        hint=N_("Always needed. Consent comes on top of it."),
        rows=1,
        fields=(
            _f("code", N_("Instrument"), "radios", "instrument"),
            _f(
                "national_law_ref",
                N_("National law: name the article"),
                hint=N_("For example: Lei 158/2015, article 5"),
            ),
            _f("text", N_("Remark"), "area", always=False),
        ),
    ),
    Part(
        path="env",
        title=N_("Purposes and law"),
        fields=(
            _f("purposes", N_("What may the recipient use it for?"), "checks", "purpose"),
            _f("regime_sender", N_("Law that applies to us"), "radios", "regime"),
            _f("regime_recipient", N_("Law that applies to the recipient"), "radios", "regime"),
        ),
    ),
    Part(
        path="env.consent_grant",
        title=N_("Consent of the person"),
        hint=N_(
            "A second question. Consent is never the legal basis of an authority; it limits what is"
            " sent."
        ),
        fields=(
            _f(
                "not_basis",
                N_("Not asked: consent is not needed here"),
                "flag",
                hint=N_("Then say why below."),
            ),
            _f("reason", N_("Why it is not needed"), "area"),
            _f("ref", N_("Consent record"), hint=N_("Its reference, if consent was given.")),
            _f(
                "categories", N_("What the consent covers"), "checks", "data_category", always=False
            ),
            _f(
                "other_basis",
                N_("What goes on if the consent is withdrawn"),
                "checks",
                "purpose",
                always=False,
            ),
        ),
    ),
    Part(
        path="env.handling",
        title=N_("Handling"),
        always=False,
        fields=(
            _f("tlp", N_("Marking"), "select", "tlp"),
            _f("europol", N_("Handling code"), "select", "europol_handling"),
            _f("text", N_("Restriction in words"), "area"),
            _f("conditions", N_("Conditions"), "lines", hint=N_("One on each line.")),
            _f("onward", N_("May be passed on"), "select", "onward"),
        ),
    ),
    Part(
        path="env.official_procedure",
        title=N_("Official procedure"),
        hint=N_("This notice does not transfer the sentence or the measure."),
        fields=(
            _f("instrument", N_("Instrument"), "select", "instrument"),
            _f("certificate_ref", N_("Reference of the certificate")),
            _f("issuing_auth", N_("Issuing authority"), always=False),
            _f("executing_auth", N_("Executing authority"), always=False),
            _f("sent_on", N_("Sent on"), "day", always=False),
            _f("received_on", N_("Received on"), "day"),
            _f("channel", N_("Channel"), "select", "procedure_channel", always=False),
            _f("status", N_("State"), "select", "procedure_status", always=False),
        ),
    ),
    Part(
        path="subj",
        title=N_("The person"),
        fields=(
            _f("category", N_("Category of person"), "select", "subject_category"),
            _f("identity.family", N_("Family name")),
            _f("identity.given", N_("Given names")),
            _f("identity.original_script", N_("Name in the original script"), always=False),
            _f("identity.transliteration", N_("Transliteration rule"), always=False),
            _f("identity.aliases", N_("Other names"), "lines", always=False),
            _f(
                "identity.birth_date",
                N_("Date of birth"),
                hint=N_("As far as it is known: 1995, 1995-06 or 1995-06-14"),
            ),
            _f("identity.birth_place", N_("Place of birth"), always=False),
            _f("identity.sex", N_("Sex"), "select", "sex", always=False),
            _f(
                "identity.nationalities",
                N_("Nationalities"),
                "lines",
                hint=N_("Two letters, one on each line: PT"),
                always=False,
            ),
            _f("identity.stateless", N_("Stateless"), "flag", always=False),
            _f("pairwise_ref", N_("Reference for this recipient only"), always=False),
            _f("minor", N_("The person is a minor"), "flag"),
            _f("guardian", N_("Guardian"), always=False),
            _f("interpreter.lang", N_("Language of the interpreter"), always=False),
            _f("interpreter.spoken", N_("Speaks it"), "select", "interpreter_level", always=False),
            _f("interpreter.written", N_("Writes it"), "select", "interpreter_level", always=False),
            _f("interpreter.need", N_("An interpreter is needed"), "flag", always=False),
            _f("contact.address", N_("Address on release"), "area"),
            _f("contact.phone", N_("Telephone")),
            _f(
                "contact.preferred_channel",
                N_("Preferred channel"),
                "select",
                "contact_channel",
                always=False,
            ),
            _f("contact.safe_hours", N_("When it is safe to call"), always=False),
        ),
    ),
    Part(
        path="sent",
        title=N_("Sentence and release"),
        fields=(
            _f("offence_label", N_("Offence in short")),
            _f("list_category", N_("Category of offence"), "select", "offence_category"),
            _f("judgment_ref", N_("Reference of the judgment"), always=False),
            _f("final_on", N_("Final on"), "day", always=False),
            _f("type", N_("Type of sentence"), "select", "sentence_type"),
            _f("total_days", N_("Length in days"), "number", always=False),
            _f("served_days", N_("Days served"), "number", always=False),
            _f("deducted_days", N_("Days deducted"), "number", always=False),
            _f("earliest_release_on", N_("Earliest release"), "day", always=False),
            _f(
                "release_on",
                N_("Date of release"),
                "day",
                hint=N_("For example, 27 3 2027"),
            ),
            _f("release_type", N_("Type of release"), "select", "release_type"),
            _f("end_on", N_("End of the sentence"), "day"),
        ),
    ),
    Part(
        path="meas",
        title=N_("Measures and obligations"),
        rows=2,
        fields=(
            _f("code", N_("Measure"), "select", "measure_code"),
            _f("text", N_("What exactly"), "area"),
            _f("from", N_("Begins on"), "day", always=False),
            _f("to", N_("Until"), "day", always=False),
            _f("frequency", N_("How often"), always=False),
            _f("place", N_("Where"), always=False),
            _f("authority", N_("Authority"), always=False),
            _f("proof", N_("How it is shown"), always=False),
        ),
    ),
    Part(
        path="plan",
        title=N_("Plan"),
        fields=(
            _f("goals", N_("Goals"), "lines", hint=N_("At most five, one on each line.")),
            _f("steps", N_("Support already arranged"), "lines", hint=N_("One on each line.")),
            _f("reporting", N_("Reporting"), "area", always=False),
            _f(
                "contingency",
                N_("What to do if"),
                "lines",
                hint=N_("“If …, then …”, one on each line."),
            ),
            _f(
                "interim_arrangement",
                N_("Between release and the official decision"),
                "area",
                always=False,
            ),
            _f("next_appointment.start", N_("Next appointment"), "moment"),
            _f("next_appointment.place", N_("Place")),
            _f("next_appointment.with_role", N_("With whom"), hint=N_("A role, not a name.")),
            _f("next_appointment.org", N_("At which organisation"), always=False),
            _f("next_appointment.video", N_("By video"), "flag", always=False),
            _f("next_appointment.confirmed_by_person", N_("The person has confirmed it"), "flag"),
            _f("crisis_contact", N_("Whom to ring in a crisis")),
        ),
    ),
    Part(
        path="needs",
        title=N_("Needs"),
        rows=2,
        fields=(
            _f("domain", N_("Area"), "select", "need_domain"),
            _f("level", N_("How much"), "select", "need_level"),
            _f("response", N_("What answers it"), "area"),
            _BASIS,
        ),
    ),
    Part(
        path="protective",
        title=N_("What protects and strengthens"),
        rows=2,
        fields=(
            _f("text", N_("What"), "area"),
            _f("source_role", N_("Seen by"), hint=N_("A role, not a name."), always=False),
            _BASIS,
            _f("since", N_("Since"), always=False),
        ),
    ),
    Part(
        path="strengths",
        title=N_("Strengths"),
        rows=1,
        always=False,
        fields=(_f("text", N_("What"), "area"), _BASIS),
    ),
    Part(
        path="triggers",
        title=N_("What makes it worse, and what helps"),
        rows=1,
        always=False,
        fields=(
            _f("situation", N_("Situation"), "area"),
            _f("sign", N_("Sign observed"), "area"),
            _f("what_helps", N_("What helps"), "area"),
            _BASIS,
        ),
    ),
    Part(
        path="practical",
        title=N_("Practical matters"),
        fields=(
            _f("housing.status", N_("Housing"), "select", "housing_status"),
            _f("housing.type", N_("Kind of housing")),
            _f("papers.id_card", N_("Identity card"), "select", "paper_status", always=False),
            _f("papers.residence", N_("Residence permit"), "select", "paper_status", always=False),
            _f("money", N_("Money"), "area", always=False),
            _f("phone", N_("Telephone at release"), "area", always=False),
            _f("transport", N_("Transport"), "area", always=False),
            _f("property", N_("Belongings"), "area", always=False),
        ),
    ),
    Part(
        path="voice",
        title=N_("The person's own words"),
        fields=(
            _f("text", N_("Statement"), "area"),
            _f("language", N_("Language of the statement"), "select", "languages"),
            _f("declined", N_("The person did not want to say anything"), "flag"),
        ),
    ),
    Part(
        path="family",
        title=N_("Family"),
        hint=N_("Relations only, no names."),
        rows=1,
        always=False,
        fields=(
            _f("relation", N_("Relation")),
            _f("role", N_("Role"), "select", "family_role"),
            _f("contact_ok", N_("Contact is fine"), "flag"),
            _f("own_agreement", N_("Has agreed to be named"), "flag"),
            _f("child", N_("A child"), "flag"),
        ),
    ),
    Part(
        path="mentor",
        title=N_("Mentoring"),
        always=False,
        fields=(
            _f("org", N_("Organisation")),
            _f("continuity", N_("Does it go on?"), "select", "mentor_continuity"),
            _f("programme", N_("Programme")),
        ),
    ),
    Part(
        path="health_flags",
        title=N_("Health"),
        hint=N_("That something must go on, and whom to ask. Never a diagnosis."),
        rows=1,
        always=False,
        fields=(
            _f("flag", N_("What must go on"), "select", "health_flag"),
            _f("contact", N_("Whom to ask")),
        ),
    ),
    Part(
        path="spiritual_support",
        title=N_("Spiritual support"),
        always=False,
        fields=(
            _f("requested", N_("The person has asked for it"), "flag"),
            _f("denomination", N_("In the person's own words")),
        ),
    ),
    Part(
        path="victim",
        title=N_("Protection of a victim"),
        hint=N_("Orders only, never who it is."),
        always=False,
        fields=(
            _f("protection_order_ref", N_("Protection order")),
            _f("no_contact_ref", N_("No-contact measure")),
            _f("liaison_contact", N_("Liaison")),
        ),
    ),
    Part(
        path="safety",
        title=N_("Safety of staff"),
        rows=1,
        always=False,
        fields=(
            _f("staff_safety_advice", N_("Advice"), "area"),
            _BASIS,
            _f("expires", N_("Holds until"), "day"),
        ),
    ),
    Part(
        path="assess",
        title=N_("Assessments"),
        hint=N_("A summary in words, never scores."),
        rows=1,
        always=False,
        fields=(
            _f("tool", N_("Tool"), "select", "assessment_tool"),
            _f("method", N_("Method"), "select", "assessment_method"),
            _f("assessor_role", N_("Role of the assessor")),
            _f("certified", N_("Certified in the tool"), "flag"),
            _f("done_on", N_("Done on"), "day"),
            _f("valid_until", N_("Valid until"), "day"),
            _f("formulation", N_("Formulation"), "area"),
            _f("limits", N_("Limits"), "area"),
            _f("full_report_contact", N_("Who has the full report")),
            _f("override_reason", N_("Why this tool all the same"), "area"),
        ),
    ),
    Part(
        path="checklist",
        title=N_("Checklist"),
        rows=1,
        always=False,
        fields=(
            _f("item", N_("What"), "select", "checklist_item"),
            _f("text", N_("Remark")),
            _f("owner_role", N_("By whom")),
            _f("due", N_("Until when"), "day"),
            _f("done_on", N_("Done on"), "day"),
        ),
    ),
)
