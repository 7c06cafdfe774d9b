"""Are the code lists complete in every language, and does every problem have a text?"""

import ast
import re
import string
import unicodedata
from pathlib import Path

import pytest

import integra_node
from integra_node.rules import alert, codes, deadlines, handover, messages, permissions, practice
from integra_node.rules.practice_flat import plain
from integra_node.rules.problems import _CODES
from integra_protocol.bodies import FEEDBACKS
from integra_protocol.errors import NotFoundError

NODE = Path(integra_node.__file__).parent
LANGUAGES = ("en", "fr", "pt", "it", "nl", "el", "bg")
# What is written the same way in every language: names, markings, levels.
NAMES = {
    "A1", "A2", "B1", "B2", "C1", "C2", "VERA-2R", "ERG22+", "RRAP IRS", "e-CODEX", "Europol 4x4",
    "TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED", "Creative Commons Zero 1.0",
}  # fmt: skip
# Words that a language really shares with English.
SHARED = {
    "fr": {
        "Administration", "Ambivalent", "Art", "Association", "Attitudes", "Dialogue", "Improbable",
        "Information", "Liaison", "Mentor", "Mentors", "Plan", "Police", "Prison", "Probation",
        "Sport", "Transition", "Urgent", "Creative Commons Attribution 4.0",
    },
    "pt": {"Digital", "Fax", "Mentor", "Supervisor", "Trauma", "Universal"},
    "it": {"Fax", "Idea", "Mentoring", "Partner", "Screening", "Sport", "Trauma"},
    "nl": {
        "Ambivalent", "Disengagement", "E-mail", "Effect", "Fax", "Mentor", "Mentoring", "Partner",
        "Plan", "Screening", "Sport", "Trauma",
    },
    "el": set(),
    "bg": set(),
}  # fmt: skip
OTHER_LETTERS = {"el": "GREEK", "bg": "CYRILLIC"}


def texts():
    for name, code_list in codes.code_lists().items():
        for code in code_list.codes.values():
            yield (name, code.code, "label"), code.labels
            if code.definition:
                yield (name, code.code, "definition"), code.definition


def test_every_list_names_its_source_and_has_codes():
    for name, code_list in codes.code_lists().items():
        assert code_list.source, name
        assert code_list.codes, name


def test_every_text_exists_in_every_language_and_in_the_order_of_the_file():
    for where, found in texts():
        assert tuple(found) == LANGUAGES, where
        for language, text in found.items():
            assert text, (where, language)
            assert text == text.strip(), (where, language)


def test_no_text_was_left_in_english():
    same = {
        language: {found["en"] for _, found in texts() if found[language] == found["en"]} - NAMES
        for language in LANGUAGES[1:]
    }
    assert same == SHARED


def test_a_name_in_any_language_means_one_code_of_its_list():
    for name, code_list in codes.code_lists().items():
        meant = {}
        for code in code_list.codes.values():
            for word in {plain(one) for one in (code.code, *code.labels.values())}:
                assert meant.setdefault(word, code.code) == code.code, (name, word)


def test_each_text_is_in_the_letters_of_its_language():
    for where, found in texts():
        for language, text in found.items():
            for word in re.findall(r"\w+", text):
                used = {script(letter) for letter in word if letter.isalpha()}
                assert len(used) <= 1, (where, language, word)
                assert used <= {"LATIN", OTHER_LETTERS.get(language)}, (where, language, word)


def script(letter):
    return unicodedata.name(letter).partition(" ")[0]


def test_numbers_are_the_same_in_every_language():
    for where, found in texts():
        for language, text in found.items():
            assert digits(text) == digits(found["en"]), (where, language)


def digits(text):
    """Return the numbers of a text in order, whatever groups their thousands."""
    together = re.sub(r"(?<=\d)[.,\u00a0\u202f ](?=\d{3}\b)", "", text)
    return re.findall(r"\d+", together)


@pytest.mark.parametrize(
    "name, members",
    [
        ("role", permissions.Role),
        ("profile", permissions.Profile),
        ("handover_state", handover.State),
        ("handover_event", handover.Event),
        ("practice_status", practice.PracticeState),
        ("alert_status", alert.AlertState),
        ("severity", alert.Severity),
        ("alert_feedback", FEEDBACKS),
        ("need_level", {"none", "some", "significant"}),
    ],
)
def test_a_list_and_the_words_of_the_program_are_the_same(name, members):
    assert set(codes.codes_of(name)) == {str(member) for member in members}


def test_every_instrument_and_every_waiting_state_has_a_clock():
    names = set(deadlines._rules())
    assert {f"decision.{code}" for code in codes.codes_of("instrument")} <= names
    waiting = {name.partition(".")[0] for name in names} - {"decision", "alert"}
    assert waiting <= {state.value for state in handover.State}
    assert {rule.source for rule in deadlines._rules().values()}


def test_evidence_levels_say_what_kind_of_evidence_and_that_they_prove_no_safety():
    for code in codes.codes_of("evidence_level").values():
        assert "Not evidence of safety." in code.meaning("en")
        assert "innocuité" in code.meaning("fr-BE")


def test_an_unknown_list_is_not_found_and_an_unknown_code_is_shown_as_it_is():
    with pytest.raises(NotFoundError):
        codes.codes_of("nothing")
    assert codes.label("setting", "moon", "fr") == "moon"
    assert codes.label("setting", "community", "pt") == "Comunidade"
    assert codes.label("setting", "community", "de") == "Community"
    assert codes.lists_version() == 1


def choices(value):
    """Return what an expression may be: one of two where it chooses."""
    return [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]


def problem_codes():
    found = set(_CODES.values()) | {"bad_value"}
    for path in NODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id not in {"error", "warning", "say"}:
                    continue
                values = [part for value in node.args[1:2] for part in choices(value)]
                found |= {value.value for value in values if isinstance(value, ast.Constant)}
    return found


def words_of_the_program():
    """Return every text constant of the node but those of the messages themselves."""
    for path in NODE.rglob("*.py"):
        if path.name != "messages.py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def test_every_problem_code_has_a_text_and_no_text_is_left_over():
    assert problem_codes() <= set(messages.MESSAGES)
    assert set(messages.MESSAGES) <= set(words_of_the_program())


def test_the_placeholders_of_a_text_are_named():
    for code, text in messages.MESSAGES.items():
        assert text % dict.fromkeys(
            (
                "max",
                "min",
                "days",
                "months",
                "due",
                "release",
                "instrument",
                "category",
                "tool",
                "word",
                "urgency",
                "marking",
                "purpose",
                "regime",
                "role",
                "other",
                "language",
                "what",
                "domains",
                "near",
                "given",
                "row",
            ),
            "x",
        ), code
        assert text[0] in string.ascii_uppercase + "“%", code


def test_an_unknown_problem_has_the_plain_text():
    assert messages.message("of_tomorrow") == messages.message("bad_value")
