"""Do the lists of errors say what the code says?"""

import re
from pathlib import Path

import make_error_docs
import make_state_docs
from integra_node.rules.handover import TRANSITIONS

DOCS = Path(__file__).resolve().parent.parent / "docs"
SOURCE = '''
class IntegraError(Exception):
    """Base."""

    code = "error"
    status = 500


class ProtocolError(IntegraError):
    """A remote fault."""

    code = "bad_request"
    status = 400


class OneError(ProtocolError):
    """One ``thing``.

    More about it.
    """

    code = "one"


class QuietError(OneError):
    """Has the code of its parent."""


class OtherError(ValueError):
    """Is none of ours."""

    code = "other"
'''


def test_the_list_of_errors_is_that_of_the_code():
    assert (DOCS / "errors.md").read_text(encoding="utf-8") == make_error_docs.document()


def test_the_states_of_a_handover_are_those_of_the_rules():
    assert (DOCS / "handover-states.md").read_text(encoding="utf-8") == make_state_docs.document()


def test_every_transition_is_in_the_diagram():
    text = make_state_docs.document()
    for (state, event), item in TRANSITIONS.items():
        assert f"    {state.value} --> {item.target.value}: {event.value}\n" in text


def test_only_classes_with_a_code_of_their_own_are_listed():
    found = make_error_docs.error_classes([SOURCE])
    assert [(one.code, one.status, one.meaning, one.is_wire) for one in found] == [
        ("bad_request", 400, "A remote fault.", True),
        ("one", 400, "One `thing`.", True),
    ]


def test_the_codes_of_the_wire_are_the_closed_list_of_the_protocol():
    text = (DOCS / "protocol.md").read_text(encoding="utf-8")
    section = text.partition("\n## 13 Errors\n")[2].partition("\n## 14 ")[0]
    table = re.findall(r"^\| (\d{3}) \| (.*) \|$", section, re.MULTILINE)
    said = {
        (int(status), code) for status, codes in table for code in re.findall(r"`(\w+)`", codes)
    }
    said = {(status, code) for status, code in said if code not in {"time", "size"}}
    classes = make_error_docs.error_classes(make_error_docs.sources())
    assert said == {(one.status, one.code) for one in classes if one.is_wire}


def test_the_reasons_of_a_bad_body_are_those_of_the_protocol():
    text = (DOCS / "protocol.md").read_text(encoding="utf-8")
    table = text.partition("\n| why | what failed |\n")[2].partition("\n\n")[0]
    said = {why for row in table.splitlines()[1:] for why in re.findall(r"`([\w-]+)`", row[:24])}
    pattern = re.compile(r'BadBodyError\(\s*"([a-z-]+)"')
    used = {why for source in make_error_docs.sources() for why in pattern.findall(source)}
    assert said == used | {"no_role"}
