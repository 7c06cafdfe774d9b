"""Are the code lists complete in English and French, and does every problem have a text?"""

import ast
import string
from pathlib import Path

import pytest

import integra_node
from integra_node.rules import alert, codes, deadlines, handover, messages, permissions, practice
from integra_node.rules.problems import _CODES
from integra_protocol.bodies import FEEDBACKS
from integra_protocol.errors import NotFoundError

NODE = Path(integra_node.__file__).parent


def test_every_code_has_a_name_in_english_and_french():
    for name, code_list in codes.code_lists().items():
        assert code_list.source, name
        assert code_list.codes, name
        for code in code_list.codes.values():
            assert code.labels.get("en"), (name, code.code)
            assert code.labels.get("fr"), (name, code.code)
            assert set(code.definition) in (set(), {"en", "fr"}), (name, code.code)


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
    assert codes.label("setting", "community", "pt") == "Community"
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
