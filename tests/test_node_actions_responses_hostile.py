"""A member that writes by hand what our own pages never would: stored as bytes, shown to nobody."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzzing import mutations
from handover_pair import sync
from integra_node.actions import publishing
from integra_node.actions.incoming import Incoming
from integra_node.actions.opening import read_stored
from integra_node.actions.responses_received import apply_responses
from integra_node.rules.responses import (
    Place,
    parse_remark,
    parse_review,
    remark_from_wire,
    remark_to_wire,
    review_from_wire,
    review_to_wire,
)
from integra_node.rules.translation import translation_from_wire
from integra_node.store import log, publications
from integra_protocol.bodies import parse_ref
from integra_protocol.canonical import decode_map, encode
from integra_protocol.errors import BadBodyError, ProtocolError
from integra_protocol.limits import MAX_DATA_BYTES
from practice_agencies import (
    BODY,
    found_at,
    make_three,
    publish,
    remark,
    report_body,
    review_body,
    said,
    told,
)

PLACE = Place(ref="pt-prison~1~0", id="x1", version=1, tlp="CLEAR")
REVIEW = review_to_wire(parse_review(review_body()), PLACE, "FR")
REPORT = remark_to_wire(parse_remark(report_body()), PLACE, None)
TRANSLATION = {
    "ref": "pt-prison~1~0",
    "id": "t1",
    "version": 1,
    "tlp": "CLEAR",
    "language": "nl",
    "method": "machine",
    "texts": {"title": "Titel", "steps.0": "Stap"},
}
WIRE = {
    "review": (review_from_wire, REVIEW),
    "remark": (remark_from_wire, REPORT),
    "translation": (translation_from_wire, TRANSLATION),
}
VALUES = st.recursive(
    st.none() | st.integers(0, 2**53 - 1) | st.text(max_size=20) | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@pytest.fixture
def three(tmp_path):
    return make_three(tmp_path)


def write_by_hand(agency, kind, data):
    """Append what passes the rules of the protocol, whatever its own fields say."""
    officer = agency.officer("rev") if kind == "review" else None
    new = publishing.NewEntry(
        kind=kind,
        data=data,
        audience=("*",),
        retention_end=agency.now + 86_400,
        officer=officer,
    )
    made = agency.write(lambda tx: publishing.append(tx, agency.us, new, now=agency.now))
    return made.ref


def mark_at(agency, ref):
    held = agency.read(lambda tx: log.get(tx, ref.origin))
    return agency.read(lambda tx: log.find_entry(tx, held.id, ref.index)).mark


WRONG = {
    "a score of nine": ("review", REVIEW | {"scores": REVIEW["scores"] | {"ethics": 9}}),
    "a score that is missing": ("review", REVIEW | {"scores": {"ethics": 3}}),
    "a review without words": ("review", REVIEW | {"text": ""}),
    "a review of 6,001 characters": ("review", REVIEW | {"text": "x" * 6_001}),
    "a group of three": ("remark", REPORT | {"group_size": {"n": 3}}),
    "a group as a number": ("remark", REPORT | {"group_size": 3}),
    "a group twice": ("remark", REPORT | {"group_size": {"n": 12, "below": 10}}),
    "a translation without a title": ("translation", TRANSLATION | {"texts": {"summary": "x"}}),
    "a translation of a place outside": (
        "translation",
        TRANSLATION | {"texts": {"title": "x", "../title": "y"}},
    ),
    "a translation of 401 texts": (
        "translation",
        TRANSLATION | {"texts": {"title": "x"} | {f"steps.a{'b' * n}": "y" for n in range(401)}},
    ),
}


def test_what_breaks_a_rule_of_the_domain_is_marked_and_shown_to_nobody(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(pt, fr)
    made = {
        name: write_by_hand(fr, kind, data | {"ref": ref, "id": f"h{n}"})
        for n, (name, (kind, data)) in enumerate(WRONG.items())
    }
    good = remark(fr, ref, said("comment", "Merci"))
    sync(pt, fr)
    found = told(pt, ref)
    assert (found.reviews, found.reports, found.reviewed.orgs) == ((), (), 0)
    assert [one.ref for one in found.comments] == [good]
    for name, place in made.items():
        assert mark_at(pt, place) in {"bad:fields", "bad:bounds"}, name


def test_a_form_of_a_later_version_is_kept_and_not_shown(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(pt, fr)
    later = write_by_hand(fr, "remark", REPORT | {"ref": ref, "form": "invitation"})
    sync(pt, fr)
    assert mark_at(pt, later) is None
    assert told(pt, ref).counts == {}


def test_a_code_of_a_later_version_is_shown_as_it_is(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(pt, fr)
    write_by_hand(fr, "review", REVIEW | {"ref": ref, "verdict": "promising", "stars": 5})
    sync(pt, fr)
    assert told(pt, ref).reviews[0].review.verdict == "promising"


def test_many_reviews_of_one_organisation_are_one_voice(three):
    pt, fr, uni = three
    ref = publish(pt)
    sync(*three)
    for number in range(12):
        data = REVIEW | {
            "ref": ref,
            "id": f"again{number}",
            "country": "FR" if number % 2 else "IT",
        }
        write_by_hand(fr, "review", data)
    sync(*three)
    for agency in (pt, uni):
        found = told(agency, ref)
        assert (found.reviewed.orgs, found.reviewed.countries) == (1, 1)
        assert len(found.reviews) == 1
        assert found.counts["review"] == 1


def test_an_answer_to_a_question_about_another_s_practice_is_not_shown_there(three):
    pt, fr, uni = three
    ref = publish(pt)
    theirs = publish(fr)
    sync(*three)
    asked = remark(uni, ref, said("question", "How many trainers?"))
    sync(*three)
    forged = {
        "ref": theirs,
        "id": "forged",
        "version": 1,
        "form": "answer",
        "to": asked,
        "language": "en",
        "text": "None at all.",
    }
    write_by_hand(fr, "remark", forged)
    sync(*three)
    (question,) = told(pt, ref).questions
    assert question.answers == ()


def test_what_speaks_of_no_practice_is_shown_nowhere(three):
    pt, fr, _ = three
    ref = publish(pt)
    comment = remark(pt, ref, said("comment", "Ours"))
    sync(pt, fr)
    for target in (comment, "pt-prison~1~999", "nobody~1~0", "pt-prison~7~0"):
        write_by_hand(fr, "review", REVIEW | {"ref": target, "id": target.replace("~", "-")})
    sync(pt, fr)
    assert told(pt, ref).counts == {"comment": 1}


def test_applying_the_same_entry_twice_changes_nothing(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(pt, fr)
    made = remark(fr, ref, said("comment", "Merci"))
    sync(pt, fr)
    before = told(pt, ref)
    place = parse_ref(made)
    header, content, _ = pt.read(lambda tx: read_stored(tx, pt.us, place.origin, place.index))
    held = pt.read(lambda tx: log.get(tx, place.origin))
    again = Incoming(
        log_id=held.id,
        origin=place.origin,
        org="fr-probation",
        header=header,
        content=content,
        subject_id=None,
        now=pt.now,
    )
    pt.write(lambda tx: apply_responses(tx, pt.us, [again]))
    assert told(pt, ref) == before


def test_what_is_void_is_counted_by_nobody(three):
    pt, fr, _ = three
    ref = publish(pt)
    sync(pt, fr)
    write_by_hand(fr, "review", REVIEW | {"ref": ref})
    sync(pt, fr)
    assert told(pt, ref).reviewed.orgs == 1
    held = pt.read(lambda tx: log.get(tx, fr.us.origin))
    pt.write(lambda tx: publications.void_from(tx, held.id, 0))
    assert told(pt, ref).reviewed.orgs == 0
    assert found_at(pt, ref).body.title == BODY["title"]


@pytest.mark.parametrize("kind", WIRE)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_one_wrong_value_is_taken_or_is_a_bad_body(kind, data):
    from_wire, wire = WIRE[kind]
    key = data.draw(st.sampled_from(sorted(wire)))
    with suppress(BadBodyError):
        from_wire(wire | {key: data.draw(VALUES)})


@pytest.mark.parametrize("kind", WIRE)
def test_broken_bytes_are_taken_or_refused(kind):
    from_wire, wire = WIRE[kind]
    for broken in mutations([encode(wire)]):
        with suppress(ProtocolError):
            from_wire(decode_map(broken, max_bytes=MAX_DATA_BYTES))
