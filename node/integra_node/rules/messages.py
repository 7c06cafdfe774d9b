"""How is each problem code said to people?  English here; the catalogues have the other languages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def N_(text: str) -> str:  # noqa: N802 - the name by which Babel finds texts to translate
    """Return the text; marks it for the catalogue without translating it here."""
    return text


MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "required": N_("Enter this."),
        "unknown_field": N_("There is no such field."),
        "unknown_code": N_("Choose one of the values offered."),
        "unknown_word": N_("This is no code and no name of one. The template lists them all."),
        "unknown_word_near": N_("This is no code and no name of one. Near to it: %(near)s."),
        "formula_without_value": N_(
            "This cell is a formula without a saved value. Type the value instead."
        ),
        "too_many_cells": N_(
            "The row has %(given)s cells, the header has %(max)s. Look for a"
            " separator inside a text without quotation marks."
        ),
        "source_twice": N_("Row %(row)s has the same source id. Keep one of them."),
        "import_colleague": N_(
            "A colleague is writing this practice. Ask them to bring in the change."
        ),
        "import_edited": N_(
            "This draft was changed by hand since it was brought in. It is not written over."
        ),
        "import_withdrawn": N_(
            "This practice was withdrawn. Give it another source id to bring it in anew."
        ),
        "no_title_column": N_("Say which column is the title."),
        "column_twice": N_("Two columns are the same field. Choose one of them."),
        "duplicate": N_("The same value is there twice."),
        "bad_value": N_("This value cannot be used."),
        "bad_text": N_("This is not a text that can be used."),
        "bad_format": N_("This does not have the right form."),
        "bad_number": N_("Enter a number."),
        "bad_hour": N_("Enter an hour from 0 to 23."),
        "bad_address": N_("Enter an e-mail address, like name@example.org."),
        "foreign_domain": N_("Use an address of your organisation: %(domains)s."),
        "bad_flag": N_("Answer yes or no."),
        "bad_date": N_("Enter a real date."),
        "bad_time": N_("Enter a date and a time."),
        "bad_partial_date": N_("Enter a year, a year and month, or a full date."),
        "zone_missing": N_("Enter the time with its time zone."),
        "too_long": N_("Use at most %(max)s characters."),
        "too_many": N_("At most %(max)s are possible."),
        "too_many_saved": N_(
            "You have saved %(max)s searches, which is the most. Delete one of them first."
        ),
        "too_few": N_("At least %(min)s are needed."),
        "too_small": N_("Enter at least %(min)s."),
        "too_big": N_("Enter at most %(max)s."),
        "body_too_large": N_("The whole is too large to be sent. Shorten some texts."),
        "language_missing": N_("Write this in the language of the text: %(language)s."),
        "points_at_person": N_(
            "Some words may point at a person. Take them out, or say that they point at nobody."
        ),
        "same_language": N_("The practice is written in this language. Choose another one."),
        "end_before_start": N_("The end must not be before the start."),
        "date_in_past": N_("This date has passed."),
        "lifetime_too_long": N_("At most %(max)s days are possible."),
        "lifetime_unusual": N_("More than %(max)s days is unusual here. Check it."),
        "classified": N_(
            "Information marked %(marking)s must not be entered. Use the channel that is"
            " accredited for it."
        ),
        "evidence_limits_missing": N_("Say what the evidence does not show."),
        "evidence_needs_external": N_("Levels 4 and 5 need an evaluation from outside."),
        "evidence_report_missing": N_("Add a link to the evaluation report."),
        "ethics_missing": N_("Say what could harm people and what you do about it."),
        "failures_missing": N_("Say what did not work. It helps others most."),
        "lineage_changes_missing": N_("Say what you changed of the original."),
        "lineage_why_missing": N_("Say why you changed it. It helps whoever adapts it next."),
        "no_such_practice": N_("There is no such practice in this library."),
        "identifies_person": N_(
            "This looks as if it identifies a person (%(what)s). A second person decides about it."
        ),
        "reason_points_at": N_(
            "The reason may point at a person. Write it without that, or say that you are sure."
        ),
        "file_empty": N_("Choose a file that is not empty."),
        "file_too_large": N_("The file is larger than %(max)s MiB."),
        "files_too_large": N_("All files of one practice together may have %(max)s MiB."),
        "file_kind": N_("Only PDF, ODT, PNG, JPEG and plain text in UTF-8 can be sent."),
        "file_name": N_("This name of a file cannot be used."),
        "file_name_differs": N_("The end of the name does not fit what the file is."),
        "file_active": N_(
            "The file holds something that can run by itself (%(what)s). Save it without scripts,"
            " macros and actions, for example by printing it to a new PDF."
        ),
        "file_encrypted": N_("The file is encrypted. Remove its password first."),
        "file_unreadable": N_("The file is broken, or too large to look through."),
        "words_undecided": N_("Decide whether these words may stay."),
        "words_to_go": N_("A second reader asks for these words to be taken out."),
        "bias_answer_needed": N_("Answer in at least %(min)s characters."),
        "handling_text_needed": N_("Handling code H3 needs the restriction in words."),
        "audience_is_everybody": N_("CLEAR and GREEN go to all members. Remove the recipients."),
        "audience_needed": N_("Choose at least one recipient."),
        "audience_wrong": N_("Choose other organisations by name, not your own."),
        "audience_shrinks": N_(
            "Everybody who received the last version must receive this one too. Retract the alert"
            " if it should not stand."
        ),
        "red_one_recipient": N_("TLP:RED goes to one organisation only."),
        "red_readers": N_("TLP:RED needs 1 to %(max)s named readers."),
        "readers_only_for_red": N_("Only TLP:RED has named readers."),
        "role_needed": N_("Choose at least one role."),
        "roles_exclude": N_("%(role)s and %(other)s cannot be the same person."),
        "role_not_in_profile": N_("%(role)s does not exist on a knowledge node."),
        "bad_username": N_("Use small letters, digits, dot, hyphen and underscore only."),
        "password_too_short": N_("Use at least %(min)s characters."),
        "password_is_username": N_("The password must not be made from the user name."),
        "account_locked": N_("Too many wrong tries. Wait and try again."),
        "wrong_password": N_("This is not the password used until now."),
        "password_unchanged": N_("Choose another password than the one used until now."),
        "passwords_differ": N_("The two passwords differ."),
        "username_taken": N_("This user name is taken."),
        "pin_too_short": N_("Use at least %(min)s characters."),
        "secret_one_character": N_("Use more than one character."),
        "pins_differ": N_("Type the same PIN in both fields."),
        "wrong_password_now": N_("The password of your account is wrong."),
        "reason_needed": N_("Give a reason."),
        "ground_needed": N_("Choose the ground of the refusal."),
        "pin_needed": N_("Enter your signing PIN."),
        "wrong_pin": N_("The PIN is wrong. After five wrong PINs a new key is needed."),
        "officer_locked": N_("Five wrong PINs have locked your signing key. Make a new key."),
        "no_officer_key": N_("You have no signing key. Make one under My account."),
        "changed_meanwhile": N_(
            "This draft was changed on another page in the meantime. Save again to replace that"
            " change by what stands here."
        ),
        "recipient_differs": N_("The recipient is another organisation than the one chosen."),
        "recipient_not_casework": N_(
            "This organisation takes part for knowledge only and cannot receive a handover."
        ),
        "recipient_is_self": N_("Choose another organisation than your own."),
        "regime_differs": N_("The recipient processes under %(regime)s."),
        "legal_basis_needed": N_(
            "Name the legal basis. Without one, nothing about a person may be disclosed."
        ),
        "purpose_needed": N_("Name at least one purpose."),
        "purpose_not_personal": N_("Purpose %(purpose)s does not allow data about a person."),
        "national_law_missing": N_("Name the national law that this rests on."),
        "consent_needed": N_("Name the consent record, or say that consent is not the basis."),
        "consent_contradicts": N_(
            "Either name the consent record or say that consent is not the basis, not both."
        ),
        "consent_reason_needed": N_("Say why consent is not the basis."),
        "consent_no_basis_for_authority": N_(
            "Consent is no legal basis for an authority. Name the law."
        ),
        "voluntary_without_consent": N_(
            "Voluntary support without consent needs a mandate of the organisation. Check it."
        ),
        "marking_too_wide": N_("%(marking)s is too wide for a handover."),
        "procedure_needed": N_("A transfer needs the reference of the official procedure."),
        "procedure_missing": N_("Add the reference of the official procedure when you have it."),
        "review_after_end": N_("The review must not be after the end of validity."),
        "identity_needed": N_("Enter the name of the person."),
        "guardian_needed": N_("Name the guardian of the minor."),
        "minor_second_reader": N_(
            "The person is a minor. A second reader and the data protection officer must see it."
        ),
        "child_second_reader": N_("A child is mentioned. A second reader must see it."),
        "sentence_dates_needed": N_("Enter the end of the sentence or the day of release."),
        "end_before_release": N_("The sentence must not end before the release."),
        "release_long_past": N_("The release is more than %(days)s days ago."),
        "urgency_too_low": N_("By its release date this is %(urgency)s."),
        "appointment_needed": N_(
            "The release is within %(days)s days. Enter the next appointment."
        ),
        "crisis_contact_needed": N_(
            "The release is within %(days)s days. Enter whom to ring in a crisis."
        ),
        "housing_needed": N_(
            "Say where the person will live; needed %(days)s days before release."
        ),
        "goals_needed": N_("Enter at least one goal of the plan."),
        "needs_needed": N_("Enter at least one need."),
        "protective_needed": N_("Enter at least one protective factor or strength."),
        "voice_needed": N_("Enter the person's own words, or that they declined."),
        "voice_contradicts": N_("The person either said something or declined, not both."),
        "checklist_missing": N_("There is no checklist."),
        "decision_after_release": N_(
            "The decision (%(instrument)s) may come on %(due)s, after the release on %(release)s."
        ),
        "interim_arrangement_needed": N_(
            "Say what holds between the release and the official decision."
        ),
        "under_6m": N_("Less than %(months)s months remain: recognition may be refused."),
        "assessment_old": N_(
            "This assessment is older than %(months)s months or no longer valid. The recipient"
            " sees this remark."
        ),
        "tool_not_for_convicted": N_(
            "%(tool)s is not made for people convicted of terrorism. Remove it or say why it is"
            " used all the same."
        ),
        "tool_population": N_("%(tool)s is made for other people. Check it."),
        "category_not_for_purpose": N_(
            "Data of category %(category)s may not be disclosed for the purposes named."
        ),
        "category_needs_consent": N_(
            "Data of category %(category)s need a consent or a law for these purposes."
        ),
        "special_category_needs_consent": N_(
            "Category %(category)s is special. This recipient needs a consent that names it, or"
            " a law."
        ),
        "conviction_data_not_authorised": N_(
            "It is not recorded that this recipient may hold data on convictions."
        ),
        "word_of_intelligence": N_(
            "“%(word)s”: nothing about sources, surveillance or police alerts may go out. A second"
            " reader must look."
        ),
        "word_of_belief": N_(
            "“%(word)s”: describe behaviour, not religion or origin. A second reader must look."
        ),
        "character_as_fact": N_("“%(word)s” is a judgement. Mark it as an assessment."),
    }
)


def message(code: str) -> str:
    """Return the English text of a problem code, with named ``%(...)s`` placeholders."""
    return MESSAGES.get(code, MESSAGES["bad_value"])
