"""Does each marking lead to its audience, and are classified texts seen?"""

import pytest

from integra_node.rules.markings import (
    Tlp,
    audience,
    audience_problems,
    classified_marking,
    is_narrower,
    narrowest,
)
from integra_node.rules.problems import InvalidFieldsError
from integra_protocol.bodies import CLEAR_TLPS, SEALED_TLPS


def codes(*args):
    return [problem.code for problem in audience_problems(*args)]


def test_the_labels_are_those_of_the_wire():
    assert {label.value for label in Tlp if label.is_sealed} == SEALED_TLPS
    assert {label.value for label in Tlp if not label.is_sealed} == CLEAR_TLPS
    assert Tlp.AMBER_STRICT.label == "TLP:AMBER+STRICT"


@pytest.mark.parametrize("label", [Tlp.CLEAR, Tlp.GREEN])
def test_clear_and_green_go_to_everybody(label):
    assert audience(label, [], [], "a-org") == ("*",)
    assert codes(label, ["b-org"], [], "a-org") == ["audience_is_everybody"]


@pytest.mark.parametrize("label", [Tlp.AMBER, Tlp.AMBER_STRICT])
def test_amber_goes_to_the_organisations_named(label):
    assert audience(label, ["c-org", "b-org", "b-org"], [], "a-org") == ("b-org", "c-org")
    assert codes(label, [], [], "a-org") == ["audience_needed"]
    assert codes(label, ["a-org"], [], "a-org") == ["audience_wrong"]
    assert codes(label, ["*"], [], "a-org") == ["audience_wrong"]
    assert codes(label, ["b-org"], ["o1"], "a-org") == ["readers_only_for_red"]
    assert codes(label, [f"org-{n}" for n in range(49)], [], "a-org") == ["too_many"]


def test_red_goes_to_one_organisation_and_one_to_eight_officers():
    assert audience(Tlp.RED, ["b-org"], ["o1"], "a-org") == ("b-org",)
    assert codes(Tlp.RED, ["b-org", "c-org"], ["o1"], "a-org") == ["red_one_recipient"]
    assert codes(Tlp.RED, ["b-org"], [], "a-org") == ["red_readers"]
    assert codes(Tlp.RED, ["b-org"], [f"o{n}" for n in range(9)], "a-org") == ["red_readers"]
    with pytest.raises(InvalidFieldsError):
        audience(Tlp.RED, ["b-org"], [], "a-org")


def test_only_red_stays_off_paper_and_only_clear_leaves_the_federation():
    assert [label for label in Tlp if not label.may_export] == [Tlp.RED]
    assert [label for label in Tlp if label.may_leave_federation] == [Tlp.CLEAR]


def test_labels_are_ordered():
    assert is_narrower(Tlp.AMBER_STRICT, Tlp.AMBER)
    assert not is_narrower(Tlp.GREEN, Tlp.GREEN)
    assert narrowest([Tlp.GREEN, Tlp.RED, Tlp.AMBER]) is Tlp.RED
    assert narrowest([]) is Tlp.CLEAR


@pytest.mark.parametrize(
    "text",
    [
        "RESTREINT UE/EU RESTRICTED",
        "doc: DIFFUSION RESTREINTE.",
        "Dep. DEP. VERTROUWELIJK",
        "VS-NfD",
        "NATO RESTRICTED",
        "СТРОГО СЕКРЕТНО",
        "ΑΠΟΡΡΗΤΟ",
    ],
)
def test_a_classified_marking_is_seen(text):
    assert classified_marking(text)


@pytest.mark.parametrize(
    "text", ["une diffusion restreinte du guide", "the secret of success", "TOP SECRETARY", ""]
)
def test_prose_is_not_taken_for_a_marking(text):
    assert classified_marking(text) is None
